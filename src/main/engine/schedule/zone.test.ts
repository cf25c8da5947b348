import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { changesBetween, instantOf, instantsShowing, offsetAt, parseWall, wallAt, weekdayOf } from './zone.ts'

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'Pacific/Apia',
  'America/Sao_Paulo',
]
const utc = (text: string) => Date.parse(`${text}Z`)

describe('instants of a wall time', () => {
  test.each([
    ['Europe/Berlin', '2026-01-15T12:00', ['2026-01-15T11:00']],
    ['Europe/Berlin', '2026-07-15T12:00', ['2026-07-15T10:00']],
    ['Europe/Berlin', '2026-03-29T02:30', []],
    ['Europe/Berlin', '2026-10-25T02:30', ['2026-10-25T00:30', '2026-10-25T01:30']],
    ['America/New_York', '2026-11-01T01:59', ['2026-11-01T05:59', '2026-11-01T06:59']],
    ['Australia/Lord_Howe', '2026-10-04T02:15', []],
    ['Asia/Kolkata', '2026-05-01T00:00', ['2026-04-30T18:30']],
  ])('%s %s', (zone, wall, instants) => {
    expect(instantsShowing(zone, parseWall(wall))).toEqual(instants.map(utc))
  })

  test.each([
    ['Europe/Berlin', '2026-03-29T02:30', '2026-03-29T01:00'],
    ['Australia/Lord_Howe', '2026-10-04T02:15', '2026-10-03T15:30'],
    ['Pacific/Apia', '2011-12-30T12:00', '2011-12-30T10:00'],
  ])('%s %s is left out: the moment of the jump stands for it', (zone, wall, instant) => {
    expect(instantOf(zone, parseWall(wall))).toBe(utc(instant))
  })
})

test('every instant is among those that show its wall time, in every zone', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ZONES),
      fc.integer({ min: utc('1990-01-01T00:00') / 60_000, max: utc('2036-01-01T00:00') / 60_000 }),
      (zone, minute) => {
        const atMs = minute * 60_000
        expect(instantsShowing(zone, wallAt(zone, atMs))).toContain(atMs)
      },
    ),
    { numRuns: 400 },
  )
})

test('the clock never goes back between one instant and the first that shows a later wall time', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ZONES),
      fc.integer({ min: 0, max: 40_000_000 }),
      fc.integer({ min: 1, max: 5000 }),
      (zone, minute, later) => {
        const wall = minute * 60_000
        expect(instantOf(zone, wall + later * 60_000)).toBeGreaterThanOrEqual(instantOf(zone, wall))
      },
    ),
    { numRuns: 300 },
  )
})

test('changes of the clocks are found to the second', () => {
  expect(changesBetween('Europe/Berlin', utc('2026-01-01T00:00'), utc('2027-01-01T00:00'))).toEqual([
    utc('2026-03-29T01:00'),
    utc('2026-10-25T01:00'),
  ])
  expect(offsetAt('Europe/Berlin', utc('2026-03-29T01:00') - 1)).toBe(3_600_000)
  expect(offsetAt('Europe/Berlin', utc('2026-03-29T01:00'))).toBe(7_200_000)
  expect(changesBetween('UTC', 0, utc('2026-01-01T00:00'))).toEqual([])
})

test('days of the week begin with Monday, also before 1970', () => {
  expect(['2026-11-23T00:00', '2026-11-22T23:59', '1969-12-31T00:00'].map((text) => weekdayOf(parseWall(text)))).toEqual([
    0, 6, 2,
  ])
})
