import type { SiteRecord } from '../store/siteStore.ts'
import { complex, type EntityValue } from './dialect.ts'
import type { EntityContext } from './entityLinks.ts'
import { type AccessLevel, permissionMask } from './roleDefinitions.ts'
import { accessLevel } from './siteAccess.ts'

/** What the one who asks may do in the innermost of the scopes that does not inherit. */
export function maskOf({ tenant, site, caller }: Omit<EntityContext, 'link'>, scopeKeys: readonly string[]): EntityValue {
  return maskValue(accessLevel(tenant, caller, site, scopeKeys), site)
}

export function maskValue(level: AccessLevel, site: SiteRecord): EntityValue {
  const { high, low } = permissionMask(level, site)
  return complex('SP.BasePermissions', { High: high, Low: low })
}
