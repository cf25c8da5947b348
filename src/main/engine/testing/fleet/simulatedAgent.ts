import type { AgentRow } from '../../../../shared/domain/agent.ts'
import type { AgentId, TaskId } from '../../../../shared/domain/ids.ts'
import { MINUTE_MS, SECOND_MS } from '../../../../shared/units.ts'
import { Finder } from '../../coordinate/finder.ts'
import { Membership } from '../../coordinate/membership.ts'
import { idleWaitMs, ownWatchIntervalMs, progressIntervalMs } from '../../coordinate/pacing.ts'
import { RowHold } from '../../coordinate/rowHold.ts'
import type { Coordination, TaskRecord } from '../../ports/coordination.ts'
import type { KeyedList } from '../../ports/keyedList.ts'
import type { Random } from '../../ports/runtime.ts'
import type { SimulatedProcess } from './simulatedProcess.ts'
import type { SimulatedWork } from './simulatedWork.ts'

const PIECE_MS = 10 * MINUTE_MS
/** As the audit log has it. */
const WITNESSES_EVERY_MS = 10 * MINUTE_MS
const RETRY_MS = 10 * SECOND_MS

export interface SimulatedAgentDeps {
  readonly agentId: AgentId
  readonly process: SimulatedProcess
  readonly tasks: Coordination
  readonly agents: KeyedList<AgentRow>
  /** Every end is told there, as the product's audit does it: an entry, and now and then a look at the ends of other chains. */
  readonly audit: KeyedList<number>
  readonly work: SimulatedWork
  readonly random: Random
  /** How long a free place waited for its task, for one that it got. */
  readonly onClaimed: (waitedMs: number) => void
}

/** One run of an agent with one place: the coordination is the product's, the work is time that passes. Ends with `stop`. */
export async function runSimulatedAgent(deps: SimulatedAgentDeps, stop: AbortSignal): Promise<void> {
  const { agentId, process, random, work } = deps
  const { clock } = process
  const tasks = process.coordination(deps.tasks)
  const agents = process.keyed(deps.agents)
  const audit = process.keyed(deps.audit)
  let witnessedAtMs = Number.NEGATIVE_INFINITY
  let lost = new AbortController()
  let held: RowHold | undefined
  const member = new Membership({
    agentId,
    agents,
    lists: [tasks],
    serverNow: () => tasks.serverNow(),
    clock,
    elapsedMs: process.elapsedMs,
    random,
    logger: { log: () => undefined },
    terms: { name: agentId, group: 'Default', isEnabled: true },
    describe: () => ({
      version: '1',
      machine: 'simulated',
      places: 1,
      running: held ? [{ taskId: held.record.task.id, name: held.record.task.name }] : [],
      spent: { day: 0, units: 0, bytes: 0 },
      sourceProblems: [],
    }),
    onLost: () => {
      lost.abort('lost')
      lost = new AbortController()
    },
  })
  const finder = new Finder({
    agentId,
    list: tasks,
    member,
    terms: () => member.terms,
    isRunning: (id: TaskId) => held?.record.task.id === id,
    clock,
    random,
    logger: { log: () => undefined },
  })
  const pause = (delayMs: number) => clock.sleep(delayMs, stop).catch(() => undefined)
  const untilItWorks = async <Result>(act: () => Promise<Result>): Promise<Result | undefined> => {
    while (!stop.aborted) {
      try {
        return await act()
      } catch {
        await pause(RETRY_MS)
      }
    }
    return undefined
  }

  await untilItWorks(() => member.join(stop))
  void member.keep(stop).catch(() => undefined)
  void watchOwnRows()
  let freeSinceMs = clock.now()
  let fruitless = 0
  while (!stop.aborted) {
    const claimed = await untilItWorks(() => finder.next(stop))
    if (!claimed) {
      fruitless++
      await pause(idleWaitMs(member.presentCount, fruitless) * (0.75 + random.next() / 2))
      continue
    }
    fruitless = 0
    deps.onClaimed(Math.max(0, clock.now() - freeSinceMs))
    await workOn(claimed)
    freeSinceMs = clock.now()
  }

  /** As the agent's loop does: hears what people ask, and tells the progress now and then. */
  async function watchOwnRows(): Promise<void> {
    let toldAtMs = clock.now()
    while (!stop.aborted) {
      await pause(ownWatchIntervalMs(member.presentCount))
      const isDue = clock.now() - toldAtMs >= progressIntervalMs(member.presentCount)
      if (!held) continue
      const { progress } = held.record
      await (isDue && progress ? held.change({ progress }, stop) : held.look(stop)).catch(() => undefined)
      if (isDue) toldAtMs = clock.now()
    }
  }

  async function workOn(claimed: TaskRecord): Promise<void> {
    const hold = new RowHold({ list: tasks, agentId, isProven: () => member.isProven() }, claimed)
    held = hold
    const { id } = claimed.task
    const { session } = member
    const isMine = () => member.isProven() && member.session === session
    for (let leftMs = work.leftMs(id); leftMs > 0; leftMs = work.leftMs(id)) {
      const pieceMs = Math.min(PIECE_MS, leftMs)
      const { signal } = lost
      await clock.sleep(pieceMs, signal).catch(() => undefined)
      if (stop.aborted || !isMine()) {
        work.abandon(pieceMs)
        held = undefined
        return
      }
      work.advance(id, claimed.epoch, pieceMs)
    }
    await untilItWorks(() => hold.change({ status: 'completed', clear: ['owner', 'request', 'reason'] }, stop))
    held = undefined
    // The next task does not wait for the audit.
    void untilItWorks(() => tell(`${id}/${claimed.epoch}`, claimed.epoch))
  }

  async function tell(key: string, epoch: number): Promise<void> {
    if (clock.now() - witnessedAtMs > WITNESSES_EVERY_MS) {
      witnessedAtMs = clock.now()
      await agents.list(stop)
    }
    await audit.add(key, epoch, stop)
  }
}
