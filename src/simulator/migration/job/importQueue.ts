import type { Tenant } from '../../core/tenant.ts'
import type { ItemRecord } from '../../store/itemStore.ts'
import type { PackageBlobs } from '../blob/packageBlobs.ts'
import { checkSas } from '../blob/sas.ts'
import type { ContainerStore } from '../containerStore.ts'
import { HRESULT } from './importErrors.ts'
import { createImportReport, type ImportReport } from './importReport.ts'
import { runImport } from './importRun.ts'
import { databaseIdOf, recordEvent } from './jobEvents.ts'
import { writeLogs } from './jobLogs.ts'
import type { JobRecord, JobStore } from './jobStore.ts'

/** Jobs that one site collection works on at a time [D.9]. */
const BUSY_PER_SITE = 2
const POSTPONE_MS = 20 * 60_000

export interface ImportQueue {
  /** Looks for jobs that can begin; call after every change. */
  wake(): void
  /** Breaks off what runs; it begins anew at the next start. Resolves when nothing runs any more. */
  close(): Promise<void>
}

/** Names the two containers of a job's addresses. */
export function containerOf(
  uri: string,
): { readonly container: string; readonly query: URLSearchParams; readonly host: string } | undefined {
  if (!URL.canParse(uri)) return undefined
  const url = new URL(uri)
  const container = /^\/([a-z0-9-]+)\/?$/.exec(url.pathname)?.[1]
  return container === undefined ? undefined : { container, query: url.searchParams, host: url.host }
}

export function createImportQueue(deps: {
  readonly tenant: Tenant
  readonly jobs: JobStore
  readonly blobs: PackageBlobs
  readonly containers: ContainerStore
  readonly onImported: (item: ItemRecord, lagMs: number) => void
}): ImportQueue {
  const { tenant, jobs, blobs, containers } = deps
  const { clock } = tenant
  const running = new Map<string, { readonly siteId: string; readonly done: Promise<void> }>()
  const stop = new AbortController()
  const appointed = new Map<string, number>()
  let isWaking = false

  // A job that the last run of the tenant could not finish is begun again, as the service does after a failure of its own.
  for (const job of jobs.inState('running')) jobs.update(job.jobId, { state: 'queued', retryCount: job.retryCount + 1 })

  function busyIn(siteId: string): number {
    return [...running.values()].filter((run) => run.siteId === siteId).length
  }

  function wake(): void {
    if (isWaking || stop.signal.aborted) return
    isWaking = true
    // After the answer to the request that brought the job.
    setImmediate(() => {
      isWaking = false
      if (!stop.signal.aborted) beginReady()
    })
  }

  function beginReady(): void {
    const now = clock.now()
    for (const job of jobs.inState('queued')) {
      if (job.readyMs > now) {
        appoint(job)
        continue
      }
      appointed.delete(job.jobId)
      if (postpone(job)) continue
      if (busyIn(job.siteId) >= BUSY_PER_SITE) continue
      const begun = jobs.update(job.jobId, { state: 'running' })
      const done = work(begun).finally(() => {
        running.delete(job.jobId)
        wake()
      })
      running.set(job.jobId, { siteId: job.siteId, done })
    }
  }

  /** One look at a job when its time comes. */
  function appoint({ jobId, readyMs }: Pick<JobRecord, 'jobId' | 'readyMs'>): void {
    if (appointed.get(jobId) === readyMs) return
    appointed.set(jobId, readyMs)
    tenant.later(readyMs, wake)
  }

  /** Acts out the postponements of the fault script, one at a time. */
  function postpone(job: JobRecord): boolean {
    const { script } = job
    const readyMs = clock.now() + POSTPONE_MS
    const tell = (reason: string, members: Record<string, string>) =>
      recordEvent({ jobs, clock }, job, 'JobPostponed', {
        NextPickupTime: nextPickup(readyMs),
        SiteId: job.siteId,
        DbId: databaseIdOf(tenant.tenantId),
        JobsInQueue: String(jobs.queuedCount()),
        Reason: reason,
        ...members,
      })
    if (script.isTenantBlocked) {
      tell('JobFailure:TenantBlock', { ReasonCode: '10' })
      recordEvent({ jobs, clock }, job, 'JobCancelled', { CancelledByUser: 'False' })
      jobs.update(job.jobId, { state: 'ended', endedMs: clock.now() })
      return true
    }
    if (script.postponements > 0) {
      tell('JobInQueue:Resource', { ReasonCode: '1' })
      jobs.update(job.jobId, { readyMs, script: { ...script, postponements: script.postponements - 1 } })
    } else if (script.maintenances > 0) {
      tell('JobInQueue:DBMaint', { ReasonCode: '7' })
      jobs.update(job.jobId, { readyMs, script: { ...script, maintenances: script.maintenances - 1 } })
    } else {
      return false
    }
    appoint({ jobId: job.jobId, readyMs })
    return true
  }

  async function work(job: JobRecord): Promise<void> {
    const report = createImportReport({ tenant, jobs, clock, job, databaseId: databaseIdOf(tenant.tenantId) })
    try {
      const outcome = await carryOut(job, report)
      if (outcome === 'restart') jobs.update(job.jobId, { state: 'queued', retryCount: job.retryCount + 1 })
      else jobs.update(job.jobId, { state: outcome === 'vanished' ? 'vanished' : 'ended', endedMs: clock.now() })
    } catch (error) {
      // Broken off by the end of the tenant: the job is still `running` for the next start.
      if (stop.signal.aborted) return
      const message = error instanceof Error ? error.message : String(error)
      report.fatal({ code: HRESULT.invalidOperation, errorType: 'System.InvalidOperationException', message })
      jobs.update(job.jobId, { state: 'ended', endedMs: clock.now() })
    }
  }

  async function carryOut(job: JobRecord, report: ImportReport) {
    const content = containerOf(job.contentUri)
    const manifest = containerOf(job.manifestUri)
    const isOpen = [content, manifest].every((target) => target !== undefined && isStillOpen(target))
    if (content === undefined || manifest === undefined || !isOpen) {
      report.fatal({
        code: HRESULT.accessDenied,
        errorType: 'Microsoft.SharePoint.SPException',
        message:
          'The Azure container cannot be read: The remote server returned an error: (403) Forbidden. AuthenticationFailed, the signature has expired.',
      })
      return 'fatal'
    }
    const outcome = await runImport({
      tenant,
      blobs,
      job,
      report,
      containers: { content: content.container, manifest: manifest.container },
      signal: stop.signal,
      onImported: (item) => deps.onImported(item, job.script.listingLagMs),
    })
    if (outcome !== 'vanished') await writeLogs({ blobs, container: manifest.container, job, report })
    if (outcome === 'ended') report.end()
    return outcome
  }

  function isStillOpen({ container, query }: { readonly container: string; readonly query: URLSearchParams }): boolean {
    const { name: account, key: accountKey } = containers.account
    return checkSas({ account, accountKey, container }, query, clock.now()).isGood
  }

  return {
    wake,
    async close() {
      stop.abort(new Error('The practice tenant is being stopped.'))
      await Promise.allSettled([...running.values()].map((run) => run.done))
    },
  }
}

/** `M/d/yyyy h:mm:ss AM`, as the documented sample has it. */
function nextPickup(ms: number): string {
  const date = new Date(ms)
  const hours = date.getUTCHours()
  const two = (value: number) => String(value).padStart(2, '0')
  return `${date.getUTCMonth() + 1}/${date.getUTCDate()}/${date.getUTCFullYear()} ${hours % 12 === 0 ? 12 : hours % 12}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} ${hours < 12 ? 'AM' : 'PM'}`
}
