import type { ItemId } from '../../../shared/domain/ids.ts'
import type { FailureStage, ItemKind, ItemState, Route, Verdict } from '../../../shared/domain/item.ts'
import type { AccessJournal } from './journalAccess.ts'
import type { JournalFact } from './journalFact.ts'
import type { FormerJournal, ReadableFormer } from './journalFormer.ts'
import type { CollisionGroup, JournalItem, ScannedItem } from './journalItem.ts'
import type { JournalPackage, PackageState } from './journalPackage.ts'
import type { PartJournal } from './journalPart.ts'
import type { JournalMeta, ListedItem, ListingPurpose, StructureEntry } from './journalRound.ts'

export type { JournalFact } from './journalFact.ts'
export type { CollisionGroup, JournalItem, ScannedItem } from './journalItem.ts'
export {
  type JournalMeta,
  type JournalPlace,
  type ListedItem,
  type ListingPurpose,
  ROUND_STAGES,
  type RoundStage,
  type StructureEntry,
} from './journalRound.ts'

/** Paging: items with an id above `afterId`, ascending, at most `limit`. */
export interface ItemQuery {
  readonly afterId: number
  readonly limit: number
  readonly states?: readonly ItemState[]
  readonly kinds?: readonly ItemKind[]
  readonly routes?: readonly Route[]
  readonly hasIssues?: boolean
  readonly hasErrorCode?: boolean
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
  readonly byVerdict: readonly { readonly verdict: Verdict; readonly kind: ItemKind; readonly itemCount: number }[]
  /** Items that have any issue. */
  readonly withIssues: readonly { readonly kind: ItemKind; readonly itemCount: number }[]
  /** Files that are at the destination, by the route that they took. */
  readonly byRoute: readonly { readonly route: Route; readonly itemCount: number; readonly sizeBytes: number }[]
  readonly attempts: number
  readonly reuploads: number
}

/** Reading half: what screens, reports and the next start need. Never blocks the writer, never sees half a `record`. */
export interface ReadableJournal extends AccessJournal, ReadableFormer, Pick<PartJournal, 'parts' | 'isPart'> {
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
  /** The import job that a package was given to last; for reports. */
  packageJob(packageId: number): string | undefined
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
  /**
   * Makes the questions about names, paths and levels cheap; after the last insert. Idempotent. An entry that was inserted more than once is
   * one row afterwards, with the facts of the last; a folder that travels goes on to, with the issues of the last.
   */
  indexItems(): void
  /** Of the names as they are when the first page is asked for. */
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
export interface Journal extends ReadableJournal, ScanJournal, ListingJournal, FormerJournal, PackageJournal, PartJournal {
  record(facts: readonly JournalFact[]): void
}

/** Protects secrets at rest. `open` answers undefined when the text was sealed on another machine or by another person. */
export interface Sealer {
  seal(text: string): string
  open(text: string): string | undefined
}
