import { createCipheriv, createHash, randomBytes } from 'node:crypto'
import { KIB } from '../../../shared/units.ts'

export const CIPHER = 'aes-256-cbc'
const IV_BYTES = 16
/** What the cipher adds to the last part at most. */
export const PADDING_BYTES = 16
/** Small enough to be hashed and copied while it is in the cache. */
const SLICE_BYTES = 256 * KIB

export interface SealedPart {
  readonly sealedBytes: number
  /** Base64, of everything that was sealed; with the last part. */
  readonly md5: string | undefined
}

/** One blob on its way to its cipher: AES-256-CBC with a fresh vector, and the MD5 of what comes out. [D.3] */
export interface BlobCipher {
  readonly iv: Buffer
  /** Memory from which, and into which, parts are sealed without being copied. */
  memory(sizeBytes: number): Buffer
  /**
   * One part after the other; the next one when the one before is sealed. All but the last are a multiple of 16 bytes. `into` has room for
   * PADDING_BYTES more than `plain`; neither may be used meanwhile.
   */
  seal(plain: Uint8Array, into: Uint8Array, isLast: boolean): Promise<SealedPart>
  /** Nothing more comes; not needed after the last part. */
  drop(): void
}

export const freshVector = (): Buffer => randomBytes(IV_BYTES)

/** The work itself, in whatever thread. */
export class Sealing {
  readonly #cipher: ReturnType<typeof createCipheriv>
  readonly #hash = createHash('md5')

  constructor(key: Uint8Array, iv: Uint8Array) {
    this.#cipher = createCipheriv(CIPHER, key, iv)
  }

  seal(plain: Uint8Array, into: Uint8Array, isLast: boolean): SealedPart {
    let sealedBytes = 0
    const take = (sealed: Buffer): void => {
      this.#hash.update(sealed)
      into.set(sealed, sealedBytes)
      sealedBytes += sealed.length
    }
    for (let at = 0; at < plain.length; at += SLICE_BYTES) take(this.#cipher.update(plain.subarray(at, at + SLICE_BYTES)))
    if (isLast) take(this.#cipher.final())
    return { sealedBytes, md5: isLast ? this.#hash.digest('base64') : undefined }
  }
}

/** In the calling thread. For small blobs: handing them over would cost more than the work. */
export function createLocalCipher(key: Uint8Array): BlobCipher {
  const iv = freshVector()
  const sealing = new Sealing(key, iv)
  return {
    iv,
    memory: (sizeBytes) => Buffer.allocUnsafe(sizeBytes),
    async seal(plain, into, isLast) {
      return sealing.seal(plain, into, isLast)
    },
    drop() {},
  }
}
