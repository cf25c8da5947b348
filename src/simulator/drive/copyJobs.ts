import { z } from 'zod'
import { ServiceError } from '../core/serviceError.ts'
import type { Tenant } from '../core/tenant.ts'
import type { ActorRef, ItemRecord } from '../store/itemStore.ts'
import { nameTaken } from '../store/placement.ts'

/** Tenant time between the request and the start of the work. */
const QUEUE_MS = 1_000
const FOLDER_PAGE = 500

const copyJob = z.object({
  jobId: z.string(),
  source: z.object({ driveId: z.string(), itemId: z.string() }),
  target: z.object({ driveId: z.string(), folderId: z.string(), name: z.string() }),
  conflict: z.enum(['fail', 'replace', 'rename']),
  actor: z.object({
    userId: z.string().optional(),
    displayName: z.string(),
    upn: z.string().optional(),
    appId: z.string().optional(),
  }),
  readyMs: z.number(),
  status: z.enum(['notStarted', 'inProgress', 'completed', 'failed']),
  percentage: z.number(),
  resourceId: z.string().optional(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
})

export type CopyJob = z.infer<typeof copyJob>

/** Jobs that are being worked on in this process. */
const running = new WeakMap<Tenant['db'], Map<string, CopyJob>>()

function runningOf(tenant: Tenant): Map<string, CopyJob> {
  const known = running.get(tenant.db)
  if (known !== undefined) return known
  const made = new Map<string, CopyJob>()
  running.set(tenant.db, made)
  return made
}

function save(tenant: Tenant, job: CopyJob): void {
  tenant.db.prepare('INSERT OR REPLACE INTO copy_jobs (job_id, state) VALUES (?, ?)').run(job.jobId, JSON.stringify(job))
}

/** Takes a copy on; it is done in the background, after a while of tenant time. */
export function startCopy(
  tenant: Tenant,
  options: Pick<CopyJob, 'source' | 'target' | 'conflict'> & { readonly actor: ActorRef },
): CopyJob {
  const job: CopyJob = {
    ...options,
    jobId: tenant.random.guid(),
    readyMs: tenant.clock.now() + QUEUE_MS,
    status: 'notStarted',
    percentage: 0,
  }
  save(tenant, job)
  tenant.later(job.readyMs, () => work(tenant, job))
  return job
}

/** The job as it stands. One that a restart interrupted begins again. Undefined for one that never was. */
export function copyJobOf(tenant: Tenant, jobId: string): CopyJob | undefined {
  const live = runningOf(tenant).get(jobId)
  if (live !== undefined) return live
  const row = tenant.db.prepare('SELECT state FROM copy_jobs WHERE job_id = ?').get(jobId)
  if (row === undefined) return undefined
  const job = copyJob.parse(JSON.parse(String(row.state)))
  const isDue = job.status !== 'completed' && job.status !== 'failed' && tenant.clock.now() >= job.readyMs
  return isDue ? work(tenant, job) : job
}

function work(tenant: Tenant, job: CopyJob): CopyJob {
  const jobs = runningOf(tenant)
  const known = jobs.get(job.jobId)
  if (known !== undefined) return known
  const live: CopyJob = { ...job, status: 'inProgress' }
  jobs.set(job.jobId, live)
  run(tenant, live)
    .then((item) => Object.assign(live, { status: 'completed', percentage: 100, resourceId: item.itemId }))
    .catch((error: unknown) => {
      const refusal = error instanceof ServiceError ? error : undefined
      if (refusal === undefined) console.error('practice tenant: a copy could not be made:', error)
      live.status = 'failed'
      live.error = {
        code: refusal?.code ?? 'generalException',
        message: refusal?.message ?? 'General exception while processing',
      }
    })
    .then(() => {
      save(tenant, live)
      jobs.delete(live.jobId)
    })
    // The tenant has stopped meanwhile: the job begins again after the next start.
    .catch(() => {})
  return live
}

async function run(tenant: Tenant, job: CopyJob): Promise<ItemRecord> {
  const { items } = tenant
  const source = items.get(job.source.driveId, job.source.itemId)
  if (source === undefined) throw new ServiceError(404, 'itemNotFound', 'The resource could not be found.')
  const { driveId, folderId } = job.target
  const existing = items.child(driveId, folderId, job.target.name)
  if (existing !== undefined && job.conflict === 'fail') throw nameTaken()
  if (existing !== undefined && job.conflict === 'replace' && (existing.kind === 'folder' || source.kind === 'folder')) {
    throw nameTaken()
  }
  const isRenamed = existing !== undefined && job.conflict === 'rename'
  const name = isRenamed ? items.freeName(driveId, folderId, job.target.name) : job.target.name
  let copiedBytes = 0

  const actor = actorOfJob(job)

  async function copy(from: ItemRecord, parentId: string, to: string, replaces: string | undefined): Promise<ItemRecord> {
    if (from.kind === 'folder') {
      const folder = items.createFolder(driveId, parentId, to, actor)
      let afterName: string | undefined
      do {
        const page: readonly ItemRecord[] = items.children(from.driveId, from.itemId, {
          limit: FOLDER_PAGE,
          ...(afterName === undefined ? {} : { afterName }),
        })
        for (const child of page) if (child.itemId !== folder.itemId) await copy(child, folder.itemId, child.name, undefined)
        afterName = page.length < FOLDER_PAGE ? undefined : page.at(-1)?.name
      } while (afterName !== undefined)
      return folder
    }
    if (from.contentId === undefined) throw new ServiceError(404, 'itemNotFound', 'The resource could not be found.')
    items.checkQuota(driveId, from.sizeBytes)
    const content = await tenant.content.put(tenant.content.read(from.contentId))
    const written = items.writeFile({
      driveId,
      parentId,
      name: to,
      content,
      actor,
      ...(replaces === undefined ? {} : { replaces }),
    })
    copiedBytes += from.sizeBytes
    job.percentage = source === undefined || source.sizeBytes === 0 ? 0 : Math.round((copiedBytes / source.sizeBytes) * 1000) / 10
    return written
  }

  return copy(source, folderId, name, job.conflict === 'replace' ? existing?.itemId : undefined)
}

function actorOfJob({ actor: { displayName, userId, upn, appId } }: CopyJob): ActorRef {
  return {
    displayName,
    ...(userId === undefined ? {} : { userId }),
    ...(upn === undefined ? {} : { upn }),
    ...(appId === undefined ? {} : { appId }),
  }
}
