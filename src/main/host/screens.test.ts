import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { type CommandName, type CommandRequest, type CommandResponse, commands } from '../../shared/contract/commands.ts'
import type { HostEvent } from '../../shared/contract/events.ts'
import { createApp } from './app.ts'
import { createDispatch } from './dispatch.ts'
import { createHandlers } from './handlers.ts'
import { systemClock } from './systemRuntime.ts'
import {
  createCountingRandom,
  createFakeHost,
  fakeConnection,
  MemoryCoordination,
  settle,
  silentLogger,
} from './testing/fakeHost.ts'
import { openWorkFolder } from './workFolder.ts'

const cleanUps: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

/** The commands of the screens over a list in memory and a real folder. */
async function setup() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-screens-'))
  cleanUps.push(() => fs.rmSync(folder, { recursive: true, force: true }))
  const workFolder = openWorkFolder(path.join(folder, 'work'))
  const coordination = new MemoryCoordination()
  fs.mkdirSync(path.join(folder, 'work'), { recursive: true })
  fs.writeFileSync(workFolder.connectionFile, JSON.stringify(fakeConnection))
  const app = createApp({
    environment: { workFolder, clock: systemClock, random: createCountingRandom(), logger: silentLogger, version: '0' },
    openStoredHost: async (environment) => createFakeHost(environment, coordination),
    connect: async () => {
      throw new Error('nobody connects here')
    },
    runAgent: (_host, { drain, drop }) =>
      new Promise((resolve) =>
        AbortSignal.any([drain, drop]).addEventListener('abort', () => resolve(undefined), { once: true }),
      ),
    exportReports: async () => [],
  })
  cleanUps.push(() => app.close())
  const parse = () => ({ drafts: [], problems: [], rowCount: 0 })
  const dispatch = createDispatch(createHandlers(app, { parseTaskFile: parse, templates: { csv: '', json: '' } }), silentLogger)
  const heard: HostEvent[] = []
  app.attach((event) => heard.push(event))
  async function ask<C extends CommandName>(command: C, request: CommandRequest<C>): Promise<CommandResponse<C>> {
    const answer = await dispatch({ id: 1, command, request })
    if (!answer || !('ok' in answer.reply)) throw new Error(JSON.stringify(answer?.reply))
    return commands[command].response.parse(answer.reply.ok) as CommandResponse<C>
  }
  await settle()
  const share = path.join(folder, 'share')
  fs.mkdirSync(path.join(share, 'Finance', 'Q1'), { recursive: true })
  fs.writeFileSync(path.join(share, 'Finance', 'plan?.txt'), 'x')
  fs.writeFileSync(path.join(share, 'good.txt'), 'yes')
  return { ask, dispatch, heard, share, app, workFolder, coordination }
}

describe('sources', () => {
  test('folders are listed by name, searched, and files are no folders', async () => {
    const { ask, share } = await setup()
    const { folders } = await ask('sources.browse', { path: share })
    expect(folders.map(({ name }) => name)).toEqual(['Finance'])
    expect((await ask('sources.browse', { path: share, search: 'zzz' })).folders).toEqual([])
  })

  test('what cannot be opened says what to do', async () => {
    const { dispatch, share, ask } = await setup()
    const answer = await dispatch({ id: 1, command: 'sources.browse', request: { path: path.join(share, 'gone') } })
    expect(answer?.reply).toMatchObject({ error: { code: 'SRC_NOT_FOUND' } })
    expect(await ask('sources.test', { path: path.join(share, 'good.txt') })).toMatchObject({
      ok: false,
      fix: expect.stringContaining('folder'),
    })
    expect(await ask('sources.test', { path: share })).toMatchObject({ ok: true })
  })
})

describe('scans', () => {
  test('a scan tells issues and new names, shows what other rules would give, and is gone when it is removed', async () => {
    const { ask, share, heard } = await setup()
    const { scans } = await ask('scans.start', { scans: [{ source: { kind: 'fileShare', path: share } }] })
    const scanId = scans[0]?.id ?? ''
    await expect
      .poll(() => heard.findLast((event) => event.event === 'scans.changed')?.payload.scans[0]?.state, { timeout: 20_000 })
      .toBe('done')
    const done = heard.findLast((event) => event.event === 'scans.changed')?.payload.scans[0]
    expect(done).toMatchObject({ files: 2, travels: 2, renamed: 1, blocked: 0 })
    expect(done?.issues.map(({ code, effect }) => [code, effect])).toEqual([['RULE_NAME_CHARACTERS', 'renames']])
    const code = 'RULE_NAME_CHARACTERS'
    expect((await ask('scans.items', { scanId, code })).items).toMatchObject([
      { path: 'Finance/plan?.txt', newName: 'plan_.txt' },
    ])
    expect((await ask('scans.items', { scanId, code, rules: { replacement: '-' } })).items[0]?.newName).toBe('plan-.txt')
    expect((await ask('sources.places', {})).places).toContainEqual({ kind: 'scanned', label: share, path: share })
    await ask('scans.remove', { scanId })
    expect((await ask('sources.places', {})).places.some(({ kind }) => kind === 'scanned')).toBe(false)
  })
})

describe('settings', () => {
  test('a new task takes the project’s choice, its own choice wins, and both are told apart', async () => {
    const { ask, share } = await setup()
    await ask('settings.save', { chosen: { symlinks: 'follow', preserveTimes: false } })
    const { task } = await ask('tasks.add', {
      draft: {
        source: { kind: 'fileShare', path: share },
        destination: { kind: 'oneDrive', upn: 'ann@contoso.com', folder: '' },
        settings: { preserveTimes: true },
      },
    })
    expect(task.settings).toMatchObject({ symlinks: 'follow', preserveTimes: true })
    expect(task.chosenSettings).toEqual(['preserveTimes'])
  })

  test('a setting that is not understood is refused by its name', async () => {
    const { dispatch } = await setup()
    const answer = await dispatch({ id: 1, command: 'settings.save', request: { chosen: { symlinks: 'dance' } } })
    expect(answer?.reply).toMatchObject({ error: { code: 'INPUT_USAGE', message: expect.stringContaining('symlinks') } })
  })
})

test('the first run is remembered until it is over', async () => {
  const { ask } = await setup()
  expect(await ask('setup.read', {})).toEqual({})
  await ask('setup.save', { setup: { step: 'connect', fields: { tenantId: 'contoso.com' } } })
  expect((await ask('setup.read', {})).setup).toEqual({ step: 'connect', fields: { tenantId: 'contoso.com' } })
  await ask('setup.save', {})
  expect(await ask('setup.read', {})).toEqual({})
})

test('an agent is renamed at once', async () => {
  const { ask, heard, workFolder } = await setup()
  expect(await ask('agent.rename', { name: ' Server 7 ' })).toMatchObject({ name: 'Server 7' })
  expect(workFolder.agentName()).toBe('Server 7')
  expect(heard.findLast((event) => event.event === 'agent.changed')?.payload.agent.name).toBe('Server 7')
})
