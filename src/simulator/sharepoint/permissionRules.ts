import { ITEMS_FOR_BREAKING_INHERITANCE } from '../lists/listRules.ts'
import { LIMITED_ACCESS } from './roleDefinitions.ts'

export const UNIQUE_SCOPES_PER_LIST = 50_000
export const ASSIGNMENTS_PER_SCOPE = 5_000

/** Inheritance cannot be broken above 100,000 items; the refusal is a 429 that no waiting cures [C.3, E]. */
export function canBreakInheritance(descendants: number, limit = ITEMS_FOR_BREAKING_INHERITANCE): boolean {
  return descendants <= limit
}

export function hasRoomForScope(uniqueScopes: number, limit = UNIQUE_SCOPES_PER_LIST): boolean {
  return uniqueScopes < limit
}

export function hasRoomForAssignment(assignments: number, limit = ASSIGNMENTS_PER_SCOPE): boolean {
  return assignments < limit
}

/** Limited Access comes by itself and cannot be granted [H.3]. */
export function isGrantable(roleId: number): boolean {
  return roleId !== LIMITED_ACCESS
}
