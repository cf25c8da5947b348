import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DriveClient, listOf } from '../testing/driveClient.ts'
import {
  CONTRIBUTE,
  fileItem,
  folderItem,
  idBody,
  type PermissionClient,
  person,
  READ,
  startPermissionClient,
} from '../testing/permissionClient.ts'

/** Who can be granted something: people, groups, guests; invitations by Graph. */

const SITE = 'https://contoso.sharepoint.com/sites/finance'
let client: PermissionClient
let drive: DriveClient
beforeAll(async () => {
  client = await startPermissionClient()
  drive = client.drive
})
afterAll(() => drive.close())

const rest: PermissionClient['rest'] = (...args) => client.rest(...args)
const post: PermissionClient['post'] = (...args) => client.post(...args)
const ok: PermissionClient['ok'] = (...args) => client.ok(...args)
const ensure: PermissionClient['ensure'] = (...args) => client.ensure(...args)
const roles: PermissionClient['roles'] = (...args) => client.roles(...args)
const grant: PermissionClient['grant'] = (...args) => client.grant(...args)
const breakOff: PermissionClient['breakOff'] = (...args) => client.breakOff(...args)
const reach: PermissionClient['reach'] = (...args) => client.reach(...args)
const tree: PermissionClient['tree'] = (...args) => client.tree(...args)

describe('principals', () => {
  test('have ids of their own in every site', async () => {
    await ensure(person('carla'))
    const here = await ensure(person('ann'))
    const there = await ensure(person('ann'), 'https://contoso.sharepoint.com/sites/hr')
    expect((await rest(`web/getuserbyid(${here})`)).json()).toMatchObject({ LoginName: person('ann') })
    expect(there).not.toBe(here)
  })

  test('security groups grant their members, also those of groups inside; guests are not everyone', async () => {
    const { directory } = drive.world.tenant
    await tree('G')
    await tree('G-open')
    const folder = folderItem('G')
    await breakOff(folder)
    const group = (name: string) => directory.groups().find((each) => each.displayName === name)?.objectId ?? ''
    await ok(grant(folder, await ensure(`c:0t.c|tenant|${group('Finance all')}`), READ))
    // ann by Finance staff inside Finance all, carla by Finance leads, frank directly.
    for (const name of ['ann', 'carla', 'frank']) expect(await reach(name, 'G/a.txt')).toEqual([200, 403])
    expect(await reach('dan', 'G/a.txt')).toEqual([403, 403])
    const guest = directory.users().find((user) => user.isGuest === true)?.upn ?? ''
    expect(await reach(guest, 'G-open/a.txt')).toEqual([403, 403])
    await ok(grant(folder, await ensure(`i:0#.f|membership|${guest.toLowerCase()}`), READ))
    expect(await reach(guest, 'G/a.txt')).toEqual([200, 403])
  })

  test('a mail that is no user name is not found; the claim for everyone can be turned off', async () => {
    const byMail = await rest('web/ensureuser', { json: { logonName: 'frank.fischer@contoso.com' } })
    expect(byMail.text).toContain('The specified user frank.fischer@contoso.com could not be found.')
    const everyone = `c:0-.f|rolemanager|spo-grid-all-users/${drive.world.tenantId}`
    await ensure(everyone)
    drive.switchOn('everyoneRefused')
    expect((await rest('web/ensureuser', { json: { logonName: everyone } })).text).toContain('could not be found')
    drive.world.server.faults.clear()
  })

  test('SharePoint groups are made, filled, used and taken away', async () => {
    await tree('S')
    const made = await ok(rest('web/sitegroups', { json: { Title: 'Auditors' } }))
    expect(made.status).toBe(201)
    const groupId = idBody.parse(made.json()).Id
    expect((await rest('web/sitegroups', { json: { Title: 'auditors' } })).text).toContain('already in use')
    await breakOff(folderItem('S'))
    await ok(grant(folderItem('S'), groupId, READ))
    expect(await reach('bob', 'S/a.txt')).toEqual([403, 403])
    await ok(rest(`web/sitegroups(${groupId})/users`, { json: { LoginName: person('bob') } }))
    expect(await reach('bob', 'S/a.txt')).toEqual([200, 403])
    await ok(post(`web/sitegroups(${groupId})/users/removeByLoginName(@v)?@v='${encodeURIComponent(person('bob'))}'`))
    expect(await reach('bob', 'S/a.txt')).toEqual([403, 403])
    await ok(post(`web/sitegroups/removebyid(${groupId})`))
    expect((await rest(`web/sitegroups(${groupId})`)).status).toBe(404)
    expect(Object.keys(await roles(folderItem('S')))).not.toContain('Auditors')
    expect((await rest('web?$expand=AssociatedOwnerGroup&$select=AssociatedOwnerGroup/Id')).json()).toEqual({
      AssociatedOwnerGroup: { Id: 3 },
    })
  })

  test('roles have the same ids everywhere and names in the language of the site', async () => {
    const site = 'https://contoso.sharepoint.com/sites/werk'
    const named = async (at: string) => (await rest('web/roledefinitions?$select=Id,Name,RoleTypeKind', { site: at })).text
    expect(await named(SITE)).toContain('"Contribute"')
    expect(await named(site)).toContain('{"Id":1073741827,"Name":"Mitwirken","RoleTypeKind":3}')
    expect((await rest("web/roledefinitions/getbyname('Contribute')", { site })).status).toBe(404)
    expect((await rest('web/roledefinitions/getbytype(3)?$select=Id', { site })).json()).toEqual({ Id: CONTRIBUTE })
    expect((await rest('web/sitegroups?$select=Title', { site })).text).toContain('Besitzer von Werk')
    expect((await rest('web?$select=Language', { site })).json()).toEqual({ Language: 1031 })
    expect((await rest("web/getlist('/sites/werk/Freigegebene Dokumente')?$select=Title", { site })).json()).toEqual({
      Title: 'Dokumente',
    })
  })
})

describe('invitations by Graph', () => {
  const invite = (path: string, json: object, as?: string) =>
    drive.call(`${drive.base}/root:/${path}:/invite`, {
      json: { requireSignIn: true, sendInvitation: false, ...json },
      ...(as === undefined ? {} : { as: { as } }),
    })

  test('grant read, write or owner, keep or drop what was inherited', async () => {
    await tree('I')
    const reply = await invite('I/a.txt', { recipients: [{ email: 'frank.fischer@contoso.com' }], roles: ['read'] })
    expect(reply.status).toBe(200)
    expect(listOf(reply.data.value)).toMatchObject([
      { roles: ['read'], grantedToV2: { user: { email: 'frank.fischer@contoso.com' } } },
    ])
    expect(Object.keys(await roles(fileItem('I/a.txt')))).toEqual(expect.arrayContaining(['Finance Owners', person('frank')]))
    await invite('I/inner', {
      recipients: [{ objectId: drive.world.tenant.directory.user('carla@contoso.com')?.objectId }],
      roles: ['write'],
      retainInheritedPermissions: false,
    })
    expect(await roles(folderItem('I/inner'))).toEqual({ [person('carla')]: [CONTRIBUTE] })
    const [own] = listOf((await drive.call(`${drive.base}/root:/I/inner:/permissions`)).data.value)
    expect((await drive.call(`${drive.base}/root:/I/inner:/permissions/${String(own?.id)}`, { method: 'DELETE' })).status).toBe(
      204,
    )
    expect(await roles(folderItem('I/inner'))).toEqual({})
    const [inherited] = listOf((await drive.call(`${drive.base}/root:/I:/permissions`)).data.value)
    expect((await drive.call(`${drive.base}/root:/I:/permissions/${String(inherited?.id)}`, { method: 'DELETE' })).status).toBe(
      400,
    )
  })

  test('are refused without sign-in, to strangers, by those who may not; can be without effect', async () => {
    await tree('J')
    const to = { recipients: [{ email: 'bob@contoso.com' }], roles: ['read'] }
    expect((await invite('J/a.txt', { ...to, requireSignIn: false })).problem).toMatchObject({
      status: 400,
      innerCode: 'sharingFailed',
    })
    expect((await invite('J/a.txt', { ...to, sendInvitation: true })).status).toBe(501)
    expect((await invite('J/a.txt', { ...to, recipients: [{ email: 'who@else.com' }] })).status).toBe(400)
    expect((await invite('J/a.txt', to, 'bob')).status).toBe(403)
    drive.switchOn('inviteIgnored')
    expect((await invite('J/a.txt', to)).status).toBe(200)
    expect((await rest(`${fileItem('J/a.txt')}/HasUniqueRoleAssignments`)).json()).toMatchObject({ value: false })
    drive.world.server.faults.clear()
    drive.switchOn('inviteRefused')
    expect((await invite('J/a.txt', to)).problem).toMatchObject({ status: 400, innerCode: 'sharingFailed' })
    drive.world.server.faults.clear()
  })
})

test('every call about principals and invitations that changes rights costs five resource units, and none was unknown', () => {
  const rows = drive.world.journal()
  const heavy = rows.filter(({ route }) => /roleAssignment|Inheritance|permission\.|group\.(create|add|remove)/.test(route ?? ''))
  expect(new Set(heavy.map((row) => row.resourceUnits))).toEqual(new Set([5]))
  expect(rows.filter(({ unknown, defect, status }) => (unknown === true && status !== 501) || defect !== undefined)).toEqual([])
})
