import type { SQLInputValue } from 'node:sqlite'
import type { ScanJournal, ScannedItem, Sealer } from '../../engine/ports/journal.ts'
import type { Connection } from './connection.ts'
import { mergeRepeats } from './repeats.ts'
import { itemId, storedIssues, storedText, storedWhole, text, toItem, whole } from './rows.ts'

const INSERT_COLUMNS = `id, parent_id, depth, rel_path, kind, size_bytes, created_ms, modified_ms, is_hidden, file_id, dest_name,
  collision_key, issues, state, failure_stage, error_code, message, is_parent_only, owner`
const INSERT = `INSERT INTO item (${INSERT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

export function createScanning(connection: Connection, sealer: Sealer): ScanJournal {
  return {
    clearItems() {
      connection.transaction(() => {
        connection.exec(
          'DROP INDEX IF EXISTS item_place; DROP INDEX IF EXISTS item_path; DROP INDEX IF EXISTS item_file; DELETE FROM item; DELETE FROM access; DELETE FROM account;',
        )
      })
    },
    insertItems(items) {
      const insert = connection.statement(INSERT)
      connection.transaction(() => {
        for (const item of items) insert.run(...insertValues(item))
      })
    },
    folder(relPath) {
      const row = connection.get("SELECT * FROM item WHERE kind = 'folder' AND rel_path = ?", relPath)
      return row && toItem(row, sealer)
    },
    indexItems() {
      connection.exec(
        `CREATE INDEX IF NOT EXISTS item_place ON item (parent_id, collision_key);
         CREATE INDEX IF NOT EXISTS item_path ON item (rel_path);`,
      )
      mergeRepeats(connection)
    },
    collisionGroups({ afterSeq, limit }) {
      if (afterSeq === 0) {
        connection.exec(
          `DROP TABLE IF EXISTS temp.collision;
           CREATE TEMP TABLE collision AS
             SELECT parent_id, collision_key FROM item WHERE parent_id IS NOT NULL GROUP BY parent_id, collision_key HAVING count(*) > 1;`,
        )
      }
      return connection
        .all(
          'SELECT rowid AS seq, parent_id, collision_key FROM temp.collision WHERE rowid > ? ORDER BY rowid LIMIT ?',
          afterSeq,
          limit,
        )
        .map((row) => ({ seq: whole(row.seq), parentId: itemId(row.parent_id), collisionKey: text(row.collision_key) }))
    },
    itemsNamed(parentId, collisionKey) {
      return connection
        .all(
          "SELECT * FROM item WHERE parent_id = ? AND collision_key = ? AND state = 'scanned' ORDER BY id",
          parentId,
          collisionKey,
        )
        .map((row) => toItem(row, sealer))
    },
    isNameTaken(parentId, collisionKey) {
      const sql = 'SELECT 1 AS taken FROM item WHERE parent_id = ? AND collision_key = ? LIMIT 1'
      return connection.get(sql, parentId, collisionKey) !== undefined
    },
    needlessFolders({ depth, afterId, limit }) {
      return connection
        .all(
          `SELECT f.id FROM item f WHERE f.kind = 'folder' AND f.depth = ? AND f.id > ? AND f.state = 'scanned' AND f.is_parent_only = 1
             AND NOT EXISTS (SELECT 1 FROM item c WHERE c.parent_id = f.id AND c.state = 'scanned')
           ORDER BY f.id LIMIT ?`,
          depth,
          afterId,
          limit,
        )
        .map((row) => itemId(row.id))
    },
  }
}

function insertValues(item: ScannedItem): SQLInputValue[] {
  return [
    item.id,
    item.parentId ?? null,
    item.depth,
    item.relPath,
    item.kind,
    storedWhole(item.sizeBytes) ?? 0,
    storedWhole(item.createdMs),
    storedWhole(item.modifiedMs),
    item.isHidden ? 1 : 0,
    storedText(item.fileId),
    item.destName,
    item.collisionKey,
    storedIssues(item.issues),
    item.state,
    item.state === 'failed' ? 'scanning' : null,
    storedText(item.errorCode),
    storedText(item.message),
    item.isParentOnly ? 1 : 0,
    storedText(item.owner),
  ]
}
