import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MigrationError } from '../../../shared/errors.ts'
import { parseConnection, readConnectionFile } from './connectionFile.ts'

const good = {
  kind: 'portage-connection',
  version: 1,
  cloud: 'global',
  tenantId: '11111111-2222-3333-4444-555555555555',
  clientId: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
  tenantName: 'contoso',
  rootSite: 'https://contoso.sharepoint.com/',
  coordinationSite: 'https://contoso.sharepoint.com/sites/migration',
  auth: { kind: 'certificate', certificateFile: 'app.crt', privateKeyFile: '/keys/app.key' },
  network: { map: [{ host: '*.sharepoint.com', address: '127.0.0.1', port: 8443 }], caFile: 'ca.pem' },
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'portage-connection-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('paths are taken from the folder of the file', async () => {
  const file = path.join(folder, 'connection.json')
  await writeFile(file, JSON.stringify(good))
  const connection = await readConnectionFile(file)
  expect([connection.auth, connection.network.caFile, connection.rootSite]).toEqual([
    { kind: 'certificate', certificateFile: path.join(folder, 'app.crt'), privateKeyFile: '/keys/app.key' },
    path.join(folder, 'ca.pem'),
    'https://contoso.sharepoint.com',
  ])
})

test('cloud and network may be left out', () => {
  const { cloud: _cloud, network: _network, ...rest } = good
  const connection = parseConnection(JSON.stringify(rest), 'c.json')
  expect([connection.cloud, connection.network]).toEqual(['global', { map: [] }])
})

describe('a refusal names the file and the field', () => {
  const refusal = (change: object | string) => {
    try {
      parseConnection(typeof change === 'string' ? change : JSON.stringify({ ...good, ...change }), 'c.json')
    } catch (error) {
      return error instanceof MigrationError ? [error.code, error.message, error.fix !== undefined] : error
    }
    return undefined
  }

  test.each([
    ['not JSON', '{', /c\.json is not JSON/],
    ['another file', { kind: 'package' }, /kind: must be "portage-connection"/],
    ['a newer version', { version: 2 }, /version: must be 1/],
    ['a wrong client id', { clientId: 'x' }, /clientId: must be the application/],
    ['a site of another cloud', { cloud: 'usGovHigh' }, /rootSite: must be a site on a \*\.sharepoint\.us host/],
    ['an unencrypted site', { rootSite: 'http://contoso.sharepoint.com' }, /rootSite: must start with https/],
    ['a bad port', { network: { map: [{ host: 'a.b', address: '127.0.0.1', port: 0 }] } }, /network\.map\.0\.port/],
    [
      'a pattern in the middle',
      { network: { map: [{ host: 'a.*.b', address: 'x', port: 1 }] } },
      /network\.map\.0\.host: must be a host name/,
    ],
    ['a misspelt member', { tenent: 'x' }, /tenent/],
    ['an unknown sign-in', { auth: { kind: 'secret' } }, /auth/],
  ])('%s', (_name, change, message) => {
    expect(refusal(change)).toEqual(['INPUT_CONNECTION_FILE', expect.stringMatching(message), true])
  })

  test('a file that is not there', async () => {
    await expect(readConnectionFile(path.join(folder, 'none.json'))).rejects.toThrow(
      /none\.json cannot be read: there is no such file/,
    )
  })
})
