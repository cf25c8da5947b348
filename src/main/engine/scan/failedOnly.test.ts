import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openSqliteJournal } from '../../adapters/sqlite/sqliteJournal.ts'
import type { Journal } from '../ports/journal.ts'
import { runTest, testTask } from '../testing/engineKit.ts'
import { MemoryDestination } from '../testing/memoryDestination.ts'
import { MemorySource } from '../testing/memorySource.ts'

let folder: string
let opened: Journal[]
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-failed-'))
  opened = []
})
afterEach(() => {
  for (const journal of opened) journal.close()
  fs.rmSync(folder, { recursive: true, force: true })
})
function journalOf(name: string): Journal {
  const journal = openSqliteJournal(path.join(folder, name), { sealer: { seal: (text) => text, open: (text) => text } })
  opened.push(journal)
  return journal
}

test('a round for failed items alone sends them, under names that nothing else has, and touches nothing else', async () => {
  const source = new MemorySource()
  source.put('docs/a.txt', 'lower').put('docs/A.txt', 'upper').put('docs/other.txt', 'other').put('more/same.txt', 'same')
  source.issues.set('docs/A.txt', { code: 'SRC_NO_ACCESS', effect: 'blocks', detail: 'Access is denied.' })
  const destination = new MemoryDestination()
  const first = journalOf('R0.sqlite')
  const failed = await runTest({ source, destination, journal: first })
  expect(failed.counts.files.failed).toBe(1)
  const before = destination.tree()

  source.issues.delete('docs/A.txt')
  source.put('docs/other.txt', 'changed since')
  source.put('docs/new.txt', 'new')
  const second = journalOf('R1.sqlite')
  const outcome = await runTest({
    source,
    destination,
    journal: second,
    previous: first,
    round: 1,
    task: { ...testTask(), onlyFailedOf: 0 },
  })
  expect([outcome.status, outcome.counts.files.migrated]).toEqual(['completed', 1])
  const nameOfTwin = second.itemAt('docs/A.txt')?.destName ?? ''
  expect(nameOfTwin.toLowerCase()).not.toBe('a.txt')
  expect(destination.tree()).toEqual({ ...before, [`docs/${nameOfTwin}`]: 'upper' })
  expect(second.itemAt('docs/new.txt')).toMatchObject({ state: 'filteredOut' })
  expect(second.itemAt('more')).toMatchObject({ state: 'filteredOut' })

  const third = await runTest({ source, destination, journal: journalOf('R2.sqlite'), previous: second, round: 2 })
  expect(third.status).toBe('completed')
  expect(destination.tree()).toMatchObject({ 'docs/new.txt': 'new', 'docs/a.txt': 'lower', [`docs/${nameOfTwin}`]: 'upper' })
})

test('without the journal of that round everything that is missing or changed is tried', async () => {
  const source = new MemorySource()
  source.put('a.txt', 'a').put('b.txt', 'b')
  const destination = new MemoryDestination()
  const outcome = await runTest({
    source,
    destination,
    journal: journalOf('R1.sqlite'),
    round: 1,
    task: { ...testTask(), onlyFailedOf: 0 },
  })
  expect([outcome.status, outcome.counts.files.migrated]).toEqual(['completed', 2])
})
