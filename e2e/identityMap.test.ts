import fs from 'node:fs'
import path from 'node:path'
import Papa from 'papaparse'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { addTask, connected, createWorkspace, documents, FINANCE, refused, run, startTenant, stateOf } from './commandLine.ts'
import { graphClient } from './graphCopy.ts'

/** Whose files they are, from the mapping file on the command line to Created by in the library. */

const workspace = createWorkspace('identities')
const work = path.join(workspace.path, 'work')
let tenant: Awaited<ReturnType<typeof startTenant>>
beforeAll(async () => {
  tenant = await startTenant()
  await connected(tenant, work)
})
afterAll(async () => {
  await tenant?.close()
  workspace.remove()
})

test.each([
  ['a header', 'Source,Target,IsGroup\nuid:1,ann@contoso.com,FALSE\n', /Row 1, is a group.*no header/],
  ['a person without @', 'uid:1,ann@contoso.com,FALSE\nuid:2,bob,FALSE\n', /Row 2, target.*name@contoso.com/],
  ['an account twice', 'uid:1,ann@contoso.com,FALSE\nUID:1,bob@contoso.com,FALSE\n', /Row 2, source identity.*Row 1 already/],
])('a mapping file with %s is refused by row, and nothing changes', async (name, text, says) => {
  const file = workspace.file(`bad ${name}.csv`, text)
  const source = path.dirname(workspace.file('somewhere/a.txt', 'x'))
  const before = await stateOf(tenant, work)
  const expected = { exitCode: 2, code: 'INPUT_SETTINGS', says }
  await refused(['task', 'add', source, '--to', FINANCE, '--identity-map', file, '--work-dir', work], expected)
  expect(await stateOf(tenant, work)).toEqual(before)
})

test.skipIf(process.platform === 'win32')('files keep their owners, and whoever is not known is reported', async () => {
  const isRoot = process.getuid?.() === 0
  const mine = isRoot ? 1001 : (process.getuid?.() ?? 0)
  const known = workspace.file('source/known.txt', 'from somebody')
  const stranger = workspace.file('source/stranger.txt', 'from nobody')
  // Only root may give files away; otherwise both are known.
  if (isRoot) {
    fs.chownSync(known, mine, mine)
    fs.chownSync(stranger, 1002, 1002)
  }
  const map = workspace.file('map.csv', `CONTOSO\\someone,bob@contoso.com,FALSE\nuid:${mine},ann@contoso.com,FALSE\n`)
  const more = ['--library', 'Owned', '--identity-map', map]
  const task = await addTask(work, path.join(workspace.path, 'source'), more)
  expect((await run(['agent', 'run', '--once', '--work-dir', work])).exitCode).toBe(0)

  const proof = await run(['verify', task, '--work-dir', work, '--json'])
  expect(documents(proof)[0]).toMatchObject({ routes: { package: { files: 2 } }, receipts: { exact: 2 } })
  expect(await authorOf('known.txt')).toBe('Ann Archer')
  expect(await authorOf('stranger.txt')).toBe(isRoot ? 'System Account' : 'Ann Archer')
  const issues = await issuesByFile(task)
  expect(issues.get('known.txt')).toBe('')
  expect(issues.get('stranger.txt')).toMatch(isRoot ? /RULE_OWNER_UNKNOWN: .*uid:1002/ : /^$/)
})

async function authorOf(file: string): Promise<string | undefined> {
  const { access_token: token } = z.object({ access_token: z.string() }).parse(
    await tenant.control('/identity/token', {
      method: 'POST',
      body: { app: 'Portage practice', resource: 'https://graph.microsoft.com' },
    }),
  )
  const client = graphClient({ port: tenant.port, ca: fs.readFileSync(tenant.caFile, 'utf8'), token })
  const drives = z
    .object({ value: z.array(z.object({ id: z.string(), name: z.string() })) })
    .parse(await client.api('/sites/contoso.sharepoint.com:/sites/finance:/drives').get())
  const drive = drives.value.find(({ name }) => name === 'Owned')?.id ?? ''
  const people = z.object({ createdBy: z.object({ user: z.object({ displayName: z.string() }).optional() }) })
  return people.parse(await client.api(`/drives/${drive}/root:/${file}`).get()).createdBy.user?.displayName
}

async function issuesByFile(task: string): Promise<ReadonlyMap<string, string>> {
  const out = path.join(workspace.path, 'reports')
  expect((await run(['report', 'export', '--task', task, '--out', out, '--work-dir', work])).exitCode).toBe(0)
  const name = fs.readdirSync(out, { recursive: true, encoding: 'utf8' }).find((file) => /ItemReport_R0\.csv$/.test(file))
  const text = fs.readFileSync(path.join(out, name ?? ''), 'utf8').replace(/^\uFEFF/, '')
  const { data } = Papa.parse<Record<string, string>>(text, { header: true, skipEmptyLines: true })
  return new Map(data.map((row) => [row['File name'] ?? '', row['Scan issues'] ?? '']))
}
