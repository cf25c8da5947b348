import type { TaskFileBadRowView } from '../../../shared/contract/views.ts'

const HEADER = 'FileSharePath,,,SharePointSite,DocLibrary,DocSubFolder'

/** Rows as a task file of their own. Its row n+2 is the nth of them: the header is the first. */
export function textOfRows(rows: readonly TaskFileBadRowView[]): string {
  const lines = rows.map(({ source, site, library, folder }) => [source, '', '', site, library, folder].map(quoted).join(','))
  return [HEADER, ...lines].join('\r\n')
}

/** The number that the row has in the person's own file. */
export function rowNumber(rows: readonly TaskFileBadRowView[], checkedRow: number): number {
  return rows[checkedRow - 2]?.row ?? checkedRow
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}
