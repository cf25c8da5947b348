import type { TaskProgress } from '../../../shared/domain/progress.ts'
import type { TaskStatus } from '../../../shared/domain/task.ts'
import type { MigrationError } from '../../../shared/errors.ts'
import type { ItemQuery, JournalItem, ReadableJournal } from '../ports/journal.ts'
import { countRound, type RoundCounts } from '../report/roundCounts.ts'

/** How one round ended, or where it stopped. */
export interface RoundOutcome {
  readonly status: TaskStatus
  /** In words; undefined when everything arrived and was proved. */
  readonly reason: string | undefined
  /** What stopped it; undefined when it ended by itself or was asked to stop. */
  readonly error: MigrationError | undefined
  /** The same round goes on from its journal when it is run again. */
  readonly isResumable: boolean
  readonly counts: RoundCounts
  readonly extraItemCount: number
  readonly progress: TaskProgress
}

/**
 * The verdict on a round whose stages have all ended. `completed` only when every item that was to travel is proved, and nothing else lies in
 * folders that the round made; otherwise the reason says what is missing.
 */
export function judgeRound(journal: ReadableJournal): { readonly status: TaskStatus; readonly reason: string | undefined } {
  const counts = countRound(journal)
  const { extraItemCount } = journal.meta()
  const access = journal.accessTotals()
  const findings = [
    counted(counts.files.failed, 'file has', 'files have', 'failed'),
    counted(counts.folders.failed, 'folder has', 'folders have', 'failed'),
    counted(leftForAReason(journal), 'item was', 'items were', 'left behind'),
    counted(counts.verdicts.unverifiable, 'file', 'files', 'cannot be proved'),
    counted(counts.unprovedFolders, 'folder', 'folders', 'cannot be proved'),
    counted(foldersWithoutTimes(journal), 'folder', 'folders', 'did not get the times of the source'),
    counted(
      counts.files.planned + counts.files.uploading + counts.files.uploaded,
      'file has',
      'files have',
      'not come to an end',
    ),
    counted(access.failed, 'item has', 'items have', 'not got its own permissions'),
    counted(access.withFindings, 'item gives', 'items give', 'other access than at the source, as the access report says'),
    counted(
      heldDeletions(journal),
      'item',
      'items',
      'gone from the source would go to the recycle bin, more than the task allows at once',
    ),
    counted(extraItemCount, 'item lies', 'items lie', 'at the destination that this round did not put there'),
  ].filter((finding) => finding !== undefined)
  if (findings.length === 0) return { status: 'completed', reason: undefined }
  return { status: 'completedWithIssues', reason: `${findings.join('; ')}.` }
}

function counted(count: number, one: string, many: string, what: string): string | undefined {
  return count === 0 ? undefined : `${count} ${count === 1 ? one : many} ${what}`
}

function heldDeletions(journal: ReadableJournal): number {
  return journal.formerCounts().reduce((sum, { state, itemCount }) => (state === 'held' ? sum + itemCount : sum), 0)
}

const PAGE_ITEMS = 1000

/** Skipped with an error code: the content did not arrive although no filter asked for that. Unchanged files have none. */
function leftForAReason(journal: ReadableJournal): number {
  return countItems(journal, { states: ['skipped'] }, ({ errorCode }) => errorCode !== undefined)
}

function foldersWithoutTimes(journal: ReadableJournal): number {
  return countItems(journal, { states: ['migrated'], kinds: ['folder'], hasIssues: true }, ({ issues }) =>
    issues.some(({ code }) => code === 'DST_TIMES_NOT_SET'),
  )
}

function countItems(
  journal: ReadableJournal,
  among: Omit<ItemQuery, 'afterId' | 'limit'>,
  counts: (item: JournalItem) => boolean,
): number {
  let count = 0
  for (let afterId = 0; ; ) {
    const page = journal.items({ ...among, afterId, limit: PAGE_ITEMS })
    const last = page.at(-1)
    if (!last) return count
    afterId = last.id
    count += page.filter(counts).length
  }
}
