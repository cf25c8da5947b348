import type { MatrixRow } from '../access/accessMatrix.ts'
import type { ReadableJournal } from '../ports/journal.ts'
import type { JournalAccess, JournalAccount } from '../ports/journalAccess.ts'
import type { ReportTable } from '../ports/reportSink.ts'
import { createDestinationPaths, destinationUrlOf, sourcePathOf } from './places.ts'
import { type Column, tableOf } from './table.ts'
import { roundName } from './words.ts'

const PAGE_ENTRIES = 500

/** One account or person at one place that has permissions of its own, or of which something must be told. */
export interface AccessMatrixEntry extends MatrixRow {
  readonly sourcePath: string
  readonly destinationUrl: string | undefined
  readonly state: JournalAccess['state']
}

const CHANGE_WORDS = { equal: 'Same', less: 'Less', more: 'More', unknown: 'Not known' } as const

const columns: readonly Column<AccessMatrixEntry>[] = [
  ['Source', ({ sourcePath }) => sourcePath],
  ['Destination', ({ destinationUrl }) => destinationUrl],
  ['Account', ({ sid }) => sid],
  ['Name', ({ name }) => name],
  ['Before', ({ before }) => before],
  ['After', ({ state, after }) => (state === 'failed' ? 'as the folder above' : after)],
  ['Change', ({ state, change }) => CHANGE_WORDS[state === 'failed' ? 'unknown' : change]],
]

/** Who could do what at the source and who can do what afterwards, place by place. */
export function accessMatrixReport(journal: ReadableJournal): ReportTable {
  return tableOf(`AccessMatrix_${roundName(journal.meta().round)}.csv`, columns, {
    [Symbol.iterator]: () => accessMatrixEntries(journal),
  })
}

/** In the order of the items, page by page: `after` is the item that was told last. */
export function* accessMatrixEntries(journal: ReadableJournal): Generator<AccessMatrixEntry> {
  const { task, place } = journal.meta()
  const pathOf = createDestinationPaths(journal)
  for (let afterId = 0; ; ) {
    const page = journal.access({ afterId, limit: PAGE_ENTRIES })
    const last = page.at(-1)
    if (!last) return
    afterId = last.itemId
    for (const { itemId, matrix, state } of page) {
      const item = matrix === undefined ? undefined : journal.item(itemId)
      if (!item || matrix === undefined) continue
      const sourcePath = sourcePathOf(task?.source.path ?? '', item.relPath)
      const destinationUrl = place && destinationUrlOf(place.webUrl, item.depth === 0 ? '' : pathOf(item))
      for (const row of matrix) yield { ...row, sourcePath, destinationUrl, state }
    }
  }
}

const WAY_WORDS = {
  mapping: 'Mapping',
  rule: 'Rule',
  sid: 'Directory, by SID',
  userPrincipalName: 'Directory, by user principal name',
  samName: 'Directory, by name and domain',
  members: 'Opened up',
  orphanRule: 'Rule for orphans',
  ambiguous: 'Several answer to it',
  otherDomain: 'Only the name fits, not the domain',
  unknown: 'Nobody knows it',
  notAllowed: 'The directory may not be read',
  notAsked: 'Not looked up',
} as const

const accountColumns: readonly Column<JournalAccount>[] = [
  ['Account', ({ sid }) => sid],
  ['Name', ({ name }) => name],
  ['Becomes', ({ kind, target }) => target ?? kind],
  ['Found by', ({ way }) => WAY_WORDS[way]],
  ['Suggestions', ({ suggestions }) => suggestions.map(({ target }) => target).join('; ')],
  ['Items that list it', ({ listedCount }) => listedCount],
  ['Items that it owns', ({ ownedCount }) => ownedCount],
]

/** Who the accounts of the source are, how each was found, and how many items it concerns. */
export function accountReport(journal: ReadableJournal): ReportTable {
  return tableOf(`IdentityReport_${roundName(journal.meta().round)}.csv`, accountColumns, {
    *[Symbol.iterator]() {
      for (let afterSid = ''; ; ) {
        const page = journal.accounts({ afterSid, limit: PAGE_ENTRIES })
        const last = page.at(-1)
        if (!last) return
        afterSid = last.sid
        yield* page
      }
    },
  })
}

export const hasAccessMatrix = (journal: ReadableJournal): boolean => journal.lastAccessId() > 0
export const hasAccounts = (journal: ReadableJournal): boolean => journal.accounts({ afterSid: '', limit: 1 }).length > 0
