import type { Clock, Random } from '../ports/runtime.ts'

interface Sleeper {
  readonly wakeMs: number
  readonly order: number
  readonly wake: () => void
}

/** A clock that stands still until it is told to move; sleepers wake in the order of their times. For tests. */
export class FakeClock implements Clock {
  private nowMs: number
  private order = 0
  private readonly sleepers = new Set<Sleeper>()

  constructor(startMs = Date.UTC(2026, 7, 20)) {
    this.nowMs = startMs
  }

  now(): number {
    return this.nowMs
  }

  sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const onAbort = () => {
        this.sleepers.delete(sleeper)
        reject(signal.reason)
      }
      const sleeper: Sleeper = {
        wakeMs: this.nowMs + Math.max(0, delayMs),
        order: this.order++,
        wake: () => {
          this.sleepers.delete(sleeper)
          signal.removeEventListener('abort', onAbort)
          resolve()
        },
      }
      this.sleepers.add(sleeper)
      signal.addEventListener('abort', onAbort, { once: true })
    })
  }

  get sleeperCount(): number {
    return this.sleepers.size
  }

  /** Moves to the next moment at which someone wakes and lets everything run; false when nobody sleeps. */
  async advanceToNext(): Promise<boolean> {
    await settle()
    const next = this.nextSleeper()
    if (next === undefined) return false
    this.nowMs = Math.max(this.nowMs, next.wakeMs)
    next.wake()
    await settle()
    return true
  }

  /** Moves by `deltaMs`, stopping at every moment at which someone wakes. */
  async advance(deltaMs: number): Promise<void> {
    const untilMs = this.nowMs + deltaMs
    await settle()
    for (let next = this.nextSleeper(); next !== undefined && next.wakeMs <= untilMs; next = this.nextSleeper()) {
      this.nowMs = Math.max(this.nowMs, next.wakeMs)
      next.wake()
      await settle()
    }
    this.nowMs = untilMs
  }

  private nextSleeper(): Sleeper | undefined {
    let next: Sleeper | undefined
    for (const sleeper of this.sleepers) {
      if (next === undefined || sleeper.wakeMs < next.wakeMs || (sleeper.wakeMs === next.wakeMs && sleeper.order < next.order))
        next = sleeper
    }
    return next
  }
}

/** Lets promises that are ready run to their next wait. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve()
}

/** The same numbers for the same seed. For tests. */
export class SeededRandom implements Random {
  private state: number

  constructor(seed = 1) {
    this.state = seed | 0 || 1
  }

  next(): number {
    // mulberry32
    this.state = (this.state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  uuid(): string {
    const hex = (length: number) => Array.from({ length }, () => Math.floor(this.next() * 16).toString(16)).join('')
    return `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`
  }
}
