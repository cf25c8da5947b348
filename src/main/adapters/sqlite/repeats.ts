import type { Connection } from './connection.ts'

/** What the last word of the walk about an entry settles; its place in the tree and its name are the same every time. */
const LAST_WORD = `size_bytes, created_ms, modified_ms, is_hidden, file_id, owner, issues, state, failure_stage, error_code, message, is_parent_only`

const STAYS = "l.kind = item.kind AND item.kind = 'folder' AND item.state = 'scanned' AND l.state <> 'scanned'"

/**
 * Makes one row of every entry that the walk handed over more than once: where the first one stands, with the facts of the last. A folder that
 * was first seen well keeps its content and travels; that it could not be listed to its end stays with it as a blocking issue. Needs the index
 * over paths.
 */
export function mergeRepeats(connection: Connection): void {
  connection.exec(
    `DROP TABLE IF EXISTS temp.repeated;
     CREATE TEMP TABLE repeated AS
       SELECT rel_path, min(id) AS first_id, max(id) AS last_id FROM item GROUP BY rel_path HAVING count(*) > 1;`,
  )
  if (connection.get('SELECT 1 AS any_row FROM temp.repeated LIMIT 1') === undefined) return
  connection.transaction(() =>
    connection.exec(
      `CREATE TEMP TABLE twin AS
         SELECT i.id, r.first_id FROM temp.repeated r JOIN item i ON i.rel_path = r.rel_path WHERE i.id <> r.first_id;
       CREATE INDEX temp.twin_id ON twin (id);
       CREATE TEMP TABLE orphan AS SELECT c.id, t.first_id FROM item c JOIN temp.twin t ON t.id = c.parent_id;
       UPDATE item SET parent_id = o.first_id FROM temp.orphan o WHERE item.id = o.id;
       UPDATE item SET issues = l.issues FROM temp.repeated r JOIN item l ON l.id = r.last_id
         WHERE item.id = r.first_id AND ${STAYS};
       UPDATE item SET (${LAST_WORD}) = (SELECT ${LAST_WORD} FROM item l WHERE l.id = r.last_id) FROM temp.repeated r
         JOIN item l ON l.id = r.last_id
         WHERE item.id = r.first_id AND l.kind = item.kind AND NOT (${STAYS});
       DELETE FROM item WHERE id IN (SELECT id FROM temp.twin);
       DROP TABLE temp.orphan;
       DROP TABLE temp.twin;
       DROP TABLE temp.repeated;`,
    ),
  )
}
