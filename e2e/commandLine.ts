import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { z } from 'zod'
import { startTenant as start } from '../src/simulator/index.ts'

type RunningTenant = Awaited<ReturnType<typeof start>>

const CLI = path.join(path.dirname(fileURLToPath(import.meta.url)), '../src/main/headless/cli.ts')
export const DEMO = path.join(path.dirname(fileURLToPath(import.meta.url)), '../src/main/headless/demo/demo.ts')

/** What a process said and how it ended. */
export interface Ran {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A running `portage`; `said` grows while it runs. */
export interface Running {
  readonly child: ChildProcess
  readonly said: { stdout: string; stderr: string }
  readonly ended: Promise<Ran>
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly program?: string
  readonly cwd?: string
  readonly uid?: number
  /** What it reads from stdin; nothing unless given. */
  readonly input?: string
}

/** Starts `portage …` as it is written, without `--json` unless it is among the words. */
export function begin(args: readonly string[], options: StartOptions = {}): Running {
  const child = spawn(process.execPath, [options.program ?? CLI, ...args], {
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    cwd: options.cwd,
    uid: options.uid,
    env: { ...process.env, PORTAGE_LOG: '', ...options.env },
  })
  child.stdin?.end(options.input)
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      said[name] += text
    })
  }
  const ended = new Promise<Ran>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal, ...said }))
  })
  return { child, said, ended }
}

/** Runs `portage …` to its end. */
export function run(args: readonly string[], options: StartOptions = {}): Promise<Ran> {
  return begin(args, options).ended
}

/** Resolves as soon as what the process said matches; rejects when it ends without. */
export async function until(running: Running, stream: 'stdout' | 'stderr', pattern: RegExp): Promise<RegExpExecArray> {
  for (;;) {
    const found = pattern.exec(running.said[stream])
    if (found) return found
    const event = await Promise.race([
      running.ended,
      new Promise<undefined>((resolve) => running.child[stream]?.once('data', () => resolve(undefined))),
    ])
    if (event && !pattern.test(running.said[stream]))
      throw new Error(`ended with ${event.exitCode} before it said ${pattern}: ${event.stdout}\n${event.stderr}`)
  }
}

/** Every line of stdout is a JSON document. */
export function documents({ stdout }: Pick<Ran, 'stdout'>): readonly unknown[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line))
}

const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string().min(1), fix: z.string().min(1) }) })

/** A refusal as the contract has it: exit code, the error document last on stdout, the same in one line on stderr, and nothing else there. */
export function expectRefusal(
  ran: Ran,
  expected: { readonly exitCode: number; readonly code: string; readonly says: RegExp },
): void {
  const told = documents(ran).at(-1)
  const { error } = errorSchema.parse(told, { error: () => `no error document: ${ran.stdout} ${ran.stderr}` })
  expect({ code: error.code, exitCode: ran.exitCode }, `${error.message} ${error.fix}`).toEqual({
    code: expected.code,
    exitCode: expected.exitCode,
  })
  expect(`${error.message} ${error.fix}`).toMatch(expected.says)
  expectOneSentence(ran.stderr)
}

/** One line that ends as a sentence does, without stack, JSON, escape sequences or anything that looks like a secret. */
export function expectOneSentence(stderr: string): void {
  expect(stderr).toMatch(/^[^\n]+[.!)]\n$/)
  expect(stderr).not.toMatch(/^\s*\{|\bat .*:\d+:\d+\)?|\bundefined\b|\[object|[A-Za-z0-9_-]{60,}|BEGIN [A-Z ]*KEY/)
}

/** Runs a command that has to be refused, as a script would. */
export async function refused(
  args: readonly string[],
  expected: Parameters<typeof expectRefusal>[1],
  options: StartOptions = {},
): Promise<void> {
  expectRefusal(await run([...args, '--json'], options), expected)
}

/** A scratch folder of one suite, and what is in it. */
export function createWorkspace(name: string): {
  readonly path: string
  file(name: string, content: string | Uint8Array): string
  remove(): void
} {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), `portage-${name}-`))
  return {
    path: root,
    file(relative, content) {
      const full = path.join(root, relative)
      fs.mkdirSync(path.dirname(full), { recursive: true })
      fs.writeFileSync(full, content)
      return full
    },
    remove: () => fs.rmSync(root, { recursive: true, force: true }),
  }
}

/** A practice tenant in this process; the commands under test reach it as any other. */
export function startTenant(options: Parameters<typeof start>[0] = {}): Promise<RunningTenant> {
  const keysDir = process.env.PORTAGE_TEST_KEYS
  return start({ licences: 60_000, ...(keysDir === undefined || options.dataDir !== undefined ? {} : { keysDir }), ...options })
}

/** The connection of a running tenant with absolute paths, to be changed and written elsewhere. */
export function connectionOf(tenant: Pick<RunningTenant, 'connectionFile'>): Connection {
  const connection = connectionSchema.parse(JSON.parse(fs.readFileSync(tenant.connectionFile, 'utf8')))
  const absolute = (file: string) => path.resolve(path.dirname(tenant.connectionFile), file)
  return {
    ...connection,
    auth: {
      ...connection.auth,
      certificateFile: absolute(connection.auth.certificateFile),
      privateKeyFile: absolute(connection.auth.privateKeyFile),
    },
    network: { ...connection.network, caFile: absolute(connection.network.caFile) },
  }
}
const connectionSchema = z.looseObject({
  clientId: z.string(),
  tenantId: z.string(),
  auth: z.object({ kind: z.literal('certificate'), certificateFile: z.string(), privateKeyFile: z.string() }),
  network: z.object({ map: z.array(z.object({ host: z.string(), address: z.string(), port: z.number() })), caFile: z.string() }),
})
export type Connection = z.infer<typeof connectionSchema>

const rowsSchema = z.object({
  rows: z.array(z.looseObject({ seq: z.number(), method: z.string(), host: z.string(), path: z.string(), status: z.number() })),
})

/** Everything that must be the same after a refusal: what is on disk in the work folder, and what the tenant was told to change. */
export async function stateOf(tenant: RunningTenant | undefined, workFolder: string): Promise<object> {
  const rows = tenant ? rowsSchema.parse(await tenant.control('/journal?limit=10000')).rows : []
  return {
    writes: rows
      .filter(
        ({ method, host, status }) =>
          method !== 'GET' && !host.startsWith('login.') && !host.startsWith('practice.') && status < 400,
      )
      .map(({ method, host, path: target }) => `${method} ${host}${target}`),
    files: filesBelow(workFolder),
  }
}

/** Profile, identity, journals and reports with their content. Tokens are renewed at any time and are nobody's state. */
export function filesBelow(folder: string): Readonly<Record<string, string>> {
  if (!fs.existsSync(folder)) return {}
  const names = fs.readdirSync(folder, { recursive: true, withFileTypes: true })
  const files = names
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !path.relative(folder, file).startsWith('secrets') && !file.endsWith('-shm'))
  return Object.fromEntries(
    files.map((file) => [path.relative(folder, file), createHash('sha256').update(fs.readFileSync(file)).digest('hex')]),
  )
}

/** A connected install. */
export async function connected(tenant: RunningTenant, workFolder: string): Promise<void> {
  const ran = await run(['connect', '--connection', tenant.connectionFile, '--work-dir', workFolder])
  expect([ran.exitCode, ran.stderr]).toEqual([0, ''])
}

const idSchema = z.object({ id: z.string() })

/** Adds a task and gives its id. */
export async function addTask(workFolder: string, source: string, more: readonly string[] = []): Promise<string> {
  const to = more.includes('--to') || more.includes('--onedrive') ? [] : ['--to', FINANCE]
  const ran = await run(['task', 'add', source, ...to, ...more, '--work-dir', workFolder, '--json'])
  expect([ran.exitCode, ran.stderr]).toEqual([0, ''])
  return idSchema.parse(documents(ran)[0]).id
}

export const FINANCE = 'https://contoso.sharepoint.com/sites/finance'

/** Children of a process, by /proc; for proof that nothing is left running. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
