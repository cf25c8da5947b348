import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { CommandName, CommandRequest, CommandResponse } from '../../shared/contract/commands.ts'
import { commands } from '../../shared/contract/commands.ts'
import type { HostEvent } from '../../shared/contract/events.ts'
import { MigrationError } from '../../shared/errors.ts'
import { type AppDeps, createApp } from './app.ts'
import { createDispatch } from './dispatch.ts'
import { createHandlers } from './handlers.ts'
import {
  createCountingRandom,
  createFakeHost,
  createManualClock,
  fakeConnection,
  fakeTaskId,
  MemoryCoordination,
  settle,
  silentLogger,
} from './testing/fakeHost.ts'
import { openWorkFolder } from './workFolder.ts'

const cleanUps: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

function setup(change: Partial<AppDeps> = {}, isConnected = true) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-app-'))
  cleanUps.push(() => fs.rmSync(folder, { recursive: true, force: true }))
  const workFolder = openWorkFolder(folder)
  const clock = createManualClock()
  const coordination = new MemoryCoordination()
  if (isConnected) fs.writeFileSync(workFolder.connectionFile, JSON.stringify(fakeConnection))
  const app = createApp({
    environment: {
      workFolder,
      clock,
      random: createCountingRandom(),
      logger: silentLogger,
      version: '0.0.0',
      practice: { start: async () => ({ connectionFile: '/practice/connection.json' }) },
    },
    openStoredHost: async (environment) => createFakeHost(environment, coordination),
    connect: async () => {
      fs.writeFileSync(workFolder.connectionFile, JSON.stringify(fakeConnection))
      return { isConnected: true, tenantId: 't', coordinationSite: 's', checks: [], repaired: [], secretProtection: '' }
    },
    runAgent: (_host, { drain, drop }) =>
      new Promise((resolve) =>
        AbortSignal.any([drain, drop]).addEventListener('abort', () => resolve(undefined), { once: true }),
      ),
    exportReports: async (_host, options) => {
      fs.mkdirSync(options.folder, { recursive: true })
      fs.writeFileSync(path.join(options.folder, 'Summary.csv'), 'a,b\r\n')
      return [{ path: path.join(options.folder, 'Summary.csv'), rowCount: 0 }]
    },
    ...change,
  })
  cleanUps.push(() => app.close())
  const dispatch = createDispatch(
    createHandlers(app, {
      parseTaskFile: (text, { isJson }) => ({ drafts: [], problems: [], rowCount: isJson ? 0 : text.split('\n').length }),
      templates: { csv: 'a', json: '{}' },
    }),
    silentLogger,
  )
  const heard: HostEvent[] = []
  app.hub.attach((event) => heard.push(event))
  async function ask<C extends CommandName>(command: C, request: CommandRequest<C>): Promise<CommandResponse<C>> {
    const answer = await dispatch({ id: 1, command, request })
    if (!answer || !('ok' in answer.reply)) throw new Error(`refused: ${JSON.stringify(answer)}`)
    return commands[command].response.parse(answer.reply.ok) as CommandResponse<C>
  }
  app.refresh()
  return { app, ask, clock, coordination, dispatch, heard, workFolder }
}

const draft = {
  source: { kind: 'fileShare' as const, path: '\\\\srv\\finance' },
  destination: { kind: 'oneDrive' as const, upn: 'ann@contoso.com' },
}

describe('dispatch', () => {
  test('refuses what is not a frame, an unknown command and a bad request, each in its way', async () => {
    const { dispatch } = setup()
    expect(await dispatch({ command: 'app.state' })).toBeUndefined()
    expect(await dispatch({ id: 7, command: 'constructor', request: {} })).toMatchObject({
      id: 7,
      reply: { error: { code: 'INPUT_USAGE' } },
    })
    const bad = await dispatch({ id: 8, command: 'tasks.pause', request: { taskId: '../x' } })
    expect(bad).toMatchObject({ reply: { error: { code: 'INPUT_USAGE', message: expect.stringContaining('taskId') } } })
  })
})

describe('tasks', () => {
  test('a task that is added is told to the screens at once, with the reason why it waits', async () => {
    const { ask, heard } = setup()
    await settle()
    const added = await ask('tasks.add', { draft })
    expect(added).toMatchObject({ status: 'queued', reason: 'Waits for an agent that is free.', task: { name: 'finance' } })
    expect(heard.filter(({ event }) => event === 'tasks.changed').at(-1)?.payload).toMatchObject({
      tasks: [{ task: { name: 'finance' } }],
    })
  })

  test('a refused change answers with what to do', async () => {
    const { ask, dispatch } = setup()
    await settle()
    const { task } = await ask('tasks.add', { draft })
    const answer = await dispatch({ id: 1, command: 'tasks.retry', request: { taskId: task.id } })
    expect(answer?.reply).toHaveProperty('ok')
    await ask('tasks.cancel', { taskId: task.id })
    const again = await dispatch({ id: 2, command: 'tasks.pause', request: { taskId: task.id } })
    expect(again?.reply).toMatchObject({ error: { code: 'CRD_TASK_STATE', fix: expect.any(String) } })
  })

  test('without a connection the answer is AUTH_NOT_CONNECTED', async () => {
    const { dispatch } = setup({}, false)
    const answer = await dispatch({ id: 1, command: 'tasks.pause', request: { taskId: fakeTaskId(1) } })
    expect(answer?.reply).toMatchObject({ error: { code: 'AUTH_NOT_CONNECTED' } })
  })

  test('a list that cannot be read shows the error beside the rows, and forgets it when it can be read again', async () => {
    const { app, clock, coordination } = setup()
    await settle()
    coordination.failure = new MigrationError('NET_UNREACHABLE', 'No network.', { remedy: { kind: 'retry' } })
    await clock.tick(60_000)
    expect(app.connection).toMatchObject({ state: 'connected', error: { code: 'NET_UNREACHABLE' } })
    coordination.failure = undefined
    await clock.tick(60_000)
    expect(app.connection).not.toHaveProperty('error')
  })
})

describe('connection', () => {
  test('the practice tenant: start it, connect, open, and begin to work', async () => {
    const files: (string | undefined)[] = []
    const { ask, heard, app, workFolder } = setup(
      {
        connect: async (_environment, request) => {
          files.push(request.file)
          fs.writeFileSync(workFolder.connectionFile, '{}')
          return { isConnected: true, tenantId: 't', coordinationSite: 's', checks: [], repaired: [], secretProtection: '' }
        },
      },
      false,
    )
    expect(await ask('connection.connect', { way: 'practice' })).toEqual({ isConnected: true, checks: [] })
    expect(files).toEqual(['/practice/connection.json'])
    const states = heard.flatMap((event) => (event.event === 'connection.changed' ? [event.payload.connection.state] : []))
    expect(states).toEqual(['none', 'connecting', 'connecting', 'connected'])
    expect(app.agent.view.state).toBe('running')
  })

  test('a connect that fails leaves the former connection in place', async () => {
    const { app, dispatch } = setup({
      connect: async () => {
        throw new MigrationError('INPUT_CONNECTION_FILE', 'Not JSON.', { remedy: { kind: 'stopTask' } })
      },
    })
    await settle()
    const answer = await dispatch({ id: 1, command: 'connection.connect', request: { way: 'file', path: '/x.json' } })
    expect(answer?.reply).toMatchObject({ error: { code: 'INPUT_CONNECTION_FILE' } })
    expect(app.connection.state).toBe('connected')
  })
})

describe('agent', () => {
  test('comes back by itself after a lost network, saying meanwhile what is wrong', async () => {
    let runs = 0
    const { app, clock } = setup({
      runAgent: async (_host, { drain, drop }) => {
        runs += 1
        if (runs === 1) throw new MigrationError('NET_INTERRUPTED', 'The line broke.', { remedy: { kind: 'retry' } })
        await new Promise((resolve) => AbortSignal.any([drain, drop]).addEventListener('abort', resolve, { once: true }))
      },
    })
    await settle()
    expect(app.agent.view).toMatchObject({ state: 'running', error: { message: 'The line broke.' } })
    await clock.tick(5000)
    expect(runs).toBe(2)
    expect(app.agent.view).not.toHaveProperty('error')
  })

  test('what needs a person stops it', async () => {
    const { app } = setup({
      runAgent: async () => {
        throw new MigrationError('AUTH_SIGN_IN_NEEDED', 'Sign in again.', { remedy: { kind: 'stopTask' } })
      },
    })
    await settle()
    expect(app.agent.view).toMatchObject({ state: 'stopped', error: { code: 'AUTH_SIGN_IN_NEEDED' } })
  })

  test('stays stopped over a restart when its person stopped it', async () => {
    const first = setup()
    await settle()
    expect((await first.ask('agent.stop', {})).state).toBe('stopped')
    expect(JSON.parse(fs.readFileSync(path.join(first.workFolder.path, 'preferences.json'), 'utf8'))).toEqual({
      isAgentWanted: false,
    })
    expect((await first.ask('agent.start', {})).state).toBe('running')
  })
})

describe('files', () => {
  test('the ending of a task file decides how it is read', async () => {
    const { ask } = setup()
    expect(await ask('import.check', { fileName: 'x.csv', text: 'a\nb\nc' })).toMatchObject({ rowCount: 3 })
    expect(await ask('import.check', { fileName: 'x.JSON', text: 'a\nb\nc' })).toMatchObject({ rowCount: 0 })
  })

  test('every export has a folder of its own', async () => {
    const { ask } = setup()
    await settle()
    const [one, two] = [await ask('reports.export', {}), await ask('reports.export', {})]
    expect(one.exportId).not.toBe(two.exportId)
    expect(one.files).toEqual([{ fileName: 'Summary.csv', rowCount: 0, sizeBytes: 5 }])
  })
})
