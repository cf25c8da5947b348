import { parseTaskFile } from '../adapters/csv/taskFileImport.ts'
import { exampleTaskCsv, exampleTaskJson } from '../adapters/csv/taskFileTemplates.ts'
import { type App, type AppEnvironment, createApp } from './app.ts'
import { connect } from './connect.ts'
import { createHost } from './createHost.ts'
import { createDispatch, type Dispatch } from './dispatch.ts'
import { createHandlers } from './handlers.ts'
import { exportReports } from './reports.ts'
import { runThisAgent } from './runThisAgent.ts'
import { writeSampleShare } from './sampleShare.ts'

/** The host with everything in it, ready for a transport: attach a screen to `app`, give its frames to `dispatch`. */
export function openApp(environment: AppEnvironment): { readonly app: App; readonly dispatch: Dispatch } {
  const app = createApp({
    environment,
    openStoredHost: createHost,
    connect,
    runAgent: runThisAgent,
    exportReports,
    // Nobody holds its locked file open: what is to be seen is the sample, not a program that never ends.
    writeSampleShare: async (folder) => (await writeSampleShare(folder, 1)).lock.close(),
  })
  const handlers = createHandlers(app, { parseTaskFile, templates: { csv: exampleTaskCsv(), json: exampleTaskJson() } })
  return { app, dispatch: createDispatch(handlers, environment.logger) }
}
