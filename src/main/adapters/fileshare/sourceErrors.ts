import { type ErrorCode, MigrationError, type Remedy } from '../../../shared/errors.ts'
import { describeRefusal, errnoOf, readingOf } from './refusals.ts'

const retry: Remedy = { kind: 'retry' }
const stopTask: Remedy = { kind: 'stopTask' }

const FIXES: Partial<Record<ErrorCode, string>> = {
  SRC_NO_ACCESS: 'Give the account of this agent read access to it, then run the task again.',
  SRC_LOCKED: 'Close it; the next round takes it.',
  SRC_VANISHED: 'Nothing to do if it was deleted or renamed on purpose: the next round sees the new state.',
}

/** For one file: opening or reading it failed. */
export function fileError(relPath: string, thrown: unknown): MigrationError {
  if (thrown instanceof MigrationError) return thrown
  const { code, detail } = describeRefusal(`The file "${relPath}"`, thrown)
  const fix = FIXES[code]
  return new MigrationError(code, detail, {
    remedy: readingOf(thrown).remedy,
    ...(fix === undefined ? {} : { fix }),
    cause: thrown,
  })
}

/** For the root of the source: nothing of the task can go on. */
export function rootError(rootPath: string, thrown: unknown): MigrationError {
  if (thrown instanceof MigrationError) return thrown
  const errno = errnoOf(thrown)
  if (errno === 'ENOENT' || errno === 'ENOTDIR' || errno === 'ELOOP') {
    return new MigrationError(
      'SRC_NOT_FOUND',
      `The source "${rootPath}" does not exist${errno === 'ENOENT' ? '' : ` (${errno})`}.`,
      {
        remedy: stopTask,
        fix: 'Check the spelling, and that this agent reaches the server; a share must be mounted where the agent is not Windows.',
        cause: thrown,
      },
    )
  }
  if (errno === 'EACCES' || errno === 'EPERM') {
    return new MigrationError('SRC_NO_ACCESS', `The source "${rootPath}" may not be read by this account (${errno}).`, {
      remedy: stopTask,
      fix: 'Give the account of this agent read access to the whole share.',
      cause: thrown,
    })
  }
  return new MigrationError(
    'SRC_READ_FAILED',
    `The source "${rootPath}" could not be read${errno === '' ? '' : ` (${errno})`}.`,
    {
      remedy: retry,
      cause: thrown,
    },
  )
}
