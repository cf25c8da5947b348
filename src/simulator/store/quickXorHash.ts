const STATE_BITS = 160
const STATE_BYTES = 20
const BITS_PER_STEP = 11
/** After this many bytes the bit position is back where it was, so rows of this length may be XORed onto each other first. */
const PERIOD_BYTES = 160
const PERIOD_WORDS = PERIOD_BYTES / 4
const COPY_BYTES = PERIOD_BYTES * 400

/**
 * QuickXorHash, the content hash of OneDrive and SharePoint [G]. Feed the bytes in order, in pieces of any size.
 * Rows of 160 bytes are XORed together on 32-bit lanes; the turning of bits happens once, at the end.
 */
export class QuickXorHash {
  private readonly words = new Uint32Array(PERIOD_WORDS)
  private readonly bytes = new Uint8Array(this.words.buffer)
  private lengthBytes = 0

  update(data: Uint8Array): this {
    let at = 0
    let column = this.lengthBytes % PERIOD_BYTES
    this.lengthBytes += data.length
    while (column !== 0 && at < data.length) {
      this.xorByte(column, data[at++] ?? 0)
      column = (column + 1) % PERIOD_BYTES
    }
    const rowsEnd = at + Math.floor((data.length - at) / PERIOD_BYTES) * PERIOD_BYTES
    if ((data.byteOffset + at) % 4 === 0) {
      this.xorRows(new Uint32Array(data.buffer, data.byteOffset + at, (rowsEnd - at) / 4))
      at = rowsEnd
    } else if (rowsEnd > at) {
      const scratch = new Uint8Array(Math.min(COPY_BYTES, rowsEnd - at))
      while (at < rowsEnd) {
        const piece = data.subarray(at, Math.min(at + scratch.length, rowsEnd))
        scratch.set(piece)
        this.xorRows(new Uint32Array(scratch.buffer, 0, piece.length / 4))
        at += piece.length
      }
    }
    for (column = 0; at < data.length; column++) this.xorByte(column, data[at++] ?? 0)
    return this
  }

  /** The state as it is now, to come back to when the next piece breaks off. */
  copy(): QuickXorHash {
    const other = new QuickXorHash()
    other.words.set(this.words)
    other.lengthBytes = this.lengthBytes
    return other
  }

  /** Base64, 28 characters. May be asked at any time. */
  digest(): string {
    const state = Buffer.alloc(STATE_BYTES)
    for (let column = 0; column < PERIOD_BYTES; column++) {
      const byte = this.bytes[column] ?? 0
      const bit = (column * BITS_PER_STEP) % STATE_BITS
      const at = bit >> 3
      const turn = bit & 7
      state[at] = (state[at] ?? 0) ^ ((byte << turn) & 0xff)
      const next = (at + 1) % STATE_BYTES
      state[next] = (state[next] ?? 0) ^ (byte >> (8 - turn))
    }
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(this.lengthBytes))
    for (let at = 0; at < 8; at++) state[at + 12] = (state[at + 12] ?? 0) ^ (length[at] ?? 0)
    return state.toString('base64')
  }

  private xorByte(column: number, byte: number): void {
    this.bytes[column] = (this.bytes[column] ?? 0) ^ byte
  }

  /** Eight lanes at a time stay in registers while the rows go by. */
  private xorRows(rows: Uint32Array): void {
    const { words } = this
    for (let lane = 0; lane < PERIOD_WORDS; lane += 8) {
      let a = 0
      let b = 0
      let c = 0
      let d = 0
      let e = 0
      let f = 0
      let g = 0
      let h = 0
      for (let at = lane; at < rows.length; at += PERIOD_WORDS) {
        a ^= rows[at] as number
        b ^= rows[at + 1] as number
        c ^= rows[at + 2] as number
        d ^= rows[at + 3] as number
        e ^= rows[at + 4] as number
        f ^= rows[at + 5] as number
        g ^= rows[at + 6] as number
        h ^= rows[at + 7] as number
      }
      const sums = [a, b, c, d, e, f, g, h]
      for (let offset = 0; offset < 8; offset++) words[lane + offset] = (words[lane + offset] ?? 0) ^ (sums[offset] ?? 0)
    }
  }
}

/** The hash of bytes that are all there already. */
export function quickXorHash(data: Uint8Array): string {
  return new QuickXorHash().update(data).digest()
}
