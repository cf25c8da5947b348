import { describe, expect, test } from 'vitest'
import { agentIdSchema, taskIdSchema } from '../../../shared/domain/ids.ts'
import { defaultTaskSettings } from '../../../shared/domain/settings.ts'
import { LEASE_MS } from '../../../shared/limits.ts'
import type { TaskRecord } from '../ports/coordination.ts'
import { claimability, claimOrder } from './claim.ts'

const me = agentIdSchema.parse('me')
const other = agentIdSchema.parse('other')
const heartbeatAt = '2026-01-01T00:00:00.000Z'
const beat = Date.parse(heartbeatAt)

function record(change: Partial<TaskRecord> = {}, createdAt = heartbeatAt): TaskRecord {
  return {
    task: {
      id: taskIdSchema.parse('00000000-0000-4000-8000-000000000001'),
      name: 'Finance',
      source: { kind: 'fileShare', path: '/srv/finance' },
      destination: { kind: 'oneDrive', upn: 'ann@contoso.com', folder: '' },
      settings: defaultTaskSettings(),
      tags: [],
      createdAt,
      createdBy: 'me',
      revision: 1,
    },
    status: 'queued',
    round: 0,
    owner: undefined,
    epoch: 0,
    heartbeatAt: undefined,
    progress: undefined,
    reason: undefined,
    request: undefined,
    eTag: '"1"',
    modifiedAt: heartbeatAt,
    ...change,
  }
}

describe('claimability', () => {
  test.each([
    [{}, beat, 'claimable'],
    [{ status: 'inProgress', owner: me, heartbeatAt }, beat, 'claimable'],
    [{ status: 'inProgress', owner: other, heartbeatAt }, beat + LEASE_MS - 1, 'notNow'],
    [{ status: 'inProgress', owner: other, heartbeatAt }, beat + LEASE_MS, 'claimable'],
    [{ status: 'paused' }, beat, 'notNow'],
    [{ status: 'completed' }, beat, 'notNow'],
    [{ status: 'canceled' }, beat, 'notNow'],
  ] as const)('%j at %i is %s', (change, serverNowMs, kind) => {
    expect(claimability(record(change), { agentId: me, serverNowMs }).kind).toBe(kind)
  })
})

test('own unfinished tasks come before queued ones, and queued ones before expired ones; older first', () => {
  const expired = record({ status: 'inProgress', owner: other, heartbeatAt: '2025-01-01T00:00:00.000Z' })
  const young = record({}, '2026-01-02T00:00:00.000Z')
  const old = record({}, '2026-01-01T00:00:00.000Z')
  const mine = record({ status: 'inProgress', owner: me, heartbeatAt })
  expect(claimOrder([expired, young, old, mine], { agentId: me, serverNowMs: beat })).toEqual([mine, old, young, expired])
})

describe('groups, hours and urgency', () => {
  const due = (dueAt: string) => ({ dueAt })
  const named = (change: Partial<TaskRecord['task']>, more: Partial<TaskRecord> = {}) => {
    const base = record(more)
    return { ...base, task: { ...base.task, ...change } }
  }
  const scan = { ...defaultTaskSettings(), isScanOnly: true }

  test.each([
    ['its own group, whatever the case', named({ group: 'berlin' }), 'Berlin', 'claimable'],
    ['another group', named({ group: 'Paris' }), 'Berlin', 'notNow'],
    ['no group is the default one', named({}), 'Default', 'claimable'],
    ['a scan, in every group', named({ group: 'Paris', settings: scan }), 'Berlin', 'claimable'],
    [
      'its own unfinished task after it was moved',
      named({ group: 'Paris' }, { status: 'inProgress', owner: me }),
      'Berlin',
      'notNow',
    ],
    ['not due', record(due('2026-01-01T00:00:00.001Z')), 'Default', 'notNow'],
    ['due', record(due('2026-01-01T00:00:00.000Z')), 'Default', 'claimable'],
    [
      'in work and not due: the round has begun',
      record({ status: 'inProgress', owner: me, ...due('2026-02-01T00:00:00Z') }),
      'Default',
      'claimable',
    ],
  ] as const)('%s', (_name, row, group, kind) => {
    expect(claimability(row, { agentId: me, group, serverNowMs: beat }).kind).toBe(kind)
  })

  test('urgent before due, due before large, large before old', () => {
    const size = (scannedBytes: number) => ({ progress: { scannedBytes } as TaskRecord['progress'] })
    const rows = [
      named({ name: 'old', createdAt: '2025-01-01T00:00:00Z' }),
      named({ name: 'large', createdAt: '2025-06-01T00:00:00Z' }, size(10)),
      named({ name: 'late' }, due('2025-12-31T00:00:00Z')),
      named({ name: 'early' }, due('2025-12-30T00:00:00Z')),
      named({ name: 'low', priority: 'low', createdAt: '2020-01-01T00:00:00Z' }),
      named({ name: 'urgent', priority: 'urgent' }, due('2025-12-31T00:00:00Z')),
    ]
    const names = claimOrder(rows, { agentId: me, serverNowMs: beat }).map(({ task }) => task.name)
    expect(names).toEqual(['urgent', 'large', 'old', 'early', 'late', 'low'])
  })
})
