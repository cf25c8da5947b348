import { ServiceError } from '../core/serviceError.ts'
import { clausesOf, graphFilterDialect } from '../odata/filterAst.ts'
import { compileFilter, type FilterField } from '../odata/filterMatcher.ts'
import { parseFilter } from '../odata/filterParser.ts'
import type { QueryOptions } from '../odata/queryOptions.ts'
import { callerOf } from '../sharepoint/siteAccess.ts'
import { visibleItems } from '../sharepoint/trimming.ts'
import type { ItemRecord } from '../store/itemStore.ts'
import type { LibraryRecord } from '../store/siteStore.ts'
import { generalException } from './graphErrors.ts'
import { type ItemsPage, nextLink, selectFields } from './graphItemOptions.ts'
import type { ListHandler } from './graphPaths.ts'
import { pickProperties } from './graphSelect.ts'
import { libraryFieldsShape, libraryItemShape } from './libraryShapes.ts'
import { librariesOf } from './libraryStore.ts'
import { NonIndexedColumnError, ThresholdError, UnknownColumnError } from './listErrors.ts'
import { exceedsViewThreshold, GRAPH_PAGE_DEFAULT, PAGE_MAXIMUM } from './listRules.ts'
import { decodePageToken, encodePageToken } from './pageToken.ts'

type Context = Parameters<ListHandler>[0]

/** Columns of a library that queries know. Only the id has an index. */
export const LIBRARY_FIELDS: Readonly<Record<string, FilterField<ItemRecord>>> = {
  ID: { kind: 'number', read: (item) => item.listItemId },
  Id: { kind: 'number', read: (item) => item.listItemId },
  FileLeafRef: { kind: 'text', read: (item) => item.name },
  FSObjType: { kind: 'number', read: (item) => (item.kind === 'folder' ? 1 : 0) },
  Created: { kind: 'date', read: (item) => Math.floor(item.fileCreatedMs / 1000) * 1000 },
  Modified: { kind: 'date', read: (item) => Math.floor(item.fileModifiedMs / 1000) * 1000 },
  UniqueId: { kind: 'text', read: (item) => item.uniqueId },
  GUID: { kind: 'text', read: (item) => item.uniqueId },
}

/** Items of a library in id order that pass `matches`, one page and where the next one starts. */
export function scanLibrary(
  context: Pick<Context, 'tenant'>,
  library: LibraryRecord,
  options: { readonly matches: (item: ItemRecord) => boolean; readonly top: number; readonly pageToken: string | undefined },
): { readonly items: readonly ItemRecord[]; readonly nextToken: string | undefined } {
  const store = librariesOf(context.tenant)
  const found: ItemRecord[] = []
  let afterId = options.pageToken === undefined ? 0 : decodePageToken(options.pageToken, []).itemId
  for (;;) {
    const rows = store.page(library, { afterId, limit: 1_000 })
    for (const item of rows) {
      afterId = item.listItemId
      if (!options.matches(item)) continue
      if (found.length === options.top) {
        const last = found.at(-1)
        return { items: found, nextToken: encodePageToken(last?.listItemId ?? 0, []) }
      }
      found.push(item)
    }
    if (rows.length < 1_000) return { items: found, nextToken: undefined }
  }
}

/** One page of `/lists/{library}/items` through Graph. */
export function libraryPage(context: Context, library: LibraryRecord, options: QueryOptions): ItemsPage {
  const { request, tenant, site } = context
  let matches = (_item: ItemRecord): boolean => true
  if (options.orderBy.some((term) => !/^fields\/id$/i.test(term.property)))
    throw new NonIndexedColumnError(options.orderBy[0]?.property.replace(/^fields\//, '') ?? '')
  if (options.filter !== undefined) {
    const filter = parseFilter(options.filter, graphFilterDialect)
    const isWarned = /honornonindexedquerieswarningmayfailrandomly/i.test(request.headers.prefer?.toString() ?? '')
    for (const clause of clausesOf(filter)) {
      const name = /^fields\/(.+)$/.exec(clause.property)?.[1]
      if (name === undefined) throw generalException()
      if (LIBRARY_FIELDS[name] === undefined) throw new UnknownColumnError(name)
      if (!/^id$/i.test(name) && !isWarned) throw new NonIndexedColumnError(name)
      if (!/^id$/i.test(name) && exceedsViewThreshold(librariesOf(tenant).count(library))) throw new ThresholdError()
    }
    matches = compileFilter<ItemRecord>(filter, (property) => {
      const field = LIBRARY_FIELDS[property.replace(/^fields\//, '')]
      if (field === undefined) throw new UnknownColumnError(property)
      return field
    })
  }
  const isVisible = visibleItems(tenant, callerOf(request), { site, library })
  const page = scanLibrary(context, library, {
    matches: (item) => matches(item) && isVisible(item),
    top: Math.min(options.top ?? GRAPH_PAGE_DEFAULT, PAGE_MAXIMUM),
    pageToken: options.skipToken === undefined ? undefined : Buffer.from(options.skipToken, 'base64url').toString('utf8'),
  })
  return {
    value: page.items.map((item) => libraryItemWithOptions(context, library, item, options)),
    nextLink:
      page.nextToken === undefined
        ? undefined
        : nextLink({ ...context, site }, library.listId, request.url.searchParams, page.nextToken),
  }
}

export function libraryItemWithOptions(
  context: Context,
  library: LibraryRecord,
  item: ItemRecord,
  options: Pick<QueryOptions, 'select' | 'expand'>,
): Record<string, unknown> {
  const { tenant, site } = context
  const shape = libraryItemShape(tenant, site, library, item)
  for (const term of options.expand) {
    if (term.name === 'fields') shape.fields = selectFields(libraryFieldsShape(tenant, site, item), term.options.get('$select'))
    else if (term.name === 'driveItem')
      shape.driveItem = { id: item.itemId, name: item.name, size: item.sizeBytes, parentReference: { driveId: item.driveId } }
    else throw new ServiceError(400, 'invalidRequest', `'${term.name}' cannot be expanded.`, { isUnknown: true })
  }
  return pickProperties(shape, options)
}
