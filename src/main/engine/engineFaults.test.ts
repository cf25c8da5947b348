import { describe, expect, test } from 'vitest'
import { MigrationError } from '../../shared/errors.ts'
import { createJournalFixture } from '../adapters/testing/journalFixture.ts'
import type { Journal, JournalItem } from './ports/journal.ts'
import { fixedComparer, runTest } from './testing/engineKit.ts'
import { InstantClock } from './testing/instantClock.ts'
import { MemoryDestination } from './testing/memoryDestination.ts'
import { MemorySource } from './testing/memorySource.ts'

const { open: openJournal } = createJournalFixture()

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

describe('a service with faults', () => {
  test('a wait that is asked for is waited in full', async () => {
    const kit = setUp()
    kit.source.put('a', '1')
    let refusals = 2
    kit.destination.onCall = ({ verb, when }) => {
      if (verb === 'sendFragment' && when === 'before' && refusals-- > 0) {
        throw new MigrationError('THR_THROTTLED', 'wait', { remedy: { kind: 'waitUntil', delayMs: 123_000 } })
      }
    }
    const clock = new InstantClock()
    expect((await runTest({ ...kit, clock })).status).toBe('completed')
    expect(clock.waits).toEqual([123_000, 123_000])
  })

  test('bytes that were stored wrong go again once, then the file has failed', async () => {
    const kit = setUp()
    kit.source.put('once.bin', 'good').put('always.bin', 'good').put('text.docx', 'parts')
    let harm = 1
    kit.destination.rewrite = (name, bytes) => {
      const isHarmed = name === 'always.bin' || name === 'text.docx' || (name === 'once.bin' && harm-- > 0)
      return isHarmed ? bytes.slice(1) : bytes
    }
    const outcome = await runTest({ ...kit, comparer: fixedComparer('equalParts') })
    expect([itemAt(kit.journal, 'once.bin').state, itemAt(kit.journal, 'once.bin').reuploads]).toEqual(['migrated', 1])
    expect([itemAt(kit.journal, 'always.bin').errorCode, itemAt(kit.journal, 'always.bin').verdict]).toEqual([
      'VFY_DIFFERENT',
      'different',
    ])
    expect(itemAt(kit.journal, 'text.docx').verdict).toBe('rewritten')
    expect(kit.destination.at('text.docx')?.contentCount).toBe(1)
    expect(outcome.counts.verdicts).toEqual({ exact: 1, rewritten: 1, different: 1, unverifiable: 0 })
  })

  test('what is missing in the listing is sent again once', async () => {
    const kit = setUp()
    kit.source.put('d/a', '1').put('d/b', '2').put('gone', '3')
    let isFirst = true
    kit.destination.onCall = ({ verb, when }) => {
      if (verb !== 'list' || when !== 'before') return
      if (isFirst) kit.destination.remove('d/a')
      isFirst = false
      kit.destination.remove('gone')
    }
    const outcome = await runTest(kit)
    expect(kit.destination.tree()).toEqual({ 'd/': '', 'd/a': '1', 'd/b': '2' })
    expect([itemAt(kit.journal, 'd/a').state, itemAt(kit.journal, 'd/a').reuploads]).toEqual(['migrated', 1])
    expect([outcome.status, itemAt(kit.journal, 'gone').errorCode]).toEqual(['completedWithIssues', 'VFY_MISSING'])
  })

  test('something that nobody sent keeps the round from being completed', async () => {
    const kit = setUp()
    kit.source.put('d/a', '1')
    kit.destination.onCall = ({ verb }) => {
      if (verb === 'list') kit.destination.seed('d/a (1)', '1', 5)
    }
    const outcome = await runTest(kit)
    expect([outcome.status, outcome.extraItemCount]).toEqual(['completedWithIssues', 1])
  })

  test('a hash that the service never tells leaves the bytes to the comparer', async () => {
    const kit = setUp()
    kit.source.put('a.bin', '1').put('b.doc', '2')
    kit.destination.tellsHashes = false
    const outcome = await runTest({ ...kit, comparer: fixedComparer('equalBytes') })
    expect([outcome.status, outcome.counts.verdicts.exact]).toEqual(['completed', 2])
  })

  test('a full library stops the round, and the next start goes on', async () => {
    const kit = setUp()
    for (let index = 0; index < 10; index++) kit.source.put(`f${index}`, `content ${index}`)
    let room = 4
    kit.destination.onCall = ({ verb, when }) => {
      if (verb === 'sendFragment' && when === 'before' && room-- <= 0) {
        throw new MigrationError('DST_QUOTA', 'The library is full.', { remedy: { kind: 'stopTask' }, fix: 'Buy more.' })
      }
    }
    const stopped = await runTest(kit)
    expect([stopped.status, stopped.error?.code, stopped.isResumable]).toEqual(['failed', 'DST_QUOTA', true])
    room = Number.POSITIVE_INFINITY
    expect((await runTest(kit)).status).toBe('completed')
    for (let index = 0; index < 10; index++) expect(kit.destination.at(`f${index}`)?.contentCount).toBe(1)
  })

  test('a destination that was deleted and made again is not taken for the same', async () => {
    const kit = setUp()
    kit.source.put('a', '1')
    const stop = new AbortController()
    await runTest({ ...kit, drainSignal: stop.signal, onProgress: () => stop.abort() })
    kit.journal.record([{ fact: 'meta', change: { place: { ...kit.destination.place, rootItemId: 'OLD', isNew: false } } }])
    const outcome = await runTest(kit)
    expect([outcome.status, outcome.error?.code]).toEqual(['failed', 'DST_CHANGED'])
  })
})

describe('a journal that fails', () => {
  test('stops the round cleanly at any record, and the next start goes on', async () => {
    for (let room = 0; room < 16; room += 3) {
      const kit = { journal: openJournal(`full-${room}`), source: new MemorySource(), destination: new MemoryDestination() }
      kit.source.put('a', '1').put('d/b', '2').put('d/c', '3')
      let left = room
      const full: Journal = {
        ...kit.journal,
        record(facts) {
          if (left-- <= 0) throw new MigrationError('JNL_DISK_FULL', 'The disk is full.', { remedy: { kind: 'stopTask' } })
          kit.journal.record(facts)
        },
      }
      const stopped = await runTest({ ...kit, journal: full })
      if (left < 0) expect([room, stopped.status, stopped.error?.code]).toEqual([room, 'failed', 'JNL_DISK_FULL'])
      expect(kit.source.openCount).toBe(0)
      expect((await runTest(kit)).status).toBe('completed')
      expect(kit.destination.tree()).toEqual({ a: '1', 'd/': '', 'd/b': '2', 'd/c': '3' })
    }
  })
})

describe('stopping', () => {
  test('a drain lets a large file stop between two fragments and go on at that byte', async () => {
    const kit = setUp()
    kit.source.put('large', big(35 * MIB))
    const drain = new AbortController()
    kit.destination.onCall = ({ verb, when }) => {
      if (verb === 'sendFragment' && when === 'after') drain.abort()
    }
    const paused = await runTest({ ...kit, drainSignal: drain.signal })
    expect([paused.status, paused.isResumable]).toEqual(['paused', true])
    expect([itemAt(kit.journal, 'large').state, itemAt(kit.journal, 'large').acceptedBytes]).toEqual(['uploading', 10 * MIB])
    kit.destination.calls.length = 0
    kit.destination.onCall = () => undefined
    expect((await runTest(kit)).status).toBe('completed')
    expect(kit.destination.calls.filter((call) => call.startsWith('sendFragment'))).toHaveLength(3)
    expect(kit.destination.calls.filter((call) => call.startsWith('createSessions'))).toHaveLength(0)
    expect(isSame(kit.destination.at('large')?.bytes, big(35 * MIB))).toBe(true)
  })

  test('a drop ends at once, says whether it was a cancel, and loses nothing', async () => {
    const kit = setUp()
    for (let index = 0; index < 9; index++) kit.source.put(`f${index}`, `content ${index}`)
    const drop = new AbortController()
    let sent = 0
    kit.destination.onCall = ({ verb, when }) => {
      if (verb === 'sendFragment' && when === 'after' && ++sent === 4) drop.abort('cancel')
    }
    expect((await runTest({ ...kit, signal: drop.signal })).status).toBe('canceled')
    expect(kit.source.openCount).toBe(0)
    kit.destination.onCall = () => undefined
    expect((await runTest(kit)).status).toBe('completed')
    for (let index = 0; index < 9; index++) expect(kit.destination.at(`f${index}`)?.contentCount).toBe(1)
  })
})
