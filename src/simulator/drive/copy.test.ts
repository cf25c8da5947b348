import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type CallReply,
  type DriveClient,
  FROZEN_AT_MS,
  listOf,
  objectOf,
  startDriveClient,
  textOf,
} from '../testing/driveClient.ts'

let client: DriveClient
beforeAll(async () => {
  client = await startDriveClient()
})
afterAll(() => client.close())

const copy = (itemId: unknown, json: object, query = '') =>
  client.call(`${client.base}/items/${textOf(itemId)}/copy${query}`, { json })

/** The monitor's last word: time goes on until the job is over. */
async function outcome(accepted: CallReply) {
  expect(accepted.status).toBe(202)
  const url = String(accepted.headers.location)
  for (;;) {
    const report = await client.bare(url)
    expect(report.status).toBe(202)
    if (report.data.status === 'completed' || report.data.status === 'failed') return report.data
    client.world.server.state.clock.advance(500)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const content = async (path: string) => {
  const { headers } = await client.call(`${client.base}/root:/${path}:/content`)
  return (await client.bare(String(headers.location))).text
}

test('a file is copied in the background, with times of its own and without its history', async () => {
  await client.put('copy.txt', 'old')
  const { data } = await client.put('copy.txt', 'new')
  const fileSystemInfo = { lastModifiedDateTime: '2001-02-03T04:05:06Z' }
  await client.call(`${client.base}/items/${textOf(data.id)}`, { method: 'PATCH', json: { fileSystemInfo } })
  const accepted = await copy(data.id, { name: 'twin.txt' })
  expect(String(accepted.headers.location)).toMatch(/^https:\/\/contoso\.sharepoint\.com\/_api\/v2\.0\/monitor\/[0-9a-f-]{36}$/)
  expect((await client.bare(String(accepted.headers.location))).data).toEqual({
    operation: 'ItemCopy',
    percentageComplete: 0,
    status: 'notStarted',
  })
  expect((await client.call(`${client.base}/root:/twin.txt`)).status).toBe(404)
  const done = await outcome(accepted)
  expect(done).toMatchObject({ operation: 'ItemCopy', percentageComplete: 100, status: 'completed' })
  const twin = await client.call(`${client.base}/items/${textOf(done.resourceId)}`)
  expect(Date.parse(textOf(objectOf(twin.data.fileSystemInfo).lastModifiedDateTime))).toBeGreaterThanOrEqual(FROZEN_AT_MS)
  expect(listOf((await client.call(`${client.base}/items/${textOf(done.resourceId)}/versions`)).data.value)).toHaveLength(1)
  expect(await content('twin.txt')).toBe('new')
})

test('fail, rename and replace are settled by the job', async () => {
  const { data } = await client.put('a.txt', 'a')
  await client.put('b.txt', 'b')
  const refused = await outcome(await copy(data.id, { name: 'b.txt' }))
  expect(refused).toMatchObject({ status: 'failed', error: { code: 'nameAlreadyExists' } })
  const renamed = await outcome(await copy(data.id, { name: 'b.txt' }, '?@microsoft.graph.conflictBehavior=rename'))
  expect((await client.call(`${client.base}/items/${textOf(renamed.resourceId)}`)).data.name).toBe('b 1.txt')
  await outcome(await copy(data.id, { name: 'b.txt' }, '?@microsoft.graph.conflictBehavior=replace'))
  expect(await content('b.txt')).toBe('a')
})

test('a folder goes with all that is in it, to another drive as well', async () => {
  const folder = await client.folder('', 'tree')
  await client.folder('tree', 'inner')
  await client.put('tree/inner/f.txt', 'deep')
  const archive = client.world.tenant.sites.libraries(client.site.siteId).find(({ isDefault }) => !isDefault)
  const parentReference = { driveId: archive?.driveId ?? '', id: 'root' }
  const done = await outcome(await copy(folder, { parentReference }))
  expect(done.status).toBe('completed')
  expect((await client.call(`/drives/${archive?.driveId}/root:/tree/inner/f.txt`)).data.size).toBe(4)
})

test('what cannot be is refused at once', async () => {
  const folder = await client.folder('', 'self')
  const inner = await client.folder('self', 'inner')
  expect((await copy(folder, { parentReference: { id: inner } })).problem).toMatchObject({ status: 400, code: 'invalidRequest' })
  expect((await copy(folder, { name: 'a:b' })).problem).toMatchObject({ status: 400, code: 'invalidRequest' })
  expect((await copy(folder, { parentReference: { id: '01ABSENT' } })).status).toBe(404)
  expect((await copy(folder, { childrenOnly: true })).status).toBe(400)
  const elsewhere = client.world.tenant.sites.libraries(client.site.siteId).find(({ isDefault }) => !isDefault)
  const json = { parentReference: { driveId: elsewhere?.driveId, id: 'root' } }
  const moved = await client.call(`${client.base}/items/${folder}`, { method: 'PATCH', json })
  expect(moved.problem).toMatchObject({ status: 400, code: 'notSupported' })
  expect(
    (await client.bare(`https://contoso.sharepoint.com/_api/v2.0/monitor/${'0'.repeat(8)}-0000-4000-8000-${'0'.repeat(12)}`))
      .problem,
  ).toMatchObject({
    status: 404,
    code: 'itemNotFound',
  })
})
