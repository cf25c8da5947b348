import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { copySqliteJournal, openSqliteJournal } from '../../adapters/sqlite/sqliteJournal.ts'
import type { Journal } from '../ports/journal.ts'
import { fixedComparer, runTest } from '../testing/engineKit.ts'
import { MemoryDestination } from '../testing/memoryDestination.ts'
import { MemorySource } from '../testing/memorySource.ts'
import { Death, mortal } from '../testing/mortal.ts'

/** An agent dies, and another one goes on from a copy of its journal that is older than its last deeds. */

const MIB = 1024 * 1024
const IN_MEMORY = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir()
let folder: string
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(IN_MEMORY, 'portage-take-over-'))
})
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

const fileOf = (name: string) => path.join(folder, `${name}.sqlite`)
const openJournal = (name: string): Journal =>
  openSqliteJournal(fileOf(name), { sealer: { seal: (text) => text, open: (text) => text } })

const large = new Uint8Array(10 * MIB + 5)
for (let index = 0; index < large.length; index += 1000) large[index] = index % 251

function tree(): MemorySource {
  return new MemorySource()
    .put('a.txt', 'alpha')
    .put('A.TXT', 'twin')
    .put('docs/b.txt', 'beta')
    .put('docs/c.docx', 'an office file')
    .put('docs/empty', '')
    .put('docs/deep/large.bin', large)
    .put('old.txt', 'fresh')
}

function library(isPlaceNew: boolean): MemoryDestination {
  const destination = new MemoryDestination({ isPlaceNew })
  if (!isPlaceNew) destination.seed('old.txt', 'ancient', Date.UTC(2019, 0, 1))
  destination.rewrite = (name, bytes) => (name.endsWith('.docx') && bytes.length > 0 ? new Uint8Array([...bytes, 42]) : bytes)
  return destination
}

/** `contentCount` shows anything that was stored twice. */
function endState(journal: Journal, destination: MemoryDestination): unknown {
  const items = journal.items({ afterId: 0, limit: 100 })
  return {
    status: journal.meta().status,
    items: items.map(({ relPath, destName, state, verdict }) => [relPath, destName, state, verdict]).sort(),
    stored: [...destination.nodes.values()]
      .map((node) => [destination.pathOf(node), node.bytes.length, node.contentCount, node.times.modifiedMs])
      .sort(),
  }
}

/** Lets its journal be copied at one moment of its life. */
class CopiedLife extends Death {
  constructor(at: number, copyAt: number, copy: () => void) {
    super(at)
    const check = this.check
    Object.assign(this, {
      check: () => {
        check()
        if (this.callCount === copyAt) copy()
      },
    })
  }
}

async function live(journal: Journal, destination: MemoryDestination, life: Death, takesOver = false): Promise<void> {
  destination.onCall = life.check
  const comparer = fixedComparer('equalParts')
  await runTest({ journal: mortal(journal, life), source: tree(), destination, comparer, takesOver })
}

test.each([
  ['holds something already', false],
  ['was made by the round', true],
])(
  'whatever happened since the copy, the round ends as if nobody had died; the place %s',
  async (_name, isPlaceNew) => {
    const whole = library(isPlaceNew)
    const life = new Death(Number.POSITIVE_INFINITY)
    const undisturbed = openJournal('undisturbed')
    await live(undisturbed, whole, life)
    const state = endState(undisturbed, whole)
    undisturbed.close()
    expect(state).toMatchObject({ status: 'completed' })

    let takeOvers = 0
    for (let copyAt = 3; copyAt < life.callCount; copyAt += 43) {
      for (const at of new Set([copyAt + 1, copyAt + 29, life.callCount - 2])) {
        if (at <= copyAt || at > life.callCount) continue
        const destination = library(isPlaceNew)
        const name = `${copyAt}-${at}`
        const first = openJournal(name)
        const death = new CopiedLife(at, copyAt, () => copySqliteJournal(fileOf(name), fileOf(`${name}-copy`)))
        await live(first, destination, death).catch(() => undefined)
        first.close()
        const second = openJournal(`${name}-copy`)
        await live(second, destination, new Death(Number.POSITIVE_INFINITY), true)
        const end = endState(second, destination)
        second.close()
        expect({ name, end }).toEqual({ name, end: state })
        takeOvers++
      }
    }
    expect(takeOvers).toBeGreaterThan(15)
  },
  300_000,
)

test.each([
  [true, 'completed', 5],
  [false, 'completedWithIssues', 0],
])(
  'an empty file that a dead agent was about to fill is filled, though existing files are to be left: %s',
  async (takesOver, status, sizeBytes) => {
    const destination = library(false)
    destination.seed('a.txt', '', Date.UTC(2019, 0, 1))
    const journal = openJournal(`empty-${takesOver}`)
    const source = new MemorySource().put('a.txt', 'alpha')
    const outcome = await runTest({ journal, source, destination, takesOver, settings: { whenDestinationExists: 'skip' } })
    journal.close()
    const stored = [...destination.nodes.values()].find((node) => destination.pathOf(node) === 'a.txt')
    expect([outcome.status, stored?.bytes.length]).toEqual([status, sizeBytes])
  },
)
