import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import type { Journal } from '../../engine/ports/journal.ts'
import { openSqliteJournal } from '../sqlite/sqliteJournal.ts'

/** Journals of one test file, real and on disk: closed and removed after each test. */
export function createJournalFixture(): { readonly opened: Journal[]; open(name?: string): Journal } {
  let folder = ''
  const opened: Journal[] = []
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-journals-'))
  })
  afterEach(() => {
    for (const journal of opened.splice(0)) journal.close()
    fs.rmSync(folder, { recursive: true, force: true })
  })
  return {
    opened,
    open(name = 'R0') {
      const journal = openSqliteJournal(path.join(folder, `${name}.sqlite`), {
        sealer: { seal: (text) => text, open: (text) => text },
      })
      opened.push(journal)
      return journal
    },
  }
}
