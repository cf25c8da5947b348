import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { type Practice, startPractice, succeed } from '../practice.ts'
import { type SourceTree, seeded, writeTree } from '../sourceTree.ts'
import { AgentProcess } from './agentProcess.ts'
import { compare } from './judge.ts'
import { requestRows, sentAgain } from './requestRows.ts'
import { troubleOf } from './trouble.ts'

export interface ChaosOptions {
  readonly seed: number
  readonly agents: number
  /** The agents are kept in trouble for at least so long, and with new tasks as long. */
  readonly seconds: number
  readonly filesPerTask?: number
  /** Everything is in there, and stays for a look. */
  readonly workspace: string
  readonly note: (text: string) => void
}

export interface ChaosResult {
  readonly seed: number
  readonly kills: number
  readonly suspends: number
  /** Networks are not parted yet: one machine, one network. */
  readonly partitions: number
  readonly tasks: number
  readonly completed: number
  readonly files: number
  readonly lost: number
  readonly doubled: number
  readonly different: number
  readonly retryAfterViolations: number
  /** Writes to a task's row that were refused because the row had changed. */
  readonly fencedWrites: number
  /** Agents that ended although nobody had killed them. */
  readonly crashes: number
  /** Requests that the tenant does not know, or at which it failed itself. */
  readonly unknown: number
  readonly faults: number
  readonly requests: number
  readonly isGood: boolean
}

const KILLS_PER_AGENT_AT_LEAST = 3
const END_WITHIN_MS = 10 * 60_000
const SITE = 'https://contoso.sharepoint.com/sites/finance'
const ENDED = new Set(['completed', 'completedWithIssues', 'failed', 'canceled'])
const taskListSchema = z.array(z.object({ id: z.string(), name: z.string(), status: z.string(), reason: z.string().nullish() }))

/** Migrates generated shares through a failing tenant with agents that die, and judges what is in the library and in the tenant's journal. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { seed, workspace } = options
  fs.mkdirSync(workspace, { recursive: true })
  const faults = path.join(workspace, 'faults.json')
  fs.writeFileSync(faults, JSON.stringify(troubleOf(seed)))
  const practice = await startPractice(path.join(workspace, 'tenant'), [
    '--faults',
    faults,
    '--licenses',
    '60000',
    '--seed',
    String(seed),
  ])
  const agents: AgentProcess[] = []
  try {
    const shares = await Shares.open(options, practice)
    for (const folder of shares.workFolders) agents.push(new AgentProcess(folder))
    await makeTrouble(options, agents, shares)
    for (const agent of agents) await agent.stop()
    await succeed(['tenant', 'faults', '--clear', '--port', String(practice.port)])
    return await judge(options, { practice, agents, shares })
  } finally {
    for (const agent of agents) await agent.stop()
    await practice.stop()
  }
}

/** Starts the agents, then kills and suspends them at random moments until the time is over and every task has ended. */
async function makeTrouble(options: ChaosOptions, agents: readonly AgentProcess[], shares: Shares): Promise<void> {
  const random = seeded(options.seed)
  const startedAtMs = Date.now()
  const elapsedMs = () => Date.now() - startedAtMs
  for (const agent of agents) agent.start()
  while (elapsedMs() < END_WITHIN_MS) {
    const isTroubleOver = elapsedMs() >= options.seconds * 1000 && agents.every(({ kills }) => kills >= KILLS_PER_AGENT_AT_LEAST)
    const open = (await shares.list()).filter(({ status }) => !ENDED.has(status)).length
    if (isTroubleOver && open === 0) return
    if (!isTroubleOver && open < agents.length) await shares.add()
    await sleep(500 + random() * 2000)
    const agent = agents[Math.floor(random() * agents.length)]
    if (isTroubleOver || !agent) continue
    if (random() < 0.75) await agent.killAndStart()
    else await agent.suspend(500 + random() * 2000)
  }
}

/** The sources of a run and the tasks that move them. */
class Shares {
  readonly workFolders: readonly string[]
  readonly trees = new Map<string, SourceTree>()
  readonly #options: ChaosOptions

  private constructor(options: ChaosOptions) {
    this.#options = options
    this.workFolders = Array.from({ length: options.agents }, (_, index) => path.join(options.workspace, `agent-${index + 1}`))
  }

  static async open(options: ChaosOptions, practice: Practice): Promise<Shares> {
    const shares = new Shares(options)
    for (const folder of shares.workFolders)
      await succeed(['connect', '--connection', practice.connectionFile, '--work-dir', folder])
    for (let index = 0; index <= options.agents; index++) await shares.add()
    return shares
  }

  get #firstFolder(): string {
    return this.workFolders[0] ?? ''
  }

  async add(): Promise<void> {
    const { seed, workspace, filesPerTask = 150 } = this.#options
    const name = `share-${this.trees.size + 1}`
    const root = path.join(workspace, 'source', name)
    this.trees.set(name, writeTree(root, { fileCount: filesPerTask, seed: seed * 1000 + this.trees.size }))
    const to = ['--to', SITE, '--library', 'Documents', '--folder', name]
    await succeed(['task', 'add', root, ...to, '--work-dir', this.#firstFolder])
  }

  async list(): Promise<z.infer<typeof taskListSchema>> {
    return taskListSchema.parse(await succeed(['task', 'list', '--work-dir', this.#firstFolder]))
  }
}

async function judge(
  options: ChaosOptions,
  run: { readonly practice: Practice; readonly agents: readonly AgentProcess[]; readonly shares: Shares },
): Promise<ChaosResult> {
  const { practice, agents, shares } = run
  const { seed, note } = options
  const tasks = await shares.list()
  for (const { name, status, reason } of tasks) if (status !== 'completed') note(`task ${name}: ${status}. ${reason ?? ''}`)
  const { lost, doubled, different, fileCount, stored } = await compare(practice, shares.trees)
  await practice.stop()
  const rows = requestRows(practice.dataDir)
  const again = sentAgain(rows, stored)
  const violations = rows.filter(({ retryAfterViolation }) => retryAfterViolation)
  const unknown = rows.filter((row) => row.unknown || row.defect !== undefined)
  const crashes = agents.flatMap((agent) => agent.crashes)
  const say = (what: string, found: readonly string[]) => {
    for (const one of found.slice(0, 10)) note(`${what}: ${one}`)
  }
  say('lost', lost)
  say('doubled', doubled)
  say('sent again', again)
  say('different', different)
  say('crash', crashes)
  say(
    'too early',
    violations.map((row) => JSON.stringify(row)),
  )
  say(
    'unknown',
    unknown.map((row) => JSON.stringify(row)),
  )
  const counts = {
    seed,
    kills: agents.reduce((sum, agent) => sum + agent.kills, 0),
    suspends: agents.reduce((sum, agent) => sum + agent.suspends, 0),
    partitions: 0,
    tasks: tasks.length,
    completed: tasks.filter(({ status }) => status === 'completed').length,
    files: fileCount,
    lost: lost.length,
    doubled: doubled.length + again.length,
    different: different.length,
    retryAfterViolations: violations.length,
    fencedWrites: rows.filter(({ route, status }) => route === 'lists.item.update' && status === 412).length,
    crashes: crashes.length,
    unknown: unknown.length,
    faults: rows.filter(({ fault }) => fault !== undefined).length,
    requests: rows.length,
  }
  const wrong = counts.lost + counts.doubled + counts.different + counts.retryAfterViolations + counts.crashes + counts.unknown
  const isKilledEnough = agents.every(({ kills }) => kills >= KILLS_PER_AGENT_AT_LEAST)
  return {
    ...counts,
    isGood: wrong === 0 && isKilledEnough && counts.completed === counts.tasks && counts.tasks === shares.trees.size,
  }
}
