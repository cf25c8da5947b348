import { ServiceError } from '../core/serviceError.ts'
import { clausesOf, type FilterNode, graphFilterDialect } from '../odata/filterAst.ts'
import { parseFilter } from '../odata/filterParser.ts'
import { type QueryOptions, readQueryOptions } from '../odata/queryOptions.ts'
import { callerOf } from '../sharepoint/siteAccess.ts'
import { visibleRows } from '../sharepoint/trimming.ts'
import { CamlError, parseCaml } from './camlWhere.ts'
import { generalException } from './graphErrors.ts'
import { checkOptions, type ItemsPage, nextLink, selectFields } from './graphItemOptions.ts'
import { type ListHandler, siteGraphId } from './graphPaths.ts'
import { pickProperties } from './graphSelect.ts'
import { fieldsShape, GRAPH, itemShape } from './graphShapes.ts'
import { libraryPage } from './libraryItems.ts'
import { type QueryColumn, queryColumn } from './listColumns.ts'
import { NonIndexedColumnError, UnknownColumnError } from './listErrors.ts'
import { queryList } from './listQuery.ts'
import { GRAPH_PAGE_DEFAULT, PAGE_MAXIMUM } from './listRules.ts'
import type { ListItemRecord, ListRecord } from './records.ts'
import { type ListTarget, listIdOf, listsOf } from './tenantLists.ts'

type Context = Parameters<ListHandler>[0]

const NON_INDEXED = 'honornonindexedquerieswarningmayfailrandomly'
const PREFIX = /^fields\/(.+)$/

/** The column behind `fields/X`; anything without the prefix breaks the service instead of being refused [C.1]. */
function columnOf(context: Context, list: ListRecord, property: string): QueryColumn {
  const name = PREFIX.exec(property)?.[1]
  if (name === undefined) throw generalException()
  const { columns } = listsOf(context.tenant)
  const column = queryColumn(columns, list.listId, name) ?? queryColumn(columns, list.listId, name.replace(/LookupId$/, ''))
  if (column === undefined) throw new UnknownColumnError(name)
  return column
}

function readFilter(context: Context, list: ListRecord, text: string): FilterNode {
  const filter = parseFilter(text, graphFilterDialect)
  for (const clause of clausesOf(filter)) {
    columnOf(context, list, clause.property)
    if (clause.kind === 'text' && clause.function !== 'startswith')
      throw new ServiceError(
        400,
        'invalidRequest',
        `Invalid filter clause: '${clause.function}' is not supported for list items.`,
      )
  }
  return filter
}

/** The filter of the default view: Graph's items endpoint has been seen to apply it to every listing [C.1]. */
function defaultViewFilter(list: ListRecord): FilterNode | undefined {
  if (list.settings.defaultViewQuery === '') return undefined
  try {
    const { filter } = parseCaml(`<Query>${list.settings.defaultViewQuery}</Query>`)
    return filter === undefined ? undefined : prefixed(filter)
  } catch (error) {
    if (error instanceof CamlError) return undefined
    throw error
  }
}

function prefixed(node: FilterNode): FilterNode {
  if (node.kind === 'and' || node.kind === 'or') return { ...node, left: prefixed(node.left), right: prefixed(node.right) }
  if (node.kind === 'not') return { ...node, operand: prefixed(node.operand) }
  return { ...node, property: `fields/${node.property}` }
}

/** One page of `…/items`, with expanded fields where asked; `query` holds the query options. */
export async function itemsPage(context: Context, target: ListTarget, query: URLSearchParams): Promise<ItemsPage> {
  const options = readQueryOptions(query, ['$select', '$expand', '$filter', '$orderby', '$top', '$skiptoken'])
  checkOptions(options)
  if (target.kind === 'library') return libraryPage(context, target.library, options)
  const { request, tenant } = context
  const { list } = target
  const isIgnored = options.filter !== undefined && tenant.faults.isActive('ignoredFilter', request)
  const asked = options.filter === undefined || isIgnored ? undefined : readFilter(context, list, options.filter)
  const order = options.orderBy.map((term) => ({
    column: columnOf(context, list, term.property),
    isDescending: term.isDescending,
  }))
  if (!(request.headers.prefer?.toString().toLowerCase() ?? '').includes(NON_INDEXED)) {
    const named = [
      ...(asked === undefined ? [] : clausesOf(asked).map((clause) => columnOf(context, list, clause.property))),
      ...order.map((term) => term.column),
    ]
    const unindexed = named.find((column) => !column.isIndexed)
    if (unindexed !== undefined) throw new NonIndexedColumnError(unindexed.name)
  }
  const leaked = defaultViewFilter(list)
  const filter: FilterNode | undefined =
    asked !== undefined && leaked !== undefined ? { kind: 'and', left: asked, right: leaked } : (asked ?? leaked)
  const page = queryList(listsOf(tenant), list, {
    filter,
    order,
    top: Math.min(options.top ?? GRAPH_PAGE_DEFAULT, PAGE_MAXIMUM),
    pageToken: options.skipToken === undefined ? undefined : Buffer.from(options.skipToken, 'base64url').toString('utf8'),
    behindMs: tenant.faults.amount('listLag', request),
    resolve: (property) => columnOf(context, list, property),
  })
  return {
    value: page.items
      .filter(visibleRows(tenant, callerOf(request), { site: context.site, listId: list.listId }))
      .map((item) => itemWithOptions(context, list, item, options)),
    nextLink: page.nextToken === undefined ? undefined : nextLink(context, listIdOf(target), query, page.nextToken),
  }
}

/** A list item as `$select` and `$expand` want it. */
export function itemWithOptions(
  context: Context,
  list: ListRecord,
  item: ListItemRecord,
  options: Pick<QueryOptions, 'select' | 'expand'>,
): Record<string, unknown> {
  const shape = itemShape(context.tenant, context.site, list, item)
  const expanded = options.expand.find((term) => term.name === 'fields')
  if (expanded !== undefined) {
    const base = `${GRAPH}/$metadata#sites('${encodeURIComponent(siteGraphId(context.site))}')/lists('${list.listId}')/items('${item.itemId}')/fields/$entity`
    shape['fields@odata.context'] = base
    shape.fields = selectFields(fieldsShape(context.tenant, context.site, list, item), expanded.options.get('$select'))
  }
  return pickProperties(shape, options)
}
