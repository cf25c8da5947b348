import { errorCatalogue } from '../../shared/errorCatalogue.ts'
import { asMigrationError, MigrationError } from '../../shared/errors.ts'

/** The outside contract of every command. */
export const EXIT = {
  done: 0,
  unexpected: 1,
  usage: 2,
  someFailed: 3,
  notAllowed: 4,
  interrupted: 5,
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** What a command that threw ends with. */
export interface Ending {
  readonly error: MigrationError
  readonly exitCode: number
  /** What scripts read, on stdout. */
  readonly document: { readonly error: { readonly code: string; readonly message: string; readonly fix: string } }
  /** The one line that people read: what happened, where, and what to do. */
  readonly sentence: string
}

export function endOf(thrown: unknown): Ending {
  const error = fileSystemError(thrown) ?? asMigrationError(thrown)
  const entry = errorCatalogue[error.code]
  const fix = error.fix ?? entry.fix
  return {
    error,
    exitCode: entry.exitCode,
    document: { error: { code: error.code, message: error.message, fix } },
    sentence: `${/[.!?…]$/.test(error.message) ? error.message : `${error.message}.`} ${fix}`,
  }
}

/** Stopped by its person, before it had come to an end. */
export const INTERRUPTED = {
  error: { code: 'INTERRUPTED', message: 'Stopped on request.', fix: 'Run the same command again: it goes on where it stopped.' },
} as const

/** A refusal of the file system that nobody below has put into words. */
function fileSystemError(thrown: unknown): MigrationError | undefined {
  if (!(thrown instanceof Error) || thrown instanceof MigrationError || !('syscall' in thrown && 'code' in thrown))
    return undefined
  const place = 'path' in thrown && typeof thrown.path === 'string' ? thrown.path : 'A file'
  if (thrown.code === 'ENOSPC' || thrown.code === 'EDQUOT') {
    return new MigrationError('JNL_DISK_FULL', `${place} cannot be written: the disk is full.`, {
      remedy: { kind: 'stopTask' },
      fix: 'Free some space and run the command again.',
      cause: thrown,
    })
  }
  if (!('path' in thrown)) return undefined
  return new MigrationError('INPUT_OUTPUT_FOLDER', `${place} cannot be used (${String(thrown.code)}).`, {
    remedy: { kind: 'stopTask' },
    fix: 'Check the path and that this account may read and write there.',
    cause: thrown,
  })
}
