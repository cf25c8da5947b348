import { SETTING_KEYS } from './spmtSettings.ts'
import type { TaskFileProblem } from './taskFileText.ts'

/** One task as the JSON form names it. */
export interface JsonTask {
  readonly row: number
  readonly source: string
  readonly site: string
  readonly library: string
  readonly folder: string
  readonly settings: Readonly<Record<string, unknown>>
}

const TASK_KEYS = ['SourcePath', 'TargetPath', 'TargetList', 'TargetListRelativePath', 'Settings'] as const
const TEXT_KEYS = ['SourcePath', 'TargetPath', 'TargetList', 'TargetListRelativePath'] as const
const SHAREPOINT_KEYS: ReadonlySet<string> = new Set(['SourceList', 'SourceListRelativePath', 'Items', 'Lists', 'SubSites'])

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** SPMT's and Migration Manager's JSON form: `{"Tasks": [{SourcePath, TargetPath, TargetList, TargetListRelativePath, Settings}]}`. */
export function parseJsonTasks(text: string): {
  readonly tasks: readonly JsonTask[]
  readonly rowCount: number
  readonly problems: readonly TaskFileProblem[]
} {
  const problems: TaskFileProblem[] = []
  const whole = (field: string, value: string, message: string, fix: string) => {
    problems.push({ row: 0, field, value, message, fix })
    return { tasks: [], rowCount: 0, problems }
  }
  let document: unknown
  try {
    document = JSON.parse(withoutTrailingCommas(text))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return whole(
      'file',
      '',
      `The file is no valid JSON: ${reason.slice(0, 200)}.`,
      'Mend it in an editor that marks JSON errors; backslashes in paths are written twice.',
    )
  }
  if (!isRecord(document) || !Array.isArray(document.Tasks)) {
    return whole(
      'Tasks',
      '',
      'The file has no list "Tasks" at its top.',
      'Write {"Tasks": [{"SourcePath": …, "TargetPath": …, "TargetList": …}]}.',
    )
  }
  for (const key of Object.keys(document)) {
    if (key !== 'Tasks') problems.push({ row: 0, field: key, ...unknownKey(key, ['Tasks']) })
  }
  const tasks = document.Tasks.flatMap((task: unknown, index): JsonTask[] => {
    const { problems: found, task: read } = readTask(task, index + 1)
    problems.push(...found)
    return read === undefined ? [] : [read]
  })
  return { tasks, rowCount: document.Tasks.length, problems }
}

function readTask(
  task: unknown,
  row: number,
): { readonly task: JsonTask | undefined; readonly problems: readonly TaskFileProblem[] } {
  if (!isRecord(task)) {
    const problem = {
      row,
      field: 'Tasks',
      value: JSON.stringify(task).slice(0, 200),
      message: 'This is no task.',
      fix: 'Write it in braces: {"SourcePath": …}.',
    }
    return { task: undefined, problems: [problem] }
  }
  const problems: TaskFileProblem[] = []
  for (const key of Object.keys(task)) {
    if (SHAREPOINT_KEYS.has(key)) {
      problems.push({
        row,
        field: key,
        value: '',
        message: 'This key is for SharePoint sources.',
        fix: 'Only file shares are migrated; remove it.',
      })
    } else if (!TASK_KEYS.some((known) => known === key)) problems.push({ row, field: key, ...unknownKey(key, TASK_KEYS) })
  }
  for (const key of TEXT_KEYS) {
    const value = task[key]
    if (value === undefined || value === null || typeof value === 'string') continue
    problems.push({
      row,
      field: key,
      value: JSON.stringify(value).slice(0, 200),
      message: 'The value is no text.',
      fix: 'Write it in quotes.',
    })
  }
  const settings = task.Settings ?? {}
  if (!isRecord(settings)) {
    problems.push({
      row,
      field: 'Settings',
      value: JSON.stringify(settings).slice(0, 200),
      message: 'The settings are no object.',
      fix: 'Write {"MigrateHiddenItems": true}.',
    })
  } else {
    for (const key of Object.keys(settings)) {
      if (!SETTING_KEYS.includes(key)) problems.push({ row, field: `Settings.${key}`, ...unknownKey(key, SETTING_KEYS) })
    }
  }
  if (problems.length > 0) return { task: undefined, problems }
  const text = (key: (typeof TEXT_KEYS)[number]): string => (typeof task[key] === 'string' ? task[key] : '')
  return {
    task: {
      row,
      source: text('SourcePath'),
      site: text('TargetPath'),
      library: text('TargetList'),
      folder: text('TargetListRelativePath'),
      settings: isRecord(settings) ? settings : {},
    },
    problems,
  }
}

function unknownKey(key: string, known: readonly string[]): Pick<TaskFileProblem, 'value' | 'message' | 'fix'> {
  const near = known.find((candidate) => distance(candidate.toLowerCase(), key.toLowerCase()) <= 3)
  const fix = near === undefined ? `Known are ${known.join(', ')}; remove it or correct its name.` : `Did you mean ${near}?`
  return { value: key, message: `"${key}" is unknown.`, fix }
}

/** Letters to change, add or leave out to get from one word to the other; capped by the words' lengths, which are keys of a file. */
function distance(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > 3) return 4
  let previous = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (let row = 1; row <= one.length; row++) {
    const current = [row]
    for (let column = 1; column <= other.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (one[row - 1] === other[column - 1] ? 0 : 1)
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1))
    }
    previous = current
  }
  return previous.at(-1) ?? 0
}

/** Microsoft's own example has a comma after the last member. Strings are left alone. */
function withoutTrailingCommas(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|,(?=\s*[}\]])/gs, (match) => (match === ',' ? '' : match))
}
