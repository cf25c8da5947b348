import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import readline from 'node:readline'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { succeed } from '../e2e/practice.ts'
import { callTenant, practiceToken } from '../src/simulator/index.ts'

export const SITE = 'https://contoso.sharepoint.com/sites/finance'
export const CLI = path.join(path.dirname(fileURLToPath(import.meta.url)), '../src/main/headless/cli.ts')

const readySchema = z.object({ port: z.number(), caFile: z.string(), connectionFile: z.string(), dataDir: z.string() })
const summarySchema = z.looseObject({ resourceUnits: z.number() })
const rowsSchema = z.looseObject({
  rows: z.array(z.looseObject({ seq: z.number(), timeMs: z.number(), durationMs: z.number(), route: z.string().optional() })),
})

/** A practice tenant of its own process, lenient and without budgets, and an install of Portage that is connected to it. */
export interface BenchTenant extends z.infer<typeof readySchema> {
  readonly workFolder: string
  token(args?: readonly string[]): Promise<{ readonly access_token: string; readonly client_id: string }>
  resourceUnits(): Promise<number>
  /** From the first byte of the first fragment to the answer to the last one, since this was asked last. */
  uploadSeconds(): Promise<number>
  /** Time in which at least one put of a blob was under way, since this was asked last: waits for imports are not in it. */
  blobSeconds(): Promise<number>
  /** Adds a task; `agent run --once` then has exactly this one to do. */
  addTask(source: string, folder: string, route?: 'session' | 'package'): Promise<void>
  stop(): Promise<void>
}

export async function startBenchTenant(folder: string, latencyMs: number): Promise<BenchTenant> {
  const script = path.join(path.dirname(CLI), '../../../bench/tenantOnce.ts')
  const dataDir = path.join(folder, 'tenant')
  const child = spawn(process.execPath, [script, dataDir, String(latencyMs)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(readline.createInterface({ input: child.stdout }), 'line')
  const ready = readySchema.parse(JSON.parse(String(line)))
  const workFolder = path.join(folder, 'agent')
  await succeed(['connect', '--connection', ready.connectionFile, '--work-dir', workFolder])
  let seen = 0

  /** When each request of these routes began and ended, since this was asked last. */
  async function spans(isCounted: (route: string) => boolean): Promise<[startMs: number, endMs: number][]> {
    const found: [number, number][] = []
    for (;;) {
      const { rows } = rowsSchema.parse(await callTenant(dataDir, `/journal?after=${seen}&limit=10000`))
      if (rows.length === 0) return found
      seen = rows.at(-1)?.seq ?? seen
      for (const { route, timeMs, durationMs } of rows) if (isCounted(route ?? '')) found.push([timeMs, timeMs + durationMs])
    }
  }

  return {
    ...ready,
    workFolder,
    async token(args = ['--app']) {
      const isPerson = args.includes('--user')
      const resource = args.includes('--sharepoint') ? { resource: 'https://contoso.sharepoint.com' } : {}
      return practiceToken({ dataDir, ...resource, ...(isPerson ? { upn: 'ann@contoso.com' } : {}) })
    },
    resourceUnits: async () => summarySchema.parse(await callTenant(dataDir, '/journal/summary')).resourceUnits,
    async uploadSeconds() {
      const fragments = await spans((route) => route === 'drive.session.fragment')
      return (Math.max(...fragments.map(([, endMs]) => endMs)) - Math.min(...fragments.map(([startMs]) => startMs))) / 1000
    },
    async blobSeconds() {
      const puts = await spans((route) => /^blob\.(put|block\.put|blocklist\.put|snapshot)$/.test(route))
      let [busyMs, untilMs] = [0, 0]
      for (const [startMs, endMs] of puts.sort(([one], [other]) => one - other)) {
        busyMs += Math.max(0, endMs - Math.max(startMs, untilMs))
        untilMs = Math.max(untilMs, endMs)
      }
      return busyMs / 1000
    },
    async addTask(source, to, route) {
      const by = route === undefined ? [] : ['--route', route]
      await succeed(['task', 'add', source, '--to', SITE, '--folder', to, ...by, '--work-dir', workFolder])
    },
    async stop() {
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}
