import { createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { afterAll, describe, expect, test } from 'vitest'
import { BLOB_BLOCK_BYTES, BLOB_BLOCKS_MAX, FILE_MAX_BYTES } from '../../../shared/limits.ts'
import { type BlobCipher, createLocalCipher } from './blobCipher.ts'
import type { BlobCall, BlobReply } from './blobStore.ts'
import { blockBytesOf, putBlocks } from './blockUpload.ts'
import { CipherThreads } from './cipherThreads.ts'

const key = randomBytes(32)
const threads = new CipherThreads(2)
const signal = new AbortController().signal
afterAll(() => threads.close())

/** A container that keeps what it is given; `before` may hold a call up or refuse it. */
function container(before: (call: Omit<BlobCall, 'method'>) => Promise<void> = async () => undefined) {
  const blocks = new Map<string, Buffer>()
  let list: Omit<BlobCall, 'method'> | undefined
  let mostInFlight = 0
  let inFlight = 0
  return {
    async put(call: Omit<BlobCall, 'method'>): Promise<BlobReply> {
      mostInFlight = Math.max(mostInFlight, ++inFlight)
      try {
        await before(call)
        call.signal.throwIfAborted()
      } finally {
        inFlight--
      }
      if (call.query?.comp === 'block') blocks.set(call.query.blockid ?? '', Buffer.from(call.body ?? ''))
      else list = call
      return { status: 201, headers: {}, body: Buffer.alloc(0) }
    },
    get mostInFlight() {
      return mostInFlight
    },
    get isCommitted() {
      return list !== undefined
    },
    get headers() {
      return list?.headers ?? {}
    },
    bytes() {
      const ids = [...(list?.body?.toString() ?? '').matchAll(/<Latest>([^<]*)</g)].map(([, id = '']) => id)
      return Buffer.concat(ids.map((id) => blocks.get(id) ?? Buffer.alloc(0)))
    },
  }
}

async function* pieces(content: Buffer, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, index = 0; at < content.length; index++) {
    const size = sizes[index % sizes.length] ?? 1
    yield content.subarray(at, at + size)
    at += size
  }
}

function decrypt(cipher: BlobCipher, bytes: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-cbc', key, cipher.iv)
  return Buffer.concat([decipher.update(bytes), decipher.final()])
}

const lengths = [
  BLOB_BLOCK_BYTES - 1,
  BLOB_BLOCK_BYTES,
  BLOB_BLOCK_BYTES + 1,
  3 * BLOB_BLOCK_BYTES,
  5 * BLOB_BLOCK_BYTES + 12_345,
]
const ciphers = {
  'this thread': () => createLocalCipher(key),
  'another thread': (sizeBytes: number) => threads.open(key, sizeBytes),
}

describe.each(Object.entries(ciphers))('a blob in blocks, sealed in %s', (_, open) => {
  test.each(lengths)('of %i bytes is what it was, with the MD5 of what is stored', async (sizeBytes) => {
    const content = randomBytes(sizeBytes)
    const cipher = open(sizeBytes)
    const store = container()
    const chunks = pieces(content, [1_048_576, 77, 3_000_000])
    const { md5, sentBytes } = await putBlocks(store, { name: 'a', sizeBytes, cipher, content: chunks, signal })
    const stored = store.bytes()
    expect(decrypt(cipher, stored).equals(content)).toBe(true)
    expect([md5, sentBytes]).toEqual([createHash('md5').update(stored).digest('base64'), stored.length])
    expect(store.headers).toMatchObject({ 'x-ms-blob-content-md5': md5, 'x-ms-meta-IV': cipher.iv.toString('base64') })
    expect(store.mostInFlight).toBeLessThanOrEqual(3)
  })

  test('whose content throws is not put together', async () => {
    const sizeBytes = 4 * BLOB_BLOCK_BYTES
    const store = container()
    const content = async function* () {
      yield randomBytes(2 * BLOB_BLOCK_BYTES)
      throw new Error('the file changed')
    }
    const upload = putBlocks(store, { name: 'a', sizeBytes, cipher: open(sizeBytes), content: content(), signal })
    await expect(upload).rejects.toThrow('the file changed')
    expect(store.isCommitted).toBe(false)
  })

  test('of which a block is refused stops the others and reads no further', async () => {
    let readBlocks = 0
    const sizeBytes = 50 * BLOB_BLOCK_BYTES
    const store = container(async ({ query }) => {
      if (query?.blockid === Buffer.from('00000001').toString('base64')) throw new Error('no room')
    })
    const content = async function* () {
      for (; readBlocks < 50; readBlocks++) yield Buffer.alloc(BLOB_BLOCK_BYTES)
    }
    const upload = putBlocks(store, { name: 'a', sizeBytes, cipher: open(sizeBytes), content: content(), signal })
    await expect(upload).rejects.toThrow('no room')
    expect([store.isCommitted, readBlocks < 10]).toEqual([false, true])
  })

  test('is not read ahead of a store that does not answer', async () => {
    let readBlocks = 0
    const stop = new AbortController()
    const sizeBytes = 50 * BLOB_BLOCK_BYTES
    const isFull = Promise.withResolvers<void>()
    let begun = 0
    const store = container(async (call) => {
      if (++begun === 3) isFull.resolve()
      await new Promise((_, reject) => call.signal.addEventListener('abort', () => reject(call.signal.reason)))
    })
    const content = async function* () {
      for (; readBlocks < 50; readBlocks++) yield Buffer.alloc(BLOB_BLOCK_BYTES)
    }
    const upload = putBlocks(store, { name: 'a', sizeBytes, cipher: open(sizeBytes), content: content(), signal: stop.signal })
    const ended = expect(upload).rejects.toThrow('stop')
    await isFull.promise
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(readBlocks).toBeLessThanOrEqual(6)
    stop.abort(new Error('stop'))
    await ended
  })
})

test('the largest file fits into the blocks that a blob may have', () => {
  for (const sizeBytes of [1, FILE_MAX_BYTES / 2, FILE_MAX_BYTES]) {
    expect(Math.ceil((sizeBytes + 16) / blockBytesOf(sizeBytes))).toBeLessThanOrEqual(BLOB_BLOCKS_MAX)
  }
  expect(blockBytesOf(5_000_000)).toBe(BLOB_BLOCK_BYTES)
})

test('blobs that are sealed at the same time do not disturb each other, and one that is dropped nobody', async () => {
  const contents = Array.from({ length: 6 }, () => randomBytes(BLOB_BLOCK_BYTES + 100_000))
  const dropped = threads.open(key, 2 * BLOB_BLOCK_BYTES)
  await dropped.seal(new Uint8Array(BLOB_BLOCK_BYTES), dropped.memory(BLOB_BLOCK_BYTES), false)
  dropped.drop()
  await Promise.all(
    contents.map(async (content) => {
      const cipher = threads.open(key, content.length)
      const store = container()
      await putBlocks(store, { name: 'a', sizeBytes: content.length, cipher, content: pieces(content, [999_999]), signal })
      expect(decrypt(cipher, store.bytes()).equals(content)).toBe(true)
    }),
  )
})

test('what a thread held when it ended fails, and the next blob gets a new thread', async () => {
  const mortal = new CipherThreads(1)
  const held = mortal.open(key, 2 * BLOB_BLOCK_BYTES)
  const sealed = held.seal(new Uint8Array(BLOB_BLOCK_BYTES), held.memory(BLOB_BLOCK_BYTES), false)
  const ended = expect(sealed).rejects.toThrow('ended before its work did')
  await mortal.close()
  await ended
  const next = mortal.open(key, 2 * BLOB_BLOCK_BYTES)
  expect((await next.seal(new Uint8Array(16), next.memory(32), true)).sealedBytes).toBe(32)
  await mortal.close()
})
