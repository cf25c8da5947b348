import { SECOND_MS } from '../../../shared/units.ts'
import type { JournalMeta, ReadableJournal } from '../ports/journal.ts'
import type { FormerItem } from '../ports/journalFormer.ts'
import type { JournalItem } from '../ports/journalItem.ts'

/** The content and its time are at the destination as they were at the source, whatever the service made of them. */
export function isProved(item: JournalItem): boolean {
  const wasUnchanged = item.state === 'skipped' && item.errorCode === undefined
  return wasUnchanged || item.verdict === 'exact' || item.verdict === 'rewritten'
}

/** Of journals of rounds that are over; they do not change any more, and are asked for every file. */
const beginnings = new WeakMap<ReadableJournal, Pick<JournalMeta, 'round' | 'startedAtMs'>>()

function beginningOf(journal: ReadableJournal): Pick<JournalMeta, 'round' | 'startedAtMs'> {
  const known = beginnings.get(journal)
  if (known) return known
  const { round, startedAtMs } = journal.meta()
  const beginning = { round, startedAtMs }
  beginnings.set(journal, beginning)
  return beginning
}

/** The same with the folder in which it was stored. */
export function placedFormerOf(journal: ReadableJournal, item: JournalItem): FormerItem | undefined {
  const former = formerItemOf(journal, item)
  const parent = former && item.parentId !== undefined ? journal.item(item.parentId) : undefined
  return former && { ...former, parentDestItemId: parent?.destItemId }
}

/** What the journal of an earlier round knows about an item that it found or put at the destination; undefined when that is nothing. */
export function formerItemOf(journal: ReadableJournal, item: JournalItem): FormerItem | undefined {
  const { destItemId, kind } = item
  if (destItemId === undefined || (kind !== 'file' && kind !== 'folder')) return undefined
  const { round, startedAtMs } = beginningOf(journal)
  return {
    destItemId,
    kind,
    relPath: item.relPath,
    destName: item.destName,
    parentDestItemId: undefined,
    sizeBytes: item.sizeBytes,
    createdMs: item.createdMs,
    modifiedMs: item.modifiedMs,
    fileId: item.fileId,
    quickXorHash: item.quickXorHash,
    eTag: item.eTag,
    wasProved: isProved(item),
    isOurs: item.isOurs,
    readAtMs: item.startedAtMs ?? startedAtMs,
    seenInRound: round,
    itemId: undefined,
    state: 'known',
    detail: '',
  }
}

/** The coarsest times of file systems (FAT): a file that changes twice within them has one time and two contents. */
export const TIME_STEP_MS = 2 * SECOND_MS

/** It was read at this time or later; only a file that rested by then shows by its time that it has not changed since. */
export function didRest({ modifiedMs, readAtMs }: Pick<FormerItem, 'modifiedMs' | 'readAtMs'>): boolean {
  return readAtMs !== undefined && modifiedMs !== undefined && modifiedMs + TIME_STEP_MS < readAtMs
}

/** Numbers of volumes change when a share is mounted again; those of files on them do not. */
export function isSameFileId(a: string | undefined, b: string | undefined): boolean {
  return a === undefined || b === undefined ? a === b : a.slice(a.indexOf(':')) === b.slice(b.indexOf(':'))
}
