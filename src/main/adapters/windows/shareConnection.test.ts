import koffi from 'koffi'
import { describe, expect, test } from 'vitest'
import type { MigrationError } from '../../../shared/errors.ts'
import type { Source } from '../../engine/ports/source.ts'
import { connectedSource, connectionError, connectShare, windowsSharePlace } from './shareConnection.ts'
import { NET_RESOURCE, type ShareConnection } from './windowsApi.ts'

const place = { server: 'files', share: 'Data' }
const login = { user: 'reader', domain: 'CORP', password: 'Sëcret文' }

function systemThatAnswers(windowsCode: number) {
  const asked: (Omit<ShareConnection, 'password'> & { readonly text: string; readonly password: Buffer })[] = []
  return {
    asked,
    async addConnection({ remoteName, userName, password }: ShareConnection) {
      asked.push({ remoteName, userName, password, text: password.toString('utf16le') })
      return windowsCode
    },
  }
}

test.each([
  ['\\\\files\\Data\\a\\b', 'Data', 'a/b'],
  ['//files/Data', 'Data', ''],
  ['smb://files/Data%20X/a', 'Data X', 'a'],
  ['\\\\?\\UNC\\files\\Data\\a', 'Data', 'a'],
  ['\\\\?\\unc\\files\\Data', 'Data', ''],
])('%s is a share', (text, share, folder) => {
  expect(windowsSharePlace(text)).toMatchObject({ server: 'files', share, folder })
})

test.each(['D:\\Data', '\\\\?\\D:\\Data', '\\\\.\\pipe\\x', '\\\\files', '\\\\?\\UNC\\files'])('%s is none', (text) => {
  expect(windowsSharePlace(text)).toBeUndefined()
})

test('the structure lies in memory as Windows has it on 64 bits', () => {
  const type = koffi.struct({ ...NET_RESOURCE })
  expect(koffi.sizeof(type)).toBe(48)
  expect(Object.keys(NET_RESOURCE).map((member) => koffi.offsetof(type, member))).toEqual([0, 4, 8, 12, 16, 24, 32, 40])
})

describe('signing in', () => {
  test('the system gets share, account and password; the copy of the password is wiped', async () => {
    const system = systemThatAnswers(0)
    await connectShare(system, place, login)
    expect(system.asked).toMatchObject([{ remoteName: '\\\\files\\Data', userName: 'CORP\\reader', text: 'Sëcret文\0' }])
    expect(system.asked[0]?.password.every((byte) => byte === 0)).toBe(true)
  })

  test('an account without a domain is given as it is', async () => {
    const system = systemThatAnswers(0)
    await connectShare(system, place, { ...login, user: 'reader@corp.example', domain: '' })
    expect(system.asked[0]?.userName).toBe('reader@corp.example')
  })

  test('what is connected already is fine', async () => {
    await expect(connectShare(systemThatAnswers(85), place, login)).resolves.toBeUndefined()
  })

  test('a refusal tells neither password nor account, and wipes as well', async () => {
    const system = systemThatAnswers(1326)
    const thrown: unknown = await connectShare(system, place, login).catch((error: unknown) => error)
    expect(thrown).toMatchObject({ code: 'SRC_NO_ACCESS', remedy: { kind: 'stopTask' } })
    expect(JSON.stringify(thrown, Object.getOwnPropertyNames(thrown))).not.toMatch(/Sëcret|reader/)
    expect(system.asked[0]?.password.every((byte) => byte === 0)).toBe(true)
  })
})

test.each([
  [5, 'SRC_NO_ACCESS', 'stopTask', /name and password/],
  [53, 'NET_UNREACHABLE', 'retry', /name of the server/],
  [67, 'SRC_NOT_FOUND', 'stopTask', /spelling/],
  [1203, 'NET_UNREACHABLE', 'retry', /name of the server/],
  [1219, 'SRC_NO_ACCESS', 'stopTask', /net use/],
  [1326, 'SRC_NO_ACCESS', 'stopTask', /name and password/],
  [1909, 'SRC_NO_ACCESS', 'stopTask', /put right/],
  [4242, 'SRC_READ_FAILED', 'stopTask', /helpmsg 4242/],
])('Windows error %i is %s', (windowsCode, code, kind, fix) => {
  const error: MigrationError = connectionError(place, windowsCode)
  expect(error).toMatchObject({ code, remedy: { kind }, fix: expect.stringMatching(fix) })
  expect(error.message).toContain(`\\\\files\\Data`)
  expect(error.message).toContain(`Windows error ${windowsCode}`)
})

describe('a connected source', () => {
  function sourceThatNotes(calls: string[]): Source {
    return {
      rootPath: '\\\\files\\Data',
      ownerSpellings: (owner) => [owner],
      check: async () => void calls.push('check'),
      async *walk() {
        calls.push('walk')
        yield []
      },
      open: async () => {
        calls.push('open')
        throw new Error('no file')
      },
      access: {
        accountSpellings: (sid) => [sid],
        descriptor: async () => {
          calls.push('descriptor')
          return 'O:SY'
        },
      },
    }
  }
  const { signal } = new AbortController()

  test.each<[string, (source: Source) => Promise<unknown>]>([
    ['check', (source) => source.check()],
    ['walk', (source) => source.walk({ symlinks: 'skip', signal })[Symbol.asyncIterator]().next()],
    ['open', (source) => source.open('a', signal).catch(() => undefined)],
    ['descriptor', async (source) => source.access?.descriptor('a', signal)],
  ])('connects before %s, once', async (name, act) => {
    const calls: string[] = []
    const source = connectedSource(sourceThatNotes(calls), async () => void calls.push('connect'))
    await act(source)
    await act(source)
    expect(calls).toEqual(['connect', name, name])
  })

  test('is not read when it cannot be connected, and is tried anew by the next call', async () => {
    const calls: string[] = []
    let answer = 53
    const source = connectedSource(sourceThatNotes(calls), async () => {
      calls.push('connect')
      if (answer !== 0) throw connectionError(place, answer)
    })
    await expect(source.check()).rejects.toMatchObject({ code: 'NET_UNREACHABLE' })
    answer = 0
    await source.check()
    expect(calls).toEqual(['connect', 'connect', 'check'])
  })
})
