import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { UserRecord } from '../identity/directory.ts'
import { startTestTenant, type TestTenant, type TokenChoice } from '../testing/testTenant.ts'

const GRAPH = 'https://graph.microsoft.com/v1.0'
const SID = 'S-1-5-21-3623811015-3361044348-30300820'
const ADVANCED = { consistencylevel: 'eventual' }
let world: TestTenant

beforeAll(async () => {
  world = await startTestTenant({ seed: 2, frozenAtMs: Date.UTC(2026, 7, 20) })
})
afterAll(() => world.close())

const page = z.looseObject({ value: z.array(z.looseObject({})) })
const error = z.object({ error: z.looseObject({ code: z.string(), message: z.string() }) })

function ask(path: string, options: { token?: TokenChoice; headers?: Record<string, string>; json?: object } = {}) {
  return world.fetchAt(`${GRAPH}${path.replaceAll(' ', '%20')}`, {
    token: world.token(options.token),
    headers: options.headers ?? {},
    ...(options.json === undefined ? {} : { json: options.json }),
  })
}
async function list(...args: Parameters<typeof ask>) {
  const reply = await ask(...args)
  expect(reply.text).not.toContain('"error"')
  return page.parse(reply.json()).value
}
async function refused(...args: Parameters<typeof ask>) {
  const reply = await ask(...args)
  return { status: reply.status, code: error.parse(reply.json()).error.code }
}
function person(name: string, change: Partial<UserRecord>): UserRecord {
  const ann = world.tenant.directory.user('ann@contoso.com')
  if (ann === undefined) throw new Error('The seed has no ann.')
  const user = { ...ann, objectId: world.tenant.random.guid(), upn: `${name}@contoso.com`, displayName: name, ...change }
  world.tenant.directory.addUser(user)
  return user
}
const groupNamed = (name: string) => {
  const group = world.tenant.directory.groups().find(({ displayName }) => displayName === name)
  if (group === undefined) throw new Error(`The seed has no group ${name}.`)
  return group.objectId
}
const userNamed = (name: string) => world.tenant.directory.user(`${name}@contoso.com`)?.objectId ?? ''

describe('finding somebody', () => {
  test('a SAM account name is unique in its domain alone', async () => {
    person('emea-frank', {
      onPremisesSid: `${SID}-9001`,
      onPremisesSamAccountName: 'ffischer',
      onPremisesDomainName: 'emea.contoso.com',
    })
    const found = (filter: string) =>
      list(`/users?$filter=${filter}&$count=true&$select=userPrincipalName`, { headers: ADVANCED })
    expect(await found("onPremisesSamAccountName eq 'FFISCHER'")).toHaveLength(2)
    expect(await found("onPremisesSamAccountName eq 'ffischer' and onPremisesDomainName eq 'emea.contoso.com'")).toEqual([
      { userPrincipalName: 'emea-frank@contoso.com' },
    ])
  })

  test('fifteen alternatives and no more without the advanced query capabilities', async () => {
    const sids = Array.from({ length: 16 }, (_, index) => `'${SID}-${1101 + index}'`)
    const among = (count: number) => `/users?$filter=onPremisesSecurityIdentifier in (${sids.slice(0, count).join(',')})`
    const either = (count: number) =>
      `/users?$filter=${sids
        .slice(0, count)
        .map((sid) => `onPremisesSecurityIdentifier eq ${sid}`)
        .join(' or ')}`
    for (const filter of [among, either]) {
      expect(await list(filter(15))).toHaveLength(5)
      expect(await refused(filter(16))).toEqual({ status: 400, code: 'Request_UnsupportedQuery' })
      expect(await list(`${filter(16)}&$count=true`, { headers: ADVANCED })).toHaveLength(5)
    }
  })

  test('a synced group tells its domain, one of the cloud none', async () => {
    const shown = 'onPremisesDomainName,onPremisesNetBiosName,onPremisesSamAccountName'
    expect((await ask(`/groups/${groupNamed('Finance all')}?$select=${shown}`)).json()).toMatchObject({
      onPremisesDomainName: 'corp.contoso.com',
      onPremisesNetBiosName: 'CORP',
      onPremisesSamAccountName: 'FinanceAll',
    })
    expect((await ask(`/groups/${groupNamed('Partners')}?$select=${shown}`)).json()).toMatchObject({
      onPremisesDomainName: null,
      onPremisesNetBiosName: null,
    })
  })

  test('somebody who was deleted is found in the recycle bin of the directory for 30 days', async () => {
    const gone = person('gone', { onPremisesSid: `${SID}-9002`, deletedAtMs: world.tenant.clock.now() })
    expect(await list(`/users?$filter=onPremisesSecurityIdentifier eq '${SID}-9002'`)).toEqual([])
    expect((await ask('/users/gone@contoso.com')).status).toBe(404)
    expect((await ask(`/users/${gone.objectId}`)).status).toBe(404)
    const bin = '/directory/deletedItems/microsoft.graph.user?$select=userPrincipalName,deletedDateTime'
    expect(await list(bin)).toEqual([
      { userPrincipalName: `${gone.objectId.replaceAll('-', '')}gone@contoso.com`, deletedDateTime: '2026-08-20T00:00:00Z' },
    ])
    world.tenant.clock.advance(30 * 24 * 3_600_000)
    expect(await list(bin)).toEqual([])
  })
})

describe('by ids', () => {
  test('objects of both kinds in one request; what is not there is left out', async () => {
    const ids = [userNamed('ann'), groupNamed('Partners'), '11111111-1111-4111-8111-111111111111']
    const found = await list('/directoryObjects/getByIds', { json: { ids } })
    expect(found.map((each) => [each['@odata.type'], each.displayName])).toEqual([
      ['#microsoft.graph.user', 'Ann Archer'],
      ['#microsoft.graph.group', 'Partners'],
    ])
    expect(await list('/directoryObjects/getByIds', { json: { ids, types: ['group'] } })).toHaveLength(1)
  })

  test('a thousand ids, all of them ids, types that exist, and the right to read the directory', async () => {
    const many = (count: number) => ({ ids: Array.from({ length: count }, () => '11111111-1111-4111-8111-111111111111') })
    const path = '/directoryObjects/getByIds'
    expect(await list(path, { json: many(1_000) })).toEqual([])
    expect(await refused(path, { json: many(1_001) })).toEqual({ status: 400, code: 'Request_BadRequest' })
    expect((await refused(path, { json: { ids: ['ann'] } })).status).toBe(400)
    expect((await refused(path, { json: { ids: [], types: ['printer'] } })).status).toBe(400)
    expect((await refused(path, { json: many(1), token: { roles: ['User.Read.All', 'Group.Read.All'] } })).status).toBe(403)
  })
})

describe('memberships', () => {
  const groupIds = z.object({ value: z.array(z.string()) })
  test('getMemberGroups tells the ids of all groups, or of those that can be given permissions', async () => {
    const all = groupIds.parse(
      (await ask('/users/ann@contoso.com/getMemberGroups', { json: { securityEnabledOnly: false } })).json(),
    )
    const secure = groupIds.parse(
      (await ask('/users/ann@contoso.com/getMemberGroups', { json: { securityEnabledOnly: true } })).json(),
    )
    expect(all.value).toEqual(
      expect.arrayContaining([groupNamed('Projects'), groupNamed('Finance staff'), groupNamed('Finance all')]),
    )
    expect(new Set(secure.value)).toEqual(new Set([groupNamed('Finance staff'), groupNamed('Finance all')]))
    const ofGroup = await ask(`/groups/${groupNamed('Finance staff')}/getMemberGroups`, { json: { securityEnabledOnly: true } })
    expect(groupIds.parse(ofGroup.json()).value).toEqual([groupNamed('Finance all')])
    const oneRight = { json: { securityEnabledOnly: true }, token: { roles: ['User.Read.All'] } }
    expect((await refused('/users/ann@contoso.com/getMemberGroups', oneRight)).status).toBe(403)
  })

  test('a filter or a cast over members is an advanced query; a Microsoft 365 group has no groups inside', async () => {
    const members = `/groups/${groupNamed('Finance all')}/transitiveMembers`
    for (const query of ["?$filter=startswith(displayName,'Ann')", '/microsoft.graph.user']) {
      expect(await refused(`${members}${query}`)).toEqual({ status: 400, code: 'Request_UnsupportedQuery' })
      const counted = `${members}${query}${query.includes('?') ? '&' : '?'}$count=true`
      expect((await list(counted, { headers: ADVANCED })).length).toBeGreaterThan(0)
    }
    const inside = `/groups/${groupNamed('Projects')}/members/microsoft.graph.group?$count=true`
    expect(await refused(inside, { headers: ADVANCED })).toEqual({ status: 400, code: 'Request_UnsupportedQuery' })
  })

  test('members that the caller may not read are ids; with basic rights their names', async () => {
    const members = `/groups/${groupNamed('Finance staff')}/members?$select=id,displayName,onPremisesSamAccountName`
    const as = (...roles: string[]) => list(members, { token: { roles } })
    const id = userNamed('ann')
    expect(await as('GroupMember.Read.All')).toContainEqual(expect.objectContaining({ id, displayName: null }))
    expect(await as('GroupMember.Read.All', 'User.ReadBasic.All')).toContainEqual(
      expect.objectContaining({ id, displayName: 'Ann Archer', onPremisesSamAccountName: null }),
    )
    expect(await as('GroupMember.Read.All', 'User.Read.All')).toContainEqual(
      expect.objectContaining({ id, displayName: 'Ann Archer', onPremisesSamAccountName: 'ann' }),
    )
    const memberships = await list('/users/ann@contoso.com/memberOf', { token: { roles: ['User.Read.All'] } })
    expect(memberships).toContainEqual(expect.objectContaining({ id: groupNamed('Finance staff'), displayName: null }))
  })
})

test('User.ReadBasic.All: names and addresses, neither SIDs nor whether an account is enabled', async () => {
  const token = { roles: ['User.ReadBasic.All'] }
  const [ann] = await list("/users?$filter=userPrincipalName eq 'ann@contoso.com'", { token })
  expect(ann).toMatchObject({ displayName: 'Ann Archer', mail: 'ann@contoso.com' })
  for (const query of ['$select=accountEnabled', `$filter=onPremisesSecurityIdentifier eq '${SID}-1101'`])
    expect(await refused(`/users?${query}`, { token })).toEqual({ status: 403, code: 'Authorization_RequestDenied' })
  expect((await refused('/users', { token: { roles: ['GroupMember.Read.All'] } })).status).toBe(403)
  expect((await refused('/groups', { token: { roles: ['User.Read.All'] } })).status).toBe(403)
})

test('the directory counts units of its own: fewer for $select and small pages, 3,500 in ten seconds for a small tenant', async () => {
  const small = await startTestTenant({ seed: 3, throttling: true, licences: 10, frozenAtMs: Date.UTC(2026, 7, 20) })
  try {
    const token = small.token()
    const cost = async (path: string) => {
      const reply = await small.fetchAt(`${GRAPH}${path}`, { token })
      return { status: reply.status, unit: Number(reply.headers['x-ms-resource-unit']), reply }
    }
    const group = small.tenant.directory.groups()[0]?.objectId
    expect((await cost('/users')).unit).toBe(2)
    expect((await cost('/users?$select=id')).unit).toBe(1)
    expect((await cost(`/groups/${group}/transitiveMembers`)).unit).toBe(5)
    expect((await cost(`/groups/${group}/transitiveMembers?$top=5&$select=id`)).unit).toBe(3)
    let sent = 11
    while (sent + 5 <= 3_500) sent += (await cost(`/groups/${group}/transitiveMembers`)).unit
    const { status, reply } = await cost(`/groups/${group}/transitiveMembers`)
    expect(status).toBe(429)
    expect(reply.headers['x-ms-throttle-information']).toBe('ResourceUnitLimitExceeded')
    expect(small.tenant.clock.now()).toBe(Date.UTC(2026, 7, 20))
    small.tenant.clock.advance(10_000)
    expect((await cost('/users')).status).toBe(200)
  } finally {
    await small.close()
  }
})
