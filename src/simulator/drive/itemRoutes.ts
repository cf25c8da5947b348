import type { Route, ServiceReply } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import { type ExpandTerm, type QueryOptions, readQueryOptions } from '../odata/queryOptions.ts'
import { actorOf, callerOf } from '../sharepoint/siteAccess.ts'
import type { ItemRecord } from '../store/itemStore.ts'
import { nameTaken } from '../store/placement.ts'
import {
  allowQuery,
  CONFLICT_QUERY,
  type ConflictBehavior,
  conflictOf,
  createBody,
  type ParentReference,
  patchBody,
  readBody,
  timesOf,
} from './bodies.ts'
import { readChildrenPage } from './childrenPages.ts'
import { requireDriveAccess } from './driveAccess.ts'
import { driveRoute, type ItemContext, itemRoute } from './driveRoute.ts'
import { driveReply } from './driveShapes.ts'
import { notFound } from './driveTarget.ts'
import { readGraphQuery } from './graphQuery.ts'
import { itemReply } from './itemReplies.ts'
import { folderOfReference } from './parentReference.ts'
import { permissionShapes } from './permissionRoutes.ts'
import { checkWritePreconditions, eTagOf, isNotModified } from './preconditions.ts'
import { readSelection } from './selection.ts'

async function getItem(context: ItemContext): Promise<ServiceReply> {
  const { request, item } = context
  const options = readGraphQuery(request, ['$select', '$expand'])
  if (isNotModified(request, item)) return { status: 304, headers: { etag: eTagOf(item) } }
  const reply = itemReply(context, item, { status: 200, selection: readSelection(options) })
  let { body } = reply
  for (const term of options.expand) body = { ...body, ...expanded(context, term) }
  return { ...reply, body }
}

function expanded(context: ItemContext, term: ExpandTerm): Record<string, unknown> {
  const { tenant, item } = context
  const name = term.name.toLowerCase()
  if (name === 'permissions' && term.options.size === 0) return { permissions: permissionShapes(tenant, context, item) }
  const isKnown = [...term.options.keys()].every((option) => option === '$select')
  if (name !== 'children' || item.kind !== 'folder' || !isKnown) {
    throw new ServiceError(501, 'notSupported', `The practice tenant does not expand '${term.name}' so.`, { isUnknown: true })
  }
  const select = term.options.get('$select')
  const page = readChildrenPage(context, {
    select: select?.split(',').map((name) => name.trim()),
    top: undefined,
    skipToken: undefined,
  })
  return {
    children: page.value,
    ...(page.nextLink === undefined ? {} : { 'children@odata.nextLink': page.nextLink }),
  }
}

/** POST children: a folder, or an empty file [B.4]. `fileSystemInfo` of the body is ignored, as on the real business drives. */
async function createChild(context: ItemContext): Promise<ServiceReply> {
  const { request, tenant, item: parent } = context
  allowQuery(request, CONFLICT_QUERY)
  const body = await readBody(request, createBody)
  if ((body.folder === undefined) === (body.file === undefined)) {
    throw new ServiceError(400, 'invalidRequest', 'Exactly one of the facets folder and file has to be given.')
  }
  const conflict = conflictOf(body, request.url.searchParams) ?? 'fail'
  const actor = actorOf(callerOf(request))
  const { driveId, itemId: parentId } = parent
  const kind = body.folder === undefined ? 'file' : 'folder'
  tenant.items.checkNew(driveId, parentId, body.name, kind)
  const existing = tenant.items.child(driveId, parentId, body.name)
  if (existing !== undefined && conflict === 'fail') throw nameTaken()
  if (existing !== undefined && conflict === 'replace') {
    // No merge and no replacement: an existing folder is answered as it is.
    if (kind === 'file' || existing.kind === 'file') throw nameTaken()
    return itemReply(context, existing, { status: 200 })
  }
  const name = existing === undefined ? body.name : tenant.items.freeName(driveId, parentId, body.name)
  if (kind === 'folder') return itemReply(context, tenant.items.createFolder(driveId, parentId, name, actor), { status: 201 })
  const content = await tenant.content.put(Buffer.alloc(0))
  return itemReply(context, tenant.items.writeFile({ driveId, parentId, name, content, actor }), { status: 201 })
}

/** PATCH: rename, move and client times, in this order, all or the first refusal. */
async function patchItem(context: ItemContext): Promise<ServiceReply> {
  const { request, tenant } = context
  allowQuery(request, [...CONFLICT_QUERY, '$select'])
  const selection = readSelection(selectOption(request.url.searchParams))
  const body = await readBody(request, patchBody)
  // As it is now: while the body was on its way, another write may have won.
  let item = checkWritePreconditions(request, tenant, tenant.items.get(context.item.driveId, context.item.itemId))
  if (item === undefined) throw notFound()
  const actor = actorOf(callerOf(request))
  const parent = body.parentReference === undefined ? undefined : moveTarget(context, body.parentReference)
  const name = body.name === '' ? undefined : body.name
  if (name !== undefined || parent !== undefined) {
    const freeName = settleConflict(
      context,
      item,
      { parentId: parent?.itemId ?? item.parentId, name: name ?? item.name },
      conflictOf(body, request.url.searchParams),
    )
    item = tenant.items.rename(
      item.driveId,
      item.itemId,
      { name: freeName, ...(parent === undefined ? {} : { parentId: parent.itemId }) },
      actor,
    )
  }
  const times = timesOf(body.fileSystemInfo)
  if (times.createdMs !== undefined || times.modifiedMs !== undefined) {
    item = tenant.items.patchTimes(item.driveId, item.itemId, times, actor)
  }
  return itemReply(context, item, {
    status: 200,
    selection,
  })
}

/** The new parent; within the same drive only. Undefined when the reference says "unchanged". */
function moveTarget(context: ItemContext, reference: ParentReference): ItemRecord | undefined {
  const { request, tenant, library, item } = context
  if (reference.driveId !== undefined && reference.driveId !== '' && reference.driveId !== library.driveId) {
    throw new ServiceError(400, 'notSupported', 'Moving an item to another drive is not supported; copy it and delete it.')
  }
  const folder = folderOfReference(tenant, library, reference)
  const isByPath = reference.id === undefined || reference.id === ''
  if (isByPath && folder?.itemId === item.itemId) throw notFound()
  if (folder !== undefined) requireDriveAccess(request, tenant, context, { level: 'contribute', item: folder })
  return folder
}

function selectOption(query: URLSearchParams): Pick<QueryOptions, 'select'> {
  const value = query.get('$select')
  return readQueryOptions(new URLSearchParams(value === null ? [] : [['$select', value]]), ['$select'])
}

/** The name under which a move or rename ends, after the conflict behaviour had its say. */
function settleConflict(
  { request, tenant }: ItemContext,
  item: ItemRecord,
  goal: { readonly parentId: string | undefined; readonly name: string },
  conflict: ConflictBehavior | undefined,
): string {
  if (goal.parentId === undefined || conflict === undefined || conflict === 'fail') return goal.name
  const other = tenant.items.child(item.driveId, goal.parentId, goal.name)
  if (other === undefined || other.itemId === item.itemId) return goal.name
  if (conflict === 'rename') return tenant.items.freeName(item.driveId, goal.parentId, goal.name)
  if (other.kind === 'folder' || item.kind === 'folder') throw nameTaken()
  tenant.items.recycle(other.driveId, other.itemId, actorOf(callerOf(request)))
  return goal.name
}

/** Into the recycle bin. */
function deleteItem(context: ItemContext): ServiceReply {
  const { request, tenant, item } = context
  allowQuery(request, [])
  checkWritePreconditions(request, tenant, item)
  tenant.items.recycle(item.driveId, item.itemId, actorOf(callerOf(request)))
  return { status: 204 }
}

function deleteForGood(context: ItemContext): ServiceReply {
  const { request, tenant, item } = context
  allowQuery(request, [])
  checkWritePreconditions(request, tenant, item)
  tenant.items.remove(item.driveId, item.itemId)
  return { status: 204 }
}

const expandsPermissions = (request: { readonly url: URL }) =>
  /\bpermissions\b/i.test(request.url.searchParams.get('$expand') ?? '')

export const routes: readonly Route[] = [
  itemRoute(
    {
      name: 'drive.item.get',
      methods: ['GET'],
      action: [],
      level: 'read',
      resourceUnits: (request) => (expandsPermissions(request) ? 5 : 1),
    },
    getItem,
  ),
  itemRoute({ name: 'drive.item.patch', methods: ['PATCH'], action: [], level: 'contribute', resourceUnits: 2 }, patchItem),
  itemRoute({ name: 'drive.item.delete', methods: ['DELETE'], action: [], level: 'contribute', resourceUnits: 2 }, deleteItem),
  itemRoute(
    { name: 'drive.item.permanentDelete', methods: ['POST'], action: ['permanentdelete'], level: 'contribute', resourceUnits: 2 },
    deleteForGood,
  ),
  itemRoute(
    { name: 'drive.children.create', methods: ['POST'], action: ['children'], level: 'contribute', resourceUnits: 2 },
    createChild,
  ),
  driveRoute({ name: 'drive.get', methods: ['GET'], action: [], level: 'read', resourceUnits: 1 }, driveReply),
]
