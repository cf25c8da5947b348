import type { ItemId } from '../../../shared/domain/ids.ts'

/** A folder whose content another row of work takes care of. The folder itself stays an item of this journal; what is below it is none. */
export interface JournalPart {
  /** Of the folder, below the source root; never ''. */
  readonly path: string
  /** Below the place, with its new names. */
  readonly destPath: string
  /** Files that are to travel in it, as the scan saw them. */
  readonly fileCount: number
  readonly sizeBytes: number
  /** Its row surely stands in the list of parts. */
  readonly isListed: boolean
}

export type PartFact =
  /** From here on what is below the folder is not this journal's; also when the part was known before. */
  | { readonly fact: 'delegated'; readonly part: Omit<JournalPart, 'isListed'> }
  | { readonly fact: 'partListed'; readonly path: string }

/** A folder with the files below it, at any depth, that have not begun to travel. */
export interface FolderWork {
  readonly id: ItemId
  readonly path: string
  readonly fileCount: number
  readonly sizeBytes: number
  /** Something below it has begun to travel, or is a part: it cannot be given away whole. */
  readonly hasBegun: boolean
}

/** The parts of a task that was cut. */
export interface PartJournal {
  /** In the order of their paths. */
  parts(): readonly JournalPart[]
  /** Whether the folder with this path is a part. Cheap. */
  isPart(path: string): boolean
  /** Adds up, for every folder, what is below it; after the scan. Returns the work of the root. One pass over all items. */
  measureFolders(): FolderWork | undefined
  /** Folders in a folder with files below them, the heaviest first: by their bytes and so many more for each file. As of the last measure. */
  heaviestFolders(parentId: ItemId, query: { readonly fileWeightBytes: number; readonly limit: number }): readonly FolderWork[]
}
