import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import Papa from 'papaparse'
import { afterAll, expect, test } from 'vitest'
import { z } from 'zod'
import { addTask, connected, createWorkspace, documents, expectRefusal, run, startTenant } from './commandLine.ts'
import { graphClient, readBack } from './graphCopy.ts'

/** Two shares are cut over together: first load, delta, rehearsal, a freeze that does not hold, go, reconciliation, and what people get afterwards. */
const SLOW_MS = 300_000
const YEAR_2021 = Date.UTC(2021, 5, 1) / 1000
const workspace = createWorkspace('cutover')
const closing: (() => Promise<unknown> | unknown)[] = []
afterAll(async () => {
  for (const close of closing.reverse()) await close()
  workspace.remove()
})

const gateSchema = z.object({ gate: z.string(), state: z.string(), detail: z.string(), fix: z.string().optional() })
const waveSchema = z.object({
  isGo: z.boolean(),
  gates: z.array(gateSchema),
  tasks: z.array(
    z.looseObject({
      name: z.string(),
      round: z.number(),
      status: z.string(),
      forecast: z.object({ p50Ms: z.number() }).optional(),
    }),
  ),
})
const checkSchema = z.object({
  isGood: z.boolean(),
  tasks: z.array(z.looseObject({ name: z.string(), delta: z.object({ files: z.number(), bytes: z.number() }).optional() })),
  findings: z.array(z.looseObject({ task: z.string(), result: z.string(), path: z.string(), cause: z.string().optional() })),
})

function put(name: string, content: string, atSeconds = YEAR_2021): string {
  const file = workspace.file(name, content)
  fs.utimesSync(file, atSeconds, atSeconds)
  return file
}

/** Another program that announces to write the file, as Samba does for its clients. */
async function lock(file: string): Promise<ChildProcess> {
  const child = spawn('flock', ['--exclusive', file, 'sh', '-c', 'echo held; read wait'], { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return child
}

function rows(file: string): Record<string, string>[] {
  const text = fs.readFileSync(file, 'utf8').replace(/^\uFEFF/, '')
  return Papa.parse<Record<string, string>>(text, { header: true, skipEmptyLines: true }).data
}

test('a wave of two tasks, from the first load to a reconciliation of zero', { timeout: SLOW_MS }, async () => {
  put('finance/plan.docx', 'plan')
  put('finance/Q3/report.txt', 'report')
  put('finance/Q3/old name.txt', 'stays')
  put('sales/leads.csv', 'a,b')
  put('sales/empty.txt', '')
  const tenant = await startTenant()
  closing.push(() => tenant.close())
  const work = path.join(workspace.path, 'work')
  await connected(tenant, work)
  const portage = async (...args: string[]) => await run([...args, '--work-dir', work, '--json'])
  const agent = async () => expect((await portage('agent', 'run', '--once')).exitCode).toBe(0)
  const finance = await addTask(work, path.join(workspace.path, 'finance'), [
    '--name',
    'Finance',
    '--tag',
    'night-1',
    '--folder',
    'Finance',
  ])
  await addTask(work, path.join(workspace.path, 'sales'), ['--name', 'Sales', '--tag', 'night-1', '--folder', 'Sales'])
  const other = await addTask(work, path.join(workspace.path, 'sales'), ['--name', 'Other', '--folder', 'Other'])

  // Nothing has run: no go.
  const planned = await portage('wave', 'plan', 'Night 1', '--tag', 'night-1', '--max-minutes', '30')
  const first = waveSchema.parse(documents(planned)[0])
  expect(first.tasks.map(({ name }) => name)).toEqual(['Finance', 'Sales'])
  expect([first.isGo, first.gates.find(({ gate }) => gate === 'lastRound')?.state]).toEqual([false, 'notMet'])
  expectRefusal(await portage('wave', 'go', 'night 1'), { exitCode: 2, code: 'CRD_TASK_STATE', says: /no go/ })
  await agent()

  // The day before: something changed, and a rehearsal says what the last round will do, writing nothing.
  put('finance/Q3/report.txt', 'report, second edition', YEAR_2021 + 1000)
  put('finance/Q3/new.txt', 'new')
  const before = await shown(tenant)
  const rehearsal = checkSchema.parse(documents(await portage('wave', 'rehearse', 'Night 1'))[0])
  expect(rehearsal.tasks.map(({ name, delta }) => [name, delta?.files])).toEqual([
    ['Finance', 2],
    ['Sales', 0],
  ])
  expect(rehearsal.tasks[0]?.delta?.bytes).toBe('report, second edition'.length + 'new'.length)
  expect(await shown(tenant)).toEqual(before)

  // People are still at work: an open document, a locked file, a late change. Each alone is a no go.
  const lockFile = put('finance/~$plan.docx', 'ann')
  const holder = await lock(path.join(workspace.path, 'sales/leads.csv'))
  closing.push(() => holder.kill())
  put('finance/Q3/late.txt', 'late', Date.now() / 1000)
  const busy = await portage('wave', 'freeze-check', 'Night 1')
  expect(busy.exitCode).toBe(3)
  const findings = checkSchema.parse(documents(busy)[0]).findings.map(({ task, result, path: at }) => `${task} ${result} ${at}`)
  expect(findings.sort()).toEqual(['Finance late Q3/late.txt', 'Finance open plan.docx', 'Sales locked leads.csv'])
  expect(checkSchema.parse(documents(busy)[0]).tasks.map(({ changed }) => changed)).toEqual([3, 0])
  const refused = await portage('wave', 'go', 'Night 1')
  expectRefusal(refused, { exitCode: 2, code: 'CRD_TASK_STATE', says: /in use/ })

  // They go home.
  holder.stdin?.end('\n')
  await once(holder, 'exit')
  fs.rmSync(lockFile)
  put('finance/Q3/late.txt', 'late')
  expect((await portage('wave', 'freeze-check', 'Night 1')).exitCode).toBe(0)
  const ready = waveSchema.parse(documents(await portage('wave', 'show', 'Night 1'))[0])
  expect(ready.gates.filter(({ state }) => state !== 'met' && state !== 'notAsked')).toEqual([])
  expect(ready.isGo).toBe(true)
  expect(ready.tasks.every(({ forecast }) => forecast !== undefined)).toBe(true)
  const gone = waveSchema.parse(documents(await portage('wave', 'go', 'Night 1'))[0])
  expect(gone.tasks.map(({ round, status }) => [round, status])).toEqual([
    [1, 'queued'],
    [1, 'queued'],
  ])
  await agent()

  // Zero, and then not zero: what somebody removes and makes at the destination is named.
  const zero = await portage('wave', 'reconcile', 'Night 1')
  expect([zero.exitCode, checkSchema.parse(documents(zero)[0]).findings]).toEqual([0, []])

  const out = path.join(workspace.path, 'out')
  expect((await portage('redirect', 'export', '--wave', 'Night 1', '--task', finance, '--out', out)).exitCode).toBe(2)
  expect((await portage('redirect', 'export', '--task', finance, '--unc', '\\\\files\\finance', '--out', out)).exitCode).toBe(0)
  expect((await portage('wave', 'rollback-list', 'Night 1', '--out', out)).exitCode).toBe(0)
  const items = await readAll(tenant)
  const library = 'https://contoso.sharepoint.com/sites/finance/Shared%20Documents'
  const redirects = rows(path.join(out, 'Redirects.csv'))
  expect(redirects.map((row) => [row['Old UNC path'], row['New URL']]).sort()).toEqual(
    [
      ['\\\\files\\finance', `${library}/Finance`],
      ['\\\\files\\finance\\Q3', `${library}/Finance/Q3`],
      ['\\\\files\\finance\\Q3\\late.txt', `${library}/Finance/Q3/late.txt`],
      ['\\\\files\\finance\\Q3\\new.txt', `${library}/Finance/Q3/new.txt`],
      ['\\\\files\\finance\\Q3\\old name.txt', `${library}/Finance/Q3/old%20name.txt`],
      ['\\\\files\\finance\\Q3\\report.txt', `${library}/Finance/Q3/report.txt`],
      ['\\\\files\\finance\\plan.docx', `${library}/Finance/plan.docx`],
    ].sort(),
  )
  const found = await portage('redirect', 'search', 'Q3\\OLD NAME', '--task', finance)
  expect(documents(found)[0]).toMatchObject([{ newUrl: `${library}/Finance/Q3/old%20name.txt` }])

  // What was made is what the tenant has, with its own ids; the other task's is not in it.
  const rollback = rows(path.join(out, 'Rollback.csv'))
  const created = rollback.filter((row) => row.Operation === 'created')
  const ours = [...items.values()].filter((item) => !item.path.startsWith('Other'))
  expect(created.map((row) => row['Item ID']).sort()).toEqual(ours.map(({ id }) => id).sort())
  expect(
    created
      .filter((row) => row.Round === 'R1')
      .map((row) => row['Source path'])
      .sort(),
  ).toEqual(['Q3/late.txt', 'Q3/new.txt'])
  expect(rollback.filter((row) => row.Operation === 'replaced').map((row) => row['Source path'])).toEqual(['Q3/report.txt'])
  expect(rollback.every((row) => /^2\d{3}-/.test(row.When ?? ''))).toBe(true)

  // Links never go into a source.
  const intoSource = await portage('redirect', 'links', '--task', finance, '--out', path.join(workspace.path, 'finance/links'))
  expectRefusal(intoSource, { exitCode: 2, code: 'INPUT_OUTPUT_FOLDER', says: /source/ })
  expect(fs.existsSync(path.join(workspace.path, 'finance/links'))).toBe(false)
  const linked = path.join(workspace.path, 'links')
  expect((await portage('redirect', 'links', '--task', finance, '--out', linked)).exitCode).toBe(0)
  expect(fs.readFileSync(path.join(linked, 'Finance/Q3/old name.txt.url'), 'utf8')).toBe(
    `[InternetShortcut]\r\nURL=${library}/Finance/Q3/old%20name.txt\r\n`,
  )

  const client = await annsClient(tenant)
  await client.api(`/sites/contoso.sharepoint.com:/sites/finance:/drive/root:/Finance/Q3/new.txt:`).delete()
  await client.api(`/sites/contoso.sharepoint.com:/sites/finance:/drive/root:/Finance/Q3/stranger.txt:/content`).put('x')
  const after = await portage('wave', 'reconcile', 'Night 1', '--out', out)
  expect(after.exitCode).toBe(3)
  expect(
    rows(path.join(out, 'Reconciliation.csv'))
      .map((row) => `${row.Result} ${row['Source path']} ${row.Cause}`)
      .sort(),
  ).toEqual(['extra stranger.txt madeAtDestination', 'missing Q3/new.txt removedAtDestination'])
  expect((await portage('task', 'show', other)).exitCode).toBe(0)
})

type Tenant = Awaited<ReturnType<typeof startTenant>>
const tokenSchema = z.looseObject({ access_token: z.string() })

async function annsClient(tenant: Tenant) {
  const token = tokenSchema.parse(await tenant.control('/identity/token', { method: 'POST', body: { upn: 'ann@contoso.com' } }))
  return graphClient({ port: tenant.port, ca: fs.readFileSync(tenant.caFile, 'utf8'), token: token.access_token })
}

const readAll = async (tenant: Tenant) =>
  await readBack(await annsClient(tenant), '/sites/contoso.sharepoint.com:/sites/finance:/drive/root')

/** Names, ids, times and versions of everything in the library. */
const shown = async (tenant: Tenant) => JSON.stringify([...(await readAll(tenant)).values()])
