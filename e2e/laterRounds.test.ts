import fs from 'node:fs'
import path from 'node:path'
import Papa from 'papaparse'
import { afterAll, expect, test } from 'vitest'
import { z } from 'zod'
import { addTask, connected, createWorkspace, documents, run, startTenant } from './commandLine.ts'
import { graphClient } from './graphCopy.ts'

/** Later rounds as a person runs them: a limit that holds, a look at the list, and a word that lets it go on. */
const tokenSchema = z.object({ access_token: z.string() })
const childrenSchema = z.object({
  value: z.array(z.object({ id: z.string(), name: z.string(), folder: z.unknown().optional() })),
})
const SLOW_MS = 120_000
const workspace = createWorkspace('later')
const tenants = new Set<Awaited<ReturnType<typeof startTenant>>>()
afterAll(async () => {
  for (const tenant of tenants) await tenant.close()
  workspace.remove()
})

test('what is moved is moved, and what is gone is recycled once a person has allowed it', { timeout: SLOW_MS }, async () => {
  for (const name of ['plan.txt', 'old/a.txt', 'old/b.txt', 'keep/c.txt']) workspace.file(`share/${name}`, `content of ${name}`)
  const tenant = await startTenant()
  tenants.add(tenant)
  const work = path.join(workspace.path, 'work')
  await connected(tenant, work)
  const share = path.join(workspace.path, 'share')
  const task = await addTask(work, share, ['--folder', 'Later', '--deletions', 'recycle', '--max-deletions', '1'])
  const round = () => run(['agent', 'run', '--once', '--work-dir', work, '--json'])
  expect((await round()).exitCode).toBe(0)
  const before = await itemsBelow(tenant, 'Later')

  fs.renameSync(path.join(share, 'keep'), path.join(share, 'kept'))
  fs.renameSync(path.join(share, 'plan.txt'), path.join(share, 'kept', 'plan 2.txt'))
  fs.rmSync(path.join(share, 'old'), { recursive: true })
  expect((await run(['task', 'retry', task, '--work-dir', work])).exitCode).toBe(0)
  const held = await round()
  expect([held.exitCode, held.stderr]).toEqual([3, ''])
  expect(documents(held).at(-1)).toMatchObject({
    status: 'completedWithIssues',
    reason: '3 items gone from the source would go to the recycle bin, more than the task allows at once.',
  })
  const meanwhile = await itemsBelow(tenant, 'Later')
  expect(Object.keys(meanwhile).sort()).toEqual(['kept', 'kept/c.txt', 'kept/plan 2.txt', 'old', 'old/a.txt', 'old/b.txt'])
  expect([meanwhile.kept, meanwhile['kept/c.txt'], meanwhile['kept/plan 2.txt']]).toEqual([
    before.keep,
    before['keep/c.txt'],
    before['plan.txt'],
  ])
  expect(await removals(task, work)).toEqual(['old', 'old/a.txt', 'old/b.txt'])

  expect((await run(['task', 'edit', task, '--max-deletions', '50%', '--work-dir', work])).exitCode).toBe(0)
  expect((await run(['task', 'retry', task, '--work-dir', work])).exitCode).toBe(0)
  expect((await round()).exitCode).toBe(0)
  expect(Object.keys(await itemsBelow(tenant, 'Later')).sort()).toEqual(['kept', 'kept/c.txt', 'kept/plan 2.txt'])

  const refused = await run(['task', 'edit', task, '--max-deletions', 'many', '--work-dir', work])
  expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining('--max-deletions is not usable')])
})

/** Sources that the report of the last round names as waiting, below the share. */
async function removals(task: string, work: string): Promise<readonly string[]> {
  const out = path.join(workspace.path, 'reports')
  expect((await run(['report', 'export', '--task', task, '--out', out, '--work-dir', work])).exitCode).toBe(0)
  const file = fs.readdirSync(out, { recursive: true, encoding: 'utf8' }).find((name) => name.includes('RemovalReport_R1'))
  if (!file) throw new Error('there is no removal report')
  const { data } = Papa.parse<Record<string, string>>(fs.readFileSync(path.join(out, file), 'utf8'), {
    header: true,
    skipEmptyLines: true,
  })
  const share = path.join(workspace.path, 'share')
  expect(new Set(data.map((row) => row.Status))).toEqual(new Set(['Waits for a decision']))
  return data.map((row) => path.relative(share, row.Source ?? '')).sort()
}

/** Ids by path. */
async function itemsBelow(
  tenant: Awaited<ReturnType<typeof startTenant>>,
  folder: string,
): Promise<Readonly<Record<string, string>>> {
  const token = tokenSchema.parse(await tenant.control('/identity/token', { method: 'POST', body: { upn: 'ann@contoso.com' } }))
  const ca = fs.readFileSync(tenant.caFile, 'utf8')
  const client = graphClient({ port: tenant.port, ca, token: token.access_token })
  const items: Record<string, string> = {}
  const walk = async (below: string): Promise<void> => {
    const at = [folder, below].filter((part) => part !== '').join('/')
    const answer: unknown = await client.api(`/sites/contoso.sharepoint.com:/sites/finance:/drive/root:/${at}:/children`).get()
    for (const { id, name, folder: isFolder } of childrenSchema.parse(answer).value) {
      const itemPath = below === '' ? name : `${below}/${name}`
      items[itemPath] = id
      if (isFolder !== undefined) await walk(itemPath)
    }
  }
  await walk('')
  return items
}
