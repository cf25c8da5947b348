import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { QuickXorHash, quickXorHash } from './quickXorHash.ts'

const BASE64_VECTORS: readonly (readonly [string, string])[] = [
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
]

const bytes = (length: number, at: (index: number) => number) => Uint8Array.from({ length }, (_, index) => at(index))
const COMPUTED_VECTORS: readonly (readonly [string, Uint8Array, string])[] = [
  ['abc', Buffer.from('abc'), 'YRDDGAAAAAAAAAAAAwAAAAAAAAA='],
  ['Hello, World!', Buffer.from('Hello, World!'), 'SCgDG9jwBhaA4ApvnQMbyBACAAA='],
  ['the fox', Buffer.from('The quick brown fox jumps over the lazy dog'), 'bMSlbysmxJL6S75XwfMcQZOpcr4='],
  ['0 to 255', bytes(256, (index) => index), 'QkGEfSisZcA7k+FCh71r2dbCayY='],
  ['327,680 zeros', new Uint8Array(327_680), 'AAAAAAAAAAAAAAAAAAAFAAAAAAA='],
  ['1 MiB', bytes(1_048_576, (index) => (31 * index + 7) & 255), 'TnEi02+12yWlVIof/FQGHHjEZfU='],
  ['5 MiB', bytes(5_242_880, (index) => index % 251), '/p/DCDFbDO0I+W4Z5OEzEr6u56Q='],
]

describe('QuickXorHash', () => {
  test.each(BASE64_VECTORS)('of base64 %j', (input, hash) => {
    expect(quickXorHash(Buffer.from(input, 'base64'))).toBe(hash)
  })

  test.each(COMPUTED_VECTORS)('of %s', (_name, input, hash) => {
    expect(quickXorHash(input)).toBe(hash)
  })

  test('is the same however the bytes are cut and wherever they lie in memory', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 2_000 }),
        fc.array(fc.nat(700), { maxLength: 8 }),
        fc.nat(7),
        (data, cuts, shift) => {
          const shifted = new Uint8Array(data.length + shift).subarray(shift)
          shifted.set(data)
          const hash = new QuickXorHash()
          let at = 0
          for (const cut of cuts) {
            hash.update(shifted.subarray(at, at + cut))
            at = Math.min(shifted.length, at + cut)
          }
          expect(hash.update(shifted.subarray(at)).digest()).toBe(slowHash(data))
        },
      ),
    )
  })

  test('a copy goes its own way', () => {
    const hash = new QuickXorHash().update(Buffer.from('ab'))
    const copy = hash.copy().update(Buffer.from('c'))
    expect(copy.digest()).toBe(quickXorHash(Buffer.from('abc')))
    expect(hash.digest()).toBe(quickXorHash(Buffer.from('ab')))
  })
})

/** Byte by byte, as the reference describes it. */
function slowHash(data: Uint8Array): string {
  const state = new Uint8Array(20)
  data.forEach((byte, index) => {
    for (let bit = 0; bit < 8; bit++) {
      const at = (index * 11 + bit) % 160
      const cell = at >> 3
      if ((byte >> bit) & 1) state[cell] = (state[cell] ?? 0) ^ (1 << (at & 7))
    }
  })
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(data.length))
  length.forEach((byte, index) => {
    state[12 + index] = (state[12 + index] ?? 0) ^ byte
  })
  return Buffer.from(state).toString('base64')
}
