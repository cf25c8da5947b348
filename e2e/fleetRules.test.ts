import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { removeAuditEntry } from './auditTampering.ts'
import {
  addTask,
  begin,
  connected,
  createWorkspace,
  documents,
  FINANCE,
  refused,
  run,
  startTenant,
  until,
} from './commandLine.ts'

/** Rules of the fleet as a script sees them: schedules, groups, settings, agents, audit, and why something waits. */

type Tenant = Awaited<ReturnType<typeof startTenant>>
const space = createWorkspace('fleet-rules')
const workFolder = `${space.path}/work`
let tenant: Tenant
let source: string

beforeAll(async () => {
  tenant = await startTenant({ throttling: false })
  source = space.file('share/a.txt', 'alpha').replace(/\/a\.txt$/, '')
  await connected(tenant, workFolder)
})
afterAll(async () => {
  await tenant?.close()
  space.remove()
})

const taskSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  status: z.string(),
  round: z.number(),
  dueAt: z.string().optional(),
  priority: z.string().optional(),
  group: z.string().optional(),
  schedule: z.unknown().optional(),
})
const statusSchema = z.looseObject({
  tasks: z.array(
    z.looseObject({
      name: z.string(),
      status: z.string(),
      why: z.string().optional(),
      waiting: z.looseObject({ code: z.string() }).optional(),
    }),
  ),
  totals: z.looseObject({ bottleneck: z.looseObject({ kind: z.string() }).optional() }),
})

async function portage(...args: readonly string[]): Promise<unknown> {
  const ran = await run([...args, '--work-dir', workFolder, '--json'])
  expect([ran.exitCode, ran.stderr], ran.stdout).toEqual([0, ''])
  return documents(ran).at(-1)
}
const task = async (...args: readonly string[]) => taskSchema.parse(await portage('task', ...args))
async function lineOf(name: string) {
  const line = statusSchema.parse(await portage('status')).tasks.find((one) => one.name === name)
  if (!line) throw new Error(`no line for ${name}`)
  return line
}

/** Each command is a process of its own; a busy machine takes its time for them. */
const PATIENCE_MS = 240_000

describe('schedules', { timeout: PATIENCE_MS }, () => {
  test('a task is not claimed before its time, says so, begins at once when it is asked to, and queues for its next round', async () => {
    const id = await addTask(workFolder, source, [
      '--name',
      'Nightly',
      '--start',
      '2031-03-30T02:30',
      '--time-zone',
      'Europe/Berlin',
      '--every',
      '1d',
    ])
    expect((await task('show', id)).dueAt).toBe('2031-03-30T01:00:00.000Z')
    const idle = await run(['agent', 'run', '--once', '--work-dir', workFolder, '--json'])
    expect([idle.exitCode, idle.stdout]).toEqual([0, ''])
    expect(await lineOf('Nightly')).toMatchObject({ status: 'queued', waiting: { code: 'startTime' } })
    expect((await lineOf('Nightly')).why).toContain('Sun 2031-03-30 03:00 (Europe/Berlin)')

    expect((await task('retry', id)).dueAt).toBeUndefined()
    await portage('agent', 'run', '--once')
    expect(await task('show', id)).toMatchObject({
      status: 'queued',
      round: 1,
      dueAt: '2031-03-30T01:00:00.000Z',
      reason: 'R0 completed.',
    })
    expect(await task('schedule', id, '--clear')).toMatchObject({ status: 'queued' })
    expect((await task('show', id)).dueAt).toBeUndefined()
    await portage('task', 'cancel', id)
  })

  test('what is not understood is refused with the option that is wrong', async () => {
    const wrong = (args: readonly string[], says: RegExp) =>
      refused(['task', 'add', source, '--to', FINANCE, '--work-dir', workFolder, ...args], {
        exitCode: 2,
        code: 'INPUT_SETTINGS',
        says,
      })
    await wrong(['--start', 'tomorrow'], /--start is not usable: it takes a date and time/)
    await wrong(['--start', '2031-01-01T02:00', '--time-zone', 'Mars/Olympus'], /--time-zone is not usable/)
    await wrong(['--every', '1d'], /--start is missing/)
    await wrong(['--start', '2020-01-01T02:00', '--skip-missed'], /has passed/)
  })
})

describe('groups, priorities and clones', { timeout: PATIENCE_MS }, () => {
  test('an agent takes the tasks of its group and no others, and every other one says why it waits', async () => {
    const id = await addTask(workFolder, source, ['--name', 'Paris', '--group', 'Paris', '--folder', 'p'])
    expect(await task('priority', id, 'urgent')).toMatchObject({ priority: 'urgent', group: 'Paris' })
    const copy = await task('clone', id, '--name', 'Berlin', '--group', 'Berlin', '--folder', 'b', '--to', FINANCE)
    expect(copy).toMatchObject({ name: 'Berlin', group: 'Berlin', priority: 'urgent', status: 'queued' })
    await portage('agent', 'run', '--once', '--group', 'Berlin', '--name', 'b1')
    expect((await task('show', copy.id)).status).toBe('completed')
    expect(await lineOf('Paris')).toMatchObject({ waiting: { code: 'noAgentInGroup' } })
  })

  test('an agent is renamed, moved, disabled, enabled and taken off the list from any install', async () => {
    await portage('agent', 'rename', 'b1', 'p1')
    expect(await portage('agent', 'group', 'p1', 'Paris')).toMatchObject({ name: 'p1', group: 'Paris', state: 'disconnected' })
    await portage('agent', 'disable', 'p1')
    expect(await lineOf('Paris')).toMatchObject({ waiting: { code: 'groupDisabled' } })
    await portage('agent', 'enable', 'p1')
    await portage('agent', 'run', '--once')
    expect(await lineOf('Paris')).toMatchObject({ status: 'completed' })
    expect(await portage('agent', 'list')).toMatchObject([
      { name: 'p1', group: 'Paris', isEnabled: true, state: 'disconnected', running: [] },
    ])
    expect(await portage('agent', 'leave', 'p1')).toMatchObject({ name: 'p1' })
    expect(await portage('agent', 'list')).toEqual([])
    await refused(['agent', 'enable', 'p1', '--work-dir', workFolder], {
      exitCode: 2,
      code: 'INPUT_USAGE',
      says: /no agent "p1"/,
    })
  })
})

describe('settings', { timeout: PATIENCE_MS }, () => {
  test('in a blackout a task is scanned, sends nothing and says until when; it goes on when the blackout is taken back', async () => {
    const settings = await portage(
      'settings',
      'set',
      '--time-zone',
      'Europe/Berlin',
      '--blackout',
      'Freeze: 2020-01-01T00:00/2099-01-01T00:00',
      '--bandwidth',
      'daily 00:00-24:00 = 20MB',
    )
    expect(settings).toMatchObject({
      timeZone: 'Europe/Berlin',
      blackouts: [{ kind: 'dated', name: 'Freeze' }],
      bandwidth: [{ bytesPerSecond: 20 * 1024 * 1024 }],
    })
    expect(await portage('settings', 'get')).toEqual(settings)
    const id = await addTask(workFolder, source, ['--name', 'Frozen', '--folder', 'f'])
    const agent = begin(['agent', 'run', '--work-dir', workFolder, '--json'])
    await until(
      agent,
      'stdout',
      /Nothing is sent until Thu 2099-01-01 00:00 \(Europe\/Berlin\): the blackout \\"Freeze\\" holds\./,
    )
    const line = await lineOf('Frozen')
    expect(line).toMatchObject({ status: 'inProgress', why: expect.stringContaining('blackout "Freeze"') })
    expect(statusSchema.parse(await portage('status')).totals.bottleneck?.kind).toBe('calendar')
    agent.child.kill('SIGTERM')
    expect((await agent.ended).exitCode).toBe(5)
    await portage('settings', 'set', '--clear', 'blackouts')
    await portage('agent', 'run', '--once')
    expect((await task('show', id)).status).toBe('completed')
  })

  test('what is not understood changes nothing', async () => {
    const before = await portage('settings', 'get')
    await refused(['settings', 'set', '--blackout', 'mondays', '--work-dir', workFolder], {
      exitCode: 2,
      code: 'INPUT_SETTINGS',
      says: /--blackout is "mondays"/,
    })
    await refused(['settings', 'set', '--bandwidth', 'mon 08:00-09:00 = fast', '--work-dir', workFolder], {
      exitCode: 2,
      code: 'INPUT_SETTINGS',
      says: /--bandwidth/,
    })
    await refused(['settings', 'set', '--work-dir', workFolder], {
      exitCode: 2,
      code: 'INPUT_SETTINGS',
      says: /Nothing to change/,
    })
    expect(await portage('settings', 'get')).toEqual(before)
  })
})

describe('the audit', { timeout: PATIENCE_MS }, () => {
  test('tells who did what to which task, and proves it', async () => {
    const entries = z
      .array(z.looseObject({ action: z.string(), who: z.string(), subject: z.string().optional() }))
      .parse(await portage('audit', 'list', '--task', 'Paris'))
    expect(entries.map(({ action }) => action)).toEqual(['task.added', 'task.ranked', 'round.stopped'])
    expect(entries[0]?.who).toMatch(/.+@.+/)
    expect(await portage('audit', 'verify')).toMatchObject({ isIntact: true, chainCount: 1, findings: [] })
  })

  test('an entry that somebody takes out of the list is missed', async () => {
    await removeAuditEntry(tenant.connectionFile, 3)
    const ran = await run(['audit', 'verify', '--work-dir', workFolder, '--json'])
    expect(ran.exitCode).toBe(3)
    expect(documents(ran).at(-1)).toMatchObject({ isIntact: false, findings: [{ problem: 'missing', seq: 3 }] })
  })
})
