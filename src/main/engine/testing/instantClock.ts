import type { Clock } from '../ports/runtime.ts'

/** A clock on which every wait is over at once and leaves its mark on the time. For tests of what happens, not of when. */
export class InstantClock implements Clock {
  #nowMs: number
  /** Every wait that was asked for, in order. */
  readonly waits: number[] = []

  constructor(startMs = Date.UTC(2026, 7, 20)) {
    this.#nowMs = startMs
  }

  now(): number {
    return this.#nowMs
  }

  async sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    this.waits.push(delayMs)
    this.#nowMs += Math.max(0, delayMs)
    await Promise.resolve()
    signal.throwIfAborted()
  }
}
