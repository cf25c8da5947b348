import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openSqliteJournal } from '../../adapters/sqlite/sqliteJournal.ts'
import type { Journal } from '../ports/journal.ts'
import type { Cell, ReportTable } from '../ports/reportSink.ts'
import { runTest } from '../testing/engineKit.ts'
import { MemoryDestination } from '../testing/memoryDestination.ts'
import { MemorySource } from '../testing/memorySource.ts'
import { roundReports } from './roundReports.ts'

/** Reports of rounds that the engine really ran, from the journal that it really wrote. */

let folder: string
const journals: Journal[] = []
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-reports-'))
})
afterEach(() => {
  for (const journal of journals.splice(0)) journal.close()
  fs.rmSync(folder, { recursive: true, force: true })
})

function openJournal(round: number): Journal {
  const journal = openSqliteJournal(path.join(folder, `R${round}.sqlite`), {
    sealer: { seal: (text) => text, open: (text) => text },
  })
  journals.push(journal)
  return journal
}

const reportsOf = (journal: Journal) => new Map([...roundReports(journal)].map((table) => [table.fileName, records(table)]))
const records = (table: ReportTable): Record<string, Cell>[] =>
  [...table.rows].map((row) => Object.fromEntries(table.columns.map((column, index) => [column, row[index]])))
const numberIn = (row: Record<string, Cell> | undefined, column: string): number => {
  const cell = row?.[column]
  if (typeof cell !== 'number') throw new Error(`${column} is ${String(cell)}`)
  return cell
}

/** Every file is accounted for, and the rows agree with the totals. */
function expectBalance(reports: Map<string, Record<string, Cell>[]>, round: string): void {
  const items = reports.get(`ItemReport_${round}.csv`) ?? []
  const files = items.filter((row) => row['Content type'] !== 'Folder')
  const [summary] = reports.get(`ItemSummary_${round}.csv`) ?? []
  const [scan] = reports.get(`ScanSummary_${round}.csv`) ?? []
  const countOf = (status: string) => files.filter((row) => row.Status === status).length
  expect(numberIn(summary, 'Scanned')).toBe(files.length)
  expect(numberIn(scan, 'Total scanned items')).toBe(items.length)
  expect(numberIn(summary, 'Migrated')).toBe(countOf('Migrated'))
  expect(numberIn(summary, 'Filtered out items')).toBe(countOf('Filtered out') + countOf('Skipped'))
  expect(
    numberIn(summary, 'Item scan failures') +
      numberIn(summary, 'Filtered out items') +
      numberIn(summary, 'Expected migrated file count'),
  ).toBe(files.length)
  const failures = ['reading', 'packing', 'uploading', 'submitting', 'querying'].map((stage) =>
    numberIn(summary, `Failed ${stage}`),
  )
  expect(numberIn(summary, 'Migrated') + failures.reduce((total, count) => total + count, 0)).toBe(
    numberIn(summary, 'Expected migrated file count'),
  )
  expect((reports.get(`ItemFailureReport_${round}.csv`) ?? []).length).toBe(items.filter((row) => row.Status === 'Failed').length)
}

test('a first round and its rerun balance, and name every item and what became of it', async () => {
  const source = new MemorySource()
  source.put('Q3/plan.txt', 'plan')
  source.put('Q3/empty.txt', '')
  source.put('a:b/CON.txt', 'reserved')
  source.put('twin.txt', 'one')
  source.put('TWIN.txt', 'two')
  source.put('notes.tmp', 'left out')
  source.put(`${'long '.repeat(30)}x/${'f'.repeat(250)}.txt`, 'too long')
  const destination = new MemoryDestination({ maxSessionsPerCall: 5 })
  const settings = { exclude: ['*.tmp'] }
  const first = openJournal(0)
  const outcome = await runTest({ journal: first, source, destination, settings })
  expect(outcome.isResumable).toBe(false)
  const reports = reportsOf(first)
  expectBalance(reports, 'R0')
  const byName = new Map((reports.get('ItemReport_R0.csv') ?? []).map((row) => [row['File name'], row]))
  expect(byName.get('plan.txt')).toMatchObject({
    Status: 'Migrated',
    Source: '/share/Q3/plan.txt',
    'Receipt verdict': 'exact',
    Message: 'Migrated Successfully',
  })
  expect(byName.get('CON.txt')).toMatchObject({
    Status: 'Migrated',
    'Destination name': 'CON_.txt',
    Destination: expect.stringMatching(/\/a_b\/CON_\.txt$/),
  })
  expect(byName.get('notes.tmp')).toMatchObject({ Status: 'Filtered out', 'Portage code': 'RULE_FILTERED_OUT' })
  expect([byName.get('twin.txt'), byName.get('TWIN.txt')].map((row) => row?.Status)).toEqual(['Migrated', 'Migrated'])
  expect(reports.get('ItemFailureReport_R0.csv')).toMatchObject([
    { 'Error code': '0x0111000B', 'Result category': 'Scan File Failure' },
  ])

  source.put('new.txt', 'new')
  const second = openJournal(1)
  await runTest({ journal: second, source, destination, settings, round: 1, previous: first })
  const rerun = reportsOf(second)
  expectBalance(rerun, 'R1')
  const migrated = (rerun.get('ItemReport_R1.csv') ?? []).filter(
    (row) => row.Status === 'Migrated' && row['Content type'] === 'File',
  )
  expect(migrated.map((row) => row['File name'])).toEqual(['new.txt'])
})
