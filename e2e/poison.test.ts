import fs from 'node:fs'
import path from 'node:path'
import Papa from 'papaparse'
import { afterAll, expect, test } from 'vitest'
import { z } from 'zod'
import { addTask, connected, createWorkspace, documents, run, startTenant } from './commandLine.ts'

/**
 * A first load with three files that nobody can bring: two are refused for themselves by every import, one ends every job that it is in, and
 * Graph refuses all three. `PORTAGE_POISON_FILES` makes it smaller or larger.
 */
const FILES = Number(process.env.PORTAGE_POISON_FILES ?? 10_000)
const SLOW_MS = 600_000
const POISON = ['dir 3/poison 1.bin', 'dir 7/poison 2.bin', 'dir 7/killer.bin']
const GOOD = FILES - POISON.length

const workspace = createWorkspace('poison')
const tenants = new Set<Awaited<ReturnType<typeof startTenant>>>()
afterAll(async () => {
  for (const tenant of tenants) await tenant.close()
  workspace.remove()
})

const refusal = (name: string) => ({
  name: `Graph refuses ${name}`,
  when: { host: 'graph.microsoft.com', method: 'POST', path: `*${name}*` },
  do: { action: 'status', status: 400, code: 'malwareDetected', message: 'The content of this file is not accepted.' },
})
const FAULTS = {
  version: 1,
  seed: 1,
  faults: [
    { name: 'refused by every import', when: {}, do: { action: 'switch', switch: 'importPoison', items: '*poison*' } },
    { name: 'ends every import', when: {}, do: { action: 'switch', switch: 'importKiller', items: '*killer*' } },
    refusal('poison'),
    refusal('killer'),
  ],
}

const failedSchema = z.object({
  migrated: z.object({ files: z.number() }),
  failed: z.array(z.object({ path: z.string(), code: z.string(), message: z.string() })),
  unfinished: z.array(z.unknown()),
  receipts: z.object({ exact: z.number() }),
  routes: z.object({ package: z.object({ files: z.number() }) }),
})

test(`of ${FILES} files with three that nobody takes, all others arrive and these are named with cause and fix`, {
  timeout: SLOW_MS,
}, async () => {
  for (const name of POISON) workspace.file(`source/${name}`, `content of ${name}`)
  for (let index = 0; index < GOOD; index++)
    workspace.file(`source/dir ${index % 40}/file ${index}.txt`, `content ${index}\n`.repeat(1 + (index % 90)))
  const tenant = await startTenant()
  tenants.add(tenant)
  const work = path.join(workspace.path, 'work')
  await connected(tenant, work)
  const task = await addTask(work, path.join(workspace.path, 'source'), ['--library', 'Gifts'])
  await tenant.control('/faults', { method: 'POST', body: FAULTS })

  const agent = await run(['agent', 'run', '--once', '--work-dir', work, '--json'])
  expect([agent.exitCode, agent.stderr]).toEqual([3, ''])
  expect(documents(agent).at(-1)).toMatchObject({ event: 'ended', status: 'completedWithIssues' })
  expect(JSON.stringify(await tenant.control('/faults'))).not.toContain('"used":0')
  await tenant.control('/faults', { method: 'DELETE' })

  const proof = await run(['verify', task, '--work-dir', work, '--json'])
  expect(proof.exitCode).toBe(3)
  const { migrated, failed, unfinished, receipts, routes } = failedSchema.parse(documents(proof)[0])
  expect({ files: migrated.files, exact: receipts.exact, byPackage: routes.package.files, unfinished }).toEqual({
    files: GOOD,
    exact: GOOD,
    byPackage: GOOD,
    unfinished: [],
  })
  expect(failed.map((item) => item.path).sort()).toEqual([...POISON].sort())

  const out = path.join(workspace.path, 'reports')
  expect((await run(['report', 'export', '--task', task, '--out', out, '--work-dir', work])).exitCode).toBe(0)
  for (const row of failureRows(out)) {
    expect(row['Portage code']).toBe('DST_MALWARE')
    expect(row.Message).toMatch(/the service found malware in it.*The import refused it: /)
    expect(row.Message).toMatch(
      /killer/.test(row['Item name'] ?? '') ? /The job ends whenever it meets it/ : /cannot be imported/,
    )
    expect(row.Fix).toMatch(/virus scanner/)
  }
})

function failureRows(folder: string): readonly Readonly<Record<string, string>>[] {
  const name = fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .find((file) => /ItemFailureReport_R0\.csv$/.test(file))
  const text = fs.readFileSync(path.join(folder, name ?? 'no failure report'), 'utf8').replace(/^\uFEFF/, '')
  const { data } = Papa.parse<Record<string, string>>(text, { header: true, skipEmptyLines: true })
  expect(data).toHaveLength(POISON.length)
  return data
}
