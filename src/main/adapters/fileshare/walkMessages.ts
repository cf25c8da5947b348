import type { Folder } from './entryJudge.ts'
import type { WalkStep } from './folderWalk.ts'

/** Rows of one batch: large enough that the hand-over costs little, small enough that it starts at once. */
export const BATCH_ROWS = 2000
/** Batches of one thread that may lie between it and the reader; the walk waits beyond that. */
export const BATCHES_IN_FLIGHT = 4

/** `measured` begins with blocking calls and goes on with many in flight when the first folders were slow. */
export type WalkCalls = 'measured' | 'blocking' | 'concurrent'

/** From a walking thread. */
export type WalkMessage =
  | WalkStep
  /** It has nothing to list and waits for folders. */
  | { readonly kind: 'idle' }
  /** The root could not be walked; `errno` is the system's word for it. */
  | { readonly kind: 'failed'; readonly errno: string; readonly message: string }

/** To a walking thread that is idle. */
export interface WalkAssignment {
  readonly folders: readonly Folder[]
}

/** What a thread is started with. */
export interface WalkOrder {
  readonly rootPath: string
  readonly symlinks: 'skip' | 'follow'
  readonly calls: WalkCalls
  /** The first thread begins with the root, the others with what they are given. */
  readonly isFirst: boolean
  /** Shared with the reader; see TAKEN and SHARE_WANTED. */
  readonly control: Int32Array<SharedArrayBuffer>
}

/** Place in `control`: the batches of this thread that the reader has taken. */
export const TAKEN = 0
/** Place in `control`: not 0 while another thread waits for folders. */
export const SHARE_WANTED = 1
