import { describe, expect, test } from 'vitest'
import { taskSettingsSchema } from '../../../shared/domain/settings.ts'
import { GROUP_SPLIT_MAX } from '../../../shared/limits.ts'
import type { Directory, DirectoryAccount } from '../ports/directory.ts'
import type { SourceAccount } from '../ports/source.ts'
import { AccountFinder, type AccountFinderParts } from './accountFinder.ts'
import { GroupMembers } from './groupMembers.ts'

const signal = new AbortController().signal
const DOMAIN = 'S-1-5-21-1-1-1'
const ANN = `${DOMAIN}-1101`
const BOB = `${DOMAIN}-1102`
const CAT = `${DOMAIN}-1103`
const STAFF = `${DOMAIN}-2001`
const LOCAL = 'S-1-5-21-9-9-9-1001'
const OLD = 'S-1-5-21-8-8-8-1101'

const person = (name: string, sid?: string, more: Partial<DirectoryAccount> = {}): DirectoryAccount => ({
  id: `id-${name}`,
  kind: 'person',
  displayName: name,
  upn: `${name}@contoso.com`,
  sids: sid === undefined ? [] : [sid],
  samName: name,
  domains: ['corp.contoso.com'],
  isEnabled: true,
  ...more,
})
const staff = person('staff', STAFF, { kind: 'securityGroup', upn: undefined })

class FakeDirectory implements Directory {
  readonly asked: string[] = []
  isAllowed = true
  readonly #accounts: readonly DirectoryAccount[]
  readonly #members: readonly DirectoryAccount[]

  constructor(accounts: readonly DirectoryAccount[], members: readonly DirectoryAccount[] = []) {
    this.#accounts = accounts
    this.#members = members
  }

  async #find(values: readonly string[], keysOf: (account: DirectoryAccount) => readonly (string | undefined)[]) {
    this.asked.push(values.join(' '))
    if (!this.isAllowed) return undefined
    return new Map(
      values.flatMap((value) => {
        const key = value.toLowerCase()
        const found = this.#accounts.filter((account) => keysOf(account).some((one) => one?.toLowerCase() === key))
        return found.length === 0 ? [] : [[key, found] as const]
      }),
    )
  }

  bySid = (sids: readonly string[]) => this.#find(sids, (one) => one.sids)
  byUpn = (upns: readonly string[]) => this.#find(upns, (one) => [one.upn])
  bySamName = (names: readonly string[]) => this.#find(names, (one) => [one.samName])
  groupsNamed = (names: readonly string[]) => this.#find(names, (one) => (one.upn === undefined ? [one.displayName, one.id] : []))
  members = async (id: string) =>
    id === staff.id && this.isAllowed
      ? { people: this.#members, groups: [], directIds: this.#members.map((one) => one.id) }
      : undefined
}

function finder(
  change: Partial<Omit<AccountFinderParts, 'settings'>> & { readonly settings?: Partial<AccountFinderParts['settings']> } = {},
  names: Readonly<Record<string, readonly string[]>> = {},
) {
  return new AccountFinder({
    projectMap: [],
    directory: new FakeDirectory([person('ann', ANN), person('bob', BOB), staff]),
    signal,
    ...change,
    access: change.access ?? { accountSpellings: (sid) => [sid, ...(names[sid] ?? [])] },
    settings: { ...taskSettingsSchema.parse({}), ...change.settings },
  })
}

async function found(finding: AccountFinder, sid: string) {
  await finding.meet([sid])
  const { way, target, suggestions } = finding.resolutionOf(sid)
  return { way, target, suggestions: suggestions.map(({ id }) => id) }
}

describe('an account of the source', () => {
  test.each([
    ['by its SID', ANN, {}, 'sid', { kind: 'person', upn: 'ann@contoso.com' }],
    ['a group by its SID', STAFF, {}, 'sid', { kind: 'group', name: 'id-staff' }],
    [
      'by its user principal name',
      OLD,
      { [OLD]: ['BOB@contoso.com'] },
      'userPrincipalName',
      { kind: 'person', upn: 'bob@contoso.com' },
    ],
    ['by NetBIOS name and domain', OLD, { [OLD]: ['CORP\\Bob'] }, 'samName', { kind: 'person', upn: 'bob@contoso.com' }],
    ['by DNS name and domain', OLD, { [OLD]: ['corp.contoso.com\\bob'] }, 'samName', { kind: 'person', upn: 'bob@contoso.com' }],
    ['the SID goes before the name', ANN, { [ANN]: ['CORP\\bob'] }, 'sid', { kind: 'person', upn: 'ann@contoso.com' }],
    ['everybody by rule', 'S-1-1-0', {}, 'rule', { kind: 'everyone' }],
    ['administrators by rule', 'S-1-5-32-544', {}, 'rule', { kind: 'ignored' }],
    ['nobody', OLD, { [OLD]: ['CORP\\zoe'] }, 'unknown', { kind: 'nobody' }],
  ])('%s', async (_name, sid, names, way, target) => {
    expect(await found(finder({}, names), sid)).toEqual({ way, target, suggestions: [] })
  })

  test('a name of another domain is a suggestion, and never taken', async () => {
    expect(await found(finder({}, { [OLD]: ['FABRIKAM\\bob'] }), OLD)).toEqual({
      way: 'otherDomain',
      target: { kind: 'nobody' },
      suggestions: ['id-bob'],
    })
  })

  test('two that answer decide nothing', async () => {
    const directory = new FakeDirectory([person('ann', ANN), person('anna', ANN)])
    expect(await found(finder({ directory }), ANN)).toEqual({
      way: 'ambiguous',
      target: { kind: 'nobody' },
      suggestions: ['id-ann', 'id-anna'],
    })
  })

  test('a row of the task goes before one of the project, and both before rule and directory', async () => {
    const row = (source: string, target: string) => ({ source, target, isGroup: false })
    const settings = { identityMap: [row(ANN, 'task@contoso.com')] }
    const projectMap = [
      row(ANN, 'project@contoso.com'),
      row('S-1-1-0', 'all@contoso.com'),
      row('CORP\\bob', 'robert@contoso.com'),
    ]
    const mapped = finder({ settings, projectMap }, { [BOB]: ['corp\\BOB'] })
    await mapped.meet([ANN, BOB, 'S-1-1-0'])
    expect([ANN, BOB, 'S-1-1-0'].map((sid) => mapped.resolutionOf(sid).target)).toEqual([
      { kind: 'person', upn: 'task@contoso.com' },
      { kind: 'person', upn: 'robert@contoso.com' },
      { kind: 'person', upn: 'all@contoso.com' },
    ])
  })

  test('rules can be changed; groups of a domain are looked up unless a rule says otherwise', async () => {
    expect((await found(finder(), `${DOMAIN}-513`)).way).toBe('unknown')
    const settings = { accountRules: { domainUsers: 'everyone', administrators: 'siteOwners' } } as const
    expect((await found(finder({ settings }), `${DOMAIN}-513`)).target).toEqual({ kind: 'everyone' })
    expect((await found(finder({ settings }), 'S-1-5-32-544')).target).toEqual({ kind: 'siteOwners' })
  })

  test('orphans: nobody, or who the rule names; an account with a name is none', async () => {
    const settings = { orphans: 'archive@contoso.com' }
    expect(await found(finder({ settings }), OLD)).toMatchObject({ way: 'orphanRule', target: { upn: 'archive@contoso.com' } })
    expect((await found(finder({ settings }, { [OLD]: ['CORP\\zoe'] }), OLD)).way).toBe('unknown')
    expect((await found(finder(), OLD)).target).toEqual({ kind: 'nobody' })
  })

  test('a directory that may not be read, or shall not, is said so', async () => {
    const directory = new FakeDirectory([person('ann', ANN)])
    directory.isAllowed = false
    expect((await found(finder({ directory }), ANN)).way).toBe('notAllowed')
    const unasked = new FakeDirectory([person('ann', ANN)])
    expect((await found(finder({ directory: unasked, settings: { lookUpAccounts: false } }), ANN)).way).toBe('notAsked')
    expect(unasked.asked).toEqual([])
  })

  test('many are asked for at once, and each once', async () => {
    const directory = new FakeDirectory([person('ann', ANN)])
    const finding = finder({ directory })
    await finding.meet([ANN, BOB, ANN, 'S-1-1-0'])
    await finding.meet([BOB, ANN])
    expect(directory.asked).toEqual([`${ANN} ${BOB}`])
  })
})

describe('who belongs to a group', () => {
  const atSource = (accounts: readonly SourceAccount[]): AccountFinderParts['access'] => ({
    accountSpellings: (sid) => [sid],
    accounts: async (sids) => new Map(accounts.filter(({ sid }) => sids.includes(sid)).map((account) => [account.sid, account])),
  })
  const account = (sid: string, kind: SourceAccount['kind'], memberSids?: readonly string[]): SourceAccount => ({
    sid,
    kind,
    names: [`HOST\\${sid}`],
    ...(memberSids === undefined ? {} : { memberSids }),
  })

  async function members(finding: AccountFinder, directory: Directory, sids: readonly string[]) {
    await finding.meet(sids)
    const membership = new GroupMembers({ finder: finding, directory, signal })
    await membership.meet(sids)
    return membership
  }

  test('a local group of the file server is opened up, groups inside it are looked up', async () => {
    const access = atSource([account(LOCAL, 'localGroup', [STAFF, ANN]), account(ANN, 'person')])
    const finding = finder({ access })
    expect(await found(finding, LOCAL)).toMatchObject({ way: 'members', target: { kind: 'members', sids: [STAFF, ANN] } })
    expect(finding.resolutionOf(STAFF).target).toEqual({ kind: 'group', name: 'id-staff' })
  })

  test.each([
    [GROUP_SPLIT_MAX, 'members'],
    [GROUP_SPLIT_MAX + 1, 'unknown'],
  ])('a group of %i members that only the server knows is found by %s', async (count, way) => {
    const group = `${DOMAIN}-3333`
    const access = atSource([
      account(
        group,
        'group',
        Array.from({ length: count }, (_, index) => `${DOMAIN}-${5000 + index}`),
      ),
    ])
    expect((await found(finder({ access }), group)).way).toBe(way)
    // Whom the directory knows is not opened up.
    expect((await found(finder({ access: atSource([account(STAFF, 'group', [ANN])]) }), STAFF)).way).toBe('sid')
  })

  test('the directory tells people of all depths; a person is only itself', async () => {
    const directory = new FakeDirectory([person('ann', ANN), staff], [person('ann', ANN), person('cloud')])
    const known = await members(finder({ directory }), directory, [STAFF, ANN])
    expect(known.membersOf(STAFF)).toEqual(new Set([STAFF, 'id:id-staff', 'id:id-ann', ANN, 'id:id-cloud']))
    expect(known.peopleOf(STAFF)).toEqual([ANN, 'id:id-cloud'])
    expect(known.membersOf(ANN)).toEqual(new Set([ANN, 'id:id-ann']))
    expect(known.peopleOf(ANN)).toBeUndefined()
    expect(known.accountBehind('id:id-cloud')?.upn).toBe('cloud@contoso.com')
  })

  test('source and directory count together; a circle of groups ends', async () => {
    const inner = `${DOMAIN}-2002`
    const access = atSource([
      account(STAFF, 'group', [inner, BOB]),
      account(inner, 'group', [STAFF, CAT]),
      account(BOB, 'person'),
      account(CAT, 'person'),
    ])
    const directory = new FakeDirectory([staff, person('bob', BOB)], [person('ann', ANN)])
    const known = await members(finder({ access, directory }), directory, [STAFF])
    expect(known.membersOf(STAFF)).toEqual(new Set([STAFF, 'id:id-staff', inner, BOB, 'id:id-bob', CAT, 'id:id-ann', ANN]))
    expect(known.peopleOf(STAFF)).toEqual([BOB, CAT])
  })

  test('a group inside of which nobody tells the members is not known', async () => {
    const access = atSource([account(LOCAL, 'localGroup', [`${DOMAIN}-7777`]), account(`${DOMAIN}-7777`, 'group')])
    const directory = new FakeDirectory([])
    const known = await members(finder({ access, directory }), directory, [LOCAL])
    expect(known.membersOf(LOCAL)).toBeUndefined()
    expect((await members(finder(), directory, [OLD])).membersOf(OLD)).toBeUndefined()
  })
})
