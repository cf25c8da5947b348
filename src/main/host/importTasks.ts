import { readTaskFile, type TaskFileProblem } from '../adapters/csv/taskFileImport.ts'
import type { TaskRecord } from '../engine/ports/coordination.ts'
import { type HostEnvironment, withHost } from './createHost.ts'

export interface ImportResult {
  readonly rowCount: number
  readonly created: readonly TaskRecord[]
  readonly problems: readonly TaskFileProblem[]
}

/** Adds the tasks of a bulk file. With any bad row nothing is added, unless `skipsBad`. */
export async function importTasks(
  environment: HostEnvironment,
  options: { readonly file: string; readonly skipsBad: boolean; readonly isDryRun: boolean },
  signal: AbortSignal,
): Promise<ImportResult> {
  const { drafts, problems, rowCount } = await readTaskFile(options.file)
  if (options.isDryRun || (problems.length > 0 && !options.skipsBad)) return { rowCount, created: [], problems }
  const created = await withHost(environment, async (host) => {
    const records: TaskRecord[] = []
    for (const draft of drafts) records.push(await host.tasks.add(draft, signal))
    return records
  })
  return { rowCount, created, problems }
}
