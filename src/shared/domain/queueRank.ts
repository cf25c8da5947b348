import { SECOND_MS } from '../units.ts'
import type { TaskProgress } from './progress.ts'
import type { Task, TaskStatus } from './task.ts'
import { groupOf, PRIORITIES, priorityOf } from './taskRank.ts'

/** Of rows that nobody may take: they come after all others. */
export const NOT_QUEUED_RANK = 9e14
/** Rows that wait for a time to come are ranked by it, after everything that may begin at once. */
export const DUE_RANK_FLOOR = 5e14

const PRIORITY_STEP = 1e14
const SIZE_STEP = 1e8
const SIZE_SCORE_MAX = 100_000

interface Ranked {
  readonly task: Task
  readonly status: TaskStatus
  readonly dueAt?: string | undefined
  readonly progress: TaskProgress | undefined
}

/**
 * A number that sorts rows as agents should take them, so that the service can find the best few of fifty thousand by an index: the more
 * urgent first; then what had begun; then the larger, because it takes longest and would end last; then the older.
 */
export function queueRank(row: Ranked, nowMs: number): number {
  if (row.status !== 'queued') return NOT_QUEUED_RANK
  const dueMs = row.dueAt === undefined ? undefined : Date.parse(row.dueAt)
  if (dueMs !== undefined && dueMs > nowMs) return dueRank(dueMs)
  const { progress } = row
  const hasBegun = progress !== undefined && progress.stage !== 'done'
  const sizeBytes = progress?.plannedBytes ?? progress?.scannedBytes ?? 0
  const sizeScore = Math.min(SIZE_SCORE_MAX - 1, Math.floor(Math.log2(sizeBytes + 1) * 1000))
  const ageMinutes = Math.floor(Date.parse(row.task.createdAt) / 60_000)
  return (
    PRIORITIES.indexOf(priorityOf(row.task)) * PRIORITY_STEP +
    (hasBegun ? 0 : (SIZE_SCORE_MAX - sizeScore) * SIZE_STEP) +
    ageMinutes
  )
}

/** Rank of a row that waits for this moment. */
export const dueRank = (dueMs: number): number => DUE_RANK_FLOOR + Math.floor(dueMs / SECOND_MS)

/**
 * Whose a queued row is, and a random looking tail: `startswith` on group and some digits of the tail takes a part of known size out of any
 * number of rows. Rows that are not queued have none.
 */
export function queueKey(row: Pick<Ranked, 'task' | 'status'>): string | undefined {
  if (row.status !== 'queued') return undefined
  return `${groupKey(row.task.settings.isScanOnly ? undefined : groupOf(row.task))}${row.task.id.replaceAll('-', '').slice(-8)}`
}

/** Letters and digits for a name of a group, whatever it is written in. Scans run in every group: undefined. */
export function groupKey(group: string | undefined): string {
  if (group === undefined) return 'any.'
  // FNV-1a, 32 bits: two names that meet share a queue, and agents still look at the name before they take a row.
  let hash = 0x811c9dc5
  for (const unit of group.toLowerCase()) hash = Math.imul(hash ^ (unit.codePointAt(0) ?? 0), 0x01000193)
  return `g${(hash >>> 0).toString(16).padStart(8, '0')}.`
}
