import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { taskProgressSchema } from '../../../shared/domain/progress.ts'
import { SECOND_MS } from '../../../shared/units.ts'
import { FakeClock } from '../testing/fakeClock.ts'
import {
  createProgressTracker,
  createRateMeter,
  estimateEtaMs,
  fractionDone,
  type ProgressCounters,
  waitingOf,
} from './progress.ts'

const countersOf = (changes: Partial<ProgressCounters> = {}): ProgressCounters => ({
  stage: 'transferring',
  scannedFiles: 100,
  scannedFolders: 10,
  scannedBytes: 100_000,
  plannedFiles: 100,
  plannedBytes: 100_000,
  sentBytes: 0,
  acceptedBytes: 0,
  uploadedFiles: 0,
  migratedFiles: 0,
  migratedBytes: 0,
  failedFiles: 0,
  skippedItems: 0,
  waiting: undefined,
  ...changes,
})

describe('rates', () => {
  test('are measured over the last minute, not since the beginning', () => {
    const meter = createRateMeter()
    let rates: ReturnType<typeof meter.measure>
    for (let second = 0; second <= 300; second++) {
      const bytes = second <= 200 ? 0 : (second - 200) * 500
      rates = meter.measure(second * SECOND_MS, 'transfer', { bytes, files: second * 2 })
    }
    expect(rates).toEqual({ bytesPerSecond: 500, filesPerSecond: 2, measuredMs: 60_000 })
  })

  test('are unknown at the first look and start anew with another kind of work or a clock set back', () => {
    const meter = createRateMeter()
    expect(meter.measure(10_000, 'scan', { bytes: 0, files: 0 })).toBeUndefined()
    expect(meter.measure(12_000, 'scan', { bytes: 0, files: 10 })?.filesPerSecond).toBe(5)
    expect(meter.measure(13_000, 'transfer', { bytes: 0, files: 0 })).toBeUndefined()
    expect(meter.measure(14_000, 'transfer', { bytes: 10, files: 0 })?.bytesPerSecond).toBe(10)
    expect(meter.measure(5_000, 'transfer', { bytes: 20, files: 0 })).toBeUndefined()
  })

  test('are never negative, and memory is bounded by the window', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(20_000), fc.nat(1000)), { maxLength: 100 }), (samples) => {
        const meter = createRateMeter()
        let nowMs = 0
        for (const [deltaMs, bytes] of samples) {
          nowMs += deltaMs
          const rates = meter.measure(nowMs, 'transfer', { bytes, files: bytes })
          if (rates) expect(Math.min(rates.bytesPerSecond, rates.filesPerSecond, rates.measuredMs)).toBeGreaterThanOrEqual(0)
        }
      }),
    )
  })
})

describe('estimateEtaMs', () => {
  const rates = { bytesPerSecond: 1000, filesPerSecond: 10, measuredMs: 60_000 }
  test('is the slower of bytes and files', () => {
    expect(estimateEtaMs(countersOf(), rates, 0)).toBe(100_000)
    expect(estimateEtaMs(countersOf({ plannedFiles: 5000 }), rates, 0)).toBe(500_000)
  })

  test('counts the wait that is going on', () => {
    expect(estimateEtaMs(countersOf({ waiting: { reason: 'x', untilMs: 7_000 } }), rates, 2_000)).toBe(105_000)
  })

  test('is not guessed', () => {
    expect(estimateEtaMs(countersOf({ plannedBytes: undefined }), rates, 0)).toBeUndefined()
    expect(estimateEtaMs(countersOf(), undefined, 0)).toBeUndefined()
    expect(estimateEtaMs(countersOf(), { ...rates, measuredMs: 4_999 }, 0)).toBeUndefined()
    expect(estimateEtaMs(countersOf(), { ...rates, bytesPerSecond: 0 }, 0)).toBeUndefined()
    expect(estimateEtaMs(countersOf({ stage: 'scanning' }), rates, 0)).toBeUndefined()
  })

  test('is nothing when nothing is left', () => {
    expect(estimateEtaMs(countersOf({ acceptedBytes: 100_000, uploadedFiles: 100 }), undefined, 0)).toBe(0)
    expect(estimateEtaMs(countersOf({ stage: 'done' }), undefined, 0)).toBe(0)
  })
})

describe('the fraction', () => {
  test('is unknown before the plan, and whole at the end only', () => {
    expect(fractionDone(countersOf({ stage: 'scanning', plannedFiles: undefined }))).toBeUndefined()
    expect(fractionDone(countersOf({ acceptedBytes: 100_000, uploadedFiles: 100 }))).toBeCloseTo(0.92)
    expect(fractionDone(countersOf({ stage: 'reporting' }))).toBe(0.99)
    expect(fractionDone(countersOf({ stage: 'done', plannedFiles: undefined }))).toBe(1)
    expect(fractionDone(countersOf({ plannedFiles: 0, plannedBytes: 0 }))).toBeCloseTo(0.92)
  })

  test('as shown never falls, and every snapshot keeps the contract', async () => {
    const stages = ['waiting', 'scanning', 'planning', 'transferring', 'verifying', 'reporting', 'done'] as const
    const counters = fc.record({
      stage: fc.constantFrom(...stages),
      acceptedBytes: fc.nat(200_000),
      uploadedFiles: fc.nat(200),
      migratedFiles: fc.nat(100),
      migratedBytes: fc.nat(100_000),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(counters, fc.nat(5000)), { maxLength: 30 }), async (steps) => {
        const clock = new FakeClock()
        const tracker = createProgressTracker(clock)
        let highest = 0
        for (const [changes, deltaMs] of steps) {
          await clock.advance(deltaMs)
          const progress = taskProgressSchema.parse(tracker.snapshot(countersOf(changes)))
          expect(progress.fraction ?? highest).toBeGreaterThanOrEqual(highest)
          highest = progress.fraction ?? highest
        }
      }),
    )
  })
})

test('a pause is told with its end; a full queue is no wait', () => {
  const state = { concurrency: 1, inFlight: 0, queued: 9, pausedUntilMs: undefined, reason: undefined, limitUnits: undefined }
  expect(waitingOf(state)).toBeUndefined()
  expect(waitingOf({ ...state, reason: 'spreading' })).toBeUndefined()
  expect(waitingOf({ ...state, reason: 'throttled', pausedUntilMs: 5 })).toMatchObject({ untilMs: 5 })
})
