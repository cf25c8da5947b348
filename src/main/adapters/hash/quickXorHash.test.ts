import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createQuickXorHasher } from './quickXorHash.ts'

function hashOf(...parts: readonly Uint8Array[]): string {
  const hasher = createQuickXorHasher()
  for (const part of parts) hasher.update(part)
  return hasher.digest()
}

/** The definition, bit by bit. */
function naiveHash(bytes: Uint8Array): string {
  const ring = new Array<number>(160).fill(0)
  bytes.forEach((byte, number) => {
    for (let bit = 0; bit < 8; bit++) {
      const place = (11 * number + bit) % 160
      ring[place] = (ring[place] ?? 0) ^ ((byte >> bit) & 1)
    }
  })
  const state = Buffer.alloc(20)
  ring.forEach((bit, place) => {
    state[place >> 3] = (state[place >> 3] ?? 0) | (bit << (place & 7))
  })
  state.writeBigUInt64LE(state.readBigUInt64LE(12) ^ BigInt(bytes.length), 12)
  return state.toString('base64')
}

const made = (length: number, byteAt: (index: number) => number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => byteAt(index))

describe('QuickXorHash', () => {
  test.each([
    ['', 'AAAAAAAAAAAAAAAAAAAAAAAAAAA='],
    ['Sg==', 'SgAAAAAAAAAAAAAAAQAAAAAAAAA='],
    ['0pZP', '0rDEEwAAAAAAAAAAAwAAAAAAAAA='],
    ['jRRDVA==', 'jaDAEKgAAAAAAAAABAAAAAAAAAA='],
    ['/aNzzCFPS/A=', '/RjFHJgRgicsAR4ACAAAAAAAAAA='],
    ['XoJ1AsoR4fDYJrDqYs4=', 'XhBEHQSgjAiEAx7YPgEs1CEGZwA='],
    ['gQaybEqS/4UlDc8e4IJm', 'gDCALNigBEn8oxAlZ8AzPAAOQZg='],
    ['2fuxhBJXtpWFe8dOfdGeHw==', 'O9tHLAghgSvYohKFyMMxnNCHaHg='],
    ['T6LYJIfDh81JrAK309H2JMJTXis=', 'zBTHrspn3mEcohlJdIUAbjGNaNg='],
    ['DWAAX5/CIfrmErgZa8ot6ZraeSbu', 'LR2Z0PjuRYGKQB/mhQAuMrAGZbQ='],
    ['NbYXsp5/K6mR+NmHwExjvWeWDJFnXTKWVlzYHoesp2E=', 'wjuAuWDiq04qDt1R8hHWDDcwVoQ='],
  ])('published vector %s', (base64, expected) => {
    expect(hashOf(Buffer.from(base64, 'base64'))).toBe(expected)
  })

  test.each([
    ['abc', Buffer.from('abc'), 'YRDDGAAAAAAAAAAAAwAAAAAAAAA='],
    ['Hello, World!', Buffer.from('Hello, World!'), 'SCgDG9jwBhaA4ApvnQMbyBACAAA='],
    ['the fox', Buffer.from('The quick brown fox jumps over the lazy dog'), 'bMSlbysmxJL6S75XwfMcQZOpcr4='],
    ['every byte', made(256, (index) => index), 'QkGEfSisZcA7k+FCh71r2dbCayY='],
    ['zeros', new Uint8Array(327_680), 'AAAAAAAAAAAAAAAAAAAFAAAAAAA='],
    ['1 MiB', made(1_048_576, (index) => (31 * index + 7) & 255), 'TnEi02+12yWlVIof/FQGHHjEZfU='],
    ['5 MiB', made(5_242_880, (index) => index % 251), '/p/DCDFbDO0I+W4Z5OEzEr6u56Q='],
  ])('computed vector: %s', (_title, bytes, expected) => {
    expect(hashOf(bytes)).toBe(expected)
  })

  test('equals the bitwise definition, however the bytes are sliced', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: 8 }), (parts) => {
        expect(hashOf(...parts)).toBe(naiveHash(Buffer.concat(parts)))
      }),
      { numRuns: 150 },
    )
  })

  test('slices across the 64 KiB working area agree with one update', () => {
    const bytes = made(200_001, (index) => (index * 2_654_435_761) >>> 24)
    expect(hashOf(bytes.subarray(0, 70_003), bytes.subarray(70_003, 70_004), bytes.subarray(70_004))).toBe(hashOf(bytes))
  })

  test('hashers that take turns do not disturb each other, and a digest changes nothing', () => {
    const [one, other] = [createQuickXorHasher(), createQuickXorHasher()]
    one.update(Buffer.from('Hello, '))
    other.update(Buffer.from('a'))
    one.digest()
    one.update(Buffer.from('World!'))
    other.update(Buffer.from('bc'))
    expect([one.digest(), other.digest()]).toEqual(['SCgDG9jwBhaA4ApvnQMbyBACAAA=', 'YRDDGAAAAAAAAAAAAwAAAAAAAAA='])
  })
})
