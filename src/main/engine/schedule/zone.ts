import { DAY_MS, SECOND_MS } from '../../../shared/units.ts'

/**
 * Wall times are numbers here: the milliseconds of the moment at which a clock of UTC would show the same. Only the rules of the platform's
 * zone data decide, so that 02:00 stays 02:00 through every change of summer time.
 */
export type WallMs = number

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    formats.set(zone, format)
  }
  return format
}

/** What a clock in the zone shows at an instant, to the second. */
export function wallAt(zone: string, atMs: number): WallMs {
  if (zone === 'UTC') return Math.floor(atMs / SECOND_MS) * SECOND_MS
  const fields = new Map<string, number>()
  for (const { type, value } of formatOf(zone).formatToParts(atMs)) fields.set(type, Number(value))
  const field = (name: string) => fields.get(name) ?? 0
  return Date.UTC(field('year'), field('month') - 1, field('day'), field('hour'), field('minute'), field('second'))
}

/** How far the clocks of the zone are ahead of UTC. */
export function offsetAt(zone: string, atMs: number): number {
  const wholeMs = Math.floor(atMs / SECOND_MS) * SECOND_MS
  return wallAt(zone, wholeMs) - wholeMs
}

/** The instants at which the clock shows this, ascending: none in the hour that is left out in spring, two in the one that comes twice. */
export function instantsShowing(zone: string, wallMs: WallMs): readonly number[] {
  const offsets = new Set([offsetAt(zone, wallMs - DAY_MS), offsetAt(zone, wallMs + DAY_MS)])
  return [...offsets]
    .map((offset) => wallMs - offset)
    .filter((atMs) => offsetAt(zone, atMs) === wallMs - atMs)
    .sort((a, b) => a - b)
}

/** When the clock first shows this; for a time that is left out, the moment at which the clock jumps past it. */
export function instantOf(zone: string, wallMs: WallMs): number {
  const [first] = instantsShowing(zone, wallMs)
  if (first !== undefined) return first
  const before = offsetAt(zone, wallMs - DAY_MS)
  const after = offsetAt(zone, wallMs + DAY_MS)
  return firstWith(zone, { offset: after, fromMs: wallMs - Math.max(before, after), toMs: wallMs - Math.min(before, after) })
}

/** Moments in (from, to] at which the clocks of the zone are set, ascending; of two within a day, one may be missed. */
export function changesBetween(zone: string, fromMs: number, toMs: number): readonly number[] {
  const changes: number[] = []
  if (zone === 'UTC') return changes
  for (let startMs = fromMs; startMs < toMs; startMs += DAY_MS) {
    const endMs = Math.min(startMs + DAY_MS, toMs)
    const offset = offsetAt(zone, endMs)
    if (offset !== offsetAt(zone, startMs)) changes.push(firstWith(zone, { offset, fromMs: startMs, toMs: endMs }))
  }
  return changes
}

/** The first second after `fromMs` that has the offset; `toMs` has it. */
function firstWith(zone: string, search: { readonly offset: number; readonly fromMs: number; readonly toMs: number }): number {
  let low = Math.floor(search.fromMs / SECOND_MS)
  let high = Math.ceil(search.toMs / SECOND_MS)
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(zone, middle * SECOND_MS) === search.offset) high = middle
    else low = middle
  }
  return high * SECOND_MS
}

/** `2026-11-22T02:00` as a number. */
export const parseWall = (text: string): WallMs => Date.parse(`${text}:00Z`)

/** `2026-11-22 02:00`. */
export const formatWall = (wallMs: WallMs): string => new Date(wallMs).toISOString().slice(0, 16).replace('T', ' ')

/** 0 = Monday. */
export const weekdayOf = (wallMs: WallMs): number => (Math.floor(wallMs / DAY_MS) + 3) % 7
