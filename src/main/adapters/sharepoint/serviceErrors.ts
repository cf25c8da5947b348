import { type ErrorCode, MigrationError, type Remedy } from '../../../shared/errors.ts'
import { parseRateLimit, throttleWait } from '../../engine/throttle/rateLimitHeaders.ts'
import { parseRetryAfter } from '../../engine/throttle/retryAfter.ts'
import { type ErrorBody, readErrorBody } from './errorBody.ts'

/** An answer that is not a success. Header names in lower case. */
export interface ErrorAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  /** JSON value, text, or undefined when there is none. */
  readonly body: unknown
}

/** What the caller knows and the answer does not say. */
export interface CallContext {
  /** Subject of the sentence: `The folder Q3`, `The site https://…`. */
  readonly what: string
  /** Doing it twice does no harm, so an unknown outcome is simply tried again. */
  readonly isRepeatable: boolean
  /** What "not found" means here. */
  readonly notFound?: ErrorCode
  /** The call stores a name that the service may refuse. */
  readonly name?: string
  /** A failure of this call ends the task, not one item. */
  readonly isForWholeTask?: boolean
  /** The call went to a pre-authenticated upload URL. */
  readonly isUploadUrl?: boolean
}

type RemedyKind = 'item' | 'task' | 'look' | 'again' | 'throttle'

interface Row {
  readonly code: ErrorCode
  readonly remedy: RemedyKind
  /** Completes "<what> …". */
  readonly says: string
  readonly fix?: string
}

const row = (code: ErrorCode, remedy: RemedyKind, says: string, fix?: string): Row => ({
  code,
  remedy,
  says,
  ...(fix === undefined ? {} : { fix }),
})

const THROTTLED = row('THR_THROTTLED', 'throttle', 'was throttled: the service asks to wait')
const UNAVAILABLE = row('DST_UNAVAILABLE', 'again', 'could not be served: the service has a fault or is busy')
const CHANGED = row('DST_CHANGED', 'look', 'was changed by somebody else in the meantime')
const NO_ACCESS = row(
  'DST_NO_ACCESS',
  'item',
  'may not be accessed',
  'Give the app or the signed-in account write access to the site (site collection administrator is enough).',
)
const LOCKED = row('DST_LOCKED', 'item', 'is locked', 'Close the file where it is open, or lift the lock of the site, and retry.')
const NOT_FOUND = row('DST_NOT_FOUND', 'item', 'does not exist')
const EXISTS = row('DST_EXISTS', 'item', 'exists already')
const BAD_NAME = row(
  'DST_NAME_REFUSED',
  'item',
  'has a name that SharePoint refuses',
  'Rename it at the source, or turn on automatic renaming in the settings of the task.',
)
const TOO_LONG = row(
  'RULE_PATH_TOO_LONG',
  'item',
  'has a path that is too long for SharePoint',
  'Shorten folder names, or migrate to a shorter destination path.',
)
const TOO_LARGE = row('RULE_FILE_TOO_LARGE', 'item', 'is larger than SharePoint accepts')
const SESSION_LOST = row('DST_SESSION_LOST', 'look', 'lost its upload session')
const QUOTA = row(
  'DST_QUOTA',
  'task',
  'does not fit: the storage quota of the destination is used up',
  'Raise the storage quota of the site or account, or free space, and resume the task.',
)
const READ_ONLY = row(
  'DST_READ_ONLY',
  'task',
  'cannot be written: the site is read-only',
  'Unlock the site in the SharePoint admin center and resume the task.',
)
const REFUSED = row('DST_REFUSED', 'item', 'was refused by the service')
const SIGN_IN = row(
  'AUTH_REFUSED',
  'task',
  'was refused: the service does not accept the sign-in',
  'Sign in again with "portage connect" and check the permissions of the app registration.',
)
const TOO_MANY = row(
  'DST_REFUSED',
  'task',
  'was refused: the list is too large for this query',
  'Remove old rows of the list, or add the missing index.',
)

/** By the deepest code that is known. A status in the key narrows it. [B, C.2, g21:errors.md] */
const BY_CODE: Readonly<Record<string, Row>> = {
  activityLimitReached: THROTTLED,
  throttledRequest: THROTTLED,
  TooManyRequests: THROTTLED,
  FraudThrottled: THROTTLED,
  accessDenied: NO_ACCESS,
  AccessDenied: NO_ACCESS,
  Authorization_RequestDenied: NO_ACCESS,
  '-2147024891': NO_ACCESS,
  UnauthorizedAccessException: NO_ACCESS,
  unauthenticated: SIGN_IN,
  InvalidAuthenticationToken: SIGN_IN,
  expiredToken: row(
    'AUTH_SIGN_IN_NEEDED',
    'task',
    'was refused: the sign-in has expired',
    'Sign in again with "portage connect".',
  ),
  itemNotFound: NOT_FOUND,
  notFound: NOT_FOUND,
  ResourceNotFound: NOT_FOUND,
  Request_ResourceNotFound: NOT_FOUND,
  nameAlreadyExists: EXISTS,
  resourceModified: CHANGED,
  entityTagDoesNotMatch: CHANGED,
  '412 notAllowed': CHANGED,
  '423 notAllowed': LOCKED,
  '-2130246326': CHANGED,
  resourceLocked: LOCKED,
  lockMismatch: LOCKED,
  serviceReadOnly: READ_ONLY,
  quotaLimitReached: QUOTA,
  uploadSessionNotFound: SESSION_LOST,
  uploadSessionFailed: SESSION_LOST,
  uploadSessionIncomplete: SESSION_LOST,
  fragmentOverlap: SESSION_LOST,
  fragmentOutOfOrder: SESSION_LOST,
  fragmentLengthMismatch: SESSION_LOST,
  invalidRange: SESSION_LOST,
  maxFileSizeExceeded: TOO_LARGE,
  pathIsTooLong: TOO_LONG,
  pathTooDeep: TOO_LONG,
  nameContainsInvalidCharacters: BAD_NAME,
  invalidPath: BAD_NAME,
  invalidResourceName: BAD_NAME,
  '-2130245263': BAD_NAME,
  childItemCountExceeded: row(
    'DST_REFUSED',
    'item',
    'cannot be stored: its folder has too many items',
    'Spread the items over several folders.',
  ),
  totalAffectedItemCountExceeded: row('DST_REFUSED', 'item', 'was refused: too many items are affected at once'),
  malwareDetected: row('DST_MALWARE', 'item', 'was refused: the service found malware in it'),
  serviceNotAvailable: UNAVAILABLE,
  SPQueryThrottledException: TOO_MANY,
  '-2147024860': TOO_MANY,
  SPDuplicateValuesFoundException: row('CRD_TASK_EXISTS', 'item', 'exists already'),
  '-2130575169': row('CRD_TASK_EXISTS', 'item', 'exists already'),
}

const BY_STATUS: Readonly<Record<number, Row>> = {
  400: REFUSED,
  401: SIGN_IN,
  403: NO_ACCESS,
  404: NOT_FOUND,
  408: row('NET_TIMEOUT', 'again', 'took too long'),
  409: CHANGED,
  410: NOT_FOUND,
  412: CHANGED,
  413: TOO_LARGE,
  414: TOO_LONG,
  416: SESSION_LOST,
  423: LOCKED,
  424: UNAVAILABLE,
  429: THROTTLED,
  500: UNAVAILABLE,
  502: UNAVAILABLE,
  503: UNAVAILABLE,
  504: row('NET_TIMEOUT', 'again', 'took too long for the service'),
  507: QUOTA,
  509: THROTTLED,
}

/** Texts of SharePoint's front door, which has no codes. [A.10] */
const BY_FRONT_DOOR_TEXT: readonly (readonly [RegExp, Row])[] = [
  [
    /Unsupported app only token/i,
    row(
      'AUTH_REFUSED',
      'task',
      'was refused: SharePoint accepts apps only when they sign in with a certificate',
      'Connect with a certificate instead of a client secret.',
    ),
  ],
  [/Unable to initialize RPS/i, row('DST_UNAVAILABLE', 'again', 'was refused by a passing fault of the sign-in at the service')],
  [/Invalid issuer or signature|Unsupported security token|Invalid JWT token/i, SIGN_IN],
]

/** The one place where an answer of Graph or SharePoint becomes an error of ours. */
export function serviceError(answer: ErrorAnswer, context: CallContext, nowMs: number): MigrationError {
  const body = readErrorBody(answer.body)
  const found = special(answer, body, context) ?? byCode(answer.status, body) ?? byStatus(answer.status)
  const code = found.code === 'DST_NOT_FOUND' && context.notFound !== undefined ? context.notFound : found.code
  const label = [String(answer.status), body.codes.at(-1)].filter((part) => part !== undefined).join(' ')
  const detail = found === REFUSED && body.message !== '' ? `: ${body.message}` : ''
  const requestId = answer.headers['request-id'] ?? answer.headers.sprequestguid
  return new MigrationError(
    code,
    `${context.what} ${found.says}${detail} (${label}${requestId === undefined ? '' : `, request ${requestId.slice(0, 64)}`}).`,
    {
      remedy: remedyOf(found.remedy, answer, context, nowMs),
      status: answer.status,
      ...(found.fix === undefined ? {} : { fix: found.fix }),
    },
  )
}

/** Has the service provably not acted? 429 and 401 always say so; 503 only when it names a time. */
export function provesNoEffect(answer: Pick<ErrorAnswer, 'status' | 'headers'>): boolean {
  return answer.status === 429 || answer.status === 401 || (answer.status === 503 && answer.headers['retry-after'] !== undefined)
}

/** The wait that an answer names, in full: its Retry-After or, on a 429, the end of the budget's window. undefined = it names none. */
export function namedWaitMs(answer: Pick<ErrorAnswer, 'status' | 'headers'>, nowMs: number): number | undefined {
  const retryAfterMs = parseRetryAfter(answer.headers['retry-after'], { dateHeader: answer.headers.date, nowMs })
  return answer.status === 429
    ? throttleWait(
        retryAfterMs,
        parseRateLimit((name) => answer.headers[name]),
      )
    : retryAfterMs
}

function special(answer: ErrorAnswer, body: ErrorBody, context: CallContext): Row | undefined {
  if (answer.status === 401) {
    if (context.isUploadUrl) return SESSION_LOST
    return BY_FRONT_DOOR_TEXT.find(([pattern]) => pattern.test(body.message))?.[1]
  }
  if (answer.status === 503 && answer.headers['retry-after'] !== undefined) return THROTTLED
  if (context.name === undefined) return undefined
  const isScript = /\.(aspx|asmx|ascx|ashx|master|xap|swf|jar|htc|xsf|webpart|dwp)$/i.test(context.name)
  if (answer.status === 403 && isScript) {
    return row(
      'DST_TYPE_REFUSED',
      'item',
      'was refused: the site does not take files of this type',
      'Allow custom script on the site, or leave these files behind.',
    )
  }
  const isPlainRefusal = answer.status === 400 && body.codes.every((code) => code === 'invalidRequest')
  return isPlainRefusal ? BAD_NAME : undefined
}

function byCode(status: number, body: ErrorBody): Row | undefined {
  for (const code of [...body.codes].reverse()) {
    const found = own(BY_CODE, `${status} ${code}`) ?? own(BY_CODE, code)
    if (found) return found
  }
  return undefined
}

function byStatus(status: number): Row {
  return BY_STATUS[status] ?? (status >= 500 ? UNAVAILABLE : REFUSED)
}

/** Codes come from outside: `constructor` is not a row. */
const own = (table: Readonly<Record<string, Row>>, key: string): Row | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined

function remedyOf(kind: RemedyKind, answer: ErrorAnswer, context: CallContext, nowMs: number): Remedy {
  const delayMs = namedWaitMs(answer, nowMs)
  switch (kind) {
    case 'throttle':
      return delayMs === undefined ? { kind: 'retry' } : { kind: 'waitUntil', delayMs }
    case 'again':
      if (!context.isRepeatable && !provesNoEffect(answer)) return { kind: 'lookFirst' }
      return delayMs === undefined ? { kind: 'retry' } : { kind: 'waitUntil', delayMs }
    case 'look':
      return { kind: 'lookFirst' }
    case 'item':
      return context.isForWholeTask ? { kind: 'stopTask' } : { kind: 'failItem' }
    case 'task':
      return { kind: 'stopTask' }
  }
}
