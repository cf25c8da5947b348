import type { AgentTerms } from '../../shared/domain/agent.ts'
import type { AgentId } from '../../shared/domain/ids.ts'
import type { TaskProgress } from '../../shared/domain/progress.ts'
import type { TaskStatus } from '../../shared/domain/task.ts'
import { asMigrationError, isPassingOutage, type MigrationError } from '../../shared/errors.ts'
import { AGENT_POLL_MS, LIST_LAG_ADVISED_MS } from '../../shared/limits.ts'
import { Finder } from '../engine/coordinate/finder.ts'
import type { Membership } from '../engine/coordinate/membership.ts'
import { idleWaitMs, partPollMs } from '../engine/coordinate/pacing.ts'
import { settlePiece } from '../engine/coordinate/tendParts.ts'
import type { Coordination, TaskRecord } from '../engine/ports/coordination.ts'
import type { Clock, Logger, Random } from '../engine/ports/runtime.ts'
import { workOn } from './heldTask.ts'
import { Outage } from './outage.ts'

export interface RoundResult {
  readonly status: TaskStatus
  readonly reason: string | undefined
  readonly progress: TaskProgress
  /** What stopped it, when it neither ended nor was asked to stop. */
  readonly error?: MigrationError | undefined
}

/** Runs one round of a task to its end, or to a stop. `drain` = finish what is in flight; `drop` = stop now. Resumable either way. */
export type RunRound = (
  record: TaskRecord,
  options: { readonly drain: AbortSignal; readonly drop: AbortSignal; readonly onProgress: (progress: TaskProgress) => void },
) => Promise<RoundResult>

export interface AgentLoopDeps {
  readonly agentId: AgentId
  /** The list of tasks. */
  readonly coordination: Coordination
  /** The list of parts of large tasks; they go first, since what was begun is to end. */
  readonly parts?: Coordination | undefined
  /** How many tasks and parts it works on at the same time; asked again before each claim. */
  readonly places: () => number
  /** This agent's place in the fleet: its lease is that of all its tasks. */
  readonly member: Pick<Membership, 'session' | 'isProven' | 'presentCount'>
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly runRound: RunRound
  /** What people have decided about this agent. */
  readonly terms: () => AgentTerms
  /** Live progress for this machine's own screen, as often as it comes. */
  readonly onProgress: (record: TaskRecord, progress: TaskProgress) => void
  /** A round that was cut has come to its end, which is this agent's to write. */
  readonly onRoundEnd?: ((row: TaskRecord, signal: AbortSignal) => Promise<void>) | undefined
  /** The service is away and the agent waits for it; undefined when it is back. */
  readonly onOutage?: ((error: MigrationError | undefined) => void) | undefined
}

export interface EndedTask {
  readonly taskId: string
  readonly name: string
  readonly status: TaskStatus
  readonly reason: string | undefined
}

export interface AgentLoopOptions {
  readonly once: boolean
  /** With `once`: how long a service that went away is waited for. Without it an agent waits for ever. */
  readonly patienceMs?: number | undefined
  readonly drain: AbortSignal
  readonly drop: AbortSignal
  /** Aborts when this machine knows that the list has moved: the agent then looks at once, for work and for what people ask. Asked again before each look. */
  readonly nudged?: () => AbortSignal
}

/**
 * Takes tasks from the shared lists until `drain` or `drop`; with `once`, until nothing is left that this agent may take. Works on as many
 * at once as it has places; a place that becomes free is filled at once. Every write to a list is conditional on the row as this agent knows
 * it: a row that changed hands stops the work before its next write. An outage of network or service fails nothing: the tasks stay this
 * agent's, and all go on when the service is back. Throws what needs a person, the outage that lasts longer than the patience of `once`, and
 * a full disk, after everything else in work has stopped; the tasks in work then stay resumable.
 */
export async function runAgent(deps: AgentLoopDeps, options: AgentLoopOptions): Promise<readonly EndedTask[]> {
  return await new Places(deps, options).work()
}

class Places {
  readonly #deps: AgentLoopDeps
  readonly #options: AgentLoopOptions
  readonly #outage: Outage
  readonly #finders: readonly { readonly list: Coordination; readonly finder: Finder }[]
  #noPartsAtMs = Number.NEGATIVE_INFINITY
  readonly #inWork = new Map<string, Promise<void>>()
  /** Tasks of which a part is in work here. */
  readonly #partsInWork = new Map<string, number>()
  readonly #ended: EndedTask[] = []
  /** Aborts when a place has become free. */
  #freed = new AbortController()
  /** What stops the agent: the other tasks in work end in order first. */
  readonly #failing = new AbortController()
  #failure: { readonly thrown: unknown } | undefined

  constructor(deps: AgentLoopDeps, options: AgentLoopOptions) {
    this.#deps = deps
    this.#options = options
    this.#outage = new Outage(deps, options)
    const isRunning = (id: string) => this.#inWork.has(id) || this.#partsInWork.has(id)
    const lists = deps.parts ? [deps.parts, deps.coordination] : [deps.coordination]
    const { coordination: tasks, parts } = deps
    const settle =
      parts && ((row: TaskRecord, signal: AbortSignal) => settlePiece({ tasks, parts, onEnd: deps.onRoundEnd }, row, signal))
    this.#finders = lists.map((list) => ({ list, finder: new Finder({ ...deps, list, isRunning, settle }) }))
  }

  async work(): Promise<readonly EndedTask[]> {
    const { drain, drop } = this.#options
    try {
      await this.#fill(AbortSignal.any([drain, drop, this.#failing.signal]))
    } catch (thrown) {
      this.#fail(thrown)
    }
    while (this.#inWork.size > 0) await Promise.all(this.#inWork.values())
    if (this.#failure) throw this.#failure.thrown
    return this.#ended
  }

  /** Fills free places until `until`. Throws what the search for work cannot live with. */
  async #fill(until: AbortSignal): Promise<void> {
    const { clock, random, member, places, parts } = this.#deps
    const { once, nudged } = this.#options
    let fruitless = 0
    let allAtMs = Number.NEGATIVE_INFINITY
    while (!until.aborted) {
      const wake = AbortSignal.any([until, this.#freed.signal, ...(nudged ? [nudged()] : [])])
      if (this.#inWork.size >= places()) {
        await aborted(wake)
        fruitless = 0
        allAtMs = Number.NEGATIVE_INFINITY
        continue
      }
      try {
        if (await this.#begin({ isIdle: fruitless > 0, isForPartsOnly: clock.now() < allAtMs })) {
          fruitless = 0
          allAtMs = Number.NEGATIVE_INFINITY
          continue
        }
      } catch (thrown) {
        const error = asMigrationError(thrown)
        if (!isPassingOutage(error) || this.#options.drop.aborted) throw thrown
        await this.#outage.wait(error, wake)
        continue
      }
      const jitter = 0.75 + random.next() / 2
      if (clock.now() >= allAtMs) {
        fruitless += 1
        // The list may be behind by a moment: a run that is to end looks twice.
        if (once && fruitless > 1 && this.#inWork.size === 0) return
        const idleMs = idleWaitMs(member.presentCount * this.#finders.length, fruitless) * jitter
        allAtMs = clock.now() + (once && this.#inWork.size === 0 ? LIST_LAG_ADVISED_MS : idleMs)
      }
      // A task that was cut a moment ago waits for whoever is idle.
      const partsMs = parts ? partPollMs(member.presentCount) * jitter : Number.POSITIVE_INFINITY
      await clock.sleep(Math.min(partsMs, allAtMs - clock.now()), wake).catch(() => undefined)
      if (wake.aborted) allAtMs = Number.NEGATIVE_INFINITY
    }
  }

  /** False = nothing that this agent may take is in sight. */
  async #begin({ isIdle, isForPartsOnly }: { readonly isIdle: boolean; readonly isForPartsOnly: boolean }): Promise<boolean> {
    const { clock, parts } = this.#deps
    for (const { list, finder } of this.#finders) {
      if (isForPartsOnly && list !== parts) continue
      // There are few parts at most times: an agent that goes from task to task does not ask for them each time.
      if (list === parts && !isIdle && clock.now() - this.#noPartsAtMs < AGENT_POLL_MS) continue
      const claimed = await finder.next(this.#options.drop)
      this.#outage.isOver()
      if (!claimed) {
        if (list === parts) this.#noPartsAtMs = clock.now()
        continue
      }
      if (list === parts) this.#noPartsAtMs = Number.NEGATIVE_INFINITY
      this.#countPart(claimed, 1)
      this.#inWork.set(claimed.task.id, this.#workOn(claimed, list, finder))
      return true
    }
    return false
  }

  async #workOn(claimed: TaskRecord, list: Coordination, finder: Finder): Promise<void> {
    const { drain, drop, nudged } = this.#options
    try {
      const outcome = await workOn(this.#deps, claimed, {
        list,
        drain: AbortSignal.any([drain, this.#failing.signal]),
        drop,
        outage: this.#outage,
        nudged,
        heldCount: () => this.#inWork.size,
      })
      if (outcome) this.#ended.push(outcome)
      // It may still be this agent's: after a new session, or when it did not come to an end.
      if (outcome?.status === 'inProgress' || !outcome) finder.forgetOwn()
    } catch (thrown) {
      this.#fail(thrown)
    } finally {
      this.#inWork.delete(claimed.task.id)
      this.#countPart(claimed, -1)
      this.#freed.abort('free')
      this.#freed = new AbortController()
    }
  }

  #countPart({ task: { part } }: TaskRecord, change: 1 | -1): void {
    if (!part) return
    const count = (this.#partsInWork.get(part.of) ?? 0) + change
    if (count > 0) this.#partsInWork.set(part.of, count)
    else this.#partsInWork.delete(part.of)
  }

  #fail(thrown: unknown): void {
    this.#failure ??= { thrown }
    this.#failing.abort(thrown)
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
