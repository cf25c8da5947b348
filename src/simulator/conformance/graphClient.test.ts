import { Readable } from 'node:stream'
import {
  BatchRequestContent,
  BatchResponseContent,
  Client,
  FileUpload,
  GraphError,
  LargeFileUploadTask,
  OneDriveLargeFileUploadTask,
  PageIterator,
  ResponseType,
  StreamUpload,
} from '@microsoft/microsoft-graph-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestTenant, type TestTenant } from '../testing/testTenant.ts'
import { routeSockets } from './routedSockets.ts'

/** Microsoft's own client, unmodified, against the tenant. */

let world: TestTenant
let restore: () => Promise<void>
let graph: Client
let base: string
let driveId: string

beforeAll(async () => {
  world = await startTestTenant()
  restore = routeSockets(world)
  graph = Client.initWithMiddleware({ authProvider: { getAccessToken: () => Promise.resolve(world.token({ as: 'ann' })) } })
  const site: { id: string } = await graph.api('/sites/contoso.sharepoint.com:/sites/finance').get()
  const drive: { id: string } = await graph.api(`/sites/${site.id}/drive`).get()
  driveId = drive.id
  base = `/drives/${driveId}`
})
afterAll(async () => {
  await restore()
  await world.close()
})

function bytes(length: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(length)
  for (let at = 0; at < length; at++) out[at] = at % 251
  return out
}

async function stored(path: string): Promise<Buffer> {
  const body: ArrayBuffer = await graph.api(`${base}/root:/${path}:/content`).responseType(ResponseType.ARRAYBUFFER).get()
  return Buffer.from(body)
}

describe('single calls', () => {
  test('folders, small files, metadata with $select, rename, times, delete', async () => {
    const folder = await graph
      .api(`${base}/root/children`)
      .post({ name: 'client', folder: {}, '@microsoft.graph.conflictBehavior': 'fail' })
    expect(folder.folder).toEqual({ childCount: 0 })
    await expect(graph.api(`${base}/root/children`).post({ name: 'client', folder: {} })).rejects.toMatchObject({
      statusCode: 409,
      code: 'nameAlreadyExists',
    })
    const file = await graph.api(`${base}/root:/client/a.txt:/content`).put('hello')
    expect((await stored('client/a.txt')).toString()).toBe('hello')
    const fileSystemInfo = { createdDateTime: '2019-02-01T08:00:00Z', lastModifiedDateTime: '2021-11-08T03:57:05Z' }
    const patched = await graph.api(`${base}/items/${file.id}`).patch({ fileSystemInfo, name: 'b.txt' })
    expect(patched).toMatchObject({ name: 'b.txt', fileSystemInfo })
    const selected = await graph.api(`${base}/items/${file.id}`).select(['id', 'name']).get()
    expect(selected.name).toBe('b.txt')
    await graph.api(`${base}/items/${file.id}`).header('If-Match', patched.eTag).delete()
    await expect(graph.api(`${base}/items/${file.id}`).get()).rejects.toBeInstanceOf(GraphError)
  })

  test('a download as a stream', async () => {
    await graph.api(`${base}/root:/stream.bin:/content`).put(bytes(200_000).buffer)
    const stream: ReadableStream<Uint8Array> = await graph.api(`${base}/root:/stream.bin:/content`).getStream()
    let received = 0
    for await (const chunk of stream) received += chunk.length
    expect(received).toBe(200_000)
  })
})

describe('large files', () => {
  const SIZE = 3 * 327_680 + 1234

  test('FileUpload in fragments, with progress', async () => {
    const seen: number[] = []
    const task = await OneDriveLargeFileUploadTask.createTaskWithFileObject(
      graph,
      new FileUpload(bytes(SIZE).buffer, 'own.bin', SIZE),
      {
        fileName: 'own.bin',
        path: '/',
        rangeSize: 327_680,
        conflictBehavior: 'replace',
        uploadEventHandlers: { progress: (range) => seen.push(range?.minValue ?? -1) },
      },
    )
    const result = await task.upload()
    expect(result.responseBody).toMatchObject({ name: 'own.bin', size: SIZE })
    expect(seen).toEqual([0, 327_680, 655_360, 983_040])
    const own: ArrayBuffer = await graph.api('/me/drive/root:/own.bin:/content').responseType(ResponseType.ARRAYBUFFER).get()
    expect(Buffer.from(own).equals(bytes(SIZE))).toBe(true)
  })

  test('StreamUpload into a library, with its times', async () => {
    const fileSystemInfo = { lastModifiedDateTime: '2021-11-08T03:57:05Z', createdDateTime: '2019-02-01T08:00:00Z' }
    const session = await LargeFileUploadTask.createUploadSession(graph, `${base}/root:/streamed.bin:/createUploadSession`, {
      item: { '@microsoft.graph.conflictBehavior': 'fail', name: 'streamed.bin', fileSystemInfo },
    })
    const file = new StreamUpload(Readable.from([Buffer.from(bytes(SIZE))], { objectMode: false }), 'streamed.bin', SIZE)
    const result = await new LargeFileUploadTask(graph, file, session, { rangeSize: 655_360 }).upload()
    expect(result.responseBody).toMatchObject({ name: 'streamed.bin', size: SIZE, fileSystemInfo })
    expect((await stored('streamed.bin')).equals(bytes(SIZE))).toBe(true)
  })

  test('a task that was interrupted is resumed from where the service is', async () => {
    const session = await LargeFileUploadTask.createUploadSession(graph, `${base}/root:/resumed.bin:/createUploadSession`, {
      item: {},
    })
    const content = bytes(SIZE)
    const first = new LargeFileUploadTask(graph, new FileUpload(content.buffer, 'resumed.bin', SIZE), session, {
      rangeSize: 327_680,
    })
    const range = first.getNextRange()
    await first.uploadSlice(content.buffer.slice(range.minValue, range.maxValue + 1), range, SIZE)
    const second = new LargeFileUploadTask(graph, new FileUpload(content.buffer, 'resumed.bin', SIZE), session, {
      rangeSize: 327_680,
    })
    const result = await second.resume()
    expect(result).toMatchObject({ responseBody: { size: SIZE } })
    expect((await stored('resumed.bin')).equals(content)).toBe(true)
  })

  test('a task is cancelled', async () => {
    const session = await LargeFileUploadTask.createUploadSession(graph, `${base}/root:/cancelled.bin:/createUploadSession`, {
      item: {},
    })
    const task = new LargeFileUploadTask(graph, new FileUpload(bytes(SIZE).buffer, 'cancelled.bin', SIZE), session)
    expect((await task.getStatus()) as object).toMatchObject({ nextExpectedRanges: ['0-'] })
    expect((await task.cancel()) as object).toMatchObject({ status: 204 })
    await expect(task.getStatus()).rejects.toMatchObject({ statusCode: 404, code: 'itemNotFound' })
  })
})

describe('many items', () => {
  test('PageIterator walks a large folder to its end', async () => {
    const parent = await graph.api(`${base}/root/children`).post({ name: 'many', folder: {} })
    const actor = { displayName: 'Ann' }
    for (let n = 0; n < 1203; n++) world.tenant.items.createFolder(driveId, parent.id, `n${n}`, actor)
    const first = await graph.api(`${base}/items/${parent.id}/children`).top(500).select('id,name').get()
    const names = new Set<string>()
    const iterator = new PageIterator(graph, first, (item: { name: string }) => names.add(item.name).size > 0)
    await iterator.iterate()
    expect([names.size, iterator.isComplete()]).toEqual([1203, true])
  })

  test('PageIterator ends delta with a delta link that goes on', async () => {
    const iterator = new PageIterator(graph, await graph.api(`${base}/root/delta`).get(), () => true)
    await iterator.iterate()
    const link = iterator.getDeltaLink() ?? ''
    await graph.api(`${base}/root:/after.txt:/content`).put('x')
    const changes = await graph.api(link).get()
    expect(changes.value.map((item: { name: string }) => item.name)).toEqual(['after.txt'])
  })

  test('BatchRequestContent with a dependency', async () => {
    const json = (url: string, body: object) =>
      new Request(`https://graph.microsoft.com${url}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      })
    const content = new BatchRequestContent([
      { id: '1', request: json(`${base}/root/children`, { name: 'batched', folder: {} }) },
      { id: '2', dependsOn: ['1'], request: new Request(`https://graph.microsoft.com${base}/root:/batched`) },
    ])
    const answer = await graph.api('/$batch').post(await content.getContent())
    const responses = new BatchResponseContent(answer)
    expect(responses.getResponseById('1').status).toBe(201)
    expect(await responses.getResponseById('2').json()).toMatchObject({ name: 'batched' })
  })
})

describe('moves, deletions and sharing', () => {
  interface Item {
    readonly id: string
    readonly name?: string
    readonly eTag?: string
    readonly cTag?: string
    readonly deleted?: object
    readonly parentReference?: { readonly id: string }
  }

  test('a file moves by PATCH with its id, delta tells moves and deletions once', async () => {
    const folder: Item = await graph.api(`${base}/root/children`).post({ name: 'target', folder: {} })
    const file: Item = await graph.api(`${base}/root:/to move.txt:/content`).put('moving')
    const latest: { '@odata.deltaLink': string } = await graph.api(`${base}/root/delta?token=latest`).get()
    const moved: Item = await graph
      .api(`${base}/items/${file.id}`)
      .header('If-Match', String(file.eTag))
      .patch({ name: 'moved.txt', parentReference: { id: folder.id } })
    expect(moved).toMatchObject({ id: file.id, name: 'moved.txt', cTag: file.cTag, parentReference: { id: folder.id } })
    expect(moved.eTag).not.toBe(file.eTag)
    await expect(
      graph.api(`${base}/items/${file.id}`).header('If-Match', String(file.eTag)).patch({ name: 'late.txt' }),
    ).rejects.toMatchObject({ statusCode: 412 })
    const changed: { value: Item[]; '@odata.deltaLink': string } = await graph.api(latest['@odata.deltaLink']).get()
    expect(changed.value).toMatchObject([{ id: file.id, name: 'moved.txt', parentReference: { id: folder.id } }])
    await graph.api(`${base}/items/${folder.id}`).delete()
    const gone: { value: Item[] } = await graph.api(changed['@odata.deltaLink']).get()
    expect(gone.value.map((item) => [item.id, item.deleted !== undefined])).toEqual([
      [file.id, true],
      [folder.id, true],
    ])
  })

  test('an administrator invites by mail; the permission is listed and taken back', async () => {
    const admin = Client.initWithMiddleware({
      authProvider: { getAccessToken: () => Promise.resolve(world.token({ as: 'admin' })) },
    })
    const file: Item = await graph.api(`${base}/root:/shared.txt:/content`).put('to share')
    const invitation = {
      recipients: [{ email: 'frank.fischer@contoso.com' }],
      roles: ['write'],
      requireSignIn: true,
      sendInvitation: false,
    }
    const granted: { value: { id: string; roles: string[] }[] } = await admin
      .api(`${base}/items/${file.id}/invite`)
      .post(invitation)
    expect(granted.value).toMatchObject([{ roles: ['write'] }])
    const listed: { value: { id: string }[] } = await graph.api(`${base}/items/${file.id}/permissions`).get()
    expect(listed.value.map(({ id }) => id)).toContain(granted.value[0]?.id)
    await admin.api(`${base}/items/${file.id}/permissions/${granted.value[0]?.id}`).delete()
    await expect(graph.api(`${base}/items/${file.id}/invite`).post(invitation)).rejects.toMatchObject({ statusCode: 403 })
  })
})

test('none of these requests was unknown to the tenant', () => {
  expect(world.journal().filter(({ unknown, defect }) => unknown === true || defect !== undefined)).toEqual([])
})
