import type { AgentTerms } from '../../shared/domain/agent.ts'
import type { AgentId } from '../../shared/domain/ids.ts'
import type { TaskProgress } from '../../shared/domain/progress.ts'
import type { TaskStatus } from '../../shared/domain/task.ts'
import { asMigrationError, isPassingOutage, MigrationError } from '../../shared/errors.ts'
import {
  HEARTBEAT_MS,
  LIST_LAG_ADVISED_MS,
  OUTAGE_FIRST_WAIT_MS,
  OUTAGE_PATIENCE_ONCE_MS,
  OUTAGE_WAIT_MAX_MS,
} from '../../shared/limits.ts'
import { Finder } from '../engine/coordinate/finder.ts'
import type { Membership } from '../engine/coordinate/membership.ts'
import { idleWaitMs, ownWatchIntervalMs, progressIntervalMs } from '../engine/coordinate/pacing.ts'
import { RowHold } from '../engine/coordinate/rowHold.ts'
import type { Coordination, TaskRecord } from '../engine/ports/coordination.ts'
import type { Clock, Logger, Random } from '../engine/ports/runtime.ts'
import { nextRound } from '../engine/schedule/afterRound.ts'

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
  readonly coordination: Coordination
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
  /** Aborts when this machine knows that the list has moved: an idle agent then looks at once. Asked again before each look. */
  readonly nudged?: () => AbortSignal
}

/**
 * Takes tasks from the shared list until `drain` or `drop`; with `once`, until nothing is left that this agent may take. Every write to
 * the list is conditional on the row as this agent knows it: a row that changed hands stops the work before its next write. An outage of
 * network or service fails nothing: the task stays this agent's, and both go on when the service is back. Throws what needs a person, the
 * outage that lasts longer than the patience of `once`, and a full disk; the task in work then stays resumable.
 */
export async function runAgent(deps: AgentLoopDeps, options: AgentLoopOptions): Promise<readonly EndedTask[]> {
  const { coordination, clock, random } = deps
  const ended: EndedTask[] = []
  const running = new Set<string>()
  const finder = new Finder({ ...deps, list: coordination, isRunning: (id) => running.has(id) })
  const outage = new Outage(deps, options)
  let isSureThatNothingIsLeft = false
  let fruitless = 0
  while (!options.drain.aborted && !options.drop.aborted) {
    const idleUntil = AbortSignal.any([options.drain, options.drop, ...(options.nudged ? [options.nudged()] : [])])
    try {
      const claimed = await finder.next(options.drop)
      outage.isOver()
      if (claimed) {
        running.add(claimed.task.id)
        const outcome = await workOn(deps, claimed, { ...options, outage }).finally(() => running.delete(claimed.task.id))
        if (outcome) ended.push(outcome)
        // It may still be this agent's: after a new session, or when it did not come to an end.
        if (outcome?.status === 'inProgress' || !outcome) finder.forgetOwn()
        isSureThatNothingIsLeft = false
        fruitless = 0
        continue
      }
    } catch (thrown) {
      const error = asMigrationError(thrown)
      if (!isPassingOutage(error) || options.drop.aborted) throw thrown
      await outage.wait(error, idleUntil)
      continue
    }
    if (options.once && isSureThatNothingIsLeft) break
    isSureThatNothingIsLeft = true
    fruitless += 1
    const idleMs = idleWaitMs(deps.member.presentCount, fruitless) * (0.75 + random.next() / 2)
    await clock.sleep(options.once ? LIST_LAG_ADVISED_MS : idleMs, idleUntil).catch(() => undefined)
  }
  return ended
}

/** One absence of the service, from the first failure until it answers again. */
class Outage {
  readonly #deps: AgentLoopDeps
  readonly #options: AgentLoopOptions
  #sinceMs: number | undefined
  #waitMs = OUTAGE_FIRST_WAIT_MS
  #wasReached = false

  constructor(deps: AgentLoopDeps, options: AgentLoopOptions) {
    this.#deps = deps
    this.#options = options
  }

  isOver(): void {
    this.#wasReached = true
    this.#waitMs = OUTAGE_FIRST_WAIT_MS
    if (this.#sinceMs === undefined) return
    this.#sinceMs = undefined
    this.#deps.onOutage?.(undefined)
  }

  /** Throws `error` when the patience is over; a run that is to end has none for a service that it never reached. */
  async wait(error: MigrationError, until: AbortSignal): Promise<void> {
    const { clock, logger } = this.#deps
    const { once, patienceMs = OUTAGE_PATIENCE_ONCE_MS } = this.#options
    this.#sinceMs ??= clock.now()
    const leftMs = once ? (this.#wasReached ? this.#sinceMs + patienceMs - clock.now() : 0) : Number.POSITIVE_INFINITY
    if (leftMs <= 0) throw error
    logger.log('warn', 'agent.waits', { code: error.code, message: error.message, waitMs: this.#waitMs })
    this.#deps.onOutage?.(error)
    await clock.sleep(Math.min(this.#waitMs, leftMs), until).catch(() => undefined)
    this.#waitMs = Math.min(this.#waitMs * 2, OUTAGE_WAIT_MAX_MS)
  }
}

/** undefined = the lease was lost; the task is somebody else's now. */
async function workOn(
  deps: AgentLoopDeps,
  claimed: TaskRecord,
  options: { readonly drain: AbortSignal; readonly drop: AbortSignal; readonly outage: Outage },
): Promise<EndedTask | undefined> {
  const drain = new AbortController()
  const drop = new AbortController()
  const stopHeartbeat = new AbortController()
  const lease = new Lease(deps, claimed)
  let latest: TaskProgress | undefined
  let mostBytes = 0

  const heartbeat = (async () => {
    while (!stopHeartbeat.signal.aborted) {
      await deps.clock.sleep(ownWatchIntervalMs(deps.member.presentCount), stopHeartbeat.signal).catch(() => undefined)
      if (stopHeartbeat.signal.aborted) return
      const state = await lease.watch(latest, stopHeartbeat.signal).catch((thrown: unknown) => {
        deps.logger.log('warn', 'lease.watchFailed', { taskId: claimed.task.id, error: asMigrationError(thrown).code })
        return lease.isProvablyMine() ? 'held' : 'lost'
      })
      if (stopHeartbeat.signal.aborted) return
      if (state === 'lost')
        drop.abort(
          new MigrationError('CRD_LEASE_LOST', `Task ${claimed.task.name} is owned by another agent now.`, {
            remedy: { kind: 'stopTask' },
          }),
        )
      if (state === 'pauseAsked') drain.abort('pause')
      if (state === 'cancelAsked') drop.abort('cancel')
    }
  })()

  try {
    const stops = {
      drain: AbortSignal.any([options.drain, drain.signal]),
      drop: AbortSignal.any([options.drop, drop.signal]),
    }
    const run = () =>
      deps.runRound(claimed, {
        ...stops,
        onProgress(progress) {
          latest = progress
          if (progress.uploadedBytes > mostBytes) {
            mostBytes = progress.uploadedBytes
            options.outage.isOver()
          }
          deps.onProgress(claimed, progress)
        },
      })
    let result = await run()
    while (result.error && isPassingOutage(result.error) && !stops.drain.aborted && !stops.drop.aborted) {
      await options.outage.wait(result.error, AbortSignal.any([stops.drain, stops.drop]))
      if (!stops.drain.aborted && !stops.drop.aborted) result = await run()
    }
    stopHeartbeat.abort()
    await heartbeat
    const status = endStatus(result, { isPauseAsked: drain.signal.aborted, isCancelAsked: drop.signal.reason === 'cancel' })
    const closed = await lease.close({ ...result, status }, AbortSignal.timeout(HEARTBEAT_MS))
    if (closed && result.error?.code === 'JNL_DISK_FULL') throw result.error
    return closed ? { taskId: claimed.task.id, name: claimed.task.name, status, reason: result.reason } : undefined
  } finally {
    stopHeartbeat.abort()
    await heartbeat
  }
}

/** A round that stopped because its agent stops is not paused: it waits for this agent, or for another one when the lease has run out. */
function endStatus(result: RoundResult, asked: { readonly isPauseAsked: boolean; readonly isCancelAsked: boolean }): TaskStatus {
  if (asked.isCancelAsked) return 'canceled'
  if (result.status === 'failed' && result.error && goesOn(result.error)) return 'inProgress'
  return result.status === 'paused' && !asked.isPauseAsked ? 'inProgress' : result.status
}

/** Not the task has failed: whoever runs the agent again, with network and disk space, finds it where it stopped. */
const goesOn = (error: MigrationError): boolean => isPassingOutage(error) || error.code === 'JNL_DISK_FULL'

/** This agent's hold on one row: hears what people ask, notices when it is gone, tells the progress, and writes the end. */
class Lease {
  readonly #deps: AgentLoopDeps
  readonly #hold: RowHold
  readonly #session: string
  #toldAtMs: number

  constructor(deps: AgentLoopDeps, claimed: TaskRecord) {
    this.#deps = deps
    this.#session = deps.member.session
    this.#hold = new RowHold({ list: deps.coordination, agentId: deps.agentId, isProven: () => this.isProvablyMine() }, claimed)
    this.#toldAtMs = deps.clock.now()
  }

  /** Even without an answer of the service: nobody may take the task before the lease of this agent's session runs out. */
  isProvablyMine(): boolean {
    return this.#deps.member.isProven() && this.#deps.member.session === this.#session
  }

  async watch(progress: TaskProgress | undefined, signal: AbortSignal): Promise<'held' | 'lost' | 'pauseAsked' | 'cancelAsked'> {
    const { clock, member } = this.#deps
    if (!this.isProvablyMine()) return 'lost'
    const isDue = progress !== undefined && clock.now() - this.#toldAtMs >= progressIntervalMs(member.presentCount)
    const row = isDue ? await this.#hold.change({ progress }, signal) : await this.#hold.look(signal)
    if (!row) return 'lost'
    if (isDue) this.#toldAtMs = clock.now()
    if (row.request === 'pause') return 'pauseAsked'
    if (row.request === 'cancel') return 'cancelAsked'
    return 'held'
  }

  async close(result: RoundResult, signal: AbortSignal): Promise<boolean> {
    const isEnded = result.status !== 'inProgress'
    const { task, round } = this.#hold.record
    const { status, reason } = result
    const next = nextRound(task, { status, round, reason, endedAtMs: this.#deps.coordination.serverNow() })
    const changed = await this.#hold.change(
      {
        status,
        progress: result.progress,
        ...(reason === undefined ? {} : { reason }),
        ...next,
        clear: [
          ...(isEnded ? (['owner', 'request'] as const) : []),
          ...(result.reason === undefined && !next ? (['reason'] as const) : []),
        ],
      },
      signal,
    )
    return changed !== undefined
  }
}
