import type { Clock } from '../../core/clock.ts'
import type { Tenant } from '../../core/tenant.ts'
import { type EventMembers, recordEvent } from './jobEvents.ts'
import type { JobRecord, JobStore } from './jobStore.ts'

/** Whom a message is about. */
export interface ImportSubject {
  /** `File`, `Folder`, `ListItem`… */
  readonly objectType: string
  readonly url: string
  readonly id: string
  readonly sourceListItemId?: number
  readonly targetListItemId?: number
}

export interface ImportProblem {
  readonly code: number
  readonly errorType: string
  readonly message: string
}

const SIZE_CLASSES: readonly (readonly [string, number])[] = [
  ['0-1K', 1024],
  ['1K-10K', 10 * 1024],
  ['10K-100K', 100 * 1024],
  ['100K-1M', 1024 ** 2],
  ['1M-10M', 10 * 1024 ** 2],
  ['10M-100M', 100 * 1024 ** 2],
  ['100M-1G', 1024 ** 3],
  ['>1G', Number.POSITIVE_INFINITY],
]

/** One run of a job: its counters, its events and the text of its logs. */
export interface ImportReport {
  readonly errorCount: number
  readonly log: readonly string[]
  readonly errors: readonly string[]
  readonly warnings: readonly string[]
  expect(objects: number, bytes: number): void
  /** An object is in. */
  done(
    objectType: string,
    options?: {
      readonly versions?: number
      readonly sizeBytes?: number
      readonly allBytes?: number
      readonly isNewFile?: boolean
    },
  ): void
  say(text: string): void
  error(subject: ImportSubject, problem: ImportProblem): void
  warning(subject: ImportSubject, problem: ImportProblem): void
  fatal(problem: ImportProblem): void
  start(site: { readonly siteId: string; readonly webId: string }): void
  progress(): void
  /** Tells of the end; call when the logs are written. */
  end(): void
}

export function createImportReport(deps: {
  readonly tenant: Tenant
  readonly jobs: JobStore
  readonly clock: Clock
  readonly job: JobRecord
  readonly databaseId: string
}): ImportReport {
  const { clock, job } = deps
  const startedMs = clock.now()
  const started = performance.now()
  const cpu = process.cpuUsage()
  const log: string[] = []
  const errors: string[] = []
  const warnings: string[] = []
  const bySize = new Map<string, { Count: number; TotalSize: number; TotalDownloadTime: number; TotalCreationTime: number }>()
  const byType = new Map<string, { Count: number; TotalTime: number; AccumulatedVersions: number; ObjectsWithVersions: number }>()
  let expectedObjects = 0
  let expectedBytes = 0
  let objects = 0
  let files = 0
  let versionsOfFiles = 0
  let bytes = 0
  let currentBytes = 0

  const line = (text: string) => `[${new Date(clock.now()).toISOString().replace('T', ' ').slice(0, 19)}] ${text}`

  function counters(): EventMembers {
    const usage = process.cpuUsage(cpu)
    return {
      FilesCreated: String(versionsOfFiles),
      BytesProcessed: String(bytes),
      ObjectsProcessed: String(objects),
      TotalExpectedSPObjects: String(expectedObjects),
      TotalErrors: String(errors.length),
      TotalWarnings: String(warnings.length),
      WaitTimeOnSqlThrottlingMilliseconds: '0',
      TotalDurationInMs: (performance.now() - started + (clock.now() - startedMs > 60_000 ? clock.now() - startedMs : 0)).toFixed(
        4,
      ),
      CpuDurationInMs: ((usage.user + usage.system) / 1000).toFixed(4),
      SqlDurationInMs: '0',
      SqlQueryCount: String(objects * 4),
      CreatedOrUpdatedFileStatsBySize: JSON.stringify(Object.fromEntries(bySize)),
      ObjectsStatsByType: JSON.stringify(Object.fromEntries(byType)),
      TotalExpectedBytes: String(expectedBytes),
    }
  }

  function tell(name: 'JobError' | 'JobWarning' | 'JobFatalError', subject: ImportSubject, problem: ImportProblem): void {
    recordEvent(deps, job, name, {
      ObjectType: subject.objectType,
      Url: subject.url,
      Id: subject.id,
      SourceListItemIntId: String(subject.sourceListItemId ?? ''),
      TargetListItemIntId: String(subject.targetListItemId ?? ''),
      ErrorCode: String(problem.code),
      ErrorType: problem.errorType,
      Message: problem.message,
    })
  }

  const about = (subject: ImportSubject) => `[${subject.objectType}] [${subject.url}] [${subject.id}]`
  const say = (text: string) => void log.push(line(text))

  return {
    get errorCount() {
      return errors.length
    },
    log,
    errors,
    warnings,
    expect(objectCount, byteCount) {
      expectedObjects = objectCount
      expectedBytes = byteCount
    },
    done(objectType, { versions = 1, sizeBytes = 0, allBytes = sizeBytes } = {}) {
      objects++
      const type = byType.get(objectType) ?? { Count: 0, TotalTime: 0, AccumulatedVersions: 0, ObjectsWithVersions: 0 }
      type.Count++
      byType.set(objectType, type)
      if (objectType !== 'SPFile') return
      files++
      versionsOfFiles += versions
      bytes += allBytes
      currentBytes += sizeBytes
      if (versions > 1) {
        type.AccumulatedVersions += versions
        type.ObjectsWithVersions++
      }
      const name = SIZE_CLASSES.find(([, below]) => sizeBytes < below)?.[0] ?? '>1G'
      const size = bySize.get(name) ?? { Count: 0, TotalSize: 0, TotalDownloadTime: 0, TotalCreationTime: 0 }
      size.Count++
      size.TotalSize += sizeBytes
      bySize.set(name, size)
    },
    say,
    error(subject, problem) {
      errors.push(line(`${about(subject)} Error: ${problem.message} (ErrorCode ${problem.code})`))
      say(`${about(subject)} Error: ${problem.message}`)
      tell('JobError', subject, problem)
    },
    warning(subject, problem) {
      warnings.push(line(`${about(subject)} Warning: ${problem.message}`))
      tell('JobWarning', subject, problem)
    },
    fatal(problem) {
      errors.push(line(`FatalError: ${problem.message} (ErrorCode ${problem.code})`))
      say(`FatalError: ${problem.message}`)
      tell('JobFatalError', { objectType: '', url: '', id: '' }, problem)
    },
    start({ siteId, webId }) {
      say('Start Import.')
      recordEvent(deps, job, 'JobLogFileCreate', { JobType: 'Import', FileName: `Import-${job.jobId}-1.log` })
      recordEvent(deps, job, 'JobStart', {
        SiteId: siteId,
        WebId: webId,
        DBId: deps.databaseId,
        FarmId: deps.databaseId,
        ServerId: deps.databaseId,
        SubscriptionId: deps.tenant.tenantId,
      })
    },
    progress: () => recordEvent(deps, job, 'JobProgress', counters()),
    end() {
      recordEvent(deps, job, 'JobEnd', {
        ...counters(),
        IsShallowCopy: 'False',
        FilesCreatedIrrespectiveOfVersions: String(files),
        BytesProcessedOnlyCurrentVersion: String(currentBytes),
      })
    },
  }
}
