import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { copyInThread } from '../src/main/adapters/sqlite/journalCopyThread.ts'
import { openSqliteJournal } from '../src/main/adapters/sqlite/sqliteJournal.ts'
import type { Journal } from '../src/main/engine/ports/journal.ts'
import type { ItemId } from '../src/shared/domain/ids.ts'
import { CHECKPOINT_TIME_SHARE } from '../src/shared/limits.ts'
import { MIB } from '../src/shared/units.ts'
import { type Bench, interleave, rowOf } from './measure.ts'
import { scannedFile } from './scannedFile.ts'

const ITEMS = 300_000
const BATCH = 1000
const TURNS = 5
const ALONE_MS = 3_000

/** Goal: a round that writes is not slowed noticeably by the copies of its journal, which take 4 % of the time at most. */
export const journalCopyBench: Bench = {
  name: 'journalCopy',
  about: `facts written into a journal of ${ITEMS.toLocaleString('en-US')} items while it is copied for other agents, against without`,
  async run(log) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-bench-copy-'))
    const file = path.join(folder, 'R0.sqlite')
    const journal = openSqliteJournal(file, { sealer: { seal: (text) => text, open: (text) => text } })
    try {
      for (let start = 0; start < ITEMS; start += BATCH)
        journal.insertItems(Array.from({ length: BATCH }, (_, index) => scannedFile(start + index)))
      journal.indexItems()
      let copyMs = 0
      const to = path.join(folder, 'copy')
      const copy = async (): Promise<void> => {
        const startedMs = performance.now()
        await copyInThread({ kind: 'pack', from: file, to, keys: { local: new Uint8Array(32) } }, new AbortController().signal)
        copyMs = performance.now() - startedMs
      }
      const rates = await interleave(
        [
          { name: 'without a copy', turn: () => writeFacts(journal, new Promise((resolve) => setTimeout(resolve, ALONE_MS))) },
          { name: 'while copied', turn: () => writeFacts(journal, copy()) },
        ],
        TURNS,
      )
      const row = rowOf(rates, 'while copied', { unit: 'facts/s', against: 'without a copy' })
      const sizeOf = (name: string) => (fs.statSync(name).size / MIB).toFixed(1)
      log(
        `journalCopy: ${sizeOf(file)} MB become ${sizeOf(to)} MB in ${(copyMs / 1000).toFixed(1)} s; with copies for ${100 * CHECKPOINT_TIME_SHARE} % of the time a round writes at ${(100 * (1 - CHECKPOINT_TIME_SHARE * (1 - row.ratio))).toFixed(1)} % of its rate`,
      )
      return [row]
    } finally {
      journal.close()
      fs.rmSync(folder, { recursive: true, force: true })
    }
  },
}

/** Facts a second until something else has ended, in records of twenty, as a transfer writes them. */
async function writeFacts(journal: Journal, until: Promise<void>): Promise<number> {
  const startedMs = performance.now()
  let hasEnded = false
  const ended = until.finally(() => {
    hasEnded = true
  })
  let count = 0
  for (; !hasEnded; count += 20) {
    journal.record(
      Array.from({ length: 20 }, (_, index) => ({
        fact: 'sessionAdvanced',
        id: (1 + ((count + index) % ITEMS)) as ItemId,
        acceptedBytes: count,
        expiresAtMs: undefined,
      })),
    )
    await setImmediate()
  }
  await ended
  return count / ((performance.now() - startedMs) / 1000)
}
