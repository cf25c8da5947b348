import { MigrationError } from '../../../shared/errors.ts'
import { errnoOf } from '../fileshare/refusals.ts'
import { fileError, rootError } from '../fileshare/sourceErrors.ts'

/** The server or the way to it is gone, not the file. */
const AWAY: ReadonlySet<string> = new Set([
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTCONN',
  'EPIPE',
  'ETIMEDOUT',
])

export const isAway = (errno: string): boolean => AWAY.has(errno)

/** The library has no word for a connection that broke while it was used; a new one tells what is really the matter. */
const UNCLEAR: ReadonlySet<string> = new Set(['', 'EBADF', 'EINVAL', 'EIO'])

export const mayBeBroken = (errno: string): boolean => isAway(errno) || UNCLEAR.has(errno)

/** Of one file or folder of the share. */
export function smbFileError(server: string, relPath: string, thrown: unknown): MigrationError {
  return awayError(server, thrown) ?? fileError(relPath, thrown)
}

/** Of the folder that a task names, or of the share. */
export function smbRootError(server: string, rootPath: string, thrown: unknown): MigrationError {
  if (isMissingLibrary(thrown))
    return new MigrationError('SRC_READ_FAILED', 'This system has no client for file servers (libsmbclient.so.0).', {
      remedy: { kind: 'stopTask' },
      fix: 'Install the package smbclient (Debian, Ubuntu) or libsmbclient and samba-client (Red Hat), or mount the share and use the path of the mount.',
      cause: thrown,
    })
  if (errnoOf(thrown) === 'EACCES' || errnoOf(thrown) === 'EPERM')
    return new MigrationError(
      'SRC_NO_ACCESS',
      `The file server ${server} refuses "${rootPath}" to the stored account (EACCES).`,
      {
        remedy: { kind: 'stopTask' },
        fix: 'Check its name and password ("portage source credentials set"), and that it may read the whole share.',
        cause: thrown,
      },
    )
  return awayError(server, thrown) ?? rootError(rootPath, thrown)
}

/** A server that is away is waited for: nothing of the source is judged by it. */
function awayError(server: string, thrown: unknown): MigrationError | undefined {
  const errno = errnoOf(thrown)
  if (!isAway(errno)) return undefined
  return new MigrationError('NET_UNREACHABLE', `The file server ${server} cannot be reached (${errno}).`, {
    remedy: { kind: 'retry' },
    fix: 'Check that the server is up and that this machine reaches it; the work goes on by itself when it answers again.',
    cause: thrown,
  })
}

const isMissingLibrary = (thrown: unknown): boolean =>
  thrown instanceof Error && /libsmbclient|koffi/.test(thrown.message) && errnoOf(thrown) !== 'EPIPE'
