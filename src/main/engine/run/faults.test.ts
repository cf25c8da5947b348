import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { MigrationError } from '../../../shared/errors.ts'
import { openSqliteJournal } from '../../adapters/sqlite/sqliteJournal.ts'
import { runTest } from '../testing/engineKit.ts'
import { SeededRandom } from '../testing/fakeClock.ts'
import { MemoryDestination, type PortCall } from '../testing/memoryDestination.ts'
import { MemorySource } from '../testing/memorySource.ts'

/** What the port may throw without breaking its promises: lost answers where a write is not repeatable, refusals before any effect. */
function fault({ verb, when }: PortCall, random: SeededRandom): MigrationError | undefined {
  const isWrite = verb === 'createFolder' || verb === 'putEmpty' || verb === 'sendFragment' || verb === 'setTimes'
  if (when === 'after')
    return isWrite ? new MigrationError('NET_INTERRUPTED', 'the answer was lost', { remedy: { kind: 'lookFirst' } }) : undefined
  switch (Math.floor(random.next() * 3)) {
    case 0:
      return new MigrationError('THR_THROTTLED', 'wait', { remedy: { kind: 'waitUntil', delayMs: 1000 }, status: 429 })
    case 1:
      return new MigrationError('DST_UNAVAILABLE', 'busy', { remedy: { kind: 'retry' }, status: 500 })
    default:
      return verb === 'sendFragment'
        ? new MigrationError('DST_SESSION_LOST', 'unknown', { remedy: { kind: 'lookFirst' }, status: 404 })
        : undefined
  }
}

function randomTree(random: SeededRandom): MemorySource {
  const source = new MemorySource()
  const count = 5 + Math.floor(random.next() * 25)
  for (let index = 0; index < count; index++) {
    const depth = Math.floor(random.next() * 4)
    const folders = Array.from({ length: depth }, () => `d${Math.floor(random.next() * 3)}`)
    const content = 'x'.repeat(Math.floor(random.next() * 40) * (random.next() < 0.2 ? 0 : 1))
    source.put([...folders, `f${index}${random.next() < 0.2 ? '.docx' : '.bin'}`].join('/'), content)
  }
  return source
}

test.each(Array.from({ length: 40 }, (_, index) => index + 1))(
  'seed %i: random faults cost attempts, never a file',
  async (seed) => {
    const random = new SeededRandom(seed)
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-faults-'))
    const journal = openSqliteJournal(path.join(folder, 'R0.sqlite'), { sealer: { seal: (text) => text, open: (text) => text } })
    try {
      const source = randomTree(random)
      const destination = new MemoryDestination({ maxSessionsPerCall: 1 + Math.floor(random.next() * 5) })
      destination.onCall = (call) => {
        if (call.verb === 'place' || random.next() >= 0.12) return
        const error = fault(call, random)
        if (error) throw error
      }
      let outcome = await runTest({ journal, source, destination })
      // A listing that breaks ends the start, not the round.
      for (let starts = 1; outcome.isResumable && starts < 20; starts++) outcome = await runTest({ journal, source, destination })
      expect([outcome.status, outcome.reason]).toEqual(['completed', undefined])
      const stored = Object.entries(destination.tree()).filter(([name]) => !name.endsWith('/'))
      const sent = [...source.files].map(([name, file]) => [name, new TextDecoder().decode(file.bytes)])
      expect(stored.sort()).toEqual(sent.sort())
      const doubled = [...destination.nodes.values()].filter((node) => node.contentCount > 1 && node.bytes.length > 0)
      expect(doubled.map((node) => destination.pathOf(node))).toEqual([])
      // A node begins as version 1; its content is one more, its times are one more.
      const touched = [...destination.nodes.values()].filter((node) => node.bytes.length === 0 && node.contentCount > 0)
      expect(touched.filter(({ version, contentCount }) => version > 1 + contentCount + 1)).toEqual([])
      expect(source.openCount).toBe(0)
    } finally {
      journal.close()
      fs.rmSync(folder, { recursive: true, force: true })
    }
  },
)
