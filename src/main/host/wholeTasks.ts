import type { TaskId } from '../../shared/domain/ids.ts'
import type { TaskProgress } from '../../shared/domain/progress.ts'
import type { TaskStatus } from '../../shared/domain/task.ts'
import { foldProgress, hasEnded } from '../engine/coordinate/foldParts.ts'
import type { Coordination, TaskRecord } from '../engine/ports/coordination.ts'

/** One part of a task, for people. */
export interface PartLine {
  /** Below the source of the task. */
  readonly path: string
  readonly status: TaskStatus
  /** By id. */
  readonly agent: string | undefined
  readonly progress: TaskProgress | undefined
  readonly reason: string | undefined
}

/** A task with what its parts have done counted into its progress. */
export interface WholeTask {
  readonly record: TaskRecord
  /** Of its present round. */
  readonly parts: readonly TaskRecord[]
}

/** The task of each record with its parts, in the order given. */
export function withParts(records: readonly TaskRecord[], parts: readonly TaskRecord[]): readonly WholeTask[] {
  const byTask = new Map<TaskId, TaskRecord[]>()
  for (const row of parts) {
    const { part } = row.task
    if (part) byTask.set(part.of, [...(byTask.get(part.of) ?? []), row])
  }
  return records.map((record) => {
    const own = (byTask.get(record.task.id) ?? []).filter(({ task }) => task.part?.round === record.round)
    return { record: wholeOf(record, own), parts: own }
  })
}

/** The row of a round that has ended tells of its parts already. */
function wholeOf(record: TaskRecord, parts: readonly TaskRecord[]): TaskRecord {
  const { progress } = record
  if (
    parts.length === 0 ||
    progress === undefined ||
    hasEnded(record) ||
    (record.status === 'queued' && progress.stage === 'done' && !progress.share)
  )
    return record
  return { ...record, progress: foldProgress(progress, parts) }
}

export function partLine({ task, status, owner, progress, reason }: TaskRecord): PartLine {
  return { path: task.part?.path ?? '', status, agent: owner, progress, reason }
}

/** One task with its parts, as fresh as the list has them. */
export async function readWhole(parts: Coordination, record: TaskRecord, signal: AbortSignal): Promise<WholeTask> {
  const [whole] = withParts([record], await parts.partsOf(record.task.id, signal))
  return whole ?? { record, parts: [] }
}

/** Rows of parts, where a round that goes on may have some; that is one listing more. */
export async function partsOfRunning(
  parts: Coordination,
  records: readonly TaskRecord[],
  signal: AbortSignal,
): Promise<readonly TaskRecord[]> {
  return records.some(({ status, progress }) => status === 'inProgress' || (status === 'paused' && progress))
    ? parts.list(signal)
    : []
}
