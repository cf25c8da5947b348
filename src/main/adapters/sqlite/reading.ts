import type { FailureStage, ItemKind } from '../../../shared/domain/item.ts'
import { ITEM_STATES, VERDICTS } from '../../../shared/domain/item.ts'
import type { ItemQuery, JournalTotals, PlacedItem, ReadableJournal, Sealer } from '../../engine/ports/journal.ts'
import type { Connection } from './connection.ts'
import { readMeta } from './metaRows.ts'
import { LISTED_COLUMNS, oneOf, ROUTES, toItem, toListed, toPlaced, toStructure, whole } from './rows.ts'

const KINDS: readonly ItemKind[] = ['file', 'folder', 'symlink', 'special']
const STAGES: readonly FailureStage[] = ['scanning', 'reading', 'packing', 'uploading', 'submitting', 'querying']

export const PLACED_COLUMNS = 'i.*, p.state AS parent_state, p.dest_item_id AS parent_dest_item_id'

/** `WHERE` of a page over `item i`, with its values in order; ends in the page's order and limit. */
export function pageClause(query: ItemQuery): { readonly sql: string; readonly values: readonly (string | number)[] } {
  const conditions = ['i.id > ?']
  const values: (string | number)[] = [query.afterId]
  const among = (column: string, allowed: readonly string[] | undefined) => {
    if (!allowed) return
    conditions.push(`${column} IN (${allowed.map(() => '?').join(', ')})`)
    values.push(...allowed)
  }
  among('i.state', query.states)
  among('i.kind', query.kinds)
  among('i.route', query.routes)
  if (query.hasIssues !== undefined) conditions.push(query.hasIssues ? 'i.issues IS NOT NULL' : 'i.issues IS NULL')
  values.push(query.limit)
  return { sql: `WHERE ${conditions.join(' AND ')} ORDER BY i.id LIMIT ?`, values }
}

export function placedPage(
  connection: Connection,
  query: ItemQuery,
  listedBy: string,
  sealer: Sealer | undefined,
): readonly PlacedItem[] {
  const { sql, values } = pageClause(query)
  return connection
    .all(
      `SELECT ${PLACED_COLUMNS}, ${LISTED_COLUMNS} FROM item i LEFT JOIN item p ON p.id = i.parent_id
       LEFT JOIN listing l ON l.item_id = ${listedBy} ${sql}`,
      ...values,
    )
    .map((row) => toPlaced(row, sealer))
}

export function createReading(connection: Connection, sealer: Sealer | undefined): ReadableJournal {
  return {
    meta: () => readMeta(connection),
    item(id) {
      const row = connection.get('SELECT * FROM item WHERE id = ?', id)
      return row ? toItem(row, sealer) : undefined
    },
    items(query) {
      const { sql, values } = pageClause(query)
      return connection.all(`SELECT i.* FROM item i ${sql}`, ...values).map((row) => toItem(row, sealer))
    },
    itemAt(relPath) {
      const row = connection.get('SELECT * FROM item WHERE rel_path = ? LIMIT 1', relPath)
      return row && toItem(row, sealer)
    },
    itemsWithParent(query) {
      const { sql, values } = pageClause(query)
      return connection
        .all(`SELECT ${PLACED_COLUMNS} FROM item i LEFT JOIN item p ON p.id = i.parent_id ${sql}`, ...values)
        .map((row) => toPlaced(row, sealer))
    },
    foldersAtDepth({ depth, afterId, limit }) {
      return connection
        .all(
          `SELECT ${PLACED_COLUMNS} FROM item i LEFT JOIN item p ON p.id = i.parent_id
           WHERE i.kind = 'folder' AND i.depth = ? AND i.id > ? ORDER BY i.id LIMIT ?`,
          depth,
          afterId,
          limit,
        )
        .map((row) => toPlaced(row, sealer))
    },
    totals: () => readTotals(connection),
    structure({ afterSeq, limit }) {
      return connection.all('SELECT * FROM structure WHERE seq > ? ORDER BY seq LIMIT ?', afterSeq, limit).map(toStructure)
    },
    extras({ afterItemId, limit }) {
      return connection
        .all(
          `SELECT ${LISTED_COLUMNS} FROM listing l
           WHERE l.item_id > ? AND NOT EXISTS (SELECT 1 FROM item i WHERE i.dest_item_id = l.item_id)
             AND EXISTS (SELECT 1 FROM item f WHERE f.dest_item_id = l.parent_item_id AND f.kind = 'folder' AND f.was_at_destination = 0)
           ORDER BY l.item_id LIMIT ?`,
          afterItemId,
          limit,
        )
        .flatMap((row) => toListed(row) ?? [])
    },
    close: () => connection.close(),
  }
}

function readTotals(connection: Connection): JournalTotals {
  const kind = (value: Parameters<typeof whole>[0]) => oneOf(KINDS, value)
  const sums = connection.get(
    'SELECT coalesce(max(depth), 0) AS depth, coalesce(sum(attempts), 0) AS attempts, coalesce(sum(reuploads), 0) AS reuploads FROM item',
  )
  return {
    byState: connection
      .all('SELECT state, kind, count(*) AS items, sum(size_bytes) AS bytes FROM item GROUP BY state, kind')
      .map((row) => ({
        state: oneOf(ITEM_STATES, row.state),
        kind: kind(row.kind),
        itemCount: whole(row.items),
        sizeBytes: whole(row.bytes),
      })),
    byFailureStage: connection
      .all('SELECT failure_stage, kind, count(*) AS items FROM item WHERE failure_stage IS NOT NULL GROUP BY failure_stage, kind')
      .map((row) => ({ stage: oneOf(STAGES, row.failure_stage), kind: kind(row.kind), itemCount: whole(row.items) })),
    byVerdict: connection
      .all("SELECT verdict, count(*) AS items FROM item WHERE verdict IS NOT NULL AND kind = 'file' GROUP BY verdict")
      .map((row) => ({ verdict: oneOf(VERDICTS, row.verdict), itemCount: whole(row.items) })),
    withIssues: connection
      .all('SELECT kind, count(*) AS items FROM item WHERE issues IS NOT NULL GROUP BY kind')
      .map((row) => ({ kind: kind(row.kind), itemCount: whole(row.items) })),
    byRoute: connection
      .all(
        `SELECT route, count(*) AS items, sum(size_bytes) AS bytes FROM item
         WHERE kind = 'file' AND route IS NOT NULL AND state IN ('uploaded', 'migrated') GROUP BY route`,
      )
      .map((row) => ({ route: oneOf(ROUTES, row.route), itemCount: whole(row.items), sizeBytes: whole(row.bytes) })),
    maxDepth: whole(sums?.depth),
    attempts: whole(sums?.attempts),
    reuploads: whole(sums?.reuploads),
  }
}
