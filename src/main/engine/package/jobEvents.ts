/** One event of an import job. Every value comes as a string, or is left out when it is none. [D.7] */
export interface JobEvent {
  readonly name: string
  readonly fields: Readonly<Record<string, string>>
}

/** undefined = not an event: what is not understood is passed over, never believed. */
export function parseJobEvent(line: string): JobEvent | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const fields: Record<string, string> = {}
  for (const [key, member] of Object.entries(value)) {
    if (typeof member === 'string') fields[key] = member
    else if (typeof member === 'number' || typeof member === 'boolean') fields[key] = String(member)
  }
  const name = fields.Event
  return name === undefined ? undefined : { name, fields }
}

/** What the service said against one object, or against the whole job. */
export interface JobComplaint {
  /** GUIDs that it names, lower case without braces. */
  readonly ids: readonly string[]
  readonly url: string
  readonly objectType: string
  readonly code: string
  readonly message: string
  readonly isFatal: boolean
}

export interface JobTally {
  /** How it ended, as far as is known. `fatal` may be taken back: the service starts some jobs again by itself. */
  readonly end: 'ended' | 'fatal' | 'cancelled' | undefined
  readonly hasStarted: boolean
  /** By the clock of the service, without the time in its queue: the last start, and the end. */
  readonly startedAtMs: number | undefined
  readonly endedAtMs: number | undefined
  readonly retryCount: number
  readonly filesCreated: number
  readonly totalErrors: number
  readonly complaints: readonly JobComplaint[]
  /** Why it waits, in the service's words. */
  readonly postponed: string | undefined
}

export const NEW_JOB: JobTally = {
  end: undefined,
  hasStarted: false,
  startedAtMs: undefined,
  endedAtMs: undefined,
  retryCount: 0,
  filesCreated: 0,
  totalErrors: 0,
  complaints: [],
  postponed: undefined,
}

/** More than this is cut: a job ends at 100 errors, the rest is noise. */
const COMPLAINTS_MAX = 1000
const TEXT_MAX = 500

/** Adds one event. Events that come twice change nothing; unknown ones neither. Pure. */
export function tally(before: JobTally, event: JobEvent): JobTally {
  const { fields } = event
  const retryCount = Math.max(before.retryCount, wholeOf(fields.TotalRetryCount))
  const isRestarted = before.end === 'fatal' && retryCount > before.retryCount
  const now: JobTally = { ...before, retryCount, end: isRestarted ? undefined : before.end }
  switch (event.name) {
    case 'JobStart':
      return { ...now, hasStarted: true, startedAtMs: momentOf(fields.Time) ?? now.startedAtMs, postponed: undefined }
    case 'JobProgress':
      return counted({ ...now, hasStarted: true }, fields)
    case 'JobEnd':
      return { ...counted(now, fields), end: 'ended', endedAtMs: momentOf(fields.Time) }
    case 'JobError':
      return withComplaint(now, complaintOf(fields, false))
    case 'JobFatalError':
      return { ...withComplaint(now, complaintOf(fields, true)), end: now.end ?? 'fatal' }
    case 'JobCancelled':
    case 'JobDeleted':
      return { ...now, end: now.end ?? 'cancelled' }
    case 'JobPostponed':
      return { ...now, postponed: cut(fields.Reason ?? fields.JobsInQueue ?? fields.NextPickupTime ?? 'no reason given') }
    default:
      return now
  }
}

function counted(now: JobTally, fields: JobEvent['fields']): JobTally {
  return {
    ...now,
    filesCreated: Math.max(now.filesCreated, wholeOf(fields.FilesCreated)),
    totalErrors: Math.max(now.totalErrors, wholeOf(fields.TotalErrors)),
  }
}

function withComplaint(now: JobTally, complaint: JobComplaint): JobTally {
  const isKnown = now.complaints.some(
    (one) => one.message === complaint.message && one.url === complaint.url && one.ids.join() === complaint.ids.join(),
  )
  if (isKnown || now.complaints.length >= COMPLAINTS_MAX) return now
  return { ...now, complaints: [...now.complaints, complaint] }
}

function complaintOf(fields: JobEvent['fields'], isFatal: boolean): JobComplaint {
  return {
    ids: guidsIn([fields.Id, fields.FileId, fields.SourceId, fields.ObjectId, fields.Message].join(' ')),
    url: cut(fields.Url ?? ''),
    objectType: fields.ObjectType ?? '',
    code: fields.ErrorCode ?? '',
    message: cut(fields.Message ?? 'The service gave no reason.'),
    isFatal,
  }
}

/** Every GUID of a text, lower case, without braces. */
export function guidsIn(text: string): readonly string[] {
  const found = text.toLowerCase().match(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g)
  return [...new Set(found ?? [])]
}

/** `MM/dd/yyyy HH:mm:ss.fff`, UTC. [D.7] */
function momentOf(text: string | undefined): number | undefined {
  const found = /^(\d\d)\/(\d\d)\/(\d{4}) (\d\d):(\d\d):(\d\d)(\.\d{1,3})?$/.exec(text ?? '')
  if (!found) return undefined
  const [month = 0, day = 0, year = 0, hours = 0, minutes = 0, seconds = 0] = found.slice(1, 7).map(Number)
  return Date.UTC(year, month - 1, day, hours, minutes, seconds) + Math.round(Number(found[7] ?? 0) * 1000)
}

/** How long the service worked on it; undefined where it does not say. */
export function workedMs({ startedAtMs, endedAtMs }: JobTally): number | undefined {
  return startedAtMs === undefined || endedAtMs === undefined || endedAtMs < startedAtMs ? undefined : endedAtMs - startedAtMs
}

function wholeOf(text: string | undefined): number {
  const value = Number(text ?? '')
  return Number.isSafeInteger(value) && value >= 0 ? value : 0
}

const cut = (text: string): string => (text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text)
