import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { taskPartSchema } from '../../../shared/domain/task.ts'
import { SHARD_FILES_MIN, SHARD_OFFER_MS } from '../../../shared/limits.ts'
import { openSqliteJournal } from '../../adapters/sqlite/sqliteJournal.ts'
import type { Journal } from '../ports/journal.ts'
import { runTest, testTask } from '../testing/engineKit.ts'
import { InstantClock } from '../testing/instantClock.ts'
import { MemoryDestination } from '../testing/memoryDestination.ts'
import { MemorySource } from '../testing/memorySource.ts'
import { Death } from '../testing/mortal.ts'
import type { PartDesk } from './partDesk.ts'

const IN_MEMORY = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir()
let folder: string
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(IN_MEMORY, 'portage-cut-'))
})
afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true })
})

const openJournal = (name: string): Journal =>
  openSqliteJournal(path.join(folder, `${name}.sqlite`), { sealer: { seal: (text) => text, open: (text) => text } })

/** Three folders of which each is worth a part, the last one deep. */
function largeTree(): MemorySource {
  const source = new MemorySource().put('top.txt', 'top')
  for (const place of ['one', 'two', 'in/three'])
    for (let index = 0; index < SHARD_FILES_MIN; index++) source.put(`${place}/${index}`, `${place} ${index}`)
  return source
}

class ListOfParts implements PartDesk {
  readonly rows = new Map<string, string>()
  helpers = 2
  /** Called before each effect and after it. */
  onCall: () => void = () => undefined

  async helperCount() {
    return this.helpers
  }

  async listed() {
    return [...this.rows].map(([at, destPath]) => ({ path: at, destPath }))
  }

  async list(part: Parameters<PartDesk['list']>[0]) {
    this.onCall()
    this.rows.set(part.path, part.destPath)
    this.onCall()
  }
}

const stored = (destination: MemoryDestination): readonly string[] =>
  [...destination.nodes.values()].map((node) => destination.pathOf(node)).sort()

describe('a large task with idle agents beside it', () => {
  test('keeps its fair share, and leaves the rest with folders that are there before anybody can take them', async () => {
    const journal = openJournal('cut')
    const destination = new MemoryDestination()
    const desk = new ListOfParts()
    const there: string[][] = []
    desk.onCall = () => there.push([...stored(destination)])
    const outcome = await runTest({ journal, source: largeTree(), destination, parts: desk })
    expect([outcome.status, outcome.reason, outcome.extraItemCount]).toEqual(['completed', undefined, 0])
    expect(desk.rows.size).toBe(2)
    for (const [at] of desk.rows) expect(stored(destination)).toContain(at)
    expect(there[0]).toContain([...desk.rows.keys()][0])
    const mine = journal.items({ afterId: 0, limit: 5000, kinds: ['file'] })
    expect(mine).toHaveLength(SHARD_FILES_MIN + 1)
    expect(journal.parts().every(({ isListed }) => isListed)).toBe(true)
    journal.close()
  })

  test('shares what has not begun with agents that become idle while it is sent', async () => {
    const journal = openJournal('shared')
    const destination = new MemoryDestination()
    const desk = new ListOfParts()
    desk.helpers = 0
    const clock = new InstantClock()
    let sentCount = 0
    destination.onCall = () => {
      if (++sentCount !== 300) return
      desk.helpers = 1
      void clock.sleep(SHARD_OFFER_MS, new AbortController().signal)
    }
    const outcome = await runTest({
      journal,
      source: largeTree(),
      destination,
      parts: desk,
      clock,
      settings: { route: 'session' },
    })
    expect([outcome.status, outcome.extraItemCount]).toEqual(['completed', 0])
    expect(desk.rows.size).toBe(1)
    const [given = ''] = desk.rows.keys()
    expect(stored(destination).filter((at) => at.startsWith(`${given}/`))).toEqual([])
    expect(stored(destination)).toContain(given)
    expect(outcome.progress).toMatchObject({ plannedFiles: 2 * SHARD_FILES_MIN + 1, migratedFiles: 2 * SHARD_FILES_MIN + 1 })
    journal.close()
  })

  test.each([
    ['nobody is idle', { helpers: 0 }],
    ['it is a later round', { helpers: 2, isLater: true }],
  ])('is not cut when %s', async (_why, { helpers, isLater }: { helpers: number; isLater?: boolean }) => {
    const journal = openJournal('whole')
    const desk = new ListOfParts()
    desk.helpers = helpers
    const previous = isLater ? openJournal('before') : undefined
    await runTest({ journal, source: largeTree(), destination: new MemoryDestination(), parts: desk, previous })
    expect([desk.rows.size, journal.items({ afterId: 0, limit: 5000, kinds: ['file'] }).length]).toEqual([
      0,
      3 * SHARD_FILES_MIN + 1,
    ])
    previous?.close()
    journal.close()
  })

  test('that dies anywhere while it is cut has the same parts afterwards, and its own share is done once', async () => {
    const undisturbed = new ListOfParts()
    const first = openJournal('undisturbed')
    await runTest({ journal: first, source: largeTree(), destination: new MemoryDestination(), parts: undisturbed })
    first.close()
    for (let at = 1, hasDied = true; hasDied; at++) {
      const desk = new ListOfParts()
      const destination = new MemoryDestination()
      const death = new Death(at)
      desk.onCall = death.check
      const journal = openJournal(`dies-${at}`)
      const mortal = new Proxy(journal, {
        get(target, key) {
          const member: unknown = Reflect.get(target, key)
          if (key !== 'record' || typeof member !== 'function') return member
          return (facts: Parameters<Journal['record']>[0]) => {
            const isAboutParts = facts.some(({ fact }) => fact === 'delegated' || fact === 'partListed')
            if (isAboutParts) death.check()
            journal.record(facts)
            if (isAboutParts) death.check()
          }
        },
      })
      await runTest({ journal: mortal, source: largeTree(), destination, parts: desk }).catch(() => undefined)
      hasDied = death.isDead
      journal.close()
      desk.onCall = () => undefined
      const again = openJournal(`dies-${at}`)
      const outcome = await runTest({ journal: again, source: largeTree(), destination, parts: desk })
      expect([outcome.status, outcome.extraItemCount], `died at ${at}`).toEqual(['completed', 0])
      expect([...desk.rows.keys()].sort()).toEqual([...undisturbed.rows.keys()].sort())
      expect([...destination.nodes.values()].filter(({ contentCount }) => contentCount > 1)).toEqual([])
      for (const at of desk.rows.keys()) expect(stored(destination).filter((file) => file.startsWith(`${at}/`))).toEqual([])
      again.close()
    }
  })

  test('another agent that goes on without a journal keeps out of what was given away', async () => {
    const desk = new ListOfParts()
    desk.rows.set('two', 'two').set('in/three', 'in/three')
    desk.helpers = 0
    const journal = openJournal('new-owner')
    const destination = new MemoryDestination()
    const outcome = await runTest({ journal, source: largeTree(), destination, parts: desk })
    expect(outcome.status).toBe('completed')
    expect(stored(destination).filter((at) => /^(two|in\/three)\//.test(at))).toEqual([])
    expect(journal.parts().map(({ path: at, isListed }) => [at, isListed])).toEqual([
      ['in/three', true],
      ['two', true],
    ])
    journal.close()
  })
})

test('a part judges by the patterns of its task, and sets the times of its folder', async () => {
  const source = new MemorySource().put('x.txt', 'x').put('sub/y.txt', 'y').put('z.bin', 'z')
  const part = taskPartSchema.parse({ of: testTask().id, round: 0, path: 'docs' })
  const journal = openJournal('part')
  const destination = new MemoryDestination()
  const task = { ...testTask({ include: ['docs/sub/**', 'docs/x.txt'] }), part }
  const outcome = await runTest({ journal, source, destination, task })
  expect(outcome.status).toBe('completed')
  expect(stored(destination).filter((at) => at !== 'Shared Documents')).toEqual(['sub', 'sub/y.txt', 'x.txt'])
  expect(journal.items({ afterId: 0, limit: 1 })[0]?.areTimesSet).toBe(true)
  journal.close()
})
