import type { Readable } from 'node:stream'
import type { FileContent } from './itemStore.ts'

/** File contents by id. Memory stays bounded whatever the file size: big contents live in files, in memory mode under a temporary folder that is removed at stop. */
export interface ContentStore {
  /** Stores a whole body; computes QuickXorHash on the way. */
  put(body: Readable | Buffer): Promise<FileContent>
  /** An appendable content for upload sessions. `append` stores a fragment only when it arrived whole. */
  open(sessionId: string): ContentDraft
  read(contentId: string, range?: { readonly start: number; readonly endInclusive: number }): Readable
  readAll(contentId: string): Promise<Buffer>
  remove(contentId: string): void
}

export interface ContentDraft {
  readonly receivedBytes: number
  /** All or nothing: a body that breaks or has another length than `lengthBytes` leaves the draft unchanged and throws. */
  append(body: Readable | Buffer, lengthBytes: number): Promise<void>
  finish(): Promise<FileContent>
  discard(): void
}
