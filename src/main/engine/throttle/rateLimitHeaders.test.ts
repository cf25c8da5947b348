import { describe, expect, test } from 'vitest'
import { isNearLimit, parseRateLimit, throttleWait } from './rateLimitHeaders.ts'

const parse = (limit?: string, remaining?: string, reset?: string) => {
  const headers: Record<string, string | undefined> = {
    'ratelimit-limit': limit,
    'ratelimit-remaining': remaining,
    'ratelimit-reset': reset,
  }
  return parseRateLimit((name) => headers[name])
}

describe('parseRateLimit', () => {
  test('reads the three headers; policies behind the limit do not matter', () => {
    expect(parse('1250', '250', '31')).toEqual({ limitUnits: 1250, remainingUnits: 250, resetMs: 31_000 })
    expect(parse('1250, 1250;w=60', ' 0 ', '0')).toEqual({ limitUnits: 1250, remainingUnits: 0, resetMs: 0 })
  })

  test.each([
    [undefined, '1', '1'],
    ['1', undefined, '1'],
    ['1', '1', undefined],
    ['0', '0', '1'],
    ['many', '1', '1'],
    ['1', '-1', '1'],
    ['1', '1', '999999999999'],
  ])('%j %j %j say nothing', (limit, remaining, reset) => expect(parse(limit, remaining, reset)).toBeUndefined())
})

test.each([
  [250, true],
  [251, false],
  [0, true],
])('%d left of 1250 is near the limit: %s', (remainingUnits, expected) => {
  expect(isNearLimit({ limitUnits: 1250, remainingUnits, resetMs: 1 })).toBe(expected)
})

test('after a refusal the larger of Retry-After and reset counts', () => {
  const rateLimit = { limitUnits: 1250, remainingUnits: 0, resetMs: 20_000 }
  expect(throttleWait(31_000, rateLimit)).toBe(31_000)
  expect(throttleWait(5_000, rateLimit)).toBe(20_000)
  expect(throttleWait(undefined, rateLimit)).toBe(20_000)
  expect(throttleWait(31_000, undefined)).toBe(31_000)
  expect(throttleWait(undefined, undefined)).toBeUndefined()
})
