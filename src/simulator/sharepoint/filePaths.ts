import type { Tenant } from '../core/tenant.ts'
import { nameKey } from '../lists/listNames.ts'
import type { ListRecord } from '../lists/records.ts'
import { listsOf } from '../lists/tenantLists.ts'
import type { ItemRecord } from '../store/itemStore.ts'
import type { LibraryRecord, SiteRecord } from '../store/siteStore.ts'

/** A folder of a library (its root included), the folder behind a generic list, or the root folder of the web. */
export type PathTarget =
  | { readonly kind: 'folder'; readonly library: LibraryRecord; readonly item: ItemRecord }
  | { readonly kind: 'listRoot'; readonly list: ListRecord }
  | { readonly kind: 'webRoot' }

/** What a decoded server-relative path names in the site; undefined when nothing is there. */
export function findByPath(
  tenant: Tenant,
  site: SiteRecord,
  serverPath: string,
): PathTarget | { readonly kind: 'file'; readonly library: LibraryRecord; readonly item: ItemRecord } | undefined {
  const path = relativePath(site, serverPath)
  if (path === undefined) return undefined
  const [head, ...rest] = path
  if (head === undefined) return { kind: 'webRoot' }
  if (nameKey(head) === 'lists' && rest.length === 1) {
    const list = listsOf(tenant).listByUrlName(site.siteId, rest[0] ?? '')
    return list === undefined ? undefined : { kind: 'listRoot', list }
  }
  const library = tenant.sites.libraries(site.siteId).find((candidate) => nameKey(candidate.urlName) === nameKey(head))
  if (library === undefined) return undefined
  const item = rest.length === 0 ? tenant.items.root(library.driveId) : tenant.items.byPath(library.driveId, rest)
  if (item === undefined || item.deletedMs !== undefined) return undefined
  return item.kind === 'file' ? { kind: 'file', library, item } : { kind: 'folder', library, item }
}

/** Segments below the web; undefined for a path outside of it. */
export function relativePath(site: SiteRecord, serverPath: string): readonly string[] | undefined {
  const prefix = nameKey(site.path)
  if (!nameKey(serverPath).startsWith(prefix)) return undefined
  const rest = serverPath.slice(site.path.length)
  if (rest !== '' && !rest.startsWith('/')) return undefined
  return rest.split('/').filter((segment) => segment !== '')
}
