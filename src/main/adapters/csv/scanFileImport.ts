import type { SourceSpec } from '../../../shared/domain/task.ts'
import { csvRows, isHeader } from './csvRows.ts'
import { judgeSource } from './taskFilePlaces.ts'
import { readInputFile, type TaskFileProblem } from './taskFileText.ts'

export interface ScanFile {
  readonly sources: readonly { readonly row: number; readonly source: SourceSpec }[]
  readonly problems: readonly TaskFileProblem[]
}

/** Migration Manager's list of sources to scan: one column, header optional. Errors: INPUT_FILE_UNREADABLE. */
export async function readScanFile(file: string): Promise<ScanFile> {
  const decoded = await readInputFile(file)
  if ('problem' in decoded) return { sources: [], problems: [decoded.problem] }
  return parseScanFile(decoded.text)
}

export function parseScanFile(text: string): ScanFile {
  const sources: { row: number; source: SourceSpec }[] = []
  const problems: TaskFileProblem[] = []
  const rowOfPath = new Map<string, number>()
  for (const { row, cells, flaw } of csvRows(text.replace(/^\uFEFF/, ''))) {
    if (row === 1 && isHeader(cells)) continue
    const [path = '', ...others] = cells
    const judged = judgeSource(path)
    const at = { row, field: 'FileSharePath', value: path }
    if (flaw !== undefined) problems.push(flaw)
    else if (others.some((cell) => cell.trim() !== '')) {
      problems.push({
        ...at,
        field: 'columns',
        message: `The row has ${cells.length} columns, not one.`,
        fix: 'Leave the source alone; import files with destinations as tasks.',
      })
    } else if ('flaw' in judged) problems.push({ ...at, ...judged.flaw })
    else {
      const earlier = rowOfPath.get(judged.value.path.toLowerCase())
      if (earlier === undefined) {
        rowOfPath.set(judged.value.path.toLowerCase(), row)
        sources.push({ row, source: judged.value })
      } else problems.push({ ...at, message: `Row ${earlier} already has this source.`, fix: 'Remove one of the two rows.' })
    }
  }
  return { sources, problems }
}
