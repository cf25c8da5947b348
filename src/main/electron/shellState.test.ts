import { expect, test } from 'vitest'
import type { HostEvent } from '../../shared/contract/events.ts'
import { agentIdSchema, type TaskId, taskIdSchema } from '../../shared/domain/ids.ts'
import { type TaskStatus, taskSchema } from '../../shared/domain/task.ts'
import type { WireError } from '../../shared/errors.ts'
import { ShellState } from './shellState.ts'

const idOf = (index: number): TaskId => taskIdSchema.parse(`00000000-0000-4000-9000-${String(index).padStart(12, '0')}`)

function tasks(statuses: Readonly<Record<number, TaskStatus>>, startsOver = false): HostEvent {
  const views = Object.entries(statuses).map(([index, status]) => ({
    task: taskSchema.parse({
      id: idOf(Number(index)),
      name: `Task ${index}`,
      source: { kind: 'fileShare', path: '/srv' },
      destination: { kind: 'library', siteUrl: 'https://contoso.sharepoint.com/sites/a', library: 'Documents' },
      settings: {},
      createdAt: '2026-08-20T09:15:02Z',
      createdBy: 'test',
    }),
    status,
    round: 0,
    modifiedAt: '2026-08-20T09:15:02Z',
  }))
  return { event: 'tasks.changed', payload: { startsOver, isComplete: true, tasks: views, removedIds: [] } }
}

const connected = {
  state: 'connected',
  tenantName: 'Contoso',
  tenantId: 't',
  coordinationSite: 'https://contoso.sharepoint.com/sites/migration',
  secretProtection: 'keyring',
} as const
const connection = (view: Extract<HostEvent, { event: 'connection.changed' }>['payload']['connection']): HostEvent => ({
  event: 'connection.changed',
  payload: { connection: view },
})
const agent = (view: { state: 'stopped' | 'running'; error?: WireError }): HostEvent => ({
  event: 'agent.changed',
  payload: { agent: { id: agentIdSchema.parse('agent-a'), name: 'A', ...view } },
})

test('what was there before is no news, what ends afterwards is', () => {
  const state = new ShellState()
  expect(state.hear(tasks({ 1: 'completed', 2: 'inProgress' }, true))).toEqual([])
  expect(state.hear(tasks({ 2: 'completedWithIssues' }))).toEqual([
    { title: 'Task 2', body: expect.stringContaining('need a look'), opens: { kind: 'task', taskId: idOf(2) } },
  ])
  expect(state.hear(tasks({ 2: 'completedWithIssues' }))).toEqual([])
  expect(state.hear(tasks({ 1: 'completed', 2: 'failed' }, true))).toEqual([])
})

test('many ends at once are one notice', () => {
  const state = new ShellState()
  state.hear(tasks({ 1: 'inProgress', 2: 'inProgress', 3: 'inProgress', 4: 'inProgress' }, true))
  expect(state.hear(tasks({ 1: 'completed', 2: 'completed', 3: 'failed', 4: 'completed' }))).toEqual([
    { title: '4 tasks have ended', body: '3 completed, 1 need a look.', opens: { kind: 'view', view: 'migrations' } },
  ])
})

test('the tray tells what goes on', () => {
  const state = new ShellState()
  expect([state.mood, state.summary]).toEqual(['offline', 'Portage: not connected'])
  state.hear(connection(connected))
  expect([state.mood, state.summary]).toEqual(['idle', 'Portage: nothing to do'])
  state.hear(tasks({ 1: 'inProgress', 2: 'queued', 3: 'completed' }, true))
  expect([state.mood, state.summary]).toEqual(['working', 'Portage: 1 running, 1 waiting'])
  state.hear(agent({ state: 'running' }))
  expect(state.isAgentAtWork).toBe(true)
  expect(
    state.hear(agent({ state: 'stopped', error: { code: 'INTERNAL', message: 'broken', remedy: { kind: 'stopTask' } } })),
  ).toEqual([{ title: 'This agent has stopped', body: 'broken', opens: { kind: 'view', view: 'overview' } }])
  expect([state.mood, state.isAgentAtWork]).toEqual(['attention', false])
})

test('a lost sign-in is told once', () => {
  const state = new ShellState()
  state.hear(connection(connected))
  const error = { code: 'INTERNAL', message: 'sign in again', remedy: { kind: 'stopTask' } } as const
  expect(state.hear(connection({ ...connected, error }))).toHaveLength(1)
  expect(state.hear(connection({ ...connected, error }))).toHaveLength(0)
  expect(state.mood).toBe('offline')
  state.hear(connection(connected))
  expect(state.hear(connection({ ...connected, error }))).toHaveLength(1)
})
