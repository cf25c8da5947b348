import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MigrationError } from '../../../shared/errors.ts'
import { type Keyring, systemKeyring } from './keyring.ts'
import { createSealer, createSecretStore } from './secretStore.ts'

let folder: string

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-secrets-'))
})

afterEach(() => {
  fs.rmSync(folder, { recursive: true })
})

const noKeyring: Keyring = { keep: async () => false, find: async () => undefined }

function memoryKeyring(): Keyring & { readonly kept: Map<string, string> } {
  const kept = new Map<string, string>()
  return {
    kept,
    keep: async (account, secret) => kept.set(account, secret) !== undefined,
    find: async (account) => kept.get(account),
  }
}

const open = (options: { readonly keyring?: Keyring; readonly passphrase?: string } = {}) =>
  createSecretStore({ folder, keyring: options.keyring ?? noKeyring, passphrase: options.passphrase })

const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => 'opened',
    (thrown: unknown) => (thrown instanceof MigrationError ? thrown.code : thrown),
  )

const stored = (): string[] => fs.readdirSync(path.join(folder, 'secrets')).toSorted()

describe('secrets', () => {
  test.each([
    ['key file', {}, 'key file'],
    ['passphrase', { passphrase: 'correct horse' }, 'PORTAGE_PASSPHRASE'],
    ['keyring', { keyring: memoryKeyring() }, 'keyring of the operating system'],
  ])('survive a restart: %s', async (_title, options, words) => {
    const long = 'token '.repeat(5000)
    const first = await open(options)
    await first.set('cache', 'old')
    await first.set('cache', long)
    const again = await open(options)
    expect([await again.get('cache'), await again.get('other')]).toEqual([long, undefined])
    expect(again.describe()).toContain(words)
    await again.delete('cache')
    await again.delete('cache')
    expect(await first.get('cache')).toBeUndefined()
  })

  test('are nowhere in clear text, and only for this account', async () => {
    await (await open()).set('name of a secret', 'the secret itself')
    for (const name of stored()) {
      const file = path.join(folder, 'secrets', name)
      expect(fs.readFileSync(file, 'utf8') + name).not.toMatch(/the secret itself|name of a secret/)
      if (process.platform !== 'win32') expect(fs.statSync(file).mode & 0o777).toBe(0o600)
    }
    expect(stored()).toHaveLength(3)
  })

  test('that were exchanged or damaged do not open', async () => {
    const store = await open()
    await store.set('a', 'one')
    const [file = ''] = stored().filter((name) => name.endsWith('.sealed'))
    const fileA = path.join(folder, 'secrets', file)
    const sealed = fs.readFileSync(fileA, 'utf8')
    await store.set('b', 'two')
    const [fileB = ''] = stored().filter((name) => name.endsWith('.sealed') && name !== file)
    fs.writeFileSync(path.join(folder, 'secrets', fileB), sealed)
    fs.writeFileSync(fileA, `${sealed.slice(0, -2)}AA`)
    expect([await store.get('a'), await store.get('b')]).toEqual([undefined, undefined])
  })

  test('are refused with a reason when the key is another or gone', async () => {
    await open({ passphrase: 'right' })
    expect(await refusal(open({ passphrase: 'wrong' }))).toBe('AUTH_REFUSED')
    expect(await refusal(open())).toBe('AUTH_REFUSED')
    fs.rmSync(path.join(folder, 'secrets'), { recursive: true })
    const keyring = memoryKeyring()
    await open({ keyring })
    keyring.kept.clear()
    expect(await refusal(open({ keyring }))).toBe('AUTH_REFUSED')
    fs.rmSync(path.join(folder, 'secrets'), { recursive: true })
    await open()
    fs.rmSync(path.join(folder, 'secrets', 'key'))
    expect(await refusal(open())).toBe('AUTH_REFUSED')
    fs.writeFileSync(path.join(folder, 'secrets', 'protection.json'), '{')
    expect(await refusal(open())).toBe('AUTH_REFUSED')
  })

  test('have one key when several begin at once', async () => {
    const stores = await Promise.all(Array.from({ length: 8 }, () => open()))
    await stores[0]?.set('shared', 'value')
    expect(await Promise.all(stores.map((store) => store.get('shared')))).toEqual(stores.map(() => 'value'))
    expect(stored().filter((name) => name.startsWith('.'))).toEqual([])
  })

  test('the keyring of this machine answers or is passed over, and never throws', async () => {
    expect(await systemKeyring.find('no such account of Portage')).toBeUndefined()
  })
})

describe('the sealer of a journal', () => {
  test('opens what any sealer of the install sealed, and nothing else', async () => {
    const [one, other] = await Promise.all([createSealer(await open()), createSealer(await open())])
    const sealed = one.seal('https://upload.example/secret')
    expect(sealed).not.toContain('upload')
    expect(one.seal('https://upload.example/secret')).not.toBe(sealed)
    expect([other.open(sealed), other.open('https://plain'), other.open('v1.AAAA')]).toEqual([
      'https://upload.example/secret',
      undefined,
      undefined,
    ])
  })
})
