import type { AgentRow } from '../../../shared/domain/agent.ts'
import type { AgentId } from '../../../shared/domain/ids.ts'
import { RELEASE_WATCH_MS } from '../../../shared/limits.ts'
import type { Coordination, TaskChange, TaskRecord } from '../ports/coordination.ts'
import type { KeyedList, KeyedRow } from '../ports/keyedList.ts'
import { hasEnded } from './foldParts.ts'
import { leaseMs } from './pacing.ts'

/** Silent for longer than it said it would be, by the time at which the server stored its last word. */
export function isSilent({ value, modifiedAt }: KeyedRow<AgentRow>, serverNowMs: number): boolean {
  return value.beat !== undefined && serverNowMs - Date.parse(modifiedAt) >= leaseMs(value.beat.intervalMs)
}

/** Works now, as far as anybody can know. */
export function isPresent(row: KeyedRow<AgentRow>, serverNowMs: number): boolean {
  const { beat } = row.value
  return beat !== undefined && beat.isLost !== true && !beat.hasLeft && !isSilent(row, serverNowMs)
}

/**
 * Agents whose tasks this agent gives away: each silent one has one keeper among those present, so that not all do it at once. A keeper that
 * falls silent itself is no keeper at the next look of the others.
 */
export function agentsInMyCare(
  rows: readonly KeyedRow<AgentRow>[],
  me: AgentId,
  serverNowMs: number,
): readonly KeyedRow<AgentRow>[] {
  const present = rows.filter((row) => row.key === me || isPresent(row, serverNowMs)).map(({ key }) => key)
  return rows.filter((row) => {
    const { beat } = row.value
    if (row.key === me || beat === undefined) return false
    const isMarked = beat.isLost === true
    if (isMarked ? serverNowMs - Date.parse(row.modifiedAt) > RELEASE_WATCH_MS : !isSilent(row, serverNowMs)) return false
    return keeperOf(row.key, present) === me
  })
}

/** The same for whoever asks, and another one for every silent agent. */
function keeperOf(silent: string, present: readonly string[]): string | undefined {
  let best: { readonly key: string; readonly score: number } | undefined
  for (const key of present) {
    const score = mix(`${silent} ${key}`)
    if (!best || score > best.score || (score === best.score && key > best.key)) best = { key, score }
  }
  return best?.key
}

function mix(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b)
  return (hash ^ (hash >>> 16)) >>> 0
}

export interface ReleaseDeps {
  readonly agents: KeyedList<AgentRow>
  /** Of tasks, and of shards. */
  readonly lists: readonly Coordination[]
  readonly serverNow: () => number
  /** Takes the last step of an ended row that still names its owner. */
  readonly settle?: ((row: TaskRecord, signal: AbortSignal) => Promise<void>) | undefined
}

/**
 * Gives the tasks of an agent that is silent, or has left, back to the queue. First its own row says so, which makes its next heartbeat fail: an agent that comes
 * back from the dead learns of it before it can prove anything. Repeatable at any point. Returns how many rows were given back.
 */
export async function releaseAgent(deps: ReleaseDeps, silent: KeyedRow<AgentRow>, signal: AbortSignal): Promise<number> {
  const marked = await markLost(deps, silent, signal)
  if (!marked) return 0
  let count = 0
  for (const list of deps.lists) {
    const rows = await list.ownedBy(marked.key as AgentId, signal)
    if (rows.length === 0) continue
    // What was read is from before the agent came back, if it did not come back until now; later claims of it have another eTag.
    const now = await deps.agents.get(marked.key, signal)
    if (!now || now.value.beat?.session !== marked.value.beat?.session || now.value.beat?.isLost !== true) return count
    for (const row of rows) {
      if (hasEnded(row)) await deps.settle?.(row, signal)
      const change = releasedState(row, silent.value.terms.name)
      if (change && (await list.change(row, change, signal))) count++
    }
  }
  return count
}

/** undefined = it lives after all. */
async function markLost(
  deps: ReleaseDeps,
  seen: KeyedRow<AgentRow>,
  signal: AbortSignal,
): Promise<KeyedRow<AgentRow> | undefined> {
  // The list may be behind; the row itself is not.
  const row = await deps.agents.get(seen.key, signal)
  if (!row?.value.beat) return undefined
  if (row.value.beat.isLost === true) return row
  if (!row.value.beat.hasLeft && !isSilent(row, deps.serverNow())) return undefined
  return await deps.agents.change(row, { ...row.value, beat: { ...row.value.beat, isLost: true } }, signal)
}

/** What becomes of a task whose owner is gone; what a person asked of the owner is done at once. undefined = nothing is to be done. */
export function releasedState(row: TaskRecord, ownerName: string): TaskChange | undefined {
  if (row.owner === undefined || (row.status !== 'inProgress' && row.status !== 'queued')) return undefined
  if (row.request === 'cancel') return { status: 'canceled', raisesEpoch: true, clear: ['owner', 'request', 'reason'] }
  if (row.request === 'pause') return { status: 'paused', raisesEpoch: true, clear: ['owner', 'request', 'reason'] }
  return {
    status: 'queued',
    raisesEpoch: true,
    reason: `Agent ${ownerName} has fallen silent; the next free agent goes on.`,
    clear: ['owner'],
  }
}
