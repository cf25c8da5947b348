import { randomBytes, scryptSync } from 'node:crypto'
import path from 'node:path'
import { z } from 'zod'
import { MigrationError } from '../../../shared/errors.ts'
import { type Keyring, systemKeyring } from './keyring.ts'
import { addPrivateFile, readPrivateFile } from './privateFiles.ts'
import { KEY_BYTES, openText, sealText } from './sealing.ts'

/** How the key that opens all secrets is kept; decided once for each folder and stored beside the secrets. */
const protectionSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('keyring'), account: z.string(), check: z.string() }),
  z.object({ kind: z.literal('passphrase'), salt: z.string(), check: z.string() }),
  z.object({ kind: z.literal('keyFile'), check: z.string() }),
])
type Protection = z.infer<typeof protectionSchema>

export interface MasterKey {
  readonly key: Uint8Array
  readonly kind: Protection['kind']
}

export interface MasterKeyOptions {
  readonly folder: string
  readonly passphrase: string | undefined
  readonly keyring?: Keyring
}

const CHECK_PURPOSE = 'check'
const CHECK_TEXT = 'portage'
/** About 100 ms and 64 MiB for each guess. */
const SCRYPT = { N: 65_536, r: 8, p: 1, maxmem: 128 * 1024 * 1024 }

/**
 * The key of a folder; made at first use. A passphrase is a person's decision and comes first, then the keyring of the operating system, then a
 * key file for this account. Later calls find what the first one decided. Errors: AUTH_REFUSED when the key cannot be had any more.
 */
export async function openMasterKey(options: MasterKeyOptions): Promise<MasterKey> {
  const file = path.join(options.folder, 'protection.json')
  for (;;) {
    const stored = await readPrivateFile(file)
    if (stored !== undefined) return await reopen(parseProtection(stored, file), options)
    const made = await make(options)
    if (await addPrivateFile(file, JSON.stringify(made.protection))) return { key: made.key, kind: made.protection.kind }
    // Another process was first: its decision counts.
  }
}

async function make({
  folder,
  passphrase,
  keyring = systemKeyring,
}: MasterKeyOptions): Promise<{ key: Uint8Array; protection: Protection }> {
  const checkOf = (key: Uint8Array): string => sealText(CHECK_TEXT, { key, purpose: CHECK_PURPOSE })
  if (passphrase !== undefined && passphrase !== '') {
    const salt = randomBytes(16)
    const key = scryptSync(passphrase, salt, KEY_BYTES, SCRYPT)
    return { key, protection: { kind: 'passphrase', salt: salt.toString('base64'), check: checkOf(key) } }
  }
  const key = randomBytes(KEY_BYTES)
  const account = `${path.resolve(folder)} ${randomBytes(4).toString('hex')}`
  if (await keyring.keep(account, key.toString('base64')))
    return { key, protection: { kind: 'keyring', account, check: checkOf(key) } }
  const keyFile = keyFileOf(folder)
  await addPrivateFile(keyFile, key.toString('base64'))
  const kept = Buffer.from((await readPrivateFile(keyFile)) ?? '', 'base64')
  return { key: kept, protection: { kind: 'keyFile', check: checkOf(kept) } }
}

async function reopen(protection: Protection, options: MasterKeyOptions): Promise<MasterKey> {
  const { key, lost } = await keyFor(protection, options)
  if (key?.length === KEY_BYTES && openText(protection.check, { key, purpose: CHECK_PURPOSE }) === CHECK_TEXT) {
    return { key, kind: protection.kind }
  }
  throw new MigrationError('AUTH_REFUSED', `The stored secrets in "${options.folder}" cannot be opened: ${lost}.`, {
    remedy: { kind: 'stopTask' },
    fix: `Restore it, or remove the folder "${options.folder}" and connect again.`,
  })
}

async function keyFor(
  protection: Protection,
  { folder, passphrase, keyring = systemKeyring }: MasterKeyOptions,
): Promise<{ readonly key: Uint8Array | undefined; readonly lost: string }> {
  switch (protection.kind) {
    case 'passphrase': {
      if (passphrase === undefined || passphrase === '') return { key: undefined, lost: 'PORTAGE_PASSPHRASE is not set' }
      const key = scryptSync(passphrase, Buffer.from(protection.salt, 'base64'), KEY_BYTES, SCRYPT)
      return { key, lost: 'PORTAGE_PASSPHRASE is not the one they were stored with' }
    }
    case 'keyring': {
      const kept = await keyring.find(protection.account)
      return {
        key: kept === undefined ? undefined : Buffer.from(kept, 'base64'),
        lost: 'the keyring of the system does not give the key',
      }
    }
    case 'keyFile': {
      const kept = await readPrivateFile(keyFileOf(folder))
      return {
        key: kept === undefined ? undefined : Buffer.from(kept, 'base64'),
        lost: `the key file "${keyFileOf(folder)}" is missing or another one`,
      }
    }
  }
}

export const keyFileOf = (folder: string): string => path.join(folder, 'key')

function parseProtection(text: string, file: string): Protection {
  try {
    return protectionSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw new MigrationError('AUTH_REFUSED', `The file "${file}" is damaged: the stored secrets cannot be opened.`, {
      remedy: { kind: 'stopTask' },
      fix: 'Restore it, or remove its folder and connect again.',
      cause,
    })
  }
}
