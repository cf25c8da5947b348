import { type RoleMap, SITE_ROLES, type SiteRole } from '../../../shared/domain/access.ts'
import { GROUP_SPLIT_MAX } from '../../../shared/limits.ts'
import { type AccessLevel, nameAccess } from './accessMask.ts'
import { type AccountAccess, type ItemAccess, isCut, type Membership, type Reach, reachOf } from './effectiveAccess.ts'
import type { Sid } from './securityDescriptor.ts'

/** Whom an account of the source is at the destination. */
export type Identity =
  | { readonly kind: 'principal'; readonly login: string }
  /** A group that is nobody there, but whose members are: a local group of the file server. Each of them gets what it has. */
  | { readonly kind: 'members'; readonly sids: readonly Sid[] }
  /** Has its rights by what it is, not by what a list says: SYSTEM, Administrators, CREATOR OWNER. */
  | { readonly kind: 'ignored' }
  | { readonly kind: 'unmapped' }

/** What a person must know before permissions are carried: none of it is decided silently. */
export type AccessFinding =
  /** Something is refused to members of this account; it gets less than the list gives it, so that nobody gets more than before. */
  | {
      readonly kind: 'cutByDeny'
      readonly sid: Sid
      readonly from: AccessLevel
      readonly to: AccessLevel
      readonly cutBy: readonly Sid[]
    }
  /** The share lets only some of its members in, and nobody knows which; it gets what all of them have. */
  | { readonly kind: 'cutByShare'; readonly sid: Sid; readonly from: AccessLevel; readonly to: AccessLevel }
  /** Rights that no level has a name for; they are left behind. */
  | { readonly kind: 'specialRights'; readonly sid: Sid; readonly level: AccessLevel; readonly extraMask: number }
  /** The role can do more than the account could: writing without deleting has no role of its own. */
  | { readonly kind: 'widened'; readonly sid: Sid; readonly level: AccessLevel; readonly role: SiteRole }
  | { readonly kind: 'unmapped'; readonly sid: Sid; readonly level: AccessLevel }
  /** The permissions of the share itself could not be read; whoever they hold back may do more afterwards. Only of the source as a whole. */
  | { readonly kind: 'shareUnknown' }
  /** Entries under conditions, or of kinds that say nothing about files. */
  | { readonly kind: 'unclear'; readonly entryCount: number }

/** What one account of the list comes to, for whoever wants to know why. */
export interface Grant {
  /** The entry of the list that gives. */
  readonly via: Sid
  /** Who gets it: `via` itself, or one of its members when it was opened up. */
  readonly to: Sid
  readonly level: AccessLevel
  readonly login: string | undefined
  readonly role: SiteRole | undefined
}

export interface MappedAccess {
  /** By login; the highest role where several accounts are one principal. */
  readonly roles: ReadonlyMap<string, SiteRole>
  readonly findings: readonly AccessFinding[]
  readonly grants: readonly Grant[]
}

export interface MapAccessBy {
  readonly share: ItemAccess | undefined
  readonly membership: Membership
  readonly identify: (sid: Sid) => Identity
  readonly roles: RoleMap
}

/**
 * What `item` (and the share above it) gives, as roles of principals. A group of which some are refused something is opened up, where its people
 * are known, so that exactly those are left out; else it is cut as a whole. Pure; never gives anybody more without a finding that says so.
 */
export function mapAccess(item: ItemAccess, how: MapAccessBy): MappedAccess {
  const mapper = new AccessMapper(item, how)
  for (const account of item.accounts) mapper.add(account)
  const unclear: AccessFinding[] = item.unclearEntryCount > 0 ? [{ kind: 'unclear', entryCount: item.unclearEntryCount }] : []
  return { roles: mapper.roles, findings: [...unclear, ...mapper.findings], grants: mapper.grants }
}

class AccessMapper {
  readonly roles = new Map<string, SiteRole>()
  readonly findings: AccessFinding[] = []
  readonly grants: Grant[] = []
  readonly #item: ItemAccess
  readonly #how: MapAccessBy

  constructor(item: ItemAccess, how: MapAccessBy) {
    this.#item = item
    this.#how = how
  }

  add(account: AccountAccess): void {
    if (account.grantedMask !== 0) this.#give(account, account.sid, new Set())
  }

  /** `seen`: groups may hold each other in a circle. */
  #give(account: AccountAccess, to: Sid, seen: Set<Sid>): void {
    if (seen.has(to)) return
    seen.add(to)
    const identity = this.#how.identify(to)
    if (identity.kind === 'ignored') return
    if (identity.kind === 'members') {
      for (const member of identity.sids) this.#give(account, member, seen)
      return
    }
    const { item, share, membership } = { item: this.#item, ...this.#how }
    const reach = reachOf({ via: account.sid, to }, { item, share, membership })
    if (!reach.isExact && isCut(account.grantedMask, reach.mask)) {
      const parts = membership.partsOf?.(to) ?? membership.peopleOf?.(to)
      if (parts !== undefined && parts.length <= GROUP_SPLIT_MAX) {
        for (const part of parts) this.#give(account, part, seen)
        return
      }
    }
    this.#grant(account, to, { reach, identity })
  }

  #grant(
    account: AccountAccess,
    to: Sid,
    { reach, identity }: { readonly reach: Reach; readonly identity: Extract<Identity, { kind: 'principal' | 'unmapped' }> },
  ): void {
    if (identity.kind === 'unmapped') {
      const { level } = nameAccess(account.grantedMask)
      this.grants.push({ via: account.sid, to, level, login: undefined, role: undefined })
      if (level !== 'none') this.findings.push({ kind: 'unmapped', sid: to, level })
      return
    }
    const { level, extraMask } = nameAccess(reach.mask)
    if (!reach.isExact && isCut(account.grantedMask, reach.mask)) {
      const from = nameAccess(account.grantedMask).level
      this.findings.push(
        reach.cutBy.length > 0
          ? { kind: 'cutByDeny', sid: to, from, to: level, cutBy: reach.cutBy }
          : { kind: 'cutByShare', sid: to, from, to: level },
      )
    }
    if (extraMask !== 0) this.findings.push({ kind: 'specialRights', sid: to, level, extraMask })
    const role = level === 'none' ? 'none' : this.#how.roles[level]
    const isGiven = level !== 'none' && role !== 'none'
    this.grants.push({
      via: account.sid,
      to,
      level,
      login: identity.login,
      role: isGiven ? role : undefined,
    })
    if (level === 'none') return
    if (role === 'none') return
    if (isWider(role, level)) this.findings.push({ kind: 'widened', sid: to, level, role })
    const known = this.roles.get(identity.login)
    if (known === undefined || SITE_ROLES.indexOf(role) > SITE_ROLES.indexOf(known)) this.roles.set(identity.login, role)
  }
}

/** The most that a level of Windows can do, in roles: what is above it can do something that the account could not. */
const HIGHEST_EQUAL: Readonly<Record<Exclude<AccessLevel, 'none'>, SiteRole>> = {
  read: 'read',
  write: 'read',
  modify: 'contribute',
  full: 'fullControl',
}

function isWider(role: SiteRole, level: Exclude<AccessLevel, 'none'>): boolean {
  return SITE_ROLES.indexOf(role) > SITE_ROLES.indexOf(HIGHEST_EQUAL[level])
}
