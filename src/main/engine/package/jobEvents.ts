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
      return { ...now, hasStarted: true, postponed: undefined }
    case 'JobProgress':
      return counted({ ...now, hasStarted: true }, fields)
    case 'JobEnd':
      return { ...counted(now, fields), end: 'ended' }
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

function wholeOf(text: string | undefined): number {
  const value = Number(text ?? '')
  return Number.isSafeInteger(value) && value >= 0 ? value : 0
}

const cut = (text: string): string => (text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text)
