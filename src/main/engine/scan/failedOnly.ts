import type { ReadableJournal } from '../ports/journal.ts'
import type { ScanRound } from '../run/round.ts'
import type { ItemFilter } from './filters.ts'

const PAGE_ITEMS = 500

/** The journal of the round whose failed items alone are tried; undefined = this round tries everything, or that journal is elsewhere. */
export const retriedRound = ({ task, previous }: ScanRound): ReadableJournal | undefined =>
  task.onlyFailedOf === undefined ? undefined : previous

/** The filter of the task still holds; folders are made again only for what is below them. */
export function withFailedFolders(previous: ReadableJournal, filter: ItemFilter): ItemFilter {
  return (entry) => {
    const decided = filter(entry)
    const isRetried = entry.kind !== 'folder' || entry.relPath === '' || previous.itemAt(entry.relPath)?.state === 'failed'
    return decided.kind === 'pass' && !isRetried ? { kind: 'parentOnly' } : decided
  }
}

/** After all names are known, so that no item takes the name of a sibling that is left alone: files that had not failed are left. */
export function leaveAllButFailed({ journal }: ScanRound, previous: ReadableJournal): void {
  for (let afterId = 0; ; ) {
    const page = journal.items({ afterId, limit: PAGE_ITEMS, states: ['scanned'] })
    const last = page.at(-1)
    if (!last) return
    afterId = last.id
    journal.record(
      page
        .filter(({ kind, relPath }) => kind !== 'folder' && previous.itemAt(relPath)?.state !== 'failed')
        .map(({ id }) => ({
          fact: 'left',
          id,
          state: 'filteredOut',
          code: 'RULE_FILTERED_OUT',
          message: 'This round tries only what failed in the one before.',
        })),
    )
  }
}
