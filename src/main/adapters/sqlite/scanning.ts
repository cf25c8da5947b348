import type { SQLInputValue } from 'node:sqlite'
import type { ItemId } from '../../../shared/domain/ids.ts'
import type { ScanJournal, ScannedItem, Sealer } from '../../engine/ports/journal.ts'
import type { Connection } from './connection.ts'
import { itemId, storedIssues, storedText, storedWhole, toItem } from './rows.ts'

const INSERT_COLUMNS = `id, parent_id, depth, rel_path, kind, size_bytes, created_ms, modified_ms, is_hidden, file_id, dest_name,
  collision_key, issues, state, failure_stage, error_code, message`
const INSERT = `INSERT INTO item (${INSERT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

export function createScanning(connection: Connection, sealer: Sealer): ScanJournal {
  return {
    clearItems() {
      connection.transaction(() => {
        connection.exec('DROP INDEX IF EXISTS item_place; DELETE FROM item;')
      })
    },
    insertItems(items) {
      const insert = connection.statement(INSERT)
      connection.transaction(() => {
        for (const item of items) insert.run(...insertValues(item))
      })
    },
    folderId(relPath) {
      const row = connection.get("SELECT id FROM item WHERE kind = 'folder' AND rel_path = ?", relPath)
      return row ? itemId(row.id) : undefined
    },
    indexItems() {
      connection.exec(
        `CREATE INDEX IF NOT EXISTS item_place ON item (parent_id, collision_key);
         DROP TABLE IF EXISTS temp.collision;
         CREATE TEMP TABLE collision AS
           SELECT i.id AS id FROM
             (SELECT parent_id, collision_key FROM item WHERE parent_id IS NOT NULL GROUP BY parent_id, collision_key HAVING count(*) > 1) g
             CROSS JOIN item i ON i.parent_id = g.parent_id AND i.collision_key = g.collision_key ORDER BY i.id;
         CREATE INDEX temp.collision_id ON collision (id);`,
      )
    },
    collisions({ afterId, limit }) {
      return connection
        .all(
          `SELECT i.* FROM temp.collision c CROSS JOIN item i ON i.id = c.id
           WHERE c.id > ? AND i.state = 'scanned' AND EXISTS (
             SELECT 1 FROM item e WHERE e.parent_id = i.parent_id AND e.collision_key = i.collision_key AND e.id < i.id AND e.state = 'scanned')
           ORDER BY c.id LIMIT ?`,
          afterId,
          limit,
        )
        .map((row) => toItem(row, sealer))
    },
    isNameTaken(parentId, collisionKey) {
      return (
        connection.get(
          'SELECT 1 AS taken FROM item WHERE parent_id = ? AND collision_key = ? LIMIT 1',
          parentId,
          collisionKey,
        ) !== undefined
      )
    },
    folderIdsNeededAsParents({ depth, afterId, limit }): readonly ItemId[] {
      return connection
        .all(
          `SELECT f.id FROM item f WHERE f.kind = 'folder' AND f.depth = ? AND f.id > ? AND f.state = 'filteredOut'
             AND EXISTS (SELECT 1 FROM item c WHERE c.parent_id = f.id AND c.state = 'scanned')
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
  ]
}
