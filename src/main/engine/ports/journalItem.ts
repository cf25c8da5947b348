import type { ItemId } from '../../../shared/domain/ids.ts'
import type { FailureStage, ItemIssue, ItemKind, ItemState, Route, Verdict } from '../../../shared/domain/item.ts'
import type { ErrorCode } from '../../../shared/errors.ts'

/** Everything that is known about one item of a task, shard and round. Ids rise in the order of the walk: a folder before its content. */
export interface JournalItem {
  readonly id: ItemId
  /** undefined for the root of the source. */
  readonly parentId: ItemId | undefined
  /** 0 for the root of the source. */
  readonly depth: number
  /** Below the source root, `/` between folders; '' is the root. */
  readonly relPath: string
  /** Last segment of `relPath`; '' for the root. */
  readonly name: string
  readonly kind: ItemKind
  readonly sizeBytes: number
  readonly createdMs: number | undefined
  readonly modifiedMs: number | undefined
  readonly isHidden: boolean
  readonly fileId: string | undefined
  /** By the platform's own id. */
  readonly owner: string | undefined
  /** Name at the destination, after repair. */
  readonly destName: string
  /** Two items of one folder with the same key cannot both exist at the destination. */
  readonly collisionKey: string
  readonly issues: readonly ItemIssue[]
  readonly state: ItemState
  readonly failureStage: FailureStage | undefined
  readonly errorCode: ErrorCode | undefined
  readonly message: string | undefined
  readonly route: Route | undefined
  readonly routeReason: string | undefined
  /** What is at the destination was made by this task, in this round or before: nobody else has a part in its being there. */
  readonly isOurs: boolean
  /** The destination had an item of that name before this round; `destItemId` and `eTag` are its until `uploaded`. */
  readonly wasAtDestination: boolean
  /** Uploads begun. */
  readonly attempts: number
  /** Whole uploads done again after the destination held something wrong or nothing. */
  readonly reuploads: number
  /** Times that the item was put off to the end, because its file was locked or the line was bad. */
  readonly deferrals: number
  readonly destItemId: string | undefined
  readonly eTag: string | undefined
  /** Of the bytes that were read from the source for the upload. Base64. */
  readonly quickXorHash: string | undefined
  /** Address of an upload session that may still be open. A secret; sealed at rest. Undefined also when it cannot be unsealed any more. */
  readonly sessionUrl: string | undefined
  readonly sessionExpiresAtMs: number | undefined
  /** Bytes that the service had accepted at the last word; a hint, the service knows. */
  readonly acceptedBytes: number
  readonly verdict: Verdict | undefined
  readonly verdictReason: string | undefined
  /** The times of a folder are at the destination. */
  readonly areTimesSet: boolean
  /** The package that it travels in, or travelled in last. */
  readonly packageId: number | undefined
  readonly startedAtMs: number | undefined
  readonly uploadedAtMs: number | undefined
  readonly verifiedAtMs: number | undefined
}

/** What the scan knows about an item when it first writes it down. */
export interface ScannedItem {
  readonly id: ItemId
  readonly parentId: ItemId | undefined
  readonly depth: number
  readonly relPath: string
  readonly kind: ItemKind
  readonly sizeBytes: number
  readonly createdMs: number | undefined
  readonly modifiedMs: number | undefined
  readonly isHidden: boolean
  readonly fileId: string | undefined
  readonly owner: string | undefined
  readonly destName: string
  readonly collisionKey: string
  readonly issues: readonly ItemIssue[]
  readonly state: 'scanned' | 'filteredOut' | 'skipped' | 'failed'
  readonly errorCode: ErrorCode | undefined
  readonly message: string | undefined
  /** A folder that travels only when something below it does. */
  readonly isParentOnly: boolean
}

/** Items of one folder that may travel and whose names cannot stand together. */
export interface CollisionGroup {
  /** Cursor for paging. */
  readonly seq: number
  readonly parentId: ItemId
  readonly collisionKey: string
}
