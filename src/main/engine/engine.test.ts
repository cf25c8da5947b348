import { describe, expect, test } from 'vitest'
import { createJournalFixture } from '../adapters/testing/journalFixture.ts'
import type { Journal, JournalItem } from './ports/journal.ts'
import { runTest, testTask } from './testing/engineKit.ts'
import { MemoryDestination } from './testing/memoryDestination.ts'
import { MemorySource } from './testing/memorySource.ts'

const { open: openJournal, opened } = createJournalFixture()

function itemAt(journal: Journal, relPath: string): JournalItem {
  const item = journal.itemAt(relPath)
  if (!item) throw new Error(`no row for ${relPath}`)
  return item
}

function big(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let index = 0; index < length; index++) bytes[index] = index % 251
  return bytes
}

const isSame = (actual: Uint8Array | undefined, expected: Uint8Array) =>
  actual !== undefined && Buffer.compare(actual, expected) === 0

const MIB = 1024 * 1024

function setUp(): { readonly journal: Journal; readonly source: MemorySource; readonly destination: MemoryDestination } {
  return { journal: openJournal(), source: new MemorySource(), destination: new MemoryDestination() }
}

describe('a round', () => {
  test('brings every file with content and times, and completes', async () => {
    const kit = setUp()
    kit.source
      .put('a.txt', 'alpha')
      .put('docs/b.txt', 'beta')
      .put('docs/deep/empty.log', '')
      .put('docs/large.bin', big(25 * MIB))
    kit.source.folders.add('nothing in it')
    const outcome = await runTest(kit)
    expect([outcome.status, outcome.reason]).toEqual(['completed', undefined])
    const tree = kit.destination.tree()
    expect(Object.keys(tree)).toEqual([
      'a.txt',
      'docs/',
      'docs/b.txt',
      'docs/deep/',
      'docs/deep/empty.log',
      'docs/large.bin',
      'nothing in it/',
    ])
    expect([tree['a.txt'], tree['docs/b.txt'], tree['docs/deep/empty.log']]).toEqual(['alpha', 'beta', ''])
    expect(isSame(kit.destination.at('docs/large.bin')?.bytes, big(25 * MIB))).toBe(true)
    for (const file of ['a.txt', 'docs/deep/empty.log'])
      expect(kit.destination.at(file)?.times.modifiedMs).toBe(Date.UTC(2021, 5, 1))
    expect(kit.destination.at('docs/deep')?.times.modifiedMs).toBe(Date.UTC(2020, 1, 2))
    expect(outcome.counts.verdicts).toEqual({ exact: 4, rewritten: 0, different: 0, unverifiable: 0 })
    expect(kit.source.openCount).toBe(0)
  })

  test('spends one call per small file besides shared ones, and one fragment per 10 MiB', async () => {
    const kit = setUp()
    kit.source
      .put('a', '1')
      .put('b', '2')
      .put('c', '3')
      .put('d', big(25 * MIB))
    await runTest(kit)
    expect(kit.destination.calls.map((call) => call.split(' ')[0]).sort()).toEqual([
      'createSessions',
      'createSessions',
      ...Array(6).fill('sendFragment'),
    ])
  })

  test('that has ended says again how it ended and touches nothing', async () => {
    const kit = setUp()
    kit.source.put('a', '1')
    await runTest(kit)
    const callCount = kit.destination.calls.length
    expect((await runTest(kit)).status).toBe('completed')
    expect(kit.destination.calls.length).toBe(callCount)
  })

  test('keeps a row for everything and says what did not travel', async () => {
    const kit = setUp()
    kit.source.put('ok.txt', 'x').put('bad.tmp', 'y').put('locked room/z', 'z')
    kit.source.issues.set('locked room', { code: 'SRC_NO_ACCESS', effect: 'blocks', detail: 'may not be read' })
    const outcome = await runTest({ ...kit, settings: { skipFilesWithExtensions: ['tmp'] } })
    expect(outcome.status).toBe('completedWithIssues')
    expect(outcome.reason).toContain('1 folder has failed')
    expect(itemAt(kit.journal, 'bad.tmp').state).toBe('filteredOut')
    expect([itemAt(kit.journal, 'locked room').state, itemAt(kit.journal, 'locked room').errorCode]).toEqual([
      'failed',
      'SRC_NO_ACCESS',
    ])
    expect(Object.keys(kit.destination.tree())).toEqual(['ok.txt'])
  })

  test('makes folders that no pattern names only for what is in them', async () => {
    const kit = setUp()
    kit.source.put('keep/deep/a.doc', 'x').put('drop/deep/b.txt', 'y')
    const outcome = await runTest({ ...kit, settings: { include: ['*.doc'] } })
    expect(outcome.status).toBe('completed')
    expect(Object.keys(kit.destination.tree())).toEqual(['keep/', 'keep/deep/', 'keep/deep/a.doc'])
    expect(itemAt(kit.journal, 'drop').state).toBe('filteredOut')
  })

  test('gives names that SharePoint cannot tell apart to both, or leaves one behind', async () => {
    const kit = setUp()
    kit.source.put('Plan.txt', 'upper').put('plan.txt', 'lower')
    expect((await runTest(kit)).status).toBe('completed')
    expect(Object.values(kit.destination.tree()).sort()).toEqual(['lower', 'upper'])

    const strict = { journal: openJournal('strict'), source: kit.source, destination: new MemoryDestination() }
    const settings = testTask().settings
    const outcome = await runTest({ ...strict, settings: { nameRules: { ...settings.nameRules, whenInvalid: 'skip' } } })
    expect(outcome.status).toBe('completedWithIssues')
    expect(Object.values(strict.destination.tree())).toHaveLength(1)
  })

  test('scan only writes nothing and is ready to migrate', async () => {
    const kit = setUp()
    kit.source.put('a', '1').put('b/c', '2')
    const outcome = await runTest({ ...kit, settings: { isScanOnly: true } })
    expect([outcome.status, outcome.counts.files.scanned, outcome.isResumable]).toEqual(['readyToMigrate', 2, false])
    expect(kit.destination.calls).toEqual([])
    const after = await runTest({ ...kit, task: { ...testTask(), revision: 2 } })
    expect([after.status, Object.keys(kit.destination.tree())]).toEqual(['completed', ['a', 'b/', 'b/c']])
  })

  test('tells its progress, sent before stored before proved', async () => {
    const kit = setUp()
    kit.source.put('a', '12345').put('b', big(12 * MIB))
    const seen: string[] = []
    let last = { sentBytes: 0, migratedBytes: 0, stage: '' }
    await runTest({
      ...kit,
      onProgress(progress) {
        expect(progress.sentBytes).toBeGreaterThanOrEqual(progress.migratedBytes)
        if (seen.at(-1) !== progress.stage) seen.push(progress.stage)
        last = progress
      },
    })
    expect(seen).toEqual(['waiting', 'scanning', 'planning', 'transferring', 'verifying', 'reporting', 'done'])
    expect([last.sentBytes, last.migratedBytes]).toEqual([12 * MIB + 5, 12 * MIB + 5])
  })
})

describe('what the destination held before', () => {
  const older = Date.UTC(2020, 0, 1)
  const same = Date.UTC(2021, 5, 1)
  const newer = Date.UTC(2022, 0, 1)

  test('is replaced, proved or left by the rules of the task', async () => {
    const kit = setUp()
    kit.destination.isPlaceNew = false
    kit.source.put('old.txt', 'fresh').put('same.txt', 'equal').put('new.txt', 'stale').put('sub/x.txt', 'x')
    kit.destination.seed('old.txt', 'ancient', older)
    kit.destination.seed('same.txt', 'equal', same)
    kit.destination.seed('new.txt', 'newest', newer)
    kit.destination.seed('sub/other.txt', 'not ours', newer)
    const outcome = await runTest(kit)
    expect(kit.destination.tree()).toEqual({
      'new.txt': 'newest',
      'old.txt': 'fresh',
      'same.txt': 'equal',
      'sub/': '',
      'sub/other.txt': 'not ours',
      'sub/x.txt': 'x',
    })
    expect(kit.destination.at('old.txt')?.contentCount).toBe(2)
    expect(kit.destination.at('same.txt')?.contentCount).toBe(1)
    expect([itemAt(kit.journal, 'new.txt').state, itemAt(kit.journal, 'new.txt').errorCode]).toEqual(['skipped', 'DST_NEWER'])
    expect([itemAt(kit.journal, 'same.txt').state, itemAt(kit.journal, 'same.txt').verdict]).toEqual(['migrated', 'exact'])
    expect([outcome.status, outcome.extraItemCount]).toEqual(['completedWithIssues', 0])
  })

  test('a later round sends only what changed and reads nothing it knows', async () => {
    const kit = setUp()
    kit.source.put('a.txt', 'one').put('b.txt', 'two').put('Twin', '1').put('twin', '2')
    await runTest(kit)
    const before = kit.destination.tree()
    kit.source.put('b.txt', 'two changed', newer).put('c.txt', 'three').put('TWIN', '3')
    const reads: string[] = []
    kit.source.onRead = (relPath) => reads.push(relPath)
    const outcome = await runTest({ ...kit, journal: openJournal('R1'), previous: kit.journal, round: 1 })
    expect(outcome.status).toBe('completed')
    expect([...new Set(reads)].sort()).toEqual(['TWIN', 'b.txt', 'c.txt'])
    expect(kit.destination.tree()).toMatchObject({ ...before, 'b.txt': 'two changed', 'c.txt': 'three' })
    expect(Object.keys(kit.destination.tree())).toHaveLength(6)
    expect(outcome.counts.files).toMatchObject({ migrated: 3, skipped: 3 })
    reads.length = 0
    const idle = await runTest({ ...kit, journal: openJournal('R2'), previous: opened[1], round: 2 })
    expect([idle.status, idle.counts.files.skipped, reads]).toEqual(['completed', 6, []])
  })
})

describe('sources that do not hold still', () => {
  test('a file that changed since the scan goes as it is now', async () => {
    const kit = setUp()
    kit.source.put('a', 'short').put('b', 'x').put('c', 'now empty')
    let isChanged = false
    await runTest({
      ...kit,
      onProgress({ stage }) {
        if (stage !== 'transferring' || isChanged) return
        isChanged = true
        kit.source
          .put('a', 'much longer than before', Date.UTC(2022, 1, 1))
          .put('b', big(11 * MIB), Date.UTC(2022, 1, 1))
          .put('c', '')
      },
    })
    expect(kit.destination.at('a')?.bytes).toHaveLength(23)
    expect(kit.destination.at('b')?.bytes).toHaveLength(11 * MIB)
    expect(kit.destination.at('c')?.bytes).toHaveLength(0)
    expect(itemAt(kit.journal, 'a').issues.map(({ code }) => code)).toEqual(['SRC_CHANGED_SINCE_SCAN'])
    expect(itemAt(kit.journal, 'a').sizeBytes).toBe(23)
    expect(kit.journal.meta().status).toBe('completed')
  })

  test('a file that keeps changing while it is read is never stored half and half', async () => {
    const kit = setUp()
    kit.source.put('busy', big(11 * MIB)).put('calm', 'x')
    let writes = 0
    kit.source.onRead = (relPath) => {
      if (relPath === 'busy') kit.source.put('busy', big(11 * MIB), Date.UTC(2022, 1, 1) + ++writes * 1000)
    }
    const outcome = await runTest(kit)
    expect([outcome.status, itemAt(kit.journal, 'busy').errorCode]).toEqual(['completedWithIssues', 'SRC_CHANGED_WHILE_READING'])
    expect(Object.keys(kit.destination.tree())).toEqual(['calm'])
    expect(kit.destination.sessions.size).toBe(0)
  })

  test('a locked file goes at the end, and fails after the third pass', async () => {
    const kit = setUp()
    kit.source.put('soon free', 'x').put('never free', 'y')
    kit.source.locked.set('soon free', 2).set('never free', 99)
    const outcome = await runTest(kit)
    expect(Object.keys(kit.destination.tree())).toEqual(['soon free'])
    expect([itemAt(kit.journal, 'never free').errorCode, itemAt(kit.journal, 'never free').failureStage]).toEqual([
      'SRC_LOCKED',
      'reading',
    ])
    expect(outcome.counts.failedAt.reading).toBe(1)
  })

  test('a file that vanished is told and stops nobody', async () => {
    const kit = setUp()
    kit.source.put('a', '1').put('b', '2')
    await runTest({ ...kit, onProgress: ({ stage }) => stage === 'transferring' && kit.source.files.delete('a') })
    expect([itemAt(kit.journal, 'a').errorCode, itemAt(kit.journal, 'b').state]).toEqual(['SRC_VANISHED', 'migrated'])
  })
})
