import { afterEach, beforeEach, expect, test } from 'vitest'
import { type DriveClient, startDriveClient, textOf } from '../testing/driveClient.ts'

let client: DriveClient
beforeEach(async () => {
  client = await startDriveClient()
})
afterEach(() => client.close())

test('a background process that touched the item makes a matching If-Match fail', async () => {
  const { data } = await client.put('a.txt', '1')
  client.switchOn('eTagBump', { times: 1 })
  const patch = (eTag: unknown) =>
    client.call(`${client.base}/items/${textOf(data.id)}`, {
      method: 'PATCH',
      json: { name: 'b.txt' },
      headers: { 'if-match': textOf(eTag) },
    })
  expect((await patch(data.eTag)).status).toBe(412)
  const now = await client.call(`${client.base}/items/${textOf(data.id)}`)
  expect(now.data.cTag).toBe(data.cTag)
  expect((await patch(now.data.eTag)).status).toBe(200)
})

test('a spontaneous 409, a locked file, a full site', async () => {
  const { data } = await client.put('a.txt', '1')
  client.switchOn('resourceModified', { times: 1 })
  expect((await client.put('a.txt', '2')).problem).toMatchObject({ status: 409, code: 'resourceModified' })
  client.switchOn('itemLocked', { times: 1 })
  expect((await client.call(`${client.base}/items/${textOf(data.id)}`, { method: 'DELETE' })).problem).toMatchObject({
    status: 423,
    innerCode: 'resourceLocked',
  })
  client.switchOn('quotaExceeded', { times: 1 })
  expect((await client.put('a.txt', '2')).problem).toMatchObject({ status: 507, code: 'quotaLimitReached' })
  expect((await client.put('a.txt', '2')).status).toBe(200)
})

test('an upload session that flickers: 404 once, 416 once, two ranges', async () => {
  const { data } = await client.call(`${client.base}/root:/s.bin:/createUploadSession`, { json: {} })
  const url = textOf(data.uploadUrl)
  const send = (start: number, length: number) =>
    client.bare(url, {
      method: 'PUT',
      body: Buffer.alloc(length),
      headers: { 'content-range': `bytes ${start}-${start + length - 1}/655360` },
    })
  client.switchOn('sessionNotFound', { times: 1 })
  expect((await send(0, 327_680)).status).toBe(404)
  client.switchOn('sessionRangeRefused', { times: 1 })
  expect((await send(0, 327_680)).problem).toMatchObject({ status: 416, innerCode: 'fragmentOverlap' })
  client.switchOn('multiRangeExpected', { times: 1 })
  const sent = await send(0, 327_680)
  expect(sent.data.nextExpectedRanges).toEqual(['327680-491519', '491520-'])
  expect((await send(327_680, 327_680)).status).toBe(201)
})

test.each([5_080, 400_000])(
  'a fragment of %i bytes that breaks off leaves the session free for the next try',
  async (sizeBytes) => {
    const { data } = await client.call(`${client.base}/root:/s.bin:/createUploadSession`, { json: {} })
    const url = textOf(data.uploadUrl)
    client.world.server.faults.add({
      version: 1,
      faults: [{ name: 'cut', when: { method: 'PUT', times: 1 }, do: { action: 'reset', moment: 'body' } }],
    })
    const send = () =>
      client.bare(url, {
        method: 'PUT',
        body: Buffer.alloc(sizeBytes),
        headers: { 'content-range': `bytes 0-${sizeBytes - 1}/${sizeBytes}` },
      })
    await expect(send()).rejects.toThrow(/ECONNRESET|socket hang up/)
    expect((await client.bare(url)).data.nextExpectedRanges).toEqual(['0-'])
    expect((await send()).status).toBe(201)
    expect(client.world.journal().filter(({ fault }) => fault === 'cut')).toHaveLength(1)
  },
)

test('a write that is acknowledged and lost', async () => {
  client.switchOn('lostWrite', { times: 1 })
  expect((await client.put('lost.txt', '1')).status).toBe(201)
  expect((await client.call(`${client.base}/root:/lost.txt`)).status).toBe(404)
})
