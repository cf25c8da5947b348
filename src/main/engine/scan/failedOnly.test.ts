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

test('a round for one cause tries its items and what has come since; what failed for another cause keeps its reason', async () => {
  const source = new MemorySource()
  source.put('locked.txt', 'locked').put('changing.txt', 'changing').put('same.txt', 'same')
  source.issues.set('locked.txt', { code: 'SRC_LOCKED', effect: 'blocks', detail: 'In use.' })
  source.issues.set('changing.txt', { code: 'SRC_NO_ACCESS', effect: 'blocks', detail: 'Access is denied.' })
  const destination = new MemoryDestination()
  const first = journalOf('R0.sqlite')
  expect((await runTest({ source, destination, journal: first })).counts.files.failed).toBe(2)

  source.issues.clear()
  source.put('mended name.txt', 'new')
  const second = journalOf('R1.sqlite')
  const task = { ...testTask(), onlyFailedOf: 0, onlyCauses: ['SRC_LOCKED' as const] }
  const outcome = await runTest({ source, destination, journal: second, previous: first, round: 1, task })
  expect([outcome.status, outcome.counts.files.migrated]).toEqual(['completedWithIssues', 2])
  expect(second.itemAt('changing.txt')).toMatchObject({ state: 'skipped', errorCode: 'SRC_NO_ACCESS' })
  expect(second.itemAt('same.txt')).toMatchObject({ state: 'filteredOut', errorCode: 'RULE_ARRIVED_EARLIER' })

  const third = journalOf('R2.sqlite')
  const rest = await runTest({
    source,
    destination,
    journal: third,
    previous: second,
    round: 2,
    task: { ...testTask(), onlyFailedOf: 1 },
  })
  expect([rest.status, rest.counts.files.migrated]).toEqual(['completed', 1])
  expect(destination.tree()).toEqual({
    'locked.txt': 'locked',
    'changing.txt': 'changing',
    'same.txt': 'same',
    'mended name.txt': 'new',
  })
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
