import fs from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib'
import { MigrationError } from '../../../shared/errors.ts'
import { JOURNAL_PURPOSE, openText, sealText } from '../secrets/sealing.ts'
import { asJournalError, damaged } from './sqliteErrors.ts'

/** Of the same secrets: in a journal of this install, and in a copy for every install of the connection. */
export interface CopyKeys {
  readonly local: Uint8Array
  /** Absent: secrets are left out of copies, and those of others cannot be opened. */
  readonly shared?: Uint8Array | undefined
}

export interface JournalCopyOptions {
  readonly from: string
  readonly to: string
  readonly keys: CopyKeys
}

const COPY_PURPOSE = 'journal copy'
/** Columns that hold sealed text. */
const SEALED_COLUMNS = [
  { table: 'item', column: 'sealed_session_url' },
  { table: 'package', column: 'sealed_containers' },
] as const
/** About 300 MB a second, and a fifth of the size. */
const COMPRESSION_LEVEL = 1
const PAGE_ROWS = 500

/**
 * A whole, consistent, compressed copy of a journal for other installs, also of one that is being written. Beside `to` it needs room for the
 * journal itself for a while. What is left of an attempt that failed is replaced by the next. Errors: JNL_DAMAGED, JNL_DISK_FULL.
 */
export async function packJournal({ from, to, keys }: JournalCopyOptions): Promise<void> {
  const plain = `${to}.plain`
  try {
    removeDatabase(plain)
    withDatabase(from, { readOnly: true }, (db) => db.prepare('VACUUM INTO ?').run(plain))
    withDatabase(plain, { readOnly: false }, (db) => {
      db.exec('PRAGMA journal_mode = OFF; PRAGMA secure_delete = ON')
      const { shared } = keys
      reseal(db, (sealed) => {
        const text = openText(sealed, { key: keys.local, purpose: JOURNAL_PURPOSE })
        return text === undefined || shared === undefined ? undefined : sealText(text, { key: shared, purpose: COPY_PURPOSE })
      })
    })
    const compress = createZstdCompress({
      params: { [constants.ZSTD_c_compressionLevel]: COMPRESSION_LEVEL, [constants.ZSTD_c_checksumFlag]: 1 },
    })
    await pipeline(fs.createReadStream(plain), compress, fs.createWriteStream(to, { mode: 0o600 }))
  } catch (thrown) {
    throw asCopyError(thrown, from)
  } finally {
    removeDatabase(plain)
  }
}

/**
 * Makes a journal of this install out of such a copy, whole or not at all; a journal that was there is replaced. The copy comes from outside:
 * one that is damaged, or holds anything but tables and indexes, is refused. Errors: JNL_DAMAGED, JNL_DISK_FULL.
 */
export async function unpackJournal({ from, to, keys }: JournalCopyOptions): Promise<void> {
  const plain = `${to}.arriving`
  try {
    removeDatabase(plain)
    await pipeline(fs.createReadStream(from), createZstdDecompress(), fs.createWriteStream(plain, { mode: 0o600 })).catch(
      (thrown: unknown) => {
        throw isOfDisk(thrown) ? thrown : damaged('a copy of it cannot be decompressed')
      },
    )
    withDatabase(plain, { readOnly: false }, (db) => {
      db.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA journal_mode = OFF')
      assertPlainSchema(db)
      const { shared } = keys
      reseal(db, (sealed) => {
        const text = shared === undefined ? undefined : openText(sealed, { key: shared, purpose: COPY_PURPOSE })
        return text === undefined ? undefined : sealText(text, { key: keys.local, purpose: JOURNAL_PURPOSE })
      })
    })
    removeDatabase(to)
    fs.renameSync(plain, to)
  } catch (thrown) {
    throw asCopyError(thrown, to)
  } finally {
    removeDatabase(plain)
  }
}

function reseal(db: DatabaseSync, change: (sealed: string) => string | undefined): void {
  db.exec('BEGIN')
  for (const { table, column } of SEALED_COLUMNS) {
    const page = db.prepare(
      `SELECT id, ${column} AS sealed FROM ${table} WHERE ${column} IS NOT NULL AND id > ? ORDER BY id LIMIT ${PAGE_ROWS}`,
    )
    const update = db.prepare(`UPDATE ${table} SET ${column} = ? WHERE id = ?`)
    for (let rows = page.all(0); rows.length > 0; rows = page.all(rows.at(-1)?.id ?? Number.MAX_SAFE_INTEGER)) {
      for (const { id, sealed } of rows) update.run(typeof sealed === 'string' ? (change(sealed) ?? null) : null, id ?? null)
    }
  }
  db.exec('COMMIT')
}

function assertPlainSchema(db: DatabaseSync): void {
  for (const { type, sql } of db.prepare('SELECT type, sql FROM sqlite_schema').all()) {
    const isPlain = (type === 'table' && !/^\s*CREATE\s+VIRTUAL/i.test(String(sql))) || type === 'index'
    if (!isPlain) throw damaged(`a copy of it holds a ${String(type)}`)
  }
  const [found] = db.prepare('PRAGMA quick_check(1)').all()
  if (found?.quick_check !== 'ok') throw damaged('a copy of it is damaged')
}

function withDatabase(file: string, options: { readonly readOnly: boolean }, act: (db: DatabaseSync) => void): void {
  const db = new DatabaseSync(file, { ...options, timeout: 5_000 })
  try {
    act(db)
  } finally {
    db.close()
  }
}

function removeDatabase(file: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) fs.rmSync(`${file}${suffix}`, { force: true })
}

function asCopyError(thrown: unknown, file: string): unknown {
  const code = isOfDisk(thrown) && 'code' in thrown ? thrown.code : undefined
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return asJournalError(thrown, file)
  return new MigrationError('JNL_DISK_FULL', `The disk that holds the journal ${file} has no room for a copy of it.`, {
    remedy: { kind: 'stopTask' },
    fix: 'Free some space on that disk, or choose another one with --work-dir, and resume the task; nothing is lost.',
    cause: thrown,
  })
}

const isOfDisk = (thrown: unknown): thrown is Error => thrown instanceof Error && 'syscall' in thrown
