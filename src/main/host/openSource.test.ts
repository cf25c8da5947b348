import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Keyring } from '../adapters/secrets/keyring.ts'
import type { ShareConnection } from '../adapters/windows/windowsApi.ts'
import { sourceOpener } from './openSource.ts'
import { createShareCredentials } from './shareCredentials.ts'
import { openWorkFolder } from './workFolder.ts'

/** What a Windows agent does with stored credentials; the call itself is tried on a Windows API in adapters/windows/wine.test.ts. */

const noKeyring: Keyring = { keep: async () => false, find: async () => undefined }
let folder = ''
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-open-'))
})
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

async function refusedBy(sourcePath: string, stored: string | undefined) {
  const environment = { workFolder: openWorkFolder(folder), keyring: noKeyring }
  if (stored !== undefined) {
    await createShareCredentials(environment).set({ share: stored, user: 'CORP\\reader', password: 'secret' })
  }
  const asked: string[] = []
  const addConnection = async ({ remoteName, userName, password }: ShareConnection) => {
    asked.push(`${remoteName} ${userName} ${password.toString('utf16le')}`)
    return 1326
  }
  const open = sourceOpener(environment, { platform: 'win32', windows: () => ({ addConnection }) })
  const thrown = await open({ kind: 'fileShare', path: sourcePath })
    .check()
    .catch((error: unknown) => error)
  return { asked, thrown }
}

test.each(['\\\\Files\\Data\\a', 'smb://Files/Data/a', '\\\\?\\UNC\\Files\\Data\\a'])(
  'the system gets what is stored for the share of %s before it is read',
  async (sourcePath) => {
    const { asked, thrown } = await refusedBy(sourcePath, '\\\\files\\data')
    expect(asked).toEqual(['\\\\Files\\Data CORP\\reader secret\0'])
    expect(thrown).toMatchObject({ code: 'SRC_NO_ACCESS', message: expect.stringContaining('refuses the stored account') })
  },
)

test('what is stored for the server counts for its shares', async () => {
  expect((await refusedBy('\\\\files\\Data', '\\\\files')).asked).toHaveLength(1)
})

test.each([
  ['\\\\files\\Data', '\\\\files\\other'],
  ['\\\\files\\Data', undefined],
  ['D:\\Data', '\\\\files'],
])('%s with credentials for %s is left to the system', async (sourcePath, stored) => {
  const { asked, thrown } = await refusedBy(sourcePath, stored)
  expect(asked).toEqual([])
  expect(thrown).toMatchObject({ code: 'SRC_NOT_FOUND' })
})
