import type { Caller } from '../core/caller.ts'
import type { ServiceRequest } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import type { Tenant } from '../core/tenant.ts'
import { serverPathOfItem } from '../lists/libraryShapes.ts'
import { librariesOf } from '../lists/libraryStore.ts'
import { NotFoundError } from '../lists/listErrors.ts'
import type { ColumnRecord, ListRecord } from '../lists/records.ts'
import { findById, findByServerPath, findByTitle, type ListTarget, listIdOf, listsOf } from '../lists/tenantLists.ts'
import type { ItemRecord } from '../store/itemStore.ts'
import type { LibraryRecord, SiteRecord } from '../store/siteStore.ts'
import { findByPath, type PathTarget } from './filePaths.ts'
import { type ItemRef, itemScopes } from './itemScopes.ts'
import type { PrincipalRecord } from './permissionStore.ts'
import { MEMBERS_GROUP, OWNERS_GROUP, VISITORS_GROUP, webScope } from './permissionStore.ts'
import { notFoundResource } from './restErrors.ts'
import type { RestSegment } from './restPath.ts'
import { ROLE_DEFINITIONS, type RoleDefinition } from './roleDefinitions.ts'
import { actorOf, permissionsOf, principalOf } from './siteAccess.ts'

interface Scoped {
  /** Permission scopes from the innermost outwards, without the web. */
  readonly scopes: readonly string[]
}

/** What a path led to. */
export type Resource = Scoped &
  (
    | { readonly type: 'root' | 'siteManager' | 'web' | 'site' | 'lists' | 'users' | 'groups' | 'roleDefinitions' }
    | { readonly type: 'list' | 'items' | 'fields' | 'views' | 'view'; readonly target: ListTarget }
    | { readonly type: 'item'; readonly ref: ItemRef }
    | { readonly type: 'field'; readonly list: ListRecord; readonly column: ColumnRecord }
    | { readonly type: 'user' | 'group' | 'groupUsers'; readonly principal: PrincipalRecord }
    | { readonly type: 'roleDefinition'; readonly role: RoleDefinition }
    | { readonly type: 'roleAssignments'; readonly scopeKey: string; readonly owner: Resource }
    | { readonly type: 'roleAssignment'; readonly scopeKey: string; readonly principalId: number }
    | { readonly type: 'folders' | 'files' | 'folder'; readonly at: PathTarget }
    | { readonly type: 'file'; readonly library: LibraryRecord; readonly item: ItemRecord }
    /** A file that is made when it is not there yet. */
    | { readonly type: 'stub'; readonly library: LibraryRecord; readonly folder: ItemRecord; readonly name: string }
  )

export interface Walk {
  readonly request: ServiceRequest
  readonly tenant: Tenant
  readonly site: SiteRecord
  readonly caller: Caller
  readonly steps: readonly RestSegment[]
  readonly argumentOf: (segment: RestSegment, name: string) => string | undefined
}

const NOWHERE: Scoped = { scopes: [] }

/** Follows the steps of a path. Throws the service's 404 where one leads nowhere. */
export function resolveResource(walk: Walk): Resource {
  let resource: Resource = { type: 'root', ...NOWHERE }
  for (const segment of walk.steps) resource = step(walk, resource, segment)
  return resource
}

function step(walk: Walk, from: Resource, segment: RestSegment): Resource {
  const first = (): string => walk.argumentOf(segment, '') ?? ''
  switch (from.type) {
    case 'root':
      if (segment.name === 'spsitemanager') return { type: 'siteManager', ...NOWHERE }
      return { type: segment.name === 'site' ? 'site' : 'web', ...NOWHERE }
    case 'site':
      return segment.name === 'owner' ? ownerOf(walk) : { type: 'web', ...NOWHERE }
    case 'web':
      return fromWeb(walk, segment, first)
    case 'lists':
      return listResource(segment.name === 'getbytitle' ? listByTitle(walk, first()) : listById(walk, first()))
    case 'list':
      return fromList(walk, from.target, segment, first)
    case 'items':
      return itemResource(walk, itemById(walk, from.target, first()))
    case 'item':
      return fromItem(walk, from, segment, first)
    case 'fields':
      return fieldOf(walk, from.target, segment.name === 'getbyid', first())
    case 'views':
      return { ...from, type: 'view' }
    case 'users':
      return userBy(walk, segment.name, first())
    case 'groups':
      return groupBy(walk, segment.name, first())
    case 'group':
      return { ...from, type: 'groupUsers' }
    case 'roleDefinitions':
      return roleBy(segment.name, first())
    case 'roleAssignments':
      return { type: 'roleAssignment', scopeKey: from.scopeKey, principalId: Number(first()), scopes: from.scopes }
    case 'folder':
      return fromFolder(walk, from.at, segment, first)
    case 'files':
      return fromChildren(walk, from.at, segment, first)
    case 'file':
      return itemResource(walk, { kind: 'library', library: from.library, item: from.item })
    default:
      throw notFoundResource()
  }
}

function fromWeb(walk: Walk, segment: RestSegment, first: () => string): Resource {
  const { tenant, site } = walk
  const isCalled = segment.args !== undefined && segment.args.length > 0
  switch (segment.name) {
    case 'lists':
      return isCalled ? listResource(listById(walk, first())) : { type: 'lists', ...NOWHERE }
    case 'getlist':
    case 'getlistusingpath': {
      const target = findByServerPath(tenant, site, decodePath(first()))
      if (target === undefined) throw new NotFoundError('list', 'File Not Found.')
      return listResource(target)
    }
    case 'siteusers':
      return isCalled ? userBy(walk, 'getbyloginname', first()) : { type: 'users', ...NOWHERE }
    case 'getuserbyid':
      return userBy(walk, 'getbyid', first())
    case 'currentuser':
      return { type: 'user', principal: principalOf(tenant, site, actorOf(walk.caller)), ...NOWHERE }
    case 'sitegroups':
      return isCalled ? groupBy(walk, 'getbyid', first()) : { type: 'groups', ...NOWHERE }
    case 'associatedownergroup':
      return groupBy(walk, 'getbyid', String(OWNERS_GROUP))
    case 'associatedmembergroup':
      return groupBy(walk, 'getbyid', String(MEMBERS_GROUP))
    case 'associatedvisitorgroup':
      return groupBy(walk, 'getbyid', String(VISITORS_GROUP))
    case 'roledefinitions':
      return isCalled ? roleBy('getbyid', first()) : { type: 'roleDefinitions', ...NOWHERE }
    case 'roleassignments':
      return assignments(walk, webScope(site.siteId), { type: 'web', ...NOWHERE }, isCalled ? first() : undefined)
    case 'folders':
      return isCalled
        ? pathResource(walk, `${site.path}/${first()}`, 'folder')
        : { type: 'folders', at: { kind: 'webRoot' }, ...NOWHERE }
    case 'rootfolder':
      return { type: 'folder', at: { kind: 'webRoot' }, ...NOWHERE }
    case 'getfolderbyserverrelativepath':
    case 'getfolderbyserverrelativeurl':
      return pathResource(walk, first(), 'folder')
    case 'getfilebyserverrelativepath':
    case 'getfilebyserverrelativeurl':
      return pathResource(walk, first(), 'file')
    case 'getfolderbyid':
    case 'getfilebyid':
      return byUniqueId(walk, first(), segment.name === 'getfilebyid' ? 'file' : 'folder')
    default:
      throw notFoundResource()
  }
}

function fromList(walk: Walk, target: ListTarget, segment: RestSegment, first: () => string): Resource {
  const isCalled = segment.args !== undefined && segment.args.length > 0
  const scopes = [`list:${listIdOf(target)}`]
  switch (segment.name) {
    case 'items':
    case 'getitembyid':
      return isCalled ? itemResource(walk, itemById(walk, target, first())) : { type: 'items', target, scopes }
    case 'fields':
      return isCalled ? fieldOf(walk, target, true, first()) : { type: 'fields', target, scopes }
    case 'views':
      return { type: isCalled ? 'view' : 'views', target, scopes }
    case 'defaultview':
      return { type: 'view', target, scopes }
    case 'rootfolder':
      return target.kind === 'library'
        ? {
            type: 'folder',
            at: { kind: 'folder', library: target.library, item: walk.tenant.items.root(target.library.driveId) },
            scopes,
          }
        : { type: 'folder', at: { kind: 'listRoot', list: target.list }, scopes }
    case 'roleassignments':
      return assignments(walk, `list:${listIdOf(target)}`, { type: 'list', target, scopes }, isCalled ? first() : undefined)
    default:
      return { type: 'web', ...NOWHERE }
  }
}

function fromItem(walk: Walk, from: Extract<Resource, { type: 'item' }>, segment: RestSegment, first: () => string): Resource {
  const { ref, scopes } = from
  if (segment.name === 'parentlist')
    return ref.kind === 'list'
      ? listResource({ kind: 'list', site: walk.site, list: ref.list })
      : listResource({ kind: 'library', site: walk.site, library: ref.library })
  if (segment.name === 'roleassignments') {
    const isCalled = segment.args !== undefined && segment.args.length > 0
    return assignments(walk, scopes[0] ?? '', from, isCalled ? first() : undefined)
  }
  if (ref.kind === 'library' && ref.item.kind === segment.name)
    return ref.item.kind === 'file'
      ? { type: 'file', library: ref.library, item: ref.item, scopes }
      : { type: 'folder', at: { kind: 'folder', library: ref.library, item: ref.item }, scopes }
  throw notFoundResource('The item has no file or folder.')
}

function fromFolder(walk: Walk, at: PathTarget, segment: RestSegment, first: () => string): Resource {
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

function fromChildren(walk: Walk, at: PathTarget, segment: RestSegment, first: () => string): Resource {
  if (at.kind !== 'folder') throw new NotFoundError('item', 'File Not Found.')
  if (segment.name === 'getbypathoraddstub')
    return { type: 'stub', library: at.library, folder: at.item, name: first(), scopes: scopesOfPath(walk, at) }
  const base = serverPathOfItem(walk.tenant, walk.site, at.library, at.item)
  return pathResource(walk, `${base}/${first()}`, 'file')
}

function pathResource(walk: Walk, serverPath: string, kind: 'folder' | 'file'): Resource {
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
export function fileNotFound(path: string, kind: 'folder' | 'file'): ServiceError {
  return kind === 'file'
    ? new ServiceError(404, '-2130575338, Microsoft.SharePoint.SPException', `The file ${path} does not exist.`)
    : new ServiceError(404, '-2147024894, System.IO.FileNotFoundException', 'File Not Found.')
}

function byUniqueId(walk: Walk, uniqueId: string, kind: 'folder' | 'file'): Resource {
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
function decodePath(path: string): string {
  const withoutHost = path.replace(/^https:\/\/[^/]+/i, '').replace(/\/+$/, '')
  return withoutHost.startsWith('/') ? withoutHost : `/${withoutHost}`
}

function listResource(target: ListTarget): Resource {
  return { type: 'list', target, scopes: [`list:${listIdOf(target)}`] }
}

function listByTitle(walk: Walk, title: string): ListTarget {
  const target = findByTitle(walk.tenant, walk.site, title)
  if (target === undefined)
    throw new NotFoundError(
      'list',
      `List '${title}' does not exist at site with URL 'https://${walk.site.hostname}${walk.site.path}'.`,
    )
  return target
}

function listById(walk: Walk, listId: string): ListTarget {
  const target = findById(walk.tenant, walk.site, listId)
  if (target === undefined)
    throw new NotFoundError(
      'list',
      'List does not exist.\n\nThe page you selected contains a list that does not exist.  It may have been deleted by another user.',
    )
  return target
}

function itemById(walk: Walk, target: ListTarget, text: string): ItemRef {
  const itemId = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (target.kind === 'list') {
    const item = listsOf(walk.tenant).items.get(target.list.listId, itemId)
    if (item !== undefined) return { kind: 'list', list: target.list, item }
  } else {
    const item = librariesOf(walk.tenant).item(target.library, itemId)
    if (item !== undefined) return { kind: 'library', library: target.library, item }
  }
  throw new NotFoundError('item', 'Item does not exist. It may have been deleted by another user.')
}

function itemResource(walk: Walk, ref: ItemRef): Resource {
  return { type: 'item', ref, scopes: itemScopes(walk.tenant, ref) }
}

function fieldOf(walk: Walk, target: ListTarget, isById: boolean, key: string): Resource {
  const { columns } = listsOf(walk.tenant)
  if (target.kind === 'list') {
    const { list } = target
    const column = isById ? columns.columnById(list.listId, key) : columns.columnByNameOrTitle(list.listId, key)
    if (column !== undefined) return { type: 'field', list, column, scopes: [`list:${list.listId}`] }
  }
  throw new ServiceError(
    400,
    '-2147024809, System.ArgumentException',
    `Column '${key}' does not exist. It may have been deleted by another user.`,
  )
}

function ownerOf(walk: Walk): Resource {
  const { site, tenant } = walk
  const owner = tenant.directory.user(site.ownerId ?? site.adminIds[0] ?? '')
  if (owner === undefined) throw notFoundResource()
  return { type: 'user', principal: permissionsOf(tenant).ensureUser(site, owner), ...NOWHERE }
}

function userBy(walk: Walk, how: string, key: string): Resource {
  const found = permissionsOf(walk.tenant)
    .principals(walk.site)
    .find(
      (principal) =>
        principal.type !== 8 &&
        (how === 'getbyid'
          ? principal.principalId === Number(key)
          : (how === 'getbyemail' ? principal.email : principal.login).toLowerCase() === key.toLowerCase()),
    )
  if (found === undefined) throw new ServiceError(404, '-2146232832, Microsoft.SharePoint.SPException', 'User cannot be found.')
  return { type: 'user', principal: found, ...NOWHERE }
}

function groupBy(walk: Walk, how: string, key: string): Resource {
  const found = permissionsOf(walk.tenant)
    .principals(walk.site)
    .find(
      (principal) =>
        principal.type === 8 && (how === 'getbyid' ? principal.principalId === Number(key) : principal.title === key),
    )
  if (found === undefined) throw new ServiceError(404, '-2146232832, Microsoft.SharePoint.SPException', 'Group cannot be found.')
  return { type: 'group', principal: found, ...NOWHERE }
}

function roleBy(how: string, key: string): Resource {
  const role = ROLE_DEFINITIONS.find((candidate) =>
    how === 'getbyname'
      ? candidate.name === key
      : how === 'getbytype'
        ? candidate.roleTypeKind === Number(key)
        : candidate.id === Number(key),
  )
  if (role === undefined)
    throw new ServiceError(
      404,
      '-2146232832, Microsoft.SharePoint.SPException',
      'Can not find the permission level with id or name.',
    )
  return { type: 'roleDefinition', role, ...NOWHERE }
}

function assignments(walk: Walk, ownKey: string, owner: Resource, principalId: string | undefined): Resource {
  const permissions = permissionsOf(walk.tenant)
  permissions.principals(walk.site)
  const scopeKey = [ownKey, ...owner.scopes].find((key) => permissions.isUnique(key)) ?? webScope(walk.site.siteId)
  return principalId === undefined
    ? { type: 'roleAssignments', scopeKey, owner, scopes: owner.scopes }
    : { type: 'roleAssignment', scopeKey: ownKey, principalId: Number(principalId), scopes: owner.scopes }
}
