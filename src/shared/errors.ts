import { z } from 'zod'

/**
 * Every way in which something can go wrong, by family: SRC_ source, RULE_ scan rule, DST_ destination, JOB_ import jobs, THR_ throttled, AUTH_ sign-in,
 * NET_ network, JNL_ journal, CRD_ coordination, INPUT_ what a person gave us, VFY_ proof. Titles, fixes and report codes: errorCatalogue.ts.
 */
export const ERROR_CODES = [
  'SRC_NOT_FOUND',
  'SRC_NO_ACCESS',
  'SRC_NO_ACCESS_LISTS',
  'SRC_NOT_A_FOLDER',
  'SRC_LOCKED',
  'SRC_CHANGED_WHILE_READING',
  'SRC_CHANGED_SINCE_SCAN',
  'SRC_VANISHED',
  'SRC_READ_FAILED',
  'SRC_SPECIAL_FILE',
  'SRC_SYMLINK',
  'SRC_LINK_LOOP',
  'SRC_NAME_UNREADABLE',
  'SRC_OFFLINE_PLACEHOLDER',
  'RULE_NAME_CHARACTERS',
  'RULE_NAME_RESERVED',
  'RULE_NAME_EDGE',
  'RULE_NAME_TOO_LONG',
  'RULE_PATH_TOO_LONG',
  'RULE_FILE_TOO_LARGE',
  'RULE_TYPE_BLOCKED',
  'RULE_NAME_COLLISION',
  'RULE_TIME_OUT_OF_RANGE',
  'RULE_FILTERED_OUT',
  'RULE_ARRIVED_EARLIER',
  'RULE_PARENT_NOT_MIGRATED',
  'RULE_NAME_CHANGED',
  'RULE_OWNER_UNKNOWN',
  'RULE_ACCOUNT_UNKNOWN',
  'RULE_ACCESS_UNDECIDED',
  'RULE_ACCESS_WIDER',
  'RULE_ACCESS_LEFT',
  'RULE_SCOPES_MANY',
  'RULE_SCOPES_TOO_MANY',
  'RULE_FILE_EMPTY',
  'RULE_LOCK_FILE',
  'RULE_SHORTCUT',
  'RULE_MAILBOX_FILE',
  'RULE_DATABASE',
  'RULE_NOTEBOOK',
  'RULE_STREAMS_LOST',
  'RULE_ATTRIBUTES_LOST',
  'DST_SITE_NOT_FOUND',
  'DST_LIBRARY_NOT_FOUND',
  'DST_ONEDRIVE_NOT_PROVISIONED',
  'DST_CHANNEL_FOLDER_MISSING',
  'DST_NO_ACCESS',
  'DST_READ_ONLY',
  'DST_LOCKED',
  'DST_QUOTA',
  'DST_NAME_REFUSED',
  'DST_TYPE_REFUSED',
  'DST_TOO_MANY_SCOPES',
  'DST_MALWARE',
  'DST_EXISTS',
  'DST_NEWER',
  'DST_CHANGED',
  'DST_NOT_MOVED',
  'DST_KEPT_BOTH',
  'DST_NOT_FOUND',
  'DST_TIMES_NOT_SET',
  'DST_SESSION_LOST',
  'DST_REFUSED',
  'DST_UNAVAILABLE',
  'JOB_NOT_ALLOWED',
  'JOB_CONTAINER_REFUSED',
  'JOB_NOT_TAKEN',
  'JOB_ITEM_REFUSED',
  'JOB_FATAL',
  'JOB_LOST',
  'THR_THROTTLED',
  'AUTH_SIGN_IN_NEEDED',
  'AUTH_CONSENT_NEEDED',
  'AUTH_REFUSED',
  'AUTH_NOT_CONNECTED',
  'NET_UNREACHABLE',
  'NET_TLS_UNTRUSTED',
  'NET_INTERRUPTED',
  'NET_TIMEOUT',
  'JNL_DISK_FULL',
  'JNL_DAMAGED',
  'JNL_IN_USE',
  'CRD_SITE_NOT_FOUND',
  'CRD_LISTS_MISSING',
  'CRD_LISTS_NEWER',
  'CRD_TASK_NOT_FOUND',
  'CRD_TASK_CHANGED',
  'CRD_TASK_STATE',
  'CRD_TASK_EXISTS',
  'CRD_LEASE_LOST',
  'CRD_AGENT_REPLACED',
  'INPUT_USAGE',
  'INPUT_FILE_UNREADABLE',
  'INPUT_CONNECTION_FILE',
  'INPUT_TASK_FILE',
  'INPUT_DESTINATION',
  'INPUT_SETTINGS',
  'INPUT_OUTPUT_FOLDER',
  'VFY_MISSING',
  'VFY_DIFFERENT',
  'VFY_UNVERIFIABLE',
  'INTERNAL',
] as const
export type ErrorCode = (typeof ERROR_CODES)[number]

/** What the loop that meets the error must do. Decided once, at the edge, by whoever saw the answer. */
export type Remedy =
  /** The same call may succeed; try again after a back-off. */
  | { readonly kind: 'retry' }
  /** The service named a time; nothing of that destination may be sent before `delayMs` has passed. */
  | { readonly kind: 'waitUntil'; readonly delayMs: number }
  /** Unknown whether the effect was applied: look before doing it again. */
  | { readonly kind: 'lookFirst' }
  /** This item cannot go; the others can. */
  | { readonly kind: 'failItem' }
  /** Nothing of this task can go on until a person acts. */
  | { readonly kind: 'stopTask' }

/**
 * The one error of the product. `message` is one sentence that says what happened to which thing; `fix` one sentence that says what to do.
 * Never carries tokens, upload URLs or file content.
 */
export class MigrationError extends Error {
  readonly code: ErrorCode
  readonly remedy: Remedy
  readonly fix: string | undefined
  /** HTTP status, when a service said it. */
  readonly status: number | undefined

  constructor(
    code: ErrorCode,
    message: string,
    options: { readonly remedy: Remedy; readonly fix?: string; readonly status?: number; readonly cause?: unknown },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'MigrationError'
    this.code = code
    this.remedy = options.remedy
    this.fix = options.fix
    this.status = options.status
  }
}

/** The form that crosses a process or network border. */
export const wireErrorSchema = z.object({
  code: z.enum(ERROR_CODES),
  message: z.string(),
  fix: z.string().optional(),
  remedy: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('retry') }),
    z.object({ kind: z.literal('waitUntil'), delayMs: z.number() }),
    z.object({ kind: z.literal('lookFirst') }),
    z.object({ kind: z.literal('failItem') }),
    z.object({ kind: z.literal('stopTask') }),
  ]),
})
export type WireError = z.infer<typeof wireErrorSchema>

export function toWire(error: MigrationError): WireError {
  return {
    code: error.code,
    message: error.message,
    remedy: error.remedy,
    ...(error.fix === undefined ? {} : { fix: error.fix }),
  }
}

const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'NET_UNREACHABLE',
  'NET_INTERRUPTED',
  'NET_TIMEOUT',
  'DST_UNAVAILABLE',
])

/** Nobody has to do anything but wait: the network or the service is away. */
export function isPassingOutage(error: MigrationError | undefined): boolean {
  return error !== undefined && PASSING.has(error.code)
}

/** Unknown throws become INTERNAL here and nowhere else. */
export function asMigrationError(thrown: unknown): MigrationError {
  if (thrown instanceof MigrationError) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new MigrationError('INTERNAL', message, { remedy: { kind: 'failItem' }, cause: thrown })
}
