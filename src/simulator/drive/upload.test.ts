import fs from 'node:fs'
import https from 'node:https'
import os from 'node:os'
import path from 'node:path'
import tls from 'node:tls'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseFaultFile } from '../core/faultFile.ts'
import { type CallReply, type DriveClient, listOf, startDriveClient, textOf } from '../testing/driveClient.ts'
import { FRAGMENT_LIMIT_BYTES, FRAGMENT_MULTIPLE_BYTES as UNIT } from './uploadFragments.ts'

let client: DriveClient
beforeEach(async () => {
  client = await startDriveClient()
})
afterEach(() => client.close())

const MINUTE_MS = 60_000

function create(
  name: string,
  item: object = {},
  options: { deferCommit?: boolean; headers?: Record<string, string> } = {},
): Promise<CallReply> {
  const { headers, deferCommit } = options
  const json = { item, ...(deferCommit === undefined ? {} : { deferCommit }) }
  return client.call(`${client.base}/root:/${name}:/createUploadSession`, { json, ...(headers === undefined ? {} : { headers }) })
}

async function open(name: string, item: object = {}, options: { deferCommit?: boolean } = {}): Promise<string> {
  return textOf((await create(name, item, options)).data.uploadUrl)
}

function send(
  url: string,
  start: number,
  bytes: Buffer,
  total: number,
  headers: Record<string, string> = {},
): Promise<CallReply> {
  const range = `bytes ${start}-${start + bytes.length - 1}/${total}`
  return client.bare(url, { method: 'PUT', body: bytes, headers: { 'content-range': range, ...headers } })
}

describe('creating a session', () => {
  test('answers with a URL on the SharePoint host, 15 minutes and an open range', async () => {
    const { status, data } = await create('big.iso', {
      name: 'big.iso',
      fileSize: 734_003_200,
      '@microsoft.graph.conflictBehavior': 'replace',
    })
    expect([status, data.nextExpectedRanges, data.expirationDateTime]).toEqual([200, ['0-'], '2026-08-20T09:30:02.000Z'])
    expect(data.uploadUrl).toMatch(
      /^https:\/\/contoso\.sharepoint\.com\/sites\/finance\/_api\/v2\.0\/drive\/items\/01[A-Z2-7]{32}\/uploadSession\?guid='[0-9a-f-]{36}'&path='~tmp[^']*_big\.iso'&overwrite=True&rename=False&dc=0&tempauth=[\w-]+\.[\w-]+\.[\w-]+$/,
    )
  })

  test('is refused for size 0, above 250 GB, above the quota, bad names, another name, unknown members', async () => {
    expect((await create('a', { fileSize: 0 })).problem).toMatchObject({ status: 400, code: 'invalidRequest' })
    expect((await create('a', { fileSize: 251 * 1024 ** 3 })).problem).toMatchObject({
      status: 413,
      innerCode: 'maxFileSizeExceeded',
    })
    client.world.tenant.sites.updateSite(client.site.siteId, { quotaBytes: 100 })
    expect((await create('a', { fileSize: 101 })).problem).toMatchObject({ status: 507, code: 'quotaLimitReached' })
    expect((await create('a%2A')).problem).toMatchObject({ status: 400, innerCode: 'nameContainsInvalidCharacters' })
    expect((await create('a', { name: 'b' })).problem).toMatchObject({ status: 400, code: 'invalidRequest' })
    expect((await create('a', { colour: 1 })).status).toBe(400)
    expect((await create('a', { '@microsoft.graph.conflictBehavior': 'overwrite' })).status).toBe(400)
  })

  test('honours conflict behaviour and conditions', async () => {
    const { data } = await client.put('there.txt', 'x')
    expect((await create('there.txt', { '@microsoft.graph.conflictBehavior': 'fail' })).problem).toMatchObject({
      status: 409,
      code: 'nameAlreadyExists',
    })
    expect((await create('there.txt')).status).toBe(200)
    expect((await create('there.txt', {}, { headers: { 'if-match': '"{0},9"' } })).status).toBe(412)
    expect((await create('there.txt', {}, { headers: { 'if-none-match': '*' } })).status).toBe(412)
    expect((await create('there.txt', {}, { headers: { 'if-match': textOf(data.eTag) } })).status).toBe(200)
    await client.folder('', 'dir')
    expect((await create('dir')).status).toBe(409)
  })
})

describe('fragments', () => {
  test('202 until the last, which makes the file with the client times', async () => {
    const fileSystemInfo = { createdDateTime: '2019-02-01T08:00:00Z', lastModifiedDateTime: '2021-11-08T03:57:05Z' }
    const url = await open('f.bin', { fileSystemInfo })
    client.world.tenant.clock.advance(10 * MINUTE_MS)
    const first = await send(url, 0, Buffer.alloc(UNIT, 1), UNIT + 5)
    expect([first.status, first.data]).toEqual([
      202,
      { expirationDateTime: '2026-08-20T09:40:02.000Z', nextExpectedRanges: [`${UNIT}-`] },
    ])
    expect((await client.bare(url)).data).toEqual(first.data)
    expect((await client.call(`${client.base}/root:/f.bin`)).status).toBe(404)
    const last = await send(url, UNIT, Buffer.alloc(5, 2), UNIT + 5)
    expect(last.status).toBe(201)
    expect(last.data).toMatchObject({ name: 'f.bin', size: UNIT + 5, fileSystemInfo, createdDateTime: '2026-08-20T09:25:02Z' })
    expect((await client.call(`${client.base}/root:/f.bin`)).data).toMatchObject({ id: last.data.id, file: last.data.file })
    const versions = await client.call(`${client.base}/items/${textOf(last.data.id)}/versions`)
    expect(listOf(versions.data.value)).toHaveLength(1)
    expect((await client.bare(url)).problem).toMatchObject({
      status: 404,
      code: 'itemNotFound',
      message: 'The upload session was not found',
    })
  })

  test('overlap, gap and changed total are 416 with their inner codes', async () => {
    const url = await open('o.bin')
    const total = 4 * UNIT
    await send(url, 0, Buffer.alloc(UNIT), total)
    expect((await send(url, 0, Buffer.alloc(UNIT), total)).problem).toMatchObject({
      status: 416,
      code: 'invalidRange',
      innerCode: 'fragmentOverlap',
    })
    expect((await send(url, UNIT - 5, Buffer.alloc(UNIT), total)).problem).toMatchObject({
      status: 416,
      innerCode: 'fragmentOverlap',
    })
    expect((await send(url, 2 * UNIT, Buffer.alloc(UNIT), total)).problem).toMatchObject({
      status: 416,
      innerCode: 'fragmentOutOfOrder',
    })
    expect((await send(url, UNIT, Buffer.alloc(UNIT), total + 1)).problem).toMatchObject({
      status: 416,
      innerCode: 'fragmentLengthMismatch',
    })
    expect((await client.bare(url)).data.nextExpectedRanges).toEqual([`${UNIT}-`])
  })

  test('sizes: multiples of 320 KiB, below 60 MiB, as long as the range says', async () => {
    const url = await open('s.bin')
    for (const length of [UNIT - 1, UNIT + 1, 100]) {
      expect((await send(url, 0, Buffer.alloc(length), 10 * UNIT)).problem).toMatchObject({ status: 400, code: 'invalidRequest' })
    }
    const range = {
      'content-range': `bytes 0-${FRAGMENT_LIMIT_BYTES - 1}/${FRAGMENT_LIMIT_BYTES * 2}`,
      'content-length': String(FRAGMENT_LIMIT_BYTES),
      connection: 'close',
    }
    expect((await client.bare(url, { method: 'PUT', body: 'x', headers: range })).problem).toMatchObject({
      status: 400,
      innerCode: 'maxFragmentLengthExceeded',
    })
    const short = { 'content-range': `bytes 0-${UNIT - 1}/${UNIT}` }
    expect((await client.bare(url, { method: 'PUT', body: Buffer.alloc(UNIT - 1), headers: short })).problem).toMatchObject({
      status: 400,
      innerCode: 'fragmentLengthMismatch',
    })
    for (const bad of ['bytes 0-0/0', 'bytes 5-4/10', 'bytes 0-9/5', 'bytes */10', '0-9/10', 'bytes 0-9/*']) {
      expect((await client.bare(url, { method: 'PUT', body: 'x', headers: { 'content-range': bad } })).status).toBe(400)
    }
    expect((await client.bare(url, { method: 'PUT', body: 'x' })).status).toBe(400)
    expect((await send(url, 0, Buffer.alloc(UNIT - 1), UNIT - 1)).status).toBe(201)
  })

  test('a fragment whose connection breaks is discarded whole', async () => {
    const url = await open('broken.bin')
    await send(url, 0, Buffer.alloc(UNIT), 2 * UNIT)
    await breakOff(url, UNIT)
    expect((await client.bare(url)).data.nextExpectedRanges).toEqual([`${UNIT}-`])
    expect((await send(url, UNIT, Buffer.alloc(UNIT, 9), 2 * UNIT)).status).toBe(201)
    const stored = await client.call(`${client.base}/root:/broken.bin:/content`)
    const { bytes } = await client.bare(textOf(stored.headers.location))
    expect(bytes.equals(Buffer.concat([Buffer.alloc(UNIT), Buffer.alloc(UNIT, 9)]))).toBe(true)
  })

  test('one that takes longer than three minutes ends in 504 and leaves nothing', async () => {
    const url = await open('slow.bin')
    await send(url, 0, Buffer.alloc(UNIT), 2 * UNIT)
    const { faults } = client.world.server
    faults.add(parseFaultFile('{"version":1,"faults":[{"name":"arrival","do":{"action":"delay","ms":0}}]}'))
    const arriving = https.request(url, {
      hostname: '127.0.0.1',
      port: client.world.port,
      servername: 'contoso.sharepoint.com',
      ca: client.world.ca,
      method: 'PUT',
      headers: {
        host: 'contoso.sharepoint.com',
        'content-length': UNIT,
        'content-range': `bytes ${UNIT}-${2 * UNIT - 1}/${2 * UNIT}`,
      },
    })
    const status = new Promise((resolve, reject) => {
      arriving.on('response', (response) => resolve(response.resume().statusCode))
      arriving.on('error', reject)
    })
    arriving.write(Buffer.alloc(10))
    await expect.poll(() => faults.report()[0]?.seen).toBe(1)
    client.world.tenant.clock.advance(3 * MINUTE_MS + 1)
    arriving.end(Buffer.alloc(UNIT - 10))
    expect(await status).toBe(504)
    expect((await client.bare(url)).data.nextExpectedRanges).toEqual([`${UNIT}-`])
  })

  test('the quota is judged with the first fragment', async () => {
    const url = await open('q.bin')
    client.world.tenant.sites.updateSite(client.site.siteId, { quotaBytes: UNIT })
    expect((await send(url, 0, Buffer.alloc(UNIT), 2 * UNIT)).problem).toMatchObject({ status: 507, code: 'quotaLimitReached' })
  })
})

test('a session outlives a restart of the tenant', async () => {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-upload-'))
  try {
    await client.close()
    client = await startDriveClient({ dataDir })
    const url = await open('restart.bin', { fileSystemInfo: { lastModifiedDateTime: '2021-11-08T03:57:05Z' } })
    await send(url, 0, Buffer.alloc(UNIT, 1), UNIT + 5)
    await client.close()
    client = await startDriveClient({ dataDir })
    expect((await client.bare(url)).data.nextExpectedRanges).toEqual([`${UNIT}-`])
    const { status, data } = await send(url, UNIT, Buffer.alloc(5, 2), UNIT + 5)
    expect(status).toBe(201)
    const { headers } = await client.call(`${client.base}/items/${textOf(data.id)}/content`)
    const { bytes } = await client.bare(textOf(headers.location))
    expect(bytes.equals(Buffer.concat([Buffer.alloc(UNIT, 1), Buffer.alloc(5, 2)]))).toBe(true)
  } finally {
    await client.close()
    client = await startDriveClient()
    fs.rmSync(dataDir, { recursive: true, force: true })
  }
})

describe('the life of a session', () => {
  test('an Authorization header is 401 on every method', async () => {
    const url = await open('auth.bin')
    const token = client.world.token()
    for (const init of [
      { method: 'GET' },
      { method: 'DELETE' },
      { method: 'PUT', body: 'x', headers: { 'content-range': 'bytes 0-0/1' } },
    ]) {
      expect((await client.bare(url, { ...init, token })).problem).toMatchObject({ status: 401, code: 'unauthenticated' })
    }
    expect((await client.bare(url)).status).toBe(200)
    expect((await client.bare(url.replace(/tempauth=.*/, 'tempauth=a.b.c'))).status).toBe(401)
  })

  test('15 minutes of silence end it, fragments keep it alive, 24 hours kill the URL', async () => {
    const { clock } = client.world.tenant
    const quiet = await open('quiet.bin')
    clock.advance(15 * MINUTE_MS - 1)
    expect((await client.bare(quiet)).status).toBe(200)
    clock.advance(1)
    expect((await client.bare(quiet)).problem).toMatchObject({ status: 404, code: 'itemNotFound' })

    const busy = await open('busy.bin')
    const steps = (24 * 60) / 12
    for (let step = 0; step < steps; step++) {
      const sent = await send(busy, step * UNIT, Buffer.alloc(UNIT), 1000 * UNIT)
      expect(sent.status).toBe(202)
      clock.advance(12 * MINUTE_MS)
    }
    expect((await client.bare(busy)).problem).toMatchObject({
      status: 401,
      code: 'unauthenticated',
      innerCode: 'expiredToken',
      message: expect.stringMatching(/^The access token has expired\. It's valid from '.*' and to '.*'\.$/),
    })
  })

  test('DELETE is 204, later calls 404', async () => {
    const url = await open('cancel.bin')
    await send(url, 0, Buffer.alloc(UNIT), 2 * UNIT)
    expect((await client.bare(url, { method: 'DELETE' })).status).toBe(204)
    expect((await client.bare(url, { method: 'DELETE' })).status).toBe(404)
    expect((await send(url, UNIT, Buffer.alloc(UNIT), 2 * UNIT)).status).toBe(404)
  })

  test('deferCommit: the file appears with the explicit commit only', async () => {
    const url = await open('later.bin', {}, { deferCommit: true })
    const early = await client.bare(url, { method: 'POST', headers: { 'content-length': '0' } })
    expect(early.problem).toMatchObject({ status: 400, innerCode: 'uploadSessionIncomplete' })
    const last = await send(url, 0, Buffer.alloc(9), 9)
    expect([last.status, last.data.nextExpectedRanges]).toEqual([202, []])
    expect((await client.call(`${client.base}/root:/later.bin`)).status).toBe(404)
    const committed = await client.bare(url, { method: 'POST', headers: { 'content-length': '0' } })
    expect([committed.status, committed.data.name]).toEqual([201, 'later.bin'])
  })

  test('a name taken before the commit: 409, the bytes stay, a second try works', async () => {
    const url = await open('race.bin', { '@microsoft.graph.conflictBehavior': 'fail' })
    const other = await client.put('race.bin', 'first')
    expect((await send(url, 0, Buffer.alloc(7), 7)).problem).toMatchObject({ status: 409, code: 'nameAlreadyExists' })
    expect((await client.bare(url)).data.nextExpectedRanges).toEqual([])
    await client.call(`${client.base}/items/${textOf(other.data.id)}`, { method: 'DELETE' })
    expect((await client.bare(url, { method: 'POST', headers: { 'content-length': '0' } })).status).toBe(201)
  })

  test('rename finds a name at the commit; If-Match is judged again', async () => {
    const renaming = await open('r.bin', { '@microsoft.graph.conflictBehavior': 'rename' })
    const { data } = await client.put('r.bin', 'x')
    expect((await send(renaming, 0, Buffer.alloc(3), 3)).data.name).toBe('r 1.bin')
    const conditional = await create('r.bin', {}, { headers: { 'if-match': textOf(data.eTag) } })
    await client.put('r.bin', 'changed')
    expect((await send(textOf(conditional.data.uploadUrl), 0, Buffer.alloc(3), 3)).status).toBe(412)
  })

  test('If-None-Match is judged again at the commit', async () => {
    const { data } = await create('only.bin', {}, { headers: { 'if-none-match': '*' } })
    await client.put('only.bin', 'somebody was faster')
    expect((await send(textOf(data.uploadUrl), 0, Buffer.alloc(3), 3)).problem).toMatchObject({
      status: 412,
      code: 'resourceModified',
    })
  })

  test('a file is replaced by id', async () => {
    const { data } = await client.put('byid.bin', 'x')
    const session = await client.call(`${client.base}/items/${textOf(data.id)}/createUploadSession`, { json: {} })
    const replaced = await send(textOf(session.data.uploadUrl), 0, Buffer.alloc(3), 3)
    expect([replaced.status, replaced.data.id, replaced.data.size]).toEqual([200, data.id, 3])
    expect((await client.call(`${client.base}/root/createUploadSession`, { json: {} })).status).toBe(400)
  })
})

test('whatever fragments arrive in whatever order, the session is where a simple model says', async () => {
  const totalUnits = 4
  const fragment = fc.record({
    start: fc.nat({ max: totalUnits }),
    units: fc.integer({ min: 1, max: 3 }),
    odd: fc.boolean(),
    grown: fc.boolean(),
  })
  let round = 0
  await fc.assert(
    fc.asyncProperty(fc.array(fragment, { maxLength: 8 }), async (fragments) => {
      const total = totalUnits * UNIT - 7
      const url = await open(`model${++round}.bin`)
      let received = 0
      let isFixed = false
      for (const { start: startUnits, units, odd, grown } of fragments) {
        const start = startUnits * UNIT
        const end = Math.min(start + units * UNIT, total)
        const length = end - start - (odd ? 1 : 0)
        if (length <= 0) continue
        const sentTotal = grown ? total + UNIT : total
        const reply = await send(url, start, Buffer.alloc(length), sentTotal)
        const isLast = start + length === sentTotal
        const expected =
          received === total
            ? 404
            : isFixed && grown
              ? 416
              : start !== received
                ? 416
                : !isLast && length % UNIT !== 0
                  ? 400
                  : isLast
                    ? 201
                    : 202
        expect(reply.status).toBe(expected)
        if (expected > 299) continue
        if (grown) return
        isFixed = true
        received += length
        if (received < total) expect((await client.bare(url)).data.nextExpectedRanges).toEqual([`${received}-`])
      }
    }),
    { numRuns: 40 },
  )
})

/** Sends half of a fragment and cuts the connection. */
function breakOff(url: string, start: number): Promise<void> {
  const { hostname, pathname, search } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host: '127.0.0.1', port: client.world.port, servername: hostname, ca: client.world.ca }, () => {
      socket.write(
        `PUT ${pathname}${search} HTTP/1.1\r\nHost: ${hostname}\r\nContent-Length: ${UNIT}\r\nContent-Range: bytes ${start}-${start + UNIT - 1}/${2 * UNIT}\r\n\r\n`,
      )
      socket.write(Buffer.alloc(UNIT / 2), () => socket.destroy())
    })
    socket.on('error', reject)
    socket.on('close', () => waitForRow(resolve))
  })
}

/** The tenant notes a broken request when it has noticed it. */
function waitForRow(done: () => void): void {
  const isNoted = client.world.journal().some((row) => row.route === 'drive.session.fragment' && row.status === 0)
  if (isNoted) done()
  else setImmediate(() => waitForRow(done))
}
