import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import type { CommandResponse, ParsedRequest } from '../../shared/contract/commands.ts'
import type { HostEvent } from '../../shared/contract/events.ts'
import type { AgentView, ConnectionView, TaskView } from '../../shared/contract/views.ts'
import type { TaskId } from '../../shared/domain/ids.ts'
import { asMigrationError, MigrationError, toWire } from '../../shared/errors.ts'
import { SECOND_MS } from '../../shared/units.ts'
import type { TaskRecord } from '../engine/ports/coordination.ts'
import type { WaitingReason } from '../engine/waiting/waiting.ts'
import { type AgentKeeper, createAgentKeeper, type RunAgentLoop } from './agentKeeper.ts'
import type { ConnectRequest, ConnectResult } from './connect.ts'
import type { Host, HostEnvironment } from './createHost.ts'
import { createEventHub, type EventHub } from './eventHub.ts'
import { type FleetGlance, readGlance, reasonsOf } from './fleetGlance.ts'
import { fleetView } from './fleetView.ts'
import { taskView } from './taskView.ts'
import { startTaskWatch } from './taskWatch.ts'
import { partsOfRunning, withParts } from './wholeTasks.ts'
import { writeWhole } from './workFolder.ts'

/** What a shell with screens provides beyond what every shell does. */
export interface AppEnvironment extends HostEnvironment {
  readonly version: string
  /** Absent where no practice tenant can be started. Idempotent: a running one is found again. */
  readonly practice?: { start(): Promise<{ readonly connectionFile: string }> }
}

export interface ExportedReport {
  readonly path: string
  readonly rowCount: number
}

/** What the app does through the rest of the host. */
export interface AppDeps {
  readonly environment: AppEnvironment
  readonly openStoredHost: (environment: HostEnvironment) => Promise<Host>
  readonly connect: (environment: HostEnvironment, request: ConnectRequest, signal: AbortSignal) => Promise<ConnectResult>
  readonly runAgent: RunAgentLoop
  /** Something to practise with: written once into a folder that does not exist yet. */
  readonly writeSampleShare?: (folder: string) => Promise<void>
  readonly exportReports: (
    host: Host,
    options: { readonly taskIds: readonly TaskId[] | undefined; readonly folder: string; readonly signal: AbortSignal },
  ) => Promise<readonly ExportedReport[]>
}

/** One install with screens, for as long as it runs: its connection, its agent, and what the screens know. */
export interface App {
  readonly environment: AppEnvironment
  readonly hub: EventHub
  readonly agent: AgentKeeper
  readonly connection: ConnectionView
  /** Aborts when the app closes. */
  readonly closing: AbortSignal
  /** Throws AUTH_NOT_CONNECTED. */
  host(): Host
  connect(request: ParsedRequest<'connection.connect'>): Promise<CommandResponse<'connection.connect'>>
  /** Signs in again with the stored connection. Errors: AUTH_NOT_CONNECTED, what the sign-in answers. */
  signIn(): Promise<{ readonly name: string }>
  /** Starts or stops this install as a worker and remembers that for the next start. */
  setAgentWanted(isWanted: boolean): Promise<void>
  /** Gives up a connection in the making. */
  cancelConnect(): boolean
  renameAgent(name: string): AgentView
  view(record: TaskRecord): TaskView
  /** A row that this install has just written: told to the screens without another read. */
  noteTask(record: TaskRecord): TaskView
  noteRemoved(taskId: TaskId): void
  /** A screen came: it hears the last state at once and every change until it calls what this returns. */
  attach(send: (event: HostEvent) => void): () => void
  /** The list is known to have moved: read it now; with `isFleet` the agents and settings too. */
  refresh(options?: { readonly isFleet: boolean }): void
  exportReports: AppDeps['exportReports']
  close(): Promise<void>
}

const GLANCE_EVERY_MS = 30 * SECOND_MS

const preferencesSchema = z.object({ isAgentWanted: z.boolean() })

export function createApp(deps: AppDeps): App {
  const { clock, logger, workFolder } = deps.environment
  const closing = new AbortController()
  const preferencesFile = path.join(workFolder.path, 'preferences.json')
  const identity = workFolder.agent()
  let host: Host | undefined
  let connection: ConnectionView = { state: 'none' }
  let isConnecting = false
  let connecting = new AbortController()
  let fleetChange = 0
  let glanced: { readonly host: Host; readonly atMs: number; readonly glance: FleetGlance } | undefined

  const environment: AppEnvironment = {
    ...deps.environment,
    showDeviceCode: (message) => {
      if (connection.state === 'connecting') showConnection({ state: 'connecting', message })
      else if (connection.state === 'connected') showConnection({ ...connection, error: toWire(signInNeeded(message)) })
    },
  }

  const hub = createEventHub({ clock, connection, agent: { id: identity.id, name: identity.name, state: 'stopped' } })
  const agent = createAgentKeeper({
    identity: { id: identity.id, name: identity.name },
    clock,
    logger,
    run: deps.runAgent,
    onChange(view) {
      hub.setAgent(view)
      watch.nudge()
    },
    onProgress(record, progress) {
      // What a part does is counted into its task by the list.
      if (record.task.part === undefined) hub.sample(record.task.id, progress)
      if (progress.stage === 'done') watch.nudge()
    },
  })
  const watch = startTaskWatch({
    clock,
    read,
    isBusy: () => agent.view.state !== 'stopped',
  })

  function showConnection(next: ConnectionView): void {
    connection = next
    hub.setConnection(next)
  }

  function view(record: TaskRecord, waiting?: WaitingReason) {
    return taskView(record, {
      agentId: identity.id,
      serverNowMs: host?.service.coordination.serverNow() ?? clock.now(),
      waiting,
    })
  }

  /** Agents and settings change seldom: read twice a minute, however often the tasks are. */
  async function glanceOf(open: Host, signal: AbortSignal): Promise<FleetGlance> {
    if (glanced?.host === open && clock.now() - glanced.atMs < GLANCE_EVERY_MS) {
      const nowMs = open.service.coordination.serverNow()
      return { ...glanced.glance, facts: { ...glanced.glance.facts, nowMs } }
    }
    const change = fleetChange
    const glance = await readGlance(open, signal)
    // What was changed while this was read may not be in it.
    if (change === fleetChange) glanced = { host: open, atMs: clock.now(), glance }
    return glance
  }

  /** One reading of the list, if anybody looks; without a host, one attempt to open the stored connection. */
  async function read(signal: AbortSignal): Promise<void> {
    if (isConnecting) return
    if (!host) return openStored()
    if (hub.clientCount === 0) return
    try {
      const rows = await host.tasks.list(signal)
      const records = withParts(rows, await partsOfRunning(host.service.shards, rows, signal)).map(({ record }) => record)
      const glance = await glanceOf(host, signal)
      const reasons = reasonsOf(records, glance)
      hub.setFleet(fleetView(records, glance))
      hub.setTasks(records.map((record) => view(record, reasons.get(record.task.id))))
      if (connection.state === 'connected' && connection.error) showConnection(connectedView(host))
    } catch (thrown) {
      if (signal.aborted || !host || isConnecting) return
      const error = toWire(asMigrationError(thrown))
      if (connection.state === 'connected' && connection.error?.message === error.message) return
      showConnection({ ...connectedView(host), error })
    }
  }

  async function openStored(): Promise<void> {
    if (!fs.existsSync(workFolder.connectionFile)) return
    try {
      host = await deps.openStoredHost(environment)
    } catch (thrown) {
      const error = asMigrationError(thrown)
      showConnection({ state: 'none', ...(error.code === 'AUTH_NOT_CONNECTED' ? {} : { error: toWire(error) }) })
      return
    }
    showConnection(connectedView(host))
    if (isAgentWanted()) agent.start(host)
    watch.nudge()
  }

  function isAgentWanted(): boolean {
    if (!fs.existsSync(preferencesFile)) return true
    return preferencesSchema.safeParse(JSON.parse(fs.readFileSync(preferencesFile, 'utf8'))).data?.isAgentWanted ?? true
  }

  async function closeHost(): Promise<void> {
    await agent.drop()
    await host?.close()
    host = undefined
  }

  async function connect(request: ParsedRequest<'connection.connect'>): Promise<CommandResponse<'connection.connect'>> {
    if (isConnecting) throw refused('A connection is being made already.', 'Wait until it has ended.')
    isConnecting = true
    connecting = new AbortController()
    const former = connection.state === 'connecting' ? ({ state: 'none' } as const) : connection
    try {
      const wanted = await wantedConnection(request)
      showConnection({ state: 'connecting', message: 'Signing in and checking roles and access.' })
      const result = await deps.connect(environment, wanted, AbortSignal.any([closing.signal, connecting.signal]))
      const checks = result.checks.map(({ check, ok, found, fix }) => ({
        check,
        ok,
        found,
        ...(fix === undefined ? {} : { fix }),
      }))
      if (!result.isConnected) {
        showConnection(former)
        return { isConnected: false, checks }
      }
      await closeHost()
      hub.forgetTasks()
      await openStored()
      return { isConnected: true, checks }
    } catch (thrown) {
      showConnection(former)
      throw connecting.signal.aborted ? refused('Connecting was given up.', 'Nothing was changed.') : thrown
    } finally {
      isConnecting = false
      watch.nudge()
    }
  }

  async function signIn(): Promise<{ readonly name: string }> {
    if (isConnecting) throw refused('A sign-in is being made already.', 'Wait until it has ended.')
    if (!host) await openStored()
    if (!host) throw notConnected()
    isConnecting = true
    connecting = new AbortController()
    const view = connectedView(host)
    try {
      const { name } = await host.service.tokens.signIn(AbortSignal.any([closing.signal, connecting.signal]))
      showConnection(view)
      if (isAgentWanted()) agent.start(host)
      return { name }
    } catch (thrown) {
      showConnection({ ...view, error: toWire(asMigrationError(thrown)) })
      throw connecting.signal.aborted ? refused('The sign-in was given up.', 'Sign in when you are ready.') : thrown
    } finally {
      isConnecting = false
      watch.nudge()
    }
  }

  async function wantedConnection(request: ParsedRequest<'connection.connect'>): Promise<ConnectRequest> {
    if (request.way === 'practice') return { ...fromFileOnly, file: await startPractice() }
    if (request.way === 'file') return { ...fromFileOnly, file: request.path }
    const { tenantId, clientId, coordinationSite, cloud, signIn } = request
    return { file: undefined, tenant: tenantId, clientId, coordinationSite, cloud, auth: signIn }
  }

  async function startPractice(): Promise<string> {
    if (!environment.practice)
      throw refused(
        'This install cannot start a practice tenant.',
        'Start one with "portage tenant start" and connect with its connection file.',
      )
    showConnection({ state: 'connecting', message: 'Starting the practice tenant on this computer.' })
    const { connectionFile } = await environment.practice.start()
    const sample = path.join(workFolder.path, 'sample-share')
    if (deps.writeSampleShare && !fs.existsSync(sample)) await deps.writeSampleShare(sample)
    return connectionFile
  }

  return {
    environment,
    hub,
    agent,
    closing: closing.signal,
    get connection() {
      return connection
    },
    host() {
      if (host) return host
      throw notConnected()
    },
    connect,
    signIn,
    cancelConnect() {
      if (isConnecting) connecting.abort()
      return isConnecting
    },
    renameAgent(name) {
      workFolder.agent(name)
      agent.rename(name)
      return agent.view
    },
    async setAgentWanted(isWanted) {
      writeWhole(preferencesFile, JSON.stringify({ isAgentWanted: isWanted }))
      if (isWanted) agent.start(this.host())
      else await agent.stop()
    },
    view: (record) => view(record).view,
    noteTask(record) {
      const row = view(record)
      hub.setTask(row)
      agent.nudge()
      return row.view
    },
    noteRemoved: (taskId) => hub.removeTask(taskId),
    attach(send) {
      const detach = hub.attach(send)
      watch.nudge()
      return detach
    },
    refresh(options) {
      if (options?.isFleet === true) {
        fleetChange++
        glanced = undefined
      }
      watch.nudge()
    },
    exportReports: deps.exportReports,
    async close() {
      closing.abort()
      await watch.stop()
      await closeHost()
      hub.close()
    },
  }
}

const fromFileOnly = { tenant: undefined, clientId: undefined, coordinationSite: undefined, cloud: undefined, auth: undefined }

function connectedView(host: Host): Extract<ConnectionView, { state: 'connected' }> {
  const { tenantName, tenantId, coordinationSite } = host.connection
  return { state: 'connected', tenantName, tenantId, coordinationSite, secretProtection: host.secrets.describe() }
}

function notConnected(): MigrationError {
  return new MigrationError('AUTH_NOT_CONNECTED', 'This install is not connected to a tenant.', {
    remedy: { kind: 'stopTask' },
    fix: 'Connect first, or try it with the practice tenant.',
  })
}

function refused(message: string, fix: string): MigrationError {
  return new MigrationError('INPUT_USAGE', message, { remedy: { kind: 'stopTask' }, fix })
}

function signInNeeded(message: string): MigrationError {
  return new MigrationError('AUTH_SIGN_IN_NEEDED', message, {
    remedy: { kind: 'stopTask' },
    fix: 'Sign in as described; the work goes on by itself.',
  })
}
