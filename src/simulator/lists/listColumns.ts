import type { FieldKind, FieldValue } from '../odata/filterMatcher.ts'
import type { ColumnStore } from './columnStore.ts'
import { fieldKindOf, indexKey, toComparable } from './columnValues.ts'
import type { ListItemRecord } from './records.ts'

/** A column as a query sees it: stored ones and those that the service computes. */
export interface QueryColumn {
  readonly name: string
  readonly kind: FieldKind
  readonly isIndexed: boolean
  readonly isText: boolean
  readonly read: (item: ListItemRecord) => FieldValue | readonly FieldValue[]
}

const seconds = (ms: number): number => Math.floor(ms / 1000) * 1000

const COMPUTED: readonly QueryColumn[] = [
  { name: 'ID', kind: 'number', isIndexed: true, isText: false, read: (item) => item.itemId },
  { name: 'GUID', kind: 'text', isIndexed: false, isText: true, read: (item) => item.uniqueId },
  { name: 'Created', kind: 'date', isIndexed: false, isText: false, read: (item) => seconds(item.createdMs) },
  { name: 'Modified', kind: 'date', isIndexed: false, isText: false, read: (item) => seconds(item.modifiedMs) },
]

/** The column behind an internal name, or undefined. `Id` and `ID` are the same column. */
export function queryColumn(columns: ColumnStore, listId: string, name: string): QueryColumn | undefined {
  const computed = COMPUTED.find((column) => column.name === name || (column.name === 'ID' && name.toLowerCase() === 'id'))
  if (computed !== undefined) return computed
  const column = columns.column(listId, name)
  if (column === undefined) return undefined
  return {
    name: column.name,
    kind: fieldKindOf(column.type),
    isIndexed: column.isIndexed,
    isText: column.type === 'text' || column.type === 'choice',
    read: (item) => toComparable(column.type, item.fields[column.name]),
  }
}

/** Order of two values of one column: empty first, text without regard to case. */
export function compareValues(left: FieldValue, right: FieldValue): number {
  const a = indexKey(left)
  const b = indexKey(right)
  if (a === b) return 0
  if (a === null) return -1
  if (b === null) return 1
  return a < b ? -1 : 1
}

/** The value a sort looks at: the first one of a multi-valued column. */
export function sortValue(column: QueryColumn, item: ListItemRecord): FieldValue {
  const value = column.read(item)
  if (value === null || typeof value !== 'object') return value
  return value[0] ?? null
}
