import type { ReadableJournal } from '../ports/journal.ts'
import type { ReportTable } from '../ports/reportSink.ts'
import { accessMatrixReport, accountReport, hasAccessMatrix, hasAccounts } from './accessMatrixReport.ts'
import { accessReport, hasAccessReport } from './accessReport.ts'
import { itemFailureReport, itemReport } from './itemReports.ts'
import { hasRemovalReport, removalReport } from './removalReport.ts'
import { hasStructureFailure, structureFailureReport, structureReport } from './structureReports.ts'
import { itemSummary, scanSummary } from './summaryReports.ts'

/**
 * All reports of one round, one after the other and each streaming from the journal; the failure reports only when something failed, as
 * Migration Manager does. Each table may be written before the next is asked for. [mm-reports]
 */
export function* roundReports(journal: ReadableJournal): Generator<ReportTable> {
  yield scanSummary(journal)
  yield itemSummary(journal)
  yield itemReport(journal)
  if (journal.items({ afterId: 0, limit: 1, states: ['failed'] }).length > 0) yield itemFailureReport(journal)
  yield structureReport(journal)
  if (hasStructureFailure(journal)) yield structureFailureReport(journal)
  if (hasAccessReport(journal)) yield accessReport(journal)
  if (hasRemovalReport(journal)) yield removalReport(journal)
  if (hasAccessMatrix(journal)) yield accessMatrixReport(journal)
  if (hasAccounts(journal)) yield accountReport(journal)
}
