import { expect, test } from 'vitest'
import { parseIdentityFile } from './identityFile.ts'

test('reads the mapping file of Migration Manager, in the forms that spreadsheets write', () => {
  const rows = [
    { source: 'CONTOSO\\ann', target: 'ann@contoso.com', isGroup: false },
    { source: 'S-1-5-21-1', target: 'Finance, all', isGroup: true },
  ]
  expect(parseIdentityFile('\uFEFFCONTOSO\\ann,ann@contoso.com,FALSE\r\n\r\nS-1-5-21-1,"Finance, all",true\r\n')).toEqual({
    rows,
    problems: [],
  })
  expect(parseIdentityFile('CONTOSO\\ann;ann@contoso.com;FALSE\nS-1-5-21-1;Finance, all;TRUE').rows).toEqual(rows)
})

test.each([
  ['Source,Target,IsGroup', 1, 'is a group'],
  ['uid:1,ann@contoso.com', 1, 'columns'],
  ['uid:1,ann@contoso.com,FALSE,more', 1, 'columns'],
  ['uid:1,ann,FALSE', 1, 'target'],
  [',ann@contoso.com,FALSE', 1, 'source identity'],
  [`${'x'.repeat(300)},ann@contoso.com,FALSE`, 1, 'source identity'],
  ['uid:1,a@b,FALSE\nUID:1,c@d,FALSE', 2, 'source identity'],
  ['uid:1,"a@b,FALSE', 1, 'quotes'],
])('%j is wrong in row %i, %s', (text, row, field) => {
  expect(parseIdentityFile(text).problems.map((problem) => [problem.row, problem.field])).toEqual([[row, field]])
})

test('a map that is too large for the task list is refused as a whole', () => {
  const text = Array.from({ length: 1001 }, (_, index) => `uid:${index},a${index}@contoso.com,FALSE`).join('\n')
  expect(parseIdentityFile(text).problems).toMatchObject([{ row: 0, field: 'rows' }])
})
