import { GraphQueryable, type IGraphQueryable } from '@pnp/graph'
import { Drive, Drives, type IDrive } from '@pnp/graph/files/index.js'
import { Sites } from '@pnp/graph/sites/index.js'
import { GraphDefault } from '@pnp/nodejs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestTenant, type TestTenant } from '../testing/testTenant.ts'
import { routeSockets } from './routedSockets.ts'

/** PnPjs, unmodified; its token comes from the tenant directly. */

let world: TestTenant
let restore: () => Promise<void>
let graph: IGraphQueryable
let drive: IDrive

beforeAll(async () => {
  world = await startTestTenant()
  restore = routeSockets(world)
  graph = GraphQueryable('https://graph.microsoft.com/v1.0').using(GraphDefault(), (instance) => {
    instance.on.auth(async (url: URL, init: RequestInit) => {
      init.headers = { ...init.headers, Authorization: `Bearer ${world.token({ as: 'ann' })}` }
      return [url, init]
    })
    return instance
  })
  const site = await Sites(graph).getByUrl('contoso.sharepoint.com', '/sites/finance')
  const { id } = await site()
  const drives = await Drives(graph, `sites/${id}/drives`)()
  drive = Drives(graph).getById(String(drives[0]?.id))
})
afterAll(async () => {
  await restore()
  await world.close()
})

test('folders and files are made, listed, read, changed, moved and deleted', async () => {
  const folder = await drive.root.children.addFolder({ name: 'pnp', conflictBehavior: 'fail' })
  const parent = drive.getItemById(String(folder.id))
  const file = await parent.upload({ filePathName: 'a.txt', content: 'hello', contentType: 'text/plain' })
  expect(file).toMatchObject({ name: 'a.txt', size: 5 })
  expect((await parent.children()).map(({ name }) => name)).toEqual(['a.txt'])
  expect(await drive.getItemByPath('pnp/a.txt')()).toMatchObject({ id: file.id })
  expect((await drive.getItemsByPath('pnp')()).length).toBe(1)
  const content: ArrayBuffer | Blob = await drive.getItemById(String(file.id)).getContent()
  expect(Buffer.from(content instanceof Blob ? await content.arrayBuffer() : content).toString()).toBe('hello')
  const added = await parent.children.add({ filename: 'b.txt', content: 'second', contentType: 'text/plain' })
  expect(added).toMatchObject({ name: 'b.txt', size: 6 })
  await drive.getItemById(String(file.id)).update({ name: 'renamed.txt' })
  await drive
    .getItemById(String(file.id))
    .moveItem({ name: 'moved.txt', parentReference: { id: String((await drive.root()).id) } })
  expect(await drive.getItemByPath('moved.txt')()).toMatchObject({ id: file.id })
  expect(await drive.getItemById(String(file.id)).versions()).toHaveLength(1)
  await drive.getItemById(String(file.id)).delete()
  await expect(drive.getItemByPath('moved.txt')()).rejects.toThrow('404')
})

test('a resumable upload in two parts, and a cancelled one', async () => {
  const root = drive.getItemById(String((await drive.root()).id))
  const options = {
    item: { name: 'parts.bin', fileSystemInfo: { lastModifiedDateTime: '2021-11-08T03:57:05Z' } },
    conflictBehavior: 'replace',
  } as const
  const { session, resumableUpload } = await root.createUploadSession(options)
  expect(session.nextExpectedRanges).toEqual(['0-'])
  const bytes = Buffer.alloc(327_680 + 10, 3)
  await resumableUpload.upload(327_680, bytes.subarray(0, 327_680), `bytes 0-327679/${bytes.length}`)
  expect(await resumableUpload.status()).toMatchObject({ nextExpectedRanges: ['327680-'] })
  const done = await resumableUpload.upload(10, bytes.subarray(327_680), `bytes 327680-327689/${bytes.length}`)
  expect(done).toMatchObject({ name: 'parts.bin', size: bytes.length })
  const again = await root.createUploadSession(options)
  await again.resumableUpload.cancel()
  await expect(again.resumableUpload.status()).rejects.toThrow('404')
})

test('delta and the own drive', async () => {
  const changes = await drive.root.delta()()
  expect(Array.isArray(changes) ? changes : changes.values).not.toHaveLength(0)
  const own = Drive(graph, 'me/drive')
  expect(await own()).toMatchObject({ driveType: 'business' })
  expect(await own.root.children()).toEqual([])
})

test('none of these requests was unknown to the tenant', () => {
  expect(world.journal().filter(({ unknown, defect }) => unknown === true || defect !== undefined)).toEqual([])
})
