import type { ErrorCode, Remedy } from '../../../shared/errors.ts'

/** The system's own word for what went wrong (`EACCES`); '' when the thrown thing carries none. */
export function errnoOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : ''
}

const retry: Remedy = { kind: 'retry' }
const failItem: Remedy = { kind: 'failItem' }

export interface Reading {
  readonly code: ErrorCode
  readonly remedy: Remedy
  readonly says: string
}

const noAccess: Reading = { code: 'SRC_NO_ACCESS', remedy: failItem, says: 'may not be read by this account' }
const vanished: Reading = { code: 'SRC_VANISHED', remedy: failItem, says: 'is no longer there' }
/** Windows share violations arrive as EBUSY, mandatory locks of network shares as EAGAIN. */
const locked: Reading = { code: 'SRC_LOCKED', remedy: failItem, says: 'is in use by another program' }

const READINGS: Readonly<Record<string, Reading>> = {
  ENOENT: vanished,
  ENOTDIR: vanished,
  EACCES: noAccess,
  EPERM: noAccess,
  EBUSY: locked,
  ETXTBSY: locked,
  EAGAIN: locked,
  ENXIO: { code: 'SRC_SPECIAL_FILE', remedy: failItem, says: 'is no ordinary file' },
  ELOOP: { code: 'SRC_LINK_LOOP', remedy: failItem, says: 'is reached through links that lead in a circle' },
  ENAMETOOLONG: { code: 'SRC_NO_ACCESS', remedy: failItem, says: 'has a path that is longer than this system can open' },
}

export function readingOf(thrown: unknown): Reading {
  return READINGS[errnoOf(thrown)] ?? { code: 'SRC_READ_FAILED', remedy: retry, says: 'could not be read' }
}

/** Code and sentence for something in the tree that the file system refused. Never carries content. */
export function describeRefusal(what: string, thrown: unknown): { readonly code: ErrorCode; readonly detail: string } {
  const { code, says } = readingOf(thrown)
  const errno = errnoOf(thrown)
  return { code, detail: `${what} ${says}${errno === '' ? '' : ` (${errno})`}.` }
}
