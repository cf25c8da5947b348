import { expect, test } from 'vitest'
import { createWindowsAccess } from './windowsAccess.ts'
import { sidText, type WindowsAccount, type WindowsApi } from './windowsApi.ts'

const never = new AbortController().signal
const LOCAL = 'S-1-5-21-9-9-9-1001'
const ANN = 'S-1-5-21-1-1-1-1101'

/** A system that knows people of the domain, and a server that knows its own local group. */
function accountsOf(
  asked: string[],
  members: readonly string[] = ['CORP\\ann', 'S-1-5-21-1-1-1-4'],
): Pick<WindowsApi, 'accountOf' | 'localGroupMembers' | 'sidOf'> {
  const found: Readonly<Record<string, WindowsAccount>> = {
    [`\\\\files ${LOCAL}`]: { name: 'FILES\\Editors', use: 4 },
    [`null ${ANN}`]: { name: 'CORP\\ann', use: 1 },
  }
  return {
    accountOf: (sid, server) => {
      asked.push(`${server} ${sid}`)
      return found[`${server} ${sid}`]
    },
    localGroupMembers: (group, server) => (group === 'Editors' && server === '\\\\files' ? members : undefined),
    sidOf: (name) => (name === 'CORP\\ann' ? ANN : undefined),
  }
}

test.each([['\\\\files\\team\\docs'], ['\\\\?\\UNC\\files\\team']])(
  '%s: the server is asked first, each account once',
  async (root) => {
    const asked: string[] = []
    const access = createWindowsAccess(() => accountsOf(asked) as WindowsApi, root)
    const accounts = await access.accounts?.([LOCAL, ANN, 'S-1-5-21-1-1-1-9999'], never)
    expect([...(accounts?.values() ?? [])]).toEqual([
      { sid: LOCAL, names: ['FILES\\Editors'], kind: 'localGroup', memberSids: [ANN, 'S-1-5-21-1-1-1-4'] },
      { sid: ANN, names: ['CORP\\ann'], kind: 'person' },
    ])
    expect(access.accountSpellings(ANN)).toEqual([ANN, 'CORP\\ann'])
    expect(asked).toEqual([
      `\\\\files ${LOCAL}`,
      `\\\\files ${ANN}`,
      `null ${ANN}`,
      '\\\\files S-1-5-21-1-1-1-9999',
      'null S-1-5-21-1-1-1-9999',
    ])
  },
)

test('a drive has no server to ask', () => {
  const asked: string[] = []
  createWindowsAccess(() => accountsOf(asked) as WindowsApi, 'D:\\share').accountSpellings(ANN)
  expect(asked).toEqual([`null ${ANN}`])
})

test('one member that nobody can name makes the members of its group unknown', async () => {
  const access = createWindowsAccess(() => accountsOf([], ['CORP\\ann', 'CORP\\gone']) as WindowsApi, '\\\\files\\team')
  expect((await access.accounts?.([LOCAL], never))?.get(LOCAL)).toEqual({
    sid: LOCAL,
    names: ['FILES\\Editors'],
    kind: 'localGroup',
  })
})

test('a SID in the form of Windows is told as text', () => {
  const sid = Buffer.from('010500000000000515000000010000000200000003000000e9030000', 'hex')
  expect(sidText(Buffer.concat([sid, Buffer.alloc(40)]))).toBe('S-1-5-21-1-2-3-1001')
})
