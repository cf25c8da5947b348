import type { Clock } from '../../ports/runtime.ts'

interface Sleeper {
  readonly atMs: number
  readonly order: number
  wake: (() => void) | undefined
}

/** Time that passes as fast as everybody who sleeps can be woken, for thousands of sleepers. For simulations. */
export class VirtualClock implements Clock {
  #nowMs: number
  #order = 0
  readonly #heap: Sleeper[] = []

  constructor(startMs = Date.UTC(2026, 10, 21, 8)) {
    this.#nowMs = startMs
  }

  now(): number {
    return this.#nowMs
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const sleeper: Sleeper = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, wake: undefined }
      const onAbort = () => {
        sleeper.wake = undefined
        reject(signal?.reason)
      }
      sleeper.wake = () => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      }
      this.#push(sleeper)
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  /** Runs until `isOver`, or until nobody sleeps. */
  async run(isOver: () => boolean): Promise<void> {
    await settle()
    for (let next = this.#pop(); next !== undefined && !isOver(); next = this.#pop()) {
      if (!next.wake) continue
      this.#nowMs = next.atMs
      next.wake()
      await settle()
    }
  }

  #push(sleeper: Sleeper): void {
    const heap = this.#heap
    let index = heap.length
    heap.push(sleeper)
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = heap[parent]
      if (!above || !isBefore(sleeper, above)) break
      heap[index] = above
      index = parent
    }
    heap[index] = sleeper
  }

  #pop(): Sleeper | undefined {
    const heap = this.#heap
    const [top] = heap
    const last = heap.pop()
    if (!last || heap.length === 0) return top
    let index = 0
    for (;;) {
      const left = 2 * index + 1
      const one = heap[left]
      const other = heap[left + 1]
      const child = other && one && isBefore(other, one) ? left + 1 : left
      const below = heap[child]
      if (!below || !isBefore(below, last)) break
      heap[index] = below
      index = child
    }
    heap[index] = last
    return top
  }
}

const isBefore = (a: Sleeper, b: Sleeper): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)

/** Lets promises that are ready run to their next wait. Requests take time, so that no chain between two waits is longer. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 16; turn++) await Promise.resolve()
}
