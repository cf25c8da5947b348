import { inspect } from 'node:util'

/** Where a command speaks: one JSON document (or one per line for streams) on stdout, or text for people. Logs go to stderr. */
export interface Output {
  readonly isJson: boolean
  /** The result of the command. */
  result(document: unknown, text: () => string): void
  /** One event of a stream. */
  event(document: unknown, text: () => string): void
  /** For people only, on stderr. */
  note(text: string): void
}

export function createOutput(isJson: boolean): Output {
  const print = (document: unknown, text: () => string) => {
    const line = isJson ? JSON.stringify(document) : text()
    if (line !== '') process.stdout.write(`${line}\n`)
  }
  return {
    isJson,
    result: print,
    event: print,
    note(text) {
      process.stderr.write(`${text}\n`)
    },
  }
}

const PAD = 2

/** Left-aligned columns; a cell never breaks the line. */
export function textTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const clean = (cell: string) => (/[\p{Cc}]/u.test(cell) ? inspect(cell).slice(1, -1) : cell)
  const lines = [columns, ...rows].map((row) => row.map(clean))
  const widths = columns.map((_, index) => Math.max(...lines.map((row) => (row[index] ?? '').length)))
  return lines
    .map((row) =>
      row
        .map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd((widths[index] ?? 0) + PAD)))
        .join('')
        .trimEnd(),
    )
    .join('\n')
}
