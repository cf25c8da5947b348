import type { ServiceRequest } from '../core/http.ts'
import type { Tenant } from '../core/tenant.ts'
import { itemScopes } from '../sharepoint/itemScopes.ts'
import type { AccessLevel } from '../sharepoint/roleDefinitions.ts'
import { accessDenied, callerOf, permissionsOf, requireAccess } from '../sharepoint/siteAccess.ts'
import type { ItemRecord } from '../store/itemStore.ts'
import type { LibraryRecord } from '../store/siteStore.ts'
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
  requireAccess(request, tenant, site, options.level, isApp ? [] : scopesOf(tenant, library, options.item))
}

function scopesOf(tenant: Tenant, library: LibraryRecord, item: ItemRecord | undefined): readonly string[] {
  const hasOwnScopes = item !== undefined && permissionsOf(tenant).uniqueScopeCount(library.listId) > 0
  return hasOwnScopes ? itemScopes(tenant, { kind: 'library', library, item }) : [`list:${library.listId}`]
}
