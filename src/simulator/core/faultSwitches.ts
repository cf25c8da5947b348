import type { ServiceRequest } from './http.ts'

/** Misbehaviour that only a handler can act out. A fault rule `{"action":"switch","switch":"…"}` turns one on for the requests it matches. */
export const FAULT_SWITCHES = [
  /** Uploads and listings leave quickXorHash out. */
  'hiddenHash',
  /** An upload session answers with several `nextExpectedRanges`; the gap must be sent again. */
  'multiRangeExpected',
  /** A live upload session answers 404 once in a while. */
  'sessionNotFound',
  /** A live upload session answers 416 although the fragment is the expected one. */
  'sessionRangeRefused',
  /** A background process touched the item just before this request: its eTag has risen. */
  'eTagBump',
  /** A conditional write is refused with 409 `resourceModified`. */
  'resourceModified',
  /** A file is refused with 423 because somebody has it open. */
  'itemLocked',
  /** A filtered list query or a delta misses the latest writes; `amount` in milliseconds. */
  'listLag',
  /** A page of a listing is empty but has a next link. */
  'emptyPage',
  /** A next link points to `_api/v2.0` on the SharePoint host. */
  'leakedNextLink',
  /** A delta repeats items of an earlier page. */
  'deltaDuplicates',
  /** A delta token is refused with 410; the client must start over. */
  'deltaResync',
  /** A list query ignores its `$filter`. */
  'ignoredFilter',
  /** A duplicate value of a unique column is refused with 409 `nameAlreadyExists` by Graph. */
  'duplicateAsConflict',
  /** The same with 500: `generalException` by Graph, the usual exception by SharePoint REST. */
  'duplicateAsServerError',
  /** The new file is stored, then changed by the service as if it were an Office file. */
  'officeRewrite',
  /** A write is acknowledged although the file was not stored. */
  'lostWrite',
  /** The site has run out of storage. */
  'quotaExceeded',
  // Permissions. The limits of the service, made small enough to be met in a test.
  /** Lists take only `amount` unique permission scopes (50,000 otherwise). */
  'uniqueScopeLimit',
  /** Scopes take only `amount` role assignments (5,000 otherwise). */
  'roleAssignmentLimit',
  /** Inheritance cannot be broken above `amount` items (100,000 otherwise). */
  'inheritanceItemLimit',
  /** `ensureuser` does not find everyone except external users, as where the tenant has turned that claim off. */
  'everyoneRefused',
  /** Graph's `invite` answers 200 and changes nothing. */
  'inviteIgnored',
  /** Graph's `invite` is refused with 400 `sharingFailed`, as where invitations are turned off. */
  'inviteRefused',
  // Imports. Drawn when the job is submitted, so `when.route` is `sharepoint.migration.job.submitEncrypted`.
  /** The submission is answered with the null GUID. */
  'importNotQueued',
  /** The job waits `amount` milliseconds before it is looked at. */
  'importQueueDelay',
  /** The job is postponed `amount` times by 20 minutes for want of capacity. */
  'importPostponed',
  /** The same, because the database is being looked after. */
  'importMaintenance',
  /** Migration is blocked in the tenant: the job is postponed for that reason and cancelled. */
  'importTenantBlocked',
  /** A fatal error when half of the files are in. */
  'importFatal',
  /** A fatal error in the middle, after which the server begins the job again on its own. */
  'importRestarted',
  /** The job disappears when the share `amount` of its files is in; at 1 when all are. */
  'importVanished',
  /** The share `amount` of the files is passed over without a word. */
  'importSkipped',
  /** So many files (or, below 1, this share of them) fail on the server's side. */
  'importItemErrors',
  /** Files whose web-relative URL matches `items` are refused, each for itself. */
  'importPoison',
  /** A file whose web-relative URL matches `items` ends the job with a fatal error that does not name it. */
  'importKiller',
  /** What becomes of files with a list item id but without list item: 0 imported, 1 an error. Without the switch they are skipped. */
  'importUnlinkedFiles',
  /** Importing over an existing file adds versions instead of replacing them. */
  'importKeepsVersions',
  /** Role assignments of the package break inheritance, but nobody is granted anything. */
  'importGrantsLost',
  /** Every file takes `amount` milliseconds of real time. */
  'importSlow',
  /** Graph's listings show imported files only after up to `amount` milliseconds. */
  'importLateListing',
  /** The job writes no logs. */
  'importLogsMissing',
  /** The `.err` segments cannot be decrypted. */
  'importLogUnreadable',
  /** Log segments of `amount` bytes. */
  'importLogSegments',
] as const

export type FaultSwitch = (typeof FAULT_SWITCHES)[number]

export interface FaultSwitches {
  /** Whether a rule turns the switch on for this request. A yes counts as one use of that rule and is journalled. */
  isActive(name: FaultSwitch, request: ServiceRequest): boolean
  /** Like `isActive`, with the rule's `amount`; undefined when off. */
  amount(name: FaultSwitch, request: ServiceRequest): number | undefined
  /** The `items` patterns of every rule that turns the switch on for this request; `*` for a rule without. Each counts as a use. */
  items(name: FaultSwitch, request: ServiceRequest): readonly string[]
}
