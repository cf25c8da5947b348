import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openSqliteJournal } from '../../adapters/sqlite/sqliteJournal.ts'
import type { Journal } from '../ports/journal.ts'
import { roundReports } from '../report/roundReports.ts'
import { testTask } from '../testing/engineKit.ts'
import { Rounds } from '../testing/roundsKit.ts'

/** What is gone from the source: reported, or recycled when the task says so; never more than it allows, never what is not ours alone. */

let folder: string
let rounds: Rounds

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-removals-'))
  rounds = new Rounds(openJournal)
})

const openJournal = (name: string): Journal =>
  openSqliteJournal(path.join(folder, `${name}.sqlite`), { sealer: { seal: (text) => text, open: (text) => text } })

afterEach(() => {
  rounds.close()
  fs.rmSync(folder, { recursive: true, force: true })
})

const paths = (): readonly string[] => Object.keys(rounds.destination.tree())

/** Source and status of every line of the report; undefined when it is not written. */
function report(): readonly string[] | undefined {
  const table = [...roundReports(rounds.last)].find(({ fileName }) => fileName.startsWith('RemovalReport_'))
  return table && [...table.rows].map((cells) => `${cells[0]}: ${cells[7]}`).sort()
}

const TEN = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10'].map((name) => `keep/${name}`)
const recycling = (maxDeletions = '100%') => ({ deletions: 'recycle', maxDeletions }) as const

test('without a word of the task it stays, and is named in every round until it is gone', async () => {
  rounds.seed('a.txt', 'b.txt')
  await rounds.run()
  rounds.source.remove('a.txt')
  expect((await rounds.run()).status).toBe('completed')
  expect([paths(), report(), rounds.writes()]).toEqual([['a.txt', 'b.txt'], ['/share/a.txt: Is at the destination'], []])
  await rounds.run()
  expect(report()).toEqual(['/share/a.txt: Is at the destination'])
  rounds.settings = recycling()
  await rounds.run()
  expect([paths(), [...rounds.destination.recycled.keys()]]).toEqual([['b.txt'], ['a.txt']])
  await rounds.run()
  expect(report()).toBeUndefined()
})

test('files go each in the state in which they were proved, folders after them when nothing else is in them', async () => {
  rounds.seed('keep', 'old/a.txt', 'old/deep/b.txt', 'mixed/c.txt')
  await rounds.run()
  rounds.destination.seed('mixed/of a person.txt', 'mine', Date.UTC(2023, 0, 1))
  rounds.source.remove('old').remove('mixed')
  rounds.settings = recycling()
  const outcome = await rounds.run()
  expect(paths()).toEqual(['keep', 'mixed/', 'mixed/of a person.txt'])
  expect([...rounds.destination.recycled.keys()].sort()).toEqual([
    'mixed/c.txt',
    'old',
    'old/a.txt',
    'old/deep',
    'old/deep/b.txt',
  ])
  expect(report()).toContain('/share/mixed: Stays at the destination')
  expect(outcome.status).toBe('completed')
})

test('an edit at the destination keeps a file whose source is gone', async () => {
  rounds.seed('keep', 'a.txt')
  await rounds.run()
  rounds.destination.seed('a.txt', 'edited by a person', rounds.clock.now())
  rounds.source.remove('a.txt')
  rounds.settings = recycling()
  await rounds.run()
  expect([paths(), report()]).toEqual([['a.txt', 'keep'], ['/share/a.txt: Stays at the destination']])
})

test('what was there before the task is never recycled, also when the task wrote a version of it', async () => {
  rounds.destination.isPlaceNew = false
  rounds.destination.seed('same.txt', 'content same.txt', Date.UTC(2021, 5, 1))
  rounds.destination.seed('d/older.txt', 'older', Date.UTC(2011, 5, 1))
  rounds.seed('same.txt', 'd/older.txt', 'keep')
  expect((await rounds.run()).status).toBe('completed')
  await rounds.run()
  rounds.source.remove('same.txt').remove('d')
  rounds.settings = recycling()
  await rounds.run()
  expect(paths()).toEqual(['d/', 'd/older.txt', 'keep', 'same.txt'])
})

test('a file that somebody moved at the destination stays where he put it', async () => {
  rounds.seed('keep/x', 'a.txt')
  await rounds.run()
  const node = rounds.destination.at('a.txt')
  if (node) node.parentId = rounds.destination.at('keep')?.itemId
  rounds.source.remove('a.txt')
  rounds.settings = recycling()
  await rounds.run()
  expect(paths()).toEqual(['keep/', 'keep/a.txt', 'keep/x'])
})

test.each([
  ['2', true],
  ['1', false],
  ['16%', true],
  ['15%', false],
])('with a limit of %s, two of thirteen items: %s', async (maxDeletions, isDone) => {
  // Ten files and their folder, and the two.
  rounds.seed(...TEN, 'a.txt', 'b.txt')
  await rounds.run()
  rounds.source.remove('a.txt').remove('b.txt')
  rounds.settings = recycling(maxDeletions)
  const outcome = await rounds.run()
  expect([...rounds.destination.recycled.keys()]).toEqual(isDone ? ['a.txt', 'b.txt'] : [])
  expect(outcome.status).toBe(isDone ? 'completed' : 'completedWithIssues')
  if (isDone) return
  expect(outcome.reason).toBe('2 items gone from the source would go to the recycle bin, more than the task allows at once.')
  expect(report()).toEqual(['/share/a.txt: Waits for a decision', '/share/b.txt: Waits for a decision'])
  rounds.settings = recycling('2')
  await rounds.run()
  expect([...rounds.destination.recycled.keys()]).toEqual(['a.txt', 'b.txt'])
})

test('below a folder that cannot be read nothing is gone', async () => {
  rounds.seed('keep', 'locked/a.txt', 'locked/in/b.txt')
  await rounds.run()
  rounds.source.issues.set('locked', { code: 'SRC_NO_ACCESS', effect: 'blocks', detail: 'not allowed' })
  rounds.settings = recycling()
  await rounds.run()
  expect([paths(), report()]).toEqual([['keep', 'locked/', 'locked/a.txt', 'locked/in/', 'locked/in/b.txt'], undefined])
})

test('what a filter leaves out now is not gone', async () => {
  rounds.seed('keep', 'a.tmp', 'd/b.txt')
  await rounds.run()
  rounds.settings = { ...recycling(), exclude: ['*.tmp', 'd/**'] }
  await rounds.run()
  expect([paths(), report()]).toEqual([['a.tmp', 'd/', 'd/b.txt', 'keep'], undefined])
  // Let in again, it is known: nothing is read or sent.
  rounds.settings = recycling()
  await rounds.run()
  expect([rounds.writes(), rounds.last.itemAt('a.tmp')?.state]).toEqual([[], 'skipped'])
  rounds.source.remove('a.tmp')
  await rounds.run()
  expect(paths()).toEqual(['d/', 'd/b.txt', 'keep'])
})

test('a round of the failed items alone recycles and moves nothing; the next one does', async () => {
  rounds.seed('keep', 'a.txt', 'b.txt')
  await rounds.run()
  rounds.source.remove('a.txt').move('b.txt', 'c.txt')
  rounds.settings = recycling()
  await rounds.run({ task: { ...testTask(rounds.settings), onlyFailedOf: 0 } })
  expect(paths()).toEqual(['a.txt', 'b.txt', 'keep'])
  await rounds.run()
  expect([paths(), rounds.writes()]).toEqual([
    ['c.txt', 'keep'],
    ['moveItem b.txt', 'recycle a.txt'],
  ])
})

test('another destination has nothing to be recycled, and the old one keeps what it has', async () => {
  rounds.seed('keep', 'a.txt')
  await rounds.run()
  rounds.source.remove('a.txt')
  rounds.settings = recycling()
  const other = new Rounds(openJournal).destination
  const before = rounds.destination.tree()
  Object.defineProperty(other, 'place', { value: { ...other.place, driveId: 'OTHER' } })
  const outcome = await rounds.run({ destination: other })
  expect([outcome.status, other.tree(), rounds.destination.tree()]).toEqual(['completed', { keep: 'content keep' }, before])
})

test('a task that only scans shows what would go, and touches nothing', async () => {
  rounds.seed(...TEN, 'a.txt', 'b.txt', 'c.txt')
  await rounds.run()
  rounds.source.remove('a.txt').remove('b.txt').move('c.txt', 'moved.txt')
  const before = rounds.destination.tree()
  rounds.settings = { ...recycling('1'), isScanOnly: true }
  const outcome = await rounds.run()
  expect([outcome.status, rounds.destination.tree()]).toEqual(['readyToMigrate', before])
  expect(report()).toEqual(['/share/a.txt: Waits for a decision', '/share/b.txt: Waits for a decision'])
})
