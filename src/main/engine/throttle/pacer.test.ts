import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DAY_MS, SECOND_MS } from '../../../shared/units.ts'
import { FakeClock, SeededRandom } from '../testing/fakeClock.ts'
import { createPacer, type Pacer, type PacerOptions } from './pacer.ts'

const never = new AbortController().signal

function setUp(options: Partial<PacerOptions> = {}) {
  const clock = new FakeClock()
  const startMs = clock.now()
  const pacer = createPacer({ clock, random: new SeededRandom(), ...options })
  return { clock, pacer, elapsedMs: () => clock.now() - startMs }
}

/** Work that lasts `durationMs` of the fake clock; calls `started` in the moment in which it starts. */
const work =
  (clock: FakeClock, durationMs: number, started: () => void = () => undefined) =>
  () => {
    started()
    return clock.sleep(durationMs, never)
  }

/** Keeps `pacer` busy and tells how many ran at once. */
async function saturate(pacer: Pacer, clock: FakeClock, count: number): Promise<number> {
  let highest = 0
  const all = Array.from({ length: count }, () =>
    pacer.run(
      work(clock, 10, () => {
        highest = Math.max(highest, pacer.state().inFlight)
      }),
      { signal: never },
    ),
  )
  while (await clock.advanceToNext());
  await Promise.all(all)
  return highest
}

describe('a pause that outlives its process', () => {
  test('is told on, and kept by the next pacer', async () => {
    const told: number[] = []
    const first = setUp({ onPause: (untilMs) => told.push(untilMs) })
    first.pacer.report({ kind: 'throttled', delayMs: 60 * SECOND_MS })
    first.pacer.report({ kind: 'throttled', delayMs: 30 * SECOND_MS })
    expect(told).toEqual([first.pacer.state().pausedUntilMs])

    const next = setUp({ pausedUntilMs: told[0] })
    const starts: number[] = []
    const run = next.pacer.run(
      work(next.clock, 1, () => starts.push(next.clock.now())),
      { signal: never },
    )
    await next.clock.advance(59 * SECOND_MS)
    expect(starts).toEqual([])
    while (await next.clock.advanceToNext());
    await run
    expect(starts[0]).toBeGreaterThanOrEqual(told[0] ?? Number.NaN)
  })
})

describe('turns', () => {
  test('starts at once while there is room, in order of arrival afterwards', async () => {
    const { clock, pacer } = setUp({ initialConcurrency: 2, maxConcurrency: 2 })
    const started: number[] = []
    const all = [1, 2, 3, 4].map((id) =>
      pacer.run(
        work(clock, 10, () => started.push(id)),
        { signal: never },
      ),
    )
    expect(started).toEqual([1, 2])
    expect(pacer.state()).toEqual({ concurrency: 2, inFlight: 2, queued: 2, pausedUntilMs: undefined, reason: undefined })
    await clock.advance(100)
    await Promise.all(all)
    expect(started).toEqual([1, 2, 3, 4])
    expect(pacer.state()).toMatchObject({ inFlight: 0, queued: 0 })
  })

  test('what is urgent goes before what waits', async () => {
    const { clock, pacer } = setUp({ initialConcurrency: 1, maxConcurrency: 1 })
    const started: string[] = []
    const all = ['a', 'b', 'urgent'].map((id) =>
      pacer.run(
        work(clock, 10, () => started.push(id)),
        { signal: never, isUrgent: id === 'urgent' },
      ),
    )
    await clock.advance(100)
    await Promise.all(all)
    expect(started).toEqual(['a', 'urgent', 'b'])
  })

  test('results and errors pass through and give the turn back, also from a task that throws at once', async () => {
    const { pacer } = setUp({ initialConcurrency: 1, maxConcurrency: 1 })
    const thrown = new Error('at once')
    await expect(
      pacer.run(
        () => {
          throw thrown
        },
        { signal: never },
      ),
    ).rejects.toBe(thrown)
    await expect(pacer.run(() => Promise.reject(thrown), { signal: never })).rejects.toBe(thrown)
    await expect(pacer.run(() => Promise.resolve('fine'), { signal: never })).resolves.toBe('fine')
    expect(pacer.state().inFlight).toBe(0)
  })

  test('a cancel while waiting starts nothing and leaves no trace', async () => {
    const { clock, pacer } = setUp({ initialConcurrency: 1, maxConcurrency: 1 })
    const controller = new AbortController()
    const reason = new Error('stop')
    const first = pacer.run(work(clock, 10), { signal: never })
    let isStarted = false
    const second = pacer.run(
      work(clock, 10, () => {
        isStarted = true
      }),
      { signal: controller.signal },
    )
    const outcome = expect(second).rejects.toBe(reason)
    controller.abort(reason)
    await outcome
    await clock.advance(100)
    await first
    expect({ isStarted, ...pacer.state() }).toMatchObject({ isStarted: false, inFlight: 0, queued: 0 })
    await expect(pacer.run(work(clock, 1), { signal: controller.signal })).rejects.toBe(reason)
  })
})

describe('pauses', () => {
  test('a request that comes during a pause waits for its end; those in flight go on', async () => {
    const { clock, pacer, elapsedMs } = setUp()
    const first = pacer.run(work(clock, 5 * SECOND_MS), { signal: never })
    pacer.report({ kind: 'throttled', delayMs: 120 * SECOND_MS })
    let startedMs = -1
    const second = pacer.run(
      work(clock, 1, () => {
        startedMs = elapsedMs()
      }),
      { signal: never },
    )
    await clock.advance(10 * SECOND_MS)
    await first
    expect(startedMs).toBe(-1)
    expect(pacer.state().reason).toBe('throttled')
    await clock.advance(120 * SECOND_MS)
    await second
    expect(startedMs).toBeGreaterThanOrEqual(120 * SECOND_MS)
    expect(startedMs).toBeLessThanOrEqual(122 * SECOND_MS)
    expect(pacer.state()).toMatchObject({ pausedUntilMs: undefined, reason: undefined })
  })

  test('the longest told time wins, and none is shortened', async () => {
    const { clock, pacer } = setUp({ random: { next: () => 0, uuid: () => '' } })
    const startMs = clock.now()
    pacer.report({ kind: 'throttled', delayMs: 40 * DAY_MS })
    pacer.report({ kind: 'throttled', delayMs: SECOND_MS })
    expect(pacer.state().pausedUntilMs).toBe(startMs + 40 * DAY_MS)
    let isStarted = false
    const run = pacer.run(
      async () => {
        isStarted = true
      },
      { signal: never },
    )
    await clock.advance(40 * DAY_MS - 1)
    expect(isStarted).toBe(false)
    await clock.advance(1)
    await run
  })

  test('urgent requests wait too', async () => {
    const { clock, pacer } = setUp()
    pacer.report({ kind: 'throttled', delayMs: SECOND_MS })
    let isStarted = false
    const run = pacer.run(
      async () => {
        isStarted = true
      },
      { signal: never, isUrgent: true },
    )
    await clock.advance(SECOND_MS - 1)
    expect(isStarted).toBe(false)
    await clock.advance(SECOND_MS)
    await run
  })
})

describe('how many at once', () => {
  test('rises with every success until the first sign of load, up to the maximum', async () => {
    const { clock, pacer } = setUp({ initialConcurrency: 2, maxConcurrency: 16 })
    expect(await saturate(pacer, clock, 200)).toBe(16)
  })

  test('does not rise when nobody waits', async () => {
    const { clock, pacer } = setUp({ initialConcurrency: 2 })
    await saturate(pacer, clock, 2)
    expect(pacer.state().concurrency).toBe(2)
  })

  test('is halved once per incident, never below one, and rises by one after clean time', async () => {
    const { clock, pacer } = setUp({ initialConcurrency: 8, maxConcurrency: 8 })
    for (let answer = 0; answer < 8; answer++) pacer.report({ kind: 'throttled', delayMs: SECOND_MS })
    expect(pacer.state().concurrency).toBe(4)
    await clock.advance(10 * SECOND_MS)
    for (let answer = 0; answer < 8; answer++) pacer.report({ kind: 'overloaded' })
    expect(pacer.state().concurrency).toBe(2)
    for (let incident = 0; incident < 5; incident++) {
      await clock.advance(2 * SECOND_MS)
      pacer.report({ kind: 'overloaded' })
    }
    expect(pacer.state().concurrency).toBe(1)
    await clock.advance(44 * SECOND_MS)
    await saturate(pacer, clock, 10)
    expect(pacer.state().concurrency).toBe(1)
    await clock.advance(45 * SECOND_MS)
    await saturate(pacer, clock, 10)
    expect(pacer.state().concurrency).toBe(2)
  })
})

describe('RateLimit headers', () => {
  test('near the limit the rest of the budget is spread over the rest of the window', async () => {
    const { clock, pacer, elapsedMs } = setUp({ initialConcurrency: 8 })
    pacer.report({ kind: 'rateLimit', rateLimit: { limitUnits: 100, remainingUnits: 20, resetMs: 30 * SECOND_MS } })
    const starts: number[] = []
    const all = Array.from({ length: 10 }, () =>
      pacer.run(async () => void starts.push(elapsedMs()), { signal: never, resourceUnits: 2 }),
    )
    expect(pacer.state().reason).toBe('spreading')
    await clock.advance(30 * SECOND_MS)
    await Promise.all(all)
    expect(starts).toEqual([0, 3000, 6000, 9000, 12_000, 15_000, 18_000, 21_000, 24_000, 27_000])
  })

  test('far from the limit nothing is held back', async () => {
    const { pacer } = setUp({ initialConcurrency: 8 })
    pacer.report({ kind: 'rateLimit', rateLimit: { limitUnits: 100, remainingUnits: 20, resetMs: 30 * SECOND_MS } })
    pacer.report({ kind: 'rateLimit', rateLimit: { limitUnits: 100, remainingUnits: 21, resetMs: 30 * SECOND_MS } })
    await Promise.all([1, 2, 3].map(() => pacer.run(async () => undefined, { signal: never })))
    expect(pacer.state().reason).toBeUndefined()
  })

  test('an empty budget is a pause until the window ends', async () => {
    const { clock, pacer, elapsedMs } = setUp()
    pacer.report({ kind: 'rateLimit', rateLimit: { limitUnits: 100, remainingUnits: 0, resetMs: 7 * SECOND_MS } })
    let startedMs = -1
    const run = pacer.run(
      async () => {
        startedMs = elapsedMs()
      },
      { signal: never },
    )
    await clock.advance(10 * SECOND_MS)
    await run
    expect(startedMs).toBeGreaterThanOrEqual(7 * SECOND_MS)
  })

  test('after the window the spreading ends by itself', async () => {
    const { clock, pacer } = setUp({ initialConcurrency: 8 })
    pacer.report({ kind: 'rateLimit', rateLimit: { limitUnits: 100, remainingUnits: 1, resetMs: SECOND_MS } })
    const all = [1, 2, 3, 4].map(() => pacer.run(async () => undefined, { signal: never }))
    await clock.advance(SECOND_MS)
    await Promise.all(all)
    expect(pacer.state()).toMatchObject({ queued: 0, reason: undefined })
  })
})

test('no request starts inside any told window, whatever comes in whatever order', async () => {
  const step = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('request' as const),
        durationMs: fc.nat(3000),
        isUrgent: fc.boolean(),
        throttleMs: fc.option(fc.nat(20_000), { freq: 3 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('throttled' as const), delayMs: fc.nat(60_000) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('overloaded' as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('rateLimit' as const), remainingUnits: fc.nat(30), resetMs: fc.nat(60_000) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), deltaMs: fc.nat(5000) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const) }) },
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.integer(),
      fc.integer({ min: 1, max: 6 }),
      async (steps, seed, initialConcurrency) => {
        const { clock, pacer } = setUp({ random: new SeededRandom(seed), initialConcurrency, maxConcurrency: 6 })
        let told = 0
        let started = 0
        let cancelled = 0
        const violations: string[] = []
        const runs: Promise<unknown>[] = []
        let controller = new AbortController()
        const throttle = (delayMs: number) => {
          told = Math.max(told, clock.now() + delayMs)
          pacer.report({ kind: 'throttled', delayMs })
        }
        for (const next of steps) {
          if (next.kind === 'wait') await clock.advance(next.deltaMs)
          else if (next.kind === 'throttled') throttle(next.delayMs)
          else if (next.kind === 'overloaded') pacer.report({ kind: 'overloaded' })
          else if (next.kind === 'rateLimit') {
            if (next.remainingUnits === 0) told = Math.max(told, clock.now() + next.resetMs)
            pacer.report({
              kind: 'rateLimit',
              rateLimit: { limitUnits: 100, remainingUnits: next.remainingUnits, resetMs: next.resetMs },
            })
          } else if (next.kind === 'cancel') {
            controller.abort(new Error('stop'))
            controller = new AbortController()
          } else {
            const task = async () => {
              started++
              if (clock.now() < told) violations.push(`started ${told - clock.now()} ms too early`)
              if (pacer.state().inFlight > 6) violations.push('too many at once')
              await clock.sleep(next.durationMs, never)
              if (next.throttleMs !== null) throttle(next.throttleMs)
            }
            const run = pacer.run(task, { signal: controller.signal, isUrgent: next.isUrgent })
            runs.push(
              run.catch(() => {
                cancelled++
              }),
            )
          }
        }
        while (await clock.advanceToNext());
        await Promise.all(runs)
        expect(violations).toEqual([])
        expect(started + cancelled).toBe(runs.length)
        expect(pacer.state()).toMatchObject({ inFlight: 0, queued: 0 })
      },
    ),
    { numRuns: 300 },
  )
})
