import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { asJournalError } from './sqliteErrors.ts'

function thrownBy(act: () => void): unknown {
  try {
    act()
  } catch (thrown) {
    return thrown
  }
  return undefined
}

test('a full disk stops the task and says that nothing is lost', () => {
  const db = new DatabaseSync(':memory:')
  db.exec('CREATE TABLE t (x TEXT); PRAGMA max_page_count = 3;')
  const full = thrownBy(() => db.prepare('INSERT INTO t VALUES (?)').run('x'.repeat(100_000)))
  expect(asJournalError(full, '/j')).toMatchObject({
    code: 'JNL_DISK_FULL',
    remedy: { kind: 'stopTask' },
    fix: expect.stringContaining('nothing is lost'),
  })
})

test('a mistake of ours keeps its own face', () => {
  const db = new DatabaseSync(':memory:')
  const mistake = thrownBy(() => db.exec('SELEC'))
  expect(asJournalError(mistake, '/j')).toBe(mistake)
})
