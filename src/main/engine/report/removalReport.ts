import type { ReadableJournal } from '../ports/journal.ts'
import type { FormerItem, FormerState } from '../ports/journalFormer.ts'
import type { ReportTable } from '../ports/reportSink.ts'
import { isoTime } from './itemReports.ts'
import { sourcePathOf } from './places.ts'
import { type Column, tableOf } from './table.ts'
import { CONTENT_TYPE_WORDS, roundName } from './words.ts'

const PAGE_ITEMS = 1_000

/** What a person wants to see of all that earlier rounds stored; the rest is as it was, or has moved. */
const TOLD: ReadonlyMap<FormerState, string> = new Map<FormerState, string>([
  ['reported', 'Is at the destination'],
  ['due', 'Goes to the recycle bin'],
  ['held', 'Waits for a decision'],
  ['kept', 'Stays at the destination'],
  ['recycled', 'In the recycle bin'],
])

interface RemovalRow {
  readonly former: FormerItem
  readonly sourceRoot: string
}

const columns: readonly Column<RemovalRow>[] = [
  ['Source', ({ former, sourceRoot }) => sourcePathOf(sourceRoot, former.relPath)],
  ['Destination name', ({ former }) => former.destName],
  ['Destination item ID', ({ former }) => former.destItemId],
  ['Content type', ({ former }) => CONTENT_TYPE_WORDS[former.kind]],
  ['Item size (bytes)', ({ former }) => (former.kind === 'file' ? former.sizeBytes : undefined)],
  ['Modified', ({ former }) => isoTime(former.modifiedMs)],
  ['Last seen at the source in', ({ former }) => roundName(former.seenInRound)],
  ['Status', ({ former }) => TOLD.get(former.state)],
  ['Message', ({ former }) => former.detail],
]

/** What is gone from the source and was stored by an earlier round. To be written only when there is any. Streams. */
export function removalReport(journal: ReadableJournal): ReportTable {
  const { round, task } = journal.meta()
  return tableOf(`RemovalReport_${roundName(round)}.csv`, columns, {
    *[Symbol.iterator]() {
      for (let afterId = ''; ; ) {
        const page = journal.formerItems({ afterId, limit: PAGE_ITEMS, states: [...TOLD.keys()] })
        const last = page.at(-1)
        if (!last) return
        afterId = last.destItemId
        for (const former of page) yield { former, sourceRoot: task?.source.path ?? '' }
      }
    },
  })
}

export const hasRemovalReport = (journal: ReadableJournal): boolean => journal.formerCounts().some(({ state }) => TOLD.has(state))
