import type { TaskId } from '../../../shared/domain/ids.ts'
import type { Coordination, TaskChange, TaskRecord } from '../ports/coordination.ts'
import { nextRound } from '../schedule/afterRound.ts'
import { foldParts, hasEnded, shareOf } from './foldParts.ts'

export interface TendDeps {
  readonly tasks: Coordination
  readonly parts: Coordination
  /** Told of a round that this call has ended, with the row as it was with its end. */
  readonly onEnd?: ((row: TaskRecord, signal: AbortSignal) => Promise<void>) | undefined
}

/** Somebody else writes the same row in the same moment: whoever loses looks again. */
const ATTEMPTS_MAX = 10

/**
 * Ends a round that was cut when nothing of it is in work any more: called by whoever ends its own share or one of its parts, after that end is
 * written. Of several who do so at once the one who wrote last sees the ends of all others. Repeatable. Returns the row when it has ended.
 */
export async function foldRound(deps: TendDeps, id: TaskId, signal: AbortSignal): Promise<TaskRecord | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const row = await deps.tasks.get(id, signal)
    if (!row || !shareOf(row) || row.status === 'paused') return undefined
    const parts = await endedParts(deps, row, signal)
    const end = parts && foldParts(row, parts)
    if (!end) return undefined
    const { status, reason, progress } = end
    const next = nextRound(row.task, { status, round: row.round, reason, endedAtMs: deps.tasks.serverNow() })
    const changed = await deps.tasks.change(
      row,
      {
        status,
        progress,
        ...(reason === undefined ? {} : { reason }),
        ...next,
        clear: ['owner', 'request', ...(reason === undefined && !next ? (['reason'] as const) : [])],
      },
      signal,
    )
    if (!changed) continue
    await deps.onEnd?.({ ...row, status, reason, progress }, signal)
    return changed
  }
  return undefined
}

/** Parts of this round, all ended; undefined as soon as one is seen that has not. The query may be behind, a row itself is not. */
async function endedParts({ parts }: TendDeps, row: TaskRecord, signal: AbortSignal): Promise<readonly TaskRecord[] | undefined> {
  const ended: TaskRecord[] = []
  for (const seen of await parts.partsOf(row.task.id, signal)) {
    if (seen.task.part?.round !== row.round) continue
    const part = hasEnded(seen) ? seen : await parts.get(seen.task.id, signal)
    if (!part || !hasEnded(part)) return undefined
    ended.push(part)
  }
  return ended
}

/**
 * Makes the parts of a task do what is asked of the task: pause, go on, end; those of former rounds end. Parts of a task that is gone are
 * removed. Repeatable.
 */
export async function steerParts(deps: TendDeps, id: TaskId, signal: AbortSignal): Promise<void> {
  const row = await deps.tasks.get(id, signal)
  for (const seen of await deps.parts.partsOf(id, signal)) {
    for (let part: TaskRecord | undefined = seen, attempt = 0; part && attempt < ATTEMPTS_MAX; attempt++) {
      if (!row) {
        if (await deps.parts.remove(part, signal)) break
      } else {
        const change = steered(row, part)
        if (!change || (await deps.parts.change(part, change, signal))) break
      }
      part = await deps.parts.get(part.task.id, signal)
    }
  }
  if (row && shareOf(row)) await foldRound(deps, id, signal)
}

/** What a part is to do because of its task; undefined = it does that already. */
export function steered(row: TaskRecord, part: TaskRecord): TaskChange | undefined {
  if (hasEnded(part)) return undefined
  const isFormer = part.task.part?.round !== row.round
  const isOver = isFormer || hasEnded(row) || row.request === 'cancel'
  const wanted = isOver ? 'cancel' : row.status === 'paused' || row.request === 'pause' ? 'pause' : 'work'
  if (wanted === 'work') {
    if (part.status === 'paused') return { status: 'queued', clear: ['request', 'reason'] }
    return part.request === undefined ? undefined : { clear: ['request'] }
  }
  if (part.status === 'inProgress') return part.request === wanted ? undefined : { request: wanted }
  if (wanted === 'cancel') return { status: 'canceled', clear: ['owner', 'request', 'reason'] }
  return part.status === 'paused' ? undefined : { status: 'paused', clear: ['owner', 'request'] }
}

/** The last step of a piece whose end is written: the round is ended if it was the last one, then the row is let go. Repeatable. */
export async function settlePiece(deps: TendDeps, piece: TaskRecord, signal: AbortSignal): Promise<void> {
  const { part } = piece.task
  await foldRound(deps, part?.of ?? piece.task.id, signal)
  if (part && piece.owner !== undefined) await deps.parts.change(piece, { clear: ['owner', 'request'] }, signal)
}
