import { expect, test } from 'vitest'
import { canBreakInheritance, hasRoomForAssignment, hasRoomForScope, isGrantable } from './permissionRules.ts'
import { ROLE_DEFINITIONS } from './roleDefinitions.ts'

test.each([
  [99_999, true],
  [100_000, true],
  [100_001, false],
])('inheritance above %i items can be broken: %s', (items, expected) => {
  expect(canBreakInheritance(items)).toBe(expected)
})

test.each([
  [49_999, true],
  [50_000, false],
])('a list with %i unique scopes takes another one: %s', (scopes, expected) => {
  expect(hasRoomForScope(scopes)).toBe(expected)
})

test.each([
  [4_999, true],
  [5_000, false],
])('a scope with %i assignments takes another one: %s', (assignments, expected) => {
  expect(hasRoomForAssignment(assignments)).toBe(expected)
})

test('only Limited Access cannot be granted', () => {
  expect(ROLE_DEFINITIONS.filter((role) => !isGrantable(role.id)).map((role) => role.name)).toEqual(['Limited Access'])
})
