import type { Clock } from '../../core/clock.ts'
import type { JobRecord, JobStore } from './jobStore.ts'

export type EventName =
  | 'JobQueued'
  | 'JobPostponed'
  | 'JobLogFileCreate'
  | 'JobStart'
  | 'JobProgress'
  | 'JobEnd'
  | 'JobError'
  | 'JobWarning'
  | 'JobFatalError'
  | 'JobCancelled'
  | 'JobDeleted'

/** Nothing but strings [D.7]. */
export type EventMembers = Readonly<Record<string, string>>

/** Adds an event to what `GetMigrationJobProgress` tells of a job. */
export function recordEvent(
  deps: { readonly jobs: JobStore; readonly clock: Clock },
  job: Pick<JobRecord, 'jobId' | 'retryCount'>,
  name: EventName,
  members: EventMembers = {},
): void {
  const log = {
    Event: name,
    JobId: job.jobId,
    Time: eventTime(deps.clock.now()),
    ...members,
    TotalRetryCount: String(job.retryCount),
    MigrationType: 'None',
    MigrationDirection: 'Import',
    CorrelationId: correlationOf(job.jobId),
  }
  deps.jobs.addEvent(job.jobId, JSON.stringify(log))
}

/** `MM/dd/yyyy HH:mm:ss.fff`, UTC. */
export function eventTime(ms: number): string {
  const [date = '', time = ''] = new Date(ms).toISOString().split('T')
  const [year, month, day] = date.split('-')
  return `${month}/${day}/${year} ${time.slice(0, 12)}`
}

/** A GUID that goes with the job for life. */
export function correlationOf(jobId: string): string {
  const [first = '', second = '', third = '', fourth = '', fifth = ''] = jobId.split('-')
  return `${[...first].reverse().join('')}-${fourth}-${third}-${second}-${[...fifth].reverse().join('')}`
}

/** Ids of database and farm, which never change. */
export function databaseIdOf(tenantId: string): string {
  return correlationOf(tenantId)
}
