import { expect, test } from 'vitest'
import { createJournalFixture } from '../adapters/testing/journalFixture.ts'
import type { StoredItem } from './ports/destination.ts'
import { fixedComparer, runTest } from './testing/engineKit.ts'
import { InstantClock } from './testing/instantClock.ts'
import { MemoryDestination } from './testing/memoryDestination.ts'
import { MemorySource } from './testing/memorySource.ts'

/** Two rounds, and what people do at the destination in between and meanwhile. */

const { open: openJournal, opened } = createJournalFixture()

function setUp() {
  return { journal: openJournal(), source: new MemorySource(), destination: new MemoryDestination(), clock: new InstantClock() }
}

const YEAR_MS = 365 * 86_400_000
const changedMs = Date.UTC(2023, 1, 1)
const nextOf = (kit: ReturnType<typeof setUp>) => ({ ...kit, round: 1, journal: openJournal('R1'), previous: kit.journal })

/** The service's own time, for a file that was given none. */
function stamp({ destination, clock }: ReturnType<typeof setUp>, name: string): void {
  const node = destination.at(name)
  if (node) node.times = { createdMs: clock.now(), modifiedMs: clock.now() }
}

test('a file with a time ahead of the clock does not overwrite what somebody made of it since', async () => {
  const kit = setUp()
  kit.source.put('plan.txt', 'ours', kit.clock.now() + 10 * YEAR_MS)
  expect((await runTest(kit)).status).toBe('completed')
  kit.destination.seed('plan.txt', 'edited by a person', kit.clock.now())
  const outcome = await runTest(nextOf(kit))
  expect(kit.destination.tree()['plan.txt']).toBe('edited by a person')
  expect([outcome.status, opened[1]?.itemAt('plan.txt')?.errorCode]).toEqual(['completedWithIssues', 'DST_NEWER'])
})

test('an Office file whose time was ahead for an hour is nobody’s edit a day later', async () => {
  const kit = setUp()
  kit.source.put('a.docx', 'parts', kit.clock.now() + 3_600_000)
  kit.destination.rewrite = (_path, bytes) => bytes.slice(1)
  const comparer = fixedComparer('equalParts')
  expect((await runTest({ ...kit, comparer })).status).toBe('completed')
  await kit.clock.sleep(86_400_000, new AbortController().signal)
  const outcome = await runTest({ ...nextOf(kit), comparer })
  expect([outcome.status, kit.destination.at('a.docx')?.contentCount]).toEqual(['completed', 1])
})

test('a file with a time ahead of the clock travels when it has changed', async () => {
  const kit = setUp()
  kit.source.put('plan.txt', 'ours', kit.clock.now() + 10 * YEAR_MS)
  await runTest(kit)
  kit.source.put('plan.txt', 'ours, changed', kit.clock.now() + 11 * YEAR_MS)
  expect((await runTest(nextOf(kit))).status).toBe('completed')
  expect(kit.destination.tree()['plan.txt']).toBe('ours, changed')
})

test('a file with an older time that somebody put over ours stays', async () => {
  const kit = setUp()
  kit.source.put('plan.txt', 'ours', changedMs)
  await runTest(kit)
  kit.destination.seed('plan.txt', 'an older one, on purpose', changedMs - YEAR_MS)
  const outcome = await runTest(nextOf(kit))
  expect(kit.destination.tree()['plan.txt']).toBe('an older one, on purpose')
  expect([outcome.status, opened[1]?.itemAt('plan.txt')?.errorCode]).toEqual(['completedWithIssues', 'DST_NEWER'])
})

test.each([
  ['is the same', 'equalParts', 'completed'],
  ['was changed at the destination', 'different', 'completedWithIssues'],
] as const)('an Office file in a task that keeps no times, which %s, is not sent again', async (_name, parts, status) => {
  const kit = setUp()
  kit.source.put('a.docx', 'parts', changedMs)
  kit.destination.rewrite = (_path, bytes) => bytes.slice(1)
  const settings = { preserveTimes: false }
  expect((await runTest({ ...kit, settings, comparer: fixedComparer('equalParts') })).status).toBe('completed')
  stamp(kit, 'a.docx')
  if (parts === 'different') kit.destination.seed('a.docx', 'edited by a person', kit.clock.now())
  const count = kit.destination.at('a.docx')?.contentCount
  const outcome = await runTest({ ...nextOf(kit), settings, comparer: fixedComparer(parts) })
  expect([outcome.status, kit.destination.at('a.docx')?.contentCount]).toEqual([status, count])
})

test('an old Office file that changed at the source travels also when times are not kept', async () => {
  const kit = setUp()
  const settings = { preserveTimes: false }
  kit.source.put('a.doc', 'first', changedMs)
  await runTest({ ...kit, settings })
  stamp(kit, 'a.doc')
  kit.source.put('a.doc', 'second, longer', kit.clock.now() + 60_000)
  await kit.clock.sleep(YEAR_MS, new AbortController().signal)
  await runTest({ ...nextOf(kit), settings })
  expect(kit.destination.tree()['a.doc']).toBe('second, longer')
})

test('a change in the same moment in which the file was read is seen by the next round', async () => {
  const kit = setUp()
  kit.source.put('busy.log', 'line 1', kit.clock.now())
  expect((await runTest(kit)).status).toBe('completed')
  const { modifiedMs = 0 } = kit.source.files.get('busy.log') ?? {}
  await kit.clock.sleep(86_400_000, new AbortController().signal)
  kit.source.put('busy.log', 'line 2', modifiedMs)
  expect((await runTest(nextOf(kit))).status).toBe('completed')
  expect(kit.destination.tree()['busy.log']).toBe('line 2')
})

test('a source in which nothing is left is not called completed: its share may not be mounted', async () => {
  const kit = setUp()
  kit.source.put('plan.txt', 'ours', changedMs)
  await runTest(kit)
  kit.source.files.clear()
  const outcome = await runTest(nextOf(kit))
  expect([outcome.status, outcome.error?.code]).toEqual(['failed', 'SRC_NOT_FOUND'])
  expect(kit.destination.tree()).toEqual({ 'plan.txt': 'ours' })
})

test('a listing that still shows the file as it was before the round is asked again before anything is called different', async () => {
  const kit = setUp()
  kit.destination.isPlaceNew = false
  kit.source.put('plan.txt', 'new', changedMs)
  kit.destination.seed('plan.txt', 'old one', changedMs - YEAR_MS)
  const list = kit.destination.list.bind(kit.destination)
  const before: (readonly StoredItem[])[] = []
  for await (const page of list()) before.push(page)
  let listings = 0
  kit.destination.list = async function* () {
    if (++listings === 2) yield* before
    else yield* list()
  }
  const outcome = await runTest(kit)
  expect([outcome.status, kit.journal.itemAt('plan.txt')?.verdict]).toEqual(['completed', 'exact'])
  expect(listings).toBe(2)
})
