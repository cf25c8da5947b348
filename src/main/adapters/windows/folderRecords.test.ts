import { describe, expect, test } from 'vitest'
import { natureOf } from './attributes.ts'
import { readFolderRecords } from './folderRecords.ts'
import type { WindowsApi } from './windowsApi.ts'
import { listFolder, readSddl } from './windowsFiles.ts'

interface Made {
  readonly name: string
  readonly attributes?: number
  readonly tag?: number
  readonly sizeBytes?: bigint
  readonly ticks?: bigint
  readonly fileId?: bigint
}

/** Records as the system lays them out: each begins at a multiple of eight. */
function records(made: readonly Made[]): Buffer {
  const parts = made.map(({ name, attributes = 0x20, tag = 0, sizeBytes = 0n, ticks = 0n, fileId = 0n }, index) => {
    const text = Buffer.from(name, 'utf16le')
    const record = Buffer.alloc(Math.ceil((104 + text.length) / 8) * 8)
    if (index < made.length - 1) record.writeUInt32LE(record.length, 0)
    record.writeBigUInt64LE(ticks, 8)
    record.writeBigUInt64LE(ticks, 24)
    record.writeBigUInt64LE(sizeBytes, 40)
    record.writeUInt32LE(attributes, 56)
    record.writeUInt32LE(text.length, 60)
    record.writeUInt32LE(tag, 64)
    record.writeBigUInt64LE(fileId, 96)
    text.copy(record, 104)
    return record
  })
  return Buffer.concat(parts)
}

test('records are read with names of any script, 64-bit sizes, times to the millisecond, and ids', () => {
  const entries = readFolderRecords(
    records([
      { name: '.', attributes: 0x10 },
      { name: '..', attributes: 0x10 },
      { name: 'Müller 文.txt', sizeBytes: 5_000_000_000n, ticks: 116_444_736_000_000_000n + 12_345_678n, fileId: 2n ** 63n + 1n },
      { name: 'x', ticks: 116_444_736_000_000_000n - 1n, tag: 77 },
    ]),
  )
  expect(entries).toEqual([
    {
      name: 'Müller 文.txt',
      attributes: 0x20,
      reparseTag: 0,
      sizeBytes: 5_000_000_000n,
      createdMs: 1234n,
      modifiedMs: 1234n,
      fileId: 2n ** 63n + 1n,
    },
    { name: 'x', attributes: 0x20, reparseTag: 0, sizeBytes: 0n, createdMs: -1n, modifiedMs: -1n, fileId: 0n },
  ])
})

test('a buffer that ends in the middle of a record is no listing', () => {
  expect(() => readFolderRecords(records([{ name: 'a' }]).subarray(0, 50))).toThrow(RangeError)
})

test.each([
  ['an ordinary file', 0x20, 0, { kind: 'file', isHidden: false, isOffline: false }],
  ['a hidden system folder', 0x16, 0, { kind: 'folder', isHidden: true, isOffline: false }],
  ['a junction', 0x410, 0xa000_0003, { kind: 'link', isHidden: false, isOffline: false }],
  ['a symbolic link', 0x420, 0xa000_000c, { kind: 'link', isHidden: false, isOffline: false }],
  ['a OneDrive placeholder', 0x40_0420, 0x9000_101a, { kind: 'file', isHidden: false, isOffline: true }],
  ['a OneDrive folder', 0x410, 0x9000_001a, { kind: 'folder', isHidden: false, isOffline: false }],
  ['a deduplicated file', 0x620, 0x8000_0013, { kind: 'file', isHidden: false, isOffline: false }],
  ['a file on tape', 0x1020, 0, { kind: 'file', isHidden: false, isOffline: true }],
  ['an unknown surrogate', 0x410, 0x2000_0042, { kind: 'link', isHidden: false, isOffline: false }],
] as const)('%s', (_name, attributes, reparseTag, nature) => {
  expect(natureOf({ attributes, reparseTag })).toEqual(nature)
})

describe('listFolder', () => {
  const api = (answers: readonly (Buffer | number)[]) => {
    const closed: unknown[] = []
    let asked = 0
    let error = 0
    const fake: Pick<WindowsApi, 'openFolder' | 'nextRecords' | 'close' | 'lastError' | 'descriptor' | 'toSddl'> = {
      openFolder: (path) => {
        if (path !== 'gone') return 7
        error = 3
        return -1
      },
      nextRecords(_handle, into) {
        const answer = answers[asked++] ?? 18
        if (typeof answer === 'number') {
          error = answer
          return false
        }
        answer.copy(into)
        return true
      },
      close: (handle) => closed.push(handle),
      lastError: () => error,
      descriptor: (path) => (path === 'refused' ? 5 : Buffer.from(path)),
      toSddl: (descriptor) => `D:${descriptor}`,
    }
    return { fake: fake as WindowsApi, closed }
  }

  test('every slice until the end, and the handle is closed', () => {
    const { fake, closed } = api([records([{ name: '.' }]), records([{ name: 'a' }]), records([{ name: 'b' }, { name: 'c' }])])
    expect([...listFolder(fake, 'x')].map((slice) => slice.map(({ name }) => name))).toEqual([['a'], ['b', 'c']])
    expect(closed).toEqual([7])
  })

  test('an error in the middle is one, not the end of a shorter folder', () => {
    const { fake, closed } = api([records([{ name: 'a' }]), 64])
    expect(() => [...listFolder(fake, 'x')]).toThrow(/ECONNRESET.*64/)
    expect(closed).toEqual([7])
  })

  test('what cannot be opened is said in the words of node:fs', () => {
    const { fake, closed } = api([])
    expect(() => [...listFolder(fake, 'gone')]).toThrow(expect.objectContaining({ code: 'ENOENT', windowsCode: 3 }))
    expect(closed).toEqual([])
    expect(() => readSddl(fake, 'refused')).toThrow(expect.objectContaining({ code: 'EACCES' }))
    expect(readSddl(fake, 'P')).toBe('D:P')
  })
})
