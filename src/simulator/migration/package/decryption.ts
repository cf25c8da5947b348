import { createDecipheriv } from 'node:crypto'
import { FatalImportError, HRESULT } from '../job/importErrors.ts'

export const IV_BYTES = 16

/** A stream that turns a blob back into what it was. Its `error` is a padding error, which ends the job [I.12]. */
export function openCipher(key: Buffer, initializationVector: Buffer) {
  return createDecipheriv('aes-256-cbc', key, initializationVector)
}

export function decrypt(data: Buffer, key: Buffer, initializationVector: Buffer): Buffer {
  const cipher = openCipher(key, initializationVector)
  try {
    return Buffer.concat([cipher.update(data), cipher.final()])
  } catch {
    throw paddingError()
  }
}

export function paddingError(): FatalImportError {
  return new FatalImportError(
    HRESULT.cryptographic,
    'System.Security.Cryptography.CryptographicException',
    'Padding is invalid and cannot be removed.',
  )
}

/** The IV of a blob. Throws the fatal error of one that has none or a wrong one. */
export function readInitializationVector(base64: string | undefined, name: string): Buffer {
  const iv = base64 === undefined ? undefined : Buffer.from(base64, 'base64')
  if (iv?.length === IV_BYTES) return iv
  throw new FatalImportError(
    HRESULT.cryptographic,
    'System.Security.Cryptography.CryptographicException',
    iv === undefined
      ? `The initialization vector of the encrypted blob '${name}' is missing.`
      : 'Specified initialization vector (IV) does not match the block size for this algorithm.',
  )
}
