import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, describe, expect, test } from 'vitest'
import type { Journal, Sealer } from '../../engine/ports/journal.ts'
import { journalConformance } from '../../engine/testing/journalConformance.ts'
import { id, scannedFile } from '../../engine/testing/journalSamples.ts'
import { openSqliteJournal, readSqliteJournal } from './sqliteJournal.ts'

const reversing: Sealer = {
  seal: (text) => [...text].reverse().join(''),
  open: (text) => [...text].reverse().join(''),
}

const folders: string[] = []
const opened: Journal[] = []

function newFile(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-journal-'))
  folders.push(folder)
  return path.join(folder, 'R0.sqlite')
}

function open(file: string, sealer: Sealer = reversing): Journal {
  const journal = openSqliteJournal(file, { sealer })
  opened.push(journal)
  return journal
}

afterEach(() => {
  for (const journal of opened.splice(0)) journal.close()
  for (const folder of folders.splice(0)) fs.rmSync(folder, { recursive: true, force: true })
})

describe('conformance of the SQLite journal', () => {
  for (const { title, check } of journalConformance) {
    test(title, () => {
      const file = newFile()
      check({ open: () => open(file), read: () => readSqliteJournal(file) })
    })
  }
})

describe('what only a file can get wrong', () => {
  const root = scannedFile({ id: id(1), relPath: '', parentId: undefined, depth: 0, kind: 'folder' })

  test('session addresses are nowhere in the files in the clear, and a foreign seal is no address', () => {
    const file = newFile()
    const journal = open(file)
    journal.insertItems([root])
    journal.record([{ fact: 'sessionOpened', id: id(1), url: 'https://host/upload?tempauth=abcdef', expiresAtMs: 5 }])
    journal.close()
    expect(fs.readFileSync(file).includes('tempauth')).toBe(false)
    expect(readSqliteJournal(file)?.item(id(1))?.sessionUrl).toBeUndefined()
    expect(open(file, { seal: (text) => text, open: () => undefined }).item(id(1))?.sessionUrl).toBeUndefined()
  })

  test('a damaged file says so and what to do', () => {
    const file = newFile()
    fs.writeFileSync(file, 'this is no database, it only has the same length as a page'.repeat(100))
    expect(() => open(file)).toThrow(expect.objectContaining({ code: 'JNL_DAMAGED', remedy: { kind: 'stopTask' } }))
    fs.rmSync(file)
    open(file).close()
  })

  test('a journal of a later release is refused', () => {
    const file = newFile()
    open(file).close()
    const db = new DatabaseSync(file)
    db.exec('PRAGMA user_version = 99')
    db.close()
    expect(() => open(file)).toThrow(expect.objectContaining({ code: 'JNL_DAMAGED' }))
  })

  test('a journal of a release that knew nothing of former items is read as if there were none', () => {
    const file = newFile()
    const journal = open(file)
    journal.insertItems([scannedFile({ id: id(1), relPath: 'a' })])
    journal.close()
    const db = new DatabaseSync(file)
    db.exec('DROP TABLE former; ALTER TABLE item DROP COLUMN is_ours')
    db.close()
    const read = readSqliteJournal(file)
    expect(read?.itemAt('a')?.isOurs).toBe(false)
    expect([read?.formerItems({ afterId: '', limit: 9 }), read?.former('x'), read?.formerAt('a'), read?.formerCounts()]).toEqual([
      [],
      undefined,
      undefined,
      [],
    ])
    read?.close()
  })

  test('every state that a column may hold is checked when it is read', () => {
    const file = newFile()
    const journal = open(file)
    journal.insertItems([root])
    journal.close()
    const db = new DatabaseSync(file)
    db.exec("UPDATE item SET state = 'teleported'")
    db.close()
    expect(() => open(file).item(id(1))).toThrow(expect.objectContaining({ code: 'JNL_DAMAGED' }))
  })

  test('a reader beside the writer sees whole records only', () => {
    const file = newFile()
    const journal = open(file)
    journal.insertItems([root])
    const reader = readSqliteJournal(file)
    journal.record([
      { fact: 'meta', change: { sentBytes: 12 } },
      { fact: 'started', id: id(1), atMs: 1 },
    ])
    expect([reader?.meta().sentBytes, reader?.item(id(1))?.state]).toEqual([12, 'uploading'])
    reader?.close()
  })

  test('a lock that a dead process left behind does not count', () => {
    const file = newFile()
    fs.writeFileSync(`${file}.lock`, '')
    open(file).close()
  })
})
