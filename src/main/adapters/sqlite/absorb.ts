import fs from 'node:fs'
import { z } from 'zod'
import { MigrationError } from '../../../shared/errors.ts'
import { Connection } from './connection.ts'
import { readMeta, writeMeta } from './metaRows.ts'
import { optionalText, text, whole } from './rows.ts'
import { migrate } from './schema/migrate.ts'
import { lockForWriting } from './writerLock.ts'

const unitsSchema = z.object({ package: z.number(), session: z.number(), shared: z.number() })

/** Columns whose value depends on the journal that they stand in; all others are taken as they are. */
const REWRITTEN: Readonly<Record<string, string>> = {
  id: 'i.id + :items',
  parent_id: 'CASE WHEN i.parent_id = :root THEN :folder ELSE i.parent_id + :items END',
  depth: 'i.depth + :depth',
  rel_path: `:path || '/' || i.rel_path`,
  package_id: 'i.package_id + :packages',
  sealed_session_url: 'NULL',
}

/**
 * Takes the journal of a part into that of the whole round: its items stand below the folder of the part as if they had been there all the time.
 * The folder itself keeps what its own journal knows, and gets what the part found wrong with it. All or nothing; a part that was taken in before
 * changes nothing. Nobody may work on either. Errors: JNL_IN_USE, JNL_DAMAGED, JNL_DISK_FULL.
 */
export function absorbPart(file: string, part: { readonly file: string; readonly path: string }): void {
  const lock = lockForWriting(file)
  try {
    const db = Connection.open(file, { isReadOnly: false, prepare: (opened) => migrate(opened, file) })
    try {
      const known = db.get('SELECT item_id, is_absorbed FROM part WHERE path = ?', part.path)
      if (!known || known.is_absorbed === 1) return
      Connection.open(part.file, { isReadOnly: false, prepare: (opened) => migrate(opened, part.file) }).close()
      db.run('ATTACH DATABASE ? AS absorbed', part.file)
      try {
        db.transaction(() => absorb(db, { path: part.path, folderId: known.item_id === null ? undefined : whole(known.item_id) }))
      } finally {
        db.exec('DETACH DATABASE absorbed')
      }
    } finally {
      db.close()
    }
  } finally {
    lock.release()
  }
}

function absorb(db: Connection, { path, folderId }: { readonly path: string; readonly folderId: number | undefined }): void {
  const root = db.get('SELECT id FROM absorbed.item WHERE depth = 0 ORDER BY id LIMIT 1')
  // A folder that is gone from the source by the time of a second scan has no item here; what its part did is told by the part's own reports.
  if (root && folderId !== undefined) {
    const offsets = {
      items: whole(db.get('SELECT coalesce(max(id), 0) AS last FROM item')?.last),
      packages: whole(db.get('SELECT coalesce(max(id), 0) AS last FROM package')?.last),
      depth: whole(db.get('SELECT depth FROM item WHERE id = ?', folderId)?.depth),
    }
    const rewritten = (column: string) =>
      (REWRITTEN[column] ?? `i.${column}`).replaceAll(/:(items|packages|depth|root|folder|path)/g, (_all, name: string) => {
        if (name === 'path') return '?1'
        if (name === 'root') return String(whole(root.id))
        return name === 'folder' ? String(folderId) : String(offsets[name as keyof typeof offsets])
      })
    const columns = columnsOf(db, 'item')
    db.run(
      `INSERT INTO item (${columns.join(', ')}) SELECT ${columns.map(rewritten).join(', ')} FROM absorbed.item i
       WHERE i.id <> ${whole(root.id)} AND ?1 <> ''`,
      path,
    )
    db.run(
      `UPDATE item SET times_set = r.times_set, issues = coalesce(r.issues, item.issues), file_id = coalesce(item.file_id, r.file_id)
       FROM absorbed.item r WHERE item.id = ? AND r.id = ?`,
      folderId,
      whole(root.id),
    )
    const packages = columnsOf(db, 'package')
    db.exec(
      `INSERT INTO package (${packages.join(', ')}) SELECT ${packages
        .map((column) => (column === 'id' ? `id + ${offsets.packages}` : column === 'sealed_containers' ? 'NULL' : column))
        .join(', ')} FROM absorbed.package`,
    )
    const structure = columnsOf(db, 'structure').filter((column) => column !== 'seq')
    db.run(
      `INSERT INTO structure (${structure.join(', ')}) SELECT ${structure
        .map((column) =>
          column === 'source_path' ? `CASE source_path WHEN '' THEN ?1 ELSE ?1 || '/' || source_path END` : column,
        )
        .join(', ')} FROM absorbed.structure WHERE ?1 <> '' ORDER BY seq`,
      path,
    )
    addUp(db)
  }
  db.run('UPDATE part SET is_absorbed = 1 WHERE path = ?', path)
}

function columnsOf(db: Connection, table: string): readonly string[] {
  return db.all('SELECT name FROM pragma_table_info(?) ORDER BY cid', table).map(({ name }) => text(name))
}

/** What is counted for the round as a whole. */
function addUp(db: Connection): void {
  const own = readMeta(db)
  const other = (key: string): number => {
    const value = optionalText(db.get('SELECT value FROM absorbed.meta WHERE key = ?', key)?.value)
    return value === undefined ? 0 : Number(JSON.parse(value))
  }
  const units = optionalText(db.get("SELECT value FROM absorbed.meta WHERE key = 'spentUnits'")?.value)
  const spent = units === undefined ? { package: 0, session: 0, shared: 0 } : unitsSchema.parse(JSON.parse(units))
  writeMeta(db, {
    sentBytes: own.sentBytes + other('sentBytes'),
    workedMs: own.workedMs + other('workedMs'),
    extraItemCount: own.extraItemCount + other('extraItemCount'),
    endedAtMs: Math.max(own.endedAtMs ?? 0, other('endedAtMs')) || undefined,
    spentUnits: {
      package: own.spentUnits.package + spent.package,
      session: own.spentUnits.session + spent.session,
      shared: own.spentUnits.shared + spent.shared,
    },
  })
}

/** Parts of a journal that are not in it yet. */
export function openParts(file: string): readonly string[] {
  if (!fs.existsSync(file)) return []
  const db = Connection.open(file, { isReadOnly: true, prepare: () => undefined })
  try {
    const has = db.get("SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = 'part'") !== undefined
    return has ? db.all('SELECT path FROM part WHERE is_absorbed = 0 ORDER BY path').map(({ path }) => text(path)) : []
  } catch (thrown) {
    if (thrown instanceof MigrationError && thrown.code === 'JNL_DAMAGED') return []
    throw thrown
  } finally {
    db.close()
  }
}
