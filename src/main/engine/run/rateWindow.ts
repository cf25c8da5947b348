import { RATE_SAMPLE_MS, RATE_WINDOW_MS } from '../../../shared/limits.ts'
import type { Clock } from '../ports/runtime.ts'

interface Sample {
  readonly atMs: number
  files: number
  bytes: number
}

/** Files and bytes per second over the last minute; memory is one number pair per second. */
export class RateWindow {
  readonly #clock: Clock
  readonly #startedAtMs: number
  readonly #samples: Sample[] = []

  constructor(clock: Clock) {
    this.#clock = clock
    this.#startedAtMs = clock.now()
  }

  add(done: { readonly files: number; readonly bytes: number }): void {
    const nowMs = this.#clock.now()
    const last = this.#samples.at(-1)
    if (last !== undefined && nowMs - last.atMs < RATE_SAMPLE_MS) {
      last.files += done.files
      last.bytes += done.bytes
      return
    }
    this.#forget(nowMs)
    this.#samples.push({ atMs: nowMs, ...done })
  }

  perSecond(): { readonly files: number; readonly bytes: number } {
    const nowMs = this.#clock.now()
    this.#forget(nowMs)
    const spanMs = Math.max(RATE_SAMPLE_MS, Math.min(RATE_WINDOW_MS, nowMs - this.#startedAtMs))
    const sum = this.#samples.reduce((all, { files, bytes }) => ({ files: all.files + files, bytes: all.bytes + bytes }), {
      files: 0,
      bytes: 0,
    })
    return { files: (sum.files * 1000) / spanMs, bytes: (sum.bytes * 1000) / spanMs }
  }

  #forget(nowMs: number): void {
    while (this.#samples[0] !== undefined && nowMs - this.#samples[0].atMs >= RATE_WINDOW_MS) this.#samples.shift()
  }
}
