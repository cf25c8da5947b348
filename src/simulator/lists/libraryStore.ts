import type { Tenant } from '../core/tenant.ts'
import type { ActorRef, ItemRecord } from '../store/itemStore.ts'
import type { LibraryRecord } from '../store/siteStore.ts'
import { ETagMismatchError, NotFoundError, UnknownColumnError } from './listErrors.ts'
import { parseStoredFields } from './recordParsing.ts'
import type { StoredFields, StoredValue } from './records.ts'
import { textOf } from './rows.ts'

/** Columns that a library item can be given beside its file properties. */
const WRITABLE = ['Title', '_ExtendedDescription']

export interface LibraryStore {
  /** By SharePoint's integer id; undefined for the root, deleted and unknown items. */
  item(library: LibraryRecord, listItemId: number): ItemRecord | undefined
  /** Files and folders of all levels in id order. */
  page(library: LibraryRecord, options: { readonly afterId: number; readonly limit: number }): readonly ItemRecord[]
  count(library: LibraryRecord): number
  /** Files and folders of all levels below a folder. */
  /** Counts no further than `most`. */
  descendants(folder: ItemRecord, most: number): number
  fields(item: ItemRecord): StoredFields
  /** Sets columns under the item's eTag; `FileLeafRef` renames. Throws ETagMismatchError, UnknownColumnError. */
  update(
    library: LibraryRecord,
    item: ItemRecord,
    fields: Readonly<Record<string, unknown>>,
    options: { readonly ifMatch?: string | undefined; readonly actor: ActorRef },
  ): ItemRecord
}

const stores = new WeakMap<Tenant['db'], LibraryStore>()

/** Library items as list items: a second view of the file store, with the extra columns of this area. */
export function librariesOf(tenant: Tenant): LibraryStore {
  const known = stores.get(tenant.db)
  if (known !== undefined) return known
  const made = createLibraryStore(tenant)
  stores.set(tenant.db, made)
  return made
}

/** `"<guid>,<n>"` of the list item behind a file or folder. */
export function libraryETag(item: ItemRecord): string {
  return `"${item.uniqueId.toLowerCase()},${item.eTagNumber}"`
}

function createLibraryStore(tenant: Tenant): LibraryStore {
  const { db, items } = tenant
  db.exec('CREATE INDEX IF NOT EXISTS items_list_item ON items (drive_id, list_item_id)')
  const byId = db.prepare(
    'SELECT item_id FROM items WHERE drive_id = ? AND list_item_id = ? AND deleted_ms IS NULL AND parent_id IS NOT NULL',
  )
  const after = db.prepare(
    'SELECT item_id FROM items WHERE drive_id = ? AND list_item_id > ? AND deleted_ms IS NULL AND parent_id IS NOT NULL ORDER BY list_item_id LIMIT ?',
  )
  const counted = db.prepare('SELECT COUNT(*) AS n FROM items WHERE drive_id = ? AND list_item_id > 0 AND deleted_ms IS NULL')
  const below = db.prepare(
    'WITH RECURSIVE tree(id) AS (VALUES (?) UNION ALL SELECT item_id FROM items JOIN tree ON parent_id = tree.id WHERE deleted_ms IS NULL) SELECT COUNT(*) - 1 AS n FROM (SELECT 1 FROM tree LIMIT ?)',
  )
  const readFields = db.prepare('SELECT fields FROM library_fields WHERE unique_id = ?')
  const writeFields = db.prepare(
    'INSERT INTO library_fields (unique_id, list_id, fields) VALUES (?,?,?) ON CONFLICT (unique_id) DO UPDATE SET fields = excluded.fields',
  )

  const fieldsOf = (item: ItemRecord): StoredFields => {
    const row = readFields.get(item.uniqueId)
    return row === undefined ? {} : parseStoredFields(textOf(row, 'fields'))
  }

  return {
    item(library, listItemId) {
      const row = byId.get(library.driveId, listItemId)
      return row === undefined ? undefined : items.get(library.driveId, textOf(row, 'item_id'))
    },
    page(library, { afterId, limit }) {
      return after.all(library.driveId, afterId, limit).flatMap((row) => items.get(library.driveId, textOf(row, 'item_id')) ?? [])
    },
    count(library) {
      const row = counted.get(library.driveId)
      return typeof row?.n === 'number' ? row.n : 0
    },
    descendants(folder, most) {
      const row = below.get(folder.itemId, most + 1)
      return typeof row?.n === 'number' ? row.n : 0
    },
    fields: fieldsOf,
    update(library, item, fields, { ifMatch, actor }) {
      if (ifMatch !== undefined && ifMatch.trim() !== '*' && ifMatch.trim().toLowerCase() !== libraryETag(item))
        throw new ETagMismatchError(ifMatch, libraryETag(item))
      const { FileLeafRef: name, ...others } = fields
      const stored: Record<string, StoredValue> = { ...fieldsOf(item) }
      for (const [column, value] of Object.entries(others)) {
        if (!WRITABLE.includes(column)) throw new UnknownColumnError(column)
        if (typeof value === 'string') stored[column] = value
        else delete stored[column]
      }
      let changed =
        typeof name === 'string' && name !== item.name ? items.rename(item.driveId, item.itemId, { name }, actor) : undefined
      if (Object.keys(others).length > 0) {
        writeFields.run(item.uniqueId, library.listId, JSON.stringify(stored))
        changed = items.touch(item.driveId, item.itemId)
      }
      const result = changed ?? items.get(item.driveId, item.itemId)
      if (result === undefined) throw new NotFoundError('item', 'Item does not exist. It may have been deleted by another user.')
      return result
    },
  }
}
