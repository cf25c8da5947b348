import { describeDestination, type Task, type TaskStatus } from '../../../shared/domain/task.ts'
import { GIB, MINUTE_MS } from '../../../shared/units.ts'
import type { TaskRecord } from '../ports/coordination.ts'
import type { JournalMeta, ReadableJournal } from '../ports/journal.ts'
import type { ReportTable } from '../ports/reportSink.ts'
import { isoTime } from './itemReports.ts'
import { countRound, expectedFiles, type RoundCounts, sum } from './roundCounts.ts'
import { type Column, tableOf } from './table.ts'
import { roundName, TASK_STATUS_WORDS } from './words.ts'

interface RoundRow {
  readonly meta: JournalMeta
  readonly counts: RoundCounts
}

/** Files that came past a stage, and those that a later one lost. A file that is on its way counts where it is. */
function pipeline({ files, failedAt }: RoundCounts) {
  const submitted = files.uploaded + files.migrated + failedAt.submitting + failedAt.querying
  const uploaded = submitted + files.uploading + failedAt.uploading
  return { submitted, uploaded, read: uploaded + failedAt.packing }
}

const itemSummaryColumns: readonly Column<RoundRow>[] = [
  ['Incremental round', ({ meta }) => roundName(meta.round)],
  ['Scanned', ({ counts }) => sum(counts.files)],
  ['Item scan failures', ({ counts }) => counts.failedAt.scanning],
  ['Filtered out items', ({ counts }) => counts.files.filteredOut + counts.files.skipped],
  ['Expected migrated file count', ({ counts }) => expectedFiles(counts)],
  ['Read', ({ counts }) => pipeline(counts).read],
  // Nothing is packed on the session route: what was read is ready to be uploaded.
  ['Packaged', ({ counts }) => pipeline(counts).uploaded],
  ['Uploaded', ({ counts }) => pipeline(counts).uploaded],
  ['ReUploaded', ({ counts }) => counts.reuploads],
  ['Submitted', ({ counts }) => pipeline(counts).submitted],
  ['ReSubmitted', () => 0],
  ['Migrated', ({ counts }) => counts.files.migrated],
  ['Failed reading', ({ counts }) => counts.failedAt.reading],
  ['Failed packing', ({ counts }) => counts.failedAt.packing],
  ['Failed uploading', ({ counts }) => counts.failedAt.uploading],
  ['Failed submitting', ({ counts }) => counts.failedAt.submitting],
  ['Failed querying', ({ counts }) => counts.failedAt.querying],
  ['Device name', ({ meta }) => meta.agentName],
  ['Skipped', ({ counts }) => counts.files.skipped],
  ['Not finished', ({ counts }) => counts.files.scanned + counts.files.planned + counts.files.uploading + counts.files.uploaded],
  ...verdictColumns<RoundRow>(({ counts }) => counts.verdicts),
  ['Unexpected at destination', ({ meta }) => meta.extraItemCount],
]

function verdictColumns<Row>(verdictsOf: (row: Row) => RoundCounts['verdicts'] | undefined): readonly Column<Row>[] {
  return [
    ['Receipts exact', (row) => verdictsOf(row)?.exact],
    ['Receipts rewritten', (row) => verdictsOf(row)?.rewritten],
    ['Receipts different', (row) => verdictsOf(row)?.different],
    ['Receipts unverifiable', (row) => verdictsOf(row)?.unverifiable],
  ]
}

/** One row: what became of the files of the round. The states of all files add up to `Scanned`. */
export function itemSummary(journal: ReadableJournal): ReportTable {
  const row = { meta: journal.meta(), counts: countRound(journal) }
  return tableOf(`ItemSummary_${roundName(row.meta.round)}.csv`, itemSummaryColumns, [row])
}

const foldersToMigrate = ({ folders }: RoundCounts): number =>
  sum(folders) - folders.filteredOut - folders.skipped - folders.failed

const scanSummaryColumns: readonly Column<RoundRow>[] = [
  ['Incremental round', ({ meta }) => roundName(meta.round)],
  ['Total scanned items', ({ counts }) => sum(counts.files) + sum(counts.folders)],
  ['Total scanned folders', ({ counts }) => sum(counts.folders)],
  ['Total scanned list items', () => 0],
  ['Total scanned files', ({ counts }) => sum(counts.files)],
  ['Folders with issues', ({ counts }) => counts.foldersWithIssues],
  ['Items with issues', ({ counts }) => counts.filesWithIssues],
  ['Items filtered out', ({ counts }) => counts.files.filteredOut + counts.files.skipped],
  ['Folders to be migrated', ({ counts }) => foldersToMigrate(counts)],
  ['Items to be migrated', ({ counts }) => expectedFiles(counts)],
  ['Total items to be migrated', ({ counts }) => foldersToMigrate(counts) + expectedFiles(counts)],
  ['Device name', ({ meta }) => meta.agentName],
  ['Total bytes', ({ counts }) => sum(counts.fileBytes)],
  ['Items skipped', ({ counts }) => counts.files.skipped],
  ['Items that fail the scan', ({ counts }) => counts.failedAt.scanning],
]

/** One row: what the scan found. */
export function scanSummary(journal: ReadableJournal): ReportTable {
  const row = { meta: journal.meta(), counts: countRound(journal) }
  return tableOf(`ScanSummary_${roundName(row.meta.round)}.csv`, scanSummaryColumns, [row])
}

/** Totals of one task, from its journal or from the shared task list. */
export interface TaskTotals {
  readonly task: Task
  readonly status: TaskStatus
  readonly round: number
  readonly agentName: string | undefined
  readonly scannedFiles: number
  /** undefined while the plan is not made. */
  readonly plannedFiles: number | undefined
  readonly migratedFiles: number
  readonly scannedBytes: number
  readonly migratedBytes: number
  readonly failedFiles: number
  readonly durationMs: number | undefined
  readonly verdicts: RoundCounts['verdicts'] | undefined
  readonly startedAtMs: number | undefined
  readonly endedAtMs: number | undefined
  readonly reason: string | undefined
}

/** undefined before the round knows its task. */
export function totalsOfJournal(journal: ReadableJournal): TaskTotals | undefined {
  const meta = journal.meta()
  if (meta.task === undefined) return undefined
  const counts = countRound(journal)
  return {
    task: meta.task,
    status: meta.status ?? 'inProgress',
    round: meta.round,
    agentName: meta.agentName,
    scannedFiles: sum(counts.files),
    plannedFiles: expectedFiles(counts),
    migratedFiles: counts.files.migrated,
    scannedBytes: sum(counts.fileBytes),
    migratedBytes: counts.fileBytes.migrated,
    failedFiles: counts.files.failed,
    durationMs: meta.workedMs,
    verdicts: counts.verdicts,
    startedAtMs: meta.startedAtMs,
    endedAtMs: meta.endedAtMs,
    reason: meta.reason,
  }
}

/** For tasks whose journal is on another machine. */
export function totalsOfRecord(record: TaskRecord): TaskTotals {
  const { task, status, round, owner, progress, reason } = record
  return {
    task,
    status,
    round,
    agentName: owner,
    scannedFiles: progress?.scannedFiles ?? 0,
    plannedFiles: progress?.plannedFiles,
    migratedFiles: progress?.migratedFiles ?? 0,
    scannedBytes: progress?.scannedBytes ?? 0,
    migratedBytes: progress?.migratedBytes ?? 0,
    failedFiles: progress?.failedFiles ?? 0,
    durationMs: undefined,
    verdicts: undefined,
    startedAtMs: undefined,
    endedAtMs: undefined,
    reason,
  }
}

const gigabytes = (bytes: number): number => Math.round((bytes / GIB) * 1000) / 1000

const summaryColumns: readonly Column<TaskTotals>[] = [
  ['Task name', ({ task }) => task.name],
  ['Status', ({ status }) => TASK_STATUS_WORDS[status]],
  ['Source', ({ task }) => task.source.path],
  ['Destination', ({ task }) => describeDestination(task.destination)],
  ['Total scanned items', ({ scannedFiles }) => scannedFiles],
  ['Total to be migrated items', ({ plannedFiles }) => plannedFiles],
  ['Migrated items', ({ migratedFiles }) => migratedFiles],
  [
    'Items not migrated',
    ({ plannedFiles, migratedFiles }) => (plannedFiles === undefined ? undefined : plannedFiles - migratedFiles),
  ],
  ['Total bytes', ({ scannedBytes }) => scannedBytes],
  ['Total GB', ({ scannedBytes }) => gigabytes(scannedBytes)],
  ['Migrated bytes', ({ migratedBytes }) => migratedBytes],
  ['Migrated GB', ({ migratedBytes }) => gigabytes(migratedBytes)],
  ['Agent', ({ agentName }) => agentName],
  [
    'Duration (minutes)',
    ({ durationMs }) => (durationMs === undefined ? undefined : Math.round((durationMs / MINUTE_MS) * 100) / 100),
  ],
  ['Incremental round', ({ round }) => roundName(round)],
  ['Task ID', ({ task }) => task.id],
  ['Failed items', ({ failedFiles }) => failedFiles],
  ...verdictColumns<TaskTotals>(({ verdicts }) => verdicts),
  ['Started', ({ startedAtMs }) => isoTime(startedAtMs)],
  ['Ended', ({ endedAtMs }) => isoTime(endedAtMs)],
  ['Reason', ({ reason }) => reason],
]

/** One row per task. */
export function summaryReport(totals: Iterable<TaskTotals>): ReportTable {
  return tableOf('SummaryReport.csv', summaryColumns, totals)
}
