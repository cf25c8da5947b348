import { EXIT } from './exitCodes.ts'
import { plainLine, plainText } from './plainText.ts'

/** Where a command speaks: one JSON document (or one per line for streams) on stdout, or text for people. Logs go to stderr. */
export interface Output {
  readonly isJson: boolean
  /** The result of the command. */
  result(document: unknown, text: () => string): void
  /** One event of a stream. */
  event(document: unknown, text: () => string): void
  /** One line for people, on stderr. */
  note(text: string): void
}

export function createOutput(isJson: boolean): Output {
  const print = (document: unknown, text: () => string) => {
    const line = isJson ? JSON.stringify(document) : plainText(text())
    if (line !== '') process.stdout.write(`${line}\n`)
  }
  return {
    isJson,
    result: print,
    event: print,
    note(text) {
      process.stderr.write(`${plainLine(text)}\n`)
    },
  }
}

/** Whoever read the output has gone (`| head`): there is nobody left to work for. */
export function endWithReader(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.interrupted)
    throw error
  })
}

const PAD = 2
const CELL_CHARACTERS_MAX = 160

/** Left-aligned columns; a cell never breaks the line. */
export function textTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [columns, ...rows].map((row) => row.map((cell) => shortened(plainLine(cell))))
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

/** Both ends of a path say more than its beginning alone. */
function shortened(cell: string): string {
  const characters = [...cell]
  if (characters.length <= CELL_CHARACTERS_MAX) return cell
  const half = Math.floor((CELL_CHARACTERS_MAX - 1) / 2)
  return `${characters.slice(0, half).join('')}…${characters.slice(-half).join('')}`
}
