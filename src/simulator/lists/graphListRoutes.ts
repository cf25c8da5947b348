import type { Route } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import { graphFilterDialect } from '../odata/filterAst.ts'
import { compileFilter, type FilterField } from '../odata/filterMatcher.ts'
import { parseFilter } from '../odata/filterParser.ts'
import { type ExpandTerm, readQueryOptions } from '../odata/queryOptions.ts'
import { actorOf, callerOf } from '../sharepoint/siteAccess.ts'
import { listBody, listPatch, readBody, toColumnSpec } from './graphBodies.ts'
import { itemsPage } from './graphItemQueries.ts'
import { type ListHandler, listRoute, MANAGE_SCOPES, READ_SCOPES, siteGraphId, targetOf } from './graphPaths.ts'
import { checkSelect, LIST_PROPERTIES, pickProperties } from './graphSelect.ts'
import { columnShape, GRAPH, listShape } from './graphShapes.ts'
import { libraryColumnShapes } from './libraryShapes.ts'
import { type ListTarget, listIdOf, listsOf, targetsOf, titleOf } from './tenantLists.ts'

type Context = Parameters<ListHandler>[0]

/** Properties by which `GET /lists` can be filtered. */
const LIST_FIELDS: Readonly<Record<string, FilterField<ListTarget>>> = {
  displayName: { kind: 'text', read: titleOf },
  name: { kind: 'text', read: (target) => (target.kind === 'list' ? target.list.urlName : target.library.urlName) },
  id: { kind: 'text', read: listIdOf },
  'list/template': { kind: 'text', read: (target) => (target.kind === 'list' ? 'genericList' : 'documentLibrary') },
  'list/hidden': { kind: 'boolean', read: (target) => target.kind === 'list' && target.list.settings.isHidden },
}

async function withExpansions(
  context: Context,
  target: ListTarget,
  expand: readonly ExpandTerm[],
): Promise<Record<string, unknown>> {
  const shape = listShape(context.tenant, target)
  for (const term of expand) {
    if (term.name === 'columns') shape.columns = columnShapes(context, target)
    else if (term.name === 'items') Object.assign(shape, await expandedItems(context, target, term))
    else if (term.name === 'drive' && target.kind === 'library')
      shape.drive = { id: target.library.driveId, name: target.library.title }
    else
      throw new ServiceError(
        400,
        'invalidRequest',
        `Parsing OData Select and Expand failed: Could not find a property named '${term.name}' on type 'microsoft.graph.list'.`,
        { isUnknown: true },
      )
  }
  return shape
}

/** `items($expand=fields($select=A,B);$top=5)` of a list. */
async function expandedItems(context: Context, target: ListTarget, term: ExpandTerm): Promise<Record<string, unknown>> {
  const page = await itemsPage(context, target, new URLSearchParams([...term.options]))
  return { items: page.value, ...(page.nextLink === undefined ? {} : { 'items@odata.nextLink': page.nextLink }) }
}

export function columnShapes(context: Context, target: ListTarget): readonly Record<string, unknown>[] {
  if (target.kind === 'library') return libraryColumnShapes(target.library)
  return listsOf(context.tenant).columns.columns(target.list.listId).map(columnShape)
}

const listLists: ListHandler = async (context) => {
  const { request, tenant, site } = context
  const options = readQueryOptions(request.url.searchParams, ['$select', '$expand', '$filter', '$top', '$skiptoken', '$orderby'])
  checkSelect(options, LIST_PROPERTIES, 'microsoft.graph.list')
  let targets = targetsOf(tenant, site)
  if (options.filter !== undefined) {
    const matches = compileFilter<ListTarget>(parseFilter(options.filter, graphFilterDialect), (property) => {
      const field = LIST_FIELDS[property]
      if (field === undefined)
        throw new ServiceError(400, 'invalidRequest', `Invalid filter clause: '${property}' cannot be filtered.`)
      return field
    })
    targets = targets.filter(matches)
  }
  if (options.orderBy.length > 0)
    throw new ServiceError(400, 'notSupported', 'Sorting lists is not supported.', { isUnknown: true })
  const from = Number(options.skipToken ?? 0)
  const top = Math.min(options.top ?? 200, 1000)
  const value: Record<string, unknown>[] = []
  for (const target of targets.slice(from, from + top))
    value.push(pickProperties(await withExpansions(context, target, options.expand), options))
  const next = new URL(request.url)
  next.searchParams.set('$skiptoken', String(from + top))
  return {
    status: 200,
    body: {
      '@odata.context': `${GRAPH}/$metadata#sites('${encodeURIComponent(siteGraphId(site))}')/lists`,
      ...(from + top < targets.length ? { '@odata.nextLink': next.href } : {}),
      value,
    },
  }
}

const getList: ListHandler = async (context) => {
  const { request, tenant, site, params } = context
  const options = readQueryOptions(request.url.searchParams, ['$select', '$expand'])
  checkSelect(options, LIST_PROPERTIES, 'microsoft.graph.list')
  const target = targetOf(tenant, site, params)
  const shape = await withExpansions(context, target, options.expand)
  return {
    status: 200,
    body: {
      '@odata.context': `${GRAPH}/$metadata#sites('${encodeURIComponent(siteGraphId(site))}')/lists/$entity`,
      ...pickProperties(shape, options),
    },
  }
}

const createList: ListHandler = async ({ request, tenant, site }) => {
  readQueryOptions(request.url.searchParams, [])
  const body = readBody(listBody, await request.json())
  const template = body.list?.template ?? 'genericList'
  const takenTitles = tenant.sites.libraries(site.siteId).map((library) => library.title)
  const context = { '@odata.context': `${GRAPH}/$metadata#sites('${encodeURIComponent(siteGraphId(site))}')/lists/$entity` }
  if (template === 'documentLibrary') {
    if (body.columns !== undefined && body.columns.length > 0)
      throw new ServiceError(400, 'notSupported', 'The practice tenant makes libraries without extra columns.', {
        isUnknown: true,
      })
    if (targetsOf(tenant, site).some((target) => titleOf(target).toLowerCase() === body.displayName.toLowerCase()))
      throw new ServiceError(409, 'nameAlreadyExists', 'Name already exists', { innerCode: 'nameAlreadyExists' })
    const library = tenant.sites.createLibrary(site.siteId, body.displayName, body.displayName)
    return { status: 201, body: { ...context, ...listShape(tenant, { kind: 'library', site, library }) } }
  }
  if (template !== 'genericList')
    throw new ServiceError(400, 'invalidRequest', `The template '${template}' is not known to the practice tenant.`, {
      isUnknown: true,
    })
  const list = listsOf(tenant).createList({
    siteId: site.siteId,
    title: body.displayName,
    settings: {
      description: body.description ?? '',
      isHidden: body.list?.hidden ?? false,
      hasContentTypes: body.list?.contentTypesEnabled ?? false,
    },
    columns: (body.columns ?? []).map(toColumnSpec),
    actor: actorOf(callerOf(request)),
    takenTitles,
  })
  return { status: 201, body: { ...context, ...listShape(tenant, { kind: 'list', site, list }) } }
}

const patchList: ListHandler = async ({ request, tenant, site, params }) => {
  readQueryOptions(request.url.searchParams, [])
  const target = targetOf(tenant, site, params)
  const body = readBody(listPatch, await request.json())
  if (target.kind === 'library')
    throw new ServiceError(400, 'notSupported', 'The practice tenant does not rename libraries.', { isUnknown: true })
  const list = listsOf(tenant).updateList(target.list.listId, {
    ...(body.displayName === undefined ? {} : { title: body.displayName }),
    settings: body.description === undefined ? {} : { description: body.description },
  })
  return { status: 200, body: listShape(tenant, { kind: 'list', site, list }) }
}

const deleteList: ListHandler = ({ request, tenant, site, params }) => {
  readQueryOptions(request.url.searchParams, [])
  const target = targetOf(tenant, site, params)
  if (target.kind === 'library')
    throw new ServiceError(400, 'notSupported', 'The practice tenant does not delete libraries.', { isUnknown: true })
  listsOf(tenant).removeList(target.list.listId)
  return { status: 204 }
}

export const listRoutes: readonly Route[] = [
  listRoute({
    name: 'lists.list.list',
    methods: ['GET'],
    template: '',
    scopes: READ_SCOPES,
    level: 'read',
    resourceUnits: 2,
    handle: listLists,
  }),
  listRoute({
    name: 'lists.list.create',
    methods: ['POST'],
    template: '',
    scopes: MANAGE_SCOPES,
    level: 'edit',
    resourceUnits: 2,
    handle: createList,
  }),
  listRoute({
    name: 'lists.list.get',
    methods: ['GET'],
    template: '{list}',
    scopes: READ_SCOPES,
    level: 'read',
    resourceUnits: (request) => (/\$expand=[^&]*items/i.test(request.url.search) ? 2 : 1),
    handle: getList,
  }),
  listRoute({
    name: 'lists.list.update',
    methods: ['PATCH'],
    template: '{list}',
    scopes: MANAGE_SCOPES,
    level: 'edit',
    resourceUnits: 2,
    handle: patchList,
  }),
  listRoute({
    name: 'lists.list.delete',
    methods: ['DELETE'],
    template: '{list}',
    scopes: MANAGE_SCOPES,
    level: 'edit',
    resourceUnits: 2,
    handle: deleteList,
  }),
]
