import type { FailureStage, ItemKind } from '../../../shared/domain/item.ts'
import { ITEM_STATES, VERDICTS } from '../../../shared/domain/item.ts'
import type { ItemQuery, JournalTotals, PlacedItem, ReadableJournal, Sealer } from '../../engine/ports/journal.ts'
import { createAccessReading } from './access.ts'
import type { Connection } from './connection.ts'
import { createFormerReading } from './former.ts'
import { readMeta } from './metaRows.ts'
import { createParts } from './parts.ts'
import {
  LISTED_COLUMNS,
  oneOf,
  optionalOneOf,
  optionalText,
  ROUTES,
  toItem,
  toListed,
  toPlaced,
  toStructure,
  whole,
} from './rows.ts'

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
  if (query.hasErrorCode !== undefined) conditions.push(`i.error_code IS ${query.hasErrorCode ? 'NOT ' : ''}NULL`)
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
  const { parts, isPart } = createParts(connection)
  const isCut = () => parts().length > 0
  return {
    ...createAccessReading(connection),
    ...createFormerReading(connection),
    parts,
    isPart,
    meta: () => readMeta(connection),
    item(id) {
      const row = connection.get('SELECT * FROM item WHERE id = ?', id)
      return row ? toItem(row, sealer) : undefined
    },
    items(query) {
      const { sql, values } = pageClause(query)
      return connection.all(`SELECT i.* FROM item i ${sql}`, ...values).map((row) => toItem(row, sealer))
    },
    packageJob(packageId) {
      return optionalText(connection.get('SELECT job_id FROM package WHERE id = ?', packageId)?.job_id)
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
    folderDepth: () => whole(connection.get("SELECT coalesce(max(depth), 0) AS depth FROM item WHERE kind = 'folder'")?.depth),
    totals: () => readTotals(connection),
    structure({ afterSeq, limit }) {
      return connection.all('SELECT * FROM structure WHERE seq > ? ORDER BY seq LIMIT ?', afterSeq, limit).map(toStructure)
    },
    extras({ afterItemId, limit }) {
      return connection
        .all(
          `SELECT ${LISTED_COLUMNS} FROM listing l
           WHERE l.item_id > ? AND NOT EXISTS (SELECT 1 FROM item i WHERE i.dest_item_id = l.item_id)
             AND EXISTS (SELECT 1 FROM item f WHERE f.dest_item_id = l.parent_item_id AND f.kind = 'folder' AND f.was_at_destination = 0${isCut() ? ' AND f.id NOT IN (SELECT item_id FROM part WHERE item_id IS NOT NULL AND is_absorbed = 0)' : ''})
           ORDER BY l.item_id LIMIT ?`,
          afterItemId,
          limit,
        )
        .flatMap((row) => toListed(row) ?? [])
    },
    close: () => connection.close(),
  }
}

/** One pass: the groups are few, whatever the number of items. */
function readTotals(connection: Connection): JournalTotals {
  const groups = connection
    .all(
      `SELECT state, kind, failure_stage, verdict, route, issues IS NOT NULL AS has_issues, count(*) AS items, sum(size_bytes) AS bytes,
         sum(attempts) AS attempts, sum(reuploads) AS reuploads
       FROM item GROUP BY state, kind, failure_stage, verdict, route, has_issues`,
    )
    .map((row) => ({
      state: oneOf(ITEM_STATES, row.state),
      kind: oneOf(KINDS, row.kind),
      stage: optionalOneOf(STAGES, row.failure_stage),
      verdict: optionalOneOf(VERDICTS, row.verdict),
      route: optionalOneOf(ROUTES, row.route),
      hasIssues: row.has_issues === 1,
      itemCount: whole(row.items),
      sizeBytes: whole(row.bytes),
      attempts: whole(row.attempts),
      reuploads: whole(row.reuploads),
    }))
  return {
    byState: merged(groups, ({ state, kind }) => ({ state, kind })),
    byFailureStage: merged(groups, ({ stage, kind }) => stage && { stage, kind }),
    byVerdict: merged(groups, ({ verdict, kind }) => verdict && { verdict, kind }),
    withIssues: merged(groups, ({ hasIssues, kind }) => (hasIssues ? { kind } : undefined)),
    byRoute: merged(groups, ({ route, kind, state }) =>
      kind === 'file' && route && (state === 'uploaded' || state === 'migrated') ? { route } : undefined,
    ),
    attempts: groups.reduce((sum, group) => sum + group.attempts, 0),
    reuploads: groups.reduce((sum, group) => sum + group.reuploads, 0),
  }
}

interface Counted {
  readonly itemCount: number
  readonly sizeBytes: number
}

/** Adds up the groups that have the same key; those without one are left out. */
function merged<G extends Counted, K extends object>(
  groups: readonly G[],
  keyOf: (group: G) => K | undefined,
): readonly (K & Counted)[] {
  const sums = new Map<string, K & Counted>()
  for (const group of groups) {
    const key = keyOf(group)
    if (key === undefined) continue
    const name = JSON.stringify(key)
    const { itemCount, sizeBytes } = sums.get(name) ?? { itemCount: 0, sizeBytes: 0 }
    sums.set(name, { ...key, itemCount: itemCount + group.itemCount, sizeBytes: sizeBytes + group.sizeBytes })
  }
  return [...sums.values()]
}
