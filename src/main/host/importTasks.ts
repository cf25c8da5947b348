import fs from 'node:fs'
import type { TaskSettings } from '../../shared/domain/settings.ts'
import { describeDestination, type Task } from '../../shared/domain/task.ts'
import { asMigrationError, MigrationError } from '../../shared/errors.ts'
import { readTaskFile, type TaskFileDraft, type TaskFileProblem } from '../adapters/csv/taskFileImport.ts'
import type { TaskRecord } from '../engine/ports/coordination.ts'
import { type Host, type HostEnvironment, withHost } from './createHost.ts'

export interface ImportResult {
  readonly rowCount: number
  readonly created: readonly TaskRecord[]
  /** Rows that are good, added or not. */
  readonly goodCount: number
  readonly problems: readonly TaskFileProblem[]
  /** Understood, and without effect here. */
  readonly warnings: readonly TaskFileProblem[]
}

/**
 * Adds the tasks of a bulk file. A row that the shared list has already is as bad as one that cannot be read. With any bad row nothing is
 * added, unless `skipsBad`. A dry run adds nothing; it asks the list only when this install is connected.
 */
export async function importTasks(
  environment: HostEnvironment,
  options: {
    readonly file: string
    readonly skipsBad: boolean
    readonly isDryRun: boolean
    /** For every task of the file. */
    readonly settings?: Partial<TaskSettings>
  },
  signal: AbortSignal,
): Promise<ImportResult> {
  const { drafts, problems, warnings, rowCount } = await readTaskFile(options.file)
  const judged = { rowCount, created: [], goodCount: drafts.length, problems, warnings }
  const isOffline = options.isDryRun && !fs.existsSync(environment.workFolder.connectionFile)
  if (isOffline || drafts.length === 0 || (problems.length > 0 && !options.skipsBad && !options.isDryRun)) return judged
  const withSettings = (draft: TaskFileDraft) => ({ ...draft, settings: { ...draft.settings, ...options.settings } })
  return withHost(environment, async (host) => {
    const { fresh, known } = splitByList(drafts, await host.tasks.list(signal))
    const all = [...problems, ...known].sort((one, other) => one.row - other.row)
    const result = { ...judged, goodCount: fresh.length, problems: all }
    if (options.isDryRun || (all.length > 0 && !options.skipsBad)) return result
    return { ...result, created: await addAll(host, fresh.map(withSettings), signal) }
  })
}

function splitByList(
  drafts: readonly TaskFileDraft[],
  records: readonly TaskRecord[],
): { readonly fresh: readonly TaskFileDraft[]; readonly known: readonly TaskFileProblem[] } {
  const byPair = new Map(records.filter(({ status }) => status !== 'canceled').map(({ task }) => [pairOf(task), task]))
  const fresh: TaskFileDraft[] = []
  const known: TaskFileProblem[] = []
  for (const draft of drafts) {
    const task = byPair.get(pairOf(draft))
    if (!task) fresh.push(draft)
    else
      known.push({
        row: draft.row,
        field: draft.sourceField,
        value: draft.source.path,
        message: `The task list has this source and destination already: task ${task.id.slice(0, 8)} "${task.name}".`,
        fix: `Remove the row; "portage task retry ${task.id.slice(0, 8)}" runs that task again.`,
      })
  }
  return { fresh, known }
}

/** Names of shares and libraries know no case. */
const pairOf = ({ source, destination }: Pick<Task, 'source' | 'destination'>): string =>
  `${source.path}\0${describeDestination(destination)}`.toLowerCase()

async function addAll(host: Host, drafts: readonly TaskFileDraft[], signal: AbortSignal): Promise<readonly TaskRecord[]> {
  const created: TaskRecord[] = []
  try {
    for (const draft of drafts) created.push(await host.tasks.add(draft, signal))
    return created
  } catch (thrown) {
    const error = asMigrationError(thrown)
    if (signal.aborted || created.length === 0) throw thrown
    throw new MigrationError(error.code, `${created.length} of ${drafts.length} tasks were added, then: ${error.message}`, {
      remedy: error.remedy,
      fix: `${error.fix ?? 'Mend this.'} Then import the file again with --skip-bad: what was added is left out.`,
      cause: thrown,
    })
  }
}
