import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fleetSettingsSchema, taskScheduleSchema, utcDay } from '../../../shared/domain/schedule.ts'
import { defaultTaskSettings } from '../../../shared/domain/settings.ts'
import { TASK_STATUSES } from '../../../shared/domain/task.ts'
import { DAY_MS, HOUR_MS } from '../../../shared/units.ts'
import { spentBudget, sumSpent } from './dailyBudget.ts'
import { type AgentFacts, type FleetFacts, holdOf, type WaitingTask, waitingReason } from './waiting.ts'

const nowMs = Date.parse('2026-11-23T10:00:00Z')
const agent = (change: Partial<AgentFacts> = {}): AgentFacts => ({
  name: 'pc-1',
  group: 'Default',
  isEnabled: true,
  isAlive: true,
  silentMs: 0,
  busyPlaces: 0,
  places: 2,
  sourceProblems: [],
  ...change,
})
const fleet = (change: Partial<FleetFacts> = {}): FleetFacts => ({
  nowMs,
  settings: fleetSettingsSchema.parse({ timeZone: 'Europe/Berlin' }),
  agents: [agent()],
  spent: { day: utcDay(nowMs), units: 0, bytes: 0 },
  ...change,
})
const taskOf = (change: Partial<WaitingTask['task']> = {}): WaitingTask['task'] => ({
  source: { kind: 'fileShare', path: '\\\\filer\\finance' },
  settings: defaultTaskSettings(),
  ...change,
})
const waiting = (change: Partial<WaitingTask> = {}): WaitingTask => ({
  task: taskOf(),
  status: 'queued',
  round: 0,
  dueAt: undefined,
  owner: undefined,
  isOwnerSilent: false,
  request: undefined,
  aheadCount: 0,
  ...change,
})
const schedule = taskScheduleSchema.parse({ startAt: '2026-11-24T02:00', timeZone: 'Europe/Berlin', whenMissed: 'skip' })
const busy = agent({ busyPlaces: 2 })

describe('why a task waits', () => {
  test.each<[string, WaitingTask, FleetFacts, string]>([
    ['paused', waiting({ status: 'paused' }), fleet(), 'Paused by a person; resume it to go on.'],
    ['scanned', waiting({ status: 'readyToMigrate' }), fleet(), 'Scanned only; start it to migrate.'],
    [
      'its start, tomorrow',
      waiting({ task: taskOf({ schedule }), dueAt: '2026-11-24T01:00:00Z' }),
      fleet(),
      'R0 waits for its start time Tue 2026-11-24 02:00 (Europe/Berlin).',
    ],
    [
      'its next round, today',
      waiting({ round: 4, dueAt: '2026-11-23T17:30:00Z' }),
      fleet(),
      'R4 waits for its start time 18:30 (Europe/Berlin).',
    ],
    [
      'a start that was missed',
      waiting({ task: taskOf({ schedule }), dueAt: '2026-11-22T01:00:00Z' }),
      fleet({ nowMs: Date.parse('2026-11-25T10:00Z') }),
      'Its start time Sun 2026-11-22 02:00 (Europe/Berlin) passed while no agent could begin, and missed starts are skipped. Give it a new one, or let it begin now by clearing its schedule.',
    ],
    ['no agent', waiting(), fleet({ agents: [] }), 'No agent has joined this project yet. Start one with "portage agent run".'],
    [
      'none in its group',
      waiting({ task: taskOf({ group: 'Berlin' }) }),
      fleet(),
      'No agent belongs to group Berlin. Move one there with "portage agent group", or the task to another group.',
    ],
    [
      'all disabled',
      waiting({ task: taskOf({ group: 'berlin' }) }),
      fleet({ agents: [1, 2, 3, 4].map((n) => agent({ name: `b${n}`, group: 'Berlin', isEnabled: false })) }),
      'No agent of group berlin is enabled (b1, b2, b3 and 1 more). Enable one with "portage agent enable".',
    ],
    [
      'none alive',
      waiting(),
      fleet({
        agents: [
          agent({ name: 'old', isAlive: false, silentMs: 3 * DAY_MS }),
          agent({ name: 'late', isAlive: false, silentMs: 2 * HOUR_MS + 5 }),
          agent({ name: 'off', isEnabled: false }),
        ],
      }),
      'No agent of group Default shows life; late was the last, 2 hours ago. Start one with "portage agent run".',
    ],
    [
      'nobody can read the source',
      waiting(),
      fleet({ agents: [agent({ sourceProblems: [{ path: '//FILER/finance/', message: 'Access is denied.' }] })] }),
      'No agent of group Default can read \\\\filer\\finance. pc-1: Access is denied.',
    ],
    [
      'all busy',
      waiting({ aheadCount: 7 }),
      fleet({ agents: [busy, agent({ busyPlaces: 3 })] }),
      'All places of the 2 agents of group Default are taken; 7 tasks go first.',
    ],
    ['next', waiting(), fleet({ agents: [busy] }), 'All places of the one agent of group Default are taken; it is next.'],
    ['soon', waiting(), fleet({ agents: [busy, agent()] }), 'An agent of group Default is free and takes it within a minute.'],
    [
      'a silent owner',
      waiting({ status: 'inProgress', owner: 'pc-9', isOwnerSilent: true, request: 'pause' }),
      fleet(),
      'Agent pc-9 shows no life; the next free agent takes over.',
    ],
    [
      'an owner that was asked',
      waiting({ status: 'inProgress', owner: 'pc-9', request: 'cancel' }),
      fleet(),
      'Agent pc-9 was asked to cancel it and has not answered yet.',
    ],
  ])('%s', (_name, task, facts, text) => {
    expect(waitingReason(task, facts)?.text).toBe(text)
  })

  test('a scan runs in every group', () => {
    const scan = waiting({ task: taskOf({ group: 'Berlin', settings: { ...defaultTaskSettings(), isScanOnly: true } }) })
    expect(waitingReason(scan, fleet())?.code).toBe('free')
  })

  test('a problem with another share that begins alike is none', () => {
    const other = agent({ sourceProblems: [{ path: '\\\\filer\\fin', message: 'Access is denied.' }] })
    expect(waitingReason(waiting(), fleet({ agents: [other] }))?.code).toBe('free')
  })

  test('what is in work or has ended needs no reason', () => {
    for (const status of ['inProgress', 'completed', 'completedWithIssues', 'failed', 'canceled'] as const)
      expect(waitingReason(waiting({ status }), fleet())).toBeUndefined()
  })

  test('nothing is ever queued without a reason, whatever the fleet looks like', () => {
    const anyAgent = fc.record({
      name: fc.constantFrom('a', 'b'),
      group: fc.constantFrom('Default', 'default', 'Berlin'),
      isEnabled: fc.boolean(),
      isAlive: fc.boolean(),
      silentMs: fc.nat(),
      busyPlaces: fc.nat(3),
      places: fc.nat(3),
      sourceProblems: fc.constantFrom([], [{ path: '\\\\filer', message: 'Down.' }]),
    })
    fc.assert(
      fc.property(
        fc.array(anyAgent, { maxLength: 4 }),
        fc.constantFrom(...TASK_STATUSES),
        fc.option(fc.integer({ min: -5, max: 5 }), { nil: undefined }),
        fc.boolean(),
        fc.constantFrom(undefined, 'Berlin', 'Nowhere'),
        (agents, status, dueHours, isScheduled, group) => {
          const dueAt = dueHours === undefined ? undefined : new Date(nowMs + dueHours * HOUR_MS).toISOString()
          const task = taskOf({ group, ...(isScheduled ? { schedule } : {}) })
          const reason = waitingReason(waiting({ task, status, dueAt }), fleet({ agents }))
          if (status === 'queued') expect(reason?.text).toMatch(/^[A-Z].{20,}[.!]$/)
          expect(reason?.text ?? '').not.toMatch(/undefined|NaN|Invalid/)
        },
      ),
    )
  })
})

describe('why nothing is sent', () => {
  const office = { kind: 'weekly', name: 'Office hours', weekdays: ['mon'], from: '08:00', to: '18:00' }
  const settings = fleetSettingsSchema.parse({ timeZone: 'Europe/Berlin', blackouts: [office] })

  test('a blackout, with its end', () => {
    expect(holdOf({ ...fleet(), settings })).toEqual({
      kind: 'blackout',
      text: 'Nothing is sent until 18:00 (Europe/Berlin): the blackout "Office hours" holds.',
      untilMs: Date.parse('2026-11-23T17:00Z'),
    })
    expect(waitingReason(waiting(), fleet({ settings }))?.text).toBe(
      'An agent of group Default is free and takes it within a minute. Nothing is sent until 18:00 (Europe/Berlin): the blackout "Office hours" holds.',
    )
  })

  test('the budget of the day, until midnight of UTC', () => {
    const limited = fleetSettingsSchema.parse({ dailyUnits: 1_200_000 })
    const spent = sumSpent(utcDay(nowMs), [
      { day: utcDay(nowMs), units: 700_000, bytes: 0 },
      { day: utcDay(nowMs), units: 500_000, bytes: 0 },
      { day: utcDay(nowMs) - 1, units: 9_000_000, bytes: 0 },
    ])
    expect(spent.units).toBe(1_200_000)
    expect(holdOf({ settings: limited, nowMs, spent })).toEqual({
      kind: 'dailyBudget',
      text: 'Nothing is sent until 00:00 UTC: the daily budget of 1,200,000 resource units is spent.',
      untilMs: Date.parse('2026-11-24T00:00Z'),
    })
    expect(holdOf({ settings: limited, nowMs, spent: { ...spent, units: 1_199_999 } })).toBeUndefined()
    expect(spentBudget(limited, spent, nowMs + DAY_MS)).toBeUndefined()
  })
})
