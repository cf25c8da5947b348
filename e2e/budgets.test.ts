import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { addTask, begin, connected, createWorkspace, documents, run, startTenant, until } from './commandLine.ts'

/** The project's budget and bandwidth, as the tenant sees them: bytes really stay away, and `status` says why. */

const MIB = 1024 * 1024
const space = createWorkspace('budgets')
const work = path.join(space.path, 'work')
let tenant: Awaited<ReturnType<typeof startTenant>>
beforeAll(async () => {
  tenant = await startTenant({ throttling: false })
  await connected(tenant, work)
})
afterAll(async () => {
  await tenant?.close()
  space.remove()
})

const rowsSchema = z.object({
  rows: z.array(
    z.looseObject({ method: z.string(), path: z.string(), status: z.number(), bytesIn: z.number(), timeMs: z.number() }),
  ),
})
const statusSchema = z.looseObject({
  tasks: z.array(z.looseObject({ name: z.string(), status: z.string(), why: z.string().optional() })),
})

async function portage(...args: readonly string[]): Promise<unknown> {
  const ran = await run([...args, '--work-dir', work, '--json'])
  expect([ran.exitCode, ran.stderr], ran.stdout).toEqual([0, ''])
  return documents(ran).at(-1)
}
const status = async () => statusSchema.parse(await portage('status'))

/** Requests that brought content of files. */
async function contents() {
  const { rows } = rowsSchema.parse(await tenant.control('/journal?limit=100000'))
  return rows.filter(({ method, path: target, bytesIn }) => method === 'PUT' && /uploadSession/.test(target) && bytesIn > 0)
}
const sum = (rows: readonly { readonly bytesIn: number }[]) => rows.reduce((total, { bytesIn }) => total + bytesIn, 0)

test('the budget of a day stops the bytes, says until when, and the task goes on when it may', {
  timeout: 240_000,
}, async () => {
  for (let index = 0; index < 8; index++) space.file(`day/file ${index}.bin`, Buffer.alloc(MIB, index))
  await portage('settings', 'set', '--daily-gb', String(3 / 1024))
  const task = await addTask(work, path.join(space.path, 'day'), ['--name', 'Budget', '--folder', 'day'])
  const agent = begin(['agent', 'run', '--work-dir', work, '--json'])
  await until(agent, 'stdout', /Nothing is sent until 00:00 UTC: the daily budget of 3 MB is spent\./)
  const before = sum(await contents())
  // A file that began below the budget may end above it; no further one begins.
  expect(before).toBeGreaterThanOrEqual(2 * MIB)
  expect(before).toBeLessThanOrEqual(4 * MIB)
  const { tasks } = await status()
  expect(tasks).toMatchObject([{ name: 'Budget', status: 'inProgress', why: expect.stringContaining('daily budget of 3 MB') }])
  expect(sum(await contents())).toBe(before)
  agent.child.kill('SIGTERM')
  expect((await agent.ended).exitCode).toBe(5)

  await portage('settings', 'set', '--clear', 'daily-gb')
  await portage('agent', 'run', '--once')
  expect((await status()).tasks).toMatchObject([{ name: 'Budget', status: 'completed' }])
  expect(sum(await contents())).toBe(8 * MIB)
  await portage('task', 'delete', task)
})

test('the bandwidth of the calendar is kept, by the clock of the tenant', { timeout: 240_000 }, async () => {
  for (let index = 0; index < 4; index++) space.file(`slow/file ${index}.bin`, Buffer.alloc(MIB, index + 50))
  await portage('settings', 'set', '--bandwidth', 'daily 00:00-24:00 = 1MB')
  await addTask(work, path.join(space.path, 'slow'), ['--name', 'Slow', '--folder', 'slow'])
  const begun = (await contents()).length
  await portage('agent', 'run', '--once')
  expect((await status()).tasks).toMatchObject([{ name: 'Slow', status: 'completed' }])
  const rows = (await contents()).slice(begun)
  expect(sum(rows)).toBe(4 * MIB)
  // What is sent at a moment is paid for by the time until the next.
  const sorted = rows.map(({ timeMs }) => timeMs).sort((a, b) => a - b)
  expect((sorted.at(-1) ?? 0) - (sorted[0] ?? 0)).toBeGreaterThanOrEqual(2_500)
})
