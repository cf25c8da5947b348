import { expect, test } from 'vitest'
import { scopeIssues } from './accessForecast.ts'
import { assignmentKey, judgeScopes, mayBreakInheritance } from './uniqueScopes.ts'

test('one set has one spelling', () => {
  expect(
    assignmentKey([
      ['b', 'read'],
      ['a', 'read'],
      ['b', 'read'],
    ]),
  ).toBe(
    assignmentKey([
      ['a', 'read'],
      ['b', 'read'],
    ]),
  )
  expect(assignmentKey([['a', 'read']])).not.toBe(assignmentKey([['a', 'contribute']]))
})

test.each([
  [4_999, 0, 'fine'],
  [5_000, 0, 'fine'],
  [5_001, 0, 'aboveAdvised'],
  [4_000, 1_001, 'aboveAdvised'],
  [50_000, 0, 'aboveAdvised'],
  [50_001, 0, 'aboveMax'],
  [1, 50_000, 'aboveMax'],
])('%i scopes beside %i', (count, existing, kind) => {
  expect(judgeScopes(count, existing).kind).toBe(kind)
})

test('a folder with more than 100,000 items below it keeps what it inherits', () => {
  expect([mayBreakInheritance(100_000), mayBreakInheritance(100_001)]).toEqual([true, false])
})

test.each([
  [4_999, undefined],
  [5_000, undefined],
  [5_001, 'RULE_SCOPES_MANY'],
  [49_999, 'RULE_SCOPES_MANY'],
  [50_000, 'RULE_SCOPES_MANY'],
  [50_001, 'RULE_SCOPES_TOO_MANY'],
])('a scan that foretells %i scopes says %s', (count, code) => {
  const [issue] = scopeIssues(count)
  expect(issue?.code).toBe(code)
  expect(issue?.detail ?? '').toContain(code === undefined ? '' : String(count))
})
