import { asMigrationError, type ErrorCode, type MigrationError, type Remedy } from '../../../shared/errors.ts'
import {
  RETRY_ATTEMPTS_MAX,
  RETRY_BASE_WAIT_MS,
  RETRY_WAIT_MAX_MS,
  SLEEP_SLICE_MAX_MS,
  THROTTLE_ATTEMPTS_MAX,
  THROTTLE_BASE_WAIT_MS,
  THROTTLE_WAIT_MAX_MS,
  UNREACHABLE_ATTEMPTS_MAX,
} from '../../../shared/limits.ts'
import type { Clock, Random } from '../ports/runtime.ts'

/** One attempt that failed. `attempt` counts from 1. */
export interface FailedAttempt {
  readonly attempt: number
  readonly remedy: Remedy
  /** HTTP status, when there was an answer. */
  readonly status: number | undefined
  readonly code?: ErrorCode
}

export type RetryDecision = { readonly kind: 'retry'; readonly waitMs: number } | { readonly kind: 'giveUp' }

/** What to do after an attempt that failed. Pure but for `random`. */
export type RetryStrategy = (failed: FailedAttempt, random: Random) => RetryDecision

const GIVE_UP: RetryDecision = { kind: 'giveUp' }
const THROTTLE_STATUS: ReadonlySet<number> = new Set([429, 503, 509])

/** Full jitter: anything between nothing and the doubled wait, so that agents that failed together do not return together. */
export function backoffMs(attempt: number, random: Random): number {
  return Math.round(random.next() * Math.min(RETRY_WAIT_MAX_MS, RETRY_BASE_WAIT_MS * 2 ** Math.min(attempt, 30)))
}

/** The wait after a throttle that named no time: never below the base, doubling, jittered. Also tell it to the pacer of the host. [throttle] */
export function unnamedThrottleWaitMs(attempt: number, random: Random): number {
  const ceilingMs = Math.min(THROTTLE_WAIT_MAX_MS, THROTTLE_BASE_WAIT_MS * 2 ** Math.min(attempt, 30))
  return Math.round(THROTTLE_BASE_WAIT_MS + random.next() * (ceilingMs - THROTTLE_BASE_WAIT_MS))
}

/**
 * For every call to the service. A time that the service named is waited in full; effects that are unknown are never repeated here. Where
 * nobody answers at all, few calls are worth it: whoever has the patience of an agent waits as a whole and begins again.
 */
export const serviceRetry: RetryStrategy = ({ attempt, remedy, status, code }, random) => {
  const retry = (waitMs: number, attemptsMax: number): RetryDecision =>
    attempt < attemptsMax ? { kind: 'retry', waitMs } : GIVE_UP
  switch (remedy.kind) {
    case 'waitUntil':
      return retry(remedy.delayMs, THROTTLE_ATTEMPTS_MAX)
    case 'retry':
      return status !== undefined && THROTTLE_STATUS.has(status)
        ? retry(unnamedThrottleWaitMs(attempt, random), THROTTLE_ATTEMPTS_MAX)
        : retry(backoffMs(attempt, random), code === 'NET_UNREACHABLE' ? UNREACHABLE_ATTEMPTS_MAX : RETRY_ATTEMPTS_MAX)
    case 'lookFirst':
    case 'failItem':
    case 'stopTask':
      return GIVE_UP
  }
}

export interface RetryOptions {
  readonly clock: Clock
  readonly random: Random
  readonly strategy: RetryStrategy
  /** Told before each wait. */
  readonly onWait?: (error: MigrationError, wait: { readonly attempt: number; readonly waitMs: number }) => void
  readonly signal: AbortSignal
}

/**
 * The one loop. Runs `operation` until it succeeds or the strategy gives up; then throws the last error as it came. A cancel passes
 * through unwrapped and ends a wait at once. The wait is counted from the failure.
 */
export async function withRetry<T>(operation: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, random, strategy, onWait, signal } = options
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted()
    try {
      return await operation(attempt)
    } catch (thrown) {
      signal.throwIfAborted()
      const failedAtMs = clock.now()
      const error = asMigrationError(thrown)
      const decision = strategy({ attempt, remedy: error.remedy, status: error.status, code: error.code }, random)
      if (decision.kind === 'giveUp') throw error
      onWait?.(error, { attempt, waitMs: decision.waitMs })
      await sleepUntil(failedAtMs + decision.waitMs, clock, signal)
    }
  }
}

/** Sleeps in slices and asks the clock after each: a timer may wake early, and none of any platform sleeps for ever. */
export async function sleepUntil(untilMs: number, clock: Clock, signal: AbortSignal): Promise<void> {
  for (let leftMs = untilMs - clock.now(); leftMs > 0; leftMs = untilMs - clock.now()) {
    await clock.sleep(Math.min(leftMs, SLEEP_SLICE_MAX_MS), signal)
  }
}
