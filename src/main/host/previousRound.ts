import type { TaskId } from '../../shared/domain/ids.ts'
import { readSqliteJournal } from '../adapters/sqlite/sqliteJournal.ts'
import type { ReadableJournal, RoundStage } from '../engine/ports/journal.ts'
import type { WorkFolder } from './workFolder.ts'

/** Stages before anything was planned; what was moved by then is found where it is. */
const UNWRITTEN: ReadonlySet<RoundStage> = new Set<RoundStage>(['opened', 'prepared', 'scanned', 'matched', 'moved'])

export const isBeforeWriting = (stage: RoundStage): boolean => UNWRITTEN.has(stage)

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
      if (!isBeforeWriting(journal.meta().stage)) return journal
    } catch (thrown) {
      journal.close()
      throw thrown
    }
    journal.close()
  }
  return undefined
}
