import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CallReply, type DriveClient, listOf, objectOf, startDriveClient, textOf } from '../testing/driveClient.ts'

/**
 * The requests that rclone's onedrive backend and abraunegg/onedrive send, byte for byte as their sources build them, in the order of
 * a first copy, a second copy of changed files and a check.
 */

let client: DriveClient
let base: string
beforeAll(async () => {
  client = await startDriveClient()
  base = client.base
})
afterAll(() => client.close())

const call: DriveClient['call'] = (path, init) => client.call(path, init)

describe('rclone', () => {
  test('configuration: drives of me, of the root site and of a site by URL, and the root of the choice', async () => {
    expect((await call('/me/drives', { as: { as: 'ann' } })).status).toBe(200)
    expect((await call('/sites/root/drives')).status).toBe(200)
    const site = await call('/sites/root:/sites/finance')
    const drives = await call(`/sites/${textOf(site.data.id)}/drives`)
    expect(listOf(drives.data.value)[0]).toMatchObject({ id: client.library.driveId, driveType: 'documentLibrary' })
    expect((await call('/sites?search=finance')).status).toBe(200)
    expect((await call(`${base}/root`)).data).toMatchObject({ id: client.library.rootItemId, webUrl: expect.any(String) })
  })

  test('about', async () => {
    expect((await call(base)).data.quota).toMatchObject({
      total: expect.any(Number),
      used: 0,
      remaining: expect.any(Number),
      deleted: 0,
    })
  })

  test('mkdir, list, upload, overwrite, set times, move, versions, delete', async () => {
    const root = `${base}/items/${client.library.rootItemId}`
    expect((await call(`${root}:/dst:`)).problem).toMatchObject({ status: 404, code: 'itemNotFound' })
    const made = await call(`${root}/children`, { json: { name: 'dst', folder: {}, '@name.conflictBehavior': 'fail' } })
    expect(made.data.folder).toEqual({ childCount: 0 })
    const folder = `${base}/items/${textOf(made.data.id)}`
    expect((await call(`${folder}/children?$top=1000`)).data.value).toEqual([])

    const first = await upload(`${folder}:/a%20%281%29%20%27x%27.bin:`, Buffer.alloc(700_000, 1), 327_680)
    expect([first.status, first.data.size]).toEqual([201, 700_000])
    expect(objectOf(first.data.fileSystemInfo).lastModifiedDateTime).toBe('2021-11-08T03:57:05Z')
    const second = await upload(`${folder}:/a%20%281%29%20%27x%27.bin:`, Buffer.alloc(10, 2), 327_680)
    expect([second.status, second.data.id]).toEqual([200, first.data.id])

    const empty = await call(`${folder}:/empty.txt:/content`, {
      method: 'PUT',
      body: '',
      headers: { 'content-type': 'text/plain' },
    })
    expect(empty.status).toBe(201)
    const fileSystemInfo = { createdDateTime: '2021-11-08T03:57:05Z', lastModifiedDateTime: '2021-11-08T03:57:05Z' }
    expect((await call(`${folder}:/empty.txt:`, { method: 'PATCH', json: { fileSystemInfo } })).data).toMatchObject({
      fileSystemInfo,
    })

    const listing = await call(`${folder}/children?$top=1000`)
    expect(listOf(listing.data.value).map(({ name }) => name)).toEqual(["a (1) 'x'.bin", 'empty.txt'])
    const parentReference = { driveId: client.library.driveId, id: client.library.rootItemId, path: '', driveType: '' }
    const moved = await call(`${base}/items/${textOf(empty.data.id)}`, {
      method: 'PATCH',
      json: { parentReference, name: 'moved.txt', fileSystemInfo },
    })
    expect(moved.data).toMatchObject({ name: 'moved.txt', id: empty.data.id })

    const versions = await call(`${base}/items/${textOf(first.data.id)}/versions`)
    for (const { id } of listOf(versions.data.value).slice(1)) {
      expect((await call(`${base}/items/${textOf(first.data.id)}/versions/${textOf(id)}`, { method: 'DELETE' })).status).toBe(204)
    }
    const content = await call(`${base}/items/${textOf(first.data.id)}/content`, { headers: { range: 'bytes=0-4' } })
    expect((await client.bare(textOf(content.headers.location), { headers: { range: 'bytes=0-4' } })).bytes).toEqual(
      Buffer.alloc(5, 2),
    )
    expect((await call(`${base}/items/${textOf(moved.data.id)}`, { method: 'DELETE' })).status).toBe(204)
  })

  test('a fragment that was received already: 416, the position, the rest', async () => {
    const { data } = await session(`${base}/items/${client.library.rootItemId}:/again.bin:`)
    const url = textOf(data.uploadUrl)
    const send = (start: number, end: number) =>
      client.bare(url, {
        method: 'PUT',
        body: Buffer.alloc(end - start),
        headers: { 'content-range': `bytes ${start}-${end - 1}/655370` },
      })
    expect((await send(0, 327_680)).status).toBe(202)
    expect((await send(0, 327_680)).status).toBe(416)
    expect((await client.bare(url)).data.nextExpectedRanges).toEqual(['327680-'])
    expect((await send(327_680, 655_360)).status).toBe(202)
    expect((await send(655_360, 655_370)).status).toBe(201)
  })

  test('a recursive listing by delta and its tokens', async () => {
    const all = await call(`${base}/root/delta?token=`)
    const token = new URL(textOf(all.data['@odata.deltaLink'])).searchParams.get('token') ?? ''
    expect((await call(`${base}/root/delta?token=${encodeURIComponent(token)}`)).data.value).toEqual([])
    expect((await call(`${base}/root/delta?token=latest`)).data.value).toEqual([])
  })
})

describe('abraunegg/onedrive', () => {
  const SELECT = 'select=id,name,eTag,cTag,deleted,file,folder,root,fileSystemInfo,remoteItem,parentReference,size'

  test('options without $, encoded slashes, a trailing colon and slash, delta of the root by id', async () => {
    await client.folder('', 'one')
    await client.put('one/two.txt', 'x')
    expect((await call(`${base}/root/?${SELECT}`)).data.id).toBe(client.library.rootItemId)
    expect((await call(`${base}/root:/one%2Ftwo.txt:/?${SELECT}`)).data.name).toBe('two.txt')
    const item = await call(`${base}/root:/one%2Ftwo.txt?${SELECT}`)
    expect(item.data).not.toHaveProperty('webUrl')
    expect((await call(`${base}/items/${textOf(item.data.id)}?select=size,malware,file,webUrl`)).data.size).toBe(1)
    expect((await call(`${base}/items/${client.library.rootItemId}/delta?${SELECT}`)).status).toBe(200)
    const replaced = await call(`${base}/items/${client.library.rootItemId}:/three.txt:/createUploadSession`, {
      json: {
        item: {
          '@microsoft.graph.conflictBehavior': 'replace',
          name: 'three.txt',
          fileSystemInfo: { lastModifiedDateTime: '2021-11-08T03:57:05Z' },
        },
      },
    })
    expect(replaced.status).toBe(200)
  })
})

test('none of these requests was unknown to the tenant', () => {
  expect(client.world.journal().filter(({ unknown, defect }) => unknown === true || defect !== undefined)).toEqual([])
})

function session(path: string): Promise<CallReply> {
  const fileSystemInfo = { createdDateTime: '2021-11-08T03:57:05Z', lastModifiedDateTime: '2021-11-08T03:57:05Z' }
  return call(`${path}/createUploadSession`, { json: { item: { fileSystemInfo } } })
}

async function upload(path: string, bytes: Buffer, fragmentBytes: number): Promise<CallReply> {
  const { data } = await session(path)
  for (let start = 0; ; start += fragmentBytes) {
    const end = Math.min(start + fragmentBytes, bytes.length)
    const reply = await client.bare(textOf(data.uploadUrl), {
      method: 'PUT',
      body: bytes.subarray(start, end),
      headers: { 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` },
    })
    if (end === bytes.length) return reply
  }
}
