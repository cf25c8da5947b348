import type { ItemId } from '../../../shared/domain/ids.ts'
import type { ErrorCode } from '../../../shared/errors.ts'
import type { JournalFact, JournalItem, ReadableJournal } from '../ports/journal.ts'
import type { ScanRound } from '../run/round.ts'
import type { ItemFilter } from './filters.ts'

const PAGE_ITEMS = 500
const MESSAGE_MAX_CHARACTERS = 1000

type Before = Pick<JournalItem, 'state' | 'errorCode' | 'message'>

/** The journal of the round whose failed items alone are tried; undefined = this round tries everything, or that journal is elsewhere. */
export const retriedRound = ({ task, previous }: ScanRound): ReadableJournal | undefined =>
  task.onlyFailedOf === undefined ? undefined : previous

/** The filter of the task still holds; folders are made again only for what is below them. */
export function withFailedFolders({ task }: Pick<ScanRound, 'task'>, previous: ReadableJournal, filter: ItemFilter): ItemFilter {
  return (entry) => {
    const decided = filter(entry)
    const before = previous.itemAt(entry.relPath)
    const isTried =
      entry.kind !== 'folder' || entry.relPath === '' || (before !== undefined && isRetried(before, task.onlyCauses))
    return decided.kind === 'pass' && !isTried ? { kind: 'parentOnly' } : decided
  }
}

/** After all names are known, so that no item takes the name of a sibling that is left alone. */
export function leaveAllButFailed({ journal, task }: ScanRound, previous: ReadableJournal): void {
  for (let afterId = 0; ; ) {
    const page = journal.items({ afterId, limit: PAGE_ITEMS, states: ['scanned'] })
    const last = page.at(-1)
    if (!last) return
    afterId = last.id
    journal.record(
      page.flatMap(({ id, kind, relPath }): readonly JournalFact[] => {
        if (kind === 'folder') return []
        const before = previous.itemAt(relPath)
        // What was left behind because of its name or place has come under another one.
        if (before === undefined && task.onlyCauses !== undefined) return []
        if (before !== undefined && isRetried(before, task.onlyCauses)) return []
        return [left(id, before)]
      }),
    )
  }
}

function isRetried({ state, errorCode }: Before, causes: readonly ErrorCode[] | undefined): boolean {
  if (state !== 'failed' && (state !== 'skipped' || errorCode === undefined)) return false
  return causes === undefined || (errorCode !== undefined && causes.includes(errorCode))
}

const hasArrived = ({ state, errorCode }: Before): boolean =>
  state === 'migrated' ||
  (state === 'skipped' && errorCode === undefined) ||
  (state === 'filteredOut' && errorCode === 'RULE_ARRIVED_EARLIER')

/** What is still missing for another reason keeps that reason: a round that leaves it alone does not make it good. */
function left(id: ItemId, before: Before | undefined): JournalFact {
  const isMissing = before?.state === 'failed' || (before?.state === 'skipped' && before.errorCode !== undefined)
  if (before && isMissing)
    return {
      fact: 'left',
      id,
      state: 'skipped',
      code: before.errorCode,
      message: `Not tried in this round, left behind since the one before: ${before.message ?? ''}`.slice(
        0,
        MESSAGE_MAX_CHARACTERS,
      ),
    }
  if (before && hasArrived(before))
    return {
      fact: 'left',
      id,
      state: 'filteredOut',
      code: 'RULE_ARRIVED_EARLIER',
      message: 'It arrived in an earlier round; this one tries only what had stayed behind.',
    }
  return {
    fact: 'left',
    id,
    state: 'filteredOut',
    code: 'RULE_FILTERED_OUT',
    message: 'This round tries only what failed in the one before.',
  }
}
