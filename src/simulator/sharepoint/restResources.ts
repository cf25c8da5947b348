import { ServiceError } from '../core/serviceError.ts'
import { librariesOf } from '../lists/libraryStore.ts'
import { NotFoundError } from '../lists/listErrors.ts'
import { findById, findByServerPath, findByTitle, type ListTarget, listIdOf, listsOf } from '../lists/tenantLists.ts'
import type { ItemRef } from './itemScopes.ts'
import { byUniqueId, decodePath, fromChildren, fromFolder, pathResource } from './pathResources.ts'
import { MEMBERS_GROUP, OWNERS_GROUP, VISITORS_GROUP, webScope } from './permissionStore.ts'
import { assignments, groupBy, ownerOf, roleBy, userBy } from './principalResources.ts'
import { recycleBin, recycledBy } from './recycledResources.ts'
import { itemResource, NOWHERE, type Resource, type Walk } from './resource.ts'
import { notFoundResource } from './restErrors.ts'
import type { RestSegment } from './restPath.ts'
import { actorOf, principalOf } from './siteAccess.ts'

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
      if (segment.name === 'recyclebin') return recycleBin(walk, segment, first)
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
      return roleBy(walk, segment.name, first())
    case 'roleAssignments':
      return { ...from, type: 'roleAssignment', principalId: Number(first()) }
    case 'recycleBin':
      return recycledBy(walk, first())
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
      return isCalled ? roleBy(walk, 'getbyid', first()) : { type: 'roleDefinitions', ...NOWHERE }
    case 'roleassignments':
      return assignments(walk, webScope(site.siteId), { type: 'web', ...NOWHERE }, isCalled ? first() : undefined)
    case 'folders':
      return isCalled
        ? pathResource(walk, `${site.path}/${first()}`, 'folder')
        : { type: 'folders', at: { kind: 'webRoot' }, ...NOWHERE }
    case 'rootfolder':
      return { type: 'folder', at: { kind: 'webRoot' }, ...NOWHERE }
    case 'recyclebin':
      return recycleBin(walk, segment, first)
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
