import { describe, expect, test } from 'vitest'
import { canCreateIndex, exceedsViewThreshold, isFilterAllowed, isOrderAllowed } from './listRules.ts'

test.each([
  [4_999, false],
  [5_000, false],
  [5_001, true],
])('%i rows exceed the view threshold: %s', (rows, expected) => {
  expect(exceedsViewThreshold(rows)).toBe(expected)
})

test.each([
  [19_999, true],
  [20_000, true],
  [20_001, false],
])('an index can be created at %i items: %s', (items, expected) => {
  expect(canCreateIndex(items)).toBe(expected)
})

describe('the first AND clause decides on a large list', () => {
  test.each([
    [4_999, false, 4_999, true],
    [5_000, false, 5_000, true],
    [5_001, false, 1, false],
    [5_001, true, 4_999, true],
    [5_001, true, 5_000, true],
    [5_001, true, 5_001, false],
    [1_000_000, true, 1, true],
  ])('%i items, indexed %s, %i rows: %s', (itemCount, isFirstClauseIndexed, firstClauseRows, expected) => {
    expect(isFilterAllowed({ itemCount, isFirstClauseIndexed, firstClauseRows })).toBe(expected)
  })
  test.each([
    [5_000, false, false, true],
    [5_001, false, false, false],
    [5_001, false, true, true],
    [5_001, true, false, true],
  ])('order: %i items, filtered %s, indexed %s: %s', (itemCount, isFiltered, isOrderIndexed, expected) => {
    expect(isOrderAllowed({ itemCount, isFiltered, isOrderIndexed })).toBe(expected)
  })
})
