import type { ServiceRequest } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import { sharePointHosts } from '../core/services.ts'
import type { Tenant } from '../core/tenant.ts'
import { resolveSite } from '../lists/graphPaths.ts'
import { callerOf } from '../sharepoint/siteAccess.ts'
import type { ItemRecord } from '../store/itemStore.ts'
import type { LibraryRecord, SiteRecord } from '../store/siteStore.ts'
import type { DriveRef, ItemRef } from './drivePaths.ts'
import { openOneDrive } from './oneDrive.ts'
import { probingRefusal } from './oneDriveProbing.ts'

/** A drive with the site it belongs to. */
export interface DriveTarget {
  readonly site: SiteRecord
  readonly library: LibraryRecord
}

/** What a path leads to: an item, or the place where one would be. */
export interface ItemTarget {
  readonly item: ItemRecord | undefined
  /** Deepest existing folder on the way; the parent of `item` when there is one. */
  readonly folder: ItemRecord | undefined
  /** Decoded names from `folder` on that do not exist yet; empty when `item` does. */
  readonly missing: readonly string[]
}

/** Finds the drive or throws the 404 of the service. */
export function resolveDrive(request: ServiceRequest, tenant: Tenant, ref: DriveRef): DriveTarget {
  const { sites } = tenant
  switch (ref.by) {
    case 'id':
      return openTarget(request, tenant, libraryTarget(tenant, sites.libraryByDrive(ref.key)))
    case 'me':
      if (callerOf(request).kind === 'app') {
        throw new ServiceError(400, 'BadRequest', '/me request is only valid with delegated authentication flow.')
      }
      return libraryTarget(tenant, sites.defaultLibrary(openOneDrive(request, tenant, callerOf(request).objectId).siteId))
    case 'user':
      return libraryTarget(tenant, sites.defaultLibrary(openOneDrive(request, tenant, ref.key).siteId))
    case 'site': {
      const site = findSite(tenant, ref.key)
      if (ref.driveId === undefined) return { site, library: sites.defaultLibrary(site.siteId) }
      const target = libraryTarget(tenant, sites.libraryByDrive(ref.driveId))
      if (target.site.siteId !== site.siteId) throw notFound()
      return target
    }
    case 'list': {
      const site = findSite(tenant, ref.key)
      const target = libraryTarget(tenant, sites.libraryByList(ref.listId))
      if (target.site.siteId !== site.siteId) throw notFound()
      return target
    }
    case 'group': {
      const team = sites.team(ref.key)
      const site = team === undefined ? undefined : sites.site(team.siteId)
      if (site === undefined) throw new ServiceError(404, 'ResourceNotFound', 'Resource is not found.')
      return { site, library: sites.defaultLibrary(site.siteId) }
    }
  }
}

/** The site of a Graph key (`root:/sites/x:` included, as rclone sends it) or the 404 of the service. */
export function findSite(tenant: Tenant, key: string): SiteRecord {
  const site = resolveSite(tenant, key.replace(/^root:/i, `${sharePointHosts(tenant.name).root}:`))
  if (site === undefined) throw new ServiceError(404, 'itemNotFound', 'Requested site could not be found')
  return site
}

/** A personal drive is closed to an address that has asked for too many which do not exist. */
function openTarget(request: ServiceRequest, tenant: Tenant, target: DriveTarget): DriveTarget {
  const refusal = target.site.kind === 'personal' ? probingRefusal(request, tenant) : undefined
  if (refusal !== undefined) throw refusal
  return target
}

function libraryTarget(tenant: Tenant, library: LibraryRecord | undefined): DriveTarget {
  const site = library === undefined ? undefined : tenant.sites.site(library.siteId)
  if (library === undefined || site === undefined) throw notFound()
  return { site, library }
}

/** Follows an item reference. Throws when its base does not exist or the path cannot be read; a missing path is told by `missing`. */
export function locateItem(tenant: Tenant, library: LibraryRecord, ref: ItemRef): ItemTarget {
  const base =
    ref.base.toLowerCase() === 'root' ? tenant.items.root(library.driveId) : tenant.items.get(library.driveId, ref.base)
  if (base === undefined) throw notFound()
  // An encoded slash separates like a bare one.
  const names = ref.path
    .flatMap((segment) => decodeName(segment, ref, tenant.behaviour.profile).split('/'))
    .filter((name) => name !== '')
  let folder = base
  for (const [index, name] of names.entries()) {
    const child = tenant.items.child(library.driveId, folder.itemId, name)
    if (child === undefined) return { item: undefined, folder, missing: names.slice(index) }
    if (index === names.length - 1) return { item: child, folder, missing: [] }
    if (child.kind === 'file') return { item: undefined, folder: undefined, missing: names.slice(index + 1) }
    folder = child
  }
  const parent = base.parentId === undefined ? undefined : tenant.items.get(library.driveId, base.parentId)
  return { item: base, folder: parent, missing: [] }
}

/**
 * A path segment as a name. The service reads bare parentheses as function syntax and cannot address `;` by path at all [B.3]; both
 * are refused, unless the profile is lenient.
 */
function decodeName(segment: string, ref: ItemRef, profile: 'strict' | 'lenient'): string {
  let name: string
  try {
    name = decodeURIComponent(segment)
  } catch {
    throw new ServiceError(400, 'BadRequest', 'The request URI is not properly encoded.')
  }
  const isMisread = /[()]/.test(segment) || (ref.isColonPath && name.includes(';'))
  if (profile === 'strict' && isMisread) {
    throw new ServiceError(400, 'BadRequest', `Resource not found for the segment '${segment}'.`)
  }
  return name
}

export function notFound(): ServiceError {
  return new ServiceError(404, 'itemNotFound', 'The resource could not be found.')
}
