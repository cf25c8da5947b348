import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openSqliteJournal } from '../adapters/sqlite/sqliteJournal.ts'
import type { Journal } from './ports/journal.ts'
import type { TransferGate } from './schedule/transferGate.ts'
import { runTest } from './testing/engineKit.ts'
import { InstantClock } from './testing/instantClock.ts'
import { MemoryDestination } from './testing/memoryDestination.ts'
import { MemorySource } from './testing/memorySource.ts'

let folder: string
let journal: Journal

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-gate-'))
  journal = openSqliteJournal(path.join(folder, 'R0.sqlite'), { sealer: { seal: (text) => text, open: (text) => text } })
})
afterEach(() => {
  journal.close()
  fs.rmSync(folder, { recursive: true, force: true })
})

const WORDS = 'Nothing is sent until 18:00: a blackout window holds.'

/** Closed until it is told otherwise; says so again and again. */
function gateOf(clock: InstantClock, isOpen: () => boolean) {
  const asked: number[] = []
  const gate: TransferGate = {
    async pass(byteCount, { onHold, signal }) {
      asked.push(byteCount)
      while (!isOpen()) {
        onHold({ text: WORDS, untilMs: undefined })
        await clock.sleep(5000, signal)
      }
    },
  }
  return { gate, asked }
}

function share() {
  const source = new MemorySource()
  source.put('a.txt', 'alpha').put('docs/b.txt', 'beta')
  return { source, destination: new MemoryDestination(), journal, clock: new InstantClock() }
}

describe('the calendar of the project', () => {
  test('a round scans and plans in a blackout, writes nothing, says why, and goes on after it', async () => {
    const kit = share()
    let isOpen = false
    const { gate, asked } = gateOf(kit.clock, () => isOpen)
    const waits: string[] = []
    const outcome = await runTest({
      ...kit,
      gate,
      onProgress({ waitingFor, plannedFiles }) {
        if (waitingFor === undefined) return
        waits.push(`${waitingFor} ${plannedFiles} files, ${Object.keys(kit.destination.tree()).length} there`)
        isOpen = true
      },
    })
    expect(waits[0]).toBe(`${WORDS} 2 files, 0 there`)
    expect([outcome.status, Object.keys(kit.destination.tree())]).toEqual(['completed', ['a.txt', 'docs/', 'docs/b.txt']])
    expect(asked.reduce((sum, bytes) => sum + bytes, 0)).toBe(outcome.progress.sentBytes)
    expect(outcome.progress.sentBytes).toBe(9)
  })

  test('a task that is paused in a blackout stops at once, without an error, and goes on from there', async () => {
    const kit = share()
    const { gate } = gateOf(kit.clock, () => false)
    const drain = new AbortController()
    const outcome = await runTest({
      ...kit,
      gate,
      drainSignal: drain.signal,
      onProgress({ waitingFor }) {
        if (waitingFor !== undefined) drain.abort('pause')
      },
    })
    expect([outcome.status, outcome.error, Object.keys(kit.destination.tree())]).toEqual(['paused', undefined, []])
    expect((await runTest(kit)).status).toBe('completed')
  })

  test('a blackout that begins in the middle stops a large file between two fragments', async () => {
    const kit = share()
    kit.source.put('large.bin', new Uint8Array(25 * 1024 * 1024))
    const drain = new AbortController()
    let sentBytes = 0
    const gate: TransferGate = {
      async pass(byteCount, { onHold, signal }) {
        if (byteCount > 1000 && sentBytes > 0) {
          onHold({ text: WORDS, untilMs: undefined })
          drain.abort('pause')
          signal.throwIfAborted()
        }
        if (byteCount > 1000) sentBytes += byteCount
      },
    }
    const stopped = await runTest({ ...kit, gate, drainSignal: drain.signal })
    expect([stopped.status, sentBytes]).toEqual(['paused', 10 * 1024 * 1024])
    const outcome = await runTest(kit)
    expect(outcome.status).toBe('completed')
    expect(outcome.progress.sentBytes).toBe(15 * 1024 * 1024)
  })
})
