import { MigrationError } from '../../../shared/errors.ts'

const SQLITE_BUSY = 5
const SQLITE_LOCKED = 6
const SQLITE_READONLY = 8
const SQLITE_IOERR = 10
const SQLITE_CORRUPT = 11
const SQLITE_FULL = 13
const SQLITE_CANTOPEN = 14
const SQLITE_NOTADB = 26

/** What an error of the medium means for the task. Everything else passes unchanged. [sqlite result codes] */
export function asJournalError(thrown: unknown, file: string): unknown {
  const primary = primaryCode(thrown)
  switch (primary) {
    case SQLITE_FULL:
    case SQLITE_IOERR:
      return new MigrationError('JNL_DISK_FULL', `The disk that holds the journal ${file} is full or refuses writes.`, {
        remedy: { kind: 'stopTask' },
        fix: 'Free some space on that disk, or choose another one with --work-dir, and resume the task; nothing is lost.',
        cause: thrown,
      })
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return new MigrationError('JNL_DAMAGED', `The journal ${file} is damaged.`, {
        remedy: { kind: 'stopTask' },
        fix: 'Move that file away and start the task again: the next round compares with the destination and sends only what is missing.',
        cause: thrown,
      })
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return inUse(file, thrown)
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      return new MigrationError('INPUT_OUTPUT_FOLDER', `The journal ${file} cannot be opened for writing.`, {
        remedy: { kind: 'stopTask' },
        fix: 'Give a work folder that you may write with --work-dir.',
        cause: thrown,
      })
    default:
      return thrown
  }
}

export function inUse(file: string, cause: unknown): MigrationError {
  return new MigrationError('JNL_IN_USE', `The journal ${file} is in use by another process.`, {
    remedy: { kind: 'stopTask' },
    fix: 'Wait for the other agent on this machine to finish the task, or stop it.',
    cause,
  })
}

export function damaged(detail: string): MigrationError {
  return new MigrationError('JNL_DAMAGED', `The journal holds something that no release of Portage writes: ${detail}.`, {
    remedy: { kind: 'stopTask' },
    fix: 'Move the journal file away and start the task again: the next round sends only what is missing.',
  })
}

/** Extended result codes keep the primary one in the low byte. */
function primaryCode(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !('errcode' in thrown) || typeof thrown.errcode !== 'number') return undefined
  return thrown.errcode & 0xff
}
