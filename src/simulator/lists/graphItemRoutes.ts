import type { Route, ServiceReply, ServiceRequest } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import { readQueryOptions } from '../odata/queryOptions.ts'
import { actorOf, callerOf } from '../sharepoint/siteAccess.ts'
import type { ItemRecord } from '../store/itemStore.ts'
import type { LibraryRecord } from '../store/siteStore.ts'
import { isReference } from './columnValues.ts'
import { fieldsBody, itemBody, readBody } from './graphBodies.ts'
import { checkOptions, selectFields } from './graphItemOptions.ts'
import { itemsPage, itemWithOptions } from './graphItemQueries.ts'
import { type ListHandler, listRoute, READ_SCOPES, siteGraphId, targetOf, WRITE_SCOPES } from './graphPaths.ts'
import { fieldsShape, GRAPH } from './graphShapes.ts'
import { libraryItemWithOptions } from './libraryItems.ts'
import { libraryFieldsShape } from './libraryShapes.ts'
import { librariesOf, libraryETag } from './libraryStore.ts'
import { NotFoundError, UnknownColumnError } from './listErrors.ts'
import { eTagOf, type ListItemRecord, type ListRecord } from './records.ts'
import { type ListTarget, listIdOf, listsOf } from './tenantLists.ts'

type Context = Parameters<ListHandler>[0]

/** An item of either kind of list, found by its integer id. */
type FoundItem =
  | { readonly kind: 'list'; readonly list: ListRecord; readonly item: ListItemRecord }
  | { readonly kind: 'library'; readonly library: LibraryRecord; readonly item: ItemRecord }

const GONE = 'The specified item was not found.'

export function findItem({ tenant, site, params }: Context): FoundItem {
  const target = targetOf(tenant, site, params)
  const itemId = /^\d{1,9}$/.test(params.item ?? '') ? Number(params.item) : 0
  if (target.kind === 'list') {
    const item = listsOf(tenant).items.get(target.list.listId, itemId)
    if (item === undefined) throw new NotFoundError('item', GONE)
    return { kind: 'list', list: target.list, item }
  }
  const item = librariesOf(tenant).item(target.library, itemId)
  if (item === undefined) throw new NotFoundError('item', GONE)
  return { kind: 'library', library: target.library, item }
}

/** `If-Match` as sent; the faults that a background process causes just before a conditional write happen here. */
function conditionOf({ request, tenant }: Context, found: FoundItem): string | undefined {
  const sent = request.headers['if-match']
  if (sent === undefined) return undefined
  if (tenant.faults.isActive('resourceModified', request))
    throw new ServiceError(
      409,
      'resourceModified',
      'The resource has changed since the caller last read it; usually an eTag mismatch',
    )
  if (found.kind === 'list' && tenant.faults.isActive('eTagBump', request))
    listsOf(tenant).items.update(found.list.listId, found.item.itemId, {}, { actor: found.item.modifiedBy })
  return sent
}

/** Names that only Graph uses are mapped to columns; annotations are passed over. */
function columnValues({ tenant }: Context, list: ListRecord, fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { columns } = listsOf(tenant)
  const values: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields)) {
    if (name.includes('@odata.')) continue
    const reference = name.endsWith('LookupId') ? columns.column(list.listId, name.slice(0, -'LookupId'.length)) : undefined
    if (reference !== undefined && isReference(reference.type)) values[reference.name] = value
    else if (isReference(columns.column(list.listId, name)?.type ?? 'text')) throw new UnknownColumnError(name)
    else values[name] = value
  }
  return values
}

function contextUrl({ site }: Context, target: ListTarget, rest: string): string {
  return `${GRAPH}/$metadata#sites('${encodeURIComponent(siteGraphId(site))}')/lists('${listIdOf(target)}')/${rest}`
}

const listItems: ListHandler = async (context) => {
  const target = targetOf(context.tenant, context.site, context.params)
  const page = await itemsPage(context, target, context.request.url.searchParams)
  return {
    status: 200,
    body: {
      '@odata.context': contextUrl(context, target, 'items'),
      ...(page.nextLink === undefined ? {} : { '@odata.nextLink': page.nextLink }),
      value: page.value,
    },
  }
}

const createItem: ListHandler = async (context) => {
  const { request, tenant, site, params } = context
  const target = targetOf(tenant, site, params)
  const options = readQueryOptions(request.url.searchParams, ['$select', '$expand'])
  checkOptions(options)
  const body = readBody(itemBody, await request.json())
  if (target.kind === 'library')
    throw new ServiceError(400, 'invalidRequest', 'Files and folders of a library are created through its drive.')
  const item = listsOf(tenant).items.create(
    target.list.listId,
    columnValues(context, target.list, body.fields),
    actorOf(callerOf(request)),
  )
  return {
    status: 201,
    headers: { etag: eTagOf(item) },
    body: {
      '@odata.context': contextUrl(context, target, 'items/$entity'),
      ...itemWithOptions(context, target.list, item, options),
    },
  }
}

const getItem: ListHandler = (context) => {
  const { request, tenant, site, params } = context
  const options = readQueryOptions(request.url.searchParams, ['$select', '$expand'])
  checkOptions(options)
  const found = findItem(context)
  const eTag = found.kind === 'list' ? eTagOf(found.item) : libraryETag(found.item)
  if (isUnchanged(request, eTag)) return { status: 304, headers: { etag: eTag } }
  const shape =
    found.kind === 'list'
      ? itemWithOptions(context, found.list, found.item, options)
      : libraryItemWithOptions(context, found.library, found.item, options)
  return {
    status: 200,
    headers: { etag: eTag },
    body: { '@odata.context': contextUrl(context, targetOf(tenant, site, params), 'items/$entity'), ...shape },
  }
}

function isUnchanged(request: ServiceRequest, eTag: string): boolean {
  return request.headers['if-none-match']?.toLowerCase() === eTag
}

function update(context: Context, fields: Readonly<Record<string, unknown>>): FoundItem {
  const { request, tenant } = context
  const found = findItem(context)
  const options = { ifMatch: conditionOf(context, found), actor: actorOf(callerOf(request)) }
  if (found.kind === 'library') {
    const values = Object.fromEntries(Object.entries(fields).filter(([name]) => !name.includes('@odata.')))
    return { ...found, item: librariesOf(tenant).update(found.library, found.item, values, options) }
  }
  const values = columnValues(context, found.list, fields)
  return { ...found, item: listsOf(tenant).items.update(found.list.listId, found.item.itemId, values, options) }
}

/** Answers the item with its new eTag, unlike a PATCH of `fields`. */
const patchItem: ListHandler = async (context) => {
  const options = readQueryOptions(context.request.url.searchParams, ['$select', '$expand'])
  checkOptions(options)
  const body = readBody(itemBody, await context.request.json())
  const found = update(context, body.fields)
  const shape =
    found.kind === 'list'
      ? itemWithOptions(context, found.list, found.item, options)
      : libraryItemWithOptions(context, found.library, found.item, options)
  return { status: 200, headers: { etag: found.kind === 'list' ? eTagOf(found.item) : libraryETag(found.item) }, body: shape }
}

/** The answer carries no eTag: neither header nor annotation [C.1]. */
const patchFields: ListHandler = async (context) => {
  readQueryOptions(context.request.url.searchParams, [])
  const found = update(context, readBody(fieldsBody, await context.request.json()))
  const { '@odata.etag': _eTag, ...fields } = fieldsOf(context, found)
  return { status: 200, body: fields }
}

const getFields: ListHandler = (context) => {
  const options = readQueryOptions(context.request.url.searchParams, ['$select'])
  const fields = fieldsOf(context, findItem(context))
  return { status: 200, body: selectFields(fields, options.select?.join(',')) }
}

function fieldsOf({ tenant, site }: Context, found: FoundItem): Record<string, unknown> {
  return found.kind === 'list' ? fieldsShape(tenant, site, found.list, found.item) : libraryFieldsShape(tenant, site, found.item)
}

const deleteItem: ListHandler = (context): ServiceReply => {
  const { request, tenant } = context
  readQueryOptions(request.url.searchParams, [])
  const found = findItem(context)
  const ifMatch = conditionOf(context, found)
  if (found.kind === 'library') {
    const actor = actorOf(callerOf(request))
    librariesOf(tenant).update(found.library, found.item, {}, { ifMatch, actor })
    tenant.items.recycle(found.item.driveId, found.item.itemId, actor)
  } else listsOf(tenant).items.remove(found.list.listId, found.item.itemId, ifMatch)
  return { status: 204 }
}

const READ = { scopes: READ_SCOPES, level: 'read' } as const
const WRITE = { scopes: WRITE_SCOPES, level: 'contribute', resourceUnits: 2 } as const

export const itemRoutes: readonly Route[] = [
  listRoute({
    name: 'lists.item.list',
    methods: ['GET'],
    template: '{list}/items',
    ...READ,
    resourceUnits: 2,
    handle: listItems,
  }),
  listRoute({ name: 'lists.item.create', methods: ['POST'], template: '{list}/items', ...WRITE, handle: createItem }),
  listRoute({
    name: 'lists.fields.get',
    methods: ['GET'],
    template: '{list}/items/{item}/fields',
    ...READ,
    resourceUnits: 1,
    handle: getFields,
  }),
  listRoute({
    name: 'lists.fields.update',
    methods: ['PATCH'],
    template: '{list}/items/{item}/fields',
    ...WRITE,
    handle: patchFields,
  }),
  listRoute({
    name: 'lists.item.get',
    methods: ['GET'],
    template: '{list}/items/{item}',
    ...READ,
    resourceUnits: 1,
    handle: getItem,
  }),
  listRoute({ name: 'lists.item.update', methods: ['PATCH'], template: '{list}/items/{item}', ...WRITE, handle: patchItem }),
  listRoute({ name: 'lists.item.delete', methods: ['DELETE'], template: '{list}/items/{item}', ...WRITE, handle: deleteItem }),
]
