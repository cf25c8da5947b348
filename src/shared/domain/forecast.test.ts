import { expect, test } from 'vitest'
import { GIB, HOUR_MS, SECOND_MS } from '../units.ts'
import { forecastOf } from './forecast.ts'

test('many small files are bound by their number, a large one by its bytes', () => {
  const many = forecastOf({ files: 100_000, bytes: 1_000_000 })
  expect(many.longestMs).toBe((100_000 / 2.5) * SECOND_MS)
  expect(many.resourceUnits).toBe(310_000)
  const large = forecastOf({ files: 1, bytes: 250 * GIB })
  expect(large.longestMs).toBeGreaterThan(24 * HOUR_MS)
  expect(large.shortestMs).toBeLessThan(3 * HOUR_MS)
  expect(large.resourceUnits).toBe(4)
})

test('the range never turns around, and nothing costs nothing', () => {
  for (const work of [
    { files: 0, bytes: 0 },
    { files: 10, bytes: 10 },
    { files: 7, bytes: 90 * GIB },
  ]) {
    const { shortestMs, longestMs } = forecastOf(work)
    expect(shortestMs).toBeLessThanOrEqual(longestMs)
  }
  expect(forecastOf({ files: 0, bytes: 0 })).toEqual({ resourceUnits: 0, shortestMs: 0, longestMs: 0 })
})
