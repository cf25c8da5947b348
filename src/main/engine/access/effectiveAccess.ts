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

/** One entry about the item itself, generic rights mapped. */
export interface AccessStep {
  readonly effect: 'allow' | 'deny'
  readonly sid: Sid
  readonly mask: number
}

export interface ItemAccess {
  /** In the order in which the accounts are first named. */
  readonly accounts: readonly AccountAccess[]
  /** In the order in which Windows reads them. */
  readonly steps: readonly AccessStep[]
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
    return {
      accounts: [{ sid: EVERYONE, grantedMask: MASK_FULL, deniedMask: 0 }],
      steps: [{ effect: 'allow', sid: EVERYONE, mask: MASK_FULL }],
      unclearEntryCount: unknownEntryCount,
    }
  }
  const accounts = new Map<Sid, { granted: number; denied: number }>()
  const steps: AccessStep[] = []
  let unclearEntryCount = unknownEntryCount
  for (const entry of entries) {
    if (!appliesHere(entry)) continue
    if (entry.condition !== undefined) {
      unclearEntryCount++
      continue
    }
    take(accounts, entry)
    steps.push({ effect: entry.effect, sid: entry.sid, mask: mapGenericRights(entry.mask) })
  }
  return {
    accounts: [...accounts].map(([sid, { granted, denied }]) => ({ sid, grantedMask: granted, deniedMask: denied })),
    steps,
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

/** Who belongs to whom, as far as the source and a directory tell. */
export interface Membership {
  /**
   * Everybody whom `sid` may stand for, itself included, groups in groups opened up, each by every name that it has. A person stands for itself
   * alone. undefined = nobody knows.
   */
  membersOf(sid: Sid): ReadonlySet<Sid> | undefined
  /** The people of a group, each once, to whom its grant can be given one by one; undefined = it is no group, or nobody knows them all. */
  peopleOf?(sid: Sid): readonly Sid[] | undefined
  /** Its direct members, people and groups: a grant to a group inside follows later changes of that group. undefined as above. */
  partsOf?(sid: Sid): readonly Sid[] | undefined
}

export interface Reach {
  readonly mask: number
  /** Whose refusals took something away. */
  readonly cutBy: readonly Sid[]
  /** Nobody loses more than at the source: whatever is refused is refused to all whom `to` stands for. */
  readonly isExact: boolean
}

interface Surroundings {
  readonly item: ItemAccess
  readonly share: ItemAccess | undefined
  readonly membership: Membership
}

/**
 * What the entries that name `via` give to `to`, itself or one of its members: cut by what is refused earlier to anybody whom `to` may stand
 * for, and by what the share gives. Never more than Windows gives to each of them; less where nobody can tell.
 */
export function reachOf({ via, to }: { readonly via: Sid; readonly to: Sid }, { item, share, membership }: Surroundings): Reach {
  const refusals: AccessStep[] = []
  const cutBy = new Set<Sid>()
  let mask = 0
  for (const step of item.steps) {
    if (step.effect === 'deny') {
      if (mayOverlap(to, step.sid, membership)) refusals.push(step)
    } else if (step.sid === via) {
      let given = step.mask
      for (const refusal of refusals) {
        if ((refusal.mask & given & ~mask) !== 0) cutBy.add(refusal.sid)
        given = (given & ~refusal.mask) >>> 0
      }
      mask = (mask | given) >>> 0
    }
  }
  const cutters = [...cutBy]
  const isExact = cutters.every((sid) => isWithin(to, sid, membership))
  if (share === undefined) return { mask, cutBy: cutters, isExact }
  const atShare = reachOfShare(to, share, membership)
  return {
    mask: (mask & atShare.mask) >>> 0,
    cutBy: cutters,
    isExact: isExact && ((mask & ~atShare.mask) === 0 || atShare.isExact),
  }
}

/** What an account can really do: its own grant, less what is refused to anybody whom it may stand for. See `reachOf`. */
export function effectiveMask(account: Pick<AccountAccess, 'sid'>, others: Surroundings): Reach {
  return reachOf({ via: account.sid, to: account.sid }, others)
}

/** What the share gives to all whom an account stands for, less what it refuses to any of them, in whatever order. */
function reachOfShare(sid: Sid, share: ItemAccess, membership: Membership): Pick<Reach, 'mask' | 'isExact'> {
  let granted = 0
  let denied = 0
  let isExact = true
  for (const step of share.steps) {
    const isSurely = isWithin(sid, step.sid, membership)
    if (!isSurely && !mayOverlap(sid, step.sid, membership)) continue
    isExact = isExact && isSurely
    if (step.effect === 'deny') denied = (denied | step.mask) >>> 0
    else if (isSurely) granted = (granted | step.mask) >>> 0
  }
  return { mask: (granted & ~denied) >>> 0, isExact }
}

/**
 * The access check of Windows for one person: entry by entry, the first that speaks about a bit decides it. What a group gives counts only where
 * the person surely belongs to it; undefined = a refusal may concern it, and nobody can tell.
 */
export function maskOfPerson(person: Sid, { item, share, membership }: Surroundings): number | undefined {
  const atItem = walkAs(person, item, membership)
  const atShare = share === undefined ? MASK_FULL : walkAs(person, share, membership)
  return atItem === undefined || atShare === undefined ? undefined : (atItem & atShare) >>> 0
}

function walkAs(person: Sid, access: ItemAccess, membership: Membership): number | undefined {
  let granted = 0
  let denied = 0
  for (const { effect, sid, mask } of access.steps) {
    if (!isWithin(person, sid, membership)) {
      if (effect === 'deny' && mayOverlap(person, sid, membership)) return undefined
      continue
    }
    if (effect === 'allow') granted = (granted | (mask & ~denied)) >>> 0
    else denied = (denied | (mask & ~granted)) >>> 0
  }
  return granted
}

/** Accounts that hold everybody who comes through the network with a name. */
const HOLDS_ALL: ReadonlySet<Sid> = new Set([EVERYONE, 'S-1-5-11', 'S-1-5-32-545', 'S-1-5-2'])
/** Whoever comes without a name is nobody whom a directory knows. */
const ANONYMOUS: Sid = 'S-1-5-7'

/** Are all members of `inner` members of `outer`? Unknown members count as no. */
export function isWithin(inner: Sid, outer: Sid, membership: Membership): boolean {
  if (inner === outer || HOLDS_ALL.has(outer)) return true
  return membership.membersOf(outer)?.has(inner) === true
}

/** Might somebody be a member of both? Unknown members count as yes. */
function mayOverlap(a: Sid, b: Sid, membership: Membership): boolean {
  if (a === b) return true
  if (a === ANONYMOUS || b === ANONYMOUS) return false
  if (HOLDS_ALL.has(a) || HOLDS_ALL.has(b)) return true
  const membersOfA = membership.membersOf(a)
  const membersOfB = membership.membersOf(b)
  if (membersOfA === undefined || membersOfB === undefined) return true
  const [few, many] = membersOfA.size < membersOfB.size ? [membersOfA, membersOfB] : [membersOfB, membersOfA]
  for (const member of few) if (many.has(member)) return true
  return false
}

/** Whether cutting `before` down to `after` changes what the account can do by its named level. */
export function isCut(before: number, after: number): boolean {
  return nameAccess(before).level !== nameAccess(after).level
}
