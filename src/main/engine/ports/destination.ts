import type { DestinationSpec } from '../../../shared/domain/task.ts'
import type { MigrationError } from '../../../shared/errors.ts'
import type { ImportService } from './importService.ts'
import type { Permissions } from './permissions.ts'

/** A file or folder as the destination shows it. Times are the client times (`fileSystemInfo`), 1 s precision. */
export interface StoredItem {
  readonly itemId: string
  readonly parentId: string | undefined
  readonly name: string
  readonly kind: 'file' | 'folder'
  readonly sizeBytes: number
  /** Base64; the service may owe it for a while. */
  readonly quickXorHash: string | undefined
  readonly eTag: string | undefined
  readonly createdMs: number | undefined
  readonly modifiedMs: number | undefined
  readonly webUrl: string | undefined
}

export interface ItemMove {
  readonly itemId: string
  /** A folder of the same library. */
  readonly parentId: string
  readonly name: string
  /** Only when the item is still in this state; DST_CHANGED otherwise. */
  readonly ifMatch?: string
}

export interface ItemRemoval {
  readonly itemId: string
  /** Only when the item is still in this state; DST_CHANGED otherwise. */
  readonly ifMatch?: string
}

export interface FileTimes {
  readonly createdMs: number | undefined
  readonly modifiedMs: number | undefined
}

export interface TimesChange {
  readonly itemId: string
  readonly times: FileTimes
  /** Only when the item is still in this state; DST_CHANGED otherwise. */
  readonly ifMatch?: string
}

export interface SessionRequest {
  readonly parentId: string
  readonly name: string
  readonly sizeBytes: number
  readonly times: FileTimes | undefined
  /** `fail`: DST_EXISTS when the name is taken. `replace`: new version of an existing file. */
  readonly conflict: 'fail' | 'replace'
  /** Replace only this state of the existing file; DST_CHANGED otherwise. */
  readonly ifMatch?: string
}

/** `url` is a secret: it authorises writing. It goes nowhere but into sealed journal columns. */
export interface UploadSession {
  readonly url: string
  readonly expiresAtMs: number
}

export type SessionState =
  | { readonly kind: 'open'; readonly nextStart: number; readonly expiresAtMs: number }
  /** The service no longer knows it: committed, cancelled or expired. Look for the item before sending again. */
  | { readonly kind: 'gone' }

export type FragmentReply =
  | { readonly kind: 'more'; readonly nextStart: number }
  | { readonly kind: 'stored'; readonly item: StoredItem }

/** Either the value or the error of one part of a batched call. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: MigrationError }

/** Rules and numbers of the place, for the scan and the plan. */
export interface DestinationPlace {
  readonly driveId: string
  readonly rootItemId: string
  readonly webUrl: string
  /** Decoded, from the host's root without leading slash: `sites/finance/Shared Documents/Q3`. Its length counts in every path. */
  readonly serverRelativePath: string
  /** True when `rootItemId` is the root of the library (some names are reserved only there). */
  readonly isLibraryRoot: boolean
  /** Script-bearing types are refused. */
  readonly blocksScriptTypes: boolean
  readonly remainingBytes: number | undefined
  /** Created by this call, for the structure report. */
  readonly created: readonly {
    readonly type: 'library' | 'folder'
    readonly title: string
    readonly url: string
    readonly id: string
  }[]
}

/** Folders that are shown as notebooks of OneNote. */
export interface Notebooks {
  /** Makes a folder one; repeating it does no harm. Errors: DST_REFUSED, DST_NOT_FOUND. */
  mark(serverRelativePath: string, signal: AbortSignal): Promise<void>
}

/**
 * The place a task writes to. Every method throws MigrationError with its remedy decided; throttling is waited out inside (one pacer per
 * host). Nothing here retries a write whose effect is unknown: that surfaces as remedy `lookFirst`.
 */
export interface Destination {
  readonly place: DestinationPlace
  /** The bulk route to this place, where there is one. */
  readonly imports?: ImportService | undefined
  /** Who may do what with the items of this place, where the service lets that be set. */
  readonly permissions?: Permissions | undefined
  /** Where folders can be made notebooks. */
  readonly notebooks?: Notebooks | undefined
  /** Adopts an existing folder of that name. */
  createFolder(
    parentId: string,
    name: string,
    signal: AbortSignal,
  ): Promise<{ readonly item: StoredItem; readonly isNew: boolean }>
  /**
   * Batched. Makes an extra version of a file; use only for folders and 0-byte files. An outcome that is `lookFirst` may have taken effect:
   * look before repeating.
   */
  setTimes(changes: readonly TimesChange[], signal: AbortSignal): Promise<readonly Outcome<StoredItem>[]>
  /**
   * Gives an item another name, folder or both; id, versions, times and content stay, a folder takes its content along. Errors: DST_EXISTS when
   * the name is taken, DST_NOT_FOUND, DST_LOCKED; a lost answer is `lookFirst`.
   */
  moveItem(move: ItemMove, signal: AbortSignal): Promise<StoredItem>
  /** Batched; into the recycle bin, a folder with its content. What is not there any more is as good as recycled. */
  recycle(removals: readonly ItemRemoval[], signal: AbortSignal): Promise<readonly Outcome<undefined>[]>
  /** Always fresh. A folder that does not exist is empty. */
  isEmptyFolder(itemId: string, signal: AbortSignal): Promise<boolean>
  /** Always fresh. undefined = the service says that it does not exist. */
  findChild(parentId: string, name: string, signal: AbortSignal): Promise<StoredItem | undefined>
  getItem(itemId: string, signal: AbortSignal): Promise<StoredItem | undefined>
  /** The only way to store a 0-byte file. */
  putEmpty(
    options: {
      readonly parentId: string
      readonly name: string
      readonly conflict: 'fail' | 'replace'
      readonly ifMatch?: string
    },
    signal: AbortSignal,
  ): Promise<StoredItem>
  /** One network request for up to `maxSessionsPerCall` sessions; outcomes in the order of the requests. */
  createSessions(requests: readonly SessionRequest[], signal: AbortSignal): Promise<readonly Outcome<UploadSession>[]>
  readonly maxSessionsPerCall: number
  /** Sends bytes [start, start+length) of `totalBytes`. The body must have exactly `length` bytes. */
  sendFragment(
    session: UploadSession,
    fragment: {
      readonly start: number
      readonly length: number
      readonly totalBytes: number
      readonly body: AsyncIterable<Uint8Array> | Uint8Array
    },
    signal: AbortSignal,
  ): Promise<FragmentReply>
  sessionState(session: UploadSession, signal: AbortSignal): Promise<SessionState>
  cancelSession(session: UploadSession, signal: AbortSignal): Promise<void>
  /**
   * Everything below the place's root (without it), in batches, in any order, each item once at least; items from elsewhere in the library
   * may come along. Independent of what was written: the proof is made from this.
   */
  list(signal: AbortSignal): AsyncIterable<readonly StoredItem[]>
  download(itemId: string, signal: AbortSignal): AsyncIterable<Uint8Array>
}

/** Opens a destination, creating what is missing when allowed. Errors: DST_SITE_NOT_FOUND, DST_LIBRARY_NOT_FOUND, DST_ONEDRIVE_NOT_PROVISIONED, DST_NO_ACCESS… */
export interface Destinations {
  open(spec: DestinationSpec, options: { readonly createMissing: boolean; readonly signal: AbortSignal }): Promise<Destination>
}
