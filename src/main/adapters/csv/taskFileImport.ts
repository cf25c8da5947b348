import type { TaskSettings } from '../../../shared/domain/settings.ts'
import { type DestinationSpec, describeDestination, type SourceSpec } from '../../../shared/domain/task.ts'
import { csvRows, isHeader, TASK_COLUMNS } from './csvRows.ts'
import { judgeSettings } from './spmtSettings.ts'
import { parseJsonTasks } from './taskFileJson.ts'
import { type DestinationCell, type DestinationCells, judgeDestination, judgeSource } from './taskFilePlaces.ts'
import { readInputFile, type TaskFileProblem } from './taskFileText.ts'

export type { TaskFileProblem } from './taskFileText.ts'

export interface TaskFileDraft {
  readonly row: number
  /** What the file calls the source. */
  readonly sourceField: string
  /** Last folder of the source; numbered when the file has several of that name. */
  readonly name: string
  readonly source: SourceSpec
  readonly destination: DestinationSpec
  /** Only what the file says; the rest has defaults. */
  readonly settings: Partial<TaskSettings>
}

export interface TaskFileBadRow {
  readonly row: number
  readonly source: string
  readonly site: string
  readonly library: string
  readonly folder: string
}

export interface TaskFile {
  /** Rows without any problem, in the order of the file. */
  readonly drafts: readonly TaskFileDraft[]
  /** Every flaw of every other row; a row may have several. */
  readonly problems: readonly TaskFileProblem[]
  /** Rows with a problem as they stand in the file, where a person can mend them by these four cells. */
  readonly badRows: readonly TaskFileBadRow[]
  /** Settings that were understood and change nothing. */
  readonly warnings: readonly TaskFileProblem[]
  /** Tasks in the file, good and bad; without header and blank lines. */
  readonly rowCount: number
}

const CSV_FIELDS = [
  'FileSharePath',
  'column 2',
  'column 3',
  'SharePointSite',
  'DocLibrary',
  'DocSubFolder',
  'RegisterAsHubSite',
  'AssociateWithHubURL',
] as const
const COLUMNS_WITH_HUB = 8
const CSV_CELLS: Readonly<Record<DestinationCell, string>> = {
  site: 'SharePointSite',
  library: 'DocLibrary',
  folder: 'DocSubFolder',
}
const JSON_CELLS: Readonly<Record<DestinationCell, string>> = {
  site: 'TargetPath',
  library: 'TargetList',
  folder: 'TargetListRelativePath',
}

/**
 * The bulk files of Migration Manager and SPMT, CSV (6 columns, header optional, SPMT's two hub columns) or JSON, as drafts of tasks. Every
 * row is judged by itself and completely; nothing is guessed. [peers 2, mm-bulk-upload-format-csv-json] Errors: INPUT_FILE_UNREADABLE.
 */
export async function readTaskFile(file: string): Promise<TaskFile> {
  const decoded = await readInputFile(file)
  if ('problem' in decoded) return { drafts: [], problems: [decoded.problem], badRows: [], warnings: [], rowCount: 0 }
  return parseTaskFile(decoded.text, { isJson: /\.json$/i.test(file) })
}

/** `isJson` decides for files whose text alone does not; text that begins with a brace is JSON in any case. */
export function parseTaskFile(text: string, options: { readonly isJson: boolean }): TaskFile {
  const plain = text.replace(/^\uFEFF/, '')
  const collected = new Collector()
  const rowCount = options.isJson || /^\s*\{/.test(plain) ? collectJson(plain, collected) : collectCsv(plain, collected)
  if (rowCount === 0 && collected.problems.length === 0) {
    collected.problems.push({
      row: 0,
      field: 'file',
      value: '',
      message: 'The file holds no task.',
      fix: 'Add one row for each source.',
    })
  }
  const { drafts, problems, badRows, warnings } = collected
  return { drafts, problems, badRows, warnings, rowCount }
}

interface Candidate {
  readonly row: number
  readonly source: string
  readonly destination: DestinationCells
  readonly settings: Readonly<Record<string, unknown>>
  readonly fields: { readonly source: string; readonly cells: Readonly<Record<DestinationCell, string>> }
  /** What the form of the file already says against it. */
  readonly flaws: readonly TaskFileProblem[]
}

class Collector {
  readonly drafts: TaskFileDraft[] = []
  readonly problems: TaskFileProblem[] = []
  readonly badRows: TaskFileBadRow[] = []
  readonly warnings: TaskFileProblem[] = []
  readonly #rowOfPair = new Map<string, number>()
  readonly #names = new Map<string, number>()

  take(candidate: Candidate): void {
    const { row, fields } = candidate
    const flaws = [...candidate.flaws]
    const source = judgeSource(candidate.source)
    if ('flaw' in source) flaws.push({ row, field: fields.source, value: candidate.source, ...source.flaw })
    const destination = judgeDestination(candidate.destination)
    if ('flaws' in destination) {
      flaws.push(
        ...destination.flaws.map(({ cell, ...flaw }) => ({
          row,
          field: fields.cells[cell],
          value: candidate.destination[cell],
          ...flaw,
        })),
      )
    }
    const { settings, flaws: settingFlaws } = judgeSettings(candidate.settings)
    for (const { key, isWarning, ...flaw } of settingFlaws)
      (isWarning ? this.warnings : flaws).push({ row, field: `Settings.${key}`, ...flaw })
    if (flaws.length > 0 || 'flaw' in source || 'flaws' in destination) {
      this.problems.push(...flaws)
      this.#keepBad(candidate)
      return
    }
    const pair = `${source.value.path}\0${describeDestination(destination.value)}`.toLowerCase()
    const earlier = this.#rowOfPair.get(pair)
    if (earlier !== undefined) {
      this.problems.push({
        row,
        field: fields.source,
        value: source.value.path,
        message: `Row ${earlier} already has this source and destination.`,
        fix: 'Remove one of the two rows.',
      })
      this.#keepBad(candidate)
      return
    }
    this.#rowOfPair.set(pair, row)
    this.drafts.push({
      row,
      sourceField: fields.source,
      name: this.#nameFor(source.value.path),
      source: source.value,
      destination: destination.value,
      settings,
    })
  }

  /** Settings have no cells of their own to be mended in. */
  #keepBad({ row, source, destination: { site, library, folder }, settings }: Candidate): void {
    if (Object.keys(settings).length === 0) this.badRows.push({ row, source, site, library, folder })
  }

  #nameFor(path: string): string {
    const base = (path.split(/[\\/]/).findLast((part) => part !== '') ?? path).slice(0, 240)
    const count = (this.#names.get(base.toLowerCase()) ?? 0) + 1
    this.#names.set(base.toLowerCase(), count)
    return count === 1 ? base : `${base} (${count})`
  }
}

function collectJson(text: string, collected: Collector): number {
  const { tasks, problems, rowCount } = parseJsonTasks(text)
  collected.problems.push(...problems)
  for (const { row, source, site, library, folder, settings } of tasks) {
    collected.take({
      row,
      source,
      destination: { site, library, folder },
      settings,
      fields: { source: 'SourcePath', cells: JSON_CELLS },
      flaws: [],
    })
  }
  collected.problems.sort((one, other) => one.row - other.row)
  return rowCount
}

function collectCsv(text: string, collected: Collector): number {
  let rowCount = 0
  for (const { row, cells, flaw } of csvRows(text)) {
    if (row === 1 && isHeader(cells)) continue
    rowCount++
    if (flaw !== undefined) {
      collected.problems.push(flaw)
      continue
    }
    const used = cells.findLastIndex((cell) => cell.trim() !== '') + 1
    if (cells.length < TASK_COLUMNS || used > COLUMNS_WITH_HUB) {
      collected.problems.push(wrongColumns(row, cells))
      collected.badRows.push({
        row,
        source: cells[0] ?? '',
        site: cells[3] ?? '',
        library: cells[4] ?? '',
        folder: cells[5] ?? '',
      })
      continue
    }
    const [source = '', second = '', third = '', site = '', library = '', folder = '', isHub = '', hub = ''] = cells
    const flaws: TaskFileProblem[] = [second, third].flatMap((value, at) =>
      value.trim() === ''
        ? []
        : [
            {
              row,
              field: CSV_FIELDS[at + 1] ?? '',
              value,
              message: 'This column is for SharePoint sources.',
              fix: 'Leave it empty for a file share.',
            },
          ],
    )
    if (!/^(?:false|0|no)?$/i.test(isHub.trim()))
      flaws.push({
        row,
        field: 'RegisterAsHubSite',
        value: isHub,
        message: 'Portage does not register hub sites.',
        fix: 'Leave it empty.',
      })
    if (hub.trim() !== '')
      flaws.push({
        row,
        field: 'AssociateWithHubURL',
        value: hub,
        message: 'Portage does not associate hub sites.',
        fix: 'Leave it empty.',
      })
    collected.take({
      row,
      source,
      destination: { site, library, folder },
      settings: {},
      fields: { source: 'FileSharePath', cells: CSV_CELLS },
      flaws,
    })
  }
  return rowCount
}

function wrongColumns(row: number, cells: readonly string[]): TaskFileProblem {
  const value = cells.join(',').slice(0, 200)
  if (cells.length === 1) {
    return {
      row,
      field: 'columns',
      value,
      message: 'The row has one column: this is a list of sources for a scan.',
      fix: 'Use it with a scan, or add the destination: source,,,site,library,folder.',
    }
  }
  return {
    row,
    field: 'columns',
    value,
    message: `The row has ${cells.length} columns, not ${TASK_COLUMNS}.`,
    fix: 'Write source,,,site,library,folder; all commas must be there, also before an empty folder.',
  }
}
