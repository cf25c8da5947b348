import { expect, test } from 'vitest'
import type { ItemId } from '../../shared/domain/ids.ts'
import { CHECKPOINT_EVERY_MS, CHECKPOINT_SESSION_MS, CHECKPOINT_STAGE_MS } from '../../shared/limits.ts'
import { MINUTE_MS } from '../../shared/units.ts'
import type { Journal, JournalFact } from '../engine/ports/journal.ts'
import { FakeClock } from '../engine/testing/fakeClock.ts'
import { keepJournal } from './journalKeeper.ts'
import { silentLogger } from './testing/fakeHost.ts'

const never = new AbortController().signal
const progress: JournalFact = { fact: 'sessionAdvanced', id: 1 as ItemId, acceptedBytes: 5, expiresAtMs: undefined }
const session: JournalFact = { fact: 'sessionOpened', id: 1 as ItemId, url: 'https://x', expiresAtMs: 1 }
const stage: JournalFact = { fact: 'meta', change: { stage: 'planned' } }

function setUp(options: { readonly tookMs?: number; readonly paceMs?: number; readonly fails?: () => boolean } = {}) {
  const clock = new FakeClock(0)
  const copiedAt: number[] = []
  const written: JournalFact[] = []
  const journal = { record: (facts: readonly JournalFact[]) => void written.push(...facts) } as unknown as Journal
  const keeper = keepJournal(journal, {
    clock,
    logger: silentLogger,
    paceMs: () => options.paceMs ?? 1000,
    async store(signal) {
      if (options.tookMs) await clock.sleep(options.tookMs, signal)
      if (options.fails?.()) throw new Error('no')
      copiedAt.push(clock.now())
    },
  })
  return { clock, copiedAt, written, keeper }
}

test('a large upload that has begun is in a copy within seconds, a stage that ended a little later, the rest every few minutes', async () => {
  const { clock, copiedAt, keeper, written } = setUp()
  await clock.advance(MINUTE_MS)
  expect(copiedAt).toEqual([])
  keeper.journal.record([session, progress])
  await clock.advance(CHECKPOINT_SESSION_MS)
  expect(copiedAt).toEqual([MINUTE_MS + CHECKPOINT_SESSION_MS])
  await clock.advance(10 * MINUTE_MS)
  expect(copiedAt.length).toBe(1)
  keeper.journal.record([stage])
  await clock.advance(CHECKPOINT_STAGE_MS)
  expect(copiedAt.length).toBe(2)
  keeper.journal.record([progress])
  await clock.advance(CHECKPOINT_EVERY_MS - 1)
  expect(copiedAt.length).toBe(2)
  await clock.advance(1)
  expect([copiedAt.length, written.length]).toEqual([3, 4])
  await keeper.finish(never)
  expect(copiedAt.length).toBe(3)
})

test('copies take a small part of the time only, however long one takes', async () => {
  const { clock, copiedAt, keeper } = setUp({ tookMs: 20_000 })
  for (let second = 0; second < 3600; second++) {
    keeper.journal.record([session])
    await clock.advance(1000)
  }
  expect(copiedAt.length).toBeGreaterThan(3)
  expect((copiedAt.length * 20_000) / 3_600_000).toBeLessThanOrEqual(0.05)
  const finishing = keeper.finish(never)
  await clock.advance(30_000)
  await finishing
})

test('the last word is kept at the end, also when copies failed before; a failing library stops nobody', async () => {
  let isAway = true
  const { clock, copiedAt, keeper } = setUp({ fails: () => isAway })
  keeper.journal.record([session])
  await clock.advance(MINUTE_MS)
  expect(copiedAt).toEqual([])
  isAway = false
  await keeper.finish(never)
  expect(copiedAt.length).toBe(1)
  const failing = setUp({ fails: () => true })
  failing.keeper.journal.record([stage])
  await failing.keeper.finish(never)
  expect(failing.copiedAt).toEqual([])
})
