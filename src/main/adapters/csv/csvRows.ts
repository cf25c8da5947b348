import Papa from 'papaparse'
import type { TaskFileProblem } from './taskFileText.ts'

/** Of a row that describes a task; SPMT adds two. */
export const TASK_COLUMNS = 6

/** Names of columns hold nothing that paths and addresses need. */
export function isHeader(cells: readonly string[]): boolean {
  return (cells[0]?.trim() ?? '') !== '' && cells.every((cell) => !/[\\/@:]/.test(cell))
}

export interface CsvRow {
  readonly row: number
  readonly cells: readonly string[]
  readonly flaw: TaskFileProblem | undefined
}

/**
 * Rows that hold something. Commas, or the semicolons and tabs that spreadsheets write in some countries: whichever gives the first line as
 * many columns as expected.
 */
export function csvRows(text: string, columns = TASK_COLUMNS): readonly CsvRow[] {
  const delimiter = delimiterOf(text, columns)
  const { data, errors } = Papa.parse<string[]>(text.replace(/(?:\r?\n)+$/, ''), { delimiter, header: false })
  const flaws = new Map(errors.filter(({ type }) => type === 'Quotes').map((error) => [error.row ?? 0, error.message]))
  return data.flatMap((cells, at) => {
    const message = flaws.get(at)
    const row = at + 1
    if (cells.every((cell) => cell.trim() === '')) return []
    const flaw =
      message === undefined
        ? undefined
        : {
            row,
            field: 'quotes',
            value: cells.join(delimiter).slice(0, 200),
            message: `The quotes of this row do not match: ${message}.`,
            fix: 'Write a quote inside a quoted value twice.',
          }
    return [{ row, cells, flaw }]
  })
}

function delimiterOf(text: string, columns: number): ',' | ';' | '\t' {
  const firstLine = /^[^\r\n]*/.exec(text.trimStart())?.[0].replace(/"[^"]*"/g, '') ?? ''
  const enough = (delimiter: string): boolean => firstLine.split(delimiter).length >= columns
  return enough(',') ? ',' : enough(';') ? ';' : enough('\t') ? '\t' : ','
}
