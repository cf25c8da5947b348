import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { strToU8, unzipSync, zipSync } from 'fflate'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type DriveClient, startDriveClient, textOf } from '../testing/driveClient.ts'
import { stampDocument } from './documentStamp.ts'

let client: DriveClient
beforeEach(async () => {
  client = await startDriveClient({ officeRewriteDelayMs: 60_000 })
})
afterEach(() => client.close())

const PARTS = {
  '[Content_Types].xml': strToU8('<Types><Default Extension="xml" ContentType="application/xml"/></Types>'),
  'word/document.xml': strToU8(`<document>${'text '.repeat(500)}</document>`),
  'docProps/core.xml': strToU8('<core/>'),
}
const DOCX = Buffer.from(zipSync(PARTS, { mtime: '2024-01-01' }))

async function contentOf(id: string): Promise<Buffer> {
  const { headers } = await client.call(`${client.base}/items/${id}/content`)
  return (await client.bare(textOf(headers.location))).bytes
}

test('a document in a library changes after a while: other bytes, hash, cTag, eTag; same parts, times and version', async () => {
  const { data } = await client.put('report.docx', DOCX)
  const id = textOf(data.id)
  expect((await contentOf(id)).equals(DOCX)).toBe(true)
  client.world.tenant.clock.advance(60_000)
  await vi.waitFor(async () => expect((await client.call(`${client.base}/items/${id}`)).data.cTag).not.toBe(data.cTag))
  const now = await client.call(`${client.base}/items/${id}`)
  expect(now.data.eTag).not.toBe(data.eTag)
  expect(now.data.file).not.toEqual(data.file)
  expect(now.data).toMatchObject({ fileSystemInfo: data.fileSystemInfo, lastModifiedDateTime: data.lastModifiedDateTime })
  expect(now.data.size).not.toBe(data.size)
  const parts = unzipSync(await contentOf(id))
  for (const [name, bytes] of Object.entries(PARTS)) expect(Buffer.from(parts[name] ?? []).equals(bytes)).toBe(true)
  expect(Object.keys(parts)).toContain('customXml/item1.xml')
  const versions = await client.call(`${client.base}/items/${id}/versions`)
  expect(versions.data.value).toHaveLength(1)
})

test('a OneDrive, another type and a replaced file stay as sent', async () => {
  const drive = await client.call('/users/ann@contoso.com/drive')
  const kept = await client.call(`/drives/${textOf(drive.data.id)}/root:/a.docx:/content`, { method: 'PUT', body: DOCX })
  const text = await client.put('a.txt', 'plain')
  const first = await client.put('b.docx', DOCX)
  const second = await client.put('b.docx', 'not a zip at all')
  client.world.tenant.clock.advance(60_000)
  await vi.waitFor(async () =>
    expect((await client.call(`${client.base}/items/${textOf(second.data.id)}`)).data.cTag).not.toBe(second.data.cTag),
  )
  expect((await client.call(`/drives/${textOf(drive.data.id)}/root:/a.docx`)).data.cTag).toBe(kept.data.cTag)
  expect((await client.call(`${client.base}/root:/a.txt`)).data.cTag).toBe(text.data.cTag)
  expect(first.data.id).toBe(second.data.id)
})

test('what was planned when the tenant stopped happens after its next start', async () => {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-rewrite-'))
  try {
    await client.close()
    client = await startDriveClient({ dataDir, officeRewriteDelayMs: 60_000 })
    const { data } = await client.put('later.docx', DOCX)
    await client.close()
    client = await startDriveClient({ dataDir, officeRewriteDelayMs: 60_000 })
    const item = `${client.base}/items/${textOf(data.id)}`
    expect((await client.call(item)).data.cTag).toBe(data.cTag)
    client.world.tenant.clock.advance(60_000)
    await vi.waitFor(async () => expect((await client.call(item)).data.cTag).not.toBe(data.cTag))
  } finally {
    await client.close()
    client = await startDriveClient()
    fs.rmSync(dataDir, { recursive: true, force: true })
  }
})

test('a fault script can have any file changed', async () => {
  client.switchOn('officeRewrite')
  const { data } = await client.put('a.txt', 'plain')
  client.world.tenant.clock.advance(60_000)
  await vi.waitFor(async () =>
    expect((await client.call(`${client.base}/root:/a.txt`)).data.size).toBeGreaterThan(Number(data.size)),
  )
})

test('stamps: a custom part is replaced, broken containers are left alone, other types get a trailer', () => {
  const stamp = { uniqueId: '11111111-1111-4111-8111-111111111111', extension: 'docx', nowMs: Date.UTC(2026, 1, 1) }
  const withCustom = Buffer.from(zipSync({ ...PARTS, 'docProps/custom.xml': strToU8('<old/>') }))
  const parts = unzipSync(stampDocument(withCustom, stamp) ?? Buffer.alloc(0))
  expect(Buffer.from(parts['docProps/custom.xml'] ?? []).toString()).toContain(stamp.uniqueId)
  expect(Object.keys(parts)).not.toContain('customXml/item1.xml')
  expect(stampDocument(Buffer.from('PK\u0003\u0004 not a zip'), stamp)).toBeUndefined()
  const old = Buffer.from('d0cf11e0a1b11ae1', 'hex')
  const stamped = stampDocument(old, { ...stamp, extension: 'doc' })
  expect([stamped?.length, stamped?.subarray(0, 8).equals(old)]).toEqual([520, true])
  expect(stampDocument(Buffer.from('<p>'), { ...stamp, extension: 'html' })?.toString()).toBe(`<p><!-- ${stamp.uniqueId} -->`)
})
