import { BLOB_BLOCK_BYTES, BLOB_BLOCKS_MAX } from '../../../shared/limits.ts'
import { MIB } from '../../../shared/units.ts'
import { type BlobCipher, PADDING_BYTES } from './blobCipher.ts'
import type { BlobContainer } from './blobStore.ts'

/** Blocks of one file on their way at the same time; with the two that are filled and sealed they bound its memory. */
const BLOCKS_IN_FLIGHT = 3

export type BlockStore = Pick<BlobContainer, 'put'>

export interface BlobUpload {
  readonly name: string
  readonly sizeBytes: number
  readonly cipher: BlobCipher
  readonly content: AsyncIterable<Uint8Array>
  readonly signal: AbortSignal
}

export interface StoredBlob {
  /** Base64, of what the blob holds. */
  readonly md5: string
  readonly sentBytes: number
}

/**
 * Stores a stream of any length in blocks: one is filled, one is being sealed, some are on their way. A list of blocks gets no MD5 by itself,
 * and the importer refuses content without one. [D.2]
 */
export async function putBlocks(container: BlockStore, upload: BlobUpload): Promise<StoredBlob> {
  const { name, cipher, content, signal } = upload
  const blockBytes = blockBytesOf(upload.sizeBytes)
  const blocks = new BlockFlights(container, name, signal)
  const plain = new Spares(() => cipher.memory(blockBytes))
  const sealed = new Spares(() => cipher.memory(blockBytes + PADDING_BYTES))
  /** At most one block is sealed, or waits to be on its way. */
  let sealing: Promise<string | undefined> = Promise.resolve(undefined)
  const seal = async (block: Buffer, filled: number, isLast: boolean): Promise<void> => {
    await sealing
    sealing = (async () => {
      const into = sealed.take()
      const { sealedBytes, md5 } = await cipher.seal(block.subarray(0, filled), into, isLast)
      plain.give(block)
      await blocks.launch(into.subarray(0, sealedBytes), () => sealed.give(into))
      return md5
    })()
    sealing.catch(() => undefined)
  }
  let block = plain.take()
  let filled = 0
  try {
    for await (const chunk of content) {
      for (let at = 0; at < chunk.length; ) {
        if (filled === blockBytes) {
          await seal(block, filled, false)
          block = plain.take()
          filled = 0
        }
        const taken = Math.min(chunk.length - at, blockBytes - filled)
        block.set(chunk.subarray(at, at + taken), filled)
        filled += taken
        at += taken
      }
    }
    await seal(block, filled, true)
    const md5 = (await sealing) ?? ''
    const sentBytes = await blocks.landed()
    await container.put({
      blob: name,
      query: { comp: 'blocklist' },
      headers: {
        'x-ms-blob-content-md5': md5,
        'x-ms-blob-content-type': 'application/octet-stream',
        'x-ms-meta-IV': cipher.iv.toString('base64'),
        'content-type': 'application/xml',
      },
      body: Buffer.from(blocks.list()),
      signal,
    })
    return { md5, sentBytes }
  } catch (thrown) {
    await blocks.drop(thrown)
    await sealing.catch(() => undefined)
    cipher.drop()
    throw thrown
  }
}

/** The cipher adds up to one block of its own to the last one, which is why one is left over. */
export const blockBytesOf = (sizeBytes: number): number =>
  Math.max(BLOB_BLOCK_BYTES, Math.ceil(sizeBytes / (BLOB_BLOCKS_MAX - 1) / MIB) * MIB)

/** Memory of one blob that is used again and again. */
class Spares {
  readonly #make: () => Buffer
  readonly #idle: Buffer[] = []

  constructor(make: () => Buffer) {
    this.#make = make
  }

  take(): Buffer {
    return this.#idle.pop() ?? this.#make()
  }

  give(memory: Buffer): void {
    this.#idle.push(memory)
  }
}

/** The blocks of one blob on their way. */
class BlockFlights {
  readonly #container: BlockStore
  readonly #name: string
  readonly #ids: string[] = []
  readonly #flying = new Set<Promise<void>>()
  readonly #failure = new AbortController()
  readonly #signal: AbortSignal
  #thrownFirst: { readonly thrown: unknown } | undefined
  #sentBytes = 0

  constructor(container: BlockStore, name: string, signal: AbortSignal) {
    this.#container = container
    this.#name = name
    this.#signal = AbortSignal.any([signal, this.#failure.signal])
  }

  /**
   * Resolves when it is on its way, which may be after others have arrived; `onArrived` when its memory may be used again. Throws what the first
   * one that failed has thrown.
   */
  async launch(body: Buffer, onArrived: () => void): Promise<void> {
    while (this.#flying.size >= BLOCKS_IN_FLIGHT) await Promise.race(this.#flying)
    this.#throwIfFailed()
    const blockid = Buffer.from(String(this.#ids.length).padStart(8, '0')).toString('base64')
    this.#ids.push(blockid)
    this.#sentBytes += body.length
    const flight: Promise<void> = this.#container
      .put({ blob: this.#name, query: { comp: 'block', blockid }, body, signal: this.#signal })
      .then(onArrived, (thrown: unknown) => this.#fail(thrown))
      .finally(() => this.#flying.delete(flight))
    this.#flying.add(flight)
  }

  /** Bytes that have arrived. */
  async landed(): Promise<number> {
    await Promise.all(this.#flying)
    this.#throwIfFailed()
    return this.#sentBytes
  }

  async drop(thrown: unknown): Promise<void> {
    this.#fail(thrown)
    await Promise.all(this.#flying)
  }

  list(): string {
    const latest = this.#ids.map((id) => `<Latest>${id}</Latest>`).join('')
    return `<?xml version="1.0" encoding="utf-8"?><BlockList>${latest}</BlockList>`
  }

  #fail(thrown: unknown): void {
    this.#thrownFirst ??= { thrown }
    this.#failure.abort(thrown)
  }

  #throwIfFailed(): void {
    if (this.#thrownFirst) throw this.#thrownFirst.thrown
  }
}
