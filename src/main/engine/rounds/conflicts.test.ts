import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openSqliteJournal } from '../../adapters/sqlite/sqliteJournal.ts'
import type { Journal } from '../ports/journal.ts'
import { fixedComparer } from '../testing/engineKit.ts'
import { Rounds } from '../testing/roundsKit.ts'

/** Changes at both ends, changes that are none, and settings that change between rounds. */

let folder: string
let rounds: Rounds

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-conflicts-'))
  rounds = new Rounds(openJournal)
})

const openJournal = (name: string): Journal =>
  openSqliteJournal(path.join(folder, `${name}.sqlite`), { sealer: { seal: (text) => text, open: (text) => text } })

afterEach(() => {
  rounds.close()
  fs.rmSync(folder, { recursive: true, force: true })
})

const HOUR_MS = 3_600_000
const changedMs = Date.UTC(2022, 0, 1)

describe('a file that was changed at both ends', () => {
  const changed = async (way: 'newer' | 'skip' | 'overwrite' | 'keepBoth') => {
    rounds.seed('plan.txt', 'd/x')
    rounds.settings = { whenBothChanged: way }
    await rounds.run()
    rounds.destination.seed('plan.txt', 'edited by a person', rounds.clock.now())
    rounds.source.put('plan.txt', 'changed at the source', changedMs)
    return await rounds.run()
  }

  test.each([
    ['newer', 'edited by a person', 'completedWithIssues', 2],
    ['skip', 'edited by a person', 'completedWithIssues', 2],
    ['overwrite', 'changed at the source', 'completed', 3],
  ] as const)('%s', async (way, content, status, contentCount) => {
    const outcome = await changed(way)
    expect([outcome.status, rounds.destination.tree()['plan.txt']]).toEqual([status, content])
    expect(rounds.destination.at('plan.txt')?.contentCount).toBe(contentCount)
    await rounds.run()
    expect([rounds.writes(), rounds.destination.tree()['plan.txt']]).toEqual([[], content])
  })

  test('keepBoth: both are there, and later rounds go on with the same two', async () => {
    expect((await changed('keepBoth')).status).toBe('completed')
    const both = {
      'd/': '',
      'd/x': 'content d/x',
      'plan (source).txt': 'changed at the source',
      'plan.txt': 'edited by a person',
    }
    expect(rounds.destination.tree()).toEqual(both)
    expect(rounds.last.itemAt('plan.txt')?.issues.map(({ code }) => code)).toEqual(['DST_KEPT_BOTH'])
    await rounds.run()
    expect([rounds.writes(), rounds.destination.tree()]).toEqual([[], both])
    rounds.source.put('plan.txt', 'changed once more', changedMs + HOUR_MS)
    await rounds.run()
    expect(rounds.destination.tree()).toEqual({ ...both, 'plan (source).txt': 'changed once more' })
    rounds.destination.seed('plan (source).txt', 'and edited too', rounds.clock.now())
    rounds.source.put('plan.txt', 'for the last time', changedMs + 2 * HOUR_MS)
    await rounds.run()
    expect(Object.keys(rounds.destination.tree())).toEqual([
      'd/',
      'd/x',
      'plan (source) (source).txt',
      'plan (source).txt',
      'plan.txt',
    ])
  })

  test('keepBoth does not take a name that something else has', async () => {
    rounds.seed('plan (source).txt')
    rounds.destination.isPlaceNew = false
    rounds.destination.seed('plan (source 2).txt', 'of a person', changedMs)
    await changed('keepBoth')
    expect(rounds.destination.tree()).toMatchObject({
      'plan (source).txt': 'content plan (source).txt',
      'plan (source 2).txt': 'of a person',
      'plan (source 3).txt': 'changed at the source',
    })
  })

  test.each(['overwrite', 'keepBoth'] as const)('%s leaves alone what only the destination has changed', async (way) => {
    rounds.seed('plan.txt')
    rounds.settings = { whenBothChanged: way }
    await rounds.run()
    rounds.destination.seed('plan.txt', 'edited by a person', rounds.clock.now())
    await rounds.run()
    await rounds.run()
    expect(rounds.destination.tree()).toEqual({ 'plan.txt': 'edited by a person' })
  })

  test('a change of the service in an Office file is nobody’s edit', async () => {
    rounds.seed('a.docx')
    rounds.settings = { whenBothChanged: 'skip' }
    const comparer = fixedComparer('equalParts')
    await rounds.run({ comparer })
    const node = rounds.destination.at('a.docx')
    if (node) {
      node.bytes = new Uint8Array([...node.bytes, 42])
      node.version++
    }
    rounds.source.put('a.docx', 'changed at the source', changedMs)
    expect((await rounds.run({ comparer })).status).toBe('completed')
    expect(rounds.destination.tree()).toEqual({ 'a.docx': 'changed at the source' })
  })

  test('an edit that was kept once is kept in all rounds that follow, whatever its time says', async () => {
    rounds.seed('plan.txt')
    await rounds.run()
    rounds.destination.seed('plan.txt', 'an older one, on purpose', Date.UTC(2015, 0, 1))
    for (let round = 1; round <= 3; round++) {
      await rounds.run()
      expect(rounds.destination.tree()).toEqual({ 'plan.txt': 'an older one, on purpose' })
    }
  })
})

test('a round that was canceled before it sent anything forgets nothing of the round before', async () => {
  rounds.seed('a.txt', 'b.txt')
  await rounds.run()
  rounds.source.put('a.txt', 'changed at the source', changedMs)
  const cancel = new AbortController()
  const canceled = await rounds.run({
    signal: cancel.signal,
    onProgress: ({ stage }) => stage === 'transferring' && cancel.abort('cancel'),
  })
  expect([canceled.status, rounds.destination.tree()['a.txt']]).toEqual(['canceled', 'content a.txt'])
  rounds.source.put('a.txt', 'content a.txt', Date.UTC(2021, 5, 1))
  rounds.destination.seed('a.txt', 'an older one, on purpose', Date.UTC(2015, 0, 1))
  await rounds.run()
  expect(rounds.destination.tree()['a.txt']).toBe('an older one, on purpose')
})

describe('what counts as a change', () => {
  test('another time with the same content sends no byte, sets the time once and is settled then', async () => {
    rounds.seed('plan.txt')
    await rounds.run()
    rounds.source.put('plan.txt', 'content plan.txt', changedMs)
    expect((await rounds.run()).status).toBe('completed')
    expect([rounds.writes(), rounds.destination.at('plan.txt')?.times.modifiedMs]).toEqual([['setTimes plan.txt'], changedMs])
    const opened = countOpens()
    await rounds.run()
    expect([rounds.writes(), opened()]).toEqual([[], 0])
  })

  test.each([1000, 2000, HOUR_MS, -HOUR_MS])('a clock that is %i ms off is no change, and is looked at once', async (offMs) => {
    rounds.seed('plan.txt')
    await rounds.run()
    const { modifiedMs = 0 } = rounds.source.files.get('plan.txt') ?? {}
    rounds.source.put('plan.txt', 'content plan.txt', modifiedMs + offMs)
    expect((await rounds.run()).status).toBe('completed')
    expect(rounds.writes()).toEqual([])
    const opened = countOpens()
    await rounds.run()
    expect([rounds.writes(), opened()]).toEqual([[], 0])
  })

  test('the same size and another content are seen when the time has moved, also by an hour', async () => {
    rounds.seed('plan.txt')
    await rounds.run()
    const { modifiedMs = 0 } = rounds.source.files.get('plan.txt') ?? {}
    rounds.source.put('plan.txt', 'CONTENT plan.txt', modifiedMs + HOUR_MS)
    await rounds.run()
    expect(rounds.destination.tree()).toEqual({ 'plan.txt': 'CONTENT plan.txt' })
  })

  test('an older state that was put back travels', async () => {
    rounds.seed('plan.txt')
    await rounds.run()
    rounds.source.put('plan.txt', 'second', changedMs)
    await rounds.run()
    rounds.source.put('plan.txt', 'content plan.txt', Date.UTC(2021, 5, 1))
    expect((await rounds.run()).status).toBe('completed')
    expect(rounds.destination.tree()).toEqual({ 'plan.txt': 'content plan.txt' })
  })

  test('attributes and owners alone are no change', async () => {
    rounds.seed('plan.txt')
    await rounds.run()
    rounds.source.owners.set('plan.txt', 'uid:7')
    const opened = countOpens()
    await rounds.run()
    expect([rounds.writes(), opened()]).toEqual([[], 0])
  })

  test('a share that was mounted again has the same files', async () => {
    rounds.seed('plan.txt', 'd/x')
    await rounds.run()
    rounds.source.volume = 2
    const opened = countOpens()
    await rounds.run()
    expect([rounds.writes(), opened(), rounds.last.formerCounts()]).toEqual([[], 0, []])
    rounds.source.volume = 3
    rounds.source.move('plan.txt', 'd/plan.txt')
    await rounds.run()
    expect(rounds.writes()).toEqual(['moveItem plan.txt'])
  })
})

describe('settings that change between rounds', () => {
  test('rules for names hold for what is new, what is stored keeps its name', async () => {
    rounds.seed('a:b.txt')
    await rounds.run()
    rounds.settings = { nameRules: { whenInvalid: 'replace', replacement: '-', trimEnds: true, reservedSuffix: '_' } }
    rounds.source.put('c:d.txt', 'new', changedMs)
    await rounds.run()
    expect(Object.keys(rounds.destination.tree())).toEqual(['a_b.txt', 'c-d.txt'])
    rounds.source.move('a:b.txt', 'e:f.txt')
    await rounds.run()
    expect([Object.keys(rounds.destination.tree()), rounds.writes()]).toEqual([['c-d.txt', 'e-f.txt'], ['moveItem a_b.txt']])
  })

  test('what a filter lets in again is known: an edit that was made meanwhile stays', async () => {
    rounds.seed('a.txt', 'b.txt')
    await rounds.run()
    rounds.settings = { exclude: ['a.txt'] }
    await rounds.run()
    rounds.destination.seed('a.txt', 'edited by a person', Date.UTC(2012, 0, 1))
    rounds.settings = {}
    await rounds.run()
    expect(rounds.destination.tree()).toMatchObject({ 'a.txt': 'edited by a person' })
  })

  test('another destination gets everything, by its own rules for what it has', async () => {
    rounds.seed('a.txt', 'b.txt')
    await rounds.run()
    const other = new Rounds(openJournal).destination
    other.isPlaceNew = false
    other.seed('a.txt', 'older', Date.UTC(2011, 0, 1))
    Object.defineProperty(other, 'place', { value: { ...other.place, driveId: 'OTHER' } })
    expect((await rounds.run({ destination: other })).status).toBe('completed')
    expect(other.tree()).toEqual({ 'a.txt': 'content a.txt', 'b.txt': 'content b.txt' })
  })
})

/** Files that are opened from now on. */
function countOpens(): () => number {
  let count = 0
  const { source } = rounds
  const open = source.open.bind(source)
  source.open = async (relPath) => {
    count++
    return await open(relPath)
  }
  return () => count
}
