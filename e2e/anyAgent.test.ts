import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { addTask, connected, createWorkspace, documents, FINANCE, type Ran, run, startTenant } from './commandLine.ts'

/** Rounds of one task on different machines: each knows what the one before did, though it has nothing of it on its disk. */

const workspace = createWorkspace('any-agent')
const work = (name: string) => path.join(workspace.path, name)
let tenant: Awaited<ReturnType<typeof startTenant>>
beforeAll(async () => {
  tenant = await startTenant({ throttling: false })
  for (const name of ['one', 'two']) await connected(tenant, work(name))
})
afterAll(async () => {
  await tenant?.close()
  workspace.remove()
})

const rowsSchema = z.object({ rows: z.array(z.looseObject({ seq: z.number(), method: z.string(), path: z.string() })) })

/** Names that were asked to be stored in the library of the task since then. */
async function storedSince(seq: number): Promise<readonly string[]> {
  const { rows } = rowsSchema.parse(await tenant.control('/journal?limit=100000'))
  return rows
    .filter((row) => row.seq > seq && row.method !== 'GET')
    .flatMap((row) => /:\/([^/:]+):\/(?:createUploadSession|content)/.exec(decodeURIComponent(row.path))?.[1] ?? [])
    .filter((name) => !name.endsWith('.db.zst'))
    .sort()
}
async function lastSeq(): Promise<number> {
  return rowsSchema.parse(await tenant.control('/journal?limit=100000')).rows.reduce((max, { seq }) => Math.max(max, seq), 0)
}
const agent = (name: string): Promise<Ran> => run(['agent', 'run', '--once', '--name', name, '--work-dir', work(name), '--json'])
const statusOf = (ran: Ran): unknown => documents(ran).at(-1)

test('names are kept and only what failed is tried, whoever runs the round', { timeout: 240_000 }, async () => {
  workspace.file('source/Report.txt', 'one of two that differ in case')
  workspace.file('source/report.txt', 'the other one')
  workspace.file('source/poison.txt', 'refused at first')
  workspace.file('source/plain.txt', 'plain')
  const refuses = {
    name: 'refuses',
    when: { path: '*poison*', host: 'graph.microsoft.com' },
    do: { action: 'status', status: 403, code: 'accessDenied' },
  }
  await tenant.control('/faults', { method: 'POST', body: { version: 1, seed: 1, faults: [refuses] } })
  const task = await addTask(work('one'), path.join(workspace.path, 'source'), ['--to', FINANCE, '--library', 'Any agent'])
  const first = await agent('one')
  expect(statusOf(first)).toMatchObject({ status: 'completedWithIssues' })
  const names = (await storedSince(0)).filter((name) => name !== 'poison.txt')
  const renamed = names.find((name) => name.toLowerCase() !== 'report.txt' && name !== 'plain.txt')
  expect(renamed).toMatch(/report/i)
  await tenant.control('/faults', { method: 'DELETE' })

  // The other machine tries what failed, and nothing else, though another file is new by now.
  workspace.file('source/new.txt', 'came later')
  let seq = await lastSeq()
  expect((await run(['task', 'retry', task, '--failed-only', '--work-dir', work('two'), '--json'])).exitCode).toBe(0)
  expect(fs.existsSync(path.join(work('two'), 'journals'))).toBe(false)
  expect(statusOf(await agent('two'))).toMatchObject({ status: 'completed' })
  expect([...new Set(await storedSince(seq))]).toEqual(['poison.txt'])

  // Back on the first one, whose own journals are a round behind; the twin that had the name is gone.
  fs.rmSync(path.join(workspace.path, 'source', renamed?.startsWith('R') === true ? 'report.txt' : 'Report.txt'))
  seq = await lastSeq()
  expect((await run(['task', 'retry', task, '--work-dir', work('two'), '--json'])).exitCode).toBe(0)
  expect(statusOf(await agent('one'))).toMatchObject({ status: 'completed' })
  expect([...new Set(await storedSince(seq))]).toEqual(['new.txt'])
})
