import type { IdentityMapping } from '../../../shared/domain/identity.ts'
import type { ItemIssue } from '../../../shared/domain/item.ts'
import type { JournalFact, JournalItem } from '../ports/journal.ts'
import type { Source } from '../ports/source.ts'
import { createIdentityMap } from './identityMap.ts'

/** Who an owner is at the destination, or why nobody can be named there. */
export type OwnerFinding =
  | { readonly kind: 'person'; readonly upn: string }
  | { readonly kind: 'unknown'; readonly issue: ItemIssue }
  /** Nothing was asked for, or the platform tells no owner. */
  | { readonly kind: 'none' }

/** Looks owners up in the task's identity map; each of them once. */
export class OwnerFinder {
  readonly #source: Source
  readonly #map: ReturnType<typeof createIdentityMap>
  readonly #found = new Map<string, OwnerFinding>()

  constructor(source: Source, rows: readonly IdentityMapping[]) {
    this.#source = source
    this.#map = createIdentityMap(rows)
  }

  of(owner: string | undefined): OwnerFinding {
    if (owner === undefined || this.#map.isEmpty) return NONE
    const known = this.#found.get(owner)
    if (known !== undefined) return known
    const finding = this.#look(owner)
    this.#found.set(owner, finding)
    return finding
  }

  #look(owner: string): OwnerFinding {
    const spellings = this.#source.ownerSpellings(owner)
    const row = this.#map.find(spellings)
    const shown = spellings.join(', ')
    if (row === undefined) return unknownOwner(`Its owner (${shown}) is not in the identity map.`)
    if (row.isGroup) return unknownOwner(`Its owner (${shown}) is the group "${row.target}"; only a person can be an author.`)
    return { kind: 'person', upn: row.target }
  }
}

const NONE: OwnerFinding = { kind: 'none' }

/** What SharePoint shows instead is its own account: the import names nobody else. [D.6] */
export const unknownOwner = (why: string) =>
  ({
    kind: 'unknown',
    issue: {
      code: 'RULE_OWNER_UNKNOWN',
      effect: 'warns',
      detail: `${why} Created by and Modified by will not show a person.`,
    },
  }) as const satisfies OwnerFinding

/** An item has it once. */
export function noteOwnerIssue({ id, issues }: JournalItem, issue: ItemIssue | undefined): readonly JournalFact[] {
  if (issue === undefined || issues.some(({ code }) => code === issue.code)) return []
  return [{ fact: 'issues', id, issues: [...issues, issue] }]
}
