import { conjuncts, type FilterClause, type FilterNode } from '../odata/filterAst.ts'
import { comparable, compileFilter, type FieldValue } from '../odata/filterMatcher.ts'
import { indexKey } from './columnValues.ts'
import { compareValues, type QueryColumn, sortValue } from './listColumns.ts'
import { ThresholdError } from './listErrors.ts'
import type { IndexRange } from './listItemReads.ts'
import { exceedsViewThreshold, isFilterAllowed, isOrderAllowed, VIEW_THRESHOLD_ROWS } from './listRules.ts'
import type { ListStore } from './listStore.ts'
import { decodePageToken, encodePageToken } from './pageToken.ts'
import type { ListItemRecord, ListRecord } from './records.ts'

export interface ListQuery {
  readonly filter?: FilterNode | undefined
  readonly order: readonly { readonly column: QueryColumn; readonly isDescending: boolean }[]
  readonly top: number
  /** Text of the `$skiptoken`, decoded: `Paged=TRUE&p_ID=100`. */
  readonly pageToken?: string | undefined
  /** How far behind the present this one query looks, milliseconds, on top of the tenant's own lag. */
  readonly behindMs?: number | undefined
  /** The column behind a property of the filter; throws the dialect's refusal for an unknown one. */
  readonly resolve: (property: string) => QueryColumn
}

export interface ListPage {
  readonly items: readonly ListItemRecord[]
  /** Where the next page starts; undefined on the last one. */
  readonly nextToken: string | undefined
}

/**
 * One page of a list as queries see it, possibly behind the last writes. Throws ThresholdError when a list of more than 5,000 items is
 * asked in a way that no index answers, and UnreadablePageTokenError for a foreign token.
 */
export function queryList(store: ListStore, list: ListRecord, query: ListQuery): ListPage {
  const { filter, order, top } = query
  const [first] = order
  const isById = order.length === 0 || (order.length === 1 && first?.column.name === 'ID')
  if (filter === undefined && isById) return pageById(store, list, query, first?.isDescending === true)
  if (
    !isOrderAllowed({
      itemCount: list.itemCount,
      isFiltered: filter !== undefined,
      isOrderIndexed: order.every((term) => term.column.isIndexed),
    })
  )
    throw new ThresholdError()
  const sorted = [...matching(store, list, query)].sort((a, b) => compareItems(a, b, order))
  const from = query.pageToken === undefined ? 0 : startAfter(sorted, query.pageToken, order)
  const items = sorted.slice(from, from + top)
  const last = items.at(-1)
  const isMore = from + top < sorted.length && last !== undefined
  return { items, nextToken: isMore ? encodePageToken(last.itemId, sortKeys(last, order)) : undefined }
}

function pageById(store: ListStore, list: ListRecord, query: ListQuery, isDescending: boolean): ListPage {
  const start = isDescending ? Number.MAX_SAFE_INTEGER : 0
  const afterId = query.pageToken === undefined ? start : decodePageToken(query.pageToken, []).itemId
  const found = store.items.page(list.listId, { afterId, limit: query.top + 1, isDescending, behindMs: query.behindMs ?? 0 })
  const items = found.slice(0, query.top)
  const last = items.at(-1)
  return { items, nextToken: found.length > query.top && last !== undefined ? encodePageToken(last.itemId, []) : undefined }
}

function matching(store: ListStore, list: ListRecord, query: ListQuery): readonly ListItemRecord[] {
  const { filter, resolve, behindMs = 0 } = query
  const everything = () => store.items.page(list.listId, { afterId: 0, limit: Number.MAX_SAFE_INTEGER, behindMs })
  if (filter === undefined) return everything()
  const matches = compileFilter<ListItemRecord>(filter, resolve)
  const parts = conjuncts(filter)
  const limit = exceedsViewThreshold(list.itemCount) ? VIEW_THRESHOLD_ROWS + 1 : Number.MAX_SAFE_INTEGER
  const [firstPart] = parts
  const look = { store, list, resolve, limit, behindMs }
  const firstIds = firstPart === undefined ? undefined : indexedIds(look, firstPart)
  if (
    !isFilterAllowed({
      itemCount: list.itemCount,
      isFirstClauseIndexed: firstIds !== undefined,
      firstClauseRows: firstIds?.length ?? list.itemCount,
    })
  )
    throw new ThresholdError()
  let ids = firstIds
  for (const part of parts.slice(1)) ids ??= indexedIds(look, part)
  const candidates = ids === undefined ? everything() : store.items.pick(list.listId, ids, behindMs)
  return candidates.filter(matches)
}

interface IndexLook {
  readonly store: ListStore
  readonly list: ListRecord
  readonly resolve: ListQuery['resolve']
  readonly limit: number
  readonly behindMs: number
}

/** Ids that an index yields for a part of a filter, or undefined when no index can answer it. */
function indexedIds(look: IndexLook, part: FilterNode): readonly number[] | undefined {
  if (part.kind === 'or') {
    const left = indexedIds(look, part.left)
    const right = left === undefined ? undefined : indexedIds(look, part.right)
    return left === undefined || right === undefined ? undefined : [...new Set([...left, ...right])]
  }
  if (part.kind === 'and' || part.kind === 'not') return undefined
  const column = look.resolve(part.property)
  if (!column.isIndexed) return undefined
  const ranges = rangesOf(part, column)
  if (column.name === 'ID') return ranges?.flatMap((range) => idsInRange(look, range))
  return ranges?.flatMap((range) => [...look.store.items.lookUp(look.list.listId, column.name, range, look)])
}

function rangesOf(clause: FilterClause, column: QueryColumn): readonly IndexRange[] | undefined {
  const keyOf = (value: FieldValue): string | number | undefined => indexKey(value) ?? undefined
  if (clause.kind === 'text') {
    const from = clause.text.toLowerCase()
    return clause.function === 'startswith' && from !== '' ? [{ from, to: `${from}\u{10ffff}`, isToExcluded: true }] : undefined
  }
  if (clause.kind === 'in') {
    const keys = clause.literals.map((literal) => keyOf(comparable(literal, column.kind, clause.property)))
    return keys.every((key) => key !== undefined) ? keys.map((key) => ({ from: key, to: key })) : undefined
  }
  const key = clause.datePart === undefined ? keyOf(comparable(clause.literal, column.kind, clause.property)) : undefined
  if (key === undefined || clause.operator === 'ne') return undefined
  if (clause.operator === 'eq') return [{ from: key, to: key }]
  if (clause.operator === 'gt' || clause.operator === 'ge') return [{ from: key, isFromExcluded: clause.operator === 'gt' }]
  return [{ to: key, isToExcluded: clause.operator === 'lt' }]
}

function idsInRange({ store, list, limit, behindMs }: IndexLook, range: IndexRange): number[] {
  const from = typeof range.from === 'number' ? range.from - (range.isFromExcluded === true ? 0 : 1) : 0
  const to = typeof range.to === 'number' ? range.to - (range.isToExcluded === true ? 1 : 0) : Number.MAX_SAFE_INTEGER
  const span = Math.min(limit, Math.max(to - from, 0))
  return store.items
    .page(list.listId, { afterId: from, limit: span, behindMs })
    .map((item) => item.itemId)
    .filter((itemId) => itemId <= to)
}

function compareItems(a: ListItemRecord, b: ListItemRecord, order: ListQuery['order']): number {
  for (const { column, isDescending } of order) {
    const difference = compareValues(sortValue(column, a), sortValue(column, b))
    if (difference !== 0) return isDescending ? -difference : difference
  }
  return a.itemId - b.itemId
}

function sortKeys(item: ListItemRecord, order: ListQuery['order']): readonly (readonly [string, FieldValue])[] {
  return order
    .filter((term) => term.column.name !== 'ID')
    .map((term): readonly [string, FieldValue] => [term.column.name, indexKey(sortValue(term.column, item))])
}

/** Index of the first item behind the token's position; right even when the token's item has changed or gone meanwhile. */
function startAfter(sorted: readonly ListItemRecord[], token: string, order: ListQuery['order']): number {
  const names = order.filter((term) => term.column.name !== 'ID').map((term) => term.column.name)
  const position = decodePageToken(token, names)
  const isBehind = (item: ListItemRecord): boolean => {
    for (const { column, isDescending } of order) {
      if (column.name === 'ID') break
      const key = indexKey(sortValue(column, item))
      const difference = compareValues(column.kind === 'text' || key === null ? key : Number(key), position.keyOf(column))
      if (difference !== 0) return isDescending ? difference < 0 : difference > 0
    }
    const isIdDescending = order.some((term) => term.column.name === 'ID' && term.isDescending)
    return isIdDescending ? item.itemId < position.itemId : item.itemId > position.itemId
  }
  const found = sorted.findIndex(isBehind)
  return found < 0 ? sorted.length : found
}
