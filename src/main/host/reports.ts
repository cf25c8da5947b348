import path from 'node:path'
import type { TaskId } from '../../shared/domain/ids.ts'
import { createCsvReportSink } from '../adapters/csv/csvReportSink.ts'
import { readSqliteJournal } from '../adapters/sqlite/sqliteJournal.ts'
import type { TaskRecord } from '../engine/ports/coordination.ts'
import type { ReadableJournal } from '../engine/ports/journal.ts'
import { roundReports } from '../engine/report/roundReports.ts'
import { hasStructureFailure, structureFailureSummary } from '../engine/report/structureReports.ts'
import { summaryReport, type TaskTotals, totalsOfJournal, totalsOfRecord } from '../engine/report/summaryReports.ts'
import type { Host } from './createHost.ts'
import { bringRound, makeWhole } from './wholeJournal.ts'
import type { WorkFolder } from './workFolder.ts'

export interface ExportedReport {
  readonly path: string
  readonly rowCount: number
}

/**
 * Writes Migration Manager's report set: a folder per task with the reports of every round that has a journal on this machine, and one
 * summary over all tasks. Rounds that were cut are put together first; tasks that are named bring the journal of their last round from wherever
 * it was. Also while tasks run: each file is a consistent picture of its journal. Errors: INPUT_OUTPUT_FOLDER, JNL_DISK_FULL.
 */
export async function exportReports(
  host: Host,
  options: { readonly taskIds: readonly TaskId[] | undefined; readonly folder: string; readonly signal: AbortSignal },
): Promise<readonly ExportedReport[]> {
  const { workFolder } = host.environment
  const records = (await host.tasks.list(options.signal)).filter(({ task }) => options.taskIds?.includes(task.id) ?? true)
  const written: ExportedReport[] = []
  const totals: TaskTotals[] = []
  const failures: ReadableJournal[] = []
  try {
    for (const record of records) {
      options.signal.throwIfAborted()
      const folder = path.join(options.folder, reportFolderName(record))
      let latest: TaskTotals | undefined
      if (options.taskIds) await bringRound(host, record, options.signal)
      for (const round of workFolder.rounds(record.task.id)) {
        await makeWhole(host, record, { round, signal: options.signal })
        const journal = openRound(workFolder, record, round)
        if (!journal) continue
        const sink = createCsvReportSink({ folder })
        for (const table of roundReports(journal)) written.push(await sink.write(table))
        latest = totalsOfJournal(journal) ?? latest
        if (hasStructureFailure(journal)) failures.push(journal)
        else journal.close()
      }
      totals.push(latest && latest.round === record.round ? { ...latest, status: record.status } : totalsOfRecord(record))
    }
    const sink = createCsvReportSink({ folder: options.folder })
    written.push(await sink.write(summaryReport(totals)))
    if (failures.length > 0) written.push(await sink.write(structureFailureSummary(failures)))
    return written
  } finally {
    for (const journal of failures) journal.close()
  }
}

export function openRound(workFolder: WorkFolder, record: TaskRecord, round: number): ReadableJournal | undefined {
  return readSqliteJournal(workFolder.journalFile(record.task.id, round))
}

/** The task's name for people, its id so that two never share a folder. */
export function reportFolderName({ task }: TaskRecord): string {
  const name = task.name
    .replace(/[^\p{L}\p{N} _-]+/gu, '_')
    .slice(0, 60)
    .trim()
  return `${name === '' ? 'task' : name}-${task.id.slice(0, 8)}`
}
