import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import readline from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { graphClient, readBack } from './graphCopy.ts'
import { portage, spawnPortage } from './portage.ts'
import { type SourceFile, seeded, writeTree } from './sourceTree.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    agents: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '40' },
    json: { type: 'boolean' },
  },
})
const seed = Number(values.seed)
const agentCount = Number(values.agents)
const seconds = Number(values.seconds)
const FILES_PER_TASK = 150
const KILLS_PER_AGENT_AT_LEAST = 3
const END_WITHIN_MS = 10 * 60_000

/** 5 % of the requests that carry the migration fail, in every way that a client must survive. */
const HOSTS = ['graph.microsoft.com', '*.sharepoint.com']
const TROUBLE = [
  { probability: 0.015, do: { action: 'status', status: 429, retryAfter: { form: 'seconds', ms: 1000 } } },
  { probability: 0.01, do: { action: 'status', status: 503, retryAfter: { form: 'seconds', ms: 1000 } } },
  { probability: 0.005, do: { action: 'status', status: 500 } },
  { probability: 0.01, do: { action: 'status', status: 500, moment: 'after' } },
  { probability: 0.005, do: { action: 'reset', moment: 'body' } },
  { probability: 0.005, do: { action: 'reset', moment: 'afterBody' } },
]
const FAULTS = {
  version: 1,
  seed,
  faults: HOSTS.flatMap((host) =>
    TROUBLE.map(({ probability, do: action }, index) => ({
      name: `trouble ${index} ${host}`,
      when: { host, probability },
      do: action,
    })),
  ),
}

const workspace = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-chaos-'))
const random = seeded(seed)
const note = (text: string) => console.error(text)
const children = new Set<ChildProcess>()

function track(child: ChildProcess): ChildProcess {
  children.add(child)
  child.once('close', () => children.delete(child))
  child.stderr?.pipe(fs.createWriteStream(path.join(workspace, `stderr-${child.pid}.log`)))
  return child
}

const tenantSchema = z.object({ port: z.number(), caFile: z.string(), connectionFile: z.string(), dataDir: z.string() })
const taskListSchema = z.array(z.object({ id: z.string(), name: z.string(), status: z.string(), reason: z.string().optional() }))
const ENDED = new Set(['completed', 'completedWithIssues', 'failed', 'canceled'])

async function startTenant(): Promise<z.infer<typeof tenantSchema>> {
  const faults = path.join(workspace, 'faults.json')
  fs.writeFileSync(faults, JSON.stringify(FAULTS))
  const child = track(
    spawnPortage([
      'tenant',
      'start',
      '--foreground',
      '--data',
      path.join(workspace, 'tenant'),
      '--faults',
      faults,
      '--licenses',
      '60000',
      '--seed',
      values.seed,
    ]),
  )
  if (!child.stdout) throw new Error('no stdout')
  for await (const line of readline.createInterface({ input: child.stdout })) return tenantSchema.parse(JSON.parse(line))
  throw new Error(`The practice tenant did not start; see ${workspace}`)
}

async function succeed(args: readonly string[]): Promise<unknown> {
  const result = await portage(args)
  if (result.exitCode !== 0) throw new Error(`portage ${args.join(' ')} ended with ${result.exitCode}: ${result.stderr}`)
  return result.document
}

/** One agent that is killed and started again until `over`. */
class Agent {
  kills = 0
  suspends = 0
  readonly #workFolder: string
  #child: ChildProcess | undefined

  constructor(workFolder: string) {
    this.#workFolder = workFolder
  }

  start(): void {
    const child = track(spawnPortage(['agent', 'run', '--work-dir', this.#workFolder]))
    child.stdout?.resume()
    this.#child = child
  }

  async kill(): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'close')
    this.kills++
  }

  async suspend(forMs: number): Promise<void> {
    this.#child?.kill('SIGSTOP')
    await sleep(forMs)
    this.#child?.kill('SIGCONT')
    this.suspends++
  }

  async end(): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    await once(child, 'close')
  }
}

async function main(): Promise<number> {
  note(`seed ${seed}, ${agentCount} agents, about ${seconds} s of chaos, workspace ${workspace}`)
  const tenant = await startTenant()
  const agents = Array.from({ length: agentCount }, (_, index) => ({ folder: path.join(workspace, `agent-${index + 1}`) }))
  for (const { folder } of agents) await succeed(['connect', '--connection', tenant.connectionFile, '--work-dir', folder])
  const firstFolder = agents[0]?.folder ?? ''

  const trees = new Map<string, ReadonlyMap<string, SourceFile>>()
  for (let index = 0; index < agentCount + 1; index++) {
    const name = `share-${index + 1}`
    const root = path.join(workspace, 'source', name)
    trees.set(name, writeTree(root, { fileCount: FILES_PER_TASK, seed: seed * 1000 + index }))
    await succeed([
      'task',
      'add',
      root,
      '--to',
      'https://contoso.sharepoint.com/sites/finance',
      '--library',
      'Documents',
      '--folder',
      name,
      '--work-dir',
      firstFolder,
    ])
  }

  const running = agents.map(({ folder }) => new Agent(folder))
  for (const agent of running) agent.start()
  const startedAtMs = Date.now()
  for (;;) {
    await sleep(500 + random() * 2500)
    const tasks = taskListSchema.parse(await succeed(['task', 'list', '--work-dir', firstFolder]))
    const areEnded = tasks.every((task) => ENDED.has(task.status))
    const elapsedMs = Date.now() - startedAtMs
    if (areEnded || elapsedMs > END_WITHIN_MS) break
    const agent = running[Math.floor(random() * running.length)]
    const isChaosOver = elapsedMs > seconds * 1000 && running.every((one) => one.kills >= KILLS_PER_AGENT_AT_LEAST)
    if (!agent || isChaosOver) continue
    if (random() < 0.75 || agent.kills < KILLS_PER_AGENT_AT_LEAST) {
      await agent.kill()
      agent.start()
    } else await agent.suspend(1000 + random() * 2000)
  }
  for (const agent of running) await agent.end()

  const tasks = taskListSchema.parse(await succeed(['task', 'list', '--work-dir', firstFolder]))
  for (const task of tasks.filter((one) => one.status !== 'completed'))
    note(`task ${task.name}: ${task.status} ${task.reason ?? ''}`)
  const { lost, doubled, different, files } = await compare(tenant, trees)
  const spent = z
    .object({
      requests: z.number(),
      resourceUnits: z.number(),
      violations: z.number(),
      throttled: z.number(),
      defects: z.number(),
    })
    .parse(await succeed(['tenant', 'journal', '--port', String(tenant.port)]))
  const result = {
    seed,
    kills: running.reduce((sum, agent) => sum + agent.kills, 0),
    suspends: running.reduce((sum, agent) => sum + agent.suspends, 0),
    partitions: 0,
    tasks: tasks.length,
    completed: tasks.filter((task) => task.status === 'completed').length,
    files,
    lost: lost.length,
    doubled: doubled.length,
    different: different.length,
    retryAfterViolations: spent.violations,
    fencedWrites: 0,
    throttled: spent.throttled,
    requests: spent.requests,
    resourceUnits: spent.resourceUnits,
  }
  for (const [what, paths] of Object.entries({ lost, doubled, different }))
    for (const one of paths.slice(0, 10)) note(`${what}: ${one}`)
  if (values.json) console.log(JSON.stringify(result))
  else console.table(result)
  const isGood = lost.length + doubled.length + different.length + spent.violations === 0 && result.completed === tasks.length
  return isGood ? 0 : 1
}

/** Reads the library back with Microsoft's client. A file is doubled when it has more versions than one upload makes. */
async function compare(tenant: z.infer<typeof tenantSchema>, trees: ReadonlyMap<string, ReadonlyMap<string, SourceFile>>) {
  const { access_token: token } = z
    .object({ access_token: z.string() })
    .parse(await succeed(['tenant', 'token', '--app', '--resource', 'graph', '--port', String(tenant.port)]))
  await succeed(['tenant', 'faults', '--clear', '--port', String(tenant.port)])
  const client = graphClient({ port: tenant.port, ca: fs.readFileSync(tenant.caFile, 'utf8'), token })
  const lost: string[] = []
  const doubled: string[] = []
  const different: string[] = []
  let files = 0
  for (const [name, tree] of trees) {
    const stored = await readBack(client, `/sites/contoso.sharepoint.com:/sites/finance:/drive/root:/${name}`)
    for (const file of tree.values()) {
      files++
      const item = stored.get(file.path)
      const label = `${name}/${file.path}`
      if (!item) lost.push(label)
      else if (item.sha256 !== file.sha256 || item.modifiedMs !== file.modifiedMs) different.push(label)
      else if (item.versionCount > (file.sizeBytes === 0 ? 2 : 1)) doubled.push(label)
    }
    for (const item of stored.values())
      if (!item.isFolder && !tree.has(item.path)) doubled.push(`${name}/${item.path} (not in the source)`)
  }
  return { lost, doubled, different, files }
}

try {
  process.exitCode = await main()
} finally {
  for (const child of children) child.kill('SIGKILL')
  if (process.exitCode === 0) fs.rmSync(workspace, { recursive: true, force: true })
  else note(`kept for a look: ${workspace}`)
}
