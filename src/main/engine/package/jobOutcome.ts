import type { ErrorCode } from '../../../shared/errors.ts'
import { JOB_ERRORS_MAX } from '../../../shared/limits.ts'
import type { JobComplaint, JobTally } from './jobEvents.ts'

/** What one complaint means for what it names. [D.8] */
export type ComplaintKind =
  /** The item itself cannot be imported. */
  | 'poison'
  /** The item may go by another route: it is there already, or its blob or its folder was not good. */
  | 'otherRoute'
  /** Only the echo of a job that was ended. */
  | 'echo'
  /** The sign-in may not import here at all. */
  | 'notAllowed'
  /** What we wrote is refused as a whole: sending it again gives the same answer. */
  | 'defect'
  /** The job as a whole; nobody is named. */
  | 'job'

const ALREADY_EXISTS = '-2147024816'
const CEASED_TO_EXIST = '-2147286782'
const ACCESS_DENIED = '-2147024891'
/** Why a job is postponed that the service cancels afterwards. [D.8] */
const TENANT_BLOCK = /TenantBlock/i

export function classify(complaint: JobComplaint): ComplaintKind {
  const { code, message } = complaint
  if (/XmlSchemaValidationException|error in XML document|Unable to download \S+\.xml/i.test(message)) return 'defect'
  if (/operation (was )?cancel+ed/i.test(message)) return 'echo'
  if (code === ACCESS_DENIED || /access (is )?denied/i.test(message)) return complaint.isFatal ? 'notAllowed' : 'poison'
  if (complaint.isFatal) return 'job'
  if (code === ALREADY_EXISTS || code === CEASED_TO_EXIST || /already exists|Missing file info/i.test(message))
    return 'otherRoute'
  if (/MD5|checksum|hash|decrypt|padding|snapshot|InitializationVector|download/i.test(message)) return 'otherRoute'
  return 'poison'
}

/** One item of a package, by every GUID that was minted for it. */
export interface MintedItem<T> {
  readonly item: T
  readonly guids: readonly string[]
  /** Server-relative path without leading slash. */
  readonly path: string
}

export interface RefusedItem<T> {
  readonly item: T
  readonly code: ErrorCode
  readonly message: string
}

/** What follows from the end of a job. Every item of the package is in `refused`, in `otherRoute`, or in `rest`. */
export interface JobVerdict<T> {
  readonly kind: /** `rest` is at the destination, as far as the service says; the listing proves it. */
    | 'imported'
    /** The job ended before its end: some of `rest` may be at the destination, the others were not looked at. */
    | 'cutShort'
    /** Somebody ended it, or the service did: `rest` is looked for at the destination and not submitted again. */
    | 'cancelled'
    | 'notAllowed'
    | 'defect'
  readonly refused: readonly RefusedItem<T>[]
  readonly otherRoute: readonly RefusedItem<T>[]
  readonly rest: readonly T[]
  /** The sentence about the job as a whole. */
  readonly message: string
}

/** Maps what the service said to the items of the package. `complaints` are those of the events and of the logs. Pure. */
export function judgeJob<T>(job: JobTally, items: readonly MintedItem<T>[]): JobVerdict<T> {
  const byGuid = new Map<string, T>()
  const byPath = new Map<string, T>()
  for (const minted of items) {
    for (const guid of minted.guids) byGuid.set(guid.toLowerCase(), minted.item)
    byPath.set(minted.path.toLowerCase(), minted.item)
  }
  const refused = new Map<T, RefusedItem<T>>()
  const otherRoute = new Map<T, RefusedItem<T>>()
  const kinds = new Set<ComplaintKind>()
  for (const complaint of job.complaints) {
    const kind = classify(complaint)
    kinds.add(kind)
    if (kind !== 'poison' && kind !== 'otherRoute' && kind !== 'job') continue
    const item = namedItem(complaint, byGuid, byPath)
    if (item === undefined) continue
    const said = { item, code: kind === 'job' ? 'JOB_FATAL' : 'JOB_ITEM_REFUSED', message: complaint.message } as const
    if (kind === 'otherRoute') otherRoute.set(item, said)
    else refused.set(item, said)
  }
  for (const item of refused.keys()) otherRoute.delete(item)
  const rest = items.map(({ item }) => item).filter((item) => !refused.has(item) && !otherRoute.has(item))
  const worst = job.complaints.find(({ isFatal }) => isFatal) ?? job.complaints[0]
  const isCutShort =
    job.end === 'fatal' || kinds.has('echo') || Math.max(job.totalErrors, refused.size + otherRoute.size) >= JOB_ERRORS_MAX
  const isBlocked = job.end === 'cancelled' && TENANT_BLOCK.test(job.postponed ?? '')
  return {
    kind:
      isBlocked || kinds.has('notAllowed')
        ? 'notAllowed'
        : kinds.has('defect')
          ? 'defect'
          : job.end === 'cancelled'
            ? 'cancelled'
            : isCutShort
              ? 'cutShort'
              : 'imported',
    refused: [...refused.values()],
    otherRoute: [...otherRoute.values()],
    rest,
    message: isBlocked ? `Migration is blocked in the tenant (${job.postponed}).` : (worst?.message ?? ''),
  }
}

function namedItem<T>(complaint: JobComplaint, byGuid: ReadonlyMap<string, T>, byPath: ReadonlyMap<string, T>): T | undefined {
  for (const guid of complaint.ids) {
    const item = byGuid.get(guid)
    if (item !== undefined) return item
  }
  const path = complaint.url
    .replace(/^https:\/\/[^/]+/i, '')
    .replace(/^\/+/, '')
    .toLowerCase()
  if (path === '') return undefined
  return byPath.get(path)
}
