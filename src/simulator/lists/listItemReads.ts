import type { DatabaseSync } from 'node:sqlite'
import type { ServiceBehaviour } from '../core/behaviour.ts'
import type { Clock } from '../core/clock.ts'
import { NotFoundError } from './listErrors.ts'
import { parseActor, parseStoredFields } from './recordParsing.ts'
import type { ListChange, ListItemRecord } from './records.ts'
import { numberOf, optionalNumberOf, optionalTextOf, type Row, textOf } from './rows.ts'

/** What can be asked of the items of generic lists. */
export interface ListItemReads {
  /** Always the last write, whatever the lag of queries. */
  get(listId: string, itemId: number): ListItemRecord | undefined
  /** As queries see the list: items in id order after (descending: before) `afterId`, whose latest write may still be invisible. */
  page(
    listId: string,
    options: { readonly afterId: number; readonly limit: number; readonly isDescending?: boolean; readonly behindMs?: number },
  ): readonly ListItemRecord[]
  /** The same view of the given items, in id order. Absent or unseen ones are left out. */
  pick(listId: string, itemIds: readonly number[], behindMs?: number): readonly ListItemRecord[]
  /** Ids whose index entry lies in the range, at most `limit`, plus every item that queries still see in an earlier state. */
  lookUp(
    listId: string,
    column: string,
    range: IndexRange,
    options: { readonly limit: number; readonly behindMs?: number },
  ): readonly number[]
  /** Visible changes above `afterChange` in order; stops at the first one that queries cannot see yet. */
  changes(
    listId: string,
    afterChange: number,
    options: { readonly limit: number; readonly behindMs?: number },
  ): readonly ListChange[]
  /** Number of the last change before the first one that queries cannot see yet. */
  lastVisibleChange(listId: string, behindMs?: number): number
}

/** Bounds of an index scan; equal inclusive bounds test for one value. */
export interface IndexRange {
  readonly from?: string | number
  readonly isFromExcluded?: boolean
  readonly to?: string | number
  readonly isToExcluded?: boolean
}

/** The reading half of the items of generic lists: a `get` is always fresh, everything else may be behind the last writes. */
export function createListItemReads(deps: {
  readonly db: DatabaseSync
  readonly clock: Clock
  readonly behaviour: Pick<ServiceBehaviour, 'queryLagMs'>
}): ListItemReads {
  const { db, clock } = deps
  const byId = db.prepare('SELECT * FROM list_items WHERE list_id = ? AND item_id = ?')
  const after = db.prepare('SELECT * FROM list_items WHERE list_id = ? AND item_id > ? ORDER BY item_id LIMIT ?')
  const before = db.prepare('SELECT * FROM list_items WHERE list_id = ? AND item_id < ? ORDER BY item_id DESC LIMIT ?')
  const lagging = db.prepare('SELECT item_id FROM list_items WHERE list_id = ? AND visible_ms > ?')
  const readChanges = db.prepare(
    'SELECT * FROM list_changes WHERE list_id = ? AND change_number > ? ORDER BY change_number LIMIT ?',
  )
  const firstHidden = db.prepare('SELECT MIN(change_number) AS n FROM list_changes WHERE list_id = ? AND visible_ms > ?')
  const lastChange = db.prepare('SELECT last_change AS n FROM lists WHERE list_id = ?')
  const scan = db.prepare(
    'SELECT item_id FROM list_index WHERE list_id = ? AND name = ? AND (? IS NULL OR value > ? OR (? AND value = ?)) AND (? IS NULL OR value < ? OR (? AND value = ?)) LIMIT ?',
  )
  const scanEqual = db.prepare('SELECT item_id FROM list_index WHERE list_id = ? AND name = ? AND value = ? LIMIT ?')

  const seen = (row: Row, behindMs: number): ListItemRecord | undefined => {
    if (numberOf(row, 'visible_ms') <= clock.now() - behindMs) return row.deleted_ms === null ? toItem(row) : undefined
    const earlier = optionalTextOf(row, 'earlier')
    return earlier === undefined ? undefined : toItem({ ...row, ...parseEarlier(earlier), deleted_ms: null })
  }

  return {
    get(listId, itemId) {
      const row = byId.get(listId, itemId)
      return row === undefined || row.deleted_ms !== null ? undefined : toItem(row)
    },

    page(listId, { afterId, limit, isDescending = false, behindMs = 0 }) {
      const found: ListItemRecord[] = []
      let last = afterId
      while (found.length < limit) {
        const rows = (isDescending ? before : after).all(listId, last, limit)
        for (const row of rows) {
          last = numberOf(row, 'item_id')
          const item = seen(row, behindMs)
          if (item !== undefined) found.push(item)
          if (found.length >= limit) break
        }
        if (rows.length < limit) break
      }
      return found
    },

    pick(listId, itemIds, behindMs = 0) {
      return [...new Set(itemIds)]
        .sort((a, b) => a - b)
        .flatMap((itemId) => {
          const row = byId.get(listId, itemId)
          const item = row === undefined ? undefined : seen(row, behindMs)
          return item === undefined ? [] : [item]
        })
    },

    lookUp(listId, column, { from, isFromExcluded = false, to, isToExcluded = false }, { limit, behindMs = 0 }) {
      const rows =
        from !== undefined && from === to
          ? scanEqual.all(listId, column, from, limit)
          : scan.all(
              listId,
              column,
              from ?? null,
              from ?? null,
              Number(!isFromExcluded),
              from ?? null,
              to ?? null,
              to ?? null,
              Number(!isToExcluded),
              to ?? null,
              limit,
            )
      const late = deps.behaviour.queryLagMs > 0 || behindMs > 0 ? lagging.all(listId, clock.now() - behindMs) : []
      return [...rows, ...late].map((row) => numberOf(row, 'item_id'))
    },

    changes(listId, afterChange, { limit, behindMs = 0 }) {
      const found: ListChange[] = []
      for (const row of readChanges.all(listId, afterChange, limit)) {
        if (numberOf(row, 'visible_ms') > clock.now() - behindMs) break
        found.push(toChange(row))
      }
      return found
    },

    lastVisibleChange(listId, behindMs = 0) {
      const hidden = firstHidden.get(listId, clock.now() - behindMs)
      const last = lastChange.get(listId)
      if (last === undefined) throw new NotFoundError('list', 'List does not exist.')
      const first = hidden === undefined ? undefined : optionalNumberOf(hidden, 'n')
      return first === undefined ? numberOf(last, 'n') : first - 1
    },
  }
}

function parseEarlier(text: string): Row {
  const read: unknown = JSON.parse(text)
  if (typeof read !== 'object' || read === null) throw new TypeError('earlier state is no object')
  const row: Record<string, string | number> = {}
  for (const [name, value] of Object.entries(read)) if (typeof value === 'string' || typeof value === 'number') row[name] = value
  return row
}

function toChange(row: Row): ListChange {
  const kind = textOf(row, 'kind')
  return {
    changeNumber: numberOf(row, 'change_number'),
    kind: kind === 'add' || kind === 'delete' ? kind : 'update',
    itemId: numberOf(row, 'item_id'),
    uniqueId: textOf(row, 'unique_id'),
    atMs: numberOf(row, 'at_ms'),
  }
}

/** An item as its row says. */
export function toItem(row: Row): ListItemRecord {
  return {
    listId: textOf(row, 'list_id'),
    itemId: numberOf(row, 'item_id'),
    uniqueId: textOf(row, 'unique_id'),
    revision: numberOf(row, 'revision'),
    createdMs: numberOf(row, 'created_ms'),
    modifiedMs: numberOf(row, 'modified_ms'),
    createdBy: parseActor(textOf(row, 'created_by')),
    modifiedBy: parseActor(textOf(row, 'modified_by')),
    fields: parseStoredFields(textOf(row, 'fields')),
    deletedMs: optionalNumberOf(row, 'deleted_ms'),
  }
}
