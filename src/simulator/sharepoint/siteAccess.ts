import type { Caller } from '../core/caller.ts'
import type { ServiceRequest } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import type { Tenant } from '../core/tenant.ts'
import { belongsTo } from '../identity/membership.ts'
import type { ActorRef } from '../store/itemStore.ts'
import type { SiteRecord } from '../store/siteStore.ts'
import { createPermissionStore, type PermissionStore, type PrincipalRecord, webScope } from './permissionStore.ts'
import { type AccessLevel, higher, isAtLeast, levelOfRole, lower } from './roleDefinitions.ts'

const stores = new WeakMap<Tenant['db'], PermissionStore>()

/** The permissions of a tenant; one store per database. */
export function permissionsOf(tenant: Tenant): PermissionStore {
  const known = stores.get(tenant.db)
  if (known !== undefined) return known
  const made = createPermissionStore({ db: tenant.db, directory: tenant.directory, tenantId: tenant.tenantId })
  stores.set(tenant.db, made)
  return made
}

/** A route reached without a caller would be a defect of the route table. */
export function callerOf(request: ServiceRequest): Caller {
  if (request.caller === undefined) throw new Error('the route needs an authenticated caller')
  return request.caller
}

export function actorOf(caller: Caller): ActorRef {
  if (caller.kind === 'app') return { displayName: caller.appDisplayName, appId: caller.appId }
  return {
    userId: caller.objectId,
    displayName: caller.displayName,
    appId: caller.appId,
    ...(caller.upn === undefined ? {} : { upn: caller.upn }),
  }
}

/** The id under which the caller appears in the site's user columns. */
export function principalOf(tenant: Tenant, site: SiteRecord, actor: ActorRef): PrincipalRecord {
  const user = actor.userId === undefined ? undefined : tenant.directory.user(actor.userId)
  const permissions = permissionsOf(tenant)
  if (user !== undefined) return permissions.ensureUser(site, user)
  return permissions.ensureApp(site, { appId: actor.appId ?? tenant.tenantId, displayName: actor.displayName })
}

const GRANTS: readonly (readonly [RegExp, AccessLevel])[] = [
  [/^(AllSites\.FullControl|Sites\.FullControl\.All)$/, 'full'],
  [/^(AllSites\.Manage|Sites\.Manage\.All)$/, 'edit'],
  [/^(AllSites\.Write|Sites\.ReadWrite\.All|Files\.ReadWrite(\.All)?|MyFiles\.Write)$/, 'contribute'],
  [/^(AllSites\.Read|Sites\.Read\.All|Files\.Read(\.All)?|MyFiles\.Read)$/, 'read'],
]

function grantedLevel(permissions: readonly string[]): AccessLevel {
  let level: AccessLevel = 'none'
  for (const permission of permissions)
    for (const [pattern, granted] of GRANTS) if (pattern.test(permission)) level = higher(level, granted)
  return level
}

/** True for explicit site-collection administrators and the owner; tenant roles alone give nothing [A.9]. */
export function isSiteAdmin(caller: Caller, site: SiteRecord): boolean {
  return caller.kind === 'user' && (site.adminIds.includes(caller.objectId) || site.ownerId === caller.objectId)
}

/**
 * What the caller may do, judged by the innermost scope of `scopeKeys` (most specific first) that does not inherit. App-only callers
 * have what their roles say; users have the lesser of the token's scopes and their own rights.
 */
export function accessLevel(tenant: Tenant, caller: Caller, site: SiteRecord, scopeKeys: readonly string[] = []): AccessLevel {
  if (caller.kind === 'app') return grantedLevel(caller.roles)
  const granted = grantedLevel(caller.scopes)
  return isSiteAdmin(caller, site) ? granted : lower(granted, ownLevel(tenant, site, caller.objectId, scopeKeys))
}

/** What a person may do by role assignments alone, whatever the token: those of the innermost scope that does not inherit. */
export function ownLevel(tenant: Tenant, site: SiteRecord, userId: string, scopeKeys: readonly string[]): AccessLevel {
  const permissions = permissionsOf(tenant)
  permissions.prepare(site)
  const scope = scopeKeys.find((key) => permissions.isUnique(key)) ?? webScope(site.siteId)
  let own: AccessLevel = 'none'
  for (const { principalId, roleIds } of permissions.assignments(scope)) {
    const level = roleIds.map(levelOfRole).reduce(higher, 'none')
    if (isAtLeast(own, level)) continue
    const principal = permissions.principal(site, principalId)
    if (principal !== undefined && isMember(tenant, site, principal, userId)) own = level
  }
  return own
}

function isMember(tenant: Tenant, site: SiteRecord, principal: PrincipalRecord, userId: string): boolean {
  if (principal.type === 8)
    return permissionsOf(tenant)
      .groupMembers(site, principal.principalId)
      .some((member) => isMember(tenant, site, member, userId))
  if (principal.login.includes('spo-grid-all-users')) {
    const user = tenant.directory.user(userId)
    return user?.isEnabled === true && user.isGuest !== true
  }
  if (principal.objectId === undefined) return false
  return principal.objectId === userId || belongsTo(tenant.directory, principal.objectId, userId)
}

/** Throws the 403 of the service that was asked, and the 423 of a locked site for anything that writes. */
export function requireAccess(
  request: ServiceRequest,
  tenant: Tenant,
  site: SiteRecord,
  wanted: AccessLevel,
  scopeKeys: readonly string[] = [],
): void {
  if (!isAtLeast(accessLevel(tenant, callerOf(request), site, scopeKeys), wanted)) throw accessDenied(request)
  if (wanted !== 'read' && wanted !== 'limited' && site.isReadOnly)
    throw request.service === 'graph'
      ? new ServiceError(423, 'notAllowed', 'The resource you are attempting to access is locked', {
          innerCode: 'resourceLocked',
        })
      : new ServiceError(423, '-2147024860, Microsoft.SharePoint.SPException', 'The site is read-only at this time.')
}

export function accessDenied(request: ServiceRequest): ServiceError {
  return request.service === 'graph'
    ? new ServiceError(403, 'accessDenied', 'Access denied', { innerCode: 'accessDenied' })
    : new ServiceError(
        403,
        '-2147024891, System.UnauthorizedAccessException',
        'Access denied. You do not have permission to perform this action or access this resource.',
      )
}
