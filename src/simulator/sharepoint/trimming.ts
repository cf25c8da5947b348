import type { Caller } from '../core/caller.ts'
import type { Tenant } from '../core/tenant.ts'
import type { ItemRecord } from '../store/itemStore.ts'
import type { LibraryRecord, SiteRecord } from '../store/siteStore.ts'
import { webScope } from './permissionStore.ts'
import { type AccessLevel, isAtLeast } from './roleDefinitions.ts'
import { accessLevel, isSiteAdmin, permissionsOf } from './siteAccess.ts'

/**
 * What a caller gets to see of a library: listings leave out what may not be read, without a word. The innermost scope of a folder is
 * looked up once, the level in a scope once; make one for each request.
 */
export function visibleItems(
  tenant: Tenant,
  caller: Caller,
  place: { readonly site: SiteRecord; readonly library: LibraryRecord },
): (item: ItemRecord) => boolean {
  const { site, library } = place
  const permissions = permissionsOf(tenant)
  if (caller.kind === 'app' || isSiteAdmin(caller, site) || permissions.uniqueScopeCount(library.listId) === 0) return () => true
  const scopes = new Map<string, string>()
  const levels = new Map<string, AccessLevel>()
  const listScope = `list:${library.listId}`

  function scopeOf(item: ItemRecord): string {
    if (item.parentId === undefined) return permissions.isUnique(listScope) ? listScope : webScope(site.siteId)
    const own = `item:${library.listId}:${item.listItemId}`
    return permissions.isUnique(own) ? own : scopeOfFolder(item.driveId, item.parentId)
  }

  function scopeOfFolder(driveId: string, itemId: string): string {
    const known = scopes.get(itemId)
    if (known !== undefined) return known
    const folder = tenant.items.get(driveId, itemId)
    const scope = folder === undefined ? webScope(site.siteId) : scopeOf(folder)
    scopes.set(itemId, scope)
    return scope
  }

  return (item) => {
    const scope = scopeOf(item)
    const level = levels.get(scope) ?? accessLevel(tenant, caller, site, [scope])
    levels.set(scope, level)
    return isAtLeast(level, 'read')
  }
}

/** The same for the rows of a generic list, which have permissions of their own or those of the list. */
export function visibleRows(
  tenant: Tenant,
  caller: Caller,
  place: { readonly site: SiteRecord; readonly listId: string },
): (row: { readonly itemId: number }) => boolean {
  const { site, listId } = place
  const permissions = permissionsOf(tenant)
  if (caller.kind === 'app' || isSiteAdmin(caller, site) || permissions.uniqueScopeCount(listId) === 0) return () => true
  const listLevel = accessLevel(tenant, caller, site, [`list:${listId}`])
  return ({ itemId }) => {
    const own = `item:${listId}:${itemId}`
    return isAtLeast(permissions.isUnique(own) ? accessLevel(tenant, caller, site, [own]) : listLevel, 'read')
  }
}
