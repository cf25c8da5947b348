import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16
const FORM = 'v1.'

export const KEY_BYTES = 32
/** What sealed columns of a journal are bound to. */
export const JOURNAL_PURPOSE = 'journal'

/**
 * AES-256-GCM with a fresh nonce: `v1.` and base64url of nonce, tag, ciphertext. `purpose` is bound to it: text that was sealed for one purpose
 * does not open for another.
 */
export function sealText(text: string, options: { readonly key: Uint8Array; readonly purpose: string }): string {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, options.key, nonce).setAAD(Buffer.from(options.purpose))
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return FORM + Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')
}

/** undefined when it was sealed with another key or purpose, or was changed since. */
export function openText(text: string, options: { readonly key: Uint8Array; readonly purpose: string }): string | undefined {
  if (!text.startsWith(FORM)) return undefined
  const bytes = Buffer.from(text.slice(FORM.length), 'base64url')
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined
  try {
    const decipher = createDecipheriv(CIPHER, options.key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
      .setAAD(Buffer.from(options.purpose))
      .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}
