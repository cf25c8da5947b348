import { expect, test } from 'vitest'
import { lostAttributesOf } from './attributes.ts'
import { listStreams, readStreamData, STREAM_DATA_BYTES } from './streams.ts'

function dataOf(name: string, sizeBytes: number): Buffer {
  // What lay there before is not cleared by the system.
  const data = Buffer.alloc(STREAM_DATA_BYTES, 0x41)
  data.writeBigInt64LE(BigInt(sizeBytes), 0)
  data.write(`${name}\0`, 8, 'utf16le')
  return data
}

function api(streams: readonly Buffer[]) {
  const closed: unknown[] = []
  let next = 0
  const fill = (into: Buffer): boolean => (streams[next]?.copy(into) ?? 0) > 0 && next++ < streams.length
  return {
    closed,
    firstStream: (path: string, into: Buffer) => (path === 'none' || !fill(into) ? -1 : 7),
    nextStream: (_handle: number | bigint, into: Buffer) => fill(into),
    closeFind: (handle: number | bigint) => closed.push(handle),
  }
}

test('the content is no stream, the others are told by name and size', () => {
  expect(readStreamData(dataOf('::$DATA', 12))).toBeUndefined()
  expect(readStreamData(dataOf(':Zone.Identifier:$DATA', 26))).toEqual({ name: 'Zone.Identifier', sizeBytes: 26 })
  expect(readStreamData(dataOf(`:${'n'.repeat(255)}:$DATA`, 5_000_000_000))).toEqual({
    name: 'n'.repeat(255),
    sizeBytes: 5_000_000_000,
  })
})

test('all of them in order, and what was opened is closed', () => {
  const system = api([dataOf('::$DATA', 3), dataOf(':AFP_Resource:$DATA', 286), dataOf(':Zone.Identifier:$DATA', 26)])
  expect(listStreams(system, 'a').map(({ name }) => name)).toEqual(['AFP_Resource', 'Zone.Identifier'])
  expect(system.closed).toEqual([7])
})

test('a file system without streams has none', () => {
  const system = api([])
  expect(listStreams(system, 'none')).toEqual([])
  expect(system.closed).toEqual([])
})

test('a file with streams without end is told of in part', () => {
  const many = api(Array.from({ length: 150 }, (_, index) => dataOf(`:s${index}:$DATA`, 1)))
  expect(listStreams(many, 'a')).toHaveLength(100)
  expect(many.closed).toEqual([7])
})

test.each([
  [0x20, 'file', []],
  [0x2 | 0x20, 'file', ['hidden']],
  [0x1 | 0x2 | 0x4, 'file', ['read-only', 'hidden', 'system']],
  [0x4000, 'file', ['encrypted']],
  [0x800 | 0x200, 'file', []],
  [0x10 | 0x1, 'folder', []],
  [0x10 | 0x2 | 0x4, 'folder', ['hidden', 'system']],
] as const)('attributes %i of a %s that cannot travel: %j', (attributes, kind, lost) => {
  expect(lostAttributesOf(attributes, kind)).toEqual(lost)
})
