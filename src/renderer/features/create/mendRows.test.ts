import { expect, test } from 'vitest'
import { rowNumber, textOfRows } from './mendRows.ts'

const row = (number: number, source: string) => ({
  row: number,
  source,
  site: 'https://c.sharepoint.com/sites/a',
  library: 'Documents',
  folder: '',
})

test('cells keep their commas and quotes, and row numbers lead back to the file', () => {
  const rows = [row(4, '/a'), row(9, '/with "quotes", and comma')]
  expect(textOfRows(rows).split('\r\n').slice(1)).toEqual([
    '/a,,,https://c.sharepoint.com/sites/a,Documents,',
    '"/with ""quotes"", and comma",,,https://c.sharepoint.com/sites/a,Documents,',
  ])
  expect([rowNumber(rows, 2), rowNumber(rows, 3)]).toEqual([4, 9])
})
