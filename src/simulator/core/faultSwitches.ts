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
] as const

export type FaultSwitch = (typeof FAULT_SWITCHES)[number]

export interface FaultSwitches {
  /** Whether a rule turns the switch on for this request. A yes counts as one use of that rule and is journalled. */
  isActive(name: FaultSwitch, request: ServiceRequest): boolean
  /** Like `isActive`, with the rule's `amount`; undefined when off. */
  amount(name: FaultSwitch, request: ServiceRequest): number | undefined
}
