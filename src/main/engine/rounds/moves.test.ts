import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MigrationError } from '../../../shared/errors.ts'
import { openSqliteJournal } from '../../adapters/sqlite/sqliteJournal.ts'
import type { Journal } from '../ports/journal.ts'
import { runTest } from '../testing/engineKit.ts'
import type { MemorySource } from '../testing/memorySource.ts'
import { Death, mortal } from '../testing/mortal.ts'
import { Rounds } from '../testing/roundsKit.ts'

/** What is renamed and moved at the source between two rounds is renamed and moved at the destination: not a byte is sent again. */

let folder: string
let opened: Rounds[]

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-moves-'))
  opened = []
})

const openJournal = (name: string): Journal =>
  openSqliteJournal(path.join(folder, `${name}.sqlite`), { sealer: { seal: (text) => text, open: (text) => text } })

afterEach(() => {
  for (const rounds of opened) rounds.close()
  fs.rmSync(folder, { recursive: true, force: true })
})

function seeded(...paths: readonly string[]): Rounds {
  const rounds = new Rounds(openJournal).seed(...paths)
  opened.push(rounds)
  return rounds
}

/** Every one of these costs moves and nothing else, and every item keeps its id. */
describe('by file id', () => {
  test.each<readonly [string, readonly string[], (source: MemorySource) => void, Readonly<Record<string, string>>, number]>([
    ['a renamed file', ['a.txt'], (s) => s.move('a.txt', 'b.txt'), { 'b.txt': 'a.txt' }, 1],
    ['another case', ['Plan.txt'], (s) => s.move('Plan.txt', 'PLAN.txt'), { 'PLAN.txt': 'Plan.txt' }, 1],
    [
      'a file in another folder',
      ['a.txt', 'd/b.txt'],
      (s) => s.move('a.txt', 'd/a.txt'),
      { 'd/a.txt': 'a.txt', 'd/b.txt': 'd/b.txt' },
      1,
    ],
    [
      'a renamed folder with much in it',
      ['p/1.txt', 'p/2.txt', 'p/q/3.txt', 'p/q/r/4.txt'],
      (s) => s.move('p', 'archive'),
      {
        'archive/1.txt': 'p/1.txt',
        'archive/2.txt': 'p/2.txt',
        'archive/q/3.txt': 'p/q/3.txt',
        'archive/q/r/4.txt': 'p/q/r/4.txt',
      },
      1,
    ],
    [
      'folders renamed at every level, and a file in the last',
      ['p/q/r.txt'],
      (s) => s.move('p/q/r.txt', 'p/q/z.txt').move('p/q', 'p/y').move('p', 'x'),
      { 'x/y/z.txt': 'p/q/r.txt' },
      3,
    ],
    ['two that change names', ['a', 'b'], (s) => s.move('a', 'c').move('b', 'a').move('c', 'b'), { a: 'b', b: 'a' }, 3],
    [
      'two folders that change names',
      ['a/1', 'b/2'],
      (s) => s.move('a', 'c').move('b', 'a').move('c', 'b'),
      { 'a/2': 'b/2', 'b/1': 'a/1' },
      3,
    ],
    ['a chain', ['1', '2', '3'], (s) => s.move('3', '4').move('2', '3').move('1', '2'), { '2': '1', '3': '2', '4': '3' }, 3],
    [
      'three in a circle',
      ['1', '2', '3'],
      (s) => s.move('3', 'x').move('2', '3').move('1', '2').move('x', '1'),
      { '1': '3', '2': '1', '3': '2' },
      4,
    ],
    [
      'a folder that goes into its own former subfolder',
      ['a/b/1', 'a/2'],
      (s) => s.move('a/b', 'b').move('a', 'b/a'),
      { 'b/1': 'a/b/1', 'b/a/2': 'a/2' },
      2,
    ],
    [
      'a folder renamed and another one made in its place',
      ['p/1', 'p/2'],
      (s) => s.move('p', 'old').move('old/2', 'p/2'),
      { 'old/1': 'p/1', 'p/2': 'p/2' },
      2,
    ],
  ])('%s', async (_name, paths, act, expected, moves) => {
    const rounds = seeded(...paths)
    expect((await rounds.run()).status).toBe('completed')
    const before = rounds.ids()
    act(rounds.source)
    const outcome = await rounds.run()
    const after = rounds.ids()
    expect([outcome.status, outcome.reason]).toEqual(['completed', undefined])
    for (const [now, then] of Object.entries(expected)) expect([now, after[now]]).toEqual([now, before[then]])
    expect(rounds.writes().filter((call) => call.startsWith('moveItem'))).toHaveLength(moves)
    expect(rounds.writes().filter((call) => call.startsWith('sendFragment'))).toEqual([])
    for (const [relPath, { bytes }] of rounds.source.files)
      expect(rounds.destination.tree()[relPath]).toBe(new TextDecoder().decode(bytes))
    // And once more: nothing is left to do.
    await rounds.run()
    expect(rounds.writes()).toEqual([])
  })

  test('a file that is renamed and changed is one item with one more version', async () => {
    const rounds = seeded('a.txt')
    await rounds.run()
    const id = rounds.ids()['a.txt']
    rounds.source.move('a.txt', 'b.txt').put('b.txt', 'changed', Date.UTC(2022, 0, 1))
    expect((await rounds.run()).status).toBe('completed')
    expect([rounds.ids()['b.txt'], rounds.destination.at('b.txt')?.contentCount]).toEqual([id, 2])
    expect(rounds.destination.tree()).toEqual({ 'b.txt': 'changed' })
  })

  test('an edit at the destination goes along and stays', async () => {
    const rounds = seeded('a.txt')
    await rounds.run()
    rounds.destination.seed('a.txt', 'edited by a person', rounds.clock.now())
    rounds.source.move('a.txt', 'b.txt')
    await rounds.run()
    expect(rounds.destination.tree()).toEqual({ 'b.txt': 'edited by a person' })
    await rounds.run()
    expect(rounds.destination.tree()).toEqual({ 'b.txt': 'edited by a person' })
  })

  test('whoever saves by renaming keeps the history with the path', async () => {
    const rounds = seeded('drawing.dwg')
    await rounds.run()
    const id = rounds.ids()['drawing.dwg']
    rounds.source.move('drawing.dwg', 'drawing.bak').put('drawing.dwg', 'the new drawing', Date.UTC(2022, 0, 1))
    expect((await rounds.run()).status).toBe('completed')
    expect(rounds.ids()['drawing.dwg']).toBe(id)
    expect(rounds.destination.tree()).toEqual({ 'drawing.bak': 'content drawing.dwg', 'drawing.dwg': 'the new drawing' })
  })

  test('a place that somebody else has taken is not taken from him', async () => {
    const rounds = seeded('a.txt')
    await rounds.run()
    rounds.destination.seed('b.txt', 'of a person', Date.UTC(2023, 0, 1))
    rounds.source.move('a.txt', 'b.txt')
    const outcome = await rounds.run()
    expect(rounds.destination.tree()).toEqual({ 'a.txt': 'content a.txt', 'b.txt': 'of a person' })
    expect([outcome.status, rounds.last.itemAt('b.txt')?.errorCode]).toEqual(['completedWithIssues', 'DST_NEWER'])
    expect(rounds.last.itemAt('b.txt')?.issues.map(({ code }) => code)).toEqual(['DST_NOT_MOVED'])
  })

  test('a file that somebody else moved at the destination stays where he put it', async () => {
    const rounds = seeded('a.txt', 'd/b.txt')
    await rounds.run()
    const node = rounds.destination.at('a.txt')
    if (node) node.parentId = rounds.destination.at('d')?.itemId
    rounds.source.move('a.txt', 'z.txt')
    await rounds.run()
    expect(Object.keys(rounds.destination.tree())).toEqual(['d/', 'd/a.txt', 'd/b.txt', 'z.txt'])
    expect(rounds.last.itemAt('z.txt')?.issues.map(({ code }) => code)).toEqual(['DST_NOT_MOVED'])
  })

  test('a number that the file system gave again is not the same file', async () => {
    const rounds = seeded('a.txt')
    await rounds.run()
    const id = rounds.ids()['a.txt']
    rounds.source.remove('a.txt').put('b.txt', 'something else', Date.UTC(2022, 0, 1))
    rounds.source.ids.set('b.txt', 'a.txt')
    rounds.source.born.set('b.txt', Date.UTC(2022, 0, 1))
    await rounds.run()
    expect(rounds.ids()['a.txt']).toBe(id)
    expect(rounds.destination.tree()).toEqual({ 'a.txt': 'content a.txt', 'b.txt': 'something else' })
  })
})

describe('without file ids', () => {
  test('a new file with the content of one that is gone is that file', async () => {
    const rounds = seeded('a.txt', 'b.txt')
    rounds.source.tellsIds = false
    await rounds.run()
    const before = rounds.ids()
    rounds.source.move('a.txt', 'd/a2.txt')
    expect((await rounds.run()).status).toBe('completed')
    expect(rounds.ids()['d/a2.txt']).toBe(before['a.txt'])
    expect(rounds.writes().filter((call) => call.startsWith('sendFragment'))).toEqual([])
  })

  test('of two that are alike nobody knows which is which: both are sent, none is removed', async () => {
    const rounds = seeded()
    rounds.source.tellsIds = false
    rounds.source.put('a.txt', 'same').put('b.txt', 'same')
    await rounds.run()
    rounds.source.move('a.txt', 'c.txt').move('b.txt', 'd.txt')
    await rounds.run()
    expect(Object.keys(rounds.destination.tree())).toEqual(['a.txt', 'b.txt', 'c.txt', 'd.txt'])
  })
})

describe('in trouble', () => {
  test('an answer that was lost is looked for, and nothing is moved twice', async () => {
    const rounds = seeded('a.txt')
    await rounds.run()
    rounds.source.move('a.txt', 'b.txt')
    let isFirst = true
    rounds.destination.onCall = ({ verb, when }) => {
      if (verb !== 'moveItem' || when !== 'after' || !isFirst) return
      isFirst = false
      throw new MigrationError('NET_INTERRUPTED', 'lost', { remedy: { kind: 'lookFirst' } })
    }
    expect((await rounds.run()).status).toBe('completed')
    expect(rounds.destination.tree()).toEqual({ 'b.txt': 'content a.txt' })
    expect(rounds.writes()).toEqual(['moveItem a.txt'])
  })

  test('an edit in the same moment is not overwritten, and the move is made', async () => {
    const rounds = seeded('a.txt')
    await rounds.run()
    rounds.source.move('a.txt', 'b.txt')
    let isFirst = true
    rounds.destination.onCall = ({ verb, when }) => {
      if (verb !== 'moveItem' || when !== 'before' || !isFirst) return
      isFirst = false
      rounds.destination.seed('a.txt', 'edited by a person', rounds.clock.now())
    }
    await rounds.run()
    expect(rounds.destination.tree()).toEqual({ 'b.txt': 'edited by a person' })
  })

  test('killed at any call of any port, the next start ends in the same state', async () => {
    const expected = await lives(Number.POSITIVE_INFINITY)
    expect(expected.isDead).toBe(false)
    expect(expected.ids).toEqual(['a', 'b', 'q/', 'q/p/', 'q/p/1', 'q/p/2'])
    for (let at = 1; at <= expected.callCount; at += 23) expect([at, (await lives(at)).ids]).toEqual([at, expected.ids])
  })

  /** A round in which two swap and a folder goes into a new one, cut off once. Answers the paths, when all ids are the right ones. */
  async function lives(at: number) {
    const rounds = seeded('a', 'b', 'p/1', 'p/2')
    const { source, destination, clock } = rounds
    const previous = rounds.open(`first-${at}`)
    await runTest({ source, destination, clock, journal: previous })
    const before = rounds.ids()
    rounds.source.move('a', 'x').move('b', 'a').move('x', 'b').move('p', 'q/p')
    const death = new Death(at)
    const run = { source, destination, clock, round: 1, previous }
    const journal = rounds.open(`second-${at}`)
    destination.onCall = death.check
    await runTest({ ...run, journal: mortal(journal, death) }).catch(() => undefined)
    destination.onCall = () => undefined
    const outcome = await runTest({ ...run, journal })
    expect([at, outcome.status]).toEqual([at, 'completed'])
    const after = rounds.ids()
    expect([at, after.a, after.b, after['q/p/1'], after['q/p/2']]).toEqual([at, before.b, before.a, before['p/1'], before['p/2']])
    previous.close()
    journal.close()
    return { isDead: death.isDead, callCount: death.callCount, ids: Object.keys(destination.tree()) }
  }
})
