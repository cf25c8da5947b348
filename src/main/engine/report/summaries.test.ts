import { describe, expect, test } from 'vitest'
import { items, journalOf, records, tableNamed, task } from '../testing/reportSamples.ts'
import { createDestinationPaths, destinationUrlOf, sourcePathOf } from './places.ts'
import { structureFailureSummary } from './structureReports.ts'
import { summaryReport, totalsOfJournal, totalsOfRecord } from './summaryReports.ts'

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
