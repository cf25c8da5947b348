import type { TaskId } from '../../shared/domain/ids.ts'
import { readSqliteJournal } from '../adapters/sqlite/sqliteJournal.ts'
import type { ReadableJournal, RoundStage } from '../engine/ports/journal.ts'
import type { WorkFolder } from './workFolder.ts'

/** Stages before anything may have been written to the destination. */
const UNWRITTEN: ReadonlySet<RoundStage> = new Set<RoundStage>(['opened', 'prepared', 'scanned'])

/**
 * The journal of the last round before this one that may have written something: it knows under which names files were stored. A round that
 * only scanned, or was canceled before it began to write, knows nothing of that and is passed over. The caller closes it. Errors: JNL_DAMAGED.
 */
export function readPreviousRound(
  workFolder: Pick<WorkFolder, 'journalFile'>,
  taskId: TaskId,
  round: number,
): ReadableJournal | undefined {
  for (let before = round - 1; before >= 0; before--) {
    const journal = readSqliteJournal(workFolder.journalFile(taskId, before))
    if (journal === undefined) continue
    try {
      if (!UNWRITTEN.has(journal.meta().stage)) return journal
    } catch (thrown) {
      journal.close()
      throw thrown
    }
    journal.close()
  }
  return undefined
}
