import type { Route } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import type { Tenant } from '../core/tenant.ts'
import { readQueryOptions } from '../odata/queryOptions.ts'
import type { SiteRecord } from '../store/siteStore.ts'
import { readColumnBody, readColumnPatch } from './graphBodies.ts'
import { columnShapes } from './graphListRoutes.ts'
import { type ListHandler, listRoute, MANAGE_SCOPES, READ_SCOPES, siteGraphId, targetOf } from './graphPaths.ts'
import { COLUMN_PROPERTIES, checkSelect, pickProperties } from './graphSelect.ts'
import { columnShape, GRAPH } from './graphShapes.ts'
import { NotFoundError } from './listErrors.ts'
import type { ColumnRecord, ListRecord } from './records.ts'
import { listIdOf, listsOf } from './tenantLists.ts'

function genericList(tenant: Tenant, site: SiteRecord, params: Readonly<Record<string, string>>): ListRecord {
  const target = targetOf(tenant, site, params)
  if (target.kind === 'library')
    throw new ServiceError(400, 'notSupported', 'The practice tenant does not change the columns of libraries.', {
      isUnknown: true,
    })
  return target.list
}

function columnOf(tenant: Tenant, list: ListRecord, key: string): ColumnRecord {
  const { columns } = listsOf(tenant)
  const column = columns.columnById(list.listId, key) ?? columns.columnByNameOrTitle(list.listId, key)
  if (column === undefined) throw new NotFoundError('column', 'The specified column was not found.')
  return column
}

const listColumns: ListHandler = (context) => {
  const { request, tenant, site, params } = context
  const options = readQueryOptions(request.url.searchParams, ['$select', '$top'])
  checkSelect(options, COLUMN_PROPERTIES, 'microsoft.graph.columnDefinition')
  const target = targetOf(tenant, site, params)
  return {
    status: 200,
    body: {
      '@odata.context': `${GRAPH}/$metadata#sites('${encodeURIComponent(siteGraphId(site))}')/lists('${listIdOf(target)}')/columns`,
      value: columnShapes(context, target)
        .slice(0, options.top)
        .map((shape) => pickProperties(shape, options)),
    },
  }
}

const getColumn: ListHandler = ({ request, tenant, site, params }) => {
  const options = readQueryOptions(request.url.searchParams, ['$select'])
  checkSelect(options, COLUMN_PROPERTIES, 'microsoft.graph.columnDefinition')
  const column = columnOf(tenant, genericList(tenant, site, params), params.column ?? '')
  return { status: 200, body: pickProperties(columnShape(column), options) }
}

const addColumn: ListHandler = async ({ request, tenant, site, params }) => {
  readQueryOptions(request.url.searchParams, [])
  const spec = readColumnBody(await request.json())
  const list = genericList(tenant, site, params)
  const column = listsOf(tenant).columns.addColumn(list.listId, spec, list.itemCount)
  return { status: 201, body: columnShape(column) }
}

const patchColumn: ListHandler = async ({ request, tenant, site, params }) => {
  readQueryOptions(request.url.searchParams, [])
  const body = await request.json()
  const list = genericList(tenant, site, params)
  const column = columnOf(tenant, list, params.column ?? '')
  const changed = listsOf(tenant).columns.updateColumn(
    list.listId,
    column.name,
    readColumnPatch(body, column.type),
    list.itemCount,
  )
  return { status: 200, body: columnShape(changed) }
}

const deleteColumn: ListHandler = ({ request, tenant, site, params }) => {
  readQueryOptions(request.url.searchParams, [])
  const list = genericList(tenant, site, params)
  const column = columnOf(tenant, list, params.column ?? '')
  if (column.name === 'Title') throw new ServiceError(403, 'accessDenied', 'The Title column cannot be deleted.')
  listsOf(tenant).columns.removeColumn(list.listId, column.name)
  return { status: 204 }
}

const MANAGE = { scopes: MANAGE_SCOPES, level: 'edit', resourceUnits: 2 } as const
const READ = { scopes: READ_SCOPES, level: 'read' } as const

export const columnRoutes: readonly Route[] = [
  listRoute({
    name: 'lists.column.list',
    methods: ['GET'],
    template: '{list}/columns',
    ...READ,
    resourceUnits: 2,
    handle: listColumns,
  }),
  listRoute({ name: 'lists.column.create', methods: ['POST'], template: '{list}/columns', ...MANAGE, handle: addColumn }),
  listRoute({
    name: 'lists.column.get',
    methods: ['GET'],
    template: '{list}/columns/{column}',
    ...READ,
    resourceUnits: 1,
    handle: getColumn,
  }),
  listRoute({
    name: 'lists.column.update',
    methods: ['PATCH'],
    template: '{list}/columns/{column}',
    ...MANAGE,
    handle: patchColumn,
  }),
  listRoute({
    name: 'lists.column.delete',
    methods: ['DELETE'],
    template: '{list}/columns/{column}',
    ...MANAGE,
    handle: deleteColumn,
  }),
]
