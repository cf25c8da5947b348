import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startTestTenant, type TestTenant } from '../testing/testTenant.ts'

const GRAPH = 'https://graph.microsoft.com/v1.0'
const ANN_SID = 'S-1-5-21-3623811015-3361044348-30300820-1101'
let tenant: TestTenant

beforeAll(async () => {
  tenant = await startTestTenant({ seed: 1 })
})
afterAll(() => tenant.close())

const page = z.looseObject({ value: z.array(z.looseObject({})), '@odata.nextLink': z.string().optional() })
const errorBody = z.object({ error: z.looseObject({ code: z.string(), message: z.string() }) })
async function call(path: string, options: { as?: string; headers?: Record<string, string>; scopes?: string[] } = {}) {
  const token = tenant.token({
    ...(options.as === undefined ? {} : { as: options.as }),
    ...(options.scopes === undefined ? {} : { scopes: options.scopes }),
  })
  const url = path.startsWith('https:') ? path : `${GRAPH}${path}`
  return tenant.fetchAt(url.replaceAll(' ', '%20'), { token, headers: options.headers ?? {} })
}
const values = async (...args: Parameters<typeof call>) => {
  const reply = await call(...args)
  expect(reply.status).toBe(200)
  return page.parse(reply.json()).value
}
const refusal = async (...args: Parameters<typeof call>) => {
  const reply = await call(...args)
  return { status: reply.status, ...errorBody.parse(reply.json()).error }
}
const ADVANCED = { consistencylevel: 'eventual' }

describe('who is signed in', () => {
  test('/me needs a person; SID and account name only on $select', async () => {
    expect((await call('/me', { as: 'ann' })).json()).toMatchObject({ userPrincipalName: 'ann@contoso.com' })
    expect((await call('/me', { as: 'ann' })).json()).not.toHaveProperty('onPremisesSecurityIdentifier')
    expect((await call('/me?$select=onPremisesSecurityIdentifier', { as: 'ann' })).json()).toMatchObject({
      onPremisesSecurityIdentifier: ANN_SID,
    })
    expect(await refusal('/me')).toMatchObject({ status: 400 })
  })
  test('administrators have their role, others none', async () => {
    const path = '/me/transitiveMemberOf/microsoft.graph.directoryRole?$select=id,displayName,roleTemplateId'
    expect(await values(path, { as: 'spadmin' })).toMatchObject([
      { '@odata.type': '#microsoft.graph.directoryRole', roleTemplateId: 'f28a1f50-f6e7-4571-818b-6a12f2af6b6c' },
    ])
    expect(await values(path, { as: 'ann' })).toEqual([])
    expect(await values('/users/admin@contoso.com/transitiveMemberOf/microsoft.graph.directoryRole')).toHaveLength(1)
  })
  test('teams joined, and their channels', async () => {
    const [team] = await values('/me/joinedTeams', { as: 'ann' })
    expect(team).toMatchObject({ displayName: 'Projects' })
    expect(await values('/me/joinedTeams', { as: 'bob' })).toEqual([])
    const channels = await values(`/teams/${String(team?.id)}/channels?$select=displayName,membershipType`)
    expect(channels).toEqual([
      { displayName: 'General', membershipType: 'standard' },
      { displayName: 'Design', membershipType: 'standard' },
      { displayName: 'Board', membershipType: 'private' },
    ])
    expect(await refusal('/teams/00000000-0000-0000-0000-000000000000/channels')).toMatchObject({ status: 404 })
  })
  test('organization', async () => {
    expect(await values('/organization')).toMatchObject([{ id: tenant.tenantId, displayName: 'Contoso' }])
  })
})

describe('resolving principals', () => {
  test.each([
    [`onPremisesSecurityIdentifier eq '${ANN_SID}'`, ['ann@contoso.com']],
    [
      `onPremisesSecurityIdentifier in ('${ANN_SID}','S-1-5-21-3623811015-3361044348-30300820-1102')`,
      ['ann@contoso.com', 'bob@contoso.com'],
    ],
    ["startswith(userPrincipalName,'ann')", ['ann@contoso.com']],
    ['accountEnabled eq false', ['eve@contoso.com', 'gina@contoso.com']],
    ["mail eq 'bob@contoso.com' or displayName eq 'Ann Archer'", ['ann@contoso.com', 'bob@contoso.com']],
  ])('users by %s', async (filter, upns) => {
    const found = await values(`/users?$filter=${filter}&$select=userPrincipalName`)
    expect(found.map((user) => user.userPrincipalName)).toEqual(upns)
  })
  test.each(["onPremisesSamAccountName eq 'ann'", "userPrincipalName ne 'ann@contoso.com'", "endswith(mail,'contoso.com')"])(
    '%s needs ConsistencyLevel and $count',
    async (filter) => {
      expect(await refusal(`/users?$filter=${filter}`)).toMatchObject({ status: 400, code: 'Request_UnsupportedQuery' })
      expect(await refusal(`/users?$filter=${filter}`, { headers: ADVANCED })).toMatchObject({ status: 400 })
      expect((await values(`/users?$filter=${filter}&$count=true`, { headers: ADVANCED })).length).toBeGreaterThan(0)
    },
  )
  test.each(["contains(displayName,'A')", "nope eq 'x'", 'displayName like x', "displayName eq 'x"])(
    '%s is a 400',
    async (filter) => {
      expect((await refusal(`/users?$filter=${filter}`)).status).toBe(400)
    },
  )
  test.each(['$top=1000', '$top=0', '$skip=1', '$expand=manager', '$select=nope', '$skiptoken=x'])(
    '%s is a 400',
    async (query) => {
      expect((await refusal(`/users?${query}`)).status).toBe(400)
    },
  )
  test('a group cannot be found by SID, but by paging', async () => {
    expect(
      await refusal("/groups?$filter=onPremisesSecurityIdentifier eq 'S-1-5-21-3623811015-3361044348-30300820-1201'"),
    ).toMatchObject({
      status: 400,
      code: 'Request_UnsupportedQuery',
      message:
        "Unsupported or invalid query filter clause specified for property 'onPremisesSecurityIdentifier' of resource 'Group'.",
    })
    const names: unknown[] = []
    let next: string | undefined = '/groups?$select=displayName,onPremisesSecurityIdentifier&$top=1'
    while (next !== undefined) {
      const body: z.infer<typeof page> = page.parse((await call(next)).json())
      names.push(...body.value.map((group) => group.displayName))
      next = body['@odata.nextLink']
    }
    expect(names).toContain('Finance staff')
    expect(new Set(names).size).toBeGreaterThan(1)
    expect(await values("/groups?$filter=groupTypes/any(c:c eq 'Unified')&$select=displayName")).toContainEqual({
      displayName: 'Projects',
    })
  })
})

describe('people and groups that make a mapping hard', () => {
  const groupId = async (name: string) => {
    const [group] = await values(`/groups?$filter=displayName eq '${name}'&$select=id`)
    return String(group?.id)
  }
  const names = (found: readonly Record<string, unknown>[]) => found.map((each) => each.displayName)

  test('a mail that is not the user name, a guest, somebody who has gone', async () => {
    expect(await values("/users?$filter=mail eq 'frank.fischer@contoso.com'&$select=userPrincipalName")).toEqual([
      { userPrincipalName: 'frank@contoso.com' },
    ])
    expect((await call('/users/frank.fischer@contoso.com')).status).toBe(404)
    const [guest] = await values("/users?$filter=userType eq 'Guest'&$select=userPrincipalName,mail,userType")
    expect(guest).toMatchObject({ mail: 'helga@fabrikam.com', userPrincipalName: expect.stringContaining('#EXT#@') })
    expect((await call(`/users/${encodeURIComponent(String(guest?.userPrincipalName))}`)).status).toBe(200)
    const gone = "/users?$filter=onPremisesSecurityIdentifier eq 'S-1-5-21-3623811015-3361044348-30300820-1105'"
    expect(await values(`${gone}&$select=displayName,accountEnabled`)).toEqual([
      { displayName: 'Gina Gone', accountEnabled: false },
    ])
  })

  test('groups inside groups: direct members of both kinds, everybody inside, memberships either way', async () => {
    const all = await groupId('Finance all')
    const direct = await values(`/groups/${all}/members`)
    expect(names(direct)).toEqual(['Frank Fischer', 'Finance staff', 'Finance leads'])
    expect(direct.map((each) => each['@odata.type'])).toEqual([
      '#microsoft.graph.user',
      '#microsoft.graph.group',
      '#microsoft.graph.group',
    ])
    const inside = await values(`/groups/${all}/transitiveMembers/microsoft.graph.user?$select=displayName&$count=true`, {
      headers: ADVANCED,
    })
    expect(new Set(names(inside))).toEqual(new Set(['Ann Archer', 'Bob Baker', 'Carla Cortez', 'Frank Fischer']))
    const nested = `/groups/${all}/members/microsoft.graph.group?$select=displayName`
    expect(await refusal(nested)).toMatchObject({ status: 400, code: 'Request_UnsupportedQuery' })
    expect(names(await values(`${nested}&$count=true`, { headers: ADVANCED }))).toHaveLength(2)
    const cast = 'microsoft.graph.group?$select=displayName'
    expect(names(await values(`/users/ann@contoso.com/memberOf/${cast}`))).not.toContain('Finance all')
    expect(names(await values(`/users/ann@contoso.com/transitiveMemberOf/${cast}`))).toContain('Finance all')
  })

  test('by the SID of the cloud, people and groups alike', async () => {
    for (const kind of ['users', 'groups']) {
      const [first] = await values(`/${kind}?$select=id,securityIdentifier&$top=1`)
      expect(String(first?.securityIdentifier)).toMatch(/^S-1-12-1-/)
      expect(await values(`/${kind}?$filter=securityIdentifier eq '${String(first?.securityIdentifier)}'&$select=id`)).toEqual([
        { id: first?.id },
      ])
    }
  })
})

test('rights: others cannot be read with User.Read, unknown ids are 404', async () => {
  expect((await call('/users/ann@contoso.com', { as: 'ann', scopes: ['User.Read'] })).status).toBe(200)
  expect(await refusal('/users/bob@contoso.com', { as: 'ann', scopes: ['User.Read'] })).toMatchObject({
    status: 403,
    code: 'Authorization_RequestDenied',
  })
  expect(await refusal('/users/nobody@contoso.com')).toMatchObject({ status: 404, code: 'Request_ResourceNotFound' })
})
