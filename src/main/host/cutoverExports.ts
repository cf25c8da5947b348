import fs from 'node:fs'
import path from 'node:path'
import { MigrationError } from '../../shared/errors.ts'
import { createCsvReportSink } from '../adapters/csv/csvReportSink.ts'
import { makeFolder } from '../adapters/folders/makeFolder.ts'
import type { Difference } from '../engine/cutover/compare.ts'
import { isRedirectFor, linkFileText, type Redirect, redirectsOf } from '../engine/cutover/redirects.ts'
import { rollbackOf } from '../engine/cutover/rollback.ts'
import type { TaskRecord } from '../engine/ports/coordination.ts'
import type { Cell } from '../engine/ports/reportSink.ts'
import { tableOf } from '../engine/report/table.ts'
import type { Host } from './createHost.ts'
import type { CheckedTask, Cutover } from './cutover.ts'
import type { ExportedReport } from './reports.ts'
import { openRoundJournals } from './roundJournals.ts'

const LINK_NAME_MAX = 255

export interface RedirectHit extends Redirect {
  readonly taskId: string
  readonly taskName: string
}

interface OfTasks {
  readonly records: readonly TaskRecord[]
  /** What people on Windows call the source, where it is mounted under another name here. */
  readonly uncRoot?: string | undefined
  readonly signal: AbortSignal
}

/** Old path → new address of everything that is at the destination. Errors: INPUT_OUTPUT_FOLDER, JNL_DISK_FULL. */
export async function writeRedirects(host: Host, options: OfTasks & { readonly folder: string }): Promise<ExportedReport> {
  return await withRedirects(host, options, (rows) =>
    createCsvReportSink({ folder: options.folder }).write(
      tableOf<RedirectHit>(
        'Redirects.csv',
        [
          ['Old path', ({ oldPath }): Cell => oldPath],
          ['Old UNC path', ({ uncPath }) => uncPath],
          ['New URL', ({ newUrl }) => newUrl],
          ['Type', ({ kind }) => kind],
          ['Task', ({ taskName }) => taskName],
          ['Task ID', ({ taskId }) => taskId],
        ],
        rows,
      ),
    ),
  )
}

/** The first places whose old path or new address holds the text, whatever its slashes and case. */
export async function searchRedirects(
  host: Host,
  options: OfTasks & { readonly text: string; readonly limit: number },
): Promise<readonly RedirectHit[]> {
  return await withRedirects(host, options, (rows) => {
    const hits: RedirectHit[] = []
    for (const row of rows) {
      options.signal.throwIfAborted()
      if (isRedirectFor(row, options.text)) hits.push(row)
      if (hits.length >= options.limit) break
    }
    return hits
  })
}

/**
 * A link file beside each other, in folders like those of the source, below a folder of the person's choice, which is never a source of these
 * tasks nor in one. Errors: INPUT_OUTPUT_FOLDER.
 */
export async function writeLinks(
  host: Host,
  options: OfTasks & { readonly folder: string; readonly kinds: readonly ('file' | 'folder')[] },
): Promise<number> {
  const { records, folder, kinds, signal } = options
  for (const { task } of records) assertOutside(folder, task.source.path)
  let count = 0
  await withRedirects(host, options, (rows) => {
    for (const row of rows) {
      signal.throwIfAborted()
      const record = records.find(({ task }) => task.id === row.taskId)
      if (!record || (row.kind !== 'file' && row.kind !== 'folder') || !kinds.includes(row.kind)) continue
      const below = row.oldPath
        .slice(record.task.source.path.length)
        .split(/[\\/]/)
        .filter((part) => part !== '')
      const segments = [record.task.name, ...below].map(safeSegment)
      const name = segments.pop() ?? 'link'
      const into = path.join(folder, ...segments)
      writeInto(folder, () => {
        makeFolder(into)
        fs.writeFileSync(path.join(into, `${name.slice(0, LINK_NAME_MAX - 4)}.url`), linkFileText(row))
      })
      count++
    }
  })
  return count
}

/** What each round made or replaced. Errors: INPUT_OUTPUT_FOLDER, JNL_DISK_FULL. */
export async function writeRollback(
  host: Host,
  options: { readonly records: readonly TaskRecord[]; readonly folder: string; readonly signal: AbortSignal },
): Promise<ExportedReport> {
  const { records, folder, signal } = options
  const opened = await openAll(host, records, signal)
  function* rows() {
    for (const { record, journals } of opened) {
      for (const [index, journal] of [...journals].reverse().entries())
        for (const entry of rollbackOf(journal, { isOldest: index === 0 })) yield { ...entry, record }
    }
  }
  try {
    return await createCsvReportSink({ folder }).write(
      tableOf(
        'Rollback.csv',
        [
          ['Operation', ({ operation }): Cell => operation],
          ['Type', ({ kind }) => kind],
          ['URL', ({ url }) => url],
          ['Item ID', ({ itemId }) => itemId],
          ['When', ({ atMs }) => (atMs === undefined ? undefined : new Date(atMs).toISOString())],
          ['Round', ({ round }) => (round === undefined ? 'before' : `R${round}`)],
          ['Source path', ({ path: at }) => at],
          ['Task', ({ record }) => record.task.name],
          ['Task ID', ({ record }) => record.task.id],
        ],
        rows(),
      ),
    )
  } finally {
    for (const { close } of opened) close()
  }
}

/** Rows of a reconciliation that are kept and written; the counts go on. */
const DIFFERENCES_MAX = 100_000

/** Reconciles a wave and writes what is not the same, each with its cause. Errors: those of the reconciliation; INPUT_OUTPUT_FOLDER. */
export async function writeReconciliation(
  cutover: Pick<Cutover, 'reconcile'>,
  name: string,
  options: { readonly folder: string; readonly onTask: (name: string) => void; readonly signal: AbortSignal },
): Promise<ExportedReport & { readonly tasks: readonly CheckedTask[]; readonly isZero: boolean }> {
  const rows: { readonly record: TaskRecord; readonly difference: Difference }[] = []
  const tasks = await cutover.reconcile(name, {
    onTask: options.onTask,
    onDifference: (record, difference) => {
      if (rows.length < DIFFERENCES_MAX) rows.push({ record, difference })
    },
    signal: options.signal,
  })
  const written = await createCsvReportSink({ folder: options.folder }).write(
    tableOf(
      'Reconciliation.csv',
      [
        ['Result', ({ difference }): Cell => difference.kind],
        ['Type', ({ difference }) => difference.itemKind],
        ['Source path', ({ difference }) => difference.path],
        ['URL', ({ difference }) => difference.url],
        ['Cause', ({ difference }) => difference.cause],
        ['Detail', ({ difference }) => difference.detail],
        ['Task', ({ record }) => record.task.name],
        ['Task ID', ({ record }) => record.task.id],
      ],
      rows,
    ),
  )
  return { ...written, tasks, isZero: rows.length === 0 && tasks.every(({ error }) => error === undefined) }
}

async function openAll(host: Host, records: readonly TaskRecord[], signal: AbortSignal) {
  const opened: (Awaited<ReturnType<typeof openRoundJournals>> & { readonly record: TaskRecord })[] = []
  try {
    for (const record of records) opened.push({ ...(await openRoundJournals(host, record, signal)), record })
    return opened
  } catch (thrown) {
    for (const { close } of opened) close()
    throw thrown
  }
}

/** `use` gets the rows of the last round of every task, made one at a time. */
async function withRedirects<T>(host: Host, options: OfTasks, use: (rows: Iterable<RedirectHit>) => T | Promise<T>): Promise<T> {
  const opened = await openAll(host, options.records, options.signal)
  function* rows(): Generator<RedirectHit> {
    for (const { record, journals } of opened) {
      const [last] = journals
      if (!last) continue
      for (const redirect of redirectsOf(last, { uncRoot: options.uncRoot }))
        yield { ...redirect, taskId: record.task.id, taskName: record.task.name }
    }
  }
  try {
    return await use({ [Symbol.iterator]: rows })
  } finally {
    for (const { close } of opened) close()
  }
}

/** Nothing is ever written into a source. */
function assertOutside(folder: string, sourcePath: string): void {
  const real = (one: string): string => {
    let at = path.resolve(one)
    const rest: string[] = []
    while (!fs.existsSync(at) && path.dirname(at) !== at) {
      rest.unshift(path.basename(at))
      at = path.dirname(at)
    }
    return path.join(fs.existsSync(at) ? fs.realpathSync.native(at) : at, ...rest)
  }
  const inside = path.relative(real(sourcePath), real(folder))
  if (inside === '..' || inside.startsWith(`..${path.sep}`) || path.isAbsolute(inside)) return
  throw new MigrationError('INPUT_OUTPUT_FOLDER', `The folder ${folder} lies in the source ${sourcePath}.`, {
    remedy: { kind: 'stopTask' },
    fix: 'Name a folder outside of every source; nothing is written into a source.',
  })
}

/** A name that every file system takes and that leads nowhere else. */
function safeSegment(name: string): string {
  const plain = name.replace(/[\p{Cc}"*:<>?|/\\]/gu, '_').replace(/[. ]+$/, '_')
  return plain === '' || plain === '.' || plain === '..' ? '_' : plain
}

function writeInto(folder: string, write: () => void): void {
  try {
    write()
  } catch (cause) {
    if (cause instanceof MigrationError) throw cause
    throw new MigrationError('INPUT_OUTPUT_FOLDER', `Link files cannot be written to "${folder}".`, {
      remedy: { kind: 'stopTask' },
      fix: 'Choose a folder in which this account may create files.',
      cause,
    })
  }
}
