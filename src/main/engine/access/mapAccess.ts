import { type RoleMap, SITE_ROLES, type SiteRole } from '../../../shared/domain/access.ts'
import { type AccessLevel, nameAccess } from './accessMask.ts'
import { effectiveMask, type ItemAccess, isCut, type Membership } from './effectiveAccess.ts'
import type { Sid } from './securityDescriptor.ts'

/** Whom an account of the source is at the destination. */
export type Identity =
  | { readonly kind: 'principal'; readonly login: string }
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
  /** Rights that no level has a name for; they are left behind. */
  | { readonly kind: 'specialRights'; readonly sid: Sid; readonly level: AccessLevel; readonly extraMask: number }
  /** The role can do more than the account could: writing without deleting has no role of its own. */
  | { readonly kind: 'widened'; readonly sid: Sid; readonly level: AccessLevel; readonly role: SiteRole }
  | { readonly kind: 'unmapped'; readonly sid: Sid; readonly level: AccessLevel }
  /** Entries under conditions, or of kinds that say nothing about files. */
  | { readonly kind: 'unclear'; readonly entryCount: number }

export interface MappedAccess {
  /** By login; the highest role where several accounts are one principal. */
  readonly roles: ReadonlyMap<string, SiteRole>
  readonly findings: readonly AccessFinding[]
}

/** What `item` (and the share above it) gives, as roles of principals. Pure; never gives anybody more without a finding that says so. */
export function mapAccess(
  item: ItemAccess,
  how: {
    readonly share: ItemAccess | undefined
    readonly membership: Membership
    readonly identify: (sid: Sid) => Identity
    readonly roles: RoleMap
  },
): MappedAccess {
  const roles = new Map<string, SiteRole>()
  const findings: AccessFinding[] = []
  if (item.unclearEntryCount > 0) findings.push({ kind: 'unclear', entryCount: item.unclearEntryCount })
  for (const account of item.accounts) {
    const { sid, grantedMask } = account
    const identity = how.identify(sid)
    if (identity.kind === 'ignored') continue
    const { mask, cutBy } = effectiveMask(account, { item, share: how.share, membership: how.membership })
    const { level, extraMask } = nameAccess(mask)
    if (cutBy.length > 0 && isCut(grantedMask, mask))
      findings.push({ kind: 'cutByDeny', sid, from: nameAccess(grantedMask).level, to: level, cutBy })
    if (extraMask !== 0) findings.push({ kind: 'specialRights', sid, level, extraMask })
    if (level === 'none') continue
    if (identity.kind === 'unmapped') {
      findings.push({ kind: 'unmapped', sid, level })
      continue
    }
    const role = how.roles[level]
    if (role === 'none') continue
    if (isWider(role, level)) findings.push({ kind: 'widened', sid, level, role })
    const known = roles.get(identity.login)
    if (known === undefined || SITE_ROLES.indexOf(role) > SITE_ROLES.indexOf(known)) roles.set(identity.login, role)
  }
  return { roles, findings }
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
