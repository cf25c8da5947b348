import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { copySqliteJournal, openSqliteJournal } from '../../adapters/sqlite/sqliteJournal.ts'
import type { Journal } from '../ports/journal.ts'
import { fixedComparer, runTest } from '../testing/engineKit.ts'
import { endState, smallLibrary, smallTree } from '../testing/lifeCase.ts'
import type { MemoryDestination } from '../testing/memoryDestination.ts'
import { MemorySource } from '../testing/memorySource.ts'
import { Death, mortal } from '../testing/mortal.ts'

/** An agent dies, and another one goes on from a copy of its journal that is older than its last deeds. */

const IN_MEMORY = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir()
let folder: string
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(IN_MEMORY, 'portage-take-over-'))
})
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

const fileOf = (name: string) => path.join(folder, `${name}.sqlite`)
const openJournal = (name: string): Journal =>
  openSqliteJournal(fileOf(name), { sealer: { seal: (text) => text, open: (text) => text } })

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
  await runTest({ journal: mortal(journal, life), source: smallTree(), destination, comparer, takesOver })
}

test.each([
  ['holds something already', false],
  ['was made by the round', true],
])(
  'whatever happened since the copy, the round ends as if nobody had died; the place %s',
  async (_name, isPlaceNew) => {
    const whole = smallLibrary({ isPlaceNew })
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
        const destination = smallLibrary({ isPlaceNew })
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
    const destination = smallLibrary({ isPlaceNew: false })
    destination.seed('a.txt', '', Date.UTC(2019, 0, 1))
    const journal = openJournal(`empty-${takesOver}`)
    const source = new MemorySource().put('a.txt', 'alpha')
    const outcome = await runTest({ journal, source, destination, takesOver, settings: { whenDestinationExists: 'skip' } })
    journal.close()
    const stored = [...destination.nodes.values()].find((node) => destination.pathOf(node) === 'a.txt')
    expect([outcome.status, stored?.bytes.length]).toEqual([status, sizeBytes])
  },
)
