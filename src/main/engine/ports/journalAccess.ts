import type { SiteRole } from '../../../shared/domain/access.ts'
import type { ItemId } from '../../../shared/domain/ids.ts'
import type { AccessFinding } from '../access/mapAccess.ts'

/** `inherits`: what it gets from above is what it had. `planned`: it needs permissions of its own. `failed`: nobody could give it its own. */
export const ACCESS_STATES = ['inherits', 'planned', 'assigned', 'failed'] as const
export type AccessState = (typeof ACCESS_STATES)[number]

/** What became of the permissions of one item. */
export interface JournalAccess {
  readonly itemId: ItemId
  /** What the item will give at the destination, in one spelling; its content compares itself with it. */
  readonly key: string
  readonly state: AccessState
  readonly roles: readonly (readonly [login: string, role: SiteRole])[]
  readonly findings: readonly AccessFinding[]
  readonly message: string | undefined
}

export interface AccessQuery {
  readonly afterId: number
  readonly limit: number
  readonly states?: readonly AccessState[]
  /** Only items of which something must be told. */
  readonly hasFindings?: boolean
}

export type AccessTotals = Readonly<Record<AccessState, number>> & {
  /** Items of which something must be told. */
  readonly withFindings: number
}

/** Reading half of the permission pass; empty for rounds without one. */
export interface AccessJournal {
  access(query: AccessQuery): readonly JournalAccess[]
  accessOf(itemId: ItemId): JournalAccess | undefined
  accessTotals(): AccessTotals
  /** The last item that was looked at; 0 = none. */
  lastAccessId(): number
}
