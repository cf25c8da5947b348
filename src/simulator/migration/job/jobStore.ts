import type { DatabaseSync } from 'node:sqlite'
import { numberOf, optionalNumberOf, type Row, textOf } from '../../lists/rows.ts'
import { type ImportScript, parseImportScript } from './importScript.ts'

/** `vanished`: the service knows nothing of it any more although it had begun. */
export type JobState = 'queued' | 'running' | 'ended' | 'vanished'

export interface JobRecord {
  readonly jobId: string
  readonly siteId: string
  /** Web that the submitter named; the import checks it. */
  readonly webId: string
  readonly contentUri: string
  readonly manifestUri: string
  /** Base64. */
  readonly encryptionKey: string
  readonly submittedBy: string
  readonly script: ImportScript
  readonly state: JobState
  readonly queuedMs: number
  /** Not looked at before this tenant time. */
  readonly readyMs: number
  readonly endedMs: number | undefined
  /** How often the server began it again. */
  readonly retryCount: number
}

export interface JobEventRow {
  readonly eventNo: number
  /** JSON, every value a string. */
  readonly log: string
}

/** Import jobs and their events; everything survives a restart. */
export interface JobStore {
  add(job: JobRecord): void
  get(jobId: string): JobRecord | undefined
  update(jobId: string, change: Partial<Pick<JobRecord, 'state' | 'readyMs' | 'endedMs' | 'retryCount' | 'script'>>): JobRecord
  /** In the order of their submission. */
  inState(state: JobState): readonly JobRecord[]
  queuedCount(): number
  addEvent(jobId: string, log: string): void
  /** Events with a number above `after`, in order. */
  events(jobId: string, after: number, limit: number): readonly JobEventRow[]
}

export function createJobStore(db: DatabaseSync): JobStore {
  const insert = db.prepare(
    'INSERT INTO migration_jobs (job_id, site_id, web_id, content_uri, manifest_uri, encryption_key, submitted_by, script, state, queued_ms, ready_ms, ended_ms, retry_count, ordinal) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,(SELECT coalesce(max(ordinal), 0) + 1 FROM migration_jobs))',
  )
  const select = db.prepare('SELECT * FROM migration_jobs WHERE job_id = ?')
  const selectState = db.prepare('SELECT * FROM migration_jobs WHERE state = ? ORDER BY ordinal')
  const count = db.prepare("SELECT COUNT(*) AS n FROM migration_jobs WHERE state = 'queued'")
  const write = db.prepare(
    'UPDATE migration_jobs SET script = ?, state = ?, ready_ms = ?, ended_ms = ?, retry_count = ? WHERE job_id = ?',
  )
  const insertEvent = db.prepare('INSERT INTO migration_events (job_id, log) VALUES (?, ?)')
  const selectEvents = db.prepare(
    'SELECT event_no, log FROM migration_events WHERE job_id = ? AND event_no > ? ORDER BY event_no LIMIT ?',
  )

  const get = (jobId: string): JobRecord | undefined => {
    const row = select.get(jobId)
    return row === undefined ? undefined : toJob(row)
  }

  return {
    add(job) {
      insert.run(
        job.jobId,
        job.siteId,
        job.webId,
        job.contentUri,
        job.manifestUri,
        job.encryptionKey,
        job.submittedBy,
        JSON.stringify(job.script),
        job.state,
        job.queuedMs,
        job.readyMs,
        job.endedMs ?? null,
        job.retryCount,
      )
    },
    get,
    update(jobId, change) {
      const old = get(jobId)
      if (old === undefined) throw new Error(`There is no import job ${jobId}.`)
      const job: JobRecord = { ...old, ...change }
      write.run(JSON.stringify(job.script), job.state, job.readyMs, job.endedMs ?? null, job.retryCount, jobId)
      return job
    },
    inState: (state) => selectState.all(state).map(toJob),
    queuedCount() {
      const row = count.get()
      return row === undefined ? 0 : numberOf(row, 'n')
    },
    addEvent(jobId, log) {
      insertEvent.run(jobId, log)
    },
    events: (jobId, after, limit) =>
      selectEvents.all(jobId, after, limit).map((row) => ({ eventNo: numberOf(row, 'event_no'), log: textOf(row, 'log') })),
  }
}

const STATES: readonly JobState[] = ['queued', 'running', 'ended', 'vanished']

function toJob(row: Row): JobRecord {
  const stored = textOf(row, 'state')
  const state = STATES.find((candidate) => candidate === stored)
  if (state === undefined) throw new TypeError(`An import job is in the state ${stored}.`)
  return {
    jobId: textOf(row, 'job_id'),
    siteId: textOf(row, 'site_id'),
    webId: textOf(row, 'web_id'),
    contentUri: textOf(row, 'content_uri'),
    manifestUri: textOf(row, 'manifest_uri'),
    encryptionKey: textOf(row, 'encryption_key'),
    submittedBy: textOf(row, 'submitted_by'),
    script: parseImportScript(textOf(row, 'script')),
    state,
    queuedMs: numberOf(row, 'queued_ms'),
    readyMs: numberOf(row, 'ready_ms'),
    endedMs: optionalNumberOf(row, 'ended_ms'),
    retryCount: numberOf(row, 'retry_count'),
  }
}
