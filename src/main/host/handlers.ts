import type { CommandResponse, ParsedRequest } from '../../shared/contract/commands.ts'
import type { TaskFileBadRowView, TaskFileProblemView, TaskView } from '../../shared/contract/views.ts'
import { summarizeFleet } from '../../shared/domain/fleet.ts'
import type { TaskRecord } from '../engine/ports/coordination.ts'
import type { App } from './app.ts'
import { createBrowseHandlers } from './browse.ts'
import { createCutoverHandlers } from './cutoverHandlers.ts'
import type { Handlers } from './dispatch.ts'
import { createExportHandlers } from './exportDesk.ts'
import { readGlance } from './fleetGlance.ts'
import { fleetAgentView } from './fleetView.ts'
import { createIdentityHandlers } from './identityHandlers.ts'
import { forecastProject } from './projectForecast.ts'
import { createScanDesk } from './scanDesk.ts'
import { createSetupHandlers, readProjectSettings } from './setup.ts'
import { createShareCredentialHandlers } from './shareCredentialHandlers.ts'
import { createTaskDetailHandlers } from './taskDetail.ts'
import type { TaskDraft, Tasks } from './tasks.ts'

/** Reads the text of a task file as `portage task import` does. */
export type ParseTaskFile = (
  text: string,
  options: { readonly isJson: boolean },
) => {
  readonly drafts: readonly TaskDraft[]
  readonly problems: readonly TaskFileProblemView[]
  readonly badRows?: readonly TaskFileBadRowView[]
  readonly rowCount: number
}

/** What each command of the contract does, in a few lines each: the work is elsewhere in the host. */
export function createHandlers(
  app: App,
  deps: { readonly parseTaskFile: ParseTaskFile; readonly templates: CommandResponse<'import.templates'> },
): Handlers {
  const { environment } = app

  async function changed(record: Promise<TaskRecord>): Promise<TaskView> {
    const view = app.noteTask(await record)
    app.refresh()
    return view
  }

  function change(action: 'pause' | 'resume' | 'cancel') {
    return async ({ taskId }: ParsedRequest<'tasks.pause'>) => {
      const tasks: Tasks = app.host().tasks
      return changed(tasks[action](taskId, app.closing))
    }
  }

  const scans = createScanDesk(app)

  return {
    ...createBrowseHandlers(app, scans.scannedPaths),
    ...scans.handlers,
    ...createIdentityHandlers(app),
    ...createShareCredentialHandlers(app),
    ...createTaskDetailHandlers(app),
    ...createSetupHandlers(app),
    ...createCutoverHandlers(app),
    'app.state': async () => ({
      version: environment.version,
      workFolder: environment.workFolder.path,
      connection: app.connection,
      agent: app.agent.view,
      canPractice: environment.practice !== undefined,
    }),
    'connection.connect': (request) => app.connect(request),
    'connection.signIn': () => app.signIn(),
    'connection.cancel': async () => ({ wasConnecting: app.cancelConnect() }),
    'tasks.list': async () => ({ tasks: (await app.host().tasks.list(app.closing)).map(app.view) }),
    'tasks.add': async ({ draft }) => {
      const project = readProjectSettings(environment.workFolder.path)
      const chosenSettings = Object.keys(draft.settings ?? {})
      const whole = { ...draft, settings: { ...project, ...draft.settings }, chosenSettings }
      return app.noteTask(await app.host().tasks.add(whole, app.closing))
    },
    'tasks.pause': change('pause'),
    'tasks.resume': change('resume'),
    'tasks.cancel': change('cancel'),
    'tasks.retry': async ({ taskId, ...options }) => changed(app.host().tasks.retry(taskId, app.closing, options)),
    'tasks.schedule': async ({ taskId, schedule }) =>
      changed(app.host().tasks.schedule(taskId, schedule ?? undefined, app.closing)),
    'tasks.rank': async ({ taskId, ...rank }) => changed(app.host().tasks.rank(taskId, present(rank), app.closing)),
    'tasks.clone': async ({ taskId, ...draft }) => changed(app.host().tasks.clone(taskId, present(draft), app.closing)),
    'tasks.remove': async ({ taskId }) => {
      await app.host().tasks.remove(taskId, app.closing)
      app.noteRemoved(taskId)
      return { taskId }
    },
    'import.check': async (request) => checkTaskFile(request, deps.parseTaskFile),
    'import.templates': async () => deps.templates,
    ...createExportHandlers(app),
    'fleet.agents': async () => {
      const agents = (await app.host().fleet.agents(app.closing)).map(fleetAgentView)
      app.hub.setAgents(agents)
      // What was seen before is older than this.
      app.refresh({ isFleet: true })
      return { agents }
    },
    'fleet.changeAgent': async ({ agentId, ...terms }) => {
      const change = { terms: present(terms), action: 'agent.changed' }
      const agent = await app.host().fleet.changeTerms(agentId, change, app.closing)
      if (agentId === app.agent.view.id && terms.name !== undefined) app.renameAgent(terms.name)
      app.refresh({ isFleet: true })
      return fleetAgentView(agent)
    },
    'fleet.forgetAgent': async ({ agentId }) => {
      const { id } = await app.host().fleet.forget(agentId, app.closing)
      app.refresh({ isFleet: true })
      return { agentId: id }
    },
    'fleet.settings': () => app.host().fleet.settings(app.closing),
    'fleet.saveSettings': async ({ settings }) => {
      const saved = await app.host().fleet.changeSettings(() => settings, app.closing)
      app.refresh({ isFleet: true })
      return saved
    },
    'agent.start': async () => {
      await app.setAgentWanted(true)
      return app.agent.view
    },
    'agent.stop': async () => {
      await app.setAgentWanted(false)
      return app.agent.view
    },
    'status.read': async () => {
      const host = app.host()
      const [records, glance] = await Promise.all([host.tasks.list(app.closing), readGlance(host, app.closing)])
      return { ...summarizeFleet(records), ...forecastProject(records, glance) }
    },
  } satisfies Handlers
}

/** Members that a screen left out are no wish to change them. */
function present<Given extends object>(given: Given): { [Name in keyof Given]?: Exclude<Given[Name], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Given]?: Exclude<Given[Name], undefined>
  }
}

function checkTaskFile(
  { fileName, text }: ParsedRequest<'import.check'>,
  parseTaskFile: ParseTaskFile,
): CommandResponse<'import.check'> {
  const { drafts, problems, badRows = [], rowCount } = parseTaskFile(text, { isJson: /\.json$/i.test(fileName) })
  return {
    rowCount,
    drafts: drafts.map(({ name, source, destination, settings, tags }) => ({
      source,
      destination,
      ...(name === undefined ? {} : { name }),
      ...(settings === undefined ? {} : { settings }),
      ...(tags === undefined ? {} : { tags: [...tags] }),
    })),
    problems: problems.map(({ row, field, value, message, fix }) => ({ row, field, value, message, fix })),
    badRows: [...badRows],
  }
}
