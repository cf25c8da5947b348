import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { ReportFormat } from '../../shared/contract/commands.ts'
import type { TaskId } from '../../shared/domain/ids.ts'
import { MigrationError } from '../../shared/errors.ts'
import { makeFolder } from '../adapters/folders/makeFolder.ts'
import { zipFiles } from '../adapters/zip/zipFolder.ts'
import type { App, ExportedReport } from './app.ts'
import { readProjectReport } from './projectReport.ts'
import { reportPage } from './reportPage.ts'

/**
 * Writes the reports in every wanted form into one folder; also while tasks run, each file a consistent picture of its moment. Errors:
 * INPUT_OUTPUT_FOLDER, JNL_DISK_FULL.
 */
export async function writeReportFormats(
  app: App,
  options: {
    readonly taskIds: readonly TaskId[] | undefined
    readonly folder: string
    readonly formats: readonly ReportFormat[]
    readonly signal: AbortSignal
  },
): Promise<readonly ExportedReport[]> {
  const { taskIds, folder, formats, signal } = options
  const written: ExportedReport[] = []
  if (formats.includes('html') || formats.includes('json')) {
    const report = await readProjectReport(app.host(), { taskIds, signal })
    if (formats.includes('html'))
      written.push(writeText(folder, 'Migration report.html', reportPage(report), report.tasks.length))
    if (formats.includes('json'))
      written.push(writeText(folder, 'Migration report.json', JSON.stringify(report, null, 2), report.tasks.length))
  }
  if (!formats.includes('csv') && !formats.includes('zip')) return written
  const csvFolder = formats.includes('csv') ? folder : fs.mkdtempSync(path.join(os.tmpdir(), 'portage-reports-'))
  try {
    const tables = await app.exportReports(app.host(), { taskIds, folder: csvFolder, signal })
    if (formats.includes('csv')) written.push(...tables)
    if (formats.includes('zip')) {
      const target = path.join(folder, 'Migration reports.zip')
      inFolder(folder, () => makeFolder(folder))
      const files = tables.map((table) => ({ path: table.path, name: path.relative(csvFolder, table.path) }))
      await zipFiles(files, target, signal)
      written.push({ path: target, rowCount: tables.reduce((sum, { rowCount }) => sum + rowCount, 0) })
    }
    return written
  } finally {
    if (csvFolder !== folder) fs.rmSync(csvFolder, { recursive: true, force: true })
  }
}

function writeText(folder: string, fileName: string, text: string, rowCount: number): ExportedReport {
  const target = path.join(folder, fileName)
  inFolder(folder, () => {
    makeFolder(folder)
    fs.writeFileSync(`${target}.unfinished`, text)
    fs.renameSync(`${target}.unfinished`, target)
  })
  return { path: target, rowCount }
}

function inFolder(folder: string, write: () => void): void {
  try {
    write()
  } catch (cause) {
    if (!(cause instanceof Error) || !('code' in cause)) throw cause
    throw new MigrationError('INPUT_OUTPUT_FOLDER', `Reports cannot be written to "${folder}" (${String(cause.code)}).`, {
      remedy: { kind: 'stopTask' },
      fix: 'Choose a folder in which this account may create files.',
      cause,
    })
  }
}
