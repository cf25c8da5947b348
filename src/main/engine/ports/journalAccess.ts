import type { SiteRole } from '../../../shared/domain/access.ts'
import type { AccountWay } from '../../../shared/domain/identity.ts'
import type { ItemId } from '../../../shared/domain/ids.ts'
import type { MatrixRow } from '../access/accessMatrix.ts'
import type { AccessFinding } from '../access/mapAccess.ts'
import type { AccountTarget } from '../identity/accountFinder.ts'

/**
 * `inherits`: what it gets from above is what it had. `planned`: it needs permissions of its own. `resetting`: it has some of an earlier round and
 * needs none any more. `failed`: nobody could give it its own.
 */
export const ACCESS_STATES = ['inherits', 'planned', 'resetting', 'assigned', 'failed'] as const
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
  /** Who could do what, and can afterwards; of items with permissions of their own, and where something must be told. */
  readonly matrix?: readonly MatrixRow[] | undefined
}

/** An account of access lists, and of owners. */
export interface JournalAccount {
  readonly sid: string
  readonly name: string | undefined
  readonly way: AccountWay
  readonly kind: AccountTarget['kind']
  /** Whom it becomes, in words; undefined = nobody, or by rule. */
  readonly target: string | undefined
  readonly suggestions: readonly { readonly target: string; readonly isGroup: boolean }[]
  /** Items whose list names it. As a fact: how many more. */
  readonly listedCount: number
  /** Items that it owns. As a fact: how many more. */
  readonly ownedCount: number
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
  /** Items below a folder that are to be at the destination, at most `limit`. */
  countBelow(relPath: string, limit: number): number
  /** Accounts by SID, those after `afterSid`. */
  accounts(query: { readonly afterSid: string; readonly limit: number }): readonly JournalAccount[]
  /** Who owns how many items. */
  ownerCounts(): readonly { readonly owner: string; readonly itemCount: number }[]
}
