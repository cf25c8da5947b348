import { describe, expect, test } from 'vitest'
import { type ItemId, taskIdSchema } from '../../../shared/domain/ids.ts'
import { defaultTaskSettings } from '../../../shared/domain/settings.ts'
import { type Task, taskSchema } from '../../../shared/domain/task.ts'
import type { JournalItem, JournalMeta, JournalTotals, ReadableJournal, StructureEntry } from '../ports/journal.ts'
import type { ReportTable } from '../ports/reportSink.ts'
import { createDestinationPaths, destinationUrlOf, sourcePathOf } from './places.ts'
import { roundReports } from './roundReports.ts'
import { structureFailureSummary } from './structureReports.ts'
import { summaryReport, totalsOfJournal, totalsOfRecord } from './summaryReports.ts'

const taskId = taskIdSchema.parse('11111111-2222-4333-8444-555555555555')
const task: Task = taskSchema.parse({
  id: taskId,
  name: 'Finance',
  source: { kind: 'fileShare', path: '\\\\files\\finance' },
  destination: { kind: 'library', siteUrl: 'https://contoso.sharepoint.com/sites/finance', library: 'Documents' },
  settings: defaultTaskSettings(),
  createdAt: '2026-08-20T09:00:00Z',
  createdBy: 'admin',
})
const startMs = Date.UTC(2026, 7, 20, 12)

const meta: JournalMeta = {
  taskId,
  shard: '',
  round: 1,
  task,
  agentName: 'VM-7',
  stage: 'verified',
  place: {
    driveId: 'd',
    rootItemId: 'r',
    webUrl: 'https://contoso.sharepoint.com/sites/finance/Shared%20Documents',
    serverRelativePath: 'sites/finance/Shared Documents',
    isLibraryRoot: true,
    blocksScriptTypes: true,
    isNew: false,
  },
  startedAtMs: startMs,
  endedAtMs: startMs + 90_000,
  status: 'completedWithIssues',
  reason: '1 file failed',
  sentBytes: 0,
  workedMs: 90_000,
  listing: 'arrived',
  spentUnits: { package: 0, session: 0, shared: 0 },
  extraItemCount: 2,
}

function itemOf(id: number, parentId: number | undefined, relPath: string, changes: Partial<JournalItem> = {}): JournalItem {
  const name = relPath.slice(relPath.lastIndexOf('/') + 1)
  return {
    id: id as ItemId,
    parentId: parentId as ItemId | undefined,
    depth: relPath === '' ? 0 : relPath.split('/').length,
    relPath,
    name,
    kind: 'file',
    sizeBytes: 1000,
    createdMs: undefined,
    modifiedMs: Date.UTC(2021, 0, 2, 3, 4, 5),
    isHidden: false,
    fileId: `8:${id}`,
    owner: undefined,
    destName: name,
    collisionKey: name.toUpperCase(),
    issues: [],
    state: 'migrated',
    failureStage: undefined,
    errorCode: undefined,
    message: undefined,
    route: 'session',
    routeReason: undefined,
    wasAtDestination: false,
    isParentOnly: false,
    attempts: 1,
    reuploads: 0,
    deferrals: 0,
    destItemId: `01${id}`,
    eTag: undefined,
    quickXorHash: 'AAAA',
    sessionUrl: 'https://secret.example/upload?tempauth=x',
    sessionExpiresAtMs: undefined,
    acceptedBytes: 0,
    verdict: 'exact',
    verdictReason: 'Size and QuickXorHash agree.',
    areTimesSet: false,
    startedAtMs: startMs,
    uploadedAtMs: startMs + 1500,
    verifiedAtMs: startMs + 9000,
    ...changes,
  } as JournalItem
}

const folder = { kind: 'folder', sizeBytes: 0, verdict: undefined, quickXorHash: undefined, attempts: 0 } as const
const items: readonly JournalItem[] = [
  itemOf(1, undefined, '', { ...folder, name: '' }),
  itemOf(2, 1, 'a:b', { ...folder, destName: 'a_b', issues: [{ code: 'RULE_NAME_CHARACTERS', effect: 'renames', detail: 'x' }] }),
  itemOf(3, 2, 'a:b/plan 50%.docx'),
  itemOf(4, 2, 'a:b/c?.TXT', { destName: 'c_.TXT', verdict: 'rewritten' }),
  itemOf(5, 1, 'open.pst', {
    state: 'failed',
    failureStage: 'reading',
    errorCode: 'SRC_LOCKED',
    message: 'Open in Outlook.',
    verdict: undefined,
    destItemId: undefined,
  }),
  itemOf(6, 1, 'long', {
    state: 'failed',
    errorCode: 'RULE_PATH_TOO_LONG',
    message: '401 characters.',
    verdict: undefined,
    destItemId: undefined,
  }),
  itemOf(7, 1, 'a.tmp', {
    state: 'filteredOut',
    errorCode: 'RULE_FILTERED_OUT',
    message: 'Excluded.',
    verdict: undefined,
    destItemId: undefined,
  }),
  itemOf(8, 1, 'same.txt', { state: 'skipped', message: 'Same content and same time.', verdict: undefined }),
]

const structure: readonly (StructureEntry & { readonly seq: number })[] = [
  {
    seq: 1,
    type: 'folder',
    title: 'a_b',
    operation: 'created',
    status: 'success',
    details: '',
    sourcePath: '\\\\files\\finance\\a:b',
    destinationUrl: 'https://x/a_b',
    sourceId: '8:2',
    destinationId: '012',
    errorCode: undefined,
    atMs: startMs,
  },
  {
    seq: 2,
    type: 'library',
    title: 'Documents',
    operation: 'created',
    status: 'failure',
    details: 'No.',
    sourcePath: '',
    destinationUrl: '',
    sourceId: undefined,
    destinationId: undefined,
    errorCode: 'DST_NO_ACCESS',
    atMs: startMs,
  },
]

function countsOf(all: readonly JournalItem[]): JournalTotals {
  const group = <K extends string>(keyed: readonly (readonly [K, JournalItem])[]) => {
    const sums = new Map<K, { itemCount: number; sizeBytes: number; item: JournalItem }>()
    for (const [key, item] of keyed) {
      const entry = sums.get(key) ?? { itemCount: 0, sizeBytes: 0, item }
      entry.itemCount++
      entry.sizeBytes += item.sizeBytes
      sums.set(key, entry)
    }
    return [...sums.values()]
  }
  return {
    byRoute: [],
    byState: group(all.map((item) => [`${item.state} ${item.kind}`, item] as const)).map(({ itemCount, sizeBytes, item }) => ({
      state: item.state,
      kind: item.kind,
      itemCount,
      sizeBytes,
    })),
    byFailureStage: group(
      all.filter((item) => item.failureStage).map((item) => [`${item.failureStage} ${item.kind}`, item] as const),
    ).flatMap(({ itemCount, item }) => (item.failureStage ? [{ stage: item.failureStage, kind: item.kind, itemCount }] : [])),
    byVerdict: group(all.filter((item) => item.verdict).map((item) => [`${item.verdict} ${item.kind}`, item] as const)).flatMap(
      ({ itemCount, item }) => (item.verdict ? [{ verdict: item.verdict, kind: item.kind, itemCount }] : []),
    ),
    withIssues: group(all.filter((item) => item.issues.length > 0).map((item) => [item.kind, item] as const)).map(
      ({ itemCount, item }) => ({ kind: item.kind, itemCount }),
    ),
    attempts: 5,
    reuploads: 1,
  }
}

function journalOf(all: readonly JournalItem[], entries = structure, changes: Partial<JournalMeta> = {}): ReadableJournal {
  const refuse = () => {
    throw new Error('not needed by reports')
  }
  return {
    meta: () => ({ ...meta, ...changes }),
    item: (id) => all.find((item) => item.id === id),
    itemAt: refuse,
    items: ({ afterId, limit, states }) =>
      all
        .filter((item) => item.id > afterId && (states === undefined || states.includes(item.state)))
        .slice(0, Math.min(limit, 3)),
    itemsWithParent: refuse,
    foldersAtDepth: refuse,
    folderDepth: refuse,
    totals: () => countsOf(all),
    structure: ({ afterSeq, limit }) => entries.filter((entry) => entry.seq > afterSeq).slice(0, Math.min(limit, 1)),
    extras: refuse,
    access: () => [],
    accessOf: () => undefined,
    accessTotals: () => ({ inherits: 0, planned: 0, assigned: 0, failed: 0, withFindings: 0 }),
    lastAccessId: () => 0,
    close: refuse,
  }
}

const allTables = (journal: ReadableJournal) => new Map([...roundReports(journal)].map((table) => [table.fileName, table]))
const tableNamed = (journal: ReadableJournal, fileName: string): ReportTable => {
  const table = allTables(journal).get(fileName)
  if (table === undefined) throw new Error(`${fileName} was not made`)
  return table
}
const records = (table: ReportTable) =>
  [...table.rows].map((row) => Object.fromEntries(table.columns.map((column, index) => [column, row[index]])))

describe('names and columns are Migration Manager’s, ours stand to the right', () => {
  const expected = {
    'ItemReport_R1.csv':
      'Source, Destination, File name, Extension, File size, Content type, Status, Result category, Message, Source item ID, Destination item ID, Package number, Migration job ID, Incremental round, Task ID, Device name',
    'ItemFailureReport_R1.csv':
      'Source, Destination, Item name, Extension, Item size, Content type, Status, Result category, Message, Error code, Source item ID, Destination item ID, Package number, Migration job ID, Incremental Round, Task ID, Device name',
    'ItemSummary_R1.csv':
      'Incremental round, Scanned, Item scan failures, Filtered out items, Expected migrated file count, Read, Packaged, Uploaded, ReUploaded, Submitted, ReSubmitted, Migrated, Failed reading, Failed packing, Failed uploading, Failed submitting, Failed querying, Device name',
    'ScanSummary_R1.csv':
      'Incremental round, Total scanned items, Total scanned folders, Total scanned list items, Total scanned files, Folders with issues, Items with issues, Items filtered out, Folders to be migrated, Items to be migrated, Total items to be migrated, Device name',
    'StructureReport_R1.csv':
      'Structure type, Structure title, Operation, Status, Details, Source structure URL, Destination structure URL, Source structure ID, Destination structure ID, Time stamp',
    'StructureFailureReport_R1.csv':
      'Structure type, Structure title, Operation, Status, Details, Source structure URL, Destination structure URL, Source structure ID, Destination structure ID, Time stamp',
  }
  test.each(Object.entries(expected))('%s', (fileName, columns) => {
    const table = tableNamed(journalOf(items), fileName)
    const theirs = columns.split(', ')
    expect(table.columns.slice(0, theirs.length)).toEqual(theirs)
    expect(new Set(table.columns).size).toBe(table.columns.length)
    for (const row of table.rows) expect(row).toHaveLength(table.columns.length)
  })

  test('SummaryReport.csv', () => {
    const table = summaryReport([])
    const theirs =
      'Task name, Status, Source, Destination, Total scanned items, Total to be migrated items, Migrated items, Items not migrated, Total bytes, Total GB, Migrated bytes, Migrated GB, Agent, Duration (minutes)'.split(
        ', ',
      )
    expect(table.fileName).toBe('SummaryReport.csv')
    expect(table.columns.slice(0, theirs.length)).toEqual(theirs)
  })
})

describe('the item report', () => {
  test('has every item but the root, also over many pages', () => {
    expect(records(tableNamed(journalOf(items), 'ItemReport_R1.csv')).map((row) => row['File name'])).toEqual(
      items.slice(1).map((item) => item.name),
    )
  })

  test('names a file of a renamed folder where it is', () => {
    const row = records(tableNamed(journalOf(items), 'ItemReport_R1.csv'))[1]
    expect(row).toMatchObject({
      Source: '\\\\files\\finance\\a:b\\plan 50%.docx',
      Destination: 'https://contoso.sharepoint.com/sites/finance/Shared%20Documents/a_b/plan%2050%25.docx',
      Extension: 'docx',
      'File size': 1000,
      'Content type': 'File',
      Status: 'Migrated',
      Message: 'Migrated Successfully',
      'Source item ID': '8:3',
      'Destination item ID': '013',
      'Incremental round': 'R1',
      'Task ID': taskId,
      'Device name': 'VM-7',
      'Receipt verdict': 'exact',
      QuickXorHash: 'AAAA',
      Attempts: 1,
      Route: 'session',
      'Destination name': undefined,
      'Portage code': undefined,
      Modified: '2021-01-02T03:04:05.000Z',
      'Duration (seconds)': 1.5,
    })
  })

  test('shows both names of what was renamed', () => {
    expect(records(tableNamed(journalOf(items), 'ItemReport_R1.csv'))[2]).toMatchObject({
      'File name': 'c?.TXT',
      'Destination name': 'c_.TXT',
      'Portage code': 'RULE_NAME_CHANGED',
    })
  })

  test('never shows the address of an upload session', () => {
    for (const table of allTables(journalOf(items)).values()) expect(JSON.stringify([...table.rows])).not.toContain('tempauth')
  })

  test('a table can be read twice', () => {
    const table = tableNamed(journalOf(items), 'ItemReport_R1.csv')
    expect([...table.rows]).toEqual([...table.rows])
  })
})

test('the failure report has the failed items, with Migration Manager’s codes, its way of messages and our fix', () => {
  const rows = records(tableNamed(journalOf(items), 'ItemFailureReport_R1.csv'))
  expect(rows).toMatchObject([
    {
      'Item name': 'open.pst',
      Status: 'Failed',
      'Result category': 'Failed to Read the File',
      Message: 'Failed to Read the File:Open in Outlook.',
      'Error code': '0x0204000D',
      'Portage code': 'SRC_LOCKED',
    },
    {
      'Item name': 'long',
      'Result category': 'Scan File Failure',
      Message: 'Scan File Failure:401 characters.',
      'Error code': '0x0111000B',
      Fix: expect.stringContaining('Shorten'),
    },
  ])
})

test('a source whose root failed is in the reports', () => {
  const root = itemOf(1, undefined, '', { ...folder, name: '', state: 'failed', errorCode: 'SRC_NO_ACCESS', message: 'Denied.' })
  expect(records(tableNamed(journalOf([root]), 'ItemFailureReport_R1.csv'))).toMatchObject([
    { Source: '\\\\files\\finance', Message: 'Scan File Failure:Denied.' },
  ])
})

test('failure reports are made only when something failed', () => {
  const good = journalOf(
    items.filter((item) => item.state !== 'failed'),
    structure.slice(0, 1),
  )
  expect([...allTables(good).keys()]).toEqual([
    'ScanSummary_R1.csv',
    'ItemSummary_R1.csv',
    'ItemReport_R1.csv',
    'StructureReport_R1.csv',
  ])
})

test('the item summary balances: scanned = scan failures + filtered out + expected, expected = migrated + failed later', () => {
  const row = records(tableNamed(journalOf(items), 'ItemSummary_R1.csv'))[0]
  expect(row).toMatchObject({
    Scanned: 6,
    'Item scan failures': 1,
    'Filtered out items': 2,
    'Expected migrated file count': 3,
    Read: 2,
    Packaged: 2,
    Uploaded: 2,
    ReUploaded: 1,
    Submitted: 2,
    Migrated: 2,
    'Failed reading': 1,
    Skipped: 1,
    'Not finished': 0,
    'Unexpected at destination': 2,
    'Receipts exact': 1,
    'Receipts rewritten': 1,
  })
})

test('the scan summary leaves the root out', () => {
  expect(records(tableNamed(journalOf(items), 'ScanSummary_R1.csv'))).toMatchObject([
    {
      'Total scanned items': 7,
      'Total scanned folders': 1,
      'Total scanned files': 6,
      'Folders with issues': 1,
      'Items with issues': 0,
      'Items filtered out': 2,
      'Folders to be migrated': 1,
      'Items to be migrated': 3,
      'Total items to be migrated': 4,
    },
  ])
})

test('structure reports tell what was made and what failed', () => {
  const rows = records(tableNamed(journalOf(items), 'StructureReport_R1.csv'))
  expect(rows).toMatchObject([
    { 'Structure type': 'Folder', Operation: 'Created', Status: 'Success', 'Time stamp': '2026-08-20T12:00:00.000Z' },
    { 'Structure type': 'List', Status: 'Failure', Details: 'No.', 'Portage code': 'DST_NO_ACCESS' },
  ])
  expect(records(tableNamed(journalOf(items), 'StructureFailureReport_R1.csv'))).toHaveLength(1)
  expect(records(structureFailureSummary([journalOf(items), journalOf(items)]))).toHaveLength(2)
})

describe('the summary report', () => {
  test('from journals', () => {
    const totals = totalsOfJournal(journalOf(items))
    if (totals === undefined) throw new Error('no totals')
    expect(records(summaryReport([totals]))).toMatchObject([
      {
        'Task name': 'Finance',
        Status: 'Warning',
        Source: '\\\\files\\finance',
        Destination: 'https://contoso.sharepoint.com/sites/finance/Documents',
        'Total scanned items': 6,
        'Total to be migrated items': 3,
        'Migrated items': 2,
        'Items not migrated': 1,
        'Total bytes': 6000,
        'Migrated bytes': 2000,
        'Total GB': 0,
        Agent: 'VM-7',
        'Duration (minutes)': 1.5,
        'Incremental round': 'R1',
        'Receipts rewritten': 1,
      },
    ])
    expect(totalsOfJournal(journalOf([], [], { task: undefined }))).toBeUndefined()
  })

  test('from the task list, for tasks of other machines', () => {
    const record = {
      task,
      status: 'queued',
      round: 0,
      owner: undefined,
      epoch: 0,
      heartbeatAt: undefined,
      progress: undefined,
      reason: undefined,
      request: undefined,
      eTag: '',
      modifiedAt: '',
    } as const
    expect(records(summaryReport([totalsOfRecord(record)]))).toMatchObject([
      { Status: 'Queued', 'Total scanned items': 0, 'Total to be migrated items': undefined, 'Items not migrated': undefined },
    ])
  })
})

describe('places', () => {
  test.each([
    ['\\\\files\\x', 'a/b', '\\\\files\\x\\a\\b'],
    ['C:\\', 'a/b', 'C:\\a\\b'],
    ['D:/data', 'a', 'D:/data\\a'],
    ['/srv/share', 'a/b', '/srv/share/a/b'],
    ['/', 'a', '/a'],
    ['/srv/share', 'back\\slash', '/srv/share/back\\slash'],
    ['/srv/share', '', '/srv/share'],
  ])('%s and %s are %s', (root, relPath, expected) => expect(sourcePathOf(root, relPath)).toBe(expected))

  test('URLs are encoded by segment and survive half characters', () => {
    expect(destinationUrlOf('https://h/l/', 'a b/#%?\ud800')).toBe('https://h/l/a%20b/%23%25%3F%EF%BF%BD')
    expect(destinationUrlOf('https://h/l', '')).toBe('https://h/l')
  })

  test('paths follow renamed folders and ask for each folder once', () => {
    let asked = 0
    const pathOf = createDestinationPaths({
      item: (id) => {
        asked++
        return items.find((item) => item.id === id)
      },
    })
    const [, , plan, text] = items
    if (plan === undefined || text === undefined) throw new Error('no items')
    expect([pathOf(plan), pathOf(text)]).toEqual(['a_b/plan 50%.docx', 'a_b/c_.TXT'])
    expect(asked).toBe(2)
  })
})
