import type { EntryColumns } from './entryColumns.ts'

/** Rows of one batch: large enough that the hand-over costs little, small enough that it starts at once. */
export const BATCH_ROWS = 2000
/** Batches that may lie between the threads; the walk waits for the reader beyond that. */
export const BATCHES_IN_FLIGHT = 4

/** `measured` begins with blocking calls and goes on with many in flight when the first folders were slow. */
export type WalkCalls = 'measured' | 'blocking' | 'concurrent'

export type WalkMessage =
  | { readonly kind: 'batch'; readonly columns: EntryColumns }
  | { readonly kind: 'end' }
  /** The root could not be walked; `errno` is the system's word for it. */
  | { readonly kind: 'failed'; readonly errno: string; readonly message: string }

/** What the thread is started with. */
export interface WalkOrder {
  readonly rootPath: string
  readonly symlinks: 'skip' | 'follow'
  readonly calls: WalkCalls
  /** One shared number: the batches that the reader has taken. */
  readonly taken: Int32Array<SharedArrayBuffer>
}
