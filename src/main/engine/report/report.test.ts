import { describe, expect, test } from 'vitest'
import { allTables, folder, itemOf, items, journalOf, records, structure, tableNamed, taskId } from '../testing/reportSamples.ts'
import { summaryReport } from './summaryReports.ts'

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

  test('names package and import job of what travelled in one', () => {
    const packed = [...items.slice(0, 2), { ...itemOf(90, 1, 'packed.txt'), route: 'package' as const, packageId: 3 }]
    const rows = records(tableNamed(journalOf(packed), 'ItemReport_R1.csv'))
    expect(rows.map((row) => [row['Package number'], row['Migration job ID']])).toEqual([
      [undefined, undefined],
      [3, 'job of package 3'],
    ])
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
