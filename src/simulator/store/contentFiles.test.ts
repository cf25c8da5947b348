import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createRandom } from '../core/seededRandom.ts'
import { createContentStore } from './contentFiles.ts'
import { schema } from './contentSchema.ts'
import type { ContentStore } from './contentStore.ts'
import { quickXorHash } from './quickXorHash.ts'

let folder: string
let db: DatabaseSync
let store: ContentStore

const open = () => createContentStore({ db, folder, random: createRandom(String(Math.random())) })
const content = (length: number, salt = 0) => Buffer.from(Uint8Array.from({ length }, (_, index) => (index * 7 + salt) & 255))
const pieces = (data: Buffer, size: number) =>
  Readable.from(
    Array.from({ length: Math.ceil(data.length / size) }, (_, index) => data.subarray(index * size, (index + 1) * size)),
  )

async function text(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-content-'))
  db = new DatabaseSync(':memory:')
  for (const statement of schema) db.exec(statement)
  store = open()
})
afterEach(() => {
  db.close()
  fs.rmSync(folder, { recursive: true, force: true })
})

describe('zeros', () => {
  test('of a large content need no room and come back', async () => {
    const data = Buffer.concat([content(70_000), Buffer.alloc(5_000_000), content(10), Buffer.alloc(3_000_000)])
    const stored = await store.put(pieces(data, 65_536))
    expect(stored).toMatchObject({ sizeBytes: data.length, quickXorHash: quickXorHash(data) })
    expect((await text(store.read(stored.contentId))).equals(data)).toBe(true)
    const file = path.join(folder, stored.contentId.slice(0, 2), stored.contentId)
    expect(fs.statSync(file).blocks * 512).toBeLessThan(1_000_000)
  })

  test('overwrite what a broken fragment left behind', async () => {
    const draft = store.open('zeros')
    await expect(draft.append(content(100_000), 200_000)).rejects.toThrow()
    await draft.append(Buffer.alloc(100_000), 100_000)
    const stored = await draft.finish()
    expect((await store.readAll(stored.contentId)).equals(Buffer.alloc(100_000))).toBe(true)
  })
})

describe('contents', () => {
  test.each([0, 1, 65_536, 65_537, 300_000])('%i bytes come back whole and in parts, from buffer or stream', async (length) => {
    const data = content(length)
    for (const body of [data, pieces(data, 10_000)]) {
      const stored = await store.put(body)
      expect(stored).toMatchObject({ sizeBytes: length, quickXorHash: quickXorHash(data) })
      expect(data.equals(await text(store.read(stored.contentId)))).toBe(true)
      expect(data.equals(await store.readAll(stored.contentId))).toBe(true)
      if (length > 10) {
        expect(data.subarray(3, 8).equals(await text(store.read(stored.contentId, { start: 3, endInclusive: 7 })))).toBe(true)
      }
    }
  })

  test('a body that breaks off leaves nothing behind', async () => {
    const broken = new Readable({ read() {} })
    broken.push(content(100_000))
    const put = store.put(broken)
    broken.destroy()
    await expect(put).rejects.toThrow('connection closed')
    expect(fs.readdirSync(path.join(folder, 'drafts'))).toEqual([])
  })
})

describe('an upload session', () => {
  test('takes fragments, refuses a broken one without a trace and finishes with the hash of the whole', async () => {
    const data = content(200_000)
    const draft = store.open('session')
    await draft.append(data.subarray(0, 80_000), 80_000)
    const broken = new Readable({ read() {} })
    broken.push(content(30_000, 9))
    const append = draft.append(broken, 120_000)
    broken.destroy()
    await expect(append).rejects.toThrow('connection closed')
    await expect(draft.append(data.subarray(0, 10), 11)).rejects.toThrow('another length')
    await expect(draft.append(pieces(data.subarray(0, 12), 5), 11)).rejects.toThrow('another length')
    expect(draft.receivedBytes).toBe(80_000)
    await draft.append(pieces(data.subarray(80_000), 7_000), 120_000)
    const stored = await draft.finish()
    expect(stored).toMatchObject({ sizeBytes: 200_000, quickXorHash: quickXorHash(data) })
    expect(data.equals(await store.readAll(stored.contentId))).toBe(true)
  })

  test('goes on after a restart', async () => {
    const data = content(100_000)
    await store.open('session').append(data.subarray(0, 40_000), 40_000)
    const draft = open().open('session')
    expect(draft.receivedBytes).toBe(40_000)
    await draft.append(data.subarray(40_000), 60_000)
    expect(await draft.finish()).toMatchObject({ quickXorHash: quickXorHash(data) })
  })
})
