import { expect, test } from 'vitest'
import { FILE_OVERHEAD_BYTES } from '../../../shared/limits.ts'
import { DAY_MS, HOUR_MS, MIB, MINUTE_MS } from '../../../shared/units.ts'
import { type FormerRound, forecastDelta } from './deltaForecast.ts'

const PER_FOUND_MS = 0.5
const PER_UNIT_MS = 1 / (64 * 1024)

/** A round whose time follows the model exactly. */
function round(startedAtMs: number, foundFiles: number, sentFiles: number, sentBytes: number): FormerRound {
  const units = sentBytes + sentFiles * FILE_OVERHEAD_BYTES
  return { startedAtMs, foundFiles, sentFiles, sentBytes, workedMs: foundFiles * PER_FOUND_MS + units * PER_UNIT_MS }
}

test('rounds that follow one law give it back, whatever their sizes', () => {
  const rounds = [
    round(0, 100_000, 100_000, 1000 * MIB),
    round(DAY_MS, 100_000, 500, 20 * MIB),
    round(2 * DAY_MS, 101_000, 900, 5 * MIB),
  ]
  const next = round(3 * DAY_MS, 102_000, 300, 9 * MIB)
  const forecast = forecastDelta(rounds, { startsAtMs: 3 * DAY_MS, foundFiles: 102_000, volume: { files: 300, bytes: 9 * MIB } })
  expect(forecast?.p50Ms).toBeCloseTo(next.workedMs, -1)
  expect(forecast?.p90Ms).toBeCloseTo(next.workedMs * 1.25, -1)
  expect(forecast?.basis).toContain('rehearsal')
})

test('without a rehearsal changes come as fast as between the former rounds', () => {
  const rounds = [round(0, 1000, 1000, MIB), round(DAY_MS, 1000, 40, 4 * MIB)]
  expect(forecastDelta(rounds, { startsAtMs: 1.5 * DAY_MS })).toMatchObject({ files: 20, bytes: 2 * MIB })
  expect(forecastDelta(rounds, { startsAtMs: 3 * DAY_MS })).toMatchObject({ files: 80, bytes: 8 * MIB })
  expect(forecastDelta(rounds, { startsAtMs: DAY_MS })).toMatchObject({ files: 0, bytes: 0 })
})

test('one round alone knows no rate of change, and with a rehearsal only half a pace', () => {
  const first: FormerRound = { startedAtMs: 0, workedMs: HOUR_MS, foundFiles: 1000, sentFiles: 1000, sentBytes: 100 * MIB }
  expect(forecastDelta([first], { startsAtMs: DAY_MS })).toBeUndefined()
  const nothing = forecastDelta([first], { startsAtMs: DAY_MS, volume: { files: 0, bytes: 0 } })
  expect(nothing?.p50Ms).toBe(12 * MINUTE_MS)
  expect(nothing?.p90Ms).toBe(24 * MINUTE_MS)
  expect(forecastDelta([first], { startsAtMs: DAY_MS, volume: { files: 1000, bytes: 100 * MIB } })?.p50Ms).toBe(HOUR_MS)
})

test('no round, no forecast; rounds that found nothing give zero instead of nonsense', () => {
  expect(forecastDelta([], { startsAtMs: 0, volume: { files: 1, bytes: 1 } })).toBeUndefined()
  const empty: FormerRound = { startedAtMs: 0, workedMs: 100, foundFiles: 0, sentFiles: 0, sentBytes: 0 }
  expect(forecastDelta([empty], { startsAtMs: 1, volume: { files: 5, bytes: 5 } })).toMatchObject({ p50Ms: 0, p90Ms: 0 })
})

test('rounds that contradict each other never give a negative time, and less certainty', () => {
  const rounds: FormerRound[] = [
    { startedAtMs: 0, workedMs: 1000, foundFiles: 100, sentFiles: 100, sentBytes: 100 * MIB },
    { startedAtMs: DAY_MS, workedMs: 9000, foundFiles: 100, sentFiles: 1, sentBytes: 1 },
  ]
  const forecast = forecastDelta(rounds, { startsAtMs: 2 * DAY_MS, volume: { files: 50, bytes: MIB } })
  expect(forecast?.p50Ms).toBeGreaterThan(0)
  expect((forecast?.p90Ms ?? 0) / (forecast?.p50Ms ?? 1)).toBeGreaterThan(1.5)
})
