import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type TaskSchedule, taskScheduleSchema } from '../../../shared/domain/schedule.ts'
import { RUN_MISSED_AFTER_MS } from '../../../shared/limits.ts'
import { DAY_MS, HOUR_MS } from '../../../shared/units.ts'
import { dueAfter, firstDue, occurrenceFrom, readinessOf } from './occurrences.ts'
import { instantsShowing, parseWall, wallAt } from './zone.ts'

const utc = (text: string) => Date.parse(`${text}Z`)
const shown = (atMs: number | undefined) => (atMs === undefined ? undefined : new Date(atMs).toISOString().slice(0, 16))
const schedule = (given: object): TaskSchedule => taskScheduleSchema.parse({ timeZone: 'Europe/Berlin', ...given })

function next(of: TaskSchedule, fromMs: number, count: number): readonly (string | undefined)[] {
  const found: (string | undefined)[] = []
  for (
    let atMs: number | undefined = occurrenceFrom(of, fromMs);
    atMs !== undefined && found.length < count;
    atMs = occurrenceFrom(of, atMs + 1)
  )
    found.push(shown(atMs))
  return found
}

describe('moments of a schedule', () => {
  test('one start, and nothing after it', () => {
    const once = schedule({ startAt: '2026-11-22T02:00' })
    expect(next(once, 0, 5)).toEqual(['2026-11-22T01:00'])
    expect(occurrenceFrom(once, utc('2026-11-22T01:00') + 1)).toBeUndefined()
  })

  test('02:00 every day stays 02:00 of the clock through the autumn: the hour that comes twice counts once', () => {
    const daily = schedule({ startAt: '2026-10-24T02:00', repeat: { every: 1, unit: 'days' } })
    expect(next(daily, 0, 4)).toEqual(['2026-10-24T00:00', '2026-10-25T00:00', '2026-10-26T01:00', '2026-10-27T01:00'])
  })

  test('02:30 does not exist on one day in spring: the round begins when the clock jumps', () => {
    const daily = schedule({ startAt: '2026-03-28T02:30', repeat: { every: 1, unit: 'days' } })
    expect(next(daily, 0, 3)).toEqual(['2026-03-28T01:30', '2026-03-29T01:00', '2026-03-30T00:30'])
  })

  test('hours pass, whatever the clock shows', () => {
    const hourly = schedule({ startAt: '2026-10-24T22:00', repeat: { every: 6, unit: 'hours' } })
    expect(next(hourly, 0, 3)).toEqual(['2026-10-24T20:00', '2026-10-25T02:00', '2026-10-25T08:00'])
  })

  test('every second week on the days that are named, from the week of the start', () => {
    // 2026-11-25 is a Wednesday: the Monday of its week has passed.
    const weekly = schedule({ startAt: '2026-11-25T20:00', repeat: { every: 2, unit: 'weeks', weekdays: ['fri', 'mon'] } })
    expect(next(weekly, 0, 4)).toEqual(['2026-11-27T19:00', '2026-12-07T19:00', '2026-12-11T19:00', '2026-12-21T19:00'])
  })

  test('the last moment is that of `until`, itself included', () => {
    const until = schedule({ startAt: '2026-11-22T02:00', repeat: { every: 1, unit: 'days', until: '2026-11-23T02:00' } })
    expect(next(until, 0, 9)).toEqual(['2026-11-22T01:00', '2026-11-23T01:00'])
  })

  test('years after its start a schedule is found as fast as on the first day, and at the right time', () => {
    const daily = schedule({ startAt: '1990-01-01T02:00', repeat: { every: 3, unit: 'days' } })
    const found = occurrenceFrom(daily, utc('2040-06-01T00:00')) ?? 0
    const wall = wallAt('Europe/Berlin', found)
    expect((wall - parseWall('1990-01-01T02:00')) % (3 * DAY_MS)).toBe(0)
    expect(found - utc('2040-06-01T00:00')).toBeLessThanOrEqual(3 * DAY_MS)
  })
})

const anySchedule = fc
  .record({
    zone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata'),
    startDay: fc.integer({ min: 0, max: 800 }),
    startMinute: fc.integer({ min: 0, max: 1439 }),
    every: fc.integer({ min: 1, max: 40 }),
    unit: fc.constantFrom('hours' as const, 'days' as const, 'weeks' as const),
    weekdays: fc.option(fc.uniqueArray(fc.constantFrom('mon' as const, 'wed' as const, 'sun' as const), { minLength: 1 })),
  })
  .map(({ zone, startDay, startMinute, every, unit, weekdays }) =>
    taskScheduleSchema.parse({
      startAt: new Date(utc('2026-01-01T00:00') + startDay * DAY_MS + startMinute * 60_000).toISOString().slice(0, 16),
      timeZone: zone,
      repeat: { every, unit, ...(unit === 'weeks' && weekdays ? { weekdays } : {}) },
    }),
  )
const anyMoment = fc
  .integer({ min: utc('2025-06-01T00:00') / 1000, max: utc('2031-01-01T00:00') / 1000 })
  .map((second) => second * 1000)

test('a moment is never before the question, asking again gives the same, and none lies in between', () => {
  fc.assert(
    fc.property(anySchedule, anyMoment, fc.double({ min: 0, max: 1, noNaN: true }), (of, atMs, share) => {
      const found = occurrenceFrom(of, atMs)
      if (found === undefined) throw new Error('a repetition without end has a next moment')
      expect(found).toBeGreaterThanOrEqual(atMs)
      const between = atMs + Math.floor((found - atMs) * share)
      expect(occurrenceFrom(of, between)).toBe(found)
    }),
    { numRuns: 300 },
  )
})

test('days and weeks keep the time of the clock wherever the clock has it', () => {
  fc.assert(
    fc.property(anySchedule, anyMoment, (of, atMs) => {
      if (of.repeat?.unit === 'hours') return
      const found = occurrenceFrom(of, atMs) ?? 0
      const wall = wallAt(of.timeZone, found)
      const wanted = Math.floor(wall / DAY_MS) * DAY_MS + (parseWall(of.startAt) % DAY_MS)
      if (instantsShowing(of.timeZone, wanted).length > 0) expect(wall).toBe(wanted)
    }),
    { numRuns: 300 },
  )
})

describe('when a round is due', () => {
  const daily = schedule({ startAt: '2026-11-01T02:00', repeat: { every: 1, unit: 'days' } })
  const skipping = schedule({ startAt: '2026-11-01T02:00', repeat: { every: 1, unit: 'days' }, whenMissed: 'skip' })

  test('a start in the past is made up for, unless it is to be skipped', () => {
    expect(shown(firstDue(schedule({ startAt: '2026-11-01T02:00' }), utc('2026-12-01T00:00')))).toBe('2026-11-01T01:00')
    expect(firstDue(schedule({ startAt: '2026-11-01T02:00', whenMissed: 'skip' }), utc('2026-12-01T00:00'))).toBeUndefined()
    expect(shown(firstDue(daily, utc('2026-12-01T00:00')))).toBe('2026-12-01T01:00')
  })

  test('a round that took three days is followed by the next moment, not by three rounds', () => {
    expect(shown(dueAfter(daily, utc('2026-11-04T05:00')))).toBe('2026-11-05T01:00')
    expect(dueAfter(schedule({ startAt: '2026-11-01T02:00' }), utc('2026-11-04T05:00'))).toBeUndefined()
  })

  test('a round that ends in the very moment of the next one does not begin twice in it', () => {
    expect(shown(dueAfter(daily, utc('2026-11-05T01:00')))).toBe('2026-11-06T01:00')
  })

  const dueAtMs = utc('2026-11-05T01:00')
  test.each([
    ['no schedule', undefined, undefined, 0, { kind: 'due' }],
    ['a millisecond early', daily, dueAtMs, dueAtMs - 1, { kind: 'waits', untilMs: dueAtMs }],
    ['in time', daily, dueAtMs, dueAtMs, { kind: 'due' }],
    ['days late, made up for', daily, dueAtMs, dueAtMs + 3 * DAY_MS + 5 * HOUR_MS, { kind: 'due' }],
    ['a little late, skipping', skipping, dueAtMs, dueAtMs + RUN_MISSED_AFTER_MS, { kind: 'due' }],
    ['too late, skipping', skipping, dueAtMs, dueAtMs + RUN_MISSED_AFTER_MS + 1, { kind: 'waits', untilMs: dueAtMs + DAY_MS }],
    ['skipped twice, now in time', skipping, dueAtMs, dueAtMs + 2 * DAY_MS + 60_000, { kind: 'due' }],
    [
      'skipping its only start',
      schedule({ startAt: '2026-11-05T02:00', whenMissed: 'skip' }),
      dueAtMs,
      dueAtMs + DAY_MS,
      { kind: 'missed', missedAtMs: dueAtMs },
    ],
  ] as const)('%s', (_name, of, due, nowMs, expected) => {
    expect(readinessOf(of, { dueAtMs: due, nowMs })).toEqual(expected)
  })
})

test.each([
  [{ startAt: '2026-02-30T02:00', timeZone: 'UTC' }],
  [{ startAt: '2026-11-22T25:00', timeZone: 'UTC' }],
  [{ startAt: '2026-11-22T02:00', timeZone: 'Mars/Olympus' }],
  [{ startAt: '2026-11-22T02:00', timeZone: '+02:00' }],
  [{ startAt: '2026-11-22T02:00', timeZone: 'UTC', repeat: { every: 0, unit: 'days' } }],
  [{ startAt: '2026-11-22T02:00', timeZone: 'UTC', repeat: { every: 1, unit: 'days', weekdays: ['mon'] } }],
])('refused: %j', (given) => {
  expect(taskScheduleSchema.safeParse(given).success).toBe(false)
})
