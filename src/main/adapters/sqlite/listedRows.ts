import type { SQLInputValue } from 'node:sqlite'
import type { ListedItem } from '../../engine/ports/journal.ts'
import type { Connection } from './connection.ts'
import { storedText, storedWhole } from './rows.ts'

export const INSERT_LISTED = `INSERT OR REPLACE INTO listing
  (item_id, parent_item_id, name, collision_key, kind, size_bytes, quick_xor_hash, e_tag, created_ms, modified_ms, web_url)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

/** One row more, or another word about one; inside a transaction of the caller. */
export function writeListed(connection: Connection, item: ListedItem): void {
  connection.run(INSERT_LISTED, ...listedValues(item))
}

export function listedValues(item: ListedItem): SQLInputValue[] {
  return [
    item.itemId,
    storedText(item.parentId),
    item.name,
    item.collisionKey,
    item.kind,
    storedWhole(item.sizeBytes) ?? 0,
    storedText(item.quickXorHash),
    storedText(item.eTag),
    storedWhole(item.createdMs),
    storedWhole(item.modifiedMs),
    storedText(item.webUrl),
  ]
}
