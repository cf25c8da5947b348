import { WEEKDAYS } from '../../../shared/domain/schedule.ts'
import { describeWeekdays } from '../../../shared/domain/windowText.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../shared/units.ts'
import { formatWall, wallAt, weekdayOf } from './zone.ts'

/** A moment as people of the zone say it: `02:00` today, `Sun 2026-11-22 02:00` on other days, always with the zone. */
export function describeMoment(atMs: number, { zone, nowMs }: { readonly zone: string; readonly nowMs: number }): string {
  const wall = wallAt(zone, atMs)
  const isToday = Math.floor(wall / DAY_MS) === Math.floor(wallAt(zone, nowMs) / DAY_MS)
  const text = formatWall(wall)
  const day = WEEKDAYS[weekdayOf(wall)]
  return `${isToday || !day ? text.slice(11) : `${describeWeekdays([day])} ${text}`} ${zone === 'UTC' ? 'UTC' : `(${zone})`}`
}

/** `3 days`, `2 hours`, `5 minutes`, `40 seconds`: how long something has lasted, roughly. */
export function describeSpan(spanMs: number): string {
  for (const [unit, size] of [
    ['day', DAY_MS],
    ['hour', HOUR_MS],
    ['minute', MINUTE_MS],
  ] as const) {
    const count = Math.floor(spanMs / size)
    if (count >= 1) return `${count} ${unit}${count === 1 ? '' : 's'}`
  }
  const seconds = Math.max(1, Math.round(spanMs / SECOND_MS))
  return `${seconds} second${seconds === 1 ? '' : 's'}`
}
