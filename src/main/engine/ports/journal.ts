import type { ItemId, RoundNumber, TaskId } from '../../../shared/domain/ids.ts'
import type { FailureStage, ItemIssue, ItemKind, ItemState, Route, Verdict } from '../../../shared/domain/item.ts'
import type { Task, TaskStatus } from '../../../shared/domain/task.ts'
import type { ErrorCode } from '../../../shared/errors.ts'
import type { StoredItem } from './destination.ts'
import type { JournalPackage, PackageOutcome, PackageState, SpentUnits } from './journalPackage.ts'

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

/** How far a round has come: each stage is reached when all its facts are in the journal. */
export const ROUND_STAGES = [
  'opened',
  'prepared',
  'scanned',
  'planned',
  'packaged',
  'foldersMade',
  'transferred',
  'timesSet',
  'verified',
  'reported',
] as const
export type RoundStage = (typeof ROUND_STAGES)[number]

export interface JournalPlace {
  readonly driveId: string
  readonly rootItemId: string
  readonly webUrl: string
  readonly serverRelativePath: string
  readonly isLibraryRoot: boolean
  readonly blocksScriptTypes: boolean
  /** Made by this round: nothing can have been in it before. */
  readonly isNew: boolean
}

/** Facts about the round as a whole. */
export interface JournalMeta {
  readonly taskId: TaskId | undefined
  readonly shard: string
  readonly round: RoundNumber
  /** The task as it was when the round began; a round keeps its settings to the end. */
  readonly task: Task | undefined
  readonly agentName: string | undefined
  readonly stage: RoundStage
  readonly place: JournalPlace | undefined
  readonly startedAtMs: number | undefined
  readonly endedAtMs: number | undefined
  readonly status: TaskStatus | undefined
  readonly reason: string | undefined
  /** Bytes handed to the network so far, also of attempts that failed. */
  readonly sentBytes: number
  /** Time in which the round was being worked on, without the pauses in between. */
  readonly workedMs: number
  /** Items found in folders of this round that it did not put there; as of the last proof. */
  readonly extraItemCount: number
  /** What is in the listing table, once it is complete. */
  readonly listing: ListingPurpose | undefined
  readonly spentUnits: SpentUnits
}

/**
 * `existing`: what the destination held before this round wrote anything. `imported`: after the packages of the round. `arrived`: the
 * independent proof at the end.
 */
export type ListingPurpose = 'existing' | 'imported' | 'arrived'

export interface ListedItem extends StoredItem {
  readonly collisionKey: string
}

export interface StructureEntry {
  readonly type: 'library' | 'folder'
  readonly title: string
  readonly operation: 'created' | 'skipped' | 'updated'
  readonly status: 'success' | 'failure'
  readonly details: string
  readonly sourcePath: string
  readonly destinationUrl: string
  readonly sourceId: string | undefined
  readonly destinationId: string | undefined
  readonly errorCode: ErrorCode | undefined
  readonly atMs: number
}

/** One fact. Facts of one `record` call are durable together or not at all. */
export type JournalFact =
  | { readonly fact: 'meta'; readonly change: Partial<JournalMeta> }
  | { readonly fact: 'structure'; readonly entry: StructureEntry }
  /** A name that had to give way to another one of its folder. */
  | {
      readonly fact: 'renamed'
      readonly id: ItemId
      readonly destName: string
      readonly collisionKey: string
      readonly issues: readonly ItemIssue[]
    }
  | {
      readonly fact: 'planned'
      readonly id: ItemId
      readonly route: Route
      readonly reason: string
      /** What the destination has under that name already. */
      readonly existing: { readonly destItemId: string; readonly eTag: string | undefined } | undefined
    }
  /** Left behind on purpose. `existing` is what the destination has instead. */
  | {
      readonly fact: 'left'
      readonly id: ItemId
      readonly state: 'filteredOut' | 'skipped'
      readonly code: ErrorCode | undefined
      readonly message: string
      readonly existing?: { readonly destItemId: string; readonly eTag: string | undefined }
      /** Of the source, when it is known: the next round need not read the file. */
      readonly quickXorHash?: string | undefined
    }
  /** Written before the first request of an upload: from here on the destination may hold the item. */
  | { readonly fact: 'started'; readonly id: ItemId; readonly atMs: number }
  /** The file is not as it was when it was scanned; these are the facts now. */
  | {
      readonly fact: 'rescanned'
      readonly id: ItemId
      readonly sizeBytes: number
      readonly modifiedMs: number | undefined
      readonly issues: readonly ItemIssue[]
    }
  | { readonly fact: 'sessionOpened'; readonly id: ItemId; readonly url: string; readonly expiresAtMs: number }
  | {
      readonly fact: 'sessionAdvanced'
      readonly id: ItemId
      readonly acceptedBytes: number
      readonly expiresAtMs: number | undefined
    }
  | { readonly fact: 'sessionClosed'; readonly id: ItemId }
  | {
      readonly fact: 'uploaded'
      readonly id: ItemId
      readonly destItemId: string
      readonly eTag: string | undefined
      readonly quickXorHash: string | undefined
      readonly atMs: number
    }
  | { readonly fact: 'timesSet'; readonly id: ItemId; readonly eTag: string | undefined }
  /** It cannot go now (locked, bad line): it waits for the next pass. */
  | { readonly fact: 'deferred'; readonly id: ItemId; readonly code: ErrorCode; readonly message: string }
  /** The destination holds something wrong or nothing: it is sent again, over `existing` when given. */
  | {
      readonly fact: 'sendAgain'
      readonly id: ItemId
      readonly reason: string
      readonly existing: { readonly destItemId: string; readonly eTag: string | undefined } | undefined
    }
  /** The item goes by this route from now on; whatever package it was in has nothing more to say about it. */
  | { readonly fact: 'rerouted'; readonly id: ItemId; readonly route: Route; readonly reason: string }
  /** A new package, and its items: from here on the destination may hold them. The id is the next free one. */
  | {
      readonly fact: 'packageFormed'
      readonly packageId: number
      readonly itemIds: readonly ItemId[]
      readonly cutCount: number
      readonly atMs: number
    }
  /** The file was read, encrypted and stored in the container of its package. */
  | { readonly fact: 'packed'; readonly id: ItemId; readonly quickXorHash: string }
  /** Written before the submission is sent. */
  | { readonly fact: 'packageSubmitting'; readonly packageId: number; readonly containers: string; readonly expiresAtMs: number }
  | { readonly fact: 'packageSubmitted'; readonly packageId: number; readonly jobId: string; readonly atMs: number }
  /** The service says that there is no job: the package is made from its start. */
  | { readonly fact: 'packageNotTaken'; readonly packageId: number }
  | {
      readonly fact: 'packageEnded'
      readonly packageId: number
      readonly outcome: PackageOutcome
      readonly message: string
      readonly atMs: number
    }
  | {
      readonly fact: 'migrated'
      readonly id: ItemId
      readonly verdict: Verdict | undefined
      readonly reason: string
      readonly atMs: number
    }
  | {
      readonly fact: 'failed'
      readonly id: ItemId
      readonly stage: FailureStage
      readonly code: ErrorCode
      readonly message: string
      readonly verdict?: Verdict
      readonly atMs: number
    }

/** Paging: items with an id above `afterId`, ascending, at most `limit`. */
export interface ItemQuery {
  readonly afterId: number
  readonly limit: number
  readonly states?: readonly ItemState[]
  readonly kinds?: readonly ItemKind[]
  readonly routes?: readonly Route[]
  readonly hasIssues?: boolean
}

export interface FolderQuery {
  readonly depth: number
  readonly afterId: number
  readonly limit: number
}

/** An item with its folder at the destination and what the destination lists for it. */
export interface PlacedItem {
  readonly item: JournalItem
  readonly parentState: ItemState | undefined
  readonly parentDestItemId: string | undefined
  readonly listed: ListedItem | undefined
}

/** Counts of one state and kind. */
export interface StateTotal {
  readonly state: ItemState
  readonly kind: ItemKind
  readonly itemCount: number
  readonly sizeBytes: number
}

export interface JournalTotals {
  readonly byState: readonly StateTotal[]
  readonly byFailureStage: readonly { readonly stage: FailureStage; readonly kind: ItemKind; readonly itemCount: number }[]
  /** Of files. */
  readonly byVerdict: readonly { readonly verdict: Verdict; readonly itemCount: number }[]
  /** Items that have any issue. */
  readonly withIssues: readonly { readonly kind: ItemKind; readonly itemCount: number }[]
  /** Files that are at the destination, by the route that they took. */
  readonly byRoute: readonly { readonly route: Route; readonly itemCount: number; readonly sizeBytes: number }[]
  readonly attempts: number
  readonly reuploads: number
}

/** Reading half: what screens, reports and the next start need. Never blocks the writer, never sees half a `record`. */
export interface ReadableJournal {
  meta(): JournalMeta
  item(id: ItemId): JournalItem | undefined
  /** By path below the source root. Only after the scan. */
  itemAt(relPath: string): JournalItem | undefined
  /** The way through any number of items with flat memory. */
  items(query: ItemQuery): readonly JournalItem[]
  /** The same with the folder around each item. */
  itemsWithParent(query: ItemQuery): readonly PlacedItem[]
  foldersAtDepth(query: FolderQuery): readonly PlacedItem[]
  /** Of the deepest folder; cheap. */
  folderDepth(): number
  /** One pass over all items; not for every tick. */
  totals(): JournalTotals
  structure(query: { readonly afterSeq: number; readonly limit: number }): readonly (StructureEntry & { readonly seq: number })[]
  /** Listed items that no item of the round accounts for, in folders that this round made. Only after an `arrived` listing. */
  extras(query: { readonly afterItemId: string; readonly limit: number }): readonly ListedItem[]
  close(): void
}

/** The packages of the bulk route. */
export interface PackageJournal {
  packages(query: {
    readonly afterId: number
    readonly limit: number
    readonly states?: readonly PackageState[]
  }): readonly JournalPackage[]
  package(packageId: number): JournalPackage | undefined
  /** Items that are in this package now, by id: folders before their content. */
  packageItems(packageId: number): readonly JournalItem[]
  nextPackageId(): number
}

/** Writing half of the scan. */
export interface ScanJournal {
  /** Forgets the items of a scan that did not end. */
  clearItems(): void
  /** One transaction per call. The root comes first; parents before children. */
  insertItems(items: readonly ScannedItem[]): void
  folder(relPath: string): JournalItem | undefined
  /** Makes the questions about names and levels cheap; after the last insert. Idempotent. */
  indexItems(): void
  /** As of the last `indexItems`. */
  collisionGroups(query: { readonly afterSeq: number; readonly limit: number }): readonly CollisionGroup[]
  /** Items of that folder and key in state `scanned`, by id. */
  itemsNamed(parentId: ItemId, collisionKey: string): readonly JournalItem[]
  isNameTaken(parentId: ItemId, collisionKey: string): boolean
  /** Folders of this depth that only exist for their content, and none of it travels. */
  needlessFolders(query: FolderQuery): readonly ItemId[]
}

/** Writing half of the two listings. One listing exists at a time. */
export interface ListingJournal {
  /** Empties the table; an unfinished listing starts again. */
  beginListing(): void
  /** The same item may come twice; the last word counts. */
  addListed(items: readonly ListedItem[]): void
  endListing(purpose: ListingPurpose): void
  listedItem(itemId: string): ListedItem | undefined
  listedChild(parentItemId: string, collisionKey: string): ListedItem | undefined
  /** With `listed` found by folder and collision key: for the plan. */
  itemsWithExisting(query: ItemQuery): readonly PlacedItem[]
  /** With `listed` found by destination item id: for the proof. */
  itemsWithArrived(query: ItemQuery): readonly PlacedItem[]
}

/**
 * The durable record of one task, shard and round. One writer at a time. When a method returns, its effect survives the death of the
 * process and of the machine; when it throws, nothing of it happened. Errors: JNL_DISK_FULL and JNL_DAMAGED, both `stopTask`.
 */
export interface Journal extends ReadableJournal, ScanJournal, ListingJournal, PackageJournal {
  record(facts: readonly JournalFact[]): void
}

/** Protects secrets at rest. `open` answers undefined when the text was sealed on another machine or by another person. */
export interface Sealer {
  seal(text: string): string
  open(text: string): string | undefined
}
