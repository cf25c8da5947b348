import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openSqliteJournal } from '../src/main/adapters/sqlite/sqliteJournal.ts'
import { type Bench, interleave, rowOf } from './measure.ts'
import { scannedFile } from './scannedFile.ts'

const ITEMS = 300_000
const BATCH = 1000

/** Goal: ≥ 0.7 of a bare node:sqlite loop with the same columns and durability [performance.md]. */
export const journalBench: Bench = {
  name: 'journal',
  about: `writing ${ITEMS.toLocaleString('en-US')} scanned items, against a bare node:sqlite loop`,
  async run() {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-bench-journal-'))
    let turn = 0
    try {
      const rates = await interleave(
        [
          { name: 'node:sqlite loop', turn: async () => timed(() => bareLoop(path.join(folder, `bare-${turn++}.sqlite`))) },
          { name: 'journal', turn: async () => timed(() => journalLoop(path.join(folder, `journal-${turn++}.sqlite`))) },
        ],
        5,
      )
      return [rowOf(rates, 'journal', { unit: 'items/s', against: 'node:sqlite loop' })]
    } finally {
      fs.rmSync(folder, { recursive: true, force: true })
    }
  },
}

function timed(work: () => void): number {
  const startedAt = performance.now()
  work()
  return ITEMS / ((performance.now() - startedAt) / 1000)
}

function journalLoop(file: string): void {
  const journal = openSqliteJournal(file, { sealer: { seal: (text) => text, open: (text) => text } })
  for (let start = 0; start < ITEMS; start += BATCH)
    journal.insertItems(Array.from({ length: BATCH }, (_, index) => scannedFile(start + index)))
  journal.close()
}

function bareLoop(file: string): void {
  const db = new DatabaseSync(file)
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE items (id INTEGER PRIMARY KEY, parent_id INTEGER, depth INTEGER, rel_path TEXT, kind TEXT, size INTEGER, created INTEGER, modified INTEGER,
    hidden INTEGER, file_id TEXT, dest_name TEXT, collision_key TEXT, issues TEXT, state TEXT, code TEXT, message TEXT) STRICT`)
  const insert = db.prepare(`INSERT INTO items VALUES (${Array.from({ length: 16 }, () => '?').join(', ')})`)
  for (let start = 0; start < ITEMS; start += BATCH) {
    db.exec('BEGIN')
    for (let index = start; index < start + BATCH; index++) {
      const row = scannedFile(index)
      insert.run(
        row.id,
        row.parentId ?? null,
        row.depth,
        row.relPath,
        row.kind,
        row.sizeBytes,
        row.createdMs ?? null,
        row.modifiedMs ?? null,
        row.isHidden ? 1 : 0,
        row.fileId ?? null,
        row.destName,
        row.collisionKey,
        null,
        row.state,
        null,
        null,
      )
    }
    db.exec('COMMIT')
  }
  db.close()
}
