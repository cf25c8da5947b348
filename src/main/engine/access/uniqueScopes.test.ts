import { expect, test } from 'vitest'
import { assignmentKey, judgeScopes, mayBreakInheritance, ScopePlanner } from './uniqueScopes.ts'

const staff = assignmentKey([['staff', 'read']])
const boss = assignmentKey([['boss', 'fullControl']])

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

test('only what differs from its parent at the destination gets a scope of its own', () => {
  const planner = new ScopePlanner(staff)
  const tree = [
    [1, true, staff, false],
    [2, true, boss, true],
    [3, false, boss, false],
    [3, true, staff, true],
    [4, false, staff, false],
    [4, false, undefined, false],
    [2, false, staff, false],
    [1, false, boss, true],
    [1, true, undefined, false],
    [2, false, boss, true],
  ] as const
  for (const [depth, isFolder, key, isOwn] of tree) expect(planner.place({ depth, isFolder, key })).toBe(isOwn)
  expect(planner.count).toBe(4)
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
