import { errorCatalogue } from '../../../shared/errorCatalogue.ts'
import type { ReadableJournal, StructureEntry } from '../ports/journal.ts'
import type { ReportTable } from '../ports/reportSink.ts'
import { isoTime } from './itemReports.ts'
import { type Column, tableOf } from './table.ts'
import { roundName } from './words.ts'

const PAGE_ENTRIES = 1_000

const TYPE_WORDS = { library: 'List', folder: 'Folder' } as const satisfies Record<StructureEntry['type'], string>
const OPERATION_WORDS = { created: 'Created', skipped: 'Skipped', updated: 'Updated' } as const satisfies Record<
  StructureEntry['operation'],
  string
>
const STATUS_WORDS = { success: 'Success', failure: 'Failure' } as const satisfies Record<StructureEntry['status'], string>

const structureColumns: readonly Column<StructureEntry>[] = [
  ['Structure type', ({ type }) => TYPE_WORDS[type]],
  ['Structure title', ({ title }) => title],
  ['Operation', ({ operation }) => OPERATION_WORDS[operation]],
  ['Status', ({ status }) => STATUS_WORDS[status]],
  ['Details', ({ details }) => details],
  ['Source structure URL', ({ sourcePath }) => sourcePath],
  ['Destination structure URL', ({ destinationUrl }) => destinationUrl],
  ['Source structure ID', ({ sourceId }) => sourceId],
  ['Destination structure ID', ({ destinationId }) => destinationId],
  ['Time stamp', ({ atMs }) => isoTime(atMs)],
  ['Portage code', ({ errorCode }) => errorCode],
  ['Fix', ({ errorCode }) => (errorCode === undefined ? undefined : errorCatalogue[errorCode].fix)],
]

/** Libraries and folders of the round. Streams. */
export function structureReport(journal: ReadableJournal): ReportTable {
  return tableOf(`StructureReport_${roundName(journal.meta().round)}.csv`, structureColumns, structureEntries(journal))
}

/** Those that failed. To be written only when there are any. */
export function structureFailureReport(journal: ReadableJournal): ReportTable {
  return tableOf(
    `StructureFailureReport_${roundName(journal.meta().round)}.csv`,
    structureColumns,
    failuresOf(structureEntries(journal)),
  )
}

/** All structure failures of many tasks. To be written only when there are any. */
export function structureFailureSummary(journals: Iterable<ReadableJournal>): ReportTable {
  const failures = {
    *[Symbol.iterator]() {
      for (const journal of journals) yield* failuresOf(structureEntries(journal))
    },
  }
  return tableOf('StructureFailureSummary.csv', structureColumns, failures)
}

export function hasStructureFailure(journal: ReadableJournal): boolean {
  for (const _failure of failuresOf(structureEntries(journal))) return true
  return false
}

function structureEntries(journal: ReadableJournal): Iterable<StructureEntry> {
  return {
    *[Symbol.iterator]() {
      for (let afterSeq = 0; ; ) {
        const page = journal.structure({ afterSeq, limit: PAGE_ENTRIES })
        const last = page.at(-1)
        if (last === undefined) return
        afterSeq = last.seq
        yield* page
      }
    },
  }
}

const failuresOf = (entries: Iterable<StructureEntry>): Iterable<StructureEntry> => ({
  *[Symbol.iterator]() {
    for (const entry of entries) if (entry.status === 'failure') yield entry
  },
})
