import type { FolderWork, JournalPart, PartFact, PartJournal } from '../../engine/ports/journalPart.ts'
import type { Connection } from './connection.ts'
import { itemId, type Row, text, whole } from './rows.ts'

/** Every path below a folder, and none else, lies between these two in the order of bytes: '0' follows '/'. */
const belowFolder = (path: string): readonly [string, string] => [`${path}/`, `${path}0`]

/** States in which nothing of an item has left this machine, and something still may. */
const NOT_BEGUN = "('scanned', 'planned')"
/** Of folders. */
const TRAVELS = "('scanned', 'planned', 'uploading', 'uploaded')"

/** Inside a transaction of the caller. */
export function recordPart(connection: Connection, fact: PartFact): void {
  if (fact.fact === 'partListed') {
    connection.run('UPDATE part SET is_listed = 1 WHERE path = ?', fact.path)
    return
  }
  const { path, destPath, fileCount, sizeBytes } = fact.part
  connection.run(
    `INSERT INTO part (path, item_id, dest_path, file_count, size_bytes, is_listed) VALUES (?1, NULL, ?2, ?3, ?4, 0)
     ON CONFLICT (path) DO UPDATE SET is_listed = is_listed`,
    path,
    destPath,
    fileCount,
    sizeBytes,
  )
  connection.run("UPDATE part SET item_id = (SELECT id FROM item WHERE kind = 'folder' AND rel_path = ?1) WHERE path = ?1", path)
  connection.run('DELETE FROM item WHERE rel_path > ? AND rel_path < ?', ...belowFolder(path))
}

/** A journal of an earlier release that is only read has no such table, and was never cut. */
export function createParts(connection: Connection): PartJournal {
  let isKept: boolean | undefined
  const keeps = (): boolean => {
    isKept ??= connection.get("SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = 'part'") !== undefined
    return isKept
  }
  return {
    parts: () => (keeps() ? connection.all('SELECT * FROM part ORDER BY path').map(toPart) : []),
    isPart: (path) => keeps() && connection.get('SELECT 1 AS found FROM part WHERE path = ?', path) !== undefined,
    measureFolders() {
      connection.exec(
        `DROP TABLE IF EXISTS temp.folder_work;
         CREATE TEMP TABLE folder_work (
           id INTEGER PRIMARY KEY, parent_id INTEGER, depth INTEGER NOT NULL, files INTEGER NOT NULL, bytes INTEGER NOT NULL,
           begun INTEGER NOT NULL
         );
         INSERT INTO temp.folder_work
           SELECT f.id, f.parent_id, f.depth, 0, 0, f.package_id IS NOT NULL FROM item f WHERE f.kind = 'folder';
         CREATE INDEX temp.folder_work_depth ON folder_work (depth);
         UPDATE temp.folder_work SET files = d.files, bytes = d.bytes, begun = folder_work.begun OR d.begun FROM (
           SELECT i.parent_id, count(*) FILTER (WHERE i.state IN ${NOT_BEGUN}) AS files,
             coalesce(sum(i.size_bytes) FILTER (WHERE i.state IN ${NOT_BEGUN}), 0) AS bytes,
             max(i.attempts > 0 OR i.state IN ('uploading', 'uploaded', 'migrated')) AS begun
           FROM item i WHERE i.kind <> 'folder' AND i.parent_id IS NOT NULL GROUP BY i.parent_id
         ) d WHERE d.parent_id = folder_work.id;
         UPDATE temp.folder_work SET begun = 1 WHERE id IN (SELECT item_id FROM part);`,
      )
      const deepest = whole(connection.get('SELECT coalesce(max(depth), 0) AS depth FROM temp.folder_work')?.depth)
      for (let depth = deepest; depth > 0; depth--) {
        connection.run(
          `UPDATE temp.folder_work SET files = folder_work.files + c.files, bytes = folder_work.bytes + c.bytes,
             begun = folder_work.begun OR c.begun
           FROM (SELECT parent_id, sum(files) AS files, sum(bytes) AS bytes, max(begun) AS begun FROM temp.folder_work
             WHERE depth = ? GROUP BY parent_id) c
           WHERE c.parent_id = folder_work.id`,
          depth,
        )
      }
      const root = connection.get(
        "SELECT w.id, '' AS rel_path, w.files, w.bytes, w.begun FROM temp.folder_work w WHERE w.depth = 0 ORDER BY w.id LIMIT 1",
      )
      return root && toWork(root)
    },
    heaviestFolders(parentId, { fileWeightBytes, limit }) {
      return connection
        .all(
          `SELECT w.id, i.rel_path, w.files, w.bytes, w.begun FROM item i JOIN temp.folder_work w ON w.id = i.id
           WHERE i.parent_id = ? AND i.kind = 'folder' AND i.state IN ${TRAVELS} AND w.files > 0 ORDER BY w.bytes + w.files * ? DESC, i.id LIMIT ?`,
          parentId,
          fileWeightBytes,
          limit,
        )
        .map(toWork)
    },
  }
}

function toPart(row: Row): JournalPart {
  return {
    path: text(row.path),
    destPath: text(row.dest_path),
    fileCount: whole(row.file_count),
    sizeBytes: whole(row.size_bytes),
    isListed: whole(row.is_listed) === 1,
  }
}

function toWork(row: Row): FolderWork {
  return {
    id: itemId(row.id),
    path: text(row.rel_path),
    fileCount: whole(row.files),
    sizeBytes: whole(row.bytes),
    hasBegun: row.begun === 1,
  }
}
