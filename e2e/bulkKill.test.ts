import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { z } from 'zod'
import { addTask, begin, connected, createWorkspace, documents, run, startTenant } from './commandLine.ts'

/** The real process, killed without a word while a package is uploaded and while its job runs. */

const FILES = 305
const workspace = createWorkspace('bulk-kill')
const agents = new Set<ReturnType<typeof begin>>()
const tenants = new Set<Awaited<ReturnType<typeof startTenant>>>()
afterAll(async () => {
  for (const { child } of agents) child.kill('SIGKILL')
  for (const tenant of tenants) await tenant.close()
  workspace.remove()
})

const rowsSchema = z.object({ rows: z.array(z.object({ route: z.string().optional(), status: z.number() })) })

test('an agent that is killed in the middle of a package and of its import loses nothing and submits nothing twice', {
  timeout: 180_000,
}, async () => {
  const tenant = await startTenant({ latencyMs: 15 })
  tenants.add(tenant)
  const work = path.join(workspace.path, 'work')
  await connected(tenant, work)
  // Large enough to be a blob each, so that there is a middle.
  for (let index = 0; index < FILES; index++) workspace.file(`source/d${index % 7}/file ${index}.bin`, `${index} `.repeat(30_000))
  const task = await addTask(work, path.join(workspace.path, 'source'), ['--library', 'Killed'])
  const slow = { name: 'slow imports', when: {}, do: { action: 'switch', switch: 'importSlow', amount: 8 } }
  await tenant.control('/faults', { method: 'POST', body: { version: 1, seed: 1, faults: [slow] } })
  const count = async (route: RegExp) => {
    const { rows } = rowsSchema.parse(await tenant.control('/journal?limit=100000'))
    return rows.filter((row) => route.test(row.route ?? '') && row.status > 0 && row.status < 300).length
  }
  const submissions = () => count(/migration\.job\.submitEncrypted$/)
  const killWhen = async (isTime: () => Promise<boolean>) => {
    const agent = begin(['agent', 'run', '--once', '--work-dir', work])
    agents.add(agent)
    while (!(await isTime())) await sleep(20)
    agent.child.kill('SIGKILL')
    expect((await agent.ended).signal).toBe('SIGKILL')
  }

  await killWhen(async () => (await count(/^blob\.put/)) > 30)
  expect(await submissions()).toBe(0)
  await killWhen(async () => (await submissions()) > 0)
  const ran = await run(['agent', 'run', '--once', '--work-dir', work, '--json'])
  expect([ran.exitCode, ran.stderr]).toEqual([0, ''])
  expect(documents(ran).at(-1)).toMatchObject({ event: 'ended', status: 'completed' })

  // 250 and 55 files: two packages, each submitted once, whenever the process ended.
  expect(await submissions()).toBe(2)
  const proof = await run(['verify', task, '--work-dir', work, '--json'])
  expect(documents(proof)).toEqual([
    expect.objectContaining({
      migrated: expect.objectContaining({ files: FILES }),
      failed: [],
      unfinished: [],
      receipts: expect.objectContaining({ exact: FILES }),
      routes: expect.objectContaining({ package: expect.objectContaining({ files: FILES }) }),
    }),
  ])
})
