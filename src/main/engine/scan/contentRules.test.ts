import { expect, test } from 'vitest'
import { findContentIssues } from './contentRules.ts'

const codes = (name: string, sizeBytes = 10) => findContentIssues({ name, kind: 'file', sizeBytes }).map(({ code }) => code)

test.each([
  ['plan.docx', 10, []],
  ['one byte', 1, []],
  ['nothing', 0, ['RULE_FILE_EMPTY']],
  ['Finance.lnk', 10, ['RULE_SHORTCUT']],
  ['Intranet.URL', 10, ['RULE_SHORTCUT']],
  ['lnk', 10, []],
  ['a.lnk.txt', 10, []],
  ['mail.PST', 10, ['RULE_MAILBOX_FILE']],
  ['mail.ost', 10, ['RULE_MAILBOX_FILE']],
  ['~$plan.docx', 165, ['RULE_LOCK_FILE']],
  ['~$stock.accdb', 165, ['RULE_LOCK_FILE']],
  ['~plan.docx', 165, []],
  ['stock.mdb', 10, ['RULE_DATABASE']],
  ['stock.accdb', 0, ['RULE_FILE_EMPTY', 'RULE_DATABASE']],
  ['app.sqlite', 10, ['RULE_DATABASE']],
  ['books.QBW', 10, ['RULE_DATABASE']],
  ['Thumbs.db', 10, []],
] as const)('%s of %i bytes: %j', (name, sizeBytes, expected) => {
  expect(codes(name, sizeBytes)).toEqual(expected)
})

test('each of them travels: nothing here blocks, and folders are never judged by their names', () => {
  for (const name of ['a.pst', 'a.mdb', 'a.lnk', '~$a.docx']) {
    expect(findContentIssues({ name, kind: 'file', sizeBytes: 0 }).every(({ effect }) => effect === 'warns')).toBe(true)
    expect(findContentIssues({ name, kind: 'folder', sizeBytes: 0 })).toEqual([])
  }
})

test('the document behind a lock file is named', () => {
  expect(findContentIssues({ name: '~$plan.docx', kind: 'file', sizeBytes: 165 })[0]?.detail).toContain('“plan.docx” open')
})
