import { expect, test } from 'vitest'
import { taskScheduleSchema } from '../../../shared/domain/schedule.ts'
import { nextRound } from './afterRound.ts'

const daily = taskScheduleSchema.parse({
  startAt: '2026-11-01T02:00',
  timeZone: 'Europe/Berlin',
  repeat: { every: 1, unit: 'days' },
})
const endedAtMs = Date.parse('2026-11-04T05:00Z')
const ended = { status: 'completedWithIssues', round: 3, reason: '2 files failed.', endedAtMs } as const

test('a repeating task is queued again for its next moment, and tells how the last round did', () => {
  expect(nextRound({ schedule: daily }, ended)).toEqual({
    status: 'queued',
    round: 4,
    dueAt: '2026-11-05T01:00:00.000Z',
    reason: 'R3 completed with issues: 2 files failed.',
  })
})

test.each([
  ['without a schedule', undefined, 'completed'],
  ['with one start', { ...daily, repeat: undefined }, 'completed'],
  ['after the last moment', { ...daily, repeat: { every: 1, unit: 'days', until: '2026-11-03T00:00' } }, 'completed'],
  ['cancelled by a person', daily, 'canceled'],
  ['paused', daily, 'paused'],
  ['still in work', daily, 'inProgress'],
] as const)('the end is the end: %s', (_name, schedule, status) => {
  expect(nextRound({ schedule: schedule && taskScheduleSchema.parse(schedule) }, { ...ended, status })).toBeUndefined()
})
