import { createHash } from 'node:crypto'
import type { Random } from './random.ts'

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const hex = (byte: number) => HEX[byte & 0xff] ?? ''

/** xoshiro128** seeded by the SHA-256 of `seed`. Independent streams come from different seeds: `7/ids`, `7/faults`. */
export function createRandom(seed: string): Random {
  const digest = createHash('sha256').update(seed).digest()
  let a = digest.readUInt32LE(0)
  let b = digest.readUInt32LE(4)
  let c = digest.readUInt32LE(8)
  let d = digest.readUInt32LE(12) | 1

  function word(): number {
    const scrambled = Math.imul(b, 5)
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = (d << 11) | (d >>> 21)
    return result
  }

  return {
    next: () => word() / 2 ** 32,
    integer: (max) => Math.floor((word() / 2 ** 32) * max),
    guid() {
      const w0 = word()
      const w1 = word()
      const w2 = word()
      const w3 = word()
      const head = hex(w0) + hex(w0 >>> 8) + hex(w0 >>> 16) + hex(w0 >>> 24)
      const middle = `${hex(w1)}${hex(w1 >>> 8)}-${hex(((w1 >>> 16) & 0x0f) | 0x40)}${hex(w1 >>> 24)}`
      const tail = `${hex((w2 & 0x3f) | 0x80)}${hex(w2 >>> 8)}-${hex(w2 >>> 16)}${hex(w2 >>> 24)}`
      return `${head}-${middle}-${tail}${hex(w3)}${hex(w3 >>> 8)}${hex(w3 >>> 16)}${hex(w3 >>> 24)}`
    },
    bytes(length) {
      const out = Buffer.allocUnsafe(length)
      for (let at = 0; at < length; at++) out[at] = word() >>> 24
      return out
    },
  }
}
