import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type FleetSettings, fleetSettingsSchema } from '../../../shared/domain/schedule.ts'
import { DAY_MS, HOUR_MS } from '../../../shared/units.ts'
import { bandwidthAt, blackoutAt, endOfWork, isInside, nextBlackoutAfter } from './windows.ts'

const utc = (text: string) => Date.parse(`${text}Z`)
const shown = (atMs: number | undefined) => (atMs === undefined ? undefined : new Date(atMs).toISOString().slice(0, 16))
const settings = (given: object): FleetSettings => fleetSettingsSchema.parse({ timeZone: 'Europe/Berlin', ...given })
const WEEK = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const office = { kind: 'weekly', name: 'Office hours', weekdays: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '18:00' }
const night = { kind: 'weekly', weekdays: WEEK, from: '22:00', to: '06:00' }

describe('blackouts', () => {
  test.each([
    ['before', '2026-11-23T06:59', undefined],
    ['its first minute', '2026-11-23T07:00', '2026-11-23T17:00'],
    ['its last moment', '2026-11-23T16:59', '2026-11-23T17:00'],
    ['its end', '2026-11-23T17:00', undefined],
    ['a Saturday', '2026-11-28T10:00', undefined],
  ])('office hours of Berlin: %s', (_name, at, until) => {
    expect(shown(blackoutAt(settings({ blackouts: [office] }), utc(at))?.untilMs)).toBe(until)
  })

  test('a window past midnight belongs to the day on which it begins', () => {
    const friday = settings({ blackouts: [{ kind: 'weekly', weekdays: ['fri'], from: '22:00', to: '06:00' }] })
    expect(shown(blackoutAt(friday, utc('2026-11-27T23:00'))?.untilMs)).toBe('2026-11-28T05:00')
    expect(shown(blackoutAt(friday, utc('2026-11-28T04:59'))?.untilMs)).toBe('2026-11-28T05:00')
    expect(blackoutAt(friday, utc('2026-11-28T23:00'))).toBeUndefined()
  })

  test('windows that touch or overlap end together', () => {
    const both = settings({ blackouts: [office, { kind: 'weekly', weekdays: WEEK, from: '17:00', to: '22:00' }, night] })
    expect(shown(blackoutAt(both, utc('2026-11-23T10:00'))?.untilMs)).toBe('2026-11-24T05:00')
  })

  test('a blackout without end says that it has none', () => {
    const always = settings({ blackouts: [{ kind: 'weekly', weekdays: WEEK, from: '00:00', to: '24:00' }] })
    expect(blackoutAt(always, utc('2026-11-23T10:00'))).toMatchObject({ untilMs: undefined })
    expect(nextBlackoutAfter(always, utc('2026-11-23T10:00'))).toBeUndefined()
  })

  test('a freeze of the calendar is over to the minute, months ahead', () => {
    const freeze = settings({ blackouts: [{ kind: 'dated', name: 'Freeze', from: '2026-12-20T00:00', to: '2027-04-07T00:00' }] })
    expect(shown(blackoutAt(freeze, utc('2026-12-24T12:00'))?.untilMs)).toBe('2027-04-06T22:00')
    expect(shown(nextBlackoutAfter(freeze, utc('2026-12-18T12:00')))).toBe('2026-12-19T23:00')
  })

  test('in the hour that comes twice the clock decides, both times', () => {
    const inTheHour = settings({ blackouts: [{ kind: 'weekly', weekdays: ['sun'], from: '02:30', to: '04:00' }] })
    expect(shown(blackoutAt(inTheHour, utc('2026-10-25T00:30'))?.untilMs)).toBe('2026-10-25T01:00')
    expect(blackoutAt(inTheHour, utc('2026-10-25T01:15'))).toBeUndefined()
    expect(shown(nextBlackoutAfter(inTheHour, utc('2026-10-25T01:15')))).toBe('2026-10-25T01:30')
    expect(shown(blackoutAt(inTheHour, utc('2026-10-25T01:30'))?.untilMs)).toBe('2026-10-25T03:00')
  })

  test('a window inside the hour that is left out does not happen; one that begins in it begins with the jump', () => {
    const leftOut = settings({ blackouts: [{ kind: 'weekly', weekdays: ['sun'], from: '02:10', to: '02:50' }] })
    expect(shown(nextBlackoutAfter(leftOut, utc('2026-03-28T12:00')))).toBe('2026-04-05T00:10')
    const into = settings({ blackouts: [{ kind: 'weekly', weekdays: ['sun'], from: '02:30', to: '04:00' }] })
    expect(shown(nextBlackoutAfter(into, utc('2026-03-28T12:00')))).toBe('2026-03-29T01:00')
    expect(shown(blackoutAt(into, utc('2026-03-29T01:00'))?.untilMs)).toBe('2026-03-29T02:00')
  })
})

describe('the bandwidth calendar', () => {
  const calendar = settings({
    bandwidth: [
      { window: office, bytesPerSecond: 10_000_000 },
      { window: { kind: 'weekly', weekdays: ['mon'], from: '12:00', to: '13:00' }, bytesPerSecond: 2_000_000 },
    ],
  })
  test.each([
    ['2026-11-23T06:00', undefined, undefined],
    ['2026-11-23T07:00', 10_000_000, '2026-11-23T11:00'],
    ['2026-11-23T11:30', 2_000_000, '2026-11-23T12:00'],
    ['2026-11-23T12:00', 10_000_000, '2026-11-23T17:00'],
    ['2026-11-24T11:30', 10_000_000, '2026-11-24T17:00'],
  ])('at %s', (at, bytesPerSecond, until) => {
    const limit = bandwidthAt(calendar, utc(at))
    expect([limit?.bytesPerSecond, shown(limit?.untilMs)]).toEqual([bytesPerSecond, until])
  })
})

const anyWindow = fc.record({
  kind: fc.constant('weekly' as const),
  weekdays: fc.uniqueArray(fc.constantFrom(...(['mon', 'wed', 'sat', 'sun'] as const)), { minLength: 1 }),
  from: fc.integer({ min: 0, max: 95 }).map(quarter),
  to: fc.integer({ min: 0, max: 96 }).map(quarter),
})
function quarter(n: number): string {
  return `${String(Math.floor(n / 4)).padStart(2, '0')}:${String((n % 4) * 15).padStart(2, '0')}`
}

test('until the end that is told every minute is inside some window, and the end itself is inside none', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'),
      fc.array(anyWindow, { minLength: 1, maxLength: 3 }),
      fc.integer({ min: utc('2026-03-01T00:00') / 60_000, max: utc('2026-11-15T00:00') / 60_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (timeZone, blackouts, minute, share) => {
        const atMs = minute * 60_000
        const of = settings({ timeZone, blackouts })
        const isDark = (momentMs: number) => of.blackouts.some((window) => isInside(window, timeZone, momentMs))
        const dark = blackoutAt(of, atMs)
        const endMs = dark ? dark.untilMs : nextBlackoutAfter(of, atMs)
        expect(dark !== undefined).toBe(isDark(atMs))
        if (endMs === undefined) return
        expect(isDark(endMs)).toBe(!isDark(atMs))
        expect(isDark(endMs - 1)).toBe(isDark(atMs))
        expect(isDark(Math.floor(atMs + (endMs - 1 - atMs) * share))).toBe(isDark(atMs))
      },
    ),
    { numRuns: 150 },
  )
})

describe('the end of work that rests in blackouts', () => {
  const nights = settings({ blackouts: [{ ...office, weekdays: WEEK }] })
  test.each([
    ['ends before the first', '2026-11-23T18:00', 13 * HOUR_MS, '2026-11-24T07:00'],
    ['rests once', '2026-11-23T18:00', 13 * HOUR_MS + 60_000, '2026-11-24T17:01'],
    ['begins inside one', '2026-11-23T10:00', HOUR_MS, '2026-11-23T18:00'],
    ['of 28 hours takes two days of 14', '2026-11-23T17:00', 28 * HOUR_MS, '2026-11-25T07:00'],
  ])('%s', (_name, at, workMs, end) => {
    expect(shown(endOfWork(nights, utc(at), workMs))).toBe(end)
  })

  test('without blackouts it is the work itself', () => {
    expect(endOfWork(settings({}), 5, 3 * DAY_MS)).toBe(5 + 3 * DAY_MS)
  })
})
