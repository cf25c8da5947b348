import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MigrationError } from '../../../shared/errors.ts'
import { openSqliteJournal } from '../../adapters/sqlite/sqliteJournal.ts'
import type { Journal } from '../ports/journal.ts'
import { runTest } from '../testing/engineKit.ts'
import { MemoryDestination } from '../testing/memoryDestination.ts'
import { MemorySource } from '../testing/memorySource.ts'

let folder: string
let journal: Journal

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-times-'))
  journal = openSqliteJournal(path.join(folder, 'R0.sqlite'), { sealer: { seal: (text) => text, open: (text) => text } })
})
afterEach(() => {
  journal.close()
  fs.rmSync(folder, { recursive: true, force: true })
})

test('a folder whose times are refused has arrived, and the round names it instead of calling itself completed', async () => {
  const source = new MemorySource().put('d/a.txt', 'content').put('e/b.txt', 'more')
  const destination = new MemoryDestination()
  const setTimes = destination.setTimes.bind(destination)
  destination.setTimes = async (changes) =>
    (await setTimes(changes)).map((outcome) =>
      outcome.ok && outcome.value.name === 'd'
        ? { ok: false, error: new MigrationError('DST_NO_ACCESS', 'not allowed here.', { remedy: { kind: 'failItem' } }) }
        : outcome,
    )
  const outcome = await runTest({ journal, source, destination })
  expect([outcome.status, outcome.reason]).toEqual(['completedWithIssues', '1 folder did not get the times of the source.'])
  expect(journal.itemAt('d')).toMatchObject({ state: 'migrated', areTimesSet: false })
  expect(journal.itemAt('d')?.issues).toEqual([
    { code: 'DST_TIMES_NOT_SET', effect: 'warns', detail: 'Its times could not be set: not allowed here.' },
  ])
  const told = journal.structure({ afterSeq: 0, limit: 99 }).filter(({ status }) => status === 'failure')
  expect(told).toMatchObject([{ title: 'd', operation: 'updated', errorCode: 'DST_TIMES_NOT_SET' }])
})

test('a folder in which something is stored again gets its times again', async () => {
  const source = new MemorySource().put('d/a.txt', 'content')
  const destination = new MemoryDestination()
  let listings = 0
  destination.onCall = ({ verb, when }) => {
    if (verb !== 'list' || when !== 'before' || ++listings !== 1) return
    destination.remove('d/a.txt')
    const node = destination.at('d')
    // What storing something in it does.
    if (node) node.times = { createdMs: 0, modifiedMs: 0 }
  }
  const outcome = await runTest({ journal, source, destination })
  expect([outcome.status, destination.tree()]).toEqual(['completed', { 'd/': '', 'd/a.txt': 'content' }])
  expect(destination.at('d')?.times.modifiedMs).toBe(journal.itemAt('d')?.modifiedMs)
})
