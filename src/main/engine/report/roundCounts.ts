import type { FailureStage, ItemState, Verdict } from '../../../shared/domain/item.ts'
import type { JournalItem, ReadableJournal } from '../ports/journal.ts'

/** The numbers of one round, without the root of the source. Every file is in exactly one of the states. */
export interface RoundCounts {
  /** All that is no folder. */
  readonly files: Readonly<Record<ItemState, number>>
  readonly folders: Readonly<Record<ItemState, number>>
  readonly fileBytes: Readonly<Record<ItemState, number>>
  /** Of files. */
  readonly failedAt: Readonly<Record<FailureStage, number>>
  readonly verdicts: Readonly<Record<Verdict, number>>
  /** Folders that were made, and that nobody could see at the end. */
  readonly unprovedFolders: number
  readonly filesWithIssues: number
  readonly foldersWithIssues: number
  readonly reuploads: number
}

const noStates = (): Record<ItemState, number> => ({
  scanned: 0,
  filteredOut: 0,
  skipped: 0,
  planned: 0,
  uploading: 0,
  uploaded: 0,
  migrated: 0,
  failed: 0,
})

/** One pass over the journal. */
export function countRound(journal: ReadableJournal): RoundCounts {
  const totals = journal.totals()
  const files = noStates()
  const folders = noStates()
  const fileBytes = noStates()
  for (const { state, kind, itemCount, sizeBytes } of totals.byState) {
    if (kind === 'folder') folders[state] += itemCount
    else {
      files[state] += itemCount
      if (kind === 'file') fileBytes[state] += sizeBytes
    }
  }
  const root = rootOf(journal)
  if (root !== undefined) folders[root.state]--
  const failedAt: Record<FailureStage, number> = { scanning: 0, reading: 0, packing: 0, uploading: 0, submitting: 0, querying: 0 }
  for (const { stage, kind, itemCount } of totals.byFailureStage) if (kind !== 'folder') failedAt[stage] += itemCount
  // A failure whose stage nobody wrote down was seen by the scan.
  failedAt.scanning += Math.max(0, files.failed - sum(failedAt))
  const verdicts: Record<Verdict, number> = { exact: 0, rewritten: 0, different: 0, unverifiable: 0 }
  let unprovedFolders = 0
  for (const { verdict, kind, itemCount } of totals.byVerdict) {
    if (kind !== 'folder') verdicts[verdict] += itemCount
    else if (verdict === 'unverifiable') unprovedFolders += itemCount
  }
  let filesWithIssues = 0
  let foldersWithIssues = root !== undefined && root.issues.length > 0 ? -1 : 0
  for (const { kind, itemCount } of totals.withIssues) {
    if (kind === 'folder') foldersWithIssues += itemCount
    else filesWithIssues += itemCount
  }
  const { reuploads } = totals
  return { files, folders, fileBytes, failedAt, verdicts, unprovedFolders, filesWithIssues, foldersWithIssues, reuploads }
}

function rootOf(journal: ReadableJournal): JournalItem | undefined {
  const first = journal.items({ afterId: 0, limit: 1 })[0]
  return first?.depth === 0 && first.kind === 'folder' ? first : undefined
}

export const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0)

/** Files that were to arrive: all but those that the scan, a filter, a setting or the destination itself held back. */
export const expectedFiles = ({ files, failedAt }: RoundCounts): number =>
  sum(files) - files.filteredOut - files.skipped - failedAt.scanning
