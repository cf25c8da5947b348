import { expect, test } from 'vitest'
import { ownTimeZone, timeZones, wallTimeIn } from './zones.ts'

test('a moment as the clocks of other zones show it, over midnight and in summer', () => {
  expect(wallTimeIn('UTC', Date.UTC(2026, 10, 21, 23, 5))).toBe('2026-11-21T23:05')
  expect(wallTimeIn('Europe/Berlin', Date.UTC(2026, 10, 21, 23, 5))).toBe('2026-11-22T00:05')
  expect(wallTimeIn('Europe/Berlin', Date.UTC(2026, 6, 1, 12, 0))).toBe('2026-07-01T14:00')
})

test('the list of zones holds the own one and any other once', () => {
  const zones = timeZones('Europe/Berlin')
  expect(zones[0]).toBe('UTC')
  expect(zones.filter((zone) => zone === 'Europe/Berlin')).toHaveLength(1)
  expect(timeZones(ownTimeZone())).toContain(ownTimeZone())
})
