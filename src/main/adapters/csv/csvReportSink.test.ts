import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import Papa from 'papaparse'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MigrationError } from '../../../shared/errors.ts'
import type { Cell } from '../../engine/ports/reportSink.ts'
import { createCsvReportSink } from './csvReportSink.ts'
import { csvCell, csvLine } from './csvText.ts'

let folder: string

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-reports-'))
})

afterEach(() => {
  fs.rmSync(folder, { recursive: true })
})

const parse = (text: string): string[][] => Papa.parse<string[]>(text, { header: false, newline: '\r\n', delimiter: ',' }).data

const write = (rows: Iterable<readonly Cell[]>) =>
  createCsvReportSink({ folder }).write({ fileName: 'ItemReport_R0.csv', columns: ['Name', 'Size'], rows })

describe('a cell', () => {
  test.each([
    ['plain text', 'plain text'],
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\r\nlines', '"two\r\nlines"'],
    [' blank', '" blank"'],
    ['blank ', '"blank "'],
    [12.5, '12.5'],
    [-3, '-3'],
    [Number.NaN, ''],
    [undefined, ''],
    ['half \uD83D pair', 'half \uFFFD pair'],
    ['whole 🗂️', 'whole 🗂️'],
  ])('%j is written as %j', (cell, expected) => {
    expect(csvCell(cell)).toBe(expected)
  })

  test.each([
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '\nx',
    '  =1',
    '"=1"',
    "'=1",
    '\u00A0=1',
    '\0=1',
    '＝1',
    '＋1',
    '－1',
    '＠x',
  ])('%j is defused', (cell) => {
    expect(parse(csvCell(cell))).toEqual([[`'${cell}`]])
  })
})

describe('any rows', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('"', ',', '\r', '\n', '\0', '\uD800', ' ', "'", '=', 'a', '\t', ';') }),
  )
  const cells = fc.oneof(hostile, fc.integer(), fc.constant(undefined))

  test('come back from a CSV reader, but for the defence', () => {
    fc.assert(
      fc.property(fc.array(fc.array(cells, { minLength: 2, maxLength: 5 }), { minLength: 1, maxLength: 6 }), (rows) => {
        const back = parse(rows.map(csvLine).join('').slice(0, -2))
        expect(back.length).toBe(rows.length)
        rows.forEach((row, at) => {
          row.forEach((cell, column) => {
            const text = cell === undefined ? '' : String(cell).toWellFormed()
            expect([text, `'${text}`]).toContain(back[at]?.[column])
          })
        })
      }),
    )
  })

  test('never leave a cell that runs', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const [[back] = []] = parse(csvLine([text, 'x']))
        expect(back).not.toMatch(/^[\s\p{Cc}"]*[=+\-@＝＋－＠]/u)
      }),
    )
  })
})

describe('the sink', () => {
  test('writes UTF-8 with mark and CRLF, and says how many rows', async () => {
    const written = await write([
      ['über.txt', 3],
      ['', undefined],
    ])
    expect(written).toEqual({ path: path.join(folder, 'ItemReport_R0.csv'), rowCount: 2 })
    expect(fs.readFileSync(written.path).toString('latin1')).toBe('\xEF\xBB\xBFName,Size\r\n\xC3\xBCber.txt,3\r\n,\r\n')
  })

  test('writes more than one chunk', async () => {
    const rows = Array.from({ length: 40_000 }, (_, at): Cell[] => [`folder/a file with a name ${at}.docx`, at])
    const { path: file } = await write(rows)
    const back = parse(fs.readFileSync(file, 'utf8').slice(1))
    expect(back.slice(1, -1)).toEqual(rows.map((row) => row.map(String)))
  })

  test('leaves the older report and nothing else when the rows fail', async () => {
    await write([['old', 1]])
    const failing = (function* (): Generator<Cell[]> {
      yield ['new', 2]
      throw new Error('journal closed')
    })()
    await expect(write(failing)).rejects.toThrow('journal closed')
    expect(fs.readdirSync(folder)).toEqual(['ItemReport_R0.csv'])
    expect(fs.readFileSync(path.join(folder, 'ItemReport_R0.csv'), 'utf8')).toContain('old')
  })

  test('a folder that cannot be is an input error', async () => {
    fs.writeFileSync(path.join(folder, 'file'), '')
    const sink = createCsvReportSink({ folder: path.join(folder, 'file', 'below') })
    const code = await sink.write({ fileName: 'x.csv', columns: ['a'], rows: [] }).catch((error: unknown) => error)
    expect(code instanceof MigrationError && code.code).toBe('INPUT_OUTPUT_FOLDER')
  })

  test('a name that leads elsewhere is refused', async () => {
    const sink = createCsvReportSink({ folder })
    await expect(sink.write({ fileName: '../x.csv', columns: ['a'], rows: [] })).rejects.toThrow('no name for a report')
  })
})
