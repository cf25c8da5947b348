interface Sample {
  readonly atMs: number
  readonly total: number
}

/** How much a counter that only grows has grown within the last while. Its memory is bounded by the number of steps. */
export class RollingMeter {
  readonly #windowMs: number
  readonly #stepMs: number
  #samples: Sample[] = []

  constructor(options: { readonly windowMs: number; readonly steps: number }) {
    this.#windowMs = options.windowMs
    this.#stepMs = options.windowMs / options.steps
  }

  /** The counter as it is now. A clock that was put back begins anew. */
  sample(total: number, nowMs: number): void {
    const last = this.#samples.at(-1)
    if (last && (nowMs < last.atMs || total < last.total)) this.#samples = []
    const before = this.#samples.at(-2)
    if (last && before && nowMs - before.atMs < this.#stepMs) this.#samples.pop()
    this.#samples.push({ atMs: nowMs, total })
    while ((this.#samples[1]?.atMs ?? nowMs) <= nowMs - this.#windowMs) this.#samples.shift()
  }

  /** Growth within the window that ends with the last sample; of a counter that is younger, since its first. */
  grown(): number {
    const [first] = this.#samples
    const last = this.#samples.at(-1)
    return first && last ? last.total - first.total : 0
  }
}
