import type { DatabaseSync } from 'node:sqlite'
import type { Directory, GroupRecord, UserRecord } from '../identity/directory.ts'
import { numberOf, optionalTextOf, type Row, textOf } from '../lists/rows.ts'
import type { SiteRecord } from '../store/siteStore.ts'
import { EDIT, FULL_CONTROL, READ } from './roleDefinitions.ts'

export const OWNERS_GROUP = 3
export const VISITORS_GROUP = 4
export const MEMBERS_GROUP = 5

/** A user or group as one site collection knows it; the id means nothing in another site. */
export interface PrincipalRecord {
  readonly siteId: string
  readonly principalId: number
  readonly login: string
  readonly title: string
  readonly email: string
  /** 1 user, 4 security group, 8 SharePoint group. */
  readonly type: number
  readonly objectId: string | undefined
}

export interface RoleAssignment {
  readonly principalId: number
  readonly roleIds: readonly number[]
}

export interface PermissionStore {
  /** Makes the principal known to the site if the directory has it. Accepts claims and plain UPNs; undefined when nobody is meant. */
  ensure(site: SiteRecord, login: string): PrincipalRecord | undefined
  ensureUser(site: SiteRecord, user: UserRecord): PrincipalRecord
  /** The account under which app-only calls act in a site. */
  ensureApp(site: SiteRecord, app: { readonly appId: string; readonly displayName: string }): PrincipalRecord
  /** A new site gets its groups. Done by every method that takes a site. */
  prepare(site: SiteRecord): void
  principal(site: SiteRecord, principalId: number): PrincipalRecord | undefined
  principals(site: SiteRecord): readonly PrincipalRecord[]
  groupMembers(site: SiteRecord, groupId: number): readonly PrincipalRecord[]
  /** Makes a SharePoint group, or finds the one of that title. */
  ensureGroup(site: SiteRecord, title: string): PrincipalRecord
  addGroupMember(site: SiteRecord, groupId: number, principalId: number): void
  removeGroupMember(site: SiteRecord, groupId: number, principalId: number): void
  /** Takes a SharePoint group out of the site and out of every assignment. */
  removeGroup(site: SiteRecord, groupId: number): void
  isUnique(scopeKey: string): boolean
  /** Whether the principal has a role of its own in the scope. */
  holdsAny(scopeKey: string, principalId: number): boolean
  /** In order of principal id; empty for a scope that inherits. */
  assignments(scopeKey: string): readonly RoleAssignment[]
  makeUnique(scopeKey: string, site: SiteRecord, listId: string | undefined, assignments: readonly RoleAssignment[]): void
  resetToParent(scopeKey: string): void
  /** Adding what is there already changes nothing. */
  assign(scopeKey: string, principalId: number, roleId: number): void
  unassign(scopeKey: string, principalId: number, roleId?: number): void
  uniqueScopeCount(listId: string): number
  /** Keys of the unique scopes of a list. */
  scopesOf(listId: string | undefined): readonly string[]
}

export function webScope(siteId: string): string {
  return `web:${siteId}`
}

const GERMAN_GROUPS = { Owners: 'Besitzer', Visitors: 'Besucher', Members: 'Mitglieder' } as const
const USER_CLAIM = 'i:0#.f|membership|'
const SECURITY_CLAIM = 'c:0t.c|tenant|'
const M365_CLAIM = 'c:0o.c|federateddirectoryclaimprovider|'

export function createPermissionStore(deps: {
  readonly db: DatabaseSync
  readonly directory: Directory
  readonly tenantId: string
}): PermissionStore {
  const { db, directory } = deps
  const everyoneClaim = `c:0-.f|rolemanager|spo-grid-all-users/${deps.tenantId}`
  const byId = db.prepare('SELECT * FROM principals WHERE site_id = ? AND principal_id = ?')
  const byLogin = db.prepare('SELECT * FROM principals WHERE site_id = ? AND login_key = ?')
  const all = db.prepare('SELECT * FROM principals WHERE site_id = ? ORDER BY principal_id')
  const maxId = db.prepare('SELECT MAX(principal_id) AS n FROM principals WHERE site_id = ? AND principal_id < 1000000000')
  const insert = db.prepare(
    'INSERT INTO principals (site_id, principal_id, login, login_key, title, email, principal_type, object_id) VALUES (?,?,?,?,?,?,?,?)',
  )
  const members = db.prepare(
    'SELECT p.* FROM group_members m JOIN principals p ON p.site_id = m.site_id AND p.principal_id = m.principal_id WHERE m.site_id = ? AND m.group_id = ? ORDER BY p.principal_id',
  )
  const addMember = db.prepare('INSERT OR IGNORE INTO group_members (site_id, group_id, principal_id) VALUES (?,?,?)')
  const dropMember = db.prepare('DELETE FROM group_members WHERE site_id = ? AND group_id = ? AND principal_id = ?')
  const dropMembers = db.prepare('DELETE FROM group_members WHERE site_id = ? AND group_id = ?')
  const dropRecord = db.prepare('DELETE FROM principals WHERE site_id = ? AND principal_id = ?')
  const dropEverywhere = db.prepare(
    'DELETE FROM role_assignments WHERE principal_id = ? AND scope_key IN (SELECT scope_key FROM unique_scopes WHERE site_id = ?)',
  )
  const scope = db.prepare('SELECT 1 AS n FROM unique_scopes WHERE scope_key = ?')
  const addScope = db.prepare('INSERT OR IGNORE INTO unique_scopes (scope_key, site_id, list_id) VALUES (?,?,?)')
  const dropScope = db.prepare('DELETE FROM unique_scopes WHERE scope_key = ?')
  const countScopes = db.prepare('SELECT COUNT(*) AS n FROM unique_scopes WHERE list_id = ?')
  const listScopes = db.prepare('SELECT scope_key FROM unique_scopes WHERE list_id = ?')
  const roles = db.prepare(
    'SELECT principal_id, role_id FROM role_assignments WHERE scope_key = ? ORDER BY principal_id, role_id',
  )
  const holds = db.prepare('SELECT 1 AS n FROM role_assignments WHERE scope_key = ? AND principal_id = ? LIMIT 1')
  const addRole = db.prepare('INSERT OR IGNORE INTO role_assignments (scope_key, principal_id, role_id) VALUES (?,?,?)')
  const dropRole = db.prepare('DELETE FROM role_assignments WHERE scope_key = ? AND principal_id = ? AND role_id = ?')
  const dropPrincipal = db.prepare('DELETE FROM role_assignments WHERE scope_key = ? AND principal_id = ?')
  const dropRoles = db.prepare('DELETE FROM role_assignments WHERE scope_key = ?')
  const prepared = new Set<string>()
  const scopeCounts = new Map<string, number>()

  const one = (row: Row | undefined): PrincipalRecord | undefined => (row === undefined ? undefined : toPrincipal(row))

  const add = (
    site: SiteRecord,
    id: number | undefined,
    entry: Omit<PrincipalRecord, 'siteId' | 'principalId'>,
  ): PrincipalRecord => {
    const known = one(byLogin.get(site.siteId, entry.login.toLowerCase()))
    if (known !== undefined) return known
    const highest = maxId.get(site.siteId)
    const principalId =
      id ?? Math.max(highest === undefined || highest.n === null ? 0 : numberOf(highest, 'n'), MEMBERS_GROUP) + 1
    insert.run(
      site.siteId,
      principalId,
      entry.login,
      entry.login.toLowerCase(),
      entry.title,
      entry.email,
      entry.type,
      entry.objectId ?? null,
    )
    return { siteId: site.siteId, principalId, ...entry }
  }

  const everyone = (site: SiteRecord): PrincipalRecord =>
    add(site, undefined, {
      login: everyoneClaim,
      title: 'Everyone except external users',
      email: '',
      type: 4,
      objectId: undefined,
    })

  const userEntry = (user: UserRecord): Omit<PrincipalRecord, 'siteId' | 'principalId'> => ({
    login: USER_CLAIM + user.upn.toLowerCase(),
    title: user.displayName,
    email: user.mail,
    type: 1,
    objectId: user.objectId,
  })

  const groupEntry = (group: GroupRecord): Omit<PrincipalRecord, 'siteId' | 'principalId'> => ({
    login: (group.kind === 'security' ? SECURITY_CLAIM : M365_CLAIM) + group.objectId,
    title: group.displayName,
    email: '',
    type: 4,
    objectId: group.objectId,
  })

  /** A new site has its three groups; everybody of the tenant is a member of root and team sites, as in a public team. */
  const prepare = (site: SiteRecord): void => {
    if (prepared.has(site.siteId)) return
    prepared.add(site.siteId)
    if (scope.get(webScope(site.siteId)) !== undefined) return
    const group = (id: number, suffix: keyof typeof GERMAN_GROUPS, roleId: number): void => {
      const title = site.language === 1031 ? `${GERMAN_GROUPS[suffix]} von ${site.title}` : `${site.title} ${suffix}`
      add(site, id, {
        login: title,
        title,
        email: '',
        type: 8,
        objectId: undefined,
      })
      addRole.run(webScope(site.siteId), id, roleId)
    }
    addScope.run(webScope(site.siteId), site.siteId, null)
    group(OWNERS_GROUP, 'Owners', FULL_CONTROL)
    group(VISITORS_GROUP, 'Visitors', READ)
    group(MEMBERS_GROUP, 'Members', EDIT)
    if (site.kind === 'root' || site.kind === 'team') addMember.run(site.siteId, MEMBERS_GROUP, everyone(site).principalId)
    const owner = site.ownerId === undefined ? undefined : directory.user(site.ownerId)
    if (owner !== undefined) addMember.run(site.siteId, OWNERS_GROUP, add(site, undefined, userEntry(owner)).principalId)
  }

  return {
    ensure(site, login) {
      prepare(site)
      const folded = login.trim().toLowerCase()
      const known = one(byLogin.get(site.siteId, folded))
      if (known !== undefined && known.type !== 8) return known
      if (folded === everyoneClaim) return everyone(site)
      const groupId = folded.startsWith(SECURITY_CLAIM)
        ? folded.slice(SECURITY_CLAIM.length)
        : folded.startsWith(M365_CLAIM)
          ? folded.slice(M365_CLAIM.length).replace(/_o$/, '')
          : undefined
      if (groupId !== undefined) {
        const group = directory.group(groupId)
        return group === undefined ? undefined : add(site, undefined, groupEntry(group))
      }
      const user = directory.user(folded.startsWith(USER_CLAIM) ? folded.slice(USER_CLAIM.length) : folded)
      return user === undefined ? undefined : add(site, undefined, userEntry(user))
    },
    ensureUser(site, user) {
      prepare(site)
      return add(site, undefined, userEntry(user))
    },
    prepare,
    ensureGroup(site, title) {
      prepare(site)
      return add(site, undefined, { login: title, title, email: '', type: 8, objectId: undefined })
    },
    addGroupMember(site, groupId, principalId) {
      addMember.run(site.siteId, groupId, principalId)
    },
    removeGroupMember(site, groupId, principalId) {
      dropMember.run(site.siteId, groupId, principalId)
    },
    removeGroup(site, groupId) {
      dropMembers.run(site.siteId, groupId)
      dropEverywhere.run(groupId, site.siteId)
      dropRecord.run(site.siteId, groupId)
    },
    ensureApp(site, app) {
      prepare(site)
      return add(site, undefined, {
        login: `i:0i.t|ms.sp.ext|${app.appId}@${deps.tenantId}`,
        title: app.displayName,
        email: '',
        type: 1,
        objectId: undefined,
      })
    },
    principal(site, principalId) {
      prepare(site)
      return one(byId.get(site.siteId, principalId))
    },
    principals(site) {
      prepare(site)
      return all.all(site.siteId).map(toPrincipal)
    },
    groupMembers(site, groupId) {
      prepare(site)
      return members.all(site.siteId, groupId).map(toPrincipal)
    },
    holdsAny: (scopeKey, principalId) => holds.get(scopeKey, principalId) !== undefined,
    isUnique: (scopeKey) => scope.get(scopeKey) !== undefined,
    assignments(scopeKey) {
      const byPrincipal = new Map<number, number[]>()
      for (const row of roles.all(scopeKey)) {
        const principalId = numberOf(row, 'principal_id')
        byPrincipal.set(principalId, [...(byPrincipal.get(principalId) ?? []), numberOf(row, 'role_id')])
      }
      return [...byPrincipal].map(([principalId, roleIds]) => ({ principalId, roleIds }))
    },
    makeUnique(scopeKey, site, listId, assignments) {
      if (listId !== undefined) scopeCounts.delete(listId)
      addScope.run(scopeKey, site.siteId, listId ?? null)
      for (const { principalId, roleIds } of assignments) for (const roleId of roleIds) addRole.run(scopeKey, principalId, roleId)
    },
    resetToParent(scopeKey) {
      scopeCounts.clear()
      dropScope.run(scopeKey)
      dropRoles.run(scopeKey)
    },
    assign(scopeKey, principalId, roleId) {
      addRole.run(scopeKey, principalId, roleId)
    },
    unassign(scopeKey, principalId, roleId) {
      if (roleId === undefined) dropPrincipal.run(scopeKey, principalId)
      else dropRole.run(scopeKey, principalId, roleId)
    },
    scopesOf: (listId) => listScopes.all(listId ?? null).map((row) => textOf(row, 'scope_key')),
    uniqueScopeCount(listId) {
      const known = scopeCounts.get(listId)
      if (known !== undefined) return known
      const row = countScopes.get(listId)
      const count = row === undefined ? 0 : numberOf(row, 'n')
      scopeCounts.set(listId, count)
      return count
    },
  }
}

function toPrincipal(row: Row): PrincipalRecord {
  return {
    siteId: textOf(row, 'site_id'),
    principalId: numberOf(row, 'principal_id'),
    login: textOf(row, 'login'),
    title: textOf(row, 'title'),
    email: textOf(row, 'email'),
    type: numberOf(row, 'principal_type'),
    objectId: optionalTextOf(row, 'object_id'),
  }
}
