import fs from 'node:fs'
import path from 'node:path'
import Papa from 'papaparse'
import { afterAll, expect, test } from 'vitest'
import { z } from 'zod'
import { addTask, connected, createWorkspace, documents, run, startTenant } from './commandLine.ts'
import { graphClient } from './graphCopy.ts'

/** A share whose access lists were saved on its server, carried with its permissions, and read back as the people of the tenant. */
const SLOW_MS = 120_000
const workspace = createWorkspace('permissions')
const tenants = new Set<Awaited<ReturnType<typeof startTenant>>>()
afterAll(async () => {
  for (const tenant of tenants) await tenant.close()
  workspace.remove()
})

const ANN = 'S-1-5-21-1-2-3-1101'
const BOB = 'S-1-5-21-1-2-3-1102'
const LEFT = 'S-1-5-21-1-2-3-1999'
const LISTS: Readonly<Record<string, string>> = {
  share: `O:BAD:PAI(A;OICI;FA;;;BA)(A;OICI;0x1301bf;;;${ANN})(A;OICI;0x1200a9;;;${BOB})`,
  'share\\Open': `O:BAD:AI(A;OICIID;FA;;;BA)(A;OICIID;0x1301bf;;;${ANN})(A;OICIID;0x1200a9;;;${BOB})`,
  'share\\Payroll': `O:BAD:PAI(A;OICI;FA;;;BA)(A;OICI;FA;;;${ANN})`,
  'share\\Payroll\\Board': `O:BAD:PAI(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;${BOB})(A;OICI;FR;;;${LEFT})`,
}

const rolesSchema = z.array(z.object({ account: z.string(), role: z.string() }))

test('folders have at the destination who had them at the source, and the report says what did not travel', {
  timeout: SLOW_MS,
}, async () => {
  for (const name of ['a.txt', 'Open/b.txt', 'Payroll/c.txt', 'Payroll/Board/d.txt']) workspace.file(`share/${name}`, name)
  const lists = path.join(workspace.path, 'lists.txt')
  fs.writeFileSync(lists, Object.entries(LISTS).flat().join('\r\n'))
  const map = path.join(workspace.path, 'people.csv')
  fs.writeFileSync(map, `${ANN},ann@contoso.com,FALSE\r\n${BOB},bob@contoso.com,FALSE\r\n`)
  const tenant = await startTenant()
  tenants.add(tenant)
  const work = path.join(workspace.path, 'work')
  await connected(tenant, work)
  const share = path.join(workspace.path, 'share')
  const options = ['--permissions', 'folders', '--access-list', lists, '--identity-map', map, '--folder', 'Moved']
  const task = await addTask(work, share, options)

  const agent = await run(['agent', 'run', '--once', '--work-dir', work, '--json'])
  expect([agent.exitCode, agent.stderr]).toEqual([3, ''])
  expect(documents(agent).at(-1)).toMatchObject({
    status: 'completedWithIssues',
    reason: expect.stringContaining('1 item gives'),
  })

  const out = path.join(workspace.path, 'reports')
  expect((await run(['report', 'export', '--task', task, '--out', out, '--work-dir', work])).exitCode).toBe(0)
  const rows = accessRows(out)
  const byFolder = Map.groupBy(rows, (row) => row.Source?.slice(share.length) ?? '')
  const roles = (folder: string) =>
    rolesSchema
      .parse(
        (byFolder.get(folder) ?? []).filter((row) => row.Role !== '').map((row) => ({ account: row.Account, role: row.Role })),
      )
      .map(({ account, role }) => `${account.split('|').at(-1)} ${role}`)
      .sort()
  expect(roles('')).toEqual(['ann@contoso.com contribute', 'bob@contoso.com read'])
  expect(roles('/Open')).toEqual([])
  expect(roles('/Payroll')).toEqual(['ann@contoso.com fullControl'])
  expect(roles('/Payroll/Board')).toEqual(['bob@contoso.com read'])
  expect(rows.some((row) => row.Account === LEFT && row.Note?.includes('nobody at the destination'))).toBe(true)

  // What the people themselves see is what counts.
  expect(await names(tenant, 'bob@contoso.com', 'Moved')).toEqual(['Open', 'a.txt'])
  expect(await names(tenant, 'bob@contoso.com', 'Moved/Payroll/Board')).toEqual(['d.txt'])
  expect(await names(tenant, 'ann@contoso.com', 'Moved/Payroll')).toEqual(['c.txt'])
  await expect(names(tenant, 'ann@contoso.com', 'Moved/Payroll/Board')).rejects.toMatchObject({ statusCode: 403 })
})

const DOMAIN = 'S-1-5-21-3623811015-3361044348-30300820'
const FINANCE_ALL = `${DOMAIN}-1203`
const FINANCE_STAFF = `${DOMAIN}-1201`
const CARLA = `${DOMAIN}-1103`
const STRANGER = `${DOMAIN}-4711`

const matrixSchema = z.array(
  z.object({ sourcePath: z.string(), name: z.string().optional(), before: z.string(), after: z.string(), change: z.string() }),
)
const identitiesSchema = z.object({
  identities: z.array(z.object({ source: z.string(), way: z.string(), target: z.string().optional(), listedCount: z.number() })),
})
const scanSchema = z.object({ issues: z.array(z.object({ code: z.string(), itemCount: z.number() })) })

test('synchronized accounts need no mapping, and a refusal to a group inside a group leaves out exactly its people', {
  timeout: SLOW_MS,
}, async () => {
  for (const name of ['plan.txt', 'Board/secret.txt', 'Board/Open/x.txt', 'Wide/y.txt']) workspace.file(`deny/${name}`, name)
  const lists = path.join(workspace.path, 'deny.txt')
  const all = `(A;OICI;0x1301bf;;;${FINANCE_ALL})`
  const saved: Readonly<Record<string, string>> = {
    deny: `O:BAD:PAI(A;OICI;FA;;;BA)${all}`,
    'deny\\Board': `O:BAD:PAI(D;OICI;FA;;;${FINANCE_STAFF})(A;OICI;FA;;;BA)${all}(A;OICI;0x1200a9;;;${STRANGER})`,
    'deny\\Board\\Open': `O:BAD:PAI(A;OICI;FA;;;BA)(A;OICI;FR;;;${CARLA})`,
    'deny\\Wide': `O:BAD:PAI(D;OICI;FA;;;${FINANCE_STAFF})(A;OICI;0x1200a9;;;WD)`,
  }
  fs.writeFileSync(lists, Object.entries(saved).flat().join('\r\n'))
  const tenant = await startTenant()
  tenants.add(tenant)
  const work = path.join(workspace.path, 'denyWork')
  await connected(tenant, work)
  const share = path.join(workspace.path, 'deny')
  const options = ['--permissions', 'folders', '--access-list', lists]

  // The scan says who could do what and can afterwards, before anything moves.
  const out = path.join(workspace.path, 'denyScan')
  const scan = await run(['scan', share, ...options, '--out', out, '--work-dir', work, '--json'])
  expect(scan.exitCode, scan.stderr).toBe(0)
  const { issues } = scanSchema.parse(documents(scan).at(-1))
  expect(Object.fromEntries(issues.map(({ code, itemCount }) => [code, itemCount]))).toMatchObject({
    RULE_ACCESS_UNDECIDED: 1,
    RULE_ACCOUNT_UNKNOWN: 1,
  })
  const matrix = matrixSchema.parse(JSON.parse(fs.readFileSync(path.join(out, 'AccessMatrix.json'), 'utf8')))
  const at = (folder: string) =>
    matrix
      .filter(({ sourcePath }) => sourcePath.endsWith(folder))
      .map(({ name, before, after, change }) => `${name} ${before} ${after} ${change}`)
      .sort()
  expect(at('Board')).toEqual([
    'Finance all modify members equal',
    'Finance staff none none equal',
    'ann@contoso.com none none equal',
    'bob@contoso.com none none equal',
    'carla@contoso.com modify contribute equal',
    'frank@contoso.com modify contribute equal',
    'undefined read none less',
  ])
  const identities = fs.readFileSync(path.join(out, 'IdentityReport_R0.csv'), 'utf8')
  expect(identities).toMatch(new RegExp(`${FINANCE_ALL},[^\r\n]*Finance all,"?Directory, by SID"?`))
  expect(identities).toMatch(new RegExp(`${STRANGER},[^\r\n]*nobody,Nobody knows it`))

  // Whom nobody knows is settled for the whole project, by file or by hand.
  const list = async (...more: readonly string[]) => {
    const ran = await run(['identity', 'list', ...more, '--work-dir', work, '--json'])
    expect([ran.exitCode, ran.stderr]).toEqual([0, ''])
    return identitiesSchema.parse(documents(ran).at(-1)).identities
  }
  expect(await list('--unmapped')).toEqual([expect.objectContaining({ source: STRANGER, way: 'unknown', listedCount: 1 })])
  expect((await list()).map(({ source, way, target }) => [source, way, target])).toEqual(
    expect.arrayContaining([
      [FINANCE_ALL, 'sid', 'Finance all'],
      [CARLA, 'sid', 'carla@contoso.com'],
      ['S-1-1-0', 'rule', 'everyone'],
    ]),
  )
  const settled = path.join(workspace.path, 'settled.csv')
  fs.writeFileSync(settled, `${STRANGER},dan@contoso.com,FALSE\r\nCORP\\gone,Finance staff,TRUE\r\n`)
  expect((await run(['identity', 'import', settled, '--work-dir', work])).exitCode).toBe(0)
  const exported = path.join(workspace.path, 'exported.csv')
  expect((await run(['identity', 'export', '--out', exported, '--work-dir', work])).exitCode).toBe(0)
  expect(fs.readFileSync(exported, 'utf8').split('\r\n').sort()).toEqual(fs.readFileSync(settled, 'utf8').split('\r\n').sort())
  expect(documents(await run(['identity', 'unmap', 'corp\\GONE', '--work-dir', work, '--json']))).toEqual([{ removed: 1 }])
  expect(await list('--unmapped')).toEqual([])

  // Whoever wants to be asked is asked before anything moves.
  const target = ['--folder', 'Denied']
  const asking = await addTask(work, share, [...options, ...target, '--on-deny', 'ask'])
  const refusedRun = await run(['agent', 'run', '--once', '--work-dir', work, '--json'])
  expect(refusedRun.exitCode).not.toBe(0)
  expect(JSON.stringify(documents(refusedRun).at(-1))).toMatch(/Wide/)
  await expect(names(tenant, 'admin@contoso.com', 'Denied/Board')).rejects.toMatchObject({ statusCode: 404 })

  // The decision is a setting of the task.
  await run(['task', 'retry', asking, '--work-dir', work])
  const decided = await run(['task', 'edit', asking, '--on-deny', 'narrow', '--work-dir', work, '--json'])
  expect([decided.exitCode, decided.stderr]).toEqual([0, ''])
  const agent = await run(['agent', 'run', '--once', '--work-dir', work, '--json'])
  expect(documents(agent).at(-1)).toMatchObject({ status: 'completedWithIssues' })
  expect(await names(tenant, 'carla@contoso.com', 'Denied/Board')).toEqual(['Open', 'secret.txt'])
  expect(await names(tenant, 'carla@contoso.com', 'Denied/Board/Open')).toEqual(['x.txt'])
  expect(await names(tenant, 'bob@contoso.com', 'Denied')).toEqual(['plan.txt'])
  for (const [who, folder] of [
    ['ann', 'Board'],
    ['bob', 'Board'],
    ['frank', 'Board/Open'],
    ['carla', 'Wide'],
  ])
    await expect(names(tenant, `${who}@contoso.com`, `Denied/${folder}`)).rejects.toMatchObject({ statusCode: 403 })
  expect(await names(tenant, 'frank@contoso.com', 'Denied/Board')).toEqual(['secret.txt'])
  expect(await names(tenant, 'dan@contoso.com', 'Denied/Board')).toEqual(['secret.txt'])
})

function accessRows(folder: string): Record<string, string>[] {
  const file = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((name) => name.includes('AccessReport_R0'))
  if (file === undefined) throw new Error(`no access report in ${fs.readdirSync(folder)}`)
  return Papa.parse<Record<string, string>>(fs.readFileSync(path.join(folder, file), 'utf8').replace(/^\uFEFF/, ''), {
    header: true,
    skipEmptyLines: true,
  }).data
}

const tokenSchema = z.looseObject({ access_token: z.string() })
const childrenSchema = z.object({ value: z.array(z.object({ name: z.string() })) })

/** What a person of the tenant finds in a folder, with Microsoft's own client. */
async function names(tenant: Awaited<ReturnType<typeof startTenant>>, upn: string, folder: string): Promise<string[]> {
  const token = tokenSchema.parse(await tenant.control('/identity/token', { method: 'POST', body: { upn } }))
  const ca = fs.readFileSync(tenant.caFile, 'utf8')
  const client = graphClient({ port: tenant.port, ca, token: token.access_token })
  const answer: unknown = await client.api(`/sites/contoso.sharepoint.com:/sites/finance:/drive/root:/${folder}:/children`).get()
  return childrenSchema
    .parse(answer)
    .value.map(({ name }) => name)
    .sort()
}
