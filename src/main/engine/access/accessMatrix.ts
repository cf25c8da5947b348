import type { SiteRole } from '../../../shared/domain/access.ts'
import { SITE_ROLES } from '../../../shared/domain/access.ts'
import { ACCESS_MATRIX_PEOPLE_MAX } from '../../../shared/limits.ts'
import type { JudgedAccess } from './accessJudge.ts'
import { ACCESS_LEVELS, type AccessLevel, nameAccess } from './accessMask.ts'
import { type ItemAccess, isWithin, type Membership, maskOfPerson } from './effectiveAccess.ts'
import type { Grant } from './mapAccess.ts'
import type { Sid } from './securityDescriptor.ts'

/** What one account or person may do at the source, and afterwards. */
export interface MatrixRow {
  readonly sid: Sid
  readonly name: string | undefined
  /** `unknown`: it depends on groups whose members nobody tells. */
  readonly before: AccessLevel | 'unknown'
  /** `members`: not the group, but people of it one by one. */
  readonly after: SiteRole | 'none' | 'members'
  /** `equal` also where the role cannot be told from the level; `unknown` where one of both is. */
  readonly change: 'equal' | 'less' | 'more' | 'unknown'
}

/** What a role can do, as a level of Windows. */
const LEVEL_OF_ROLE: Readonly<Record<SiteRole | 'none', AccessLevel>> = {
  none: 'none',
  read: 'read',
  contribute: 'modify',
  edit: 'modify',
  fullControl: 'full',
}

/**
 * Who could do what at the source and who can do what afterwards, for one list: each account that it names, and each person of groups that are
 * refused something or were opened up, as far as they are known. In the order of the list; pure.
 */
export function accessMatrix(
  judged: JudgedAccess,
  around: {
    readonly share: ItemAccess | undefined
    readonly membership: Membership
    readonly isIgnored: (sid: Sid) => boolean
    readonly nameOf: (sid: Sid) => string | undefined
  },
): readonly MatrixRow[] {
  const { item, grants } = judged
  const { membership } = around
  const named = item.accounts.filter(({ sid }) => !around.isIgnored(sid))
  const isGroup = (sid: Sid) =>
    membership.peopleOf?.(sid) !== undefined || grants.some(({ via, to }) => via === sid && to !== sid)
  const isPerson = (sid: Sid) => !isGroup(sid) && membership.membersOf(sid) !== undefined
  const rows: MatrixRow[] = []
  for (const { sid, grantedMask } of named) {
    const before = isPerson(sid) ? levelOfPerson(sid) : nameAccess(grantedMask).level
    const opened = grants.some(({ via, to, role }) => via === sid && to !== sid && role !== undefined)
    const own = roleOf(grants, (to) => to === sid || (isPerson(sid) && isWithin(sid, to, membership)))
    const after = own === 'none' && opened ? 'members' : own
    rows.push({ sid, name: around.nameOf(sid), before, after, change: after === 'members' ? 'equal' : compare(before, after) })
  }
  const people = new Set<Sid>()
  for (const { sid, deniedMask } of named) {
    const isOpened = grants.some(({ via, to }) => via === sid && to !== sid)
    if (deniedMask === 0 && !isOpened) continue
    for (const person of membership.peopleOf?.(sid) ?? []) people.add(person)
  }
  for (const { to, via } of grants) if (to !== via && isPerson(to)) people.add(to)
  for (const { sid } of named) people.delete(sid)
  for (const person of [...people].slice(0, ACCESS_MATRIX_PEOPLE_MAX)) {
    const before = levelOfPerson(person)
    const after = roleOf(grants, (to) => isWithin(person, to, membership))
    rows.push({ sid: person, name: around.nameOf(person), before, after, change: compare(before, after) })
  }
  return rows

  function levelOfPerson(sid: Sid): AccessLevel | 'unknown' {
    const mask = maskOfPerson(sid, { item, share: around.share, membership })
    return mask === undefined ? 'unknown' : nameAccess(mask).level
  }
}

function roleOf(grants: readonly Grant[], reaches: (to: Sid) => boolean): SiteRole | 'none' {
  let best = -1
  for (const { to, role } of grants) if (role !== undefined && reaches(to)) best = Math.max(best, SITE_ROLES.indexOf(role))
  return SITE_ROLES[best] ?? 'none'
}

function compare(before: MatrixRow['before'], after: SiteRole | 'none'): MatrixRow['change'] {
  if (before === 'unknown') return 'unknown'
  const [was, is] = [ACCESS_LEVELS.indexOf(before), ACCESS_LEVELS.indexOf(LEVEL_OF_ROLE[after])]
  if (was === is) return 'equal'
  return is > was ? 'more' : 'less'
}
