/** Limits of SharePoint lists, stated by the service itself (reference C.3, F, J). */
export const VIEW_THRESHOLD_ROWS = 5_000
export const INDEX_CREATION_ITEMS = 20_000
export const TEXT_CHARACTERS = 255
export const NOTE_CHARACTERS = 63_000
export const LISTS_PER_SITE = 2_000
export const LOOKUPS_PER_VIEW = 12
export const REST_PAGE_DEFAULT = 100
export const PAGE_MAXIMUM = 5_000
export const GRAPH_PAGE_DEFAULT = 200
export const ITEMS_FOR_BREAKING_INHERITANCE = 100_000
export const CHANGE_RETENTION_DAYS = 60

/** A query that would touch more rows than the view threshold is refused; exactly 5,000 still pass. */
export function exceedsViewThreshold(rows: number): boolean {
  return rows > VIEW_THRESHOLD_ROWS
}

/** An index can be added while the list has at most 20,000 items. */
export function canCreateIndex(itemCount: number): boolean {
  return itemCount <= INDEX_CREATION_ITEMS
}

/**
 * Whether a filtered query is allowed. On a list within the threshold everything is. On a larger one the first clause of the
 * outermost AND must test an indexed column and select at most 5,000 rows by itself.
 */
export function isFilterAllowed(query: {
  readonly itemCount: number
  readonly isFirstClauseIndexed: boolean
  readonly firstClauseRows: number
}): boolean {
  if (!exceedsViewThreshold(query.itemCount)) return true
  return query.isFirstClauseIndexed && !exceedsViewThreshold(query.firstClauseRows)
}

/** Sorting a large list without a filter needs an index on the sort column; a filtered set was already judged by its filter. */
export function isOrderAllowed(query: {
  readonly itemCount: number
  readonly isFiltered: boolean
  readonly isOrderIndexed: boolean
}): boolean {
  return !exceedsViewThreshold(query.itemCount) || query.isFiltered || query.isOrderIndexed
}
