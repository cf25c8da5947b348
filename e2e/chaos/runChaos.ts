import { setTimeout as sleep } from 'node:timers/promises'
import { LEASE_MS } from '../../src/shared/limits.ts'
import { MINUTE_MS } from '../../src/shared/units.ts'
import { succeed } from '../practice.ts'
import { seeded } from '../sourceTree.ts'
import { compare } from './judge.ts'
import { ownershipOf } from './ownership.ts'
import { requestRows, sentAgain } from './requestRows.ts'
import { Shares } from './shares.ts'
import { busyAgents, taskRows } from './taskRows.ts'
import { drawTrouble, makeTrouble } from './trouble.ts'
import { World } from './world.ts'

export interface ChaosOptions {
  readonly seed: number
  readonly agents: number
  /** The agents are kept in trouble for at least so long. */
  readonly seconds: number
  readonly tasks: number
  /** So much faster than real time do all processes live; every limit of the product keeps its proportion. */
  readonly rate: number
  /** Everything is in there, and stays for a look. */
  readonly workspace: string
  /** What is wrong. */
  readonly note: (text: string) => void
  /** How far it is. */
  readonly tell?: (text: string) => void
}

export interface ChaosResult {
  readonly seed: number
  readonly kills: number
  readonly suspends: number
  readonly partitions: number
  readonly tasks: number
  readonly parts: number
  readonly completed: number
  readonly files: number
  readonly lost: number
  readonly doubled: number
  readonly different: number
  readonly retryAfterViolations: number
  /** Writes to rows of tasks and parts that were refused because the row had changed. */
  readonly fencedWrites: number
  /** Rows that went from one agent to another. */
  readonly takeOvers: number
  /** Writes to the library by an agent whose task had been taken over. */
  readonly zombieWrites: number
  /** Writes to the library of which the owner at that moment is known. */
  readonly judgedWrites: number
  readonly imports: number
  /** Agents that ended although nobody had killed them. */
  readonly crashes: number
  /** Requests that the tenant does not know, or at which it failed itself. */
  readonly unknown: number
  readonly faults: number
  readonly requests: number
  readonly isGood: boolean
}

const END_WITHIN_MS = 12 * MINUTE_MS
const BUSY_WITHIN_MS = MINUTE_MS
const LOOK_EVERY_MS = 3_000
const ENDED = new Set(['completed', 'completedWithIssues', 'failed', 'canceled'])

/** Migrates generated shares through a failing tenant with agents that die, sleep and are cut off, and judges what is in the library and in the tenant's journal. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { seed, workspace } = options
  const world = await World.start(options)
  try {
    const shares = new Shares({ workspace, seed, workFolder: world.deskFolder, environment: world.environment })
    await shares.add(options.tasks)
    for (const agent of world.agents) agent.start()
    options.tell?.('agents start')
    await keepInTrouble(options, world)
    options.tell?.('everybody is well')
    await untilEnded(options, world)
    options.tell?.('no task is open')
    await succeed(['tenant', 'faults', '--clear', '--port', String(world.practice.port)])
    return await judge(options, { world, shares })
  } finally {
    await world.end()
  }
}

/** Something happens to one agent after the other, long things to agents that are at work and beside short ones; some are always well. */
async function keepInTrouble({ seed, seconds, rate, note, tell }: ChaosOptions, world: World): Promise<void> {
  const random = seeded(seed)
  // A lease, the look of whoever notices, and the machine's own slowness.
  const longMs = (LEASE_MS * 1.25) / rate + 2_000
  const going: Promise<void>[] = []
  await untilBusy(world)
  const untilMs = Date.now() + seconds * 1000
  let index = 0
  while (Date.now() < untilMs) {
    const trouble = drawTrouble(index, random)
    const well = world.agents.filter(({ isInTrouble }) => !isInTrouble)
    const busy = trouble.startsWith('long') ? await lookAtBusy(world) : undefined
    const fit = well.filter(({ name }) => busy === undefined || busy.has(name))
    const agent = fit[Math.floor(random() * fit.length)]
    if (agent && (well.length > world.agents.length / 2 || world.agents.length === 1)) {
      const done = makeTrouble(agent, trouble, { random: seeded(seed * 1_000 + index), longMs, shortMs: 2_500 })
      going.push(done.catch((error: unknown) => note(`${trouble} of ${agent.name}: ${String(error)}`)))
      tell?.(`${agent.name}: ${trouble}`)
      index++
    }
    await sleep(200 + random() * 1_000)
  }
  await Promise.all(going)
}

/** The faults strike these looks as well; the next one comes soon. */
const lookAtBusy = (world: World) => busyAgents(world.client).catch(() => new Set<string>())

async function untilBusy(world: World): Promise<void> {
  const untilMs = Date.now() + BUSY_WITHIN_MS
  while ((await lookAtBusy(world)).size < world.agents.length / 2 && Date.now() < untilMs) await sleep(200)
}

async function untilEnded({ tell }: ChaosOptions, world: World): Promise<void> {
  const untilMs = Date.now() + END_WITHIN_MS
  while (Date.now() < untilMs) {
    const rows = await taskRows(world.client).catch(() => undefined)
    const open = rows?.filter(({ status }) => !ENDED.has(status))
    if (open?.length === 0) return
    const shown = open
      ?.slice(0, 4)
      .map(
        ({ name, status, owner, epoch, reason }) =>
          `${name} ${status} ${owner?.slice(0, 8) ?? 'nobody'} e${epoch} ${reason ?? ''}`,
      )
    if (open) tell?.(`${open.length} open: ${shown?.join('; ')}`)
    await sleep(LOOK_EVERY_MS)
  }
}

async function judge(
  options: ChaosOptions,
  { world, shares }: { readonly world: World; readonly shares: Shares },
): Promise<ChaosResult> {
  const { seed, note } = options
  await world.stopAgents()
  const all = await taskRows(world.client)
  const tasks = all.filter(({ isPart }) => !isPart)
  for (const { name, status, owner, reason } of all)
    if (status !== 'completed') note(`task ${name}: ${status}, owner ${owner ?? 'none'}. ${reason ?? ''}`)
  const { lost, doubled, different, fileCount, stored } = await compare(world.client, shares.trees)
  await world.practice.stop()
  const rows = requestRows(world.practice.dataDir)
  const endedMs = world.endedMs.bind(world)
  const again = sentAgain(rows, stored, endedMs)
  const agentOf = world.agentOf.bind(world)
  const ownership = ownershipOf({ rows, tasks: all, stored, agentOf, endedMs })
  const violations = rows.filter(({ retryAfterViolation }) => retryAfterViolation)
  const unknown = rows.filter((row) => row.unknown || row.defect !== undefined)
  const crashes = world.agents.flatMap((agent) => agent.crashes)
  const text = (found: typeof rows) => found.map((row) => JSON.stringify(row))
  const findings = {
    lost,
    doubled,
    'sent again': again,
    different,
    crash: crashes,
    'two owners': ownership.zombieWrites,
    unplaced: ownership.unplacedWrites,
    'too early': text(violations),
    unknown: text(unknown),
  }
  for (const [what, found] of Object.entries(findings)) for (const one of found.slice(0, 10)) note(`${what}: ${one}`)
  const sum = (name: 'kills' | 'suspends' | 'partitions') => world.agents.reduce((total, agent) => total + agent[name], 0)
  const completed = tasks.filter(({ status }) => status === 'completed').length
  return {
    seed,
    kills: sum('kills'),
    suspends: sum('suspends'),
    partitions: sum('partitions'),
    tasks: tasks.length,
    parts: all.length - tasks.length,
    completed,
    files: fileCount,
    lost: lost.length,
    doubled: doubled.length + again.length,
    different: different.length,
    retryAfterViolations: violations.length,
    fencedWrites: rows.filter(({ route, status }) => route?.startsWith('lists.') && status === 412).length,
    takeOvers: ownership.takeOvers,
    zombieWrites: ownership.zombieWrites.length,
    judgedWrites: ownership.judgedWrites,
    imports: ownership.imports,
    crashes: crashes.length,
    unknown: unknown.length,
    faults: rows.filter(({ fault }) => fault !== undefined).length,
    requests: rows.length,
    isGood:
      Object.values(findings).every((found) => found.length === 0) &&
      completed === tasks.length &&
      tasks.length === shares.trees.size &&
      // A proof over nothing proves nothing.
      ownership.judgedWrites > 0,
  }
}
