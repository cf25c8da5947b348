import type { DatabaseSync } from 'node:sqlite'
import type { ServiceBehaviour } from '../core/behaviour.ts'
import type { Clock } from '../core/clock.ts'
import type { Random } from '../core/random.ts'
import type { ActorRef } from '../store/itemStore.ts'
import type { ColumnStore } from './columnStore.ts'
import { indexKey, toComparable, toStored } from './columnValues.ts'
import { DuplicateValueError, ETagMismatchError, NotFoundError, UnknownColumnError } from './listErrors.ts'
import { parseActor, parseStoredFields } from './recordParsing.ts'
import {
  type ColumnRecord,
  eTagOf,
  type ListChange,
  type ListItemRecord,
  type StoredFields,
  type StoredValue,
} from './records.ts'
import { numberOf, optionalNumberOf, optionalTextOf, type Row, textOf } from './rows.ts'
import { atomically } from './transaction.ts'

/** Items of generic lists. Every write is one transaction: fields, indexes, revision and change log move together. */
export interface ListItemStore {
  /** Throws UnknownColumnError, ColumnValueError, DuplicateValueError; then nothing was stored. */
  create(listId: string, fields: Readonly<Record<string, unknown>>, actor: ActorRef): ListItemRecord
  /** Merges `fields` into the item; null empties a column. `ifMatch` undefined or `*` overwrites whatever is there. */
  update(
    listId: string,
    itemId: number,
    fields: Readonly<Record<string, unknown>>,
    options: { readonly ifMatch?: string | undefined; readonly actor: ActorRef },
  ): ListItemRecord
  remove(listId: string, itemId: number, ifMatch?: string): ListItemRecord
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

interface Deps {
  readonly db: DatabaseSync
  readonly clock: Clock
  readonly random: Random
  readonly behaviour: Pick<ServiceBehaviour, 'queryLagMs'>
  readonly columns: ColumnStore
}

export function createListItemStore(deps: Deps): ListItemStore {
  const { db, clock, random, columns } = deps
  const byId = db.prepare('SELECT * FROM list_items WHERE list_id = ? AND item_id = ?')
  const after = db.prepare('SELECT * FROM list_items WHERE list_id = ? AND item_id > ? ORDER BY item_id LIMIT ?')
  const before = db.prepare('SELECT * FROM list_items WHERE list_id = ? AND item_id < ? ORDER BY item_id DESC LIMIT ?')
  const lagging = db.prepare('SELECT item_id FROM list_items WHERE list_id = ? AND visible_ms > ?')
  const insert = db.prepare(
    'INSERT INTO list_items (list_id, item_id, unique_id, revision, created_ms, modified_ms, created_by, modified_by, fields, deleted_ms, visible_ms, earlier) VALUES (?,?,?,1,?,?,?,?,?,NULL,?,NULL)',
  )
  const write = db.prepare(
    'UPDATE list_items SET revision = ?, modified_ms = ?, modified_by = ?, fields = ?, deleted_ms = ?, visible_ms = ?, earlier = ? WHERE list_id = ? AND item_id = ?',
  )
  const nextId = db.prepare(
    'UPDATE lists SET next_item_id = next_item_id + 1, item_count = item_count + 1 WHERE list_id = ? RETURNING next_item_id - 1 AS id',
  )
  const uncount = db.prepare('UPDATE lists SET item_count = item_count - 1 WHERE list_id = ?')
  const nextChange = db.prepare(
    'UPDATE lists SET last_change = last_change + 1, modified_ms = ? WHERE list_id = ? RETURNING last_change AS n',
  )
  const logChange = db.prepare(
    'INSERT INTO list_changes (list_id, change_number, kind, item_id, unique_id, at_ms, visible_ms) VALUES (?,?,?,?,?,?,?)',
  )
  const readChanges = db.prepare(
    'SELECT * FROM list_changes WHERE list_id = ? AND change_number > ? ORDER BY change_number LIMIT ?',
  )
  const firstHidden = db.prepare('SELECT MIN(change_number) AS n FROM list_changes WHERE list_id = ? AND visible_ms > ?')
  const lastChange = db.prepare('SELECT last_change AS n FROM lists WHERE list_id = ?')
  const addKey = db.prepare('INSERT OR IGNORE INTO list_index (list_id, name, value, item_id) VALUES (?,?,?,?)')
  const dropKeys = db.prepare('DELETE FROM list_index WHERE list_id = ? AND item_id = ?')
  const dropKey = db.prepare('DELETE FROM list_index WHERE list_id = ? AND name = ? AND value = ? AND item_id = ?')
  const holder = db.prepare(
    'SELECT item_id FROM list_index WHERE list_id = ? AND name = ? AND value = ? AND item_id <> ? LIMIT 1',
  )
  const scan = db.prepare(
    'SELECT item_id FROM list_index WHERE list_id = ? AND name = ? AND (? IS NULL OR value > ? OR (? AND value = ?)) AND (? IS NULL OR value < ? OR (? AND value = ?)) LIMIT ?',
  )
  const scanEqual = db.prepare('SELECT item_id FROM list_index WHERE list_id = ? AND name = ? AND value = ? LIMIT ?')

  const keysOf = (column: ColumnRecord, value: StoredValue | undefined): (string | number)[] => {
    const comparable = toComparable(column.type, value)
    return (Array.isArray(comparable) ? comparable : [comparable]).flatMap((member) => indexKey(member) ?? [])
  }

  const toFields = (listId: string, input: Readonly<Record<string, unknown>>, base: StoredFields): StoredFields => {
    const merged: Record<string, StoredValue> = { ...base }
    for (const [name, value] of Object.entries(input)) {
      const column = columns.column(listId, name)
      if (column === undefined) throw new UnknownColumnError(name)
      const stored = toStored(column, value)
      if (stored === undefined) delete merged[name]
      else merged[name] = stored
    }
    return merged
  }

  const reindex = (listId: string, itemId: number, before: StoredFields, now: StoredFields): void => {
    const taken: string[] = []
    for (const column of columns.columns(listId)) {
      if (!column.isIndexed || before[column.name] === now[column.name]) continue
      for (const key of keysOf(column, before[column.name])) dropKey.run(listId, column.name, key, itemId)
      for (const key of keysOf(column, now[column.name])) {
        if (column.isUnique && holder.get(listId, column.name, key, itemId) !== undefined) taken.push(column.displayName)
        addKey.run(listId, column.name, key, itemId)
      }
    }
    if (taken.length > 0) throw new DuplicateValueError(taken)
  }

  const log = (listId: string, kind: ListChange['kind'], item: { itemId: number; uniqueId: string }, visibleMs: number): void => {
    const row = nextChange.get(clock.now(), listId)
    if (row === undefined) throw new NotFoundError('list', 'List does not exist.')
    logChange.run(listId, numberOf(row, 'n'), kind, item.itemId, item.uniqueId, clock.now(), visibleMs)
  }

  const visibleFrom = (): number => {
    const lagMs = deps.behaviour.queryLagMs
    return lagMs > 0 ? clock.now() + random.integer(lagMs + 1) : clock.now()
  }

  const current = (listId: string, itemId: number): { row: Row; item: ListItemRecord } => {
    const row = byId.get(listId, itemId)
    if (row === undefined || row.deleted_ms !== null)
      throw new NotFoundError('item', 'Item does not exist. It may have been deleted by another user.')
    return { row, item: toItem(row) }
  }

  const checkMatch = (item: ListItemRecord, ifMatch: string | undefined): void => {
    if (ifMatch === undefined || ifMatch.trim() === '*') return
    if (ifMatch.trim().toLowerCase() !== eTagOf(item)) throw new ETagMismatchError(ifMatch, eTagOf(item))
  }

  /** What queries keep showing until the new state becomes visible. */
  const earlierOf = (row: Row): string | null => {
    const visibleMs = numberOf(row, 'visible_ms')
    if (visibleMs > clock.now()) return optionalTextOf(row, 'earlier') ?? null
    return JSON.stringify({
      revision: numberOf(row, 'revision'),
      modified_ms: numberOf(row, 'modified_ms'),
      modified_by: textOf(row, 'modified_by'),
      fields: textOf(row, 'fields'),
    })
  }

  const seen = (row: Row, behindMs: number): ListItemRecord | undefined => {
    if (numberOf(row, 'visible_ms') <= clock.now() - behindMs) return row.deleted_ms === null ? toItem(row) : undefined
    const earlier = optionalTextOf(row, 'earlier')
    return earlier === undefined ? undefined : toItem({ ...row, ...parseEarlier(earlier), deleted_ms: null })
  }

  return {
    create(listId, input, actor) {
      return atomically(db, () => {
        const fields = toFields(listId, input, {})
        const id = nextId.get(listId)
        if (id === undefined) throw new NotFoundError('list', 'List does not exist.')
        const itemId = numberOf(id, 'id')
        const uniqueId = random.guid()
        const now = clock.now()
        const by = JSON.stringify(actor)
        const visibleMs = visibleFrom()
        reindex(listId, itemId, {}, fields)
        insert.run(listId, itemId, uniqueId, now, now, by, by, JSON.stringify(fields), visibleMs)
        log(listId, 'add', { itemId, uniqueId }, visibleMs)
        return current(listId, itemId).item
      })
    },

    update(listId, itemId, input, { ifMatch, actor }) {
      return atomically(db, () => {
        const { row, item } = current(listId, itemId)
        checkMatch(item, ifMatch)
        const fields = toFields(listId, input, item.fields)
        const visibleMs = visibleFrom()
        reindex(listId, itemId, item.fields, fields)
        write.run(
          item.revision + 1,
          clock.now(),
          JSON.stringify(actor),
          JSON.stringify(fields),
          null,
          visibleMs,
          earlierOf(row),
          listId,
          itemId,
        )
        log(listId, 'update', item, visibleMs)
        return current(listId, itemId).item
      })
    },

    remove(listId, itemId, ifMatch) {
      return atomically(db, () => {
        const { row, item } = current(listId, itemId)
        checkMatch(item, ifMatch)
        const visibleMs = visibleFrom()
        dropKeys.run(listId, itemId)
        write.run(
          item.revision + 1,
          clock.now(),
          JSON.stringify(item.modifiedBy),
          JSON.stringify(item.fields),
          clock.now(),
          visibleMs,
          earlierOf(row),
          listId,
          itemId,
        )
        uncount.run(listId)
        log(listId, 'delete', item, visibleMs)
        return { ...item, deletedMs: clock.now() }
      })
    },

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

function toItem(row: Row): ListItemRecord {
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
