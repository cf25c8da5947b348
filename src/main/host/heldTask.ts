import type { TaskProgress } from '../../shared/domain/progress.ts'
import type { TaskStatus } from '../../shared/domain/task.ts'
import { asMigrationError, isPassingOutage, MigrationError } from '../../shared/errors.ts'
import { HEARTBEAT_MS, PAUSE_PATIENCE_MS } from '../../shared/limits.ts'
import { ownWatchIntervalMs, progressIntervalMs } from '../engine/coordinate/pacing.ts'
import { RowHold } from '../engine/coordinate/rowHold.ts'
import { settlePiece, steerParts } from '../engine/coordinate/tendParts.ts'
import type { Coordination, TaskRecord } from '../engine/ports/coordination.ts'
import { nextRound } from '../engine/schedule/afterRound.ts'
import type { AgentLoopDeps, EndedTask, RoundResult } from './agentLoop.ts'
import type { Outage } from './outage.ts'

export interface HeldTaskOptions {
  /** The list that the row is of. */
  readonly list: Coordination
  readonly drain: AbortSignal
  readonly drop: AbortSignal
  readonly outage: Outage
  readonly nudged?: (() => AbortSignal) | undefined
  /** Rows that this agent has in work now; all of them are looked at for what people ask. */
  readonly heldCount: () => number
}

/** Works on one claimed row to its end, or to a stop. undefined = the lease was lost; the row is somebody else's now. */
export async function workOn(deps: AgentLoopDeps, claimed: TaskRecord, options: HeldTaskOptions): Promise<EndedTask | undefined> {
  const drain = new AbortController()
  const drop = new AbortController()
  const stopWatch = new AbortController()
  const lease = new Lease(deps, options.list, claimed)
  let latest: TaskProgress | undefined
  let mostBytes = 0

  const watch = (async () => {
    let dropAtMs = Number.POSITIVE_INFINITY
    while (!stopWatch.signal.aborted) {
      const intervalMs = ownWatchIntervalMs(deps.member.presentCount, options.heldCount())
      const waitMs = Math.max(0, Math.min(intervalMs, dropAtMs - deps.clock.now()))
      await deps.clock
        .sleep(waitMs, AbortSignal.any([stopWatch.signal, ...(options.nudged ? [options.nudged()] : [])]))
        .catch(() => undefined)
      if (stopWatch.signal.aborted) return
      const state = await lease.watch(latest, stopWatch.signal).catch((thrown: unknown) => {
        deps.logger.log('warn', 'lease.watchFailed', { taskId: claimed.task.id, error: asMigrationError(thrown).code })
        return lease.isProvablyMine() ? 'held' : 'lost'
      })
      if (stopWatch.signal.aborted) return
      if (state === 'lost')
        drop.abort(
          new MigrationError('CRD_LEASE_LOST', `Task ${claimed.task.name} is owned by another agent now.`, {
            remedy: { kind: 'stopTask' },
          }),
        )
      if (state === 'cancelAsked') drop.abort('cancel')
      if (state === 'pauseAsked' && !drain.signal.aborted) {
        drain.abort('pause')
        dropAtMs = deps.clock.now() + PAUSE_PATIENCE_MS
      }
      if (deps.clock.now() >= dropAtMs) {
        drop.abort('pause')
        dropAtMs = Number.POSITIVE_INFINITY
      }
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
    stopWatch.abort()
    await watch
    const status = endStatus(result, { isPauseAsked: drain.signal.aborted, isCancelAsked: drop.signal.reason === 'cancel' })
    const closed = await lease.close({ ...result, status }, AbortSignal.timeout(HEARTBEAT_MS))
    if (closed && result.error?.code === 'JNL_DISK_FULL') throw result.error
    // Of a task that was cut this agent has ended its share.
    const end = result.progress.share ?? { status, reason: result.reason }
    return closed ? { taskId: claimed.task.id, name: claimed.task.name, status: end.status, reason: end.reason } : undefined
  } finally {
    stopWatch.abort()
    await watch
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

  constructor(deps: AgentLoopDeps, list: Coordination, claimed: TaskRecord) {
    this.#deps = deps
    this.#session = deps.member.session
    this.#hold = new RowHold({ list, agentId: deps.agentId, isProven: () => this.isProvablyMine() }, claimed)
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
    const { task, round } = this.#hold.record
    const { status, reason } = result
    const isShare = status === 'inProgress' && result.progress.share !== undefined
    const isEnded = status !== 'inProgress'
    // A piece of a cut round keeps its owner until it is sure that somebody ends the round: should this agent die before, others find it.
    const isPiece = isShare || (isEnded && task.part !== undefined)
    const next = isPiece ? undefined : nextRound(task, { status, round, reason, endedAtMs: this.#deps.coordination.serverNow() })
    const changed = await this.#hold.change(
      {
        status,
        progress: result.progress,
        ...(reason === undefined ? {} : { reason }),
        ...next,
        clear: [
          ...(isEnded && !isPiece ? (['owner', 'request'] as const) : []),
          ...(result.reason === undefined && !next ? (['reason'] as const) : []),
        ],
      },
      signal,
    )
    if (changed && isPiece && !(await this.#settled(changed, signal))) return false
    // Whoever asked has told the parts already, unless nobody asked: a failure ends them too.
    const { parts, coordination } = this.#deps
    if (changed && parts && task.part === undefined && status === 'failed')
      await steerParts({ tasks: coordination, parts }, task.id, signal)
    return changed !== undefined
  }

  /** False = the service is away: the row still names this agent, which finds it again. */
  async #settled(piece: TaskRecord, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#settle(piece, signal)
      return true
    } catch (thrown) {
      const error = asMigrationError(thrown)
      this.#deps.logger.log('warn', 'piece.notSettled', { taskId: piece.task.id, error: error.code })
      if (isPassingOutage(error) || signal.aborted) return false
      throw thrown
    }
  }

  async #settle(piece: TaskRecord, signal: AbortSignal): Promise<void> {
    const { coordination, parts, onRoundEnd } = this.#deps
    if (parts) await settlePiece({ tasks: coordination, parts, onEnd: onRoundEnd }, piece, signal)
    if (piece.task.part !== undefined) return
    const asked = this.#hold.record.request
    await this.#hold.change(
      { ...(asked === undefined ? {} : { status: asked === 'pause' ? 'paused' : 'canceled' }), clear: ['owner', 'request'] },
      signal,
    )
  }
}
