import type { AccessFinding } from '../access/mapAccess.ts'
import type { ReadableJournal } from '../ports/journal.ts'
import type { JournalAccess } from '../ports/journalAccess.ts'
import type { ReportTable } from '../ports/reportSink.ts'
import { createDestinationPaths, destinationUrlOf, sourcePathOf } from './places.ts'
import { type Column, tableOf } from './table.ts'
import { roundName } from './words.ts'

const PAGE_ENTRIES = 1_000

interface AccessRow {
  readonly sourcePath: string
  readonly destinationUrl: string | undefined
  readonly state: JournalAccess['state']
  readonly account: string | undefined
  readonly role: string | undefined
  readonly note: string | undefined
}

const STATE_WORDS = {
  inherits: 'Inherited',
  planned: 'Waiting',
  resetting: 'Waiting',
  assigned: 'Set',
  failed: 'Not set',
} as const

const columns: readonly Column<AccessRow>[] = [
  ['Source', ({ sourcePath }) => sourcePath],
  ['Destination', ({ destinationUrl }) => destinationUrl],
  ['Permissions', ({ state }) => STATE_WORDS[state]],
  ['Account', ({ account }) => account],
  ['Role', ({ role }) => role],
  ['Note', ({ note }) => note],
]

/** Who may do what with items that have permissions of their own, and everything that did not travel as it was. To be written only when there are any. */
export function accessReport(journal: ReadableJournal): ReportTable {
  return tableOf(`AccessReport_${roundName(journal.meta().round)}.csv`, columns, {
    *[Symbol.iterator]() {
      const { task, place } = journal.meta()
      const pathOf = createDestinationPaths(journal)
      for (let afterId = 0; ; ) {
        const page = journal.access({ afterId, limit: PAGE_ENTRIES })
        const last = page.at(-1)
        if (!last) return
        afterId = last.itemId
        for (const access of page) {
          if (access.state === 'inherits' && access.findings.length === 0) continue
          const item = journal.item(access.itemId)
          if (!item) continue
          const where = {
            sourcePath: sourcePathOf(task?.source.path ?? '', item.relPath),
            destinationUrl: place && destinationUrlOf(place.webUrl, item.depth === 0 ? '' : pathOf(item)),
            state: access.state,
          }
          yield* rowsOf(where, access)
        }
      }
    },
  })
}

export function hasAccessReport(journal: ReadableJournal): boolean {
  const { assigned, failed, withFindings } = journal.accessTotals()
  return assigned + failed + withFindings > 0
}

function* rowsOf(where: Pick<AccessRow, 'sourcePath' | 'destinationUrl' | 'state'>, access: JournalAccess): Generator<AccessRow> {
  const blank = { account: undefined, role: undefined, note: undefined }
  if (access.message !== undefined) yield { ...where, ...blank, note: access.message }
  if (access.state !== 'inherits') {
    for (const [login, role] of access.roles) yield { ...where, ...blank, account: login, role }
    if (access.roles.length === 0 && access.state !== 'failed')
      yield { ...where, ...blank, note: 'Nobody but the owners of the site may open it.' }
  }
  for (const finding of access.findings) yield { ...where, ...blank, ...describeFinding(finding) }
}

function describeFinding(finding: AccessFinding): Pick<AccessRow, 'account' | 'note'> {
  switch (finding.kind) {
    case 'cutByDeny':
      return {
        account: finding.sid,
        note: `Something is refused to ${finding.cutBy.join(', ')}, who may belong to this account as well: it has ${finding.to} instead of ${finding.from}.`,
      }
    case 'cutByShare':
      return {
        account: finding.sid,
        note: `The share lets only some of its members in, and nobody tells which: it has ${finding.to} instead of ${finding.from}.`,
      }
    case 'specialRights':
      return {
        account: finding.sid,
        note: `Beside ${finding.level} it has rights without a counterpart (0x${finding.extraMask.toString(16)}); they stay behind.`,
      }
    case 'widened':
      return { account: finding.sid, note: `The role ${finding.role} can do more than ${finding.level} at the source.` }
    case 'unmapped':
      return { account: finding.sid, note: `It is nobody at the destination; its ${finding.level} access stays behind.` }
    case 'shareUnknown':
      return {
        account: undefined,
        note: 'The permissions of the share itself cannot be read by this account: whoever they hold back may do more afterwards.',
      }
    case 'unclear':
      return {
        account: undefined,
        note: `${finding.entryCount} entries hold under conditions or are not about files; they stay behind.`,
      }
  }
}
