import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BudgetWindow, formatRetryAfter, isDecorated, licenceBand, penaltyMs, readRetryAfter } from './throttleRules.ts'

describe('throttle rules', () => {
  test.each([
    [0, 1_250, 1_200_000, 18_750],
    [1_000, 1_250, 1_200_000, 18_750],
    [1_001, 2_500, 2_400_000, 37_500],
    [5_001, 3_750, 3_600_000, 56_250],
    [15_001, 5_000, 4_800_000, 75_000],
    [50_001, 6_250, 6_000_000, 93_750],
  ])('%i licences', (licences, appPerMinute, appPerDay, tenantPerFiveMinutes) => {
    expect(licenceBand(licences)).toMatchObject({ appPerMinute, appPerDay, tenantPerFiveMinutes })
  })

  test.each([
    ['NONISV|Contoso|Mover/1.2', true],
    ['ISV|Contoso|Mover/1.2', true],
    ['node NONISV|Contoso|Mover/1.2', true],
    ['NONISV|Contoso|Mover', false],
    ['XISV|Contoso|Mover/1.0', false],
    ['node', false],
    [undefined, false],
  ])('%s says who it is: %s', (userAgent, expected) => {
    expect(isDecorated(userAgent)).toBe(expected)
  })

  test('no form of Retry-After asks for less than the wait', () => {
    fc.assert(
      fc.property(fc.nat(300_000), fc.constantFrom('seconds', 'fraction', 'date'), (waitMs, form) => {
        const nowMs = 1_790_000_000_123
        expect(readRetryAfter(formatRetryAfter(form, waitMs, nowMs), nowMs)).toBeGreaterThanOrEqual(waitMs)
      }),
    )
    expect(formatRetryAfter('absent', 5_000, 0)).toBeUndefined()
    expect(readRetryAfter('soon', 0)).toBeUndefined()
  })

  test('a window begins with the first cost and forgets when it ends', () => {
    const window = new BudgetWindow(60_000)
    expect([window.spend(3, 1_000), window.spend(4, 60_999)]).toEqual([3, 7])
    expect(window.resetMs(60_999)).toBe(1)
    expect([window.spent(61_000), window.spend(5, 61_000)]).toEqual([0, 5])
  })

  test('penalties double with every tenth ignored answer and end at five minutes', () => {
    expect([1, 10, 11, 21, 1_000].map((ignored) => penaltyMs(10_000, ignored))).toEqual([10_000, 10_000, 20_000, 40_000, 300_000])
  })
})
