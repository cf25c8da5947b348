import type { Route } from '../core/http.ts'
import type { ListTarget } from '../lists/tenantLists.ts'
import { listsOf } from '../lists/tenantLists.ts'
import { functionReply, reply } from './dialect.ts'
import { entityContext } from './entities.ts'
import { itemEntity } from './itemEntities.ts'
import { itemsAnswer } from './itemQueries.ts'
import type { ItemRef } from './itemScopes.ts'
import { columnValues, eTagOfRef, removeItem, updateItem } from './itemWrites.ts'
import { entityTypeOf } from './listEntities.ts'
import { project, readRestOptions } from './projection.ts'
import { readRestBody } from './restBody.ts'
import { invalidQuery } from './restErrors.ts'
import { expectResource, type RestContext, type RestHandler, restRoute } from './restRoute.ts'

export function targetOfRef({ site }: RestContext, ref: ItemRef): ListTarget {
  return ref.kind === 'list' ? { kind: 'list', site, list: ref.list } : { kind: 'library', site, library: ref.library }
}

const listItems: RestHandler = (context) => {
  const answer = itemsAnswer(context, expectResource(context, 'items').target)
  return reply(context.request, {
    kind: 'collection',
    set: 'SP.ListData.Items',
    entities: answer.entities,
    ...(answer.nextLink === undefined ? {} : { nextLink: answer.nextLink }),
  })
}

const createItem: RestHandler = async (context) => {
  const { request, tenant, site, actor } = context
  const { projection } = readRestOptions(request.url.searchParams, [])
  const { target } = expectResource(context, 'items')
  const body = await readRestBody(request, [entityTypeOf(target), 'SP.ListItem'])
  if (target.kind === 'library') throw invalidQuery('To add an item to a document library, use SPFileCollection.Add()')
  const item = listsOf(tenant).items.create(target.list.listId, columnValues(context, target, body), actor)
  const entity = itemEntity(entityContext(context), { kind: 'list', list: target.list, item })
  return reply(request, project(entity, projection), {
    status: 201,
    headers: { location: `https://${site.hostname}${site.path}/_api/${entity.id}` },
  })
}

const getItem: RestHandler = (context) => {
  const { request } = context
  const { projection } = readRestOptions(request.url.searchParams, [])
  const { ref } = expectResource(context, 'item')
  const entity = itemEntity(entityContext(context), ref)
  if (request.headers['if-none-match'] === entity.eTag) return { status: 304 }
  return reply(request, project(entity, projection))
}

/** MERGE and PATCH answer 204 with the new ETag in the header; DELETE answers 200. */
const writeItem: RestHandler = async (context) => {
  const { request, method } = context
  const { ref } = expectResource(context, 'item')
  if (method === 'DELETE') {
    removeItem(context, ref)
    return { status: 200 }
  }
  if (method !== 'MERGE' && method !== 'PATCH') throw invalidQuery('The parameter __metadata does not exist in method GetById.')
  const target = targetOfRef(context, ref)
  const body = await readRestBody(request, [entityTypeOf(target), 'SP.ListItem'])
  return { status: 204, headers: { etag: eTagOfRef(updateItem(context, ref, columnValues(context, target, body))) } }
}

/** Moves the item to the recycle bin; answers the bin's id for it. */
const recycleItem: RestHandler = (context) =>
  functionReply(context.request, 'Recycle', removeItem(context, expectResource(context, 'item').ref, { isRecycled: true }))

export const itemRoutes: readonly Route[] = [
  restRoute({ name: 'item.list', key: 'items', methods: ['GET'], level: 'read', resourceUnits: 3, handle: listItems }),
  restRoute({
    name: 'item.create',
    key: 'items',
    methods: ['POST'],
    level: 'contribute',
    resourceUnits: 3,
    readsQuery: true,
    handle: createItem,
  }),
  restRoute({ name: 'item.get', key: 'item', methods: ['GET'], level: 'read', resourceUnits: 2, handle: getItem }),
  restRoute({
    name: 'item.write',
    key: 'item',
    methods: ['POST', 'PATCH', 'MERGE', 'PUT', 'DELETE'],
    level: 'contribute',
    resourceUnits: 3,
    handle: writeItem,
  }),
  restRoute({
    name: 'item.recycle',
    key: 'item/recycle',
    methods: ['POST'],
    level: 'contribute',
    resourceUnits: 3,
    handle: recycleItem,
  }),
]
