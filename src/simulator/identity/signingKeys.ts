import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { generate } from 'selfsigned'
import { writePrivate } from '../tls/certificates.ts'

/** The key that signs every token of the tenant. */
export interface SigningKey {
  readonly keyId: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** The certificate with which an app registration proves itself; the private key is the client's half. */
export interface AppCertificate {
  readonly certificate: string
  readonly certificateFile: string
  readonly privateKeyFile: string
  readonly thumbprintSha256: string
}

/** Made at the first start, kept in `folder` for the next. */
export function prepareSigningKey(folder: string): SigningKey {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = path.join(folder, 'token-signing.key')
  if (!fs.existsSync(file)) {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    writePrivate(file, String(privateKey.export({ type: 'pkcs8', format: 'pem' })))
  }
  const privateKey = createPrivateKey(fs.readFileSync(file, 'utf8'))
  const publicKey = createPublicKey(privateKey)
  const keyId = createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url')
  return { keyId, privateKey, publicKey }
}

/** An app registration's certificate and key, made at the first start and kept in `folder` as `<name>.pem` and `<name>.key`. */
export async function prepareAppCertificate(folder: string, name: string): Promise<AppCertificate> {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
  const certificateFile = path.join(folder, `${name}.pem`)
  const privateKeyFile = path.join(folder, `${name}.key`)
  if (!fs.existsSync(privateKeyFile)) {
    const made = await generate([{ name: 'commonName', value: name }], {
      keyType: 'rsa',
      keySize: 2048,
      algorithm: 'sha256',
      notAfterDate: new Date(Date.now() + 730 * 24 * 3_600_000),
    })
    fs.writeFileSync(certificateFile, made.cert)
    writePrivate(privateKeyFile, made.private)
  }
  const certificate = fs.readFileSync(certificateFile, 'utf8')
  const thumbprintSha256 = new X509Certificate(certificate).fingerprint256.replaceAll(':', '')
  return { certificate, certificateFile, privateKeyFile, thumbprintSha256 }
}
