import { describe, expect, test } from 'vitest'
import { MigrationError } from '../../shared/errors.ts'
import { createJournalFixture } from '../adapters/testing/journalFixture.ts'
import type { ContentComparer } from './ports/contentComparer.ts'
import type { Journal, JournalItem } from './ports/journal.ts'
import { fixedComparer, runTest } from './testing/engineKit.ts'
import { InstantClock } from './testing/instantClock.ts'
import { MemoryDestination } from './testing/memoryDestination.ts'
import { MemorySource } from './testing/memorySource.ts'

const { open: openJournal, opened } = createJournalFixture()

function setUp() {
  return { journal: openJournal(), source: new MemorySource(), destination: new MemoryDestination() }
}

function itemAt(journal: Journal, relPath: string): JournalItem {
  const item = journal.itemAt(relPath)
  if (!item) throw new Error(`no row for ${relPath}`)
  return item
}

const MIB = 1024 * 1024
const scanned = Date.UTC(2021, 5, 1)
const later = Date.UTC(2022, 1, 1)

/** Runs `act` once, when the scan is over and nothing has been sent. */
function beforeSending(act: () => void): (progress: { readonly stage: string }) => void {
  let isDone = false
  return ({ stage }) => {
    if (stage !== 'transferring' || isDone) return
    isDone = true
    act()
  }
}

describe('a source that moves between scan and sending', () => {
  test('a file that was empty when it was scanned and is not any more travels with its content', async () => {
    const kit = setUp()
    kit.source.put('log.txt', '').put('still empty', '')
    const outcome = await runTest({
      ...kit,
      onProgress: beforeSending(() => kit.source.put('log.txt', 'now it has content', later)),
    })
    expect(kit.destination.tree()).toEqual({ 'log.txt': 'now it has content', 'still empty': '' })
    expect(kit.destination.at('log.txt')?.times.modifiedMs).toBe(later)
    expect([outcome.status, itemAt(kit.journal, 'log.txt').verdict]).toEqual(['completed', 'exact'])
    expect(kit.source.openCount).toBe(0)
  })

  test('an empty file that is gone is not made up', async () => {
    const kit = setUp()
    kit.source.put('gone', '').put('here', '')
    await runTest({ ...kit, onProgress: beforeSending(() => kit.source.files.delete('gone')) })
    expect(Object.keys(kit.destination.tree())).toEqual(['here'])
    expect(itemAt(kit.journal, 'gone').errorCode).toBe('SRC_VANISHED')
  })

  test('a file that was emptied arrives empty, with the time at which it was emptied', async () => {
    const kit = setUp()
    kit.source.put('cut.txt', 'content')
    const outcome = await runTest({ ...kit, onProgress: beforeSending(() => kit.source.put('cut.txt', '', later)) })
    expect(kit.destination.at('cut.txt')?.bytes).toHaveLength(0)
    expect(kit.destination.at('cut.txt')?.times.modifiedMs).toBe(later)
    expect(outcome.status).toBe('completed')
  })
})

describe('a destination that moves while the round runs', () => {
  test('an answer that was lost is no reason to replace a file without a condition', async () => {
    const kit = setUp()
    kit.destination.isPlaceNew = false
    kit.source.put('plan.bin', new Uint8Array(11 * MIB), later)
    kit.destination.seed('plan.bin', 'old', scanned)
    let isFirst = true
    kit.destination.onCall = ({ verb, when }) => {
      if (verb === 'createSessions' && when === 'before') {
        // Somebody saves between our look and the next session.
        if (!isFirst) kit.destination.seed('plan.bin', 'edited by a person', Date.UTC(2023, 0, 1))
        return
      }
      if (verb !== 'sendFragment' || when !== 'before' || !isFirst) return
      isFirst = false
      throw new MigrationError('DST_SESSION_LOST', 'lost', { remedy: { kind: 'lookFirst' }, status: 401 })
    }
    await runTest(kit)
    expect(kit.destination.tree()['plan.bin']).toBe('edited by a person')
    expect(itemAt(kit.journal, 'plan.bin').errorCode).toBe('DST_NEWER')
  })

  test('a session that is taken up again does not overwrite what somebody saved meanwhile', async () => {
    const kit = setUp()
    kit.destination.isPlaceNew = false
    kit.source.put('plan.bin', new Uint8Array(25 * MIB), later)
    kit.destination.seed('plan.bin', 'old', scanned)
    const drain = new AbortController()
    kit.destination.onCall = ({ verb, when }) => {
      if (verb === 'sendFragment' && when === 'after') drain.abort()
    }
    expect((await runTest({ ...kit, drainSignal: drain.signal })).status).toBe('paused')
    kit.destination.onCall = () => undefined
    kit.destination.seed('plan.bin', 'edited by a person', Date.UTC(2023, 0, 1))
    kit.destination.calls.length = 0
    await runTest(kit)
    expect(kit.destination.calls.filter((call) => call.startsWith('sendFragment'))).toEqual([])
    expect(kit.destination.tree()['plan.bin']).toBe('edited by a person')
    expect(itemAt(kit.journal, 'plan.bin').errorCode).toBe('DST_NEWER')
  })

  test('a folder that cannot be proved keeps the round from being completed', async () => {
    const kit = setUp()
    kit.source.put('d/a', '1')
    kit.destination.onCall = ({ verb, when, name }) => {
      if (verb === 'list' && when === 'before') {
        const node = kit.destination.at('d')
        if (node) kit.destination.nodes.delete(node.itemId)
      }
      if (verb === 'getItem' && when === 'before' && name !== '')
        throw new MigrationError('DST_NO_ACCESS', 'may not be read', { remedy: { kind: 'failItem' } })
    }
    const outcome = await runTest(kit)
    expect(outcome.status).toBe('completedWithIssues')
    expect(outcome.reason).toContain('1 folder cannot be proved')
  })
})

describe('a later round', () => {
  const round1 = { round: 1 } as const

  test('sends an Office file that changed within the second of its stored time', async () => {
    const kit = setUp()
    kit.source.put('a.docx', 'first', scanned + 100)
    expect((await runTest(kit)).status).toBe('completed')
    kit.source.put('a.docx', 'second, and longer', scanned + 700)
    const outcome = await runTest({ ...kit, ...round1, journal: openJournal('R1'), previous: kit.journal })
    expect(kit.destination.tree()['a.docx']).toBe('second, and longer')
    expect(outcome.status).toBe('completed')
  })

  test('trusts an Office file that it proved before without reading it', async () => {
    const kit = setUp()
    kit.source.put('a.docx', 'parts')
    kit.destination.rewrite = (_name, bytes) => bytes.slice(1)
    const comparer = fixedComparer('equalParts')
    expect((await runTest({ ...kit, comparer })).status).toBe('completed')
    const reads: string[] = []
    kit.source.onRead = (relPath) => reads.push(relPath)
    const outcome = await runTest({ ...kit, ...round1, comparer, journal: openJournal('R1'), previous: kit.journal })
    expect([outcome.status, reads]).toEqual(['completed', []])
    const next = await runTest({ ...kit, comparer, round: 2, journal: openJournal('R2'), previous: opened[1] })
    expect([next.status, reads]).toEqual(['completed', []])
  })

  test('does not call complete what the round before could not prove', async () => {
    const kit = setUp()
    kit.source.put('a.doc', 'old format')
    kit.destination.rewrite = (_name, bytes) => bytes.slice(1)
    const comparer = fixedComparer('cannotTell')
    expect((await runTest({ ...kit, comparer })).status).toBe('completedWithIssues')
    const outcome = await runTest({ ...kit, ...round1, comparer, journal: openJournal('R1'), previous: kit.journal })
    expect([outcome.status, itemAt(opened[1] ?? kit.journal, 'a.doc').verdict]).toEqual(['completedWithIssues', 'unverifiable'])
    expect(kit.destination.at('a.doc')?.contentCount).toBe(1)
  })

  test('compares the parts of an Office file that it knows nothing about, and sends it when they differ', async () => {
    const kit = setUp()
    kit.destination.isPlaceNew = false
    kit.source.put('same.docx', 'same!', scanned).put('other.docx', 'source', scanned)
    kit.destination.seed('same.docx', 'same', scanned)
    kit.destination.seed('other.docx', 'something else', scanned)
    const comparer: ContentComparer = {
      compare: async ({ relPath, itemId }) => ({
        kind: relPath === 'same.docx' || kit.destination.nodes.get(itemId)?.contentCount === 2 ? 'equalParts' : 'different',
        reason: 'as the test says',
      }),
    }
    const outcome = await runTest({ ...kit, ...round1, comparer })
    expect(kit.destination.tree()).toEqual({ 'other.docx': 'source', 'same.docx': 'same' })
    expect(outcome.status).toBe('completed')
  })

  test('does not send a file again and again because its time lies in the future', async () => {
    const kit = setUp()
    const clock = new InstantClock()
    kit.source.put('clock.txt', 'from a wrong clock', clock.now() + 10 * 365 * 86_400_000)
    expect((await runTest({ ...kit, clock })).status).toBe('completed')
    await clock.sleep(3_600_000, new AbortController().signal)
    const outcome = await runTest({ ...kit, ...round1, clock, journal: openJournal('R1'), previous: kit.journal })
    expect([outcome.status, kit.destination.at('clock.txt')?.contentCount]).toEqual(['completed', 1])
  })

  test('sends a file that changed although its time is from before 1980', async () => {
    const kit = setUp()
    kit.source.put('old.txt', 'first', Date.UTC(1970, 0, 1))
    expect((await runTest(kit)).status).toBe('completed')
    kit.source.put('old.txt', 'second one', Date.UTC(1970, 0, 2))
    const outcome = await runTest({ ...kit, ...round1, journal: openJournal('R1'), previous: kit.journal })
    expect([outcome.status, kit.destination.tree()['old.txt']]).toEqual(['completed', 'second one'])
  })
})
