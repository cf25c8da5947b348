import { errorCatalogue } from '../../shared/errorCatalogue.ts'
import { asMigrationError, type MigrationError } from '../../shared/errors.ts'

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

/** What a command that threw ends with, and the one sentence that it prints. */
export function endOf(thrown: unknown): { readonly error: MigrationError; readonly exitCode: number; readonly sentence: string } {
  const error = asMigrationError(thrown)
  const entry = errorCatalogue[error.code]
  return { error, exitCode: entry.exitCode, sentence: `${error.message} ${error.fix ?? entry.fix}` }
}
