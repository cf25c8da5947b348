import type { Tenant } from '../core/tenant.ts'
import type { LibraryRecord, SiteRecord } from '../store/siteStore.ts'
import { nameKey } from './listNames.ts'
import { createListStore, type ListStore } from './listStore.ts'
import type { ListRecord } from './records.ts'

const stores = new WeakMap<Tenant['db'], ListStore>()

/** The lists of a tenant; one store per database. */
export function listsOf(tenant: Tenant): ListStore {
  const known = stores.get(tenant.db)
  if (known !== undefined) return known
  const made = createListStore(tenant)
  stores.set(tenant.db, made)
  return made
}

/** Either kind of list that a site shows: a generic list, or a document library of the file store. */
export type ListTarget =
  | { readonly kind: 'list'; readonly site: SiteRecord; readonly list: ListRecord }
  | { readonly kind: 'library'; readonly site: SiteRecord; readonly library: LibraryRecord }

/** Everything that the site lists, in order of title. */
export function targetsOf(tenant: Tenant, site: SiteRecord): readonly ListTarget[] {
  const libraries = tenant.sites.libraries(site.siteId).map((library): ListTarget => ({ kind: 'library', site, library }))
  const lists = listsOf(tenant)
    .lists(site.siteId)
    .map((list): ListTarget => ({ kind: 'list', site, list }))
  return [...libraries, ...lists].sort((a, b) => (nameKey(titleOf(a)) < nameKey(titleOf(b)) ? -1 : 1))
}

export function titleOf(target: ListTarget): string {
  return target.kind === 'list' ? target.list.title : target.library.title
}

export function listIdOf(target: ListTarget): string {
  return target.kind === 'list' ? target.list.listId : target.library.listId
}

/** Server-relative URL of the list's folder, decoded. */
export function serverPathOf(target: ListTarget): string {
  return target.kind === 'list'
    ? `${target.site.path}/Lists/${target.list.urlName}`
    : `${target.site.path}/${target.library.urlName}`
}

export function findById(tenant: Tenant, site: SiteRecord, listId: string): ListTarget | undefined {
  const id = listId.toLowerCase().replace(/[{}]/g, '')
  const list = listsOf(tenant).list(id)
  if (list !== undefined && list.siteId === site.siteId) return { kind: 'list', site, list }
  const library = tenant.sites.libraryByList(id)
  return library !== undefined && library.siteId === site.siteId ? { kind: 'library', site, library } : undefined
}

export function findByTitle(tenant: Tenant, site: SiteRecord, title: string): ListTarget | undefined {
  const list = listsOf(tenant).listByTitle(site.siteId, title)
  if (list !== undefined) return { kind: 'list', site, list }
  const library = tenant.sites.libraries(site.siteId).find((candidate) => nameKey(candidate.title) === nameKey(title))
  return library === undefined ? undefined : { kind: 'library', site, library }
}

/** `serverPath` is decoded and server-relative. */
export function findByServerPath(tenant: Tenant, site: SiteRecord, serverPath: string): ListTarget | undefined {
  const wanted = nameKey(serverPath.replace(/\/+$/, ''))
  return targetsOf(tenant, site).find((target) => nameKey(serverPathOf(target)) === wanted)
}
