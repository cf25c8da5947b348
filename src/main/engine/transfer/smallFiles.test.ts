import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MigrationError } from '../../../shared/errors.ts'
import { openSqliteJournal } from '../../adapters/sqlite/sqliteJournal.ts'
import type { SessionRequest } from '../ports/destination.ts'
import { runTest } from '../testing/engineKit.ts'
import { MemoryDestination } from '../testing/memoryDestination.ts'
import { MemorySource } from '../testing/memorySource.ts'

const FAR_LATER_MS = Date.UTC(2030, 0, 1)

let folder: string
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-small-'))
})
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

/** Asked for a session the first time, it puts an empty file there and loses the answer: so begins a name that no path can say. */
class LosingDestination extends MemoryDestination {
  #hasLost = false

  override async createSessions(requests: readonly SessionRequest[]): ReturnType<MemoryDestination['createSessions']> {
    if (this.#hasLost) return super.createSessions(requests)
    this.#hasLost = true
    return requests.map(({ name }) => {
      this.seed(name, '', FAR_LATER_MS)
      return {
        ok: false,
        error: new MigrationError('DST_UNAVAILABLE', 'The answer was lost.', { remedy: { kind: 'lookFirst' }, status: 500 }),
      }
    })
  }
}

test('an empty file that a lost answer has left behind is taken for what it is, not for a newer file', async () => {
  const source = new MemorySource()
  source.put('a;b.txt', 'content')
  const destination = new LosingDestination()
  const journal = openSqliteJournal(path.join(folder, 'R0.sqlite'), { sealer: { seal: (text) => text, open: (text) => text } })
  try {
    const outcome = await runTest({ journal, source, destination })
    expect([outcome.status, outcome.reason, destination.tree()]).toEqual(['completed', undefined, { 'a;b.txt': 'content' }])
  } finally {
    journal.close()
  }
})
