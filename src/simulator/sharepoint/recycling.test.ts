import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type DriveClient, listOf, startDriveClient } from '../testing/driveClient.ts'
import type { WireReply, WireRequest } from '../testing/testTenant.ts'

const SITE = 'https://contoso.sharepoint.com/sites/finance'
const DAY_MS = 24 * 3_600_000
const LIBRARY = '/sites/finance/Shared Documents'

let drive: DriveClient
beforeAll(async () => {
  drive = await startDriveClient()
})
afterAll(() => drive.close())

function rest(path: string, init: WireRequest & { readonly as?: string } = {}): Promise<WireReply> {
  const { as, ...request } = init
  return drive.world.fetchAt(`${SITE}/_api/${path}`.replaceAll(' ', '%20'), {
    token: drive.world.token({ resource: 'sharepoint', ...(as === undefined ? {} : { as }) }),
    headers: { accept: 'application/json;odata=nometadata' },
    ...request,
  })
}
const post = (path: string, as?: string) => rest(path, { method: 'POST', body: '', ...(as === undefined ? {} : { as }) })

const entries = z.object({
  value: z.array(
    z.looseObject({ Id: z.string(), LeafName: z.string(), DirName: z.string(), Size: z.string(), ItemType: z.number() }),
  ),
})
const bin = async (query = '', as?: string) =>
  entries.parse((await rest(`site/RecycleBin${query}`, as === undefined ? {} : { as })).json()).value
const inBin = async (name: string) => (await bin()).find((entry) => entry.LeafName === name)
const item = async (path: string) => (await drive.call(`${drive.base}/root:/${encodeURI(path)}`)).data
const idOf = async (path: string) => String((await item(path)).id)
const remove = async (path: string) => drive.call(`${drive.base}/items/${await idOf(path)}`, { method: 'DELETE' })

/** The changes since `link`, by name, `-` in front of what is gone; and the link for the next ones. */
async function changes(link: string): Promise<{ readonly ids: readonly string[]; readonly next: string }> {
  const { data } = await drive.call(link)
  const ids = listOf(data.value).map((each) => `${each.deleted === undefined ? '' : '-'}${String(each.id)}`)
  return { ids, next: String(data['@odata.deltaLink']) }
}

describe('what Graph deletes', () => {
  test('lies in the bin and comes back with its id, versions and permissions; delta tells both', async () => {
    await drive.put('plan.txt', 'one')
    await drive.put('plan.txt', 'second')
    const before = await item('plan.txt')
    const address = `web/GetFileByServerRelativePath(decodedurl='${LIBRARY}/plan.txt')/ListItemAllFields`
    await post(`${address}/breakroleinheritance(copyRoleAssignments=true)`)
    const { next } = await changes(`${drive.base}/root/delta?token=latest`)
    expect((await remove('plan.txt')).status).toBe(204)
    expect((await drive.call(`${drive.base}/items/${String(before.id)}`)).status).toBe(404)
    const gone = await changes(next)
    expect(gone.ids).toEqual([`-${String(before.id)}`])
    expect(await inBin('plan.txt')).toMatchObject({
      DirName: 'sites/finance/Shared Documents',
      Size: '6',
      ItemType: 1,
      ItemState: 1,
      DeletedByName: 'Portage practice',
    })
    expect((await post(`site/RecycleBin('${(await inBin('plan.txt'))?.Id}')/restore()`)).status).toBe(200)
    const after = await item('plan.txt')
    expect(after).toMatchObject({ id: before.id, eTag: before.eTag, cTag: before.cTag, size: 6 })
    expect(listOf((await drive.call(`${drive.base}/items/${String(before.id)}/versions`)).data.value)).toHaveLength(2)
    expect((await rest(`${address}/HasUniqueRoleAssignments`)).json()).toMatchObject({ value: true })
    expect((await changes(gone.next)).ids).toEqual([String(before.id)])
    expect(await inBin('plan.txt')).toBeUndefined()
  })

  test('a folder comes back whole; what had been deleted inside before stays in the bin', async () => {
    await drive.folder('', 'tree')
    await drive.folder('tree', 'inner')
    await drive.put('tree/a.txt', 'aa')
    await drive.put('tree/inner/b.txt', 'bbb')
    await remove('tree/a.txt')
    await remove('tree')
    expect(await inBin('tree')).toMatchObject({ ItemType: 5, Size: '3' })
    await post(`web/RecycleBin('${(await inBin('tree'))?.Id}')/restore()`)
    expect(await item('tree')).toMatchObject({ size: 3, folder: { childCount: 1 } })
    expect((await drive.call(`${drive.base}/root:/tree/inner/b.txt:/content`)).status).toBe(302)
    expect(await inBin('a.txt')).toMatchObject({ DirName: 'sites/finance/Shared Documents/tree' })
  })

  test('comes back into a folder made again when that is gone, and not over a name that is taken', async () => {
    await drive.folder('', 'lost')
    await drive.put('lost/x.txt', 'x')
    await remove('lost/x.txt')
    await remove('lost')
    await post(`site/RecycleBin('${(await inBin('x.txt'))?.Id}')/restore()`)
    expect((await drive.call(`${drive.base}/root:/lost/x.txt`)).status).toBe(200)
    const refused = await post(`site/RecycleBin('${(await inBin('lost'))?.Id}')/restore()`)
    expect(refused.status).toBe(400)
    expect(refused.text).toContain('already exists')
  })

  test('counts against the storage until it is purged, by hand or after 93 days', async () => {
    const used = async () => (await drive.call(`${drive.base}?$select=quota`)).data.quota as Record<string, number>
    const before = await used()
    await drive.put('big.bin', Buffer.alloc(50_000))
    await drive.put('old.bin', Buffer.alloc(30_000))
    await remove('big.bin')
    expect(await used()).toMatchObject({ used: (before.used ?? 0) + 80_000, deleted: (before.deleted ?? 0) + 50_000 })
    await post(`site/RecycleBin('${(await inBin('big.bin'))?.Id}')/deleteObject()`)
    expect(await used()).toMatchObject({ used: (before.used ?? 0) + 30_000, deleted: before.deleted })
    await remove('old.bin')
    drive.world.tenant.clock.advance(93 * DAY_MS - 1)
    expect(await inBin('old.bin')).toBeDefined()
    drive.world.tenant.clock.advance(1)
    expect(await bin()).toEqual([])
    expect((await used()).deleted).toBe(0)
  })
})

describe('the bin', () => {
  test('takes what REST recycles, not what it deletes; permanentDelete passes it by', async () => {
    for (const name of ['r.txt', 'd.txt', 'p.txt']) await drive.put(name, name)
    const file = (name: string) => `web/GetFileByServerRelativePath(decodedurl='${LIBRARY}/${name}')`
    const recycled = z.object({ value: z.string() }).parse((await post(`${file('r.txt')}/recycle()`)).json())
    await rest(file('d.txt'), { method: 'DELETE' })
    await drive.call(`${drive.base}/items/${await idOf('p.txt')}/permanentDelete`, { method: 'POST', body: '' })
    expect((await bin()).map((entry) => [entry.LeafName, entry.Id])).toEqual([['r.txt', recycled.value]])
    expect(await bin("?$filter=LeafName eq 'other'")).toEqual([])
    expect((await rest('site/RecycleBin', { method: 'GET' })).status).toBe(200)
    expect((await post("site/RecycleBin('00000000-0000-4000-8000-000000000000')/restore()")).status).toBe(404)
  })

  test('shows people what they deleted themselves, its second stage to administrators alone', async () => {
    await drive.put('anns.txt', 'a')
    await drive.call(`${drive.base}/items/${await idOf('anns.txt')}`, { method: 'DELETE', as: { as: 'ann' } })
    const names = async (as: string) => (await bin('', as)).map((entry) => entry.LeafName)
    expect(await names('ann')).toEqual(['anns.txt'])
    expect(await names('bob')).toEqual([])
    await post(`site/RecycleBin('${(await inBin('anns.txt'))?.Id}')/moveToSecondStage()`)
    expect(await names('ann')).toEqual([])
    expect(await names('admin')).toContain('anns.txt')
    const ids = (await bin()).map((entry) => entry.Id)
    expect((await rest('site/RecycleBin/RestoreByIds', { json: { ids: [ids[0], 'x'] } })).status).toBe(404)
    expect((await rest('site/RecycleBin/RestoreByIds', { json: { ids } })).status).toBe(200)
    expect(await bin()).toEqual([])
  })
})

describe('moves by REST', () => {
  test('of files and folders keep ids and versions; names taken are refused, overwritten or kept beside', async () => {
    await drive.folder('', 'from')
    await drive.folder('', 'to')
    await drive.put('from/m.txt', '1')
    await drive.put('from/m.txt', '22')
    const before = await item('from/m.txt')
    const source = `web/GetFileByServerRelativePath(decodedurl='${LIBRARY}/from/m.txt')`
    expect((await post(`${source}/moveto(newurl='${LIBRARY}/to/n.txt',flags=0)`)).status).toBe(200)
    const after = await item('to/n.txt')
    expect(after).toMatchObject({ id: before.id, cTag: before.cTag })
    expect(after.eTag).not.toBe(before.eTag)
    expect(listOf((await drive.call(`${drive.base}/items/${String(before.id)}/versions`)).data.value)).toHaveLength(2)
    await drive.put('from/n.txt', 'other')
    const other = `web/GetFileByServerRelativePath(decodedurl='${LIBRARY}/from/n.txt')`
    expect((await post(`${other}/moveto(newurl='${LIBRARY}/to/n.txt',flags=0)`)).text).toContain('already exists')
    const copyUtil = async (json: object, kind = 'File') =>
      rest(`SP.MoveCopyUtil.Move${kind}ByPath(overwrite=@a1)?@a1=false`, { json })
    const path = (name: string) => ({ DecodedUrl: `https://contoso.sharepoint.com${LIBRARY}/${name}` })
    expect(
      (await copyUtil({ srcPath: path('from/n.txt'), destPath: path('to/n.txt'), options: { KeepBoth: true } })).status,
    ).toBe(200)
    expect(await item('to/n 1.txt')).toMatchObject({ size: 5 })
    expect((await copyUtil({ srcPath: path('to'), destPath: path('from/to'), options: {} }, 'Folder')).status).toBe(200)
    expect(await item('from/to/n.txt')).toMatchObject({ id: before.id })
    const inside = await post(
      `web/GetFolderByServerRelativePath(decodedurl='${LIBRARY}/from')/moveto(newurl='${LIBRARY}/from/to/x')`,
    )
    expect(inside.status).toBe(400)
    const elsewhere = await post(
      `web/GetFolderByServerRelativePath(decodedurl='${LIBRARY}/from')/moveto(newurl='/sites/finance/Archive/from')`,
    )
    expect(elsewhere.status).toBe(501)
  })
})
