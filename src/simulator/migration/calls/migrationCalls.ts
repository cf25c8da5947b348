import type { Caller } from '../../core/caller.ts'
import type { ServiceRequest } from '../../core/http.ts'
import { ServiceError } from '../../core/serviceError.ts'
import type { Tenant } from '../../core/tenant.ts'
import { accessDenied, isSiteAdmin } from '../../sharepoint/siteAccess.ts'
import type { SiteRecord } from '../../store/siteStore.ts'
import { checkSas, issueSas } from '../blob/sas.ts'
import type { ContainerRecord } from '../containerStore.ts'
import { containerOf } from '../job/importQueue.ts'
import { drawImportScript } from '../job/importScript.ts'
import { databaseIdOf, recordEvent } from '../job/jobEvents.ts'
import type { JobRecord } from '../job/jobStore.ts'

export const NULL_GUID = '00000000-0000-0000-0000-000000000000'
/** Jobs that may wait in the queue of a tenant [D.9]. */
const LARGEST_QUEUE = 5_000
/** How long a finished job can be asked for; published as less than five days [D.7]. */
const PROGRESS_KEPT_MS = 5 * 24 * 3_600_000
const LARGEST_PROGRESS_PAGE = 1_000

/** One call on a site collection, in whatever dialect it came. */
export interface MigrationCall {
  readonly request: ServiceRequest
  readonly tenant: Tenant
  readonly site: SiteRecord
  readonly caller: Caller
}

export interface ProvidedContainers {
  readonly dataContainerUri: string
  readonly metadataContainerUri: string
  /** Base64 of 32 bytes. */
  readonly encryptionKey: string
}

export interface JobRequest {
  readonly webId: string
  readonly contentUri: string
  readonly manifestUri: string
  readonly queueUri: string | null
  /** Base64; absent for `CreateMigrationJob`. */
  readonly encryptionKey: string | undefined
}

export interface JobProgress {
  readonly logs: readonly string[]
  readonly nextToken: string
}

/** Delegated callers have to be explicit administrators of the site collection, whatever their role in the tenant [A.8]. */
function requireAdmin({ request, site, caller }: MigrationCall): void {
  if (caller.kind === 'user' && !isSiteAdmin(caller, site)) throw accessDenied(request)
}

/** Makes a pair of containers and a key. The first call of a tenant starts the storage. */
export async function provisionContainers(call: MigrationCall): Promise<ProvidedContainers> {
  requireAdmin(call)
  const { tenant, site } = call
  const { migration, clock } = tenant
  const { content, manifest } = migration.containers.addPair(site.siteId)
  await migration.blobs.createContainer(content.name)
  await migration.blobs.createContainer(manifest.name)
  const { name: account, key: accountKey } = migration.containers.account
  const address = ({ name }: ContainerRecord) =>
    `https://${account}.blob.core.windows.net/${name}?${issueSas({ account, accountKey, container: name }, clock.now())}`
  return { dataContainerUri: address(content), metadataContainerUri: address(manifest), encryptionKey: content.encryptionKey }
}

/** Queues an import and returns its id, or the null GUID when the queue takes no more. */
export function createJob(call: MigrationCall, asked: JobRequest): string {
  requireAdmin(call)
  const { request, tenant, site, caller } = call
  const { migration, clock } = tenant
  const content = readContainer(call, asked.contentUri, 'content')
  const manifest = readContainer(call, asked.manifestUri, 'manifest')
  if (asked.encryptionKey === undefined)
    throw invalidArgument('The provided containers require encryption: use CreateMigrationJobEncrypted.')
  if (content.pairId !== manifest.pairId)
    throw invalidArgument('The source container and the manifest container were not provided together.')
  if (content.jobId !== undefined)
    throw invalidArgument(`The containers have been used by the migration job ${content.jobId} already.`)
  if (Buffer.from(asked.encryptionKey, 'base64').length !== 32) throw invalidArgument('The AES256CBCKey has to have 32 bytes.')
  if (asked.queueUri !== null && asked.queueUri !== '')
    throw new ServiceError(
      501,
      '-1, System.NotImplementedException',
      'The practice tenant has no reporting queue; send azureQueueReportUri null.',
      {
        isUnknown: true,
      },
    )
  const isRefused = tenant.faults.isActive('importNotQueued', request)
  if (isRefused || migration.jobs.queuedCount() >= LARGEST_QUEUE) return NULL_GUID
  const script = drawImportScript(tenant.faults, request, tenant.behaviour)
  const now = clock.now()
  const job: JobRecord = {
    jobId: migration.random.guid(),
    siteId: site.siteId,
    webId: asked.webId,
    contentUri: asked.contentUri,
    manifestUri: asked.manifestUri,
    encryptionKey: asked.encryptionKey,
    submittedBy: caller.upn ?? caller.appId,
    script,
    state: 'queued',
    queuedMs: now,
    readyMs: now + script.queueDelayMs,
    endedMs: undefined,
    retryCount: 0,
  }
  migration.jobs.add(job)
  migration.containers.claim(content.pairId, job.jobId)
  recordEvent(migrationEvents(tenant), job, 'JobQueued', { SiteId: site.siteId, DbId: databaseIdOf(tenant.tenantId) })
  migration.queue.wake()
  return job.jobId
}

/** Events after `nextToken`; the same token gives the same events for ever. Throws the service's 500 for unknown and expired jobs. */
export function readProgress({ tenant, site }: MigrationCall, jobId: string, nextToken: string): JobProgress {
  const { jobs } = tenant.migration
  const job = jobs.get(jobId.toLowerCase())
  if (job === undefined || job.siteId !== site.siteId) throw jobError('-2147213145', 'Job not found')
  const isExpired =
    job.state === 'vanished' || (job.endedMs !== undefined && tenant.clock.now() - job.endedMs >= PROGRESS_KEPT_MS)
  if (isExpired) throw jobError('-2147213146', 'Job status expired')
  const after = /^\d{1,15}$/.test(nextToken) ? Number(nextToken) : undefined
  if (after === undefined) throw invalidArgument('The nextToken is not valid.')
  const events = jobs.events(job.jobId, after, LARGEST_PROGRESS_PAGE)
  return { logs: events.map((event) => event.log), nextToken: String(events.at(-1)?.eventNo ?? after) }
}

/** 0 none, 2 queued, 4 processing; what has ended and what never was look alike [D.1]. */
export function readStatus({ tenant, site }: MigrationCall, jobId: string): number {
  const job = tenant.migration.jobs.get(jobId.toLowerCase())
  if (job === undefined || job.siteId !== site.siteId) return 0
  return job.state === 'queued' ? 2 : job.state === 'running' ? 4 : 0
}

/** True when the job was still in the queue and is not any more. */
export function deleteJob(call: MigrationCall, jobId: string): boolean {
  requireAdmin(call)
  const { tenant, site } = call
  const job = tenant.migration.jobs.get(jobId.toLowerCase())
  if (job === undefined || job.siteId !== site.siteId || job.state !== 'queued') return false
  tenant.migration.jobs.update(job.jobId, { state: 'ended', endedMs: tenant.clock.now() })
  const events = migrationEvents(tenant)
  recordEvent(events, job, 'JobCancelled', { CancelledByUser: 'True' })
  recordEvent(events, job, 'JobDeleted')
  return true
}

function migrationEvents(tenant: Tenant) {
  return { jobs: tenant.migration.jobs, clock: tenant.clock }
}

function readContainer({ tenant, site }: MigrationCall, uri: string, role: ContainerRecord['role']): ContainerRecord {
  const { containers } = tenant.migration
  const target = containerOf(uri)
  if (target === undefined) throw invalidArgument('Invalid URI: The format of the URI could not be determined.')
  const { name: account, key: accountKey } = containers.account
  if (target.host !== `${account}.blob.core.windows.net`)
    throw new ServiceError(
      501,
      '-1, System.NotImplementedException',
      `The practice tenant imports from the containers that it provides only, not from ${target.host}.`,
      {
        isUnknown: true,
      },
    )
  const found = containers.container(target.container)
  if (found === undefined || found.siteId !== site.siteId)
    throw invalidArgument(`The Azure container '${target.container}' does not exist.`)
  if (found.role !== role)
    throw invalidArgument('The manifest container and the source container have to be different ones, each in its place.')
  if (!checkSas({ account, accountKey, container: target.container }, target.query, tenant.clock.now()).isGood)
    throw invalidArgument(
      'The Azure container cannot be read: Server failed to authenticate the request. The signature is not valid or has expired.',
    )
  return found
}

function invalidArgument(message: string): ServiceError {
  return new ServiceError(400, '-2147024809, System.ArgumentException', message)
}

function jobError(code: string, message: string): ServiceError {
  return new ServiceError(500, `${code}, Microsoft.SharePoint.SPException`, message, {
    extra: { innererror: { message, stacktrace: '', type: 'Microsoft.SharePoint.SPException' } },
  })
}
