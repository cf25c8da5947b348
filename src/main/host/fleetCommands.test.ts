import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { agentRowSchema } from '../../shared/domain/agent.ts'
import { fleetSettingsSchema, taskScheduleSchema } from '../../shared/domain/schedule.ts'
import type { Host } from './createHost.ts'
import { readGlance, reasonsOf } from './fleetGlance.ts'
import {
  createCountingRandom,
  createFakeHost,
  createManualClock,
  fakeAgentId,
  MemoryCoordination,
  silentLogger,
} from './testing/fakeHost.ts'
import { openWorkFolder } from './workFolder.ts'

const never = new AbortController().signal
let folder: string
let coordination: MemoryCoordination
let host: Host

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-fleet-'))
  coordination = new MemoryCoordination()
  host = createFakeHost(
    { workFolder: openWorkFolder(folder), clock: createManualClock(), random: createCountingRandom(), logger: silentLogger },
    coordination,
  )
})
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

const draft = {
  name: 'Finance',
  source: { kind: 'fileShare', path: '/s' },
  destination: { kind: 'oneDrive', upn: 'ann@contoso.com', folder: '' },
} as const
const schedule = taskScheduleSchema.parse({ startAt: '2031-01-01T02:00', timeZone: 'UTC', repeat: { every: 1, unit: 'weeks' } })

async function reasonOf(name: string): Promise<string | undefined> {
  const records = await host.tasks.list(never)
  const reasons = reasonsOf(records, await readGlance(host, never))
  const record = records.find(({ task }) => task.name === name)
  return record && reasons.get(record.task.id)?.code
}

test('a schedule sets the moment, a clone keeps it, clearing it lets the task begin', async () => {
  const { task, dueAt } = await host.tasks.add({ ...draft, schedule }, never)
  expect(dueAt).toBe('2031-01-01T02:00:00.000Z')
  const copy = await host.tasks.clone(task.id, { name: 'Copy' }, never)
  expect([copy.dueAt, copy.task.schedule, copy.task.id === task.id]).toEqual([dueAt, schedule, false])
  expect(await reasonOf('Copy')).toBe('startTime')
  expect((await host.tasks.schedule(task.id, undefined, never)).dueAt).toBeUndefined()
  expect(await reasonOf('Finance')).toBe('noAgent')
})

test('a task that has ended is queued for its next moment; one that is cancelled too', async () => {
  const record = await host.tasks.add(draft, never)
  await coordination.change(record, { status: 'completed' })
  expect(await host.tasks.schedule(record.task.id, schedule, never)).toMatchObject({
    status: 'queued',
    round: 1,
    dueAt: '2031-01-01T02:00:00.000Z',
  })
})

test('a start that has passed is refused where missed starts are skipped', async () => {
  const past = taskScheduleSchema.parse({ startAt: '2020-01-01T02:00', timeZone: 'UTC', whenMissed: 'skip' })
  await expect(host.tasks.add({ ...draft, schedule: past }, never)).rejects.toMatchObject({ code: 'INPUT_SETTINGS' })
})

test('a running task changes its priority but not its group', async () => {
  const record = await host.tasks.add(draft, never)
  await coordination.change(record, { status: 'inProgress', raisesEpoch: true })
  expect((await host.tasks.rank(record.task.id, { priority: 'urgent' }, never)).task).toMatchObject({
    priority: 'urgent',
    revision: 1,
  })
  await expect(host.tasks.rank(record.task.id, { group: 'Berlin' }, never)).rejects.toMatchObject({ code: 'CRD_TASK_STATE' })
})

test('retrying only what failed is said in the row, and holds for one round', async () => {
  const record = await host.tasks.add(draft, never)
  const ended = await coordination.change(record, { status: 'completedWithIssues' })
  expect((await host.tasks.retry(record.task.id, never, { isFailedOnly: true })).task.onlyFailedOf).toBe(ended?.round)
  const again = await host.tasks.find(record.task.id, never)
  await coordination.change(again, { status: 'failed' })
  const byCause = await host.tasks.retry(record.task.id, never, { causes: ['SRC_LOCKED'] })
  expect(byCause.task).toMatchObject({ onlyFailedOf: byCause.round - 1, onlyCauses: ['SRC_LOCKED'] })
  await coordination.change(byCause, { status: 'failed' })
  const { task } = await host.tasks.retry(record.task.id, never)
  expect([task.onlyFailedOf, task.onlyCauses]).toEqual([undefined, undefined])
})

test('people change an agent from anywhere, and one at work cannot be taken off the list', async () => {
  await host.tasks.add(draft, never)
  const at = new Date(coordination.serverNow()).toISOString()
  const beat = {
    at,
    intervalMs: 60_000,
    version: '1',
    machine: 'x',
    places: 1,
    running: [],
    spent: { day: 0, units: 0, bytes: 0 },
    sourceProblems: [],
  }
  const row = agentRowSchema.parse({ terms: { name: 'pc-1' }, beat })
  await host.service.agents.add('a1', row, never)
  expect(await reasonOf('Finance')).toBe('free')
  await host.fleet.changeTerms('PC-1', { terms: { group: 'Berlin' }, action: 'agent.grouped' }, never)
  expect(await reasonOf('Finance')).toBe('noAgentInGroup')
  await host.fleet.changeTerms('a1', { terms: { group: 'default', isEnabled: false }, action: 'agent.disabled' }, never)
  expect(await reasonOf('Finance')).toBe('groupDisabled')
  await expect(host.fleet.forget('a1', never)).rejects.toMatchObject({ code: 'INPUT_USAGE' })
  await expect(host.fleet.forget('nobody', never)).rejects.toMatchObject({ code: 'INPUT_USAGE' })
})

test('settings are changed as a whole or in part, and kept', async () => {
  await host.fleet.changeSettings((before) => ({ ...before, timeZone: 'Europe/Berlin' }), never)
  await host.fleet.changeSettings((before) => ({ ...before, dailyUnits: 5000 }), never)
  expect(await host.fleet.settings(never)).toEqual(fleetSettingsSchema.parse({ timeZone: 'Europe/Berlin', dailyUnits: 5000 }))
})

test('an agent that has left is taken off the list, and what it had in work waits for the next one', async () => {
  const added = await host.tasks.add(draft, never)
  const row = agentRowSchema.parse({
    terms: { name: 'pc-1' },
    beat: {
      at: new Date(coordination.serverNow()).toISOString(),
      intervalMs: 60_000,
      version: '1',
      machine: 'x',
      places: 1,
      running: [],
      spent: { day: 0, units: 0, bytes: 0 },
      sourceProblems: [],
      hasLeft: true,
    },
  })
  await host.service.agents.add('a1', row, never)
  const claimed = await coordination.change(added, { status: 'inProgress', owner: fakeAgentId('a1'), raisesEpoch: true })
  expect((await host.fleet.forget('pc-1', never)).id).toBe('a1')
  expect(await host.fleet.agents(never)).toEqual([])
  const freed = await coordination.get(added.task.id)
  expect([freed?.status, freed?.owner, freed?.epoch]).toEqual(['queued', undefined, (claimed?.epoch ?? 0) + 1])
})
