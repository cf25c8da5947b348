import fs from 'node:fs'
import path from 'node:path'
import type { Journal, ReadableJournal, Sealer } from '../../engine/ports/journal.ts'
import { makeFolder } from '../folders/makeFolder.ts'
import { Connection } from './connection.ts'
import { createFormer } from './former.ts'
import { createListing } from './listing.ts'
import { createPackages } from './packages.ts'
import { createParts } from './parts.ts'
import { createReading } from './reading.ts'
import { recordFact } from './recording.ts'
import { createScanning } from './scanning.ts'
import { migrate } from './schema/migrate.ts'
import { lockForWriting } from './writerLock.ts'

/**
 * Opens or creates the journal of one task, shard and round for writing, and keeps other writers out until it is closed or the process
 * dies. Every method that writes has reached the disk when it returns. Errors: JNL_IN_USE, JNL_DAMAGED, JNL_DISK_FULL.
 */
export function openSqliteJournal(file: string, options: { readonly sealer: Sealer }): Journal {
  makeFolder(path.dirname(file), { mode: 0o700 })
  const lock = lockForWriting(file)
  try {
    const connection = Connection.open(file, {
      isReadOnly: false,
      prepare(db) {
        db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;')
        migrate(db, file)
      },
    })
    return {
      ...createReading(connection, options.sealer),
      ...createScanning(connection, options.sealer),
      ...createListing(connection, options.sealer),
      ...createPackages(connection, options.sealer),
      ...createFormer(connection),
      ...createParts(connection),
      record(facts) {
        connection.transaction(() => {
          for (const fact of facts) recordFact(connection, options.sealer, fact)
        })
      },
      close() {
        connection.close()
        lock.release()
      },
    }
  } catch (thrown) {
    lock.release()
    throw thrown
  }
}

/** Opens a journal for reading, also while another process writes it. `undefined` = there is none. Session addresses stay sealed. */
export function readSqliteJournal(file: string): ReadableJournal | undefined {
  if (!fs.existsSync(file)) return undefined
  return createReading(Connection.open(file, { isReadOnly: true, prepare: () => undefined }), undefined)
}

/** A whole, consistent copy of a journal, also of one that is being written. `target` must not exist. Errors: JNL_DAMAGED, JNL_DISK_FULL. */
export function copySqliteJournal(file: string, target: string): void {
  const connection = Connection.open(file, { isReadOnly: true, prepare: () => undefined })
  try {
    connection.run('VACUUM INTO ?', target)
  } finally {
    connection.close()
  }
}
