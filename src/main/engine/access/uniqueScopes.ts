import { SCOPE_CHILDREN_MAX, UNIQUE_SCOPES_ADVISED, UNIQUE_SCOPES_MAX } from '../../../shared/limits.ts'

/** A set of assignments in one canonical spelling: equal sets, equal text. */
export type AssignmentKey = string

export function assignmentKey(assignments: Iterable<readonly [principal: string, role: string]>): AssignmentKey {
  return [...new Set([...assignments].map(([principal, role]) => `${principal}\u0000${role}`))].sort().join('\u0001')
}

interface OpenFolder {
  readonly depth: number
  readonly key: AssignmentKey
}

/**
 * Where permissions of its own are needed: only where an item's set differs from what it would inherit at the destination. Items come
 * parents first (a depth-first walk); memory is one entry per level of the path.
 */
export class ScopePlanner {
  readonly #path: OpenFolder[] = []
  readonly #rootKey: AssignmentKey
  #count = 0

  /** `rootKey`: what the destination folder itself gives, or what it will give when the root's own set is applied. */
  constructor(rootKey: AssignmentKey) {
    this.#rootKey = rootKey
  }

  /** Whether this item needs a scope of its own. An item without any set that can be carried inherits: `key` undefined. */
  place(item: { readonly depth: number; readonly isFolder: boolean; readonly key: AssignmentKey | undefined }): boolean {
    while ((this.#path.at(-1)?.depth ?? -1) >= item.depth) this.#path.pop()
    const inherited = this.#path.at(-1)?.key ?? this.#rootKey
    const key = item.key ?? inherited
    if (item.isFolder) this.#path.push({ depth: item.depth, key })
    if (key === inherited) return false
    this.#count++
    return true
  }

  get count(): number {
    return this.#count
  }
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
