import type { ItemId } from '../../../shared/domain/ids.ts'
import type { JournalItem } from './journalItem.ts'
import type { ListedItem } from './journalRound.ts'

/**
 * What has become of something that an earlier round stored and that is not where it was at the source.
 * `known`: nothing yet. `moving`, `moved`, `inPlace`: it is an item of this round, under way to its new place or there. `made`: a folder that
 * this round made for what moves into it. `stays`: it is not moved, `detail` says why. `reported`, `due`, `held`, `kept`, `recycled`: it is
 * gone from the source and lies at the destination, is to go to the recycle bin, would be more than the task allows, stays because somebody
 * else has a part in it, is in the recycle bin. `absent`: it is not at the destination either. `accounted`: an item of this round is it.
 */
export const FORMER_STATES = [
  'known',
  'moving',
  'moved',
  'inPlace',
  'made',
  'stays',
  'reported',
  'due',
  'held',
  'kept',
  'recycled',
  'absent',
  'accounted',
] as const
export type FormerState = (typeof FORMER_STATES)[number]

/** An item at the destination as the last round that saw it at the source left it. */
export interface FormerItem {
  readonly destItemId: string
  readonly kind: 'file' | 'folder'
  /** Where it was below the source. */
  readonly relPath: string
  /** Name and folder under which it was stored; the folder is undefined when that round did not know it. */
  readonly destName: string
  readonly parentDestItemId: string | undefined
  readonly sizeBytes: number
  readonly createdMs: number | undefined
  readonly modifiedMs: number | undefined
  /** In the numbers that the volume has now. */
  readonly fileId: string | undefined
  readonly quickXorHash: string | undefined
  readonly eTag: string | undefined
  /** The destination held exactly this content in the state `eTag`. */
  readonly wasProved: boolean
  /** Nobody but this task has made it. */
  readonly isOurs: boolean
  /** When its content was read; undefined = nobody knows. */
  readonly readAtMs: number | undefined
  /** The last round that saw it at the source. */
  readonly seenInRound: number
  /** The item of this round that it is; undefined while nobody knows, or when it is none. */
  readonly itemId: ItemId | undefined
  readonly state: FormerState
  readonly detail: string
}

export interface FormerQuery {
  readonly afterId: string
  readonly limit: number
  readonly states?: readonly FormerState[]
  readonly kind?: 'file' | 'folder'
  /** Only those that are an item of this round (true), or are none (false). */
  readonly isMatched?: boolean
}

export type FormerFact =
  /** Which item of this round it is; undefined takes it back. */
  | { readonly fact: 'formerIs'; readonly destItemId: string; readonly id: ItemId | undefined }
  | { readonly fact: 'formerState'; readonly destItemId: string; readonly state: FormerState; readonly detail: string }
  /** It is at its new place, in this state; `eTagBefore` is the one that it had. The listing knows it there from now on. */
  | {
      readonly fact: 'formerMoved'
      readonly destItemId: string
      readonly eTagBefore: string | undefined
      readonly stored: ListedItem
    }

/** Reading half. Journals of releases that did not have it answer as if it were empty. */
export interface ReadableFormer {
  /** By destination id, ascending. */
  formerItems(query: FormerQuery): readonly FormerItem[]
  former(destItemId: string): FormerItem | undefined
  formerOf(id: ItemId): FormerItem | undefined
  /** By the path below the source that it had. */
  formerAt(relPath: string): FormerItem | undefined
  formerCounts(): readonly { readonly state: FormerState; readonly kind: 'file' | 'folder'; readonly itemCount: number }[]
}

/** Writing half of the matching. */
export interface FormerJournal {
  clearFormer(): void
  /** The last word about a destination item counts. */
  addFormer(items: readonly FormerItem[]): void
  /** Recognises by file id and time of creation what the scan found elsewhere; whoever is not the only one is recognised by nobody. */
  matchByFileId(): void
  /**
   * Takes back what was recognised by id of a file whose former path has a file of its own that nobody knew before: whoever saves by renaming
   * keeps the history with the path. Until nothing changes.
   */
  keepReplacedPaths(detail: string): void
  /** Files of the same size as one that is gone, by id. */
  sizeTwins(query: { readonly afterId: number; readonly limit: number }): readonly ItemId[]
  /** Files gone from the source of this size that nobody has recognised. */
  goneOfSize(sizeBytes: number): readonly FormerItem[]
  /** Matched items that are not at their place yet, by depth of the new place; folders first. */
  unplaced(query: { readonly depth: number; readonly kind: 'file' | 'folder'; readonly limit: number }): readonly FormerItem[]
  /** The item of this round that is stored as this one. */
  accountFor(destItemId: string): JournalItem | undefined
}
