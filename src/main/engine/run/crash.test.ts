import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openSqliteJournal } from '../../adapters/sqlite/sqliteJournal.ts'
import type { Journal } from '../ports/journal.ts'
import { fixedComparer, runTest } from '../testing/engineKit.ts'
import { endState, smallLibrary, smallTree } from '../testing/lifeCase.ts'
import type { MemoryDestination } from '../testing/memoryDestination.ts'
import { Death, mortal } from '../testing/mortal.ts'

/** The deaths here are of our code, not of the machine: where there is a file system in memory, it spares thousands of waits for the disk. */
const IN_MEMORY = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir()

let folder: string
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(IN_MEMORY, 'portage-crash-'))
})
afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true })
})

function openJournal(name: string): Journal {
  return openSqliteJournal(path.join(folder, `${name}.sqlite`), { sealer: { seal: (text) => text, open: (text) => text } })
}

function libraryWithOldFile(): MemoryDestination {
  const destination = smallLibrary({ isPlaceNew: false })
  destination.seed('somebody else’s', 'stays', Date.UTC(2019, 0, 1))
  return destination
}

async function runWith(journal: Journal, destination: MemoryDestination, death: Death): Promise<void> {
  destination.onCall = death.check
  await runTest({ journal: mortal(journal, death), source: smallTree(), destination, comparer: fixedComparer('equalParts') })
}

async function undisturbed(): Promise<{ readonly state: unknown; readonly callCount: number }> {
  const journal = openJournal('undisturbed')
  const destination = libraryWithOldFile()
  const life = new Death(Number.POSITIVE_INFINITY)
  await runWith(journal, destination, life)
  const state = endState(journal, destination)
  journal.close()
  return { state, callCount: life.callCount }
}

test('the undisturbed run completes and stores every file once', async () => {
  const { state } = await undisturbed()
  expect(state).toMatchObject({ status: 'completed' })
})

test('killed at any call of any port, the next start ends in the same state and stores nothing twice', async () => {
  const { state, callCount } = await undisturbed()
  expect(callCount).toBeGreaterThan(100)
  for (let at = 1; at <= callCount; at++) {
    const destination = libraryWithOldFile()
    const death = new Death(at)
    const first = openJournal(`kill-${at}`)
    await runWith(first, destination, death).catch(() => undefined)
    expect(death.isDead).toBe(true)
    first.close()
    const second = openJournal(`kill-${at}`)
    await runWith(second, destination, new Death(Number.POSITIVE_INFINITY))
    const end = endState(second, destination)
    second.close()
    expect({ at, end }).toEqual({ at, end: state })
  }
}, 300_000)

test('killed again and again, every few calls later, the round still gets to its end', async () => {
  const { state } = await undisturbed()
  const destination = libraryWithOldFile()
  let starts = 0
  for (let at = 20; ; at += 7) {
    starts++
    const journal = openJournal('stubborn')
    const death = new Death(at)
    await runWith(journal, destination, death).catch(() => undefined)
    const end = endState(journal, destination)
    journal.close()
    if (death.isDead) continue
    expect(end).toEqual(state)
    break
  }
  expect(starts).toBeGreaterThan(5)
})

test('another agent that has no journal of the round goes on from what the destination holds, and stores nothing twice', async () => {
  const { state, callCount } = await undisturbed()
  for (let at = 1; at <= callCount; at += 4) {
    const destination = libraryWithOldFile()
    const first = openJournal(`left-${at}`)
    await runWith(first, destination, new Death(at)).catch(() => undefined)
    first.close()
    const second = openJournal(`taken-${at}`)
    await runWith(second, destination, new Death(Number.POSITIVE_INFINITY))
    const end = endState(second, destination)
    second.close()
    expect({ at, end }).toEqual({ at, end: state })
  }
}, 300_000)
