import type { DatabaseSync } from 'node:sqlite'
import type { ServiceBehaviour } from '../core/behaviour.ts'
import type { Clock } from '../core/clock.ts'
import type { Random } from '../core/random.ts'
import type { ActorRef } from '../store/itemStore.ts'
import type { ColumnStore } from './columnStore.ts'
import { indexKey, toComparable, toStored } from './columnValues.ts'
import { DuplicateValueError, ETagMismatchError, NotFoundError, UnknownColumnError } from './listErrors.ts'
import { createListItemReads, type ListItemReads, toItem } from './listItemReads.ts'
import {
  type ColumnRecord,
  eTagOf,
  type ListChange,
  type ListItemRecord,
  type StoredFields,
  type StoredValue,
} from './records.ts'
import { numberOf, optionalTextOf, type Row, textOf } from './rows.ts'
import { atomically } from './transaction.ts'

/** Items of generic lists. Every write is one transaction: fields, indexes, revision and change log move together. */
export interface ListItemStore extends ListItemReads {
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
  const addKey = db.prepare('INSERT OR IGNORE INTO list_index (list_id, name, value, item_id) VALUES (?,?,?,?)')
  const dropKeys = db.prepare('DELETE FROM list_index WHERE list_id = ? AND item_id = ?')
  const dropKey = db.prepare('DELETE FROM list_index WHERE list_id = ? AND name = ? AND value = ? AND item_id = ?')
  const holder = db.prepare(
    'SELECT item_id FROM list_index WHERE list_id = ? AND name = ? AND value = ? AND item_id <> ? LIMIT 1',
  )
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

  return {
    ...createListItemReads(deps),

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
  }
}
