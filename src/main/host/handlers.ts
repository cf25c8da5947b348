import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { ParsedRequest } from '../../shared/contract/commands.ts'
import type { ExportView, TaskFileProblemView } from '../../shared/contract/views.ts'
import { summarizeFleet } from '../../shared/domain/fleet.ts'
import { taskSettingsSchema } from '../../shared/domain/settings.ts'
import type { App } from './app.ts'
import type { Handlers } from './dispatch.ts'
import type { TaskDraft, Tasks } from './tasks.ts'

/** Reads a task file as `portage task import` does. */
export type ReadTaskFile = (file: string) => Promise<{
  readonly drafts: readonly TaskDraft[]
  readonly problems: readonly TaskFileProblemView[]
  readonly rowCount: number
}>

/** What each command of the contract does, in a few lines each: the work is elsewhere in the host. */
export function createHandlers(app: App, deps: { readonly readTaskFile: ReadTaskFile }): Handlers {
  const { environment } = app

  function change(action: 'pause' | 'resume' | 'cancel' | 'retry') {
    return async ({ taskId }: ParsedRequest<'tasks.pause'>) => {
      const tasks: Tasks = app.host().tasks
      const view = app.noteTask(await tasks[action](taskId, app.closing))
      app.refresh()
      return view
    }
  }

  return {
    'app.state': async () => ({
      version: environment.version,
      workFolder: environment.workFolder.path,
      connection: app.connection,
      agent: app.agent.view,
      canPractice: environment.practice !== undefined,
    }),
    'connection.connect': (request) => app.connect(request),
    'tasks.list': async () => ({ tasks: (await app.host().tasks.list(app.closing)).map(app.view) }),
    'tasks.add': async ({ draft }) => app.noteTask(await app.host().tasks.add(draft, app.closing)),
    'tasks.pause': change('pause'),
    'tasks.resume': change('resume'),
    'tasks.cancel': change('cancel'),
    'tasks.retry': change('retry'),
    'tasks.remove': async ({ taskId }) => {
      await app.host().tasks.remove(taskId, app.closing)
      app.noteRemoved(taskId)
      return { taskId }
    },
    'import.check': (request) => checkTaskFile(request, deps.readTaskFile),
    'reports.export': (request) => exportReports(app, request),
    'agent.start': async () => {
      await app.setAgentWanted(true)
      return app.agent.view
    },
    'agent.stop': async () => {
      await app.setAgentWanted(false)
      return app.agent.view
    },
    'status.read': async () => summarizeFleet(await app.host().tasks.list(app.closing)),
  } satisfies Handlers
}

/** The reader takes files; what a browser sends is text. Its name keeps the ending only: it decides between CSV and JSON. */
async function checkTaskFile({ fileName, text }: ParsedRequest<'import.check'>, readTaskFile: ReadTaskFile) {
  const folder = await fs.promises.mkdtemp(path.join(os.tmpdir(), 'portage-import-'))
  try {
    const file = path.join(folder, /\.json$/i.test(fileName) ? 'tasks.json' : 'tasks.csv')
    await fs.promises.writeFile(file, text, { mode: 0o600 })
    const { drafts, problems, rowCount } = await readTaskFile(file)
    return {
      rowCount,
      drafts: drafts.map(({ name, source, destination, settings, tags }) => ({
        source,
        destination,
        ...(name === undefined ? {} : { name }),
        ...(settings === undefined ? {} : { settings: taskSettingsSchema.parse(settings) }),
        ...(tags === undefined ? {} : { tags: [...tags] }),
      })),
      problems: problems.map(({ row, field, value, message, fix }) => ({ row, field, value, message, fix })),
    }
  } finally {
    await fs.promises.rm(folder, { recursive: true, force: true })
  }
}

async function exportReports(app: App, { taskIds, folder }: ParsedRequest<'reports.export'>): Promise<ExportView> {
  const exportId = `${new Date(app.environment.clock.now()).toISOString().replace(/[:.]/g, '-')}-${randomUUID().slice(0, 4)}`
  const target = path.join(folder ?? app.environment.workFolder.reportsFolder, exportId)
  const written = await app.exportReports(app.host(), { taskIds, folder: target, signal: app.closing })
  const files = await Promise.all(
    written.map(async ({ path: file, rowCount }) => ({
      fileName: path.relative(target, file),
      rowCount,
      sizeBytes: (await fs.promises.stat(file)).size,
    })),
  )
  return { exportId, folder: target, files }
}
