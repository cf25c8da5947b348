import {
  FORMER_STATES,
  type FormerFact,
  type FormerItem,
  type FormerJournal,
  type ReadableFormer,
} from '../../engine/ports/journalFormer.ts'
import type { Connection } from './connection.ts'
import { writeListed } from './listedRows.ts'
import { itemId, oneOf, optionalText, optionalWhole, type Row, storedText, storedWhole, text, toItem, whole } from './rows.ts'

const INSERT = `INSERT OR REPLACE INTO former (dest_item_id, kind, rel_path, dest_name, parent_dest_item_id, size_bytes, created_ms,
  modified_ms, file_id, quick_xor_hash, e_tag, was_proved, is_ours, read_at_ms, seen_in_round, item_id, state, detail)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

/** A journal of an earlier release that is only read has no such table. */
export function createFormerReading(connection: Connection): ReadableFormer {
  let isThere = false
  const exists = (): boolean => {
    isThere ||= connection.get("SELECT 1 AS one FROM sqlite_master WHERE type = 'table' AND name = 'former'") !== undefined
    return isThere
  }
  const one = (where: string, value: string | number): FormerItem | undefined => {
    const row = exists() ? connection.get(`SELECT * FROM former WHERE ${where} LIMIT 1`, value) : undefined
    return row && toFormer(row)
  }
  return {
    formerItems({ afterId, limit, states, kind, isMatched }) {
      if (!exists()) return []
      const among = states === undefined ? '' : ` AND state IN (${states.map(() => '?').join(', ')})`
      const ofKind = kind === undefined ? '' : ' AND kind = ?'
      const matched = isMatched === undefined ? '' : ` AND item_id IS ${isMatched ? 'NOT NULL' : 'NULL'}`
      return connection
        .all(
          `SELECT * FROM former WHERE dest_item_id > ?${among}${ofKind}${matched} ORDER BY dest_item_id LIMIT ?`,
          afterId,
          ...(states ?? []),
          ...(kind === undefined ? [] : [kind]),
          limit,
        )
        .map(toFormer)
    },
    former: (destItemId) => one('dest_item_id = ?', destItemId),
    formerOf: (id) => one('item_id = ?', id),
    formerAt: (relPath) => one('rel_path = ?', relPath),
    formerCounts() {
      if (!exists()) return []
      return connection.all('SELECT state, kind, count(*) AS item_count FROM former GROUP BY state, kind').map((row) => ({
        state: oneOf(FORMER_STATES, row.state),
        kind: oneOf(['file', 'folder'], row.kind),
        itemCount: whole(row.item_count),
      }))
    },
  }
}

/** Files that are gone from where they were and that nobody has recognised. */
const GONE = `f.kind = 'file' AND f.item_id IS NULL AND f.size_bytes > 0
  AND NOT EXISTS (SELECT 1 FROM item p WHERE p.rel_path = f.rel_path AND p.kind = 'file')`

export function createFormer(connection: Connection): FormerJournal {
  return {
    clearFormer: () => connection.run('DELETE FROM former'),
    addFormer(items) {
      const insert = connection.statement(INSERT)
      connection.transaction(() => {
        for (const item of items) {
          insert.run(
            item.destItemId,
            item.kind,
            item.relPath,
            item.destName,
            storedText(item.parentDestItemId),
            storedWhole(item.sizeBytes) ?? 0,
            storedWhole(item.createdMs),
            storedWhole(item.modifiedMs),
            storedText(item.fileId),
            storedText(item.quickXorHash),
            storedText(item.eTag),
            item.wasProved ? 1 : 0,
            item.isOurs ? 1 : 0,
            storedWhole(item.readAtMs),
            item.seenInRound,
            item.itemId ?? null,
            item.state,
            item.detail,
          )
        }
      })
    },
    matchByFileId() {
      connection.transaction(() =>
        connection.exec(
          `CREATE INDEX IF NOT EXISTS item_file ON item (file_id) WHERE file_id IS NOT NULL;
           DROP TABLE IF EXISTS temp.same_id;
           CREATE TEMP TABLE same_id AS
             SELECT f.dest_item_id, i.id, i.rel_path AS is_at, f.rel_path AS was_at FROM former f JOIN item i ON i.file_id = f.file_id
             WHERE f.item_id IS NULL AND i.kind = f.kind AND i.state = 'scanned' AND i.depth > 0
               AND (i.created_ms = f.created_ms OR (f.kind = 'file' AND i.size_bytes = f.size_bytes AND i.modified_ms = f.modified_ms));
           UPDATE former SET item_id = s.id FROM temp.same_id s
             WHERE former.dest_item_id = s.dest_item_id
               AND (SELECT count(*) FROM temp.same_id a WHERE a.dest_item_id = s.dest_item_id) = 1
               AND (SELECT count(*) FROM temp.same_id b WHERE b.id = s.id) = 1;
           DROP TABLE temp.same_id;`,
        ),
      )
    },
    keepReplacedPaths(detail) {
      // Whoever stays may be in the way of the one that takes its place.
      for (;;) {
        const replaced = connection.all(
          `SELECT f.dest_item_id FROM former f JOIN item i ON i.id = f.item_id
           WHERE f.kind = 'file' AND f.rel_path <> i.rel_path
             AND NOT EXISTS (SELECT 1 FROM former around WHERE around.item_id = i.parent_id
               AND around.dest_item_id = f.parent_dest_item_id AND i.dest_name = f.dest_name)
             AND EXISTS (SELECT 1 FROM item p WHERE p.rel_path = f.rel_path AND p.state = 'scanned' AND p.kind = 'file'
               AND p.id <> f.item_id AND NOT EXISTS (SELECT 1 FROM former o WHERE o.item_id = p.id))`,
        )
        if (replaced.length === 0) return
        connection.transaction(() => {
          for (const row of replaced)
            connection.run(
              "UPDATE former SET item_id = NULL, state = 'stays', detail = ? WHERE dest_item_id = ?",
              detail,
              text(row.dest_item_id),
            )
        })
      }
    },
    sizeTwins({ afterId, limit }) {
      return connection
        .all(
          `SELECT i.id FROM item i WHERE i.id > ? AND i.kind = 'file' AND i.state = 'scanned' AND i.size_bytes > 0
             AND EXISTS (SELECT 1 FROM former f WHERE f.size_bytes = i.size_bytes AND ${GONE})
             AND NOT EXISTS (SELECT 1 FROM former o WHERE o.item_id = i.id)
           ORDER BY i.id LIMIT ?`,
          afterId,
          limit,
        )
        .map((row) => itemId(row.id))
    },
    goneOfSize(sizeBytes) {
      return connection
        .all(`SELECT f.* FROM former f WHERE f.size_bytes = ? AND ${GONE} ORDER BY f.dest_item_id LIMIT 100`, sizeBytes)
        .map(toFormer)
    },
    unplaced({ depth, kind, limit }) {
      return connection
        .all(
          `SELECT f.* FROM former f JOIN item i ON i.id = f.item_id
           WHERE i.depth = ? AND f.kind = ? AND f.state IN ('known', 'moving') ORDER BY i.id LIMIT ?`,
          depth,
          kind,
          limit,
        )
        .map(toFormer)
    },
    accountFor(destItemId) {
      const row = connection.get('SELECT * FROM item WHERE dest_item_id = ? LIMIT 1', destItemId)
      return row && toItem(row, undefined)
    },
  }
}

/** Writes one fact, inside a transaction of the caller. */
export function recordFormer(connection: Connection, fact: FormerFact): void {
  switch (fact.fact) {
    case 'formerIs':
      connection.run('UPDATE former SET item_id = ? WHERE dest_item_id = ?', fact.id ?? null, fact.destItemId)
      return
    case 'formerState':
      connection.run('UPDATE former SET state = ?, detail = ? WHERE dest_item_id = ?', fact.state, fact.detail, fact.destItemId)
      return
    case 'formerMoved':
      connection.run(
        `UPDATE former SET state = 'moved', e_tag = CASE WHEN e_tag = ? THEN ? ELSE e_tag END WHERE dest_item_id = ?`,
        storedText(fact.eTagBefore),
        storedText(fact.stored.eTag),
        fact.destItemId,
      )
      writeListed(connection, fact.stored)
  }
}

function toFormer(row: Row): FormerItem {
  const id = optionalWhole(row.item_id)
  return {
    destItemId: text(row.dest_item_id),
    kind: oneOf(['file', 'folder'], row.kind),
    relPath: text(row.rel_path),
    destName: text(row.dest_name),
    parentDestItemId: optionalText(row.parent_dest_item_id),
    sizeBytes: whole(row.size_bytes),
    createdMs: optionalWhole(row.created_ms),
    modifiedMs: optionalWhole(row.modified_ms),
    fileId: optionalText(row.file_id),
    quickXorHash: optionalText(row.quick_xor_hash),
    eTag: optionalText(row.e_tag),
    wasProved: row.was_proved === 1,
    isOurs: row.is_ours === 1,
    readAtMs: optionalWhole(row.read_at_ms),
    seenInRound: whole(row.seen_in_round),
    itemId: id === undefined ? undefined : itemId(id),
    state: oneOf(FORMER_STATES, row.state),
    detail: text(row.detail),
  }
}
