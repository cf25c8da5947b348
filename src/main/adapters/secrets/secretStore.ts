import { createHash, randomBytes } from 'node:crypto'
import fs from 'node:fs/promises'
import path from 'node:path'
import type { Sealer } from '../../engine/ports/journal.ts'
import { makeFolder } from '../folders/makeFolder.ts'
import type { Keyring } from './keyring.ts'
import { keyFileOf, type MasterKey, openMasterKey } from './masterKey.ts'
import { addPrivateFile, readPrivateFile, replacePrivateFile } from './privateFiles.ts'
import { JOURNAL_PURPOSE, KEY_BYTES, openText, sealText } from './sealing.ts'

/** Secrets of one install (token caches, keys): small texts by name, encrypted at rest. Never holds anything of the source. */
export interface SecretStore {
  /** undefined = there is none, or what is stored was damaged. */
  get(name: string): Promise<string | undefined>
  /** Whole or not at all; the last of several writers wins. */
  set(name: string, value: string): Promise<void>
  /** Keeps `value` unless there is one already; answers the one that counts. Of several processes at once all get the same. */
  getOrAdd(name: string, value: () => string): Promise<string>
  /** Nothing happens when there is none. */
  delete(name: string): Promise<void>
  /** Which protection is in use, in words for a person. */
  describe(): string
}

export interface SecretStoreOptions {
  /** The work folder of the install; the secrets lie in `secrets` below it. */
  readonly folder: string
  /** Unless given: PORTAGE_PASSPHRASE of the environment. */
  readonly passphrase?: string | undefined
  readonly keyring?: Keyring
}

/**
 * Every secret is a file of its own, AES-256-GCM, named by a hash of its name; the key comes from a passphrase, the keyring of the system or
 * a key file (`openMasterKey`). Values may be of any size, which keyrings do not allow. Errors: AUTH_REFUSED when the key is lost.
 */
export async function createSecretStore(options: SecretStoreOptions): Promise<SecretStore> {
  const folder = path.join(options.folder, 'secrets')
  makeFolder(folder, { mode: 0o700 })
  const master = await openMasterKey({
    folder,
    passphrase: 'passphrase' in options ? options.passphrase : process.env.PORTAGE_PASSPHRASE,
    ...(options.keyring === undefined ? {} : { keyring: options.keyring }),
  })
  return storeIn(folder, master)
}

function storeIn(folder: string, { key, kind }: MasterKey): SecretStore {
  const fileOf = (name: string): string =>
    path.join(folder, `${createHash('sha256').update(name).digest('hex').slice(0, 32)}.sealed`)
  const get = async (name: string): Promise<string | undefined> => {
    const sealed = await readPrivateFile(fileOf(name))
    return sealed === undefined ? undefined : openText(sealed, { key, purpose: name })
  }
  return {
    get,
    set: (name, value) => replacePrivateFile(fileOf(name), sealText(value, { key, purpose: name })),
    async getOrAdd(name, value) {
      const sealed = sealText(value(), { key, purpose: name })
      if (!(await addPrivateFile(fileOf(name), sealed))) {
        const stored = await get(name)
        if (stored !== undefined) return stored
        await replacePrivateFile(fileOf(name), sealed)
      }
      return openText(sealed, { key, purpose: name }) ?? ''
    },
    delete: (name) => fs.rm(fileOf(name), { force: true }),
    describe() {
      switch (kind) {
        case 'keyring':
          return 'encrypted with a key in the keyring of the operating system'
        case 'passphrase':
          return 'encrypted with the passphrase in PORTAGE_PASSPHRASE'
        case 'keyFile':
          return `encrypted with the key file ${keyFileOf(folder)}, which only this account can read`
      }
    },
  }
}

/** The key of this install for columns of its journals; made at first use and kept in the store. */
export async function journalKey(store: SecretStore): Promise<Uint8Array> {
  return Buffer.from(await store.getOrAdd('journal-key', () => randomBytes(KEY_BYTES).toString('base64')), 'base64')
}

/** Seals columns of the journal with that key. */
export async function createSealer(store: SecretStore): Promise<Sealer> {
  const key = await journalKey(store)
  return {
    seal: (text) => sealText(text, { key, purpose: JOURNAL_PURPOSE }),
    open: (text) => openText(text, { key, purpose: JOURNAL_PURPOSE }),
  }
}
