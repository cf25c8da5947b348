import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type TimeWindow, taskScheduleSchema, WEEKDAYS } from './schedule.ts'
import { describeSchedule, describeWindow, parseWeekdays, parseWindow } from './windowText.ts'

describe('windows as people write them', () => {
  test.each([
    ['mon-fri 08:00-18:00', { kind: 'weekly', weekdays: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '18:00' }],
    ['Office hours: Mon-Fri 8:00 - 18:00', { kind: 'weekly', name: 'Office hours', from: '08:00', to: '18:00' }],
    ['daily 22:00-06:00', { weekdays: [...WEEKDAYS], from: '22:00', to: '06:00' }],
    ['saturday,SUN 00:00-24:00', { weekdays: ['sat', 'sun'], to: '24:00' }],
    ['fri-mon 20:00-04:00', { weekdays: ['mon', 'fri', 'sat', 'sun'] }],
    [
      'Freeze: 2026-12-20T00:00/2027-01-02T06:00',
      { kind: 'dated', name: 'Freeze', from: '2026-12-20T00:00', to: '2027-01-02T06:00' },
    ],
  ])('%s', (text, window) => {
    expect(parseWindow(text)).toMatchObject(window)
  })

  test.each([
    '',
    'mon-fri',
    '08:00-18:00',
    'mon-foo 08:00-18:00',
    'monk 08:00-18:00',
    'mon-tue-wed 08:00-18:00',
    'mon 08:60-18:00',
    'mon 24:00-25:00',
    '2026-12-20/x',
    '2027-01-02T00:00/2026-12-20T00:00',
  ])('not understood: %j', (text) => {
    expect(parseWindow(text)).toBeUndefined()
  })

  test('what is described is understood again as the same', () => {
    const time = fc
      .integer({ min: 0, max: 1439 })
      .map((n) => `${String(Math.floor(n / 60)).padStart(2, '0')}:${String(n % 60).padStart(2, '0')}`)
    const window = fc
      .record({
        days: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1 }),
        from: time,
        to: time,
        name: fc.constantFrom(undefined, 'Office hours', 'Büro 9'),
      })
      .map(
        ({ days, from, to, name }): TimeWindow => ({
          kind: 'weekly',
          ...(name === undefined ? {} : { name }),
          weekdays: WEEKDAYS.filter((_, index) => days.includes(index)),
          from,
          to,
        }),
      )
    fc.assert(
      fc.property(window, (one) => {
        expect(parseWindow(describeWindow(one))).toEqual(one)
      }),
    )
  })
})

test('days of the week', () => {
  expect(parseWeekdays('sun-tue')).toEqual(['mon', 'tue', 'sun'])
  expect(parseWeekdays('mon,mon')).toEqual(['mon'])
  expect(parseWeekdays('mon,')).toBeUndefined()
})

test.each([
  [{ startAt: '2026-11-22T02:00' }, 'at 2026-11-22 02:00 (Europe/Berlin)'],
  [
    { startAt: '2026-11-22T02:00', repeat: { every: 1, unit: 'days' }, whenMissed: 'skip' },
    'every day from 2026-11-22 02:00 (Europe/Berlin), missed starts are skipped',
  ],
  [
    { startAt: '2026-11-22T02:00', repeat: { every: 2, unit: 'weeks', weekdays: ['fri', 'mon'], until: '2027-01-01T00:00' } },
    'every 2 weeks on Mon,Fri from 2026-11-22 02:00 until 2027-01-01 00:00 (Europe/Berlin)',
  ],
])('%j in words', (given, words) => {
  expect(describeSchedule(taskScheduleSchema.parse({ timeZone: 'Europe/Berlin', ...given }))).toBe(words)
})
