import { createDecipheriv } from 'node:crypto'
import { BLOB_SINGLE_PUT_MAX_BYTES } from '../../../shared/limits.ts'
import type { ImportContainers, PackageBlobs } from '../../engine/ports/importService.ts'
import { type BlobCipher, CIPHER, PADDING_BYTES } from './blobCipher.ts'
import { BlobContainer, type BlobStoreDeps } from './blobStore.ts'
import { putBlocks, type StoredBlob } from './blockUpload.ts'
import { createPackageArchive } from './packageArchive.ts'
import { wholeContent } from './wholeContent.ts'

const LOG_MAX_BYTES = 16 * 1024 * 1024

/** Encrypted blobs in the two containers of a package: AES-256-CBC, a fresh vector each, in the metadata. [D.3] */
export function createPackageBlobs(deps: BlobStoreDeps, containers: ImportContainers): PackageBlobs {
  const key = Buffer.from(containers.encryptionKey, 'base64')
  const data = new BlobContainer(deps, containers.dataUri)
  const manifests = new BlobContainer(deps, containers.manifestUri)
  const whole = async (container: BlobContainer, blob: Pick<WholeBlob, 'name' | 'bytes' | 'signal'>) => {
    const stored = await putWhole(container, { ...blob, cipher: deps.ciphers.open(key, blob.bytes.length) })
    await snapshot(container, blob.name, blob.signal)
    return stored
  }
  return {
    async putContent({ name, sizeBytes, content }, signal) {
      if (sizeBytes <= BLOB_SINGLE_PUT_MAX_BYTES) {
        const { md5, sentBytes } = await whole(data, { name, bytes: await wholeContent(sizeBytes, content), signal })
        return { encryptedMd5: md5, sentBytes }
      }
      const { md5, sentBytes } = await putBlocks(data, {
        name,
        sizeBytes,
        cipher: deps.ciphers.open(key, sizeBytes),
        content,
        signal,
      })
      await snapshot(data, name, signal)
      return { encryptedMd5: md5, sentBytes }
    },
    openArchive: (name) => createPackageArchive(async (bytes, signal) => (await whole(data, { name, bytes, signal })).sentBytes),
    async putManifest(name, text, signal) {
      await whole(manifests, { name, bytes: new TextEncoder().encode(text), signal })
    },
    async readLog(name, signal) {
      const reply = await manifests.get(name, LOG_MAX_BYTES, signal)
      const iv = reply?.headers['x-ms-meta-iv']
      return reply && typeof iv === 'string' ? decrypt(key, Buffer.from(iv, 'base64'), reply.body) : undefined
    },
  }
}

interface WholeBlob {
  readonly name: string
  readonly cipher: BlobCipher
  readonly bytes: Uint8Array
  readonly signal: AbortSignal
}

async function putWhole(container: BlobContainer, { name, cipher, bytes, signal }: WholeBlob): Promise<StoredBlob> {
  const memory = cipher.memory(bytes.length + PADDING_BYTES)
  const { sealedBytes, md5 = '' } = await cipher.seal(bytes, memory, true)
  await container.put({
    blob: name,
    headers: {
      'x-ms-blob-type': 'BlockBlob',
      'content-md5': md5,
      'x-ms-meta-IV': cipher.iv.toString('base64'),
      'content-type': 'application/octet-stream',
    },
    body: memory.subarray(0, sealedBytes),
    signal,
  })
  return { md5, sentBytes: sealedBytes }
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
