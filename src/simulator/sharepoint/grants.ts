import type { Tenant } from '../core/tenant.ts'
import type { SiteRecord } from '../store/siteStore.ts'
import { type RoleAssignment, webScope } from './permissionStore.ts'
import { LIMITED_ACCESS } from './roleDefinitions.ts'
import { permissionsOf } from './siteAccess.ts'

/** A scope of its own and the scopes around it, innermost first, the web left out. */
export interface ScopeChain {
  readonly key: string
  readonly outer: readonly string[]
}

/**
 * Grants a role in a scope that does not inherit. Whoever gets it receives Limited Access in the scopes around it, as the service does by
 * itself, so that the way there is open. Granting what is granted already changes nothing.
 */
export function grantRole(
  tenant: Tenant,
  site: SiteRecord,
  { key, outer }: ScopeChain,
  grant: { readonly principalId: number; readonly roleId: number },
): void {
  const permissions = permissionsOf(tenant)
  permissions.assign(key, grant.principalId, grant.roleId)
  for (const scope of [...outer, webScope(site.siteId)]) {
    if (scope === key || !permissions.isUnique(scope) || permissions.holdsAny(scope, grant.principalId)) continue
    permissions.assign(scope, grant.principalId, LIMITED_ACCESS)
  }
}

/** What an object keeps of what it inherited when it stops inheriting. Limited Access opened the way through the parent and is not taken along. */
export function copiedAssignments(tenant: Tenant, parentScope: string): readonly RoleAssignment[] {
  return permissionsOf(tenant)
    .assignments(parentScope)
    .map(({ principalId, roleIds }) => ({ principalId, roleIds: roleIds.filter((roleId) => roleId !== LIMITED_ACCESS) }))
    .filter(({ roleIds }) => roleIds.length > 0)
}
