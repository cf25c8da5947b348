import { expect, test } from 'vitest'
import { KIB, MIB } from '../../../shared/units.ts'
import { forecastTask } from '../forecast/forecast.ts'
import { FakeClock } from '../testing/fakeClock.ts'
import { Tracker } from './tracker.ts'

const file = (sizeBytes: number) => ({ kind: 'file', sizeBytes, state: 'scanned' }) as const

test('what each size class costs is measured, and the time that is left follows from it', async () => {
  const clock = new FakeClock()
  const tracker = new Tracker({ clock, onProgress: () => undefined })
  tracker.enters('scanning')
  tracker.scanned([...Array.from({ length: 10 }, () => file(KIB)), ...Array.from({ length: 10 }, () => file(5 * MIB))])
  expect(tracker.snapshot().sizeClasses).toBeUndefined()
  tracker.restore({ byState: [{ kind: 'file', state: 'planned', itemCount: 20, sizeBytes: 10 * KIB + 50 * MIB }] } as never, {
    sentBytes: 0,
    isPlanned: true,
  })
  tracker.enters('transferring')
  for (const [size, tookMs] of [
    [KIB, 100],
    [5 * MIB, 2000],
  ] as const) {
    for (let n = 0; n < 5; n++) {
      const attempt = tracker.beginAttempt(size)
      await clock.advance(tookMs)
      attempt.stored()
      attempt.stored()
    }
  }
  const progress = tracker.snapshot()
  expect(progress.transferMs).toBe(10_500)
  expect(progress.sizeClasses?.[0]).toMatchObject({ scannedFiles: 10, sentFiles: 5, busyMs: 500, squaredMs: 50_000 })
  expect(progress.sizeClasses?.[2]).toMatchObject({ scannedFiles: 10, sentFiles: 5, busyMs: 10_000, sentBytes: 25 * MIB })
  // The other half costs the same again, and then the proof.
  expect(forecastTask({ ...progress, etaMs: undefined })?.p50Ms).toBeCloseTo(10_500 * 1.08, 0)
})
