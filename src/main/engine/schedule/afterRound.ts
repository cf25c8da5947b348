import { isRoundEnd, type Task, type TaskStatus } from '../../../shared/domain/task.ts'
import { dueAfter } from './occurrences.ts'

/** What the row of a task with a schedule says next, when a round has ended and another one will follow by itself. */
export interface NextRound {
  readonly status: 'queued'
  readonly round: number
  /** ISO; no agent may begin before. */
  readonly dueAt: string
  /** How the round that has ended did, for people: the row's status is that of the next one. */
  readonly reason: string
}

/** undefined = the end is the end: no repetition, no further moment, or a stop that a person asked for. */
export function nextRound(
  task: Pick<Task, 'schedule'>,
  ended: { readonly status: TaskStatus; readonly round: number; readonly reason: string | undefined; readonly endedAtMs: number },
): NextRound | undefined {
  if (!task.schedule || !isRoundEnd(ended.status)) return undefined
  const dueMs = dueAfter(task.schedule, ended.endedAtMs)
  if (dueMs === undefined) return undefined
  return {
    status: 'queued',
    round: ended.round + 1,
    dueAt: new Date(dueMs).toISOString(),
    reason: `R${ended.round} ${WORDS[ended.status]}${ended.reason === undefined ? '.' : `: ${ended.reason}`}`,
  }
}

const WORDS = {
  completed: 'completed',
  completedWithIssues: 'completed with issues',
  failed: 'failed',
  readyToMigrate: 'was scanned',
} as const
