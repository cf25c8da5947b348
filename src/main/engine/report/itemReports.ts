import { errorCatalogue, RESULT_CATEGORIES } from '../../../shared/errorCatalogue.ts'
import type { ErrorCode } from '../../../shared/errors.ts'
import type { JournalItem, JournalMeta, ReadableJournal } from '../ports/journal.ts'
import type { Cell, ReportTable } from '../ports/reportSink.ts'
import { lastExtension } from '../scan/typeRules.ts'
import { createDestinationPaths, type DestinationPathOf, destinationUrlOf, sourcePathOf } from './places.ts'
import { type Column, tableOf } from './table.ts'
import { CONTENT_TYPE_WORDS, ITEM_STATE_WORDS, MIGRATED_MESSAGE, roundName } from './words.ts'

/** Items read from the journal at a time. */
const PAGE_ITEMS = 1_000

interface ItemRow {
  readonly item: JournalItem
  readonly destPath: string
  readonly meta: JournalMeta
  /** Of the package that it travelled in. */
  readonly jobId: string | undefined
}

const source: Column<ItemRow> = ['Source', ({ item, meta }) => sourcePathOf(meta.task?.source.path ?? '', item.relPath)]
const destination: Column<ItemRow> = [
  'Destination',
  ({ destPath, meta }) => (meta.place === undefined ? undefined : destinationUrlOf(meta.place.webUrl, destPath)),
]
const identity = (nameColumn: string, sizeColumn: string): readonly Column<ItemRow>[] => [
  source,
  destination,
  [nameColumn, ({ item }) => item.name],
  ['Extension', ({ item }) => (item.kind === 'folder' ? '' : lastExtension(item.name))],
  [sizeColumn, ({ item }) => (item.kind === 'file' ? item.sizeBytes : undefined)],
  ['Content type', ({ item }) => CONTENT_TYPE_WORDS[item.kind]],
  ['Status', ({ item }) => ITEM_STATE_WORDS[item.state]],
  ['Result category', ({ item }) => resultCategory(item)],
  ['Message', ({ item }) => messageOf(item)],
]
const numbers = (roundColumn: string): readonly Column<ItemRow>[] => [
  ['Source item ID', ({ item }) => item.fileId],
  ['Destination item ID', ({ item }) => item.destItemId],
  ['Package number', ({ item }) => item.packageId],
  ['Migration job ID', ({ jobId }) => jobId],
  [roundColumn, ({ meta }) => roundName(meta.round)],
  ['Task ID', ({ meta }) => meta.taskId],
  ['Device name', ({ meta }) => meta.agentName],
]
/** Ours, to the right of Migration Manager's. */
const proof: readonly Column<ItemRow>[] = [
  ['Receipt verdict', ({ item }) => item.verdict],
  ['Verdict reason', ({ item }) => item.verdictReason],
  ['QuickXorHash', ({ item }) => item.quickXorHash],
  ['Attempts', ({ item }) => item.attempts],
  ['Route', ({ item }) => item.route],
  ['Destination name', ({ item }) => (item.destName === item.name ? undefined : item.destName)],
  ['Portage code', ({ item }) => portageCode(item)],
  ['Fix', ({ item }) => fixOf(portageCode(item))],
  ['Created', ({ item }) => isoTime(item.createdMs)],
  ['Modified', ({ item }) => isoTime(item.modifiedMs)],
  ['Duration (seconds)', ({ item }) => durationSeconds(item)],
  [
    'Scan issues',
    ({ item }) => (item.issues.length === 0 ? undefined : item.issues.map((issue) => `${issue.code}: ${issue.detail}`).join(' ')),
  ],
]

const itemColumns: readonly Column<ItemRow>[] = [...identity('File name', 'File size'), ...numbers('Incremental round'), ...proof]
const failureColumns: readonly Column<ItemRow>[] = [
  ...identity('Item name', 'Item size'),
  ['Error code', ({ item }) => mmCodeOf(item.errorCode)],
  ...numbers('Incremental Round'),
  ...proof,
]

/** Every item of the round but the root of the source, which is the destination itself; the root only when it failed. Streams. */
export function itemReport(journal: ReadableJournal): ReportTable {
  const meta = journal.meta()
  return tableOf(`ItemReport_${roundName(meta.round)}.csv`, itemColumns, itemRows(journal, meta, undefined))
}

/** The items that failed. Streams; to be written only when there are any. */
export function itemFailureReport(journal: ReadableJournal): ReportTable {
  const meta = journal.meta()
  return tableOf(`ItemFailureReport_${roundName(meta.round)}.csv`, failureColumns, itemRows(journal, meta, ['failed']))
}

/** A fresh pass over the journal each time it is iterated. */
function itemRows(
  journal: ReadableJournal,
  meta: JournalMeta,
  states: readonly JournalItem['state'][] | undefined,
): Iterable<ItemRow> {
  return {
    *[Symbol.iterator]() {
      const destPathOf: DestinationPathOf = createDestinationPaths(journal)
      const jobOf = createJobIds(journal)
      for (let afterId = 0; ; ) {
        const page = journal.items({ afterId, limit: PAGE_ITEMS, ...(states === undefined ? {} : { states }) })
        const last = page.at(-1)
        if (last === undefined) return
        afterId = last.id
        for (const item of page) {
          if (item.depth === 0 && item.state !== 'failed') continue
          yield { item, destPath: destPathOf(item), meta, jobId: jobOf(item) }
        }
      }
    },
  }
}

/** Items of one package follow each other. */
function createJobIds(journal: ReadableJournal): (item: JournalItem) => string | undefined {
  let last: { readonly packageId: number; readonly jobId: string | undefined } | undefined
  return ({ packageId }) => {
    if (packageId === undefined) return undefined
    if (last?.packageId !== packageId) last = { packageId, jobId: journal.packageJob(packageId) }
    return last.jobId
  }
}

function resultCategory(item: JournalItem): string | undefined {
  if (item.state === 'migrated') return 'Success'
  if (item.state !== 'failed') return undefined
  return RESULT_CATEGORIES[stageOf(item)]
}

/** An item may have failed before anybody knew the stage. */
function stageOf(item: JournalItem): keyof typeof RESULT_CATEGORIES {
  if (item.failureStage !== undefined) return item.failureStage
  return item.errorCode === undefined ? 'scanning' : errorCatalogue[item.errorCode].stage
}

/** As Migration Manager builds it: the category in front of what happened. */
function messageOf(item: JournalItem): string | undefined {
  if (item.state === 'migrated') return MIGRATED_MESSAGE
  const text = item.message ?? (item.errorCode === undefined ? undefined : errorCatalogue[item.errorCode].title)
  return item.state === 'failed' ? `${resultCategory(item)}:${text ?? 'Unknown'}` : text
}

/** The reason of an end, else that the name changed, else the first warning of the scan. */
function portageCode(item: JournalItem): ErrorCode | undefined {
  if (item.errorCode !== undefined) return item.errorCode
  if (item.state === 'migrated' && item.destName !== item.name) return 'RULE_NAME_CHANGED'
  return item.issues[0]?.code
}

const fixOf = (code: ErrorCode | undefined): Cell => (code === undefined ? undefined : errorCatalogue[code].fix)
const mmCodeOf = (code: ErrorCode | undefined): Cell => (code === undefined ? undefined : errorCatalogue[code].mmCode)

/** UTC. Times that no calendar has are left out. */
export function isoTime(valueMs: number | undefined): Cell {
  if (valueMs === undefined) return undefined
  const date = new Date(valueMs)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}

function durationSeconds(item: JournalItem): Cell {
  if (item.startedAtMs === undefined || item.uploadedAtMs === undefined) return undefined
  return Math.max(0, item.uploadedAtMs - item.startedAtMs) / 1000
}
