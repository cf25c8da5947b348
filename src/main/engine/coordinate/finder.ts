import type { AgentTerms } from '../../../shared/domain/agent.ts'
import type { AgentId, TaskId } from '../../../shared/domain/ids.ts'
import { priorityOf } from '../../../shared/domain/taskRank.ts'
import {
  CANDIDATES_BELIEVED_MS,
  CANDIDATES_MAX,
  CANDIDATES_MIN,
  CLAIM_ATTEMPTS_MAX,
  HEARTBEAT_MS,
} from '../../../shared/limits.ts'
import type { Coordination, TaskRecord } from '../ports/coordination.ts'
import type { Clock, Logger, Random } from '../ports/runtime.ts'
import { type Claimer, claimability, compareRank } from './claim.ts'
import { hasEnded } from './foldParts.ts'
import type { Membership } from './membership.ts'

/** Rows that were planned for later are asked for this often while other work is waiting. [ours] */
const DUE_LOOK_EVERY_MS = 5 * HEARTBEAT_MS

export interface FinderDeps {
  readonly agentId: AgentId
  /** Of tasks, or of shards. */
  readonly list: Coordination
  readonly member: Pick<Membership, 'session' | 'isProven' | 'presentCount'>
  readonly terms: () => AgentTerms
  /** Whether this agent has it in work now. */
  readonly isRunning: (id: TaskId) => boolean
  /** Ended rows that still name this agent: the last step of their end was not taken. */
  readonly settle?: ((row: TaskRecord, signal: AbortSignal) => Promise<void>) | undefined
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/**
 * Finds this agent's next task and claims it, at a price that does not depend on how long the list is: its own unfinished ones of earlier
 * sessions first, then one of the best that wait. Which of the best is left to chance, so that agents that look at once do not all try to
 * take the same row.
 */
export class Finder {
  readonly #deps: FinderDeps
  /** Claims whose outcome nobody told. */
  readonly #doubtful = new Set<TaskId>()
  #pool: TaskRecord[] = []
  /** Whether more was waiting than the last look showed. */
  #isMore = false
  #pooledAtMs = Number.NEGATIVE_INFINITY
  #dueLookedAtMs = Number.NEGATIVE_INFINITY
  #knownSession = ''

  constructor(deps: FinderDeps) {
    this.#deps = deps
  }

  /** undefined = nothing that this agent may take is in sight. Throws what the service answers; calling again is safe. */
  async next(signal: AbortSignal): Promise<TaskRecord | undefined> {
    const { member, terms } = this.#deps
    if (!member.isProven()) return undefined
    const again = (await this.#settleDoubtful(signal)) ?? (await this.#ownAgain(signal))
    if (again || !terms().isEnabled) return again
    for (let attempt = 0; attempt === 0 || attempt < this.#attempts(); attempt++) {
      if (this.#isPoolOld() || this.#pool.length === 0) {
        // One look, one try: what is gone from the pool was taken by others, and the list may not show it yet.
        if (attempt > 0) return undefined
        await this.refill(signal)
      }
      const chosen = this.#pick()
      if (!chosen) return undefined
      const claimed = await this.#claim(chosen, signal)
      if (claimed) return claimed
    }
    return undefined
  }

  /** Looks ahead, shortly before a place becomes free. */
  async refill(signal: AbortSignal): Promise<void> {
    const { list, member, clock, terms } = this.#deps
    const limit = Math.min(CANDIDATES_MAX, Math.max(CANDIDATES_MIN, member.presentCount))
    const best = await list.candidates({ kind: 'best', limit }, signal)
    const found = new Map(this.#suiting(best.records).map((row) => [row.task.id, row]))
    const { group } = terms()
    if (best.isMore && found.size === 0) {
      const { records } = await list.candidates({ kind: 'group', group, limit }, signal)
      for (const row of this.#suiting(records)) found.set(row.task.id, row)
    }
    if (best.isMore && clock.now() - this.#dueLookedAtMs >= DUE_LOOK_EVERY_MS) {
      const { records } = await list.candidates({ kind: 'due', group, limit }, signal)
      for (const row of this.#suiting(records)) found.set(row.task.id, row)
      this.#dueLookedAtMs = clock.now()
    }
    this.#isMore = best.isMore
    this.#pool = [...found.values()].sort(compareRank)
    this.#pooledAtMs = clock.now()
  }

  /** Sees again what this agent owns, as after a restart. */
  forgetOwn(): void {
    this.#knownSession = ''
  }

  async #claim(row: TaskRecord, signal: AbortSignal): Promise<TaskRecord | undefined> {
    const { agentId, list, member, logger } = this.#deps
    if (!member.isProven()) return undefined
    this.#doubtful.add(row.task.id)
    const claimed = await list.change(
      row,
      { status: 'inProgress', owner: agentId, ownerSession: member.session, raisesEpoch: true, clear: ['reason', 'dueAt'] },
      signal,
    )
    this.#doubtful.delete(row.task.id)
    if (claimed) logger.log('info', 'task.claimed', { taskId: claimed.task.id, epoch: claimed.epoch })
    return claimed
  }

  /** Claims whose answer was lost may have arrived: nobody else would ever take such a row, since its owner is alive. */
  async #settleDoubtful(signal: AbortSignal): Promise<TaskRecord | undefined> {
    const { agentId, list, member, isRunning } = this.#deps
    for (const id of this.#doubtful) {
      const row = await list.get(id, signal)
      this.#doubtful.delete(id)
      if (row?.owner === agentId && row.ownerSession === member.session && row.status === 'inProgress' && !isRunning(id))
        return row
    }
    return undefined
  }

  async #ownAgain(signal: AbortSignal): Promise<TaskRecord | undefined> {
    const { agentId, list, member, isRunning } = this.#deps
    const { session } = member
    if (this.#knownSession === session) return undefined
    for (const seen of await list.ownedBy(agentId, signal)) {
      if (isRunning(seen.task.id)) continue
      // What this agent wrote in its last moments may be unseen by the query, and so may be what others did.
      const row = await list.get(seen.task.id, signal)
      if (row?.owner !== agentId) continue
      if (hasEnded(row)) await this.#deps.settle?.(row, signal)
      if (row.status !== 'inProgress') continue
      const claimed = await this.#claim(row, signal)
      if (claimed) return claimed
    }
    this.#knownSession = session
    return undefined
  }

  #pick(): TaskRecord | undefined {
    const { random, member } = this.#deps
    const [best] = this.#pool
    if (!best) return undefined
    const urgency = priorityOf(best.task)
    const equals = this.#pool.findIndex(({ task }) => priorityOf(task) !== urgency)
    const spread = Math.min(equals < 0 ? this.#pool.length : equals, member.presentCount)
    const [chosen] = this.#pool.splice(Math.floor(random.next() * spread), 1)
    return chosen
  }

  /** Where little is left for many, most of what a query shows has just been taken. The last rows are worth one try each look. */
  #attempts(): number {
    if (!this.#isMore && this.#pool.length < this.#deps.member.presentCount) return 1
    return Math.min(CLAIM_ATTEMPTS_MAX, Math.ceil((CLAIM_ATTEMPTS_MAX * this.#pool.length) / this.#deps.member.presentCount))
  }

  #isPoolOld(): boolean {
    return this.#deps.clock.now() - this.#pooledAtMs > CANDIDATES_BELIEVED_MS
  }

  #suiting(rows: readonly TaskRecord[]): readonly TaskRecord[] {
    const { agentId, list, terms, isRunning } = this.#deps
    // Two pieces of one task on one machine only share its line; others may be idle.
    const isOfRunning = ({ task: { part } }: TaskRecord) => part !== undefined && isRunning(part.of)
    const claimer: Claimer = { agentId, group: terms().group, serverNowMs: list.serverNow() }
    return rows.filter((row) => !isRunning(row.task.id) && !isOfRunning(row) && claimability(row, claimer).kind === 'claimable')
  }
}
