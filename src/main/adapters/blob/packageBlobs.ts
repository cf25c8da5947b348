import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { BLOB_BLOCK_BYTES, BLOB_SINGLE_PUT_MAX_BYTES } from '../../../shared/limits.ts'
import type { ImportContainers, PackageBlobs } from '../../engine/ports/importService.ts'
import { BlobContainer, type BlobStoreDeps } from './blobStore.ts'
import { createPackageArchive } from './packageArchive.ts'

const CIPHER = 'aes-256-cbc'
const IV_BYTES = 16
/** Blocks of one file on their way at the same time; with the one that is being filled they bound its memory. */
const BLOCKS_IN_FLIGHT = 3
const LOG_MAX_BYTES = 16 * 1024 * 1024

/** Encrypted blobs in the two containers of a package: AES-256-CBC, a fresh vector each, in the metadata. [D.3] */
export function createPackageBlobs(deps: BlobStoreDeps, containers: ImportContainers): PackageBlobs {
  const key = Buffer.from(containers.encryptionKey, 'base64')
  const data = new BlobContainer(deps, containers.dataUri)
  const manifests = new BlobContainer(deps, containers.manifestUri)
  return {
    async putContent({ name, sizeBytes, content }, signal) {
      const encryption = new Encryption(key)
      const sentBytes =
        sizeBytes <= BLOB_SINGLE_PUT_MAX_BYTES
          ? await putWhole(data, { name, encryption, content, signal })
          : await putBlocks(data, { name, encryption, content, signal })
      await snapshot(data, name, signal)
      return { encryptedMd5: encryption.md5(), sentBytes }
    },
    openArchive(name) {
      return createPackageArchive(async (zip, signal) => {
        const sentBytes = await putWhole(data, { name, encryption: new Encryption(key), content: [zip], signal })
        await snapshot(data, name, signal)
        return sentBytes
      })
    },
    async putManifest(name, text, signal) {
      await putWhole(manifests, { name, encryption: new Encryption(key), content: [Buffer.from(text, 'utf8')], signal })
      await snapshot(manifests, name, signal)
    },
    async readLog(name, signal) {
      const reply = await manifests.get(name, LOG_MAX_BYTES, signal)
      const iv = reply?.headers['x-ms-meta-iv']
      return reply && typeof iv === 'string' ? decrypt(key, Buffer.from(iv, 'base64'), reply.body) : undefined
    },
  }
}

/** One pass: what comes out encrypted is hashed on its way. */
class Encryption {
  readonly iv = randomBytes(IV_BYTES)
  readonly #cipher: ReturnType<typeof createCipheriv>
  readonly #hash = createHash('md5')
  #digest: string | undefined

  constructor(key: Buffer) {
    this.#cipher = createCipheriv(CIPHER, key, this.iv)
  }

  update(bytes: Uint8Array): Buffer {
    return this.#hashed(this.#cipher.update(bytes))
  }

  finish(): Buffer {
    return this.#hashed(this.#cipher.final())
  }

  /** Base64, of everything; after `finish`. */
  md5(): string {
    this.#digest ??= this.#hash.digest('base64')
    return this.#digest
  }

  #hashed(bytes: Buffer): Buffer {
    this.#hash.update(bytes)
    return bytes
  }
}

interface Upload {
  readonly name: string
  readonly encryption: Encryption
  readonly content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>
  readonly signal: AbortSignal
}

async function putWhole(container: BlobContainer, { name, encryption, content, signal }: Upload): Promise<number> {
  const parts: Buffer[] = []
  for await (const chunk of content) parts.push(encryption.update(chunk))
  parts.push(encryption.finish())
  const body = Buffer.concat(parts)
  await container.put({
    blob: name,
    headers: {
      'x-ms-blob-type': 'BlockBlob',
      'content-md5': encryption.md5(),
      'x-ms-meta-IV': encryption.iv.toString('base64'),
      'content-type': 'application/octet-stream',
    },
    body,
    signal,
  })
  return body.length
}

/** A list of blocks gets no MD5 by itself, and the importer refuses content without one. [D.2] */
async function putBlocks(container: BlobContainer, { name, encryption, content, signal }: Upload): Promise<number> {
  const ids: string[] = []
  const flying = new Set<Promise<void>>()
  const failure = new AbortController()
  const together = AbortSignal.any([signal, failure.signal])
  let thrownFirst: { readonly thrown: unknown } | undefined
  let sentBytes = 0
  const launch = async (block: Buffer): Promise<void> => {
    if (flying.size >= BLOCKS_IN_FLIGHT) await Promise.race(flying)
    if (thrownFirst) throw thrownFirst.thrown
    const blockid = Buffer.from(String(ids.length).padStart(8, '0')).toString('base64')
    ids.push(blockid)
    sentBytes += block.length
    const flight: Promise<void> = container
      .put({ blob: name, query: { comp: 'block', blockid }, body: block, signal: together })
      .then(
        () => undefined,
        (thrown: unknown) => {
          thrownFirst ??= { thrown }
          failure.abort(thrown)
        },
      )
      .finally(() => flying.delete(flight))
    flying.add(flight)
  }
  const blocks = new BlockCutter(BLOB_BLOCK_BYTES)
  try {
    for await (const chunk of content) for (const block of blocks.add(encryption.update(chunk))) await launch(block)
    for (const block of blocks.add(encryption.finish())) await launch(block)
    const last = blocks.rest()
    if (last.length > 0) await launch(last)
  } catch (thrown) {
    failure.abort(thrown)
    throw thrown
  } finally {
    await Promise.all(flying)
  }
  if (thrownFirst) throw thrownFirst.thrown
  const list = `<?xml version="1.0" encoding="utf-8"?><BlockList>${ids.map((id) => `<Latest>${id}</Latest>`).join('')}</BlockList>`
  await container.put({
    blob: name,
    query: { comp: 'blocklist' },
    headers: {
      'x-ms-blob-content-md5': encryption.md5(),
      'x-ms-blob-content-type': 'application/octet-stream',
      'x-ms-meta-IV': encryption.iv.toString('base64'),
      'content-type': 'application/xml',
    },
    body: Buffer.from(list),
    signal,
  })
  return sentBytes
}

/** Cuts a stream into blocks of one size, copying every byte once. */
class BlockCutter {
  readonly #size: number
  #block: Buffer
  #filled = 0

  constructor(size: number) {
    this.#size = size
    this.#block = Buffer.allocUnsafeSlow(size)
  }

  *add(bytes: Buffer): Generator<Buffer> {
    for (let at = 0; at < bytes.length; ) {
      const taken = Math.min(bytes.length - at, this.#size - this.#filled)
      bytes.copy(this.#block, this.#filled, at, at + taken)
      this.#filled += taken
      at += taken
      if (this.#filled < this.#size) continue
      const full = this.#block
      this.#block = Buffer.allocUnsafeSlow(this.#size)
      this.#filled = 0
      yield full
    }
  }

  rest(): Buffer {
    return this.#block.subarray(0, this.#filled)
  }
}

/** The import takes the latest snapshot, which freezes content and vector together. [D.2] */
async function snapshot(container: BlobContainer, blob: string, signal: AbortSignal): Promise<void> {
  await container.put({ blob, query: { comp: 'snapshot' }, signal })
}

/** Logs have been seen that nothing can read; they tell nothing then. */
function decrypt(key: Buffer, iv: Buffer, bytes: Buffer): string | undefined {
  try {
    const decipher = createDecipheriv(CIPHER, key, iv)
    return Buffer.concat([decipher.update(bytes), decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}
