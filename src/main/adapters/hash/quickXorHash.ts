import type { ContentHasher } from '../../engine/ports/source.ts'
import { createXorColumns } from './xorColumnsWasm.ts'

/** The place of a byte repeats after so many bytes: 11 · 160 bits is a multiple of the 160-bit ring. */
const PERIOD_BYTES = 160
const STATE_BYTES = 20
const STATE_BITS = 8 * STATE_BYTES
const SHIFT_BITS = 11
/** Small enough to stay in the second-level cache between the copy and the XOR. */
const SLICE_BYTES = 64 * 1024

/** One for the whole thread: `update` never yields, so nobody sees another's data in it. */
const columns = createXorColumns(SLICE_BYTES + 2 * PERIOD_BYTES)
const accumulators = columns.memory.subarray(0, PERIOD_BYTES)
const slice = columns.memory.subarray(PERIOD_BYTES)

/**
 * Streaming QuickXorHash [sharepoint-protocols G]. XOR is linear, so bytes whose numbers differ by a multiple of 160 are first XORed onto each
 * other, which is all the work per byte; their places in the ring are taken once, in `digest`. Zeros are neutral: every slice is padded to
 * whole rows and has no special first or last bytes.
 *
 * `digest` may be called at any time and changes nothing.
 */
export function createQuickXorHasher(): ContentHasher {
  const sums = new Uint8Array(PERIOD_BYTES)
  let lengthBytes = 0

  return {
    update(bytes) {
      accumulators.set(sums)
      for (let start = 0; start < bytes.length; start += SLICE_BYTES) {
        const part = start === 0 && bytes.length <= SLICE_BYTES ? bytes : bytes.subarray(start, start + SLICE_BYTES)
        const column = lengthBytes % PERIOD_BYTES
        const usedBytes = column + part.length
        const paddedBytes = Math.ceil(usedBytes / PERIOD_BYTES) * PERIOD_BYTES
        slice.fill(0, 0, column)
        slice.set(part, column)
        slice.fill(0, usedBytes, paddedBytes)
        columns.xorRows(PERIOD_BYTES, PERIOD_BYTES + paddedBytes)
        lengthBytes += part.length
      }
      sums.set(accumulators)
    },
    digest() {
      const state = placeInRing(sums)
      const view = new DataView(state.buffer)
      const lengthAt = STATE_BYTES - 8
      view.setBigUint64(lengthAt, view.getBigUint64(lengthAt, true) ^ BigInt(lengthBytes), true)
      return Buffer.from(state).toString('base64')
    },
  }
}

/** Byte number i goes to bit (11 · i mod 160) of the ring, bits counted from the low end of each byte. */
function placeInRing(sums: Uint8Array): Uint8Array<ArrayBuffer> {
  const state = new Uint8Array(STATE_BYTES)
  for (const [index, sum] of sums.entries()) {
    const bit = (index * SHIFT_BITS) % STATE_BITS
    const low = bit >> 3
    const high = (low + 1) % STATE_BYTES
    const spread = sum << (bit & 7)
    state[low] = (state[low] ?? 0) ^ (spread & 0xff)
    state[high] = (state[high] ?? 0) ^ (spread >> 8)
  }
  return state
}
