import type { ServiceRequest } from '../core/http.ts'
import type { Tenant } from '../core/tenant.ts'
import type { AccessLevel } from '../sharepoint/roleDefinitions.ts'
import { accessDenied, callerOf, permissionsOf, requireAccess } from '../sharepoint/siteAccess.ts'
import type { ItemRecord } from '../store/itemStore.ts'
import type { DriveTarget } from './driveTarget.ts'

/** Permissions that let a caller read files through Graph; any of them is enough. */
export const READ_FILES = [
  'Files.Read',
  'Files.Read.All',
  'Files.ReadWrite',
  'Files.ReadWrite.All',
  'Sites.Read.All',
  'Sites.ReadWrite.All',
  'Sites.Manage.All',
  'Sites.FullControl.All',
]
export const WRITE_FILES = [
  'Files.ReadWrite',
  'Files.ReadWrite.All',
  'Sites.ReadWrite.All',
  'Sites.Manage.All',
  'Sites.FullControl.All',
]
export const READ_SITES = ['Sites.Read.All', 'Sites.ReadWrite.All', 'Sites.Manage.All', 'Sites.FullControl.All']

/** `Files.Read` and `Files.ReadWrite` alone reach the user's own drive only. */
const BEYOND_OWN_FILES = /^(Files|Sites)\..*\.All$/

/** Throws 403 when the caller may not do that there, 423 for a write to a locked site. `item` narrows it to what the item grants. */
export function requireDriveAccess(
  request: ServiceRequest,
  tenant: Tenant,
  { site, library }: DriveTarget,
  options: { readonly level: AccessLevel; readonly item?: ItemRecord | undefined },
): void {
  const caller = callerOf(request)
  const isApp = caller.kind === 'app'
  if (!isApp && site.ownerId !== caller.objectId && !caller.scopes.some((scope) => BEYOND_OWN_FILES.test(scope))) {
    throw accessDenied(request)
  }
  const scopes = isApp || options.item === undefined ? [] : scopesAbove(tenant, library.listId, options.item)
  requireAccess(request, tenant, site, options.level, isApp ? [] : [...scopes, `list:${library.listId}`])
}

function scopesAbove(tenant: Tenant, listId: string, item: ItemRecord): readonly string[] {
  if (permissionsOf(tenant).uniqueScopeCount(listId) === 0) return []
  const scopes: string[] = []
  let above: ItemRecord | undefined = item
  while (above?.parentId !== undefined) {
    scopes.push(`item:${listId}:${above.listItemId}`)
    above = tenant.items.get(above.driveId, above.parentId)
  }
  return scopes
}
