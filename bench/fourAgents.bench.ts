import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { z } from 'zod'
import { succeed } from '../e2e/practice.ts'
import { hostEnvironment } from '../src/main/headless/commands/hostEnvironment.ts'
import { createHost, type Host } from '../src/main/host/createHost.ts'
import { taskIdSchema } from '../src/shared/domain/ids.ts'
import { type BenchTenant, CLI, SITE, startBenchTenant } from './benchTenant.ts'
import { Costs } from './costs.ts'
import { type Bench, interleave, rowOf } from './measure.ts'

const AGENTS = 4
const LATENCY_MS = 30
/**
 * So few requests at once that waiting for answers fills the time: all agents, the tenant and this program share the cores of one machine,
 * and a file costs some five milliseconds of them.
 */
const REQUESTS_MAX = Number(process.env.PORTAGE_BENCH_REQUESTS_MAX ?? 1)
/** One tree of many folders: enough files that the start of each part does not count for much. */
const FOLDERS = Number(process.env.PORTAGE_BENCH_PART_FOLDERS ?? 8)
const FILES_PER_FOLDER = 400
const FILES = FOLDERS * FILES_PER_FOLDER
const TURNS = 1
const LOOK_EVERY_MS = 500
const PATIENCE_MS = 240_000

/** Goal: one task with one huge tree ends ≥ 3 × as fast on four agents as on one when latency dominates [issue 4]. */
export const fourAgentsBench: Bench = {
  name: 'four-agents',
  about: `one task of ${FILES} files in one tree, ${LATENCY_MS} ms of latency, ${REQUESTS_MAX} requests at once for each agent: ${AGENTS} agents against one`,
  async run(log) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-bench-agents-'))
    const source = path.join(folder, 'source')
    writeTree(source)
    const tenant = await startBenchTenant(folder, LATENCY_MS)
    const connectionFile = connectionWithFewRequests(tenant)
    const workFolders = Array.from({ length: AGENTS }, (_, index) => path.join(folder, `agent-${index}`))
    for (const workFolder of workFolders) await succeed(['connect', '--connection', connectionFile, '--work-dir', workFolder])
    const host = await createHost(hostEnvironment(tenant.workFolder))
    const processor = new Costs()
    let turn = 0
    try {
      const measured = async (name: string, agents: number): Promise<number> => {
        const { seconds, cpuSeconds, parts } = await migrate(host, {
          source,
          to: `turn-${++turn}`,
          workFolders: workFolders.slice(0, agents),
        })
        processor.add(name, (cpuSeconds * 1000) / FILES)
        log(
          `${name}: ${seconds.toFixed(1)} s, ${(FILES / seconds).toFixed(1)} files/s, ${parts} parts, agents' processor ${cpuSeconds.toFixed(1)} s`,
        )
        return FILES / seconds
      }
      const one = 'one agent'
      const four = `${AGENTS} agents`
      const rates = await interleave(
        [
          { name: one, turn: () => measured(one, 1) },
          { name: four, turn: () => measured(four, AGENTS) },
        ],
        TURNS,
      )
      return [
        { ...rowOf(rates, four, { unit: 'files/s', against: one }), name: 'four-agents' },
        processor.row('four-agents, processor', { own: four, unit: 'ms/file', against: one }),
      ]
    } finally {
      await host.close()
      await tenant.stop()
      fs.rmSync(folder, { recursive: true, force: true })
    }
  },
}

/** From the moment at which the task is claimed to the moment at which all of it is proved. */
async function migrate(
  host: Host,
  { source, to, workFolders }: { readonly source: string; readonly to: string; readonly workFolders: readonly string[] },
): Promise<{ readonly seconds: number; readonly cpuSeconds: number; readonly parts: number }> {
  const { service } = host
  const signal = AbortSignal.timeout(PATIENCE_MS)
  const [owner = '', ...others] = workFolders
  const agents = others.map(startAgent)
  try {
    while ((await host.fleet.agents(signal)).filter(({ isAlive }) => isAlive).length < others.length) await pause(LOOK_EVERY_MS)
    const added = await succeed(['task', 'add', source, '--to', SITE, '--folder', to, '--route', 'session', '--work-dir', owner])
    const id = taskIdSchema.parse(z.object({ id: z.string() }).parse(added).id)
    agents.push(startAgent(owner))
    let begunMs: number | undefined
    for (;;) {
      if (agents.some(({ exitCode }) => exitCode !== null)) throw new Error('an agent has ended by itself')
      const row = await service.coordination.get(id, signal)
      if (row?.status === 'inProgress') begunMs ??= performance.now()
      if (row && ['completedWithIssues', 'failed', 'canceled'].includes(row.status))
        throw new Error(`${row.status}: ${row.reason}`)
      if (row?.status === 'completed') {
        if (row.progress?.migratedFiles !== FILES) throw new Error(`${row.progress?.migratedFiles} of ${FILES} files are proved`)
        const parts = await service.shards.partsOf(id, signal)
        const seconds = (performance.now() - (begunMs ?? Number.NaN)) / 1000
        return { seconds, cpuSeconds: agents.reduce((sum, { pid }) => sum + cpuSecondsOf(pid), 0), parts: parts.length }
      }
      await pause(LOOK_EVERY_MS)
    }
  } finally {
    for (const agent of agents) agent.kill('SIGINT')
    await Promise.all(agents.map(async (agent) => agent.exitCode ?? (await once(agent, 'exit'))))
  }
}

function startAgent(workFolder: string): ChildProcess {
  return spawn(process.execPath, [CLI, 'agent', 'run', '--name', path.basename(workFolder), '--work-dir', workFolder, '--json'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** NaN where /proc does not tell. */
function cpuSecondsOf(pid: number | undefined): number {
  try {
    const fields = fs
      .readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return (Number(fields[11]) + Number(fields[12])) / 100
  } catch {
    return Number.NaN
  }
}

function connectionWithFewRequests(tenant: BenchTenant): string {
  const connection = z
    .looseObject({ network: z.looseObject({}) })
    .parse(JSON.parse(fs.readFileSync(tenant.connectionFile, 'utf8')))
  const file = path.join(path.dirname(tenant.connectionFile), 'few-requests.json')
  fs.writeFileSync(file, JSON.stringify({ ...connection, network: { ...connection.network, requestsMax: REQUESTS_MAX } }))
  return file
}

function writeTree(root: string): void {
  for (let folder = 0; folder < FOLDERS; folder++) {
    const full = path.join(root, `year ${folder % 3}`, `department ${folder}`)
    fs.mkdirSync(full, { recursive: true })
    for (let index = 0; index < FILES_PER_FOLDER; index++)
      fs.writeFileSync(path.join(full, `note ${index}.txt`), `${folder} ${index} `.repeat(20))
  }
}
