import { DatabaseSync } from 'node:sqlite'
import { MigrationError } from '../../../shared/errors.ts'
import { asJournalError, inUse } from './sqliteErrors.ts'

/**
 * Keeps every other writer away from a journal, in this process and in others, until released (more than once does no harm) or until the process dies: the lock is one
 * of the operating system's (held by an open exclusive transaction on a file beside the journal), so a killed process leaves none behind.
 * Readers of the journal are not affected. Errors: JNL_IN_USE, JNL_DISK_FULL, INPUT_OUTPUT_FOLDER.
 */
export function lockForWriting(journalFile: string): { release(): void } {
  let db: DatabaseSync | undefined
  try {
    db = new DatabaseSync(`${journalFile}.lock`, { timeout: 0 })
    db.exec('BEGIN EXCLUSIVE')
  } catch (thrown) {
    db?.close()
    const error = asJournalError(thrown, journalFile)
    throw error instanceof MigrationError ? error : inUse(journalFile, thrown)
  }
  const held = db
  return {
    release() {
      if (held.isOpen) held.close()
    },
  }
}
