import { DatabaseSync } from 'node:sqlite'
import { inUse } from './sqliteErrors.ts'

/**
 * Keeps every other writer away from a journal, in this process and in others, until released (more than once does no harm) or until the process dies: the lock is one
 * of the operating system's (held by an open exclusive transaction on a file beside the journal), so a killed process leaves none behind.
 * Readers of the journal are not affected. Errors: JNL_IN_USE.
 */
export function lockForWriting(journalFile: string): { release(): void } {
  const db = new DatabaseSync(`${journalFile}.lock`, { timeout: 0 })
  try {
    db.exec('BEGIN EXCLUSIVE')
  } catch (thrown) {
    db.close()
    throw inUse(journalFile, thrown)
  }
  return {
    release() {
      if (db.isOpen) db.close()
    },
  }
}
