import { ServiceError } from '../core/serviceError.ts'
import { LIBRARY_FIELDS, scanLibrary } from '../lists/libraryItems.ts'
import { librariesOf } from '../lists/libraryStore.ts'
import { type QueryColumn, queryColumn } from '../lists/listColumns.ts'
import { ThresholdError, UnknownColumnError } from '../lists/listErrors.ts'
import { type ListPage, queryList } from '../lists/listQuery.ts'
import { exceedsViewThreshold, LOOKUPS_PER_VIEW, PAGE_MAXIMUM, REST_PAGE_DEFAULT } from '../lists/listRules.ts'
import type { ListRecord } from '../lists/records.ts'
import { type ListTarget, listsOf } from '../lists/tenantLists.ts'
import { clausesOf, type FilterNode, restFilterDialect } from '../odata/filterAst.ts'
import { compileFilter } from '../odata/filterMatcher.ts'
import { parseFilter } from '../odata/filterParser.ts'
import type { ItemRecord } from '../store/itemStore.ts'
import type { Entity } from './dialect.ts'
import { entityContext } from './entities.ts'
import { itemEntity } from './itemEntities.ts'
import { type Projection, project, type RestOptions, readRestOptions } from './projection.ts'
import { invalidQuery } from './restErrors.ts'
import type { RestContext } from './restRoute.ts'
import { principalOf } from './siteAccess.ts'
import { visibleItems, visibleRows } from './trimming.ts'

export interface ItemsAnswer {
  readonly entities: readonly Entity[]
  readonly nextLink: string | undefined
}

/** The column behind a property of `$filter` or `$orderby`: `State`, `OwnerId`, `OData__Hidden`, `Author/Id`. */
export function restColumn(context: RestContext, list: ListRecord, property: string): QueryColumn {
  const { columns } = listsOf(context.tenant)
  const name = property.startsWith('OData_') ? property.slice('OData_'.length) : property
  const direct = queryColumn(columns, list.listId, name)
  if (direct !== undefined) return direct
  const reference = name.endsWith('/Id') ? name.slice(0, -3) : name.endsWith('Id') ? name.slice(0, -2) : undefined
  if (reference === 'Author' || reference === 'Editor')
    return {
      name: reference,
      kind: 'number',
      isIndexed: false,
      isText: false,
      read: (item) =>
        principalOf(context.tenant, context.site, reference === 'Author' ? item.createdBy : item.modifiedBy).principalId,
    }
  const referenced = reference === undefined ? undefined : queryColumn(columns, list.listId, reference)
  if (referenced === undefined) throw new UnknownColumnError(property)
  return referenced
}

/** One page of `…/items` with `$filter`, `$orderby`, `$top`, `$select`, `$expand`; `$skip` has no effect, as in the service. */
export function itemsAnswer(context: RestContext, target: ListTarget): ItemsAnswer {
  const { request } = context
  const query = request.url.searchParams
  const options = readRestOptions(query, ['$filter', '$orderby', '$top', '$skip', '$skiptoken'])
  if (query.has('$skip') && options.skipToken !== undefined)
    throw invalidQuery('The query parameters $skip and $skiptoken cannot be used together.')
  const top = options.top ?? REST_PAGE_DEFAULT
  if (top > PAGE_MAXIMUM && exceedsViewThreshold(itemCountOf(context, target))) throw new ThresholdError()
  checkLookups(options.projection)
  const page =
    target.kind === 'list' ? listPage(context, target.list, options, top) : libraryItemsPage(context, target, options, top)
  const entities = entityContext(context)
  return {
    entities: page.refs.map((ref) => project(itemEntity(entities, ref), options.projection)),
    nextLink: page.nextToken === undefined ? undefined : nextLinkOf(context, page.nextToken),
  }
}

function itemCountOf({ tenant }: RestContext, target: ListTarget): number {
  return target.kind === 'list' ? target.list.itemCount : librariesOf(tenant).count(target.library)
}

/** More than 12 joined columns are refused [C.3]. */
function checkLookups({ expand }: Projection): void {
  const plain = ['File', 'Folder', 'ParentList', 'RoleAssignments', 'AttachmentFiles']
  const lookups = new Set(expand.map((path) => path.split('/')[0] ?? '').filter((name) => !plain.includes(name)))
  if (lookups.size > LOOKUPS_PER_VIEW)
    throw new ServiceError(
      500,
      '-2147024860, Microsoft.SharePoint.SPQueryThrottledException',
      'The query cannot be completed because the number of lookup columns it contains exceeds the lookup column threshold.',
    )
}

type Refs = { readonly refs: readonly Parameters<typeof itemEntity>[1][]; readonly nextToken: string | undefined }

function listPage(context: RestContext, list: ListRecord, options: RestOptions, top: number): Refs {
  const { request, tenant } = context
  const isIgnored = options.filter !== undefined && tenant.faults.isActive('ignoredFilter', request)
  const filter = options.filter === undefined || isIgnored ? undefined : parseFilter(options.filter, restFilterDialect)
  const page = runListQuery(context, list, {
    filter,
    order: options.orderBy.map((term) => ({ name: term.property, isDescending: term.isDescending })),
    top,
    pageToken: options.skipToken,
  })
  return { refs: page.items.map((item) => ({ kind: 'list', list, item })), nextToken: page.nextToken }
}

/** Runs a query of any spelling (OData or CAML) against a generic list. */
export function runListQuery(
  context: RestContext,
  list: ListRecord,
  query: {
    readonly filter: FilterNode | undefined
    readonly order: readonly { readonly name: string; readonly isDescending: boolean }[]
    readonly top: number
    readonly pageToken: string | undefined
  },
): ListPage {
  const { request, tenant } = context
  const resolve = (property: string): QueryColumn => restColumn(context, list, property)
  const page = queryList(listsOf(tenant), list, {
    filter: query.filter,
    order: query.order.map((term) => ({ column: resolve(term.name), isDescending: term.isDescending })),
    top: query.top,
    pageToken: query.pageToken,
    behindMs: tenant.faults.amount('listLag', request),
    resolve,
  })
  return { ...page, items: page.items.filter(visibleRows(tenant, context.caller, { site: context.site, listId: list.listId })) }
}

function libraryItemsPage(
  context: RestContext,
  { library }: Extract<ListTarget, { kind: 'library' }>,
  options: RestOptions,
  top: number,
): Refs {
  const fieldOf = (property: string) => {
    const field = LIBRARY_FIELDS[property]
    if (field === undefined) throw new UnknownColumnError(property)
    return field
  }
  if (options.orderBy.some((term) => !/^id$/i.test(term.property) || term.isDescending))
    throw invalidQuery('The practice tenant sorts library items by ID only.', true)
  let matches = (_item: ItemRecord): boolean => true
  if (options.filter !== undefined) {
    const filter = parseFilter(options.filter, restFilterDialect)
    const isById = clausesOf(filter).every((clause) => /^id$/i.test(clause.property))
    if (!isById && exceedsViewThreshold(librariesOf(context.tenant).count(library))) throw new ThresholdError()
    matches = compileFilter<ItemRecord>(filter, fieldOf)
  }
  const isVisible = visibleItems(context.tenant, context.caller, { site: context.site, library })
  const page = scanLibrary(context, library, {
    matches: (item) => matches(item) && isVisible(item),
    top,
    pageToken: options.skipToken,
  })
  return { refs: page.items.map((item) => ({ kind: 'library', library, item })), nextToken: page.nextToken }
}

/** The request's own URL with the new `$skiptoken`, spelled as the service does. */
function nextLinkOf({ request }: RestContext, token: string): string {
  const members = [...request.url.searchParams].filter(
    ([name]) => name.toLowerCase() !== '$skiptoken' && name.toLowerCase() !== '$skip',
  )
  const spelled = [['$skiptoken', token] as const, ...members].map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  )
  return `https://${request.host}${request.rawPath}?${spelled.join('&')}`
}
