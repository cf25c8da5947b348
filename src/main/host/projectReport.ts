import type { CauseView, RoundView } from '../../shared/contract/taskDetail.ts'
import type { TaskId } from '../../shared/domain/ids.ts'
import { describeDestination, type TaskStatus } from '../../shared/domain/task.ts'
import type { TaskRecord } from '../engine/ports/coordination.ts'
import type { Host } from './createHost.ts'
import { openRound } from './reports.ts'
import { roundView } from './taskDetail.ts'

/** One task for people: what was there, what is at the destination, what is not, and why. */
export interface ReportedTask {
  readonly id: TaskId
  readonly name: string
  readonly source: string
  readonly destination: string
  readonly status: TaskStatus
  readonly round: number
  readonly tags: readonly string[]
  readonly agent: string | undefined
  readonly foundFiles: number
  readonly foundBytes: number
  /** At the destination and proven: sent in this round or a round before, or found there unchanged. */
  readonly arrivedFiles: number
  readonly arrivedBytes: number
  readonly failedItems: number
  readonly skippedItems: number
  readonly receipts: RoundView['receipts'] | undefined
  readonly startedAt: string | undefined
  readonly endedAt: string | undefined
  readonly reason: string | undefined
  /** Absent where another agent has the journal. */
  readonly causes: readonly CauseView[] | undefined
}

export interface ProjectReport {
  readonly writtenAt: string
  readonly tenantName: string
  readonly tasks: readonly ReportedTask[]
  readonly totals: Pick<
    ReportedTask,
    'foundFiles' | 'foundBytes' | 'arrivedFiles' | 'arrivedBytes' | 'failedItems' | 'skippedItems'
  >
  readonly byStatus: Readonly<Partial<Record<TaskStatus, number>>>
  /** Of all tasks, most items first. */
  readonly causes: readonly Omit<CauseView, 'examples'>[]
}

/** The whole project as of now, also while tasks run. What other agents did is told by the shared list. */
export async function readProjectReport(
  host: Host,
  options: { readonly taskIds: readonly TaskId[] | undefined; readonly signal: AbortSignal },
): Promise<ProjectReport> {
  const records = (await host.tasks.list(options.signal)).filter(({ task }) => options.taskIds?.includes(task.id) ?? true)
  const tasks: ReportedTask[] = []
  for (const record of records) {
    options.signal.throwIfAborted()
    tasks.push(await reportedTask(host, record))
  }
  const byStatus: Partial<Record<TaskStatus, number>> = {}
  for (const { status } of tasks) byStatus[status] = (byStatus[status] ?? 0) + 1
  const sum = (of: (task: ReportedTask) => number) => tasks.reduce((total, task) => total + of(task), 0)
  return {
    writtenAt: new Date(host.environment.clock.now()).toISOString(),
    tenantName: host.connection.tenantName,
    tasks: tasks.sort((a, b) => a.name.localeCompare(b.name)),
    totals: {
      foundFiles: sum((task) => task.foundFiles),
      foundBytes: sum((task) => task.foundBytes),
      arrivedFiles: sum((task) => task.arrivedFiles),
      arrivedBytes: sum((task) => task.arrivedBytes),
      failedItems: sum((task) => task.failedItems),
      skippedItems: sum((task) => task.skippedItems),
    },
    byStatus,
    causes: mergedCauses(tasks),
  }
}

async function reportedTask(host: Host, record: TaskRecord): Promise<ReportedTask> {
  const { task, status, round, progress, reason } = record
  const latest = await latestRound(host, record)
  const about = {
    id: task.id,
    name: task.name,
    source: task.source.path,
    destination: describeDestination(task.destination),
    status,
    round,
    tags: task.tags,
    reason,
  }
  if (latest && latest.round === round) {
    return {
      ...about,
      agent: latest.agentName ?? record.owner,
      foundFiles: latest.foundFiles,
      foundBytes: latest.foundBytes,
      arrivedFiles: latest.migratedFiles + latest.unchangedFiles + latest.earlierFiles,
      arrivedBytes: latest.migratedBytes,
      failedItems: latest.failedItems,
      skippedItems: latest.skippedItems - latest.unchangedFiles,
      receipts: latest.receipts,
      startedAt: latest.startedAt,
      endedAt: latest.endedAt,
      causes: latest.causes,
    }
  }
  return {
    ...about,
    agent: record.owner,
    foundFiles: progress?.scannedFiles ?? 0,
    foundBytes: progress?.scannedBytes ?? 0,
    arrivedFiles: progress?.migratedFiles ?? 0,
    arrivedBytes: progress?.migratedBytes ?? 0,
    failedItems: progress?.failedFiles ?? 0,
    skippedItems: progress?.skippedItems ?? 0,
    receipts: undefined,
    startedAt: undefined,
    endedAt: undefined,
    causes: undefined,
  }
}

async function latestRound(host: Host, record: TaskRecord): Promise<RoundView | undefined> {
  const { workFolder } = host.environment
  const number = workFolder.rounds(record.task.id).at(-1)
  const journal = number === undefined ? undefined : openRound(workFolder, record, number)
  if (!journal) return undefined
  try {
    return await roundView(journal)
  } finally {
    journal.close()
  }
}

function mergedCauses(tasks: readonly ReportedTask[]): readonly Omit<CauseView, 'examples'>[] {
  const merged = new Map<string, Omit<CauseView, 'examples'>>()
  for (const { examples: _examples, ...cause } of tasks.flatMap(({ causes }) => causes ?? [])) {
    const known = merged.get(cause.code)
    merged.set(cause.code, { ...cause, itemCount: cause.itemCount + (known?.itemCount ?? 0) })
  }
  return [...merged.values()].sort((a, b) => b.itemCount - a.itemCount)
}
