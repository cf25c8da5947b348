import type { AgentRow } from '../../../../shared/domain/agent.ts'
import { type AgentId, agentIdSchema, type TaskId, taskIdSchema } from '../../../../shared/domain/ids.ts'
import { taskProgressSchema } from '../../../../shared/domain/progress.ts'
import { defaultTaskSettings } from '../../../../shared/domain/settings.ts'
import { GIB, HOUR_MS, MINUTE_MS } from '../../../../shared/units.ts'
import type { TaskRecord } from '../../ports/coordination.ts'
import { SeededRandom } from '../fakeClock.ts'
import type { ListWorld } from '../listWorld.ts'
import { MemoryCoordination } from '../memoryCoordination.ts'
import { MemoryKeyedList } from '../memoryKeyedList.ts'
import { runSimulatedAgent } from './simulatedAgent.ts'
import { type Losses, SimulatedProcess } from './simulatedProcess.ts'
import { SimulatedWork, type WorkFacts } from './simulatedWork.ts'
import { VirtualClock } from './virtualClock.ts'

export interface FleetScenario {
  readonly seed: number
  readonly agents: number
  readonly tasks: number
  /** Lengths of tasks are log-normal around this mean. */
  readonly meanTaskMs: number
  /** Spread of the logarithm: with 1 the longest of 50,000 is some forty times the mean. None is shorter than a minute. */
  readonly spread: number
  /** Whether scans have told the sizes, so that the longest can go first. */
  readonly areSizesKnown: boolean
  /** Agents are started one after the other within this time. */
  readonly rampMs: number
  readonly losses: Losses
  /** Queries miss the writes of so long. */
  readonly lagMs: number
  /** Mean time between two troubles of one agent: killed, frozen beyond its lease, cut off, clock set. 0 = none. */
  readonly troubleEveryMs: number
  /** Share of killed agents that stay away. */
  readonly lastingDeaths: number
  /** The simulation gives up after this; a fleet that gets stuck must not run for ever. */
  readonly patienceMs: number
}

export interface FleetResult extends WorkFacts {
  readonly lost: number
  readonly makespanMs: number
  /** All work spread evenly over all agents, or the longest task. */
  readonly idealMs: number
  /** Resource units of coordination: mean, and of the busiest minute after the fleet has started. */
  readonly unitsPerMinute: number
  readonly unitsPeakMinute: number
  readonly freeToClaimedP50Ms: number
  readonly freeToClaimedP95Ms: number
  readonly kills: number
  readonly freezes: number
  readonly cuts: number
}

/** A whole project in virtual time: the product's heartbeats, leases, claims and releases against lists in memory. */
export async function simulateFleet(scenario: FleetScenario): Promise<FleetResult> {
  const clock = new VirtualClock()
  const startMs = clock.now()
  const random = new SeededRandom(scenario.seed)
  const units: number[] = []
  const world: ListWorld = {
    now: () => clock.now(),
    lagMs: () => scenario.lagMs,
    async call(price, effect) {
      const minute = Math.floor((clock.now() - startMs) / MINUTE_MS)
      units[minute] = (units[minute] ?? 0) + price
      await clock.sleep(20 + random.next() * 100)
      const result = effect()
      await clock.sleep(20 + random.next() * 100)
      return result
    },
  }
  const durations = taskLengths(scenario, random)
  const tasks = new WatchedList(world, (row) => work.ended(row.task.id))
  const work = new SimulatedWork(tasks, durations)
  for (const [id, lengthMs] of durations) tasks.put(newRow(id, scenario.areSizesKnown ? lengthMs : undefined, startMs))
  const agents = new MemoryKeyedList<AgentRow>(world)
  const audit = new MemoryKeyedList<number>(world)
  const stop = new AbortController()
  const claimWaits: number[] = []
  const counts = { kills: 0, freezes: 0, cuts: 0 }

  for (let index = 0; index < scenario.agents; index++) void liveOn(agentIdSchema.parse(`agent-${index}`), index)
  await clock.run(() => work.endedCount === scenario.tasks || clock.now() - startMs > scenario.patienceMs)
  const makespanMs = clock.now() - startMs
  stop.abort()

  const total = [...durations.values()].reduce((sum, lengthMs) => sum + lengthMs, 0)
  const afterRamp = units.slice(Math.ceil(scenario.rampMs / MINUTE_MS) + 1, Math.floor(makespanMs / MINUTE_MS))
  claimWaits.sort((a, b) => a - b)
  return {
    ...work.facts,
    ...counts,
    lost: [...tasks.rows.values()].filter(({ status }) => status !== 'completed').length,
    makespanMs,
    idealMs: Math.max(total / scenario.agents, ...durations.values()),
    unitsPerMinute: units.reduce((sum, price) => sum + (price ?? 0), 0) / (makespanMs / MINUTE_MS),
    unitsPeakMinute: afterRamp.reduce((most, price) => Math.max(most, price ?? 0), 0),
    freeToClaimedP50Ms: claimWaits[Math.floor(claimWaits.length * 0.5)] ?? Number.NaN,
    freeToClaimedP95Ms: claimWaits[Math.floor(claimWaits.length * 0.95)] ?? Number.NaN,
  }

  /** One machine: its processes come and go, and trouble finds them. */
  async function liveOn(agentId: AgentId, index: number): Promise<void> {
    const luck = new SeededRandom(scenario.seed * 1_000_003 + index)
    await clock.sleep((scenario.rampMs * index) / scenario.agents)
    while (!stop.signal.aborted) {
      const process = new SimulatedProcess({ clock, random: luck, losses: scenario.losses })
      const ended = new AbortController()
      void runSimulatedAgent(
        { agentId, process, tasks, agents, audit, work, random: luck, onClaimed: (waitedMs) => claimWaits.push(waitedMs) },
        ended.signal,
      )
      if (scenario.troubleEveryMs === 0) return
      await livingProcess(process, luck)
      // What it left open in its dead memory is nobody's; another process begins.
      process.kill()
      ended.abort()
      counts.kills++
      // Some machines never come back; the first one always does.
      if (index > 0 && luck.next() < scenario.lastingDeaths) return
      await clock.sleep(luck.next() * 20 * MINUTE_MS)
    }
  }

  /** Until it is killed. */
  async function livingProcess(process: SimulatedProcess, luck: SeededRandom): Promise<void> {
    for (;;) {
      await clock.sleep(-Math.log(1 - luck.next()) * scenario.troubleEveryMs)
      const trouble = luck.next()
      const lastingMs = luck.next() * HOUR_MS
      if (trouble < 0.3) return
      if (trouble < 0.6) {
        process.freeze()
        counts.freezes++
        await clock.sleep(lastingMs)
        process.thaw()
      } else if (trouble < 0.85) {
        process.isCutOff = true
        counts.cuts++
        await clock.sleep(lastingMs)
        process.isCutOff = false
      } else {
        process.skewMs = (luck.next() - 0.5) * 30 * MINUTE_MS
      }
    }
  }
}

/** Tells every row that becomes completed. */
class WatchedList extends MemoryCoordination {
  readonly #onEnded: (row: TaskRecord) => void

  constructor(world: ListWorld, onEnded: (row: TaskRecord) => void) {
    super(world)
    this.#onEnded = onEnded
  }

  override put(row: TaskRecord): TaskRecord {
    const stored = super.put(row)
    if (stored.status === 'completed') this.#onEnded(stored)
    return stored
  }
}

function taskLengths(scenario: FleetScenario, random: SeededRandom): ReadonlyMap<TaskId, number> {
  const { meanTaskMs, spread } = scenario
  const lengths = new Map<TaskId, number>()
  for (let index = 0; index < scenario.tasks; index++) {
    const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
    const lengthMs = Math.max(MINUTE_MS, meanTaskMs * Math.exp(spread * normal - (spread * spread) / 2))
    lengths.set(taskIdSchema.parse(random.uuid()), lengthMs)
  }
  return lengths
}

function newRow(id: TaskId, knownLengthMs: number | undefined, nowMs: number): TaskRecord {
  const at = new Date(nowMs).toISOString()
  return {
    task: {
      id,
      name: id.slice(0, 8),
      source: { kind: 'fileShare', path: `/share/${id}` },
      destination: { kind: 'oneDrive', upn: 'ann@contoso.com', folder: '' },
      settings: defaultTaskSettings(),
      tags: [],
      createdAt: at,
      createdBy: 'simulation',
      revision: 1,
    },
    status: 'queued',
    round: 0,
    owner: undefined,
    epoch: 0,
    heartbeatAt: undefined,
    progress: knownLengthMs === undefined ? undefined : scanned((knownLengthMs / HOUR_MS) * 100 * GIB, at),
    reason: undefined,
    request: undefined,
    eTag: '',
    modifiedAt: at,
  }
}

function scanned(scannedBytes: number, at: string) {
  return taskProgressSchema.parse({
    stage: 'done',
    scannedFiles: 1,
    scannedFolders: 1,
    scannedBytes: Math.floor(scannedBytes),
    migratedFiles: 0,
    migratedBytes: 0,
    sentBytes: 0,
    failedFiles: 0,
    skippedItems: 0,
    bytesPerSecond: 0,
    filesPerSecond: 0,
    at,
  })
}
