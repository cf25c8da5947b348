import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MigrationError, type Remedy } from '../../../shared/errors.ts'
import {
  RETRY_ATTEMPTS_MAX,
  RETRY_WAIT_MAX_MS,
  THROTTLE_ATTEMPTS_MAX,
  THROTTLE_BASE_WAIT_MS,
  THROTTLE_WAIT_MAX_MS,
} from '../../../shared/limits.ts'
import { DAY_MS, HOUR_MS } from '../../../shared/units.ts'
import { FakeClock, SeededRandom } from '../testing/fakeClock.ts'
import { backoffMs, type RetryStrategy, serviceRetry, unnamedThrottleWaitMs, withRetry } from './retry.ts'

const constant = (value: number) => ({ next: () => value, uuid: () => '' })
const almostOne = constant(0.999999)
const decide = (attempt: number, remedy: Remedy, status?: number, random = almostOne) =>
  serviceRetry({ attempt, remedy, status }, random)

describe('serviceRetry', () => {
  test('a named time is waited in full, however long', () => {
    for (const delayMs of [0, 1, 300_000, 40 * DAY_MS]) {
      expect(decide(1, { kind: 'waitUntil', delayMs }, 429)).toEqual({ kind: 'retry', waitMs: delayMs })
    }
  })

  test('unknown effects, bad items and stopped tasks are never repeated', () => {
    for (const kind of ['lookFirst', 'failItem', 'stopTask'] as const) expect(decide(1, { kind })).toEqual({ kind: 'giveUp' })
  })

  test('faults are tried six times, throttles twenty times', () => {
    expect(decide(RETRY_ATTEMPTS_MAX - 1, { kind: 'retry' }, 500).kind).toBe('retry')
    expect(decide(RETRY_ATTEMPTS_MAX, { kind: 'retry' }, 500).kind).toBe('giveUp')
    expect(decide(THROTTLE_ATTEMPTS_MAX - 1, { kind: 'retry' }, 429).kind).toBe('retry')
    expect(decide(THROTTLE_ATTEMPTS_MAX, { kind: 'retry' }, 429).kind).toBe('giveUp')
    expect(decide(THROTTLE_ATTEMPTS_MAX, { kind: 'waitUntil', delayMs: 1 }, 429).kind).toBe('giveUp')
  })

  test('waits double up to their ceiling and are fully jittered', () => {
    expect([1, 2, 3, 6, 7, 1e6].map((attempt) => backoffMs(attempt, almostOne))).toEqual([
      2000, 4000, 8000, 60_000, 60_000, 60_000,
    ])
    expect(backoffMs(5, constant(0))).toBe(0)
    expect([1, 2, 3, 5, 1e6].map((attempt) => unnamedThrottleWaitMs(attempt, almostOne))).toEqual([
      20_000, 40_000, 80_000, 300_000, 300_000,
    ])
    expect(unnamedThrottleWaitMs(9, constant(0))).toBe(THROTTLE_BASE_WAIT_MS)
  })

  test('no wait leaves its bounds', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        fc.constantFrom(429, 503, 509, 500, 504, undefined),
        (attempt, dice, status) => {
          const decision = decide(attempt, { kind: 'retry' }, status, constant(dice))
          if (decision.kind !== 'retry') throw new Error('gave up too early')
          const isThrottle = status === 429 || status === 503 || status === 509
          expect(decision.waitMs).toBeGreaterThanOrEqual(isThrottle ? THROTTLE_BASE_WAIT_MS : 0)
          expect(decision.waitMs).toBeLessThanOrEqual(isThrottle ? THROTTLE_WAIT_MAX_MS : RETRY_WAIT_MAX_MS)
        },
      ),
    )
  })
})

describe('withRetry', () => {
  const fault = (remedy: Remedy) => new MigrationError('NET_INTERRUPTED', 'The line broke.', { remedy })
  const setUp = (strategy: RetryStrategy = serviceRetry) => {
    const clock = new FakeClock()
    const controller = new AbortController()
    const options = { clock, random: new SeededRandom(), strategy, signal: controller.signal }
    return { clock, controller, options, startMs: clock.now() }
  }

  test('returns the first success and tells each wait', async () => {
    const { clock, options, startMs } = setUp()
    const starts: number[] = []
    const waits: number[] = []
    const result = withRetry(
      async (attempt) => {
        starts.push(clock.now() - startMs)
        if (attempt < 3) throw fault({ kind: 'waitUntil', delayMs: attempt * 1000 })
        return attempt
      },
      { ...options, onWait: (_error, wait) => waits.push(wait.waitMs) },
    )
    await clock.advance(10_000)
    expect(await result).toBe(3)
    expect({ starts, waits }).toEqual({ starts: [0, 1000, 3000], waits: [1000, 2000] })
  })

  test('throws the last error as it came, once the strategy gives up', async () => {
    const { options } = setUp()
    const error = fault({ kind: 'lookFirst' })
    await expect(withRetry(() => Promise.reject(error), options)).rejects.toBe(error)
  })

  test('what nobody knows becomes INTERNAL and is not repeated', async () => {
    const { options } = setUp()
    let calls = 0
    const operation = () => {
      calls++
      return Promise.reject(new TypeError('x'))
    }
    await expect(withRetry(operation, options)).rejects.toMatchObject({ code: 'INTERNAL' })
    expect(calls).toBe(1)
  })

  test('a wait of many days is slept in slices', async () => {
    const { clock, options } = setUp()
    const slept: number[] = []
    const sleep = clock.sleep.bind(clock)
    clock.sleep = (delayMs, signal) => {
      slept.push(delayMs)
      return sleep(delayMs, signal)
    }
    let attempts = 0
    const result = withRetry(async () => {
      if (++attempts === 1) throw fault({ kind: 'waitUntil', delayMs: 30 * DAY_MS })
    }, options)
    await clock.advance(30 * DAY_MS - 1)
    expect(attempts).toBe(1)
    await clock.advance(1)
    await result
    expect(Math.max(...slept)).toBe(HOUR_MS)
  })

  test('a cancel ends a wait at once with its own reason', async () => {
    const { clock, controller, options } = setUp()
    const reason = new Error('stop')
    const result = withRetry(() => Promise.reject(fault({ kind: 'waitUntil', delayMs: 1000 })), options)
    const outcome = expect(result).rejects.toBe(reason)
    await clock.advance(500)
    controller.abort(reason)
    await outcome
    expect(clock.sleeperCount).toBe(0)
  })

  test('a cancel during the operation is not taken for its failure', async () => {
    const { controller, options } = setUp()
    const reason = new Error('stop')
    const result = withRetry(async () => {
      controller.abort(reason)
      throw fault({ kind: 'retry' })
    }, options)
    await expect(result).rejects.toBe(reason)
  })

  test('nothing is started when it was cancelled before', async () => {
    const { controller, options } = setUp()
    controller.abort(new Error('stop'))
    let calls = 0
    const operation = async () => {
      calls++
    }
    await expect(withRetry(operation, options)).rejects.toThrow('stop')
    expect(calls).toBe(0)
  })
})
