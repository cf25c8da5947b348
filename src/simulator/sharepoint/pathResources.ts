import { ServiceError } from '../core/serviceError.ts'
import { serverPathOfItem } from '../lists/libraryShapes.ts'
import { NotFoundError } from '../lists/listErrors.ts'
import { findByPath, type PathTarget } from './filePaths.ts'
import { itemScopes } from './itemScopes.ts'
import { itemResource, type Resource, type Walk } from './resource.ts'
import type { RestSegment } from './restPath.ts'

export function fromFolder(walk: Walk, at: PathTarget, segment: RestSegment, first: () => string): Resource {
  const isCalled = segment.args !== undefined && segment.args.length > 0
  if (segment.name === 'listitemallfields' && at.kind === 'folder' && at.item.parentId !== undefined)
    return itemResource(walk, { kind: 'library', library: at.library, item: at.item })
  if ((segment.name === 'folders' || segment.name === 'files') && !isCalled)
    return { type: segment.name, at, scopes: scopesOfPath(walk, at) }
  if (at.kind !== 'folder' || segment.name === 'listitemallfields') throw new NotFoundError('item', 'File Not Found.')
  const base = serverPathOfItem(walk.tenant, walk.site, at.library, at.item)
  if (segment.name === 'parentfolder') return pathResource(walk, base.slice(0, base.lastIndexOf('/')), 'folder')
  return pathResource(walk, `${base}/${first()}`, segment.name === 'files' ? 'file' : 'folder')
}

export function fromChildren(walk: Walk, at: PathTarget, segment: RestSegment, first: () => string): Resource {
  if (at.kind !== 'folder') throw new NotFoundError('item', 'File Not Found.')
  if (segment.name === 'getbypathoraddstub')
    return { type: 'stub', library: at.library, folder: at.item, name: first(), scopes: scopesOfPath(walk, at) }
  const base = serverPathOfItem(walk.tenant, walk.site, at.library, at.item)
  return pathResource(walk, `${base}/${first()}`, 'file')
}

export function pathResource(walk: Walk, serverPath: string, kind: 'folder' | 'file'): Resource {
  const path = decodePath(serverPath)
  const at = findByPath(walk.tenant, walk.site, path)
  if (at?.kind === 'file' && kind === 'file')
    return {
      type: 'file',
      library: at.library,
      item: at.item,
      scopes: itemScopes(walk.tenant, { kind: 'library', library: at.library, item: at.item }),
    }
  if (at === undefined || at.kind === 'file' || kind === 'file') throw fileNotFound(path, kind)
  return { type: 'folder', at, scopes: scopesOfPath(walk, at) }
}

/** The service's words for a path that leads nowhere. */
function fileNotFound(path: string, kind: 'folder' | 'file'): ServiceError {
  return kind === 'file'
    ? new ServiceError(404, '-2130575338, Microsoft.SharePoint.SPException', `The file ${path} does not exist.`)
    : new ServiceError(404, '-2147024894, System.IO.FileNotFoundException', 'File Not Found.')
}

export function byUniqueId(walk: Walk, uniqueId: string, kind: 'folder' | 'file'): Resource {
  const item = walk.tenant.items.byUniqueId(uniqueId.toLowerCase())
  const library = item === undefined ? undefined : walk.tenant.sites.libraryByDrive(item.driveId)
  if (
    item === undefined ||
    library === undefined ||
    library.siteId !== walk.site.siteId ||
    item.kind !== kind ||
    item.deletedMs !== undefined
  )
    throw fileNotFound(uniqueId, kind)
  const scopes = itemScopes(walk.tenant, { kind: 'library', library, item })
  return kind === 'file'
    ? { type: 'file', library, item, scopes }
    : { type: 'folder', at: { kind: 'folder', library, item }, scopes }
}

function scopesOfPath(walk: Walk, at: PathTarget): readonly string[] {
  if (at.kind === 'folder') return itemScopes(walk.tenant, { kind: 'library', library: at.library, item: at.item })
  return at.kind === 'listRoot' ? [`list:${at.list.listId}`] : []
}

/** Decoded server-relative path; absolute URLs lose their host. */
export function decodePath(path: string): string {
  const withoutHost = path.replace(/^https:\/\/[^/]+/i, '').replace(/\/+$/, '')
  return withoutHost.startsWith('/') ? withoutHost : `/${withoutHost}`
}
