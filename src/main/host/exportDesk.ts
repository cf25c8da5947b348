import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import type { ParsedRequest } from '../../shared/contract/commands.ts'
import type { ExportView } from '../../shared/contract/views.ts'
import { MigrationError } from '../../shared/errors.ts'
import type { App } from './app.ts'
import type { Handlers } from './dispatch.ts'
import { writeReportFormats } from './reportFormats.ts'

/** Exports of reports, each into a folder of its own; one with a ticket can be given up. */
export function createExportHandlers(app: App): Pick<Handlers, 'reports.export' | 'reports.cancel'> {
  const running = new Map<string, AbortController>()

  return {
    async 'reports.export'(request) {
      const own = new AbortController()
      const { ticket } = request
      if (ticket !== undefined) running.set(ticket, own)
      try {
        return await exportReports(app, request, AbortSignal.any([app.closing, own.signal]))
      } finally {
        if (ticket !== undefined && running.get(ticket) === own) running.delete(ticket)
      }
    },
    'reports.cancel': async ({ ticket }) => {
      const found = running.get(ticket)
      found?.abort()
      return { wasRunning: found !== undefined }
    },
  }
}

async function exportReports(
  app: App,
  { taskIds, folder, formats }: ParsedRequest<'reports.export'>,
  signal: AbortSignal,
): Promise<ExportView> {
  const exportId = `${new Date(app.environment.clock.now()).toISOString().replace(/[:.]/g, '-')}-${randomUUID().slice(0, 4)}`
  const target = path.join(folder ?? app.environment.workFolder.reportsFolder, exportId)
  try {
    const written = await writeReportFormats(app, { taskIds, folder: target, formats, signal })
    const files = await Promise.all(
      written.map(async ({ path: file, rowCount }) => ({
        fileName: path.relative(target, file).split(path.sep).join('/'),
        rowCount,
        sizeBytes: (await fs.promises.stat(file)).size,
      })),
    )
    signal.throwIfAborted()
    return { exportId, folder: target, files }
  } catch (thrown) {
    if (!signal.aborted) throw thrown
    fs.rmSync(target, { recursive: true, force: true })
    throw new MigrationError('INPUT_USAGE', 'The export was given up.', {
      remedy: { kind: 'stopTask' },
      fix: 'Nothing of it was kept; export again whenever you like.',
    })
  }
}
