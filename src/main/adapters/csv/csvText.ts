import type { Cell } from '../../engine/ports/reportSink.ts'

/** Excel and others read the file as UTF-8 only with it. */
export const BYTE_ORDER_MARK = '\uFEFF'
export const LINE_END = '\r\n'

/**
 * What a spreadsheet would run: = + - @ and their full-width twins, also behind blanks, control characters and quotes; a tab or line end in
 * front is swallowed by some and counts by itself. [OWASP, CSV injection]
 */
const RUNS_AS_FORMULA = /^(?:[\t\r\n]|[\s\p{Cc}"'\uFEFF]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/u
const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/
/** Anything that needs more than to be written as it is; most cells do not. */
const NEEDS_CARE = /[",\r\n\uD800-\uDFFF]|^[\s\p{Cc}'=+\-@\uFEFF\uFF1D\uFF0B\uFF0D\uFF20]|\s$/u

/**
 * One cell [RFC 4180]. Text that a spreadsheet would run gets a leading apostrophe; numbers are ours and stay numbers. Half a surrogate pair,
 * which UTF-8 cannot hold, becomes U+FFFD. Everything else, NUL and line ends included, survives a round through a CSV reader.
 */
export function csvCell(cell: Cell): string {
  if (cell === undefined) return ''
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(cell) : ''
  if (!NEEDS_CARE.test(cell)) return cell
  const text = cell.toWellFormed()
  const defused = RUNS_AS_FORMULA.test(text) ? `'${text}` : text
  return NEEDS_QUOTES.test(defused) ? `"${defused.replaceAll('"', '""')}"` : defused
}

export function csvLine(cells: readonly Cell[]): string {
  // A single empty cell would be an empty line, which readers skip.
  if (cells.length === 1 && (cells[0] === undefined || cells[0] === '')) return `""${LINE_END}`
  let line = ''
  for (let at = 0; at < cells.length; at++) line += at === 0 ? csvCell(cells[at]) : `,${csvCell(cells[at])}`
  return line + LINE_END
}
