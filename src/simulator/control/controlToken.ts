import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { writePrivate } from '../tls/certificates.ts'

const FILE_NAME = 'control.token'

/** The secret of the control host, made at the first start and readable by the owner of the data folder only. */
export function prepareControlToken(dataDir: string): string {
  const file = path.join(dataDir, FILE_NAME)
  if (!fs.existsSync(file)) writePrivate(file, randomBytes(32).toString('base64url'))
  return fs.readFileSync(file, 'utf8').trim()
}

/** The secret of a tenant that has been started in this folder. Throws when there is none. */
export function readControlToken(dataDir: string): string {
  return fs.readFileSync(path.join(dataDir, FILE_NAME), 'utf8').trim()
}

export function isControlToken(expected: string, authorization: string | undefined): boolean {
  const given = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1] ?? ''
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(expected), digest(given))
}
