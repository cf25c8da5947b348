import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DriveClient, listOf, startDriveClient, textOf } from '../testing/driveClient.ts'
import { LARGEST_PUT_BYTES } from './contentRoutes.ts'

let client: DriveClient
beforeAll(async () => {
  client = await startDriveClient()
})
afterAll(() => client.close())

describe('PUT content', () => {
  test('201 new, 200 replaced with a version, empty files, big bodies', async () => {
    const first = await client.put('a.txt', 'one')
    expect(first.status).toBe(201)
    const second = await client.put('A.TXT', 'second')
    expect(second.status).toBe(200)
    expect(second.data).toMatchObject({ id: first.data.id, name: 'a.txt', size: 6 })
    expect((await client.put('empty.txt', '')).data).toMatchObject({
      size: 0,
      file: { hashes: { quickXorHash: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' } },
    })
    const big = Buffer.alloc(300_000, 7)
    const stored = await client.put('big.bin', big)
    const { headers } = await client.call(`${client.base}/items/${textOf(stored.data.id)}/content`)
    expect((await client.bare(textOf(headers.location))).bytes.equals(big)).toBe(true)
  })

  test('conflict behaviour stands in the URL', async () => {
    await client.put('c.txt', '1')
    expect((await client.put('c.txt', '2', '?@microsoft.graph.conflictBehavior=fail')).problem).toMatchObject({
      status: 409,
      code: 'nameAlreadyExists',
    })
    const renamed = await client.put('c.txt', '2', '?%40microsoft.graph.conflictBehavior=rename')
    expect([renamed.status, renamed.data.name]).toEqual([201, 'c 1.txt'])
    expect((await client.put('c.txt', '2', '?@microsoft.graph.conflictBehavior=overwrite')).status).toBe(400)
    expect((await client.put('c.txt', '2', '?conflict=1')).status).toBe(400)
  })

  test('preconditions', async () => {
    const { data } = await client.put('p.txt', '1')
    const put = (headers: Record<string, string>, path = 'p.txt') =>
      client.call(`${client.base}/root:/${path}:/content`, { method: 'PUT', body: '2', headers })
    expect((await put({ 'if-none-match': '*' })).problem).toMatchObject({ status: 412, code: 'resourceModified' })
    expect((await put({ 'if-none-match': '*' }, 'new.txt')).status).toBe(201)
    expect((await put({ 'if-match': '"{0},0"' })).status).toBe(412)
    expect((await put({ 'if-match': '*' }, 'absent.txt')).status).toBe(412)
    expect((await put({ 'if-match': textOf(data.eTag) })).status).toBe(200)
    expect((await put({ 'if-match': textOf(data.eTag) })).problem).toMatchObject({
      status: 412,
      innerCode: 'entityTagDoesNotMatch',
    })
  })

  test('missing folders of the path are made; a path through a file is not found', async () => {
    expect((await client.put('x/y/z.txt', '1')).status).toBe(201)
    expect((await client.put('x/y/z.txt/under.txt', '1')).problem).toMatchObject({ status: 404, code: 'itemNotFound' })
    expect((await client.put('x/bad*/z.txt', '1')).problem).toMatchObject({
      status: 400,
      innerCode: 'nameContainsInvalidCharacters',
    })
  })

  test('a body above 250 MB is refused by its length', async () => {
    const headers = { 'content-length': String(LARGEST_PUT_BYTES + 1) }
    const sending = client.call(`${client.base}/root:/huge.bin:/content`, { method: 'PUT', headers, body: 'x' })
    await expect(sending).resolves.toMatchObject({ status: 413, headers: { connection: 'close' } })
  })

  test('the quota of the site, and script types', async () => {
    const { sites } = client.world.tenant
    sites.updateSite(client.site.siteId, { quotaBytes: sites.usedBytes(client.site.siteId) + 5 })
    expect((await client.put('quota.txt', '123456')).problem).toMatchObject({ status: 507, code: 'quotaLimitReached' })
    expect((await client.put('quota.txt', '12345')).status).toBe(201)
    sites.updateSite(client.site.siteId, { quotaBytes: client.site.quotaBytes })
    expect((await client.put('page.aspx', 'x')).problem).toMatchObject({ status: 403, code: 'accessDenied' })
  })
})

describe('download', () => {
  test('302 without body, then the bytes without a token; ranges; expiry', async () => {
    const { data } = await client.put('d.txt', '0123456789')
    const redirect = await client.call(`${client.base}/items/${textOf(data.id)}/content`)
    expect([redirect.status, redirect.bytes.length]).toEqual([302, 0])
    const url = textOf(redirect.headers.location)
    const whole = await client.bare(url)
    expect([whole.status, whole.text, whole.headers['accept-ranges']]).toEqual([200, '0123456789', 'bytes'])
    const range = async (value: string) => {
      const reply = await client.bare(url, { headers: { range: value } })
      return [reply.status, reply.text, reply.headers['content-range']]
    }
    expect(await range('bytes=2-4')).toEqual([206, '234', 'bytes 2-4/10'])
    expect(await range('bytes=7-')).toEqual([206, '789', 'bytes 7-9/10'])
    expect(await range('bytes=-2')).toEqual([206, '89', 'bytes 8-9/10'])
    expect(await range('bytes=10-')).toEqual([416, '', 'bytes */10'])
    expect((await client.bare(url, { token: client.world.token() })).status).toBe(200)
    expect((await client.bare(url.replace(/tempauth=[^&]*/, 'tempauth=x.y.z'))).status).toBe(401)
    client.world.tenant.clock.advance(60 * 60_000)
    expect((await client.bare(url)).status).toBe(401)
  })

  test('versions are listed newest first, downloaded, deleted', async () => {
    const { data } = await client.put('v.txt', 'one')
    await client.put('v.txt', 'two!')
    const base = `${client.base}/items/${textOf(data.id)}/versions`
    const { value } = (await client.call(base)).data
    expect(listOf(value).map(({ id, size }) => [id, size])).toEqual([
      ['2.0', 4],
      ['1.0', 3],
    ])
    const { headers } = await client.call(`${base}/1.0/content`)
    expect((await client.bare(textOf(headers.location))).text).toBe('one')
    expect((await client.call(`${base}/2.0`, { method: 'DELETE' })).status).toBe(400)
    expect((await client.call(`${base}/1.0`, { method: 'DELETE' })).status).toBe(204)
    expect((await client.call(`${base}/1.0`)).status).toBe(404)
  })
})
