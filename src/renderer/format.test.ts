import { expect, test } from 'vitest'
import { formatBytes, formatMoment, formatPercent, formatTimeLeft, formatTimeRange } from './format.ts'

test('sizes count as Windows counts', () => {
  expect([0, 1023, 1024, 1_572_864, 5 * 1024 ** 4].map(formatBytes)).toEqual(['0 B', '1023 B', '1.0 KB', '1.5 MB', '5.0 TB'])
})

test('not everything is never 100 %', () => {
  expect([0, 0.005, 0.9999, 1].map(formatPercent)).toEqual(['0 %', '0 %', '99 %', '100 %'])
})

test('an estimate is rough', () => {
  expect([4000, 41_000, 190_000, 7_500_000].map(formatTimeLeft)).toEqual([
    'a few seconds',
    'about 50 s',
    'about 3 min',
    'about 2 h 05 min',
  ])
})

test('a moment that is none shows nothing', () => {
  expect(formatMoment('soon')).toBe('')
})

test('a range of time names its unit once where it can', () => {
  const minute = 60_000
  expect(formatTimeRange(12 * minute, 20 * minute)).toBe('12 to 20 min')
  expect(formatTimeRange(40_000, 5 * minute)).toBe('40 s to 5 min')
  expect(formatTimeRange(65 * minute, 190 * minute)).toBe('1 h 05 min to 3 h 10 min')
  expect(formatTimeRange(50 * minute, 61 * minute)).toBe('50 min to 1 h 01 min')
  expect(formatTimeRange(12 * minute, 12 * minute)).toBe('about 12 min')
})
