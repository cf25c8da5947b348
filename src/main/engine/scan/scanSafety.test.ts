import { describe, expect, test } from 'vitest'
import { createJournalFixture } from '../../adapters/testing/journalFixture.ts'
import { runTest, testTask } from '../testing/engineKit.ts'
import { MemoryDestination } from '../testing/memoryDestination.ts'
import { MemorySource } from '../testing/memorySource.ts'

const { open: openJournal, opened } = createJournalFixture()

function setUp() {
  return { journal: openJournal(), source: new MemorySource(), destination: new MemoryDestination() }
}

const later = Date.UTC(2022, 1, 1)
const round1 = { round: 1 } as const

describe('names of a later round', () => {
  test('leaves the name of a twin that is gone to what was stored under it', async () => {
    const kit = setUp()
    kit.source.put('Plan.txt', 'upper').put('plan.txt', 'lower')
    await runTest(kit)
    expect(kit.destination.tree()).toEqual({ 'Plan.txt': 'upper', 'plan (2).txt': 'lower' })
    kit.source.files.delete('Plan.txt')
    kit.source.put('plan.txt', 'lower, changed', later)
    const outcome = await runTest({ ...kit, ...round1, journal: openJournal('R1'), previous: kit.journal })
    expect(kit.destination.tree()).toEqual({ 'Plan.txt': 'upper', 'plan (2).txt': 'lower, changed' })
    expect(outcome.status).toBe('completed')
    const next = await runTest({ ...kit, round: 2, journal: openJournal('R2'), previous: opened[1] })
    expect([next.status, Object.keys(kit.destination.tree())]).toEqual(['completed', ['Plan.txt', 'plan (2).txt']])
    expect(opened[2]?.itemAt('plan.txt')?.issues.map(({ code, effect }) => [code, effect])).toEqual([
      ['RULE_NAME_COLLISION', 'renames'],
    ])
  })

  test('a newcomer gives way to what was stored under its name', async () => {
    const kit = setUp()
    kit.source.put('Plan.txt', 'upper').put('plan.txt', 'lower')
    await runTest(kit)
    kit.source.put('plan (2).txt', 'newcomer', later)
    const outcome = await runTest({ ...kit, ...round1, journal: openJournal('R1'), previous: kit.journal })
    expect(kit.destination.tree()).toEqual({ 'Plan.txt': 'upper', 'plan (2).txt': 'lower', 'plan (2) (2).txt': 'newcomer' })
    expect([outcome.status, kit.destination.at('plan (2).txt')?.contentCount]).toEqual(['completed', 1])
  })

  test('other rules for names do not store what is there a second time', async () => {
    const kit = setUp()
    const rules = (replacement: string) => ({ ...testTask().settings.nameRules, replacement })
    kit.source.put('a:b/c?.txt', 'one')
    await runTest({ ...kit, settings: { nameRules: rules('_') } })
    kit.source.put('a:b/d?.txt', 'two')
    const again = { ...kit, ...round1, journal: openJournal('R1'), previous: kit.journal, settings: { nameRules: rules('-') } }
    expect((await runTest(again)).status).toBe('completed')
    expect(kit.destination.tree()).toEqual({ 'a_b/': '', 'a_b/c_.txt': 'one', 'a_b/d-.txt': 'two' })
  })
})

test('an entry that the file system lists twice is one file with its own name', async () => {
  const kit = setUp()
  kit.source.put('a.txt', 'one').put('d/b.txt', 'two')
  const walk = kit.source.walk.bind(kit.source)
  kit.source.walk = async function* () {
    for await (const entries of walk())
      yield entries.some(({ relPath }) => relPath === 'd/b.txt') ? [...entries, ...entries] : entries
  }
  const outcome = await runTest(kit)
  expect(kit.destination.tree()).toEqual({ 'a.txt': 'one', 'd/': '', 'd/b.txt': 'two' })
  expect(kit.destination.at('d/b.txt')?.contentCount).toBe(1)
  expect([outcome.status, outcome.counts.files.migrated]).toEqual(['completed', 2])
})

test('a folder that is listed twice before its content has its content once', async () => {
  const kit = setUp()
  kit.source.put('d/e/b.txt', 'two')
  const walk = kit.source.walk.bind(kit.source)
  kit.source.walk = async function* () {
    for await (const entries of walk()) {
      yield entries
      if (entries.some(({ relPath }) => relPath !== '')) yield entries
    }
  }
  const outcome = await runTest(kit)
  expect(kit.destination.tree()).toEqual({ 'd/': '', 'd/e/': '', 'd/e/b.txt': 'two' })
  expect([outcome.status, outcome.counts.files.migrated, outcome.counts.folders.migrated]).toEqual(['completed', 1, 2])
})

test('a folder that turned out to be unreadable after it was listed is one failed entry', async () => {
  const kit = setUp()
  kit.source.put('room/a.txt', 'seen').put('b.txt', 'two')
  const walk = kit.source.walk.bind(kit.source)
  kit.source.walk = async function* () {
    for await (const entries of walk()) yield entries
    for await (const entries of walk())
      for (const entry of entries)
        if (entry.relPath === 'room')
          yield [{ ...entry, issue: { code: 'SRC_NO_ACCESS', effect: 'blocks', detail: 'Nothing more was seen.' } }]
  }
  const outcome = await runTest(kit)
  const rows = kit.journal.items({ afterId: 0, limit: 99 }).map(({ relPath }) => relPath)
  expect(rows.sort()).toEqual(['', 'b.txt', 'room', 'room/a.txt'])
  expect([outcome.status, outcome.counts.folders.failed]).toEqual(['completedWithIssues', 1])
  expect(kit.journal.itemAt('room')).toMatchObject({ state: 'failed', errorCode: 'SRC_NO_ACCESS' })
  expect(kit.destination.tree()['room/a.txt']).toBe('seen')
})
