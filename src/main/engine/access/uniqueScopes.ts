import { SCOPE_CHILDREN_MAX, UNIQUE_SCOPES_ADVISED, UNIQUE_SCOPES_MAX } from '../../../shared/limits.ts'

/** A set of assignments in one canonical spelling: equal sets, equal text. */
export type AssignmentKey = string

export function assignmentKey(assignments: Iterable<readonly [principal: string, role: string]>): AssignmentKey {
  return [...new Set([...assignments].map(([principal, role]) => `${principal}\u0000${role}`))].sort().join('\u0001')
}

export type ScopeBudget =
  | { readonly kind: 'fine' }
  | { readonly kind: 'aboveAdvised'; readonly limit: number }
  | { readonly kind: 'aboveMax'; readonly limit: number }

/** `existing`: scopes that the library has already. */
export function judgeScopes(count: number, existing = 0): ScopeBudget {
  if (count + existing > UNIQUE_SCOPES_MAX) return { kind: 'aboveMax', limit: UNIQUE_SCOPES_MAX }
  if (count + existing > UNIQUE_SCOPES_ADVISED) return { kind: 'aboveAdvised', limit: UNIQUE_SCOPES_ADVISED }
  return { kind: 'fine' }
}

/** Whether the service lets a folder with that many items below it have permissions of its own. */
export function mayBreakInheritance(descendantCount: number): boolean {
  return descendantCount <= SCOPE_CHILDREN_MAX
}
