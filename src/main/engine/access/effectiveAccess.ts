import { MASK_FULL, mapGenericRights, nameAccess } from './accessMask.ts'
import { type AccessEntry, appliesHere, type SecurityDescriptor, type Sid } from './securityDescriptor.ts'

/** What one account is given, and what it is refused, by entries that name it. */
export interface AccountAccess {
  readonly sid: Sid
  /** Granted and not refused before, generic rights mapped. */
  readonly grantedMask: number
  /** Refused and not granted before: this also binds what its members are given through others. */
  readonly deniedMask: number
}

export interface ItemAccess {
  /** In the order in which the accounts are first named. */
  readonly accounts: readonly AccountAccess[]
  /** Entries under a condition, and kinds that are not about files: nobody can say what they give. */
  readonly unclearEntryCount: number
}

export const EVERYONE: Sid = 'S-1-1-0'

/**
 * What the list of one item says about the item itself, account by account, in the order in which Windows reads it: a bit is decided by the
 * first entry that speaks about it. No list at all gives everything to everybody.
 */
export function accessOfItem(descriptor: SecurityDescriptor): ItemAccess {
  const { entries, unknownEntryCount } = descriptor
  if (entries === undefined) {
    return { accounts: [{ sid: EVERYONE, grantedMask: MASK_FULL, deniedMask: 0 }], unclearEntryCount: unknownEntryCount }
  }
  const accounts = new Map<Sid, { granted: number; denied: number }>()
  let unclearEntryCount = unknownEntryCount
  for (const entry of entries) {
    if (!appliesHere(entry)) continue
    if (entry.condition !== undefined) {
      unclearEntryCount++
      continue
    }
    take(accounts, entry)
  }
  return {
    accounts: [...accounts].map(([sid, { granted, denied }]) => ({ sid, grantedMask: granted, deniedMask: denied })),
    unclearEntryCount,
  }
}

function take(accounts: Map<Sid, { granted: number; denied: number }>, entry: AccessEntry): void {
  const account = accounts.get(entry.sid) ?? { granted: 0, denied: 0 }
  const mask = mapGenericRights(entry.mask)
  if (entry.effect === 'allow') account.granted = (account.granted | (mask & ~account.denied)) >>> 0
  else account.denied = (account.denied | (mask & ~account.granted)) >>> 0
  accounts.set(entry.sid, account)
}

/** Who belongs to whom, as far as a directory tells. `undefined` = nobody knows the members of this account. */
export interface Membership {
  /** Every account that `sid` stands for, itself included, groups in groups opened up. */
  membersOf(sid: Sid): ReadonlySet<Sid> | undefined
}

/**
 * What an account can really do: its own grant, cut by what is refused to anybody it may share members with, and by what the share
 * gives to accounts it belongs to. Never more than the source gives to each of its members; less where nobody can tell.
 */
export function effectiveMask(
  account: AccountAccess,
  others: { readonly item: ItemAccess; readonly share: ItemAccess | undefined; readonly membership: Membership },
): { readonly mask: number; readonly cutBy: readonly Sid[] } {
  const cutBy: Sid[] = []
  let mask = account.grantedMask
  for (const other of others.item.accounts) {
    if ((other.deniedMask & mask) === 0 || !mayOverlap(account.sid, other.sid, others.membership)) continue
    mask = (mask & ~other.deniedMask) >>> 0
    cutBy.push(other.sid)
  }
  return {
    mask: others.share === undefined ? mask : (mask & shareMask(account.sid, others.share, others.membership)) >>> 0,
    cutBy,
  }
}

/** What the share gives to all members of an account, less what it refuses to any of them. */
function shareMask(sid: Sid, share: ItemAccess, membership: Membership): number {
  let granted = 0
  let denied = 0
  for (const other of share.accounts) {
    if (isWithin(sid, other.sid, membership)) granted |= other.grantedMask
    if (mayOverlap(sid, other.sid, membership)) denied |= other.deniedMask
  }
  return (granted & ~denied) >>> 0
}

/** Accounts that hold everybody who comes through the network with a name. */
const HOLDS_ALL: ReadonlySet<Sid> = new Set([EVERYONE, 'S-1-5-11', 'S-1-5-32-545', 'S-1-5-2'])

/** Are all members of `inner` members of `outer`? Unknown members count as no. */
function isWithin(inner: Sid, outer: Sid, membership: Membership): boolean {
  if (inner === outer || HOLDS_ALL.has(outer)) return true
  return membership.membersOf(outer)?.has(inner) === true
}

/** Might somebody be a member of both? Unknown members count as yes. */
function mayOverlap(a: Sid, b: Sid, membership: Membership): boolean {
  if (a === b || HOLDS_ALL.has(a) || HOLDS_ALL.has(b)) return true
  const membersOfA = membership.membersOf(a)
  const membersOfB = membership.membersOf(b)
  if (membersOfA === undefined || membersOfB === undefined) return true
  for (const member of membersOfA) if (membersOfB.has(member)) return true
  return false
}

/** Whether cutting `before` down to `after` changes what the account can do by its named level. */
export function isCut(before: number, after: number): boolean {
  return nameAccess(before).level !== nameAccess(after).level
}
