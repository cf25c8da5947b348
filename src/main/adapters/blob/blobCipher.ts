import { createCipheriv, createHash, randomBytes } from 'node:crypto'

export const CIPHER = 'aes-256-cbc'
const IV_BYTES = 16

export interface SealedPart {
  readonly sealed: Buffer
  /** The memory of the part that was given, to be filled again. */
  readonly plain: Uint8Array<ArrayBuffer>
  /** Base64, of everything that was sealed; with the last part. */
  readonly md5: string | undefined
}

/** One blob on its way to its cipher: AES-256-CBC with a fresh vector, and the MD5 of what comes out. [D.3] */
export interface BlobCipher {
  readonly iv: Buffer
  /** One part after the other; the next one when the one before has come back. `plain` must not be used meanwhile. */
  seal(plain: Uint8Array<ArrayBuffer>, isLast: boolean): Promise<SealedPart>
  /** Nothing more comes; not needed after the last part. */
  drop(): void
}

export const freshVector = (): Buffer => randomBytes(IV_BYTES)

/** The work itself, in whatever thread: what comes out encrypted is hashed at once, while it is in the cache. */
export class Sealing {
  readonly #cipher: ReturnType<typeof createCipheriv>
  readonly #hash = createHash('md5')

  constructor(key: Uint8Array, iv: Uint8Array) {
    this.#cipher = createCipheriv(CIPHER, key, iv)
  }

  seal(plain: Uint8Array, isLast: boolean): { readonly sealed: Buffer; readonly md5: string | undefined } {
    const body = this.#cipher.update(plain)
    const sealed = isLast ? Buffer.concat([body, this.#cipher.final()]) : body
    this.#hash.update(sealed)
    return { sealed, md5: isLast ? this.#hash.digest('base64') : undefined }
  }
}

/** In the calling thread. For small blobs: handing them over would cost more than the work. */
export function createLocalCipher(key: Uint8Array): BlobCipher {
  const iv = freshVector()
  const sealing = new Sealing(key, iv)
  return {
    iv,
    async seal(plain, isLast) {
      return { plain, ...sealing.seal(plain, isLast) }
    },
    drop() {},
  }
}
