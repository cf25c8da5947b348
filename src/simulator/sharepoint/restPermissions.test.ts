import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type DriveClient, listOf } from '../testing/driveClient.ts'
import {
  CONTRIBUTE,
  FULL,
  fileItem,
  folderItem,
  LIMITED,
  type PermissionClient,
  person,
  READ,
  startPermissionClient,
} from '../testing/permissionClient.ts'

/** Rights by REST, and what they let people do by REST and by Graph. */

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

describe('role assignments', () => {
  test('of a folder: broken off, granted by level, enforced for people by REST and Graph, taken back', async () => {
    await tree('T1')
    const folder = folderItem('T1')
    expect((await rest(`${folder}/HasUniqueRoleAssignments`)).json()).toMatchObject({ value: false })
    await breakOff(folder)
    expect((await rest(`${folder}?$select=HasUniqueRoleAssignments`)).json()).toEqual({ HasUniqueRoleAssignments: true })
    expect(Object.values(await roles(folder))).toEqual([[FULL]])
    expect(await reach('ann', 'T1/a.txt')).toEqual([403, 403])
    await ok(grant(folder, await ensure(person('ann')), READ))
    await ok(grant(folder, await ensure('bob@contoso.com'), CONTRIBUTE))
    expect(await reach('ann', 'T1/a.txt')).toEqual([200, 403])
    expect(await reach('bob', 'T1/inner/b.txt')).toEqual([200, 200])
    expect(await reach('carla', 'T1/inner/b.txt')).toEqual([403, 403])
    const file = "web/GetFileByServerRelativePath(decodedurl='/sites/finance/Shared Documents/T1/a.txt')"
    expect((await rest(`${file}/$value`, { as: 'ann' })).status).toBe(200)
    expect((await rest(`${file}/$value`, { as: 'carla' })).status).toBe(403)
    expect((await rest(file, { as: 'ann', method: 'DELETE' })).status).toBe(403)
    await ok(post(`${folder}/resetroleinheritance()`))
    expect((await rest(`${folder}/HasUniqueRoleAssignments`)).json()).toMatchObject({ value: false })
    expect(await reach('carla', 'T1/a.txt')).toEqual([200, 200])
  })

  test('with a copy keep what was there and add nobody; without one the caller keeps Full Control', async () => {
    await tree('T2')
    const inherited = Object.entries(await roles('web'))
    // Ann and Bob have Limited Access to the web by what they were granted above; that is not taken along.
    expect(inherited.filter(([, ids]) => ids.includes(LIMITED)).map(([login]) => login)).toContain(person('ann'))
    await breakOff(folderItem('T2'), true)
    expect(await roles(folderItem('T2'))).toEqual(Object.fromEntries(inherited.filter(([, ids]) => !ids.includes(LIMITED))))
  })

  test('clearing sub-scopes makes what lies below inherit again, and only that', async () => {
    await tree('C')
    await drive.put('C-beside.txt', 'x')
    for (const item of [folderItem('C/inner'), fileItem('C/inner/b.txt'), fileItem('C-beside.txt')]) await breakOff(item)
    const isUnique = async (item: string) => (await rest(`${item}/HasUniqueRoleAssignments`)).text
    await ok(post(`${folderItem('C')}/breakroleinheritance(copyRoleAssignments=false,clearSubscopes=false)`))
    expect(await isUnique(fileItem('C/inner/b.txt'))).toContain('true')
    await ok(post(`${folderItem('C')}/resetroleinheritance()`))
    await ok(post(`${folderItem('C')}/breakroleinheritance(copyRoleAssignments=false,clearSubscopes=true)`))
    expect(await isUnique(fileItem('C/inner/b.txt'))).toContain('false')
    expect(await isUnique(folderItem('C/inner'))).toContain('false')
    expect(await isUnique(fileItem('C-beside.txt'))).toContain('true')
  })

  test('adding twice changes nothing, roles of one principal add up, one goes or all go', async () => {
    await tree('T3')
    const folder = folderItem('T3')
    await breakOff(folder)
    const ann = await ensure(person('ann'))
    for (const role of [READ, READ, CONTRIBUTE]) await ok(grant(folder, ann, role))
    expect((await roles(folder))[person('ann')]).toEqual([CONTRIBUTE, READ])
    await ok(post(`${folder}/roleassignments/removeroleassignment(principalid=${ann},roledefid=${READ})`))
    expect((await roles(folder))[person('ann')]).toEqual([CONTRIBUTE])
    await ok(
      rest(`${folder}/roleassignments/getbyprincipalid(${ann})`, {
        method: 'POST',
        body: '',
        headers: { accept: 'application/json', 'x-http-method': 'DELETE' },
      }),
    )
    expect((await roles(folder))[person('ann')]).toBeUndefined()
    expect((await rest(`${folder}/roleassignments/getbyprincipalid(${ann})`)).status).toBe(404)
  })

  test('are refused: Limited Access, unknown ids, objects that inherit, callers without Full Control', async () => {
    await tree('T4')
    const folder = folderItem('T4')
    const ann = await ensure(person('ann'))
    expect((await grant(folder, ann, READ)).text).toContain('not allowed on an object that inherits permissions')
    await breakOff(folder)
    expect((await grant(folder, ann, LIMITED)).text).toContain('You cannot grant a user the limited access permission level.')
    expect((await grant(folder, 999_999, READ)).status).toBe(404)
    expect((await grant(folder, ann, 1)).status).toBe(404)
    await ok(grant(folder, ann, CONTRIBUTE))
    expect((await post(`${folder}/resetroleinheritance()`, { as: 'ann' })).status).toBe(403)
  })

  test('inside open the way there by Limited Access, and only the way', async () => {
    const archive = drive.world.tenant.sites.libraries(drive.site.siteId).find((each) => each.title === 'Archive')
    const list = `web/lists(guid'${archive?.listId}')`
    await drive.call(`/drives/${archive?.driveId}/root:/inside/secret.txt:/content`, { method: 'PUT', body: 's' })
    await drive.call(`/drives/${archive?.driveId}/root:/other/open.txt:/content`, { method: 'PUT', body: 'o' })
    await breakOff(list)
    const item = "web/GetFolderByServerRelativePath(decodedurl='/sites/finance/Archive/inside')/ListItemAllFields"
    await breakOff(item)
    const carla = await ensure(person('carla'))
    await ok(grant(item, carla, READ))
    expect((await roles(list))[person('carla')]).toEqual([LIMITED])
    expect((await roles('web'))[person('carla')]).toEqual([LIMITED])
    const seen = async (path: string) =>
      (await drive.call(`/drives/${archive?.driveId}/root:/${path}`, { as: { as: 'carla' } })).status
    expect(await seen('inside/secret.txt')).toBe(200)
    expect(await seen('other/open.txt')).toBe(403)
    expect((await rest('web?$select=Title', { as: 'carla' })).status).toBe(200)
    expect((await rest(`${list}/items`, { as: 'carla' })).status).toBe(403)
    // Graph shows what Limited Access is: nothing.
    const shown = await drive.call(`/drives/${archive?.driveId}/root/permissions`)
    expect(JSON.stringify(shown.data)).not.toContain('carla')
  })

  test('trim listings: children, delta and items leave out what may not be read', async () => {
    await drive.folder('', 'T5')
    await drive.put('T5/open.txt', 'o')
    await drive.put('T5/closed.txt', 'c')
    await breakOff(fileItem('T5/closed.txt'))
    const names = async (path: string, as: string) =>
      listOf((await drive.call(path, { as: { as } })).data.value).map((item) => String(item.name))
    expect(await names(`${drive.base}/root:/T5:/children`, 'ann')).toEqual(['open.txt'])
    expect(await names(`${drive.base}/root:/T5:/children`, 'admin')).toEqual(['closed.txt', 'open.txt'])
    const delta = await names(`${drive.base}/root/delta?$top=1000`, 'ann')
    expect(delta).toContain('open.txt')
    expect(delta).not.toContain('closed.txt')
    const folder = "web/GetFolderByServerRelativePath(decodedurl='/sites/finance/Shared Documents/T5')"
    expect((await rest(`${folder}/Files?$select=Name`, { as: 'ann' })).json()).toEqual({ value: [{ Name: 'open.txt' }] })
    const items = await rest(`web/lists(guid'${drive.library.listId}')/items?$select=FileLeafRef&$top=5000`, { as: 'ann' })
    expect(items.text).toContain('open.txt')
    expect(items.text).not.toContain('closed.txt')
    const moved = await drive.call(`${drive.base}/root:/T5/open.txt`, {
      method: 'PATCH',
      json: { parentReference: { path: '/drive/root:/T1' } },
      as: { as: 'ann' },
    })
    expect(moved.status).toBe(200)
  })

  test('trim rows of generic lists in queries of both kinds and in delta', async () => {
    const listBody = z.looseObject({ Id: z.string() })
    const { Id: listId } = listBody.parse((await ok(rest('web/lists', { json: { Title: 'Rows', BaseTemplate: 100 } }))).json())
    const list = `web/lists(guid'${listId}')`
    for (const Title of ['open', 'closed']) await ok(rest(`${list}/items`, { json: { Title } }))
    await breakOff(`${list}/items(2)`)
    const graph = async (path: string, as: string) =>
      (await drive.call(`/sites/${drive.site.siteId}/lists/${listId}/items${path}`, { as: { as } })).text
    const asked = [
      await graph('?$expand=fields', 'ann'),
      await graph('/delta?$expand=fields', 'ann'),
      (await rest(`${list}/items?$select=Title`, { as: 'ann' })).text,
    ]
    for (const text of asked) {
      expect(text).toContain('open')
      expect(text).not.toContain('closed')
    }
    expect(await graph('?$expand=fields', 'admin')).toContain('closed')
    expect((await rest(`${list}/items(2)`, { as: 'ann' })).status).toBe(403)
  })

  test('masks tell what the caller or somebody else may do', async () => {
    await tree('T6')
    const folder = folderItem('T6')
    await breakOff(folder)
    await ok(grant(folder, await ensure(person('ann')), READ))
    const mask = (High: string, Low: string) => ({ High, Low })
    expect((await rest(`${folder}/EffectiveBasePermissions`, { as: 'ann' })).json()).toMatchObject(mask('176', '138612833'))
    const of = (name: string) => rest(`${folder}/getUserEffectivePermissions(@user)?@user='${encodeURIComponent(person(name))}'`)
    expect((await of('ann')).json()).toMatchObject(mask('176', '138612833'))
    expect((await of('bob')).json()).toMatchObject(mask('0', '0'))
    expect((await of('admin')).json()).toMatchObject({ High: '2147483647' })
    expect((await of('nobody')).status).toBe(404)
  })
})

describe('limits', () => {
  test('of scopes, assignments and items can be made small', async () => {
    await tree('L')
    drive.world.server.faults.add({
      version: 1,
      faults: [
        { name: 'scopes', when: { path: '*/L/inner*' }, do: { action: 'switch', switch: 'uniqueScopeLimit', amount: 1 } },
        { name: 'assignments', when: {}, do: { action: 'switch', switch: 'roleAssignmentLimit', amount: 2 } },
        { name: 'items', when: { path: "*/L'*" }, do: { action: 'switch', switch: 'inheritanceItemLimit', amount: 2 } },
      ],
    })
    const tooLarge = await post(`${folderItem('L')}/breakroleinheritance(copyRoleAssignments=false,clearSubscopes=true)`)
    expect(tooLarge.status).toBe(429)
    expect(tooLarge.text).toContain('too many items within it')
    expect(tooLarge.headers['retry-after']).toBeUndefined()
    const tooMany = await post(`${folderItem('L/inner')}/breakroleinheritance(copyRoleAssignments=false)`)
    expect(tooMany.text).toContain('exceeds the 50000 limit')
    drive.world.server.faults.clear()
    drive.switchOn('roleAssignmentLimit')
    await breakOff(folderItem('L/inner'))
    const refused = await grant(folderItem('L/inner'), await ensure(person('bob')), READ)
    expect(refused.text).toContain('exceeds the 5000 limit')
    drive.world.server.faults.clear()
  })
})

test('every call about permissions costs five resource units, and none was unknown', () => {
  const rows = drive.world.journal()
  const heavy = rows.filter(({ route }) => /roleAssignment|Inheritance|permission\.|group\.(create|add|remove)/.test(route ?? ''))
  expect(new Set(heavy.map((row) => row.resourceUnits))).toEqual(new Set([5]))
  expect(rows.filter(({ unknown, defect, status }) => (unknown === true && status !== 501) || defect !== undefined)).toEqual([])
})
