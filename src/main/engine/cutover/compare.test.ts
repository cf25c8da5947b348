import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openSqliteJournal } from '../../adapters/sqlite/sqliteJournal.ts'
import type { Journal } from '../ports/journal.ts'
import { fixedComparer, runTest, testTask } from '../testing/engineKit.ts'
import { InstantClock } from '../testing/instantClock.ts'
import { MemoryDestination } from '../testing/memoryDestination.ts'
import { MemorySource } from '../testing/memorySource.ts'
import { type Comparison, compareTask, type Difference } from './compare.ts'
import { redirectsOf } from './redirects.ts'
import { rollbackOf } from './rollback.ts'

let folder: string
let source: MemorySource
let destination: MemoryDestination
let opened: Journal[]
let clock: InstantClock
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-compare-'))
  source = new MemorySource()
  destination = new MemoryDestination()
  clock = new InstantClock()
  opened = []
})
afterEach(() => {
  for (const journal of opened) journal.close()
  fs.rmSync(folder, { recursive: true, force: true })
})

function newJournal(name: string): Journal {
  const journal = openSqliteJournal(path.join(folder, `${name}.sqlite`), {
    sealer: { seal: (text) => text, open: (text) => text },
  })
  opened.push(journal)
  return journal
}

async function migrate(round: number, previous?: Journal): Promise<Journal> {
  const journal = newJournal(`R${round}`)
  await runTest({ journal, source, destination, round, clock, ...(previous ? { previous } : {}) })
  return journal
}

async function compare(rounds: readonly Journal[]): Promise<Comparison & { readonly found: readonly string[] }> {
  const found: Difference[] = []
  const comparison = await compareTask(
    {
      journal: newJournal(`compare-${opened.length}`),
      openSource: () => source,
      destinations: destination,
      compileGlobs: () => () => false,
      clock,
      logger: { log: () => undefined },
      rounds,
    },
    testTask(),
    { agentName: 'agent', onDifference: (difference) => found.push(difference), signal: new AbortController().signal },
  )
  return { ...comparison, found: found.map(({ kind, path: at, cause }) => `${kind} ${at} ${cause}`).sort() }
}

const ZERO = { missing: 0, different: 0, extra: 0, left: 0, delta: { files: 0, bytes: 0 } }
const nodeNamed = (name: string) => {
  const node = [...destination.nodes.values()].find((one) => one.name === name)
  if (!node) throw new Error(`no ${name} at the destination`)
  return node
}

function writeShare(): void {
  source.put('a.txt', 'a').put('Q3/b.txt', 'bb').put('Q3/empty.txt', '').put('Q3/deep/c:d.txt', 'ccc')
}

test('after a round that ended well the comparison is zero', async () => {
  writeShare()
  const first = await migrate(0)
  expect(await compare([first])).toMatchObject({ ...ZERO, sourceFiles: 4, same: 6, found: [] })
})

test('without any journal of the rounds it is zero too: the journals only say why', async () => {
  writeShare()
  await migrate(0)
  expect(await compare([])).toMatchObject({ ...ZERO, same: 6, found: [] })
})

test('each change at either end is found and named with its cause', async () => {
  writeShare()
  source.put('gone.txt', 'gone').put('removed.txt', 'r').put('edited.txt', 'e')
  const first = await migrate(0)
  source.put('a.txt', 'longer now', Date.UTC(2022, 0, 1)).put('Q3/new.txt', 'new!')
  source.files.delete('gone.txt')
  destination.nodes.delete(nodeNamed('removed.txt').itemId)
  nodeNamed('edited.txt').bytes = new TextEncoder().encode('x')
  const stranger = { ...nodeNamed('b.txt'), itemId: 'STRANGER', name: 'stranger.txt' }
  destination.nodes.set('STRANGER', stranger)
  const result = await compare([first])
  expect(result.found).toEqual([
    'different a.txt changedAtSource',
    'different edited.txt editedAtDestination',
    'extra gone.txt goneFromSource',
    'extra stranger.txt madeAtDestination',
    'missing Q3/new.txt newAtSource',
    'missing removed.txt removedAtDestination',
  ])
  expect(result).toMatchObject({ missing: 2, different: 2, extra: 2, left: 0, gone: 1 })
  // A round sends what is new, what has changed and what is missing; whoever edits at the destination is not overwritten.
  expect(result.delta).toEqual({ files: 3, bytes: 'longer now'.length + 'new!'.length + 1 })
})

test('what a round leaves behind is named with its reason, in every later comparison too', async () => {
  writeShare()
  source.issues.set('Q3/b.txt', { code: 'SRC_NO_ACCESS', effect: 'blocks', detail: 'No access.' })
  const first = await migrate(0)
  const result = await compare([first])
  expect(result.found).toEqual(['left Q3/b.txt leftByRule'])
})

test('a file of the same size whose bytes are other ones is different, by its hash', async () => {
  source.put('a.txt', 'right')
  const first = await migrate(0)
  nodeNamed('a.txt').bytes = new TextEncoder().encode('wrong')
  expect((await compare([first])).found).toEqual(['different a.txt editedAtDestination'])
})

test('what the service has rewritten counts as the same while its time stands', async () => {
  destination.rewrite = (name, bytes) => (name.endsWith('.docx') ? new Uint8Array([...bytes, 1, 2, 3]) : bytes)
  source.put('a.docx', 'office').put('b.txt', 'b')
  const journal = newJournal('R0')
  await runTest({ journal, source, destination, round: 0, clock, comparer: fixedComparer('equalParts') })
  expect(await compare([journal])).toMatchObject({ ...ZERO, found: [] })
  const node = nodeNamed('a.docx')
  node.times = { createdMs: undefined, modifiedMs: Date.UTC(2025, 0, 1) }
  expect((await compare([journal])).found).toEqual(['different a.docx editedAtDestination'])
})

test('a source that is empty where a round found files is not compared: its share is not mounted', async () => {
  writeShare()
  const first = await migrate(0)
  source.files.clear()
  await expect(compare([first])).rejects.toMatchObject({ code: 'SRC_NOT_FOUND' })
})

test('comparing writes nothing to the destination', async () => {
  writeShare()
  const first = await migrate(0)
  source.put('new.txt', 'new')
  const before = JSON.stringify([...destination.nodes])
  destination.calls.length = 0
  await compare([first])
  expect(JSON.stringify([...destination.nodes])).toBe(before)
  expect(destination.calls.filter((call) => /create|put|send|set/i.test(call))).toEqual([])
})

test('the rollback list is what each round made, the redirect map what is there now', async () => {
  writeShare()
  const first = await migrate(0)
  source.put('a.txt', 'changed', Date.UTC(2030, 0, 1)).put('Q3/new.txt', 'new')
  const second = await migrate(1, first)
  const listed = (journal: Journal) =>
    [...rollbackOf(journal)].map(({ operation, kind, path: at }) => `${operation} ${kind} ${at}`)
  expect(new Set(listed(first))).toEqual(
    new Set([
      'created library ',
      'created folder Q3',
      'created folder Q3/deep',
      'created file a.txt',
      'created file Q3/b.txt',
      'created file Q3/empty.txt',
      'created file Q3/deep/c:d.txt',
    ]),
  )
  expect(new Set(listed(second))).toEqual(new Set(['replaced file a.txt', 'created file Q3/new.txt']))
  // Without the journal of the first round the second one tells what it found of it.
  const alone = [...rollbackOf(second, { isOldest: true })]
  expect(alone.filter(({ round }) => round === undefined).map(({ path: at }) => at)).toEqual(
    expect.arrayContaining(['Q3', 'Q3/b.txt', 'Q3/deep/c:d.txt', 'a.txt']),
  )
  const map = new Map([...redirectsOf(second, { uncRoot: '\\\\files\\finance\\' })].map((one) => [one.oldPath, one]))
  expect(map.get('/share/Q3/deep/c:d.txt')).toEqual({
    kind: 'file',
    oldPath: '/share/Q3/deep/c:d.txt',
    uncPath: '\\\\files\\finance\\Q3\\deep\\c:d.txt',
    newUrl: 'https://contoso.sharepoint.com/sites/finance/Shared%20Documents/Q3/deep/c_d.txt',
  })
  expect(map.get('/share')?.uncPath).toBe('\\\\files\\finance')
  expect(map.size).toBe(8)
})

test('what is renamed at the source is moved, not sent; afterwards its old path leads to where it is', async () => {
  writeShare()
  const first = await migrate(0)
  source.move('Q3/b.txt', 'Q3/renamed.txt')
  const before = await compare([first])
  expect(before).toMatchObject({ moved: 1, gone: 1, delta: { files: 0, bytes: 0 } })
  const second = await migrate(1, first)
  expect(await compare([second, first])).toMatchObject({ ...ZERO, found: [] })
  const map = new Map([...redirectsOf(second)].map(({ oldPath, newUrl }) => [oldPath, newUrl]))
  expect(map.get('/share/Q3/b.txt')).toBe('https://contoso.sharepoint.com/sites/finance/Shared%20Documents/Q3/renamed.txt')
  expect(map.get('/share/Q3/renamed.txt')).toBe(map.get('/share/Q3/b.txt'))
})
