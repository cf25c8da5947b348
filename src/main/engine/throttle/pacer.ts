import {
  BUDGET_BURST_MS,
  CONCURRENCY_RAISE_AFTER_MS,
  HOST_CONCURRENCY_INITIAL,
  HOST_CONCURRENCY_MAX,
  LOAD_INCIDENT_MS,
  RESUME_JITTER_MAX_MS,
  SLEEP_SLICE_MAX_MS,
  WRITE_RU,
} from '../../../shared/limits.ts'
import { MINUTE_MS } from '../../../shared/units.ts'
import type { Clock, Random } from '../ports/runtime.ts'
import { isNearLimit, type RateLimit } from './rateLimitHeaders.ts'

/** What an answer of the host says about its load. Told by whoever reads the answer, before the task ends. */
export type PacerReport =
  /** 429, 503 or 509: nothing may be sent before `delayMs` has passed. Named by the service, or by unnamedThrottleWaitMs. */
  | { readonly kind: 'throttled'; readonly delayMs: number }
  /** 502, 504, resets, time-outs: fewer at once, but no pause. */
  | { readonly kind: 'overloaded' }
  /** The RateLimit headers of any answer. */
  | { readonly kind: 'rateLimit'; readonly rateLimit: RateLimit }

export interface PacerState {
  /** Requests that may be in flight together at present. */
  readonly concurrency: number
  readonly inFlight: number
  readonly queued: number
  /** undefined when nothing is being waited for. */
  readonly pausedUntilMs: number | undefined
  /** `throttled`: the service asked to wait. `spreading`: the rest of the budget is spread over its window. */
  readonly reason: 'throttled' | 'spreading' | undefined
  /** Resource units a minute that the service has named last as the budget of the app; undefined = it has not. */
  readonly limitUnits: number | undefined
}

/** What this process may take of a budget that others spend from too. */
export interface PacerShare {
  /** Of what the service says is left. */
  readonly portion: number
  /** undefined = as much as the service lets through. */
  readonly unitsPerMinute: number | undefined
}

export interface PacedRequest {
  /** What the request costs; WRITE_RU when not told. */
  readonly resourceUnits?: number
  /** Goes before everything that waits, never into a pause: for heartbeats, whose lateness costs a task. */
  readonly isUrgent?: boolean
  readonly signal: AbortSignal
}

/**
 * One per destination host, shared by everything that talks to it. Nothing starts inside a time that the service told to wait; the longest
 * of several told times wins, and none is shortened. Requests in flight when a throttle arrives go on; repeating is the caller's (withRetry),
 * through `run` again. From 80 % of the minute budget on, starts are spread over the rest of its window. Starts in order of arrival.
 */
export interface Pacer {
  /**
   * Waits for a turn, starts `task` in that very moment, and gives its result or error on. `task` must send at once: anything slow (tokens,
   * reading) is done before. A cancel while waiting rejects with the signal's reason and starts nothing.
   */
  run<T>(task: () => Promise<T>, request: PacedRequest): Promise<T>
  report(report: PacerReport): void
  /** From now on. Urgent requests count, and do not wait for it. */
  share(share: PacerShare): void
  state(): PacerState
}

export interface PacerOptions {
  readonly clock: Clock
  readonly random: Random
  readonly initialConcurrency?: number
  readonly maxConcurrency?: number
  /** A pause that was told before this pacer was made, and is not over. */
  readonly pausedUntilMs?: number | undefined
  /** Told whenever the pause gets longer, before anything else can happen: a process that ends now must not forget it. */
  readonly onPause?: (untilMs: number) => void
}

export function createPacer(options: PacerOptions): Pacer {
  return new HostPacer(options)
}

interface Waiter {
  readonly resourceUnits: number
  readonly isUrgent: boolean
  readonly start: () => void
}

/** The rest of the minute budget, as of the last headers that said it runs out. */
interface Spreading {
  readonly untilMs: number
  /** Time that one resource unit takes of the window. */
  readonly unitMs: number
}

class HostPacer implements Pacer {
  private readonly clock: Clock
  private readonly random: Random
  private readonly maxConcurrency: number
  private readonly onPause: ((untilMs: number) => void) | undefined
  private concurrency: number
  /** Until the first sign of load every success raises the concurrency; afterwards clean time does. */
  private isProbing = true
  private changedAtMs: number
  private slowedAtMs = Number.NEGATIVE_INFINITY
  private inFlight = 0
  private inFlightUnits = 0
  private readonly waiting: Waiter[] = []
  private pausedUntilMs: number
  private spreading: Spreading | undefined
  private lastStart = { atMs: 0, resourceUnits: 0 }
  private limitUnits: number | undefined
  private shared: PacerShare = { portion: 1, unitsPerMinute: undefined }
  /** When everything that was started so far is paid for, at the rate of the share. */
  private paidAtMs = 0
  private wake: { readonly atMs: number; readonly controller: AbortController } | undefined

  constructor(options: PacerOptions) {
    this.clock = options.clock
    this.random = options.random
    this.maxConcurrency = options.maxConcurrency ?? HOST_CONCURRENCY_MAX
    this.concurrency = Math.max(1, Math.min(options.initialConcurrency ?? HOST_CONCURRENCY_INITIAL, this.maxConcurrency))
    this.changedAtMs = this.clock.now()
    this.pausedUntilMs = options.pausedUntilMs ?? 0
    this.onPause = options.onPause
  }

  run<T>(task: () => Promise<T>, request: PacedRequest): Promise<T> {
    const { signal, resourceUnits = WRITE_RU, isUrgent = false } = request
    return new Promise<T>((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const onAbort = () => {
        const index = this.waiting.indexOf(waiter)
        if (index < 0) return
        this.waiting.splice(index, 1)
        reject(signal.reason)
      }
      const waiter: Waiter = {
        resourceUnits,
        isUrgent,
        start: () => {
          signal.removeEventListener('abort', onAbort)
          // The task itself starts here and now: an await before it would let a throttle slip in between.
          const running = startNow(task)
          running.then(
            (value) => {
              this.ended(resourceUnits, true)
              resolve(value)
            },
            (error: unknown) => {
              this.ended(resourceUnits, false)
              reject(error)
            },
          )
        },
      }
      signal.addEventListener('abort', onAbort, { once: true })
      if (isUrgent) this.waiting.unshift(waiter)
      else this.waiting.push(waiter)
      this.startReady()
    })
  }

  report(report: PacerReport): void {
    switch (report.kind) {
      case 'throttled':
        this.slowDown()
        this.pauseFor(report.delayMs)
        return
      case 'overloaded':
        this.slowDown()
        return
      case 'rateLimit':
        this.steer(report.rateLimit)
    }
  }

  share(share: PacerShare): void {
    this.shared = share
    this.startReady()
  }

  state(): PacerState {
    const nowMs = this.clock.now()
    const isPaused = this.pausedUntilMs > nowMs
    const isSpreading = this.spreading !== undefined && this.spreading.untilMs > nowMs
    return {
      concurrency: this.concurrency,
      inFlight: this.inFlight,
      queued: this.waiting.length,
      pausedUntilMs: isPaused ? this.pausedUntilMs : undefined,
      reason: isPaused ? 'throttled' : isSpreading ? 'spreading' : undefined,
      limitUnits: this.limitUnits,
    }
  }

  private pauseFor(delayMs: number): void {
    if (!(delayMs > 0)) return
    const jitterMs = this.random.next() * Math.min(RESUME_JITTER_MAX_MS, delayMs / 10)
    const untilMs = Math.ceil(this.clock.now() + delayMs + jitterMs)
    if (untilMs <= this.pausedUntilMs) return
    this.pausedUntilMs = untilMs
    this.onPause?.(untilMs)
  }

  /** Once per incident: answers that arrive in a pause or all at once were asked for together and say one thing. */
  private slowDown(): void {
    const nowMs = this.clock.now()
    if (nowMs < this.pausedUntilMs || nowMs - this.slowedAtMs < LOAD_INCIDENT_MS) return
    this.isProbing = false
    this.concurrency = Math.max(1, Math.floor(this.concurrency / 2))
    this.slowedAtMs = nowMs
    this.changedAtMs = nowMs
  }

  private steer(rateLimit: RateLimit): void {
    this.limitUnits = rateLimit.limitUnits
    if (!isNearLimit(rateLimit)) {
      this.spreading = undefined
    } else {
      // What is in flight may not be counted in the answer yet.
      const unitsLeft = rateLimit.remainingUnits * this.shared.portion - this.inFlightUnits
      const unitMs = unitsLeft > 0 ? rateLimit.resetMs / unitsLeft : rateLimit.resetMs
      this.spreading = { untilMs: this.clock.now() + rateLimit.resetMs, unitMs }
      if (rateLimit.remainingUnits === 0) this.pauseFor(rateLimit.resetMs)
    }
    this.startReady()
  }

  private ended(resourceUnits: number, isSuccess: boolean): void {
    this.inFlight--
    this.inFlightUnits -= resourceUnits
    if (isSuccess && this.waiting.length > 0) this.raise()
    this.startReady()
  }

  private raise(): void {
    if (this.concurrency >= this.maxConcurrency) return
    const nowMs = this.clock.now()
    if (Math.max(this.readyAtMs(nowMs), this.affordableAtMs()) > nowMs) return
    if (!this.isProbing && nowMs - this.changedAtMs < CONCURRENCY_RAISE_AFTER_MS) return
    this.concurrency++
    this.changedAtMs = nowMs
  }

  private startReady(): void {
    while (this.inFlight < this.concurrency) {
      const next = this.waiting[0]
      if (next === undefined) return
      const nowMs = this.clock.now()
      const readyMs = next.isUrgent ? this.readyAtMs(nowMs) : Math.max(this.readyAtMs(nowMs), this.affordableAtMs())
      if (readyMs > nowMs) {
        this.wakeAt(readyMs, nowMs)
        return
      }
      this.waiting.shift()
      this.inFlight++
      this.inFlightUnits += next.resourceUnits
      this.lastStart = { atMs: nowMs, resourceUnits: next.resourceUnits }
      this.pay(next.resourceUnits, nowMs)
      next.start()
    }
  }

  /** A bucket that fills at the rate of the share. */
  private affordableAtMs(): number {
    return this.shared.unitsPerMinute === undefined ? 0 : this.paidAtMs - BUDGET_BURST_MS
  }

  private pay(resourceUnits: number, nowMs: number): void {
    const { unitsPerMinute } = this.shared
    this.paidAtMs = Math.max(this.paidAtMs, nowMs)
    if (unitsPerMinute !== undefined) this.paidAtMs += (resourceUnits * MINUTE_MS) / unitsPerMinute
  }

  /** When the next request may start, for all that is known now. */
  private readyAtMs(nowMs: number): number {
    const { spreading, lastStart } = this
    if (spreading === undefined || spreading.untilMs <= nowMs) return this.pausedUntilMs
    const spreadMs = Math.min(spreading.untilMs, lastStart.atMs + lastStart.resourceUnits * spreading.unitMs)
    return Math.max(this.pausedUntilMs, spreadMs)
  }

  /** At most one sleep at a time; waking only means looking again. */
  private wakeAt(atMs: number, nowMs: number): void {
    if (this.wake !== undefined) {
      if (this.wake.atMs <= atMs) return
      this.wake.controller.abort()
    }
    const controller = new AbortController()
    const wake = { atMs, controller }
    this.wake = wake
    const lookAgain = () => {
      if (this.wake !== wake) return
      this.wake = undefined
      this.startReady()
    }
    this.clock.sleep(Math.min(atMs - nowMs, SLEEP_SLICE_MAX_MS), controller.signal).then(lookAgain, () => undefined)
  }
}

/** A task that throws instead of rejecting has failed all the same. */
function startNow<T>(task: () => Promise<T>): Promise<T> {
  try {
    return task()
  } catch (thrown) {
    return Promise.reject(thrown)
  }
}
