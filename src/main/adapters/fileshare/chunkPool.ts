import { MIB } from '../../../shared/units.ts'

/** Of one read; smaller ones cost calls, larger ones leave the processor's cache. */
export const CHUNK_BYTES = MIB
/** Memory that may lie idle: enough for the reads of one agent. */
const IDLE_CHUNKS_MAX = 16

/**
 * Memory for reading. What was given back is handed out again: filling it costs a copy, where fresh memory has to be mapped and cleared first.
 * Only full chunks are kept; small ones are cheap.
 */
export class ChunkPool {
  readonly #idle: ArrayBufferLike[] = []
  /** Handed out and not given back; keeps nothing alive. */
  readonly #lent = new WeakSet<ArrayBufferLike>()

  /** Exactly `bytes`, at most CHUNK_BYTES; holds whatever was in it before. */
  take(bytes: number): Buffer {
    if (bytes < CHUNK_BYTES / 2) return Buffer.allocUnsafeSlow(bytes)
    const memory = this.#idle.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES).buffer
    this.#lent.add(memory)
    return Buffer.from(memory, 0, bytes)
  }

  /** Takes back what `take` gave out, once; anything else is left alone. */
  give(chunk: Uint8Array): void {
    if (!this.#lent.delete(chunk.buffer) || this.#idle.length >= IDLE_CHUNKS_MAX) return
    this.#idle.push(chunk.buffer)
  }
}
