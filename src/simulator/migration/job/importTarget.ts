import type { Tenant } from '../../core/tenant.ts'
import type { ItemRecord } from '../../store/itemStore.ts'
import { foldName } from '../../store/nameFolding.ts'
import type { LibraryRecord, SiteRecord } from '../../store/siteStore.ts'
import type { FileObject, FolderObject } from '../package/manifestObjects.ts'
import { FatalImportError, HRESULT, ItemImportError } from './importErrors.ts'

/** Where an object of the package is to go. */
export interface ImportPlace {
  readonly library: LibraryRecord
  readonly parent: ItemRecord
  readonly name: string
  /** Decoded segments below the library, its own name last; empty for the library's root folder. */
  readonly segments: readonly string[]
}

/** What the whole job aims at. Throws the fatal error of a wrong web. */
export function checkWeb(tenant: Tenant, siteId: string, webId: string): SiteRecord {
  const site = tenant.sites.site(siteId)
  if (site === undefined || site.webId !== webId.toLowerCase().replace(/[{}]/g, ''))
    throw new FatalImportError(
      HRESULT.fileNotFound,
      'System.IO.FileNotFoundException',
      `The web with the id '${webId}' could not be found in the site collection.`,
    )
  return site
}

/** The library that a package names. Throws the fatal error of a list id which the web does not have [D.5]. */
export function checkLibrary(tenant: Tenant, site: SiteRecord, listId: string): LibraryRecord {
  const library = tenant.sites.libraryByList(listId)
  if (library === undefined || library.siteId !== site.siteId)
    throw new FatalImportError(
      HRESULT.invalidArgument,
      'System.ArgumentException',
      `List with the id '${listId}' does not exist at the site '${site.path}'.`,
    )
  return library
}

/**
 * Finds the place that a web-relative URL means. A URL with the site's path in front is doubled, as in life, and leads nowhere [D.5].
 * Throws ItemImportError when library or parent are missing or are others than the ids say.
 */
export function findPlace(tenant: Tenant, site: SiteRecord, object: FileObject | FolderObject): ImportPlace {
  const segments = object.url.split('/').filter((segment) => segment !== '')
  const library = tenant.sites
    .libraries(site.siteId)
    .find((candidate) => foldName(candidate.urlName) === foldName(segments[0] ?? ''))
  const wholePath = `${site.path}/${segments.join('/')}`
  if (library === undefined) throw notFound(wholePath)
  if (object.listId !== undefined && object.listId !== library.listId)
    throw new ItemImportError(
      HRESULT.invalidArgument,
      `The list id '${object.listId}' is not the one of ${site.path}/${library.urlName}.`,
    )
  const inside = segments.slice(1)
  if (inside.length === 0) {
    if (object.kind === 'file') throw notFound(wholePath)
    return { library, parent: tenant.items.root(library.driveId), name: '', segments: [] }
  }
  const parent = tenant.items.byPath(library.driveId, inside.slice(0, -1))
  if (parent === undefined || parent.kind !== 'folder') throw notFound(wholePath)
  if (object.parentId !== undefined && object.parentId !== parent.uniqueId)
    throw new ItemImportError(
      HRESULT.pathNotFound,
      `The parent folder '{${object.parentId}}' of ${wholePath} is not the folder at that URL.`,
      'System.IO.DirectoryNotFoundException',
    )
  return { library, parent, name: inside.at(-1) ?? '', segments: inside }
}

function notFound(path: string): ItemImportError {
  return new ItemImportError(
    HRESULT.pathNotFound,
    `Could not find a part of the path '${path}'.`,
    'System.IO.DirectoryNotFoundException',
  )
}
