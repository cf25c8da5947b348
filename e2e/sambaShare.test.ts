import { createHash } from 'node:crypto'
import fs from 'node:fs'
import https from 'node:https'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { createSmbSource } from '../src/main/adapters/smb/smbSource.ts'
import { addTask, begin, connected, createWorkspace, documents, run, startTenant } from './commandLine.ts'
import { graphClient, readBack } from './graphCopy.ts'
import { type SambaServer, startSamba, whyNoSamba } from './sambaServer.ts'

/**
 * A share on a real Samba server with nested groups, inherited and explicit entries and refusals, and permissions of the share itself, carried
 * with its permissions. Debian as root installs Samba; elsewhere the test says what is missing.
 */
const SLOW_MS = 180_000
const workspace = createWorkspace('samba')
const work = path.join(workspace.path, 'work')
let whyNot: string | undefined
let samba: SambaServer | undefined
let tenant: Awaited<ReturnType<typeof startTenant>> | undefined

/** The practice tenant knows these people and groups by the same SIDs: they are synchronized. */
const DOMAIN = 'S-1-5-21-3623811015-3361044348-30300820'
const sid = (rid: number) => `${DOMAIN}-${rid}`
const [ANN, BOB, CARLA, FRANK] = [sid(1101), sid(1102), sid(1103), sid(1104)]
/** Ann and Bob. */
const STAFF = sid(1201)
/** Of the file server alone: the group Staff, and Frank. */
const WRITERS = sid(3001)
const LEFT = sid(9999)
const [FULL, MODIFY, READ] = ['0x1f01ff', '0x1301bf', '0x1200a9']

const allow = (who: string, mask: string, flags = 'OICI') => `(A;${flags};${mask};;;${who})`
const deny = (who: string, mask: string, flags = 'OICI') => `(D;${flags};${mask};;;${who})`
const list = (flags: string, ...entries: readonly string[]) => `O:${ANN}G:${DOMAIN}-513D:${flags}${entries.join('')}`
const INHERITED = [allow(ANN, FULL, 'OICIID'), allow(WRITERS, MODIFY, 'OICIID'), allow(CARLA, MODIFY, 'OICIID')]
const INHERITED_BY_FILES = [allow(ANN, FULL, 'ID'), allow(WRITERS, MODIFY, 'ID'), allow(CARLA, MODIFY, 'ID')]

const LISTS: Readonly<Record<string, string>> = {
  Data: list('PAI', allow(ANN, FULL), allow(WRITERS, MODIFY), allow(CARLA, MODIFY)),
  'Data/a b;c.txt': list('AI', ...INHERITED_BY_FILES),
  'Data/Open': list('AI', ...INHERITED),
  'Data/Open/-ünïcode 😀 %41.txt': list('AI', ...INHERITED_BY_FILES),
  'Data/Open/secret.txt': list('PAI', allow(ANN, FULL, ''), allow(FRANK, READ, '')),
  'Data/Payroll': list('AI', deny(BOB, FULL), ...INHERITED),
  'Data/Payroll/2026.bin': list('AI', deny(BOB, FULL, 'ID'), ...INHERITED_BY_FILES),
  'Data/Board': list('PAI', allow(CARLA, FULL), allow(BOB, READ), allow(LEFT, READ)),
  'Data/Board/minutes.txt': list('AI', allow(CARLA, FULL, 'ID'), allow(BOB, READ, 'ID'), allow(LEFT, READ, 'ID')),
  'Data/Handed down': list('AI', allow(BOB, FULL, 'OICIIO'), ...INHERITED),
  'Data/Handed down/for Bob': list('AI', allow(BOB, FULL, 'OICIID'), ...INHERITED),
}

/**
 * Who may do what afterwards, as a person works it out from the lists above and the share's own permissions (everybody reads, Writers change,
 * Ann has full control). undefined = like the folder above.
 */
const EXPECTED: Readonly<Record<string, Readonly<Record<string, string>> | undefined>> = {
  // Carla may modify by her entry, but the share lets her only read. Writers are nobody in the tenant: its members get what it has.
  // Whoever breaks the inheritance of a folder that it shares with others keeps what it had there: the app.
  '': {
    'ann@contoso.com': 'Full Control',
    'Finance staff': 'Contribute',
    'frank@contoso.com': 'Contribute',
    'carla@contoso.com': 'Read',
    'Portage practice': 'Full Control',
  },
  'a b;c.txt': undefined,
  Open: undefined,
  'Open/-ünïcode 😀 %41.txt': undefined,
  'Open/secret.txt': { 'ann@contoso.com': 'Full Control', 'frank@contoso.com': 'Read' },
  // Bob is refused: of Staff, Ann is left.
  Payroll: { 'ann@contoso.com': 'Full Control', 'frank@contoso.com': 'Contribute', 'carla@contoso.com': 'Read' },
  'Payroll/2026.bin': undefined,
  // Whoever has left is nobody there; what he had stays behind and is told.
  Board: { 'carla@contoso.com': 'Read', 'bob@contoso.com': 'Read' },
  'Board/minutes.txt': undefined,
  // An entry that is only handed down says nothing about the folder that carries it.
  'Handed down': undefined,
  'Handed down/for Bob': {
    'ann@contoso.com': 'Full Control',
    'Finance staff': 'Contribute',
    'frank@contoso.com': 'Contribute',
    // Full by his entry, but the share lets him change only.
    'bob@contoso.com': 'Contribute',
    'carla@contoso.com': 'Read',
  },
}

const contentOf = (name: string): Buffer =>
  name === 'Payroll/2026.bin'
    ? Buffer.from(Uint8Array.from({ length: 3_000_001 }, (_, at) => at % 251))
    : Buffer.from(`content of ${name}`)

beforeAll(async () => {
  whyNot = whyNoSamba()
  if (whyNot !== undefined) return
  // The helpers of the server work as the person who asks.
  fs.chmodSync(workspace.path, 0o711)
  const folder = path.join(workspace.path, 'server')
  samba = await startSamba(folder, {
    domainSid: DOMAIN,
    people: { ann: 1101, bob: 1102, carla: 1103, frank: 1104, reader: 1190 },
    groups: { Staff: { rid: 1201, members: ['ann', 'bob'] } },
    aliases: { Writers: { rid: 3001, members: [STAFF, FRANK] } },
    share: 'Projects',
    sharePermissions: ['S-1-1-0:ALLOWED/0x0/READ', `${WRITERS}:ALLOWED/0x0/CHANGE`, `${ANN}:ALLOWED/0x0/FULL`],
    reader: 'reader',
  })
  for (const name of Object.keys(LISTS)) {
    const file = path.join(samba.folder, name)
    if (!/\.(txt|bin)$/.test(name)) fs.mkdirSync(file, { recursive: true })
    else fs.writeFileSync(file, contentOf(name.slice('Data/'.length)))
  }
  samba.setLists(LISTS)
  tenant = await startTenant()
  await connected(tenant, work)
}, SLOW_MS)

afterAll(async () => {
  await samba?.stop()
  await tenant?.close()
  workspace.remove()
})

async function store(password: string): Promise<void> {
  const address = `smb://127.0.0.1:${samba?.port}/Projects`
  const setting = begin(['source', 'credentials', 'set', address, '--user', 'reader', '--work-dir', work, '--json'], {
    input: `${password}\n`,
  })
  expect((await setting.ended).exitCode).toBe(0)
}

test('what is on the share arrives, and afterwards everybody may do what share and file system gave together', {
  timeout: SLOW_MS,
}, async ({ skip }) => {
  if (!samba || !tenant) return skip(whyNot)
  const source = `smb://127.0.0.1:${samba.port}/Projects/Data`
  await store('not the password')
  const refused = await run(['scan', source, '--work-dir', work, '--json'])
  expect(refused.exitCode).not.toBe(0)
  expect(refused.stdout).toMatch(/SRC_NO_ACCESS.*stored account.*credentials set/)
  await store(samba.password)
  await addTask(work, source, ['--permissions', 'all', '--folder', 'Moved'])
  const agent = await run(['agent', 'run', '--once', '--work-dir', work, '--json'], { env: { PORTAGE_LOG: 'debug' } })
  // Somebody who has left could read the minutes, which is told.
  expect(agent.exitCode, agent.stderr).toBe(3)
  expect(documents(agent).at(-1)).toMatchObject({ status: 'completedWithIssues' })

  const token = tokenSchema.parse(await tenant.control('/identity/token', { method: 'POST', body: {} })).access_token
  const client = graphClient({ port: tenant.port, ca: fs.readFileSync(tenant.caFile, 'utf8'), token })
  const arrived = await readBack(client, '/sites/contoso.sharepoint.com:/sites/finance:/drive/root:/Moved')
  expect([...arrived.keys()].sort()).toEqual(Object.keys(EXPECTED).filter(Boolean).sort())
  for (const [name, { isFolder, sha256 }] of arrived)
    if (!isFolder) expect([name, sha256]).toEqual([name, createHash('sha256').update(contentOf(name)).digest('hex')])

  const roles: Record<string, Readonly<Record<string, string>> | undefined> = {}
  for (const name of Object.keys(EXPECTED)) roles[name] = await rolesOf(name, arrived.get(name)?.isFolder ?? true)
  expect(roles).toEqual(EXPECTED)

  // Everything that this install leaves behind, and all that it said: the password is nowhere in it.
  expect(`${agent.stdout}${agent.stderr}${refused.stdout}${refused.stderr}`).not.toContain(samba.password)
  for (const file of fs.readdirSync(work, { recursive: true, encoding: 'utf8' }).map((name) => path.join(work, name)))
    if (fs.statSync(file).isFile()) expect(fs.readFileSync(file).includes(samba.password), file).toBe(false)
  const listed = await run(['source', 'credentials', 'list', '--work-dir', work, '--json'])
  expect(documents(listed)[0]).toEqual([{ share: '\\\\127.0.0.1\\projects', user: 'reader' }])
})

const tokenSchema = z.looseObject({ access_token: z.string() })
const assignmentsSchema = z.object({
  value: z.array(
    z.object({
      Member: z.object({ LoginName: z.string(), Title: z.string() }),
      RoleDefinitionBindings: z.array(z.object({ Name: z.string() })),
    }),
  ),
})
const uniqueSchema = z.object({ HasUniqueRoleAssignments: z.boolean() })

/** As the tenant's own REST tells them, the site's owners left out; undefined = inherits. */
async function rolesOf(name: string, isFolder: boolean): Promise<Readonly<Record<string, string>> | undefined> {
  const place = `/sites/finance/Shared Documents/Moved${name === '' ? '' : `/${name}`}`
  const by = isFolder ? 'GetFolderByServerRelativePath' : 'GetFileByServerRelativePath'
  const at = `/sites/finance/_api/web/${by}(decodedurl='${encodeURIComponent(place)}')/ListItemAllFields`
  if (!uniqueSchema.parse(await rest(`${at}?$select=HasUniqueRoleAssignments`)).HasUniqueRoleAssignments) return undefined
  const { value } = assignmentsSchema.parse(await rest(`${at}/roleassignments?$expand=Member,RoleDefinitionBindings`))
  return Object.fromEntries(
    value.flatMap(({ Member, RoleDefinitionBindings }) => {
      const held = RoleDefinitionBindings.map((one) => one.Name).filter((role) => role !== 'Limited Access')
      const who = Member.LoginName.startsWith('i:0#.f|membership|') ? (Member.LoginName.split('|').at(-1) ?? '') : Member.Title
      return held.length === 0 || /Owners$/.test(who) ? [] : [[who, held.join('+')]]
    }),
  )
}

async function rest(target: string): Promise<unknown> {
  if (!tenant) throw new Error('There is no tenant.')
  const body = { resource: 'https://contoso.sharepoint.com' }
  const token = tokenSchema.parse(await tenant.control('/identity/token', { method: 'POST', body })).access_token
  const connection = { ca: fs.readFileSync(tenant.caFile, 'utf8'), servername: 'contoso.sharepoint.com' }
  const { port } = tenant
  return await new Promise((resolve, reject) => {
    const headers = {
      host: 'contoso.sharepoint.com',
      authorization: `Bearer ${token}`,
      accept: 'application/json;odata=nometadata',
    }
    https
      .get({ ...connection, host: '127.0.0.1', port, path: target, headers }, (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk
        })
        answer.once('end', () =>
          answer.statusCode === 200 ? resolve(JSON.parse(text)) : reject(new Error(`${target}: ${answer.statusCode} ${text}`)),
        )
      })
      .once('error', reject)
  })
}

test('a server that goes away is waited for, and a file goes on where it was', { timeout: SLOW_MS }, async ({ skip }) => {
  if (!samba) return skip(whyNot)
  const { port, password, folder } = samba
  const login = async () => ({ user: 'reader', domain: '', password })
  const place = { server: '127.0.0.1', port, share: 'Projects', folder: 'Data/Payroll' }
  const source = createSmbSource({ path: `smb://127.0.0.1:${port}/Projects/Data/Payroll`, place, login })
  const { signal } = new AbortController()
  const content = contentOf('Payroll/2026.bin')
  const file = await source.open('2026.bin', signal)
  const bytes = async (start: number, end: number) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of file.read(start, end, signal)) chunks.push(Buffer.from(chunk))
    return Buffer.concat(chunks)
  }
  const same = async (start: number, end: number) =>
    expect((await bytes(start, end)).equals(content.subarray(start, end))).toBe(true)
  await same(1_500_000, 1_500_010)
  await same(0, content.length)

  await samba.kill()
  await expect(bytes(0, 10)).rejects.toMatchObject({ code: 'NET_UNREACHABLE', remedy: { kind: 'retry' } })
  await expect(source.check()).rejects.toMatchObject({ code: 'NET_UNREACHABLE' })
  await expect(source.open('2026.bin', signal)).rejects.toMatchObject({ code: 'NET_UNREACHABLE' })
  await samba.restart()
  await same(2_000_000, content.length)
  expect(await file.restamp()).toEqual(file.stamp)

  fs.writeFileSync(path.join(folder, 'Data/Payroll/2026.bin'), 'shorter')
  await expect(bytes(100, 200)).rejects.toMatchObject({ code: 'SRC_CHANGED_WHILE_READING' })
  expect(await file.restamp()).not.toEqual(file.stamp)
  await file.close()
  await expect(source.open('nothing.bin', signal)).rejects.toMatchObject({ code: 'SRC_VANISHED' })
  const nowhere = createSmbSource({ path: 'nowhere', place: { ...place, folder: 'Data/none' }, login })
  await expect(nowhere.check()).rejects.toMatchObject({ code: 'SRC_NOT_FOUND' })
  const notShared = createSmbSource({ path: 'not shared', place: { ...place, share: 'Other' }, login })
  await expect(notShared.check()).rejects.toMatchObject({ code: 'SRC_NOT_FOUND' })
  const asFrank = createSmbSource({
    path: 'as Frank',
    place: { ...place, folder: 'Data' },
    login: async () => ({ user: 'frank', domain: '', password }),
  })
  await expect(asFrank.open('Board/minutes.txt', signal)).rejects.toMatchObject({ code: 'SRC_NO_ACCESS' })
})
