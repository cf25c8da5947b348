import { type BandwidthRule, type FleetSettings, type TimeWindow, WEEKDAYS } from '../../../shared/domain/schedule.ts'
import { DAY_MS, MINUTE_MS } from '../../../shared/units.ts'
import { changesBetween, instantsShowing, parseWall, wallAt, weekdayOf } from './zone.ts'

/** How far ahead the end of something is looked for: a week of windows, a change of clocks, and a day. */
const HORIZON_DAYS = 15

/** Does a clock in the zone stand inside the window? The hour that comes twice in autumn is judged by what the clock shows, both times. */
export function isInside(window: TimeWindow, zone: string, atMs: number): boolean {
  const wall = wallAt(zone, atMs)
  if (window.kind === 'dated') return parseWall(window.from) <= wall && wall < parseWall(window.to)
  const { from, to } = minutesOf(window)
  const minute = (wall % DAY_MS) / MINUTE_MS
  const today = weekdayOf(wall)
  const beginsOn = (day: number) => window.weekdays.some((name) => WEEKDAYS.indexOf(name) === (day + 7) % 7)
  if (from < to) return beginsOn(today) && from <= minute && minute < to
  return (beginsOn(today) && minute >= from) || (beginsOn(today - 1) && minute < to)
}

function minutesOf({ from, to }: { readonly from: string; readonly to: string }): { readonly from: number; readonly to: number } {
  const minutes = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3))
  return { from: minutes(from), to: minutes(to) }
}

/**
 * The first moment after `atMs` at which `stateAt` differs from what it is now; undefined when it stays for the next two weeks. `stateAt`
 * must depend on nothing but which of the windows hold.
 */
function changeAfter<State>(
  windows: readonly TimeWindow[],
  search: { readonly zone: string; readonly atMs: number; readonly stateAt: (atMs: number) => State },
): number | undefined {
  const { zone, atMs, stateAt } = search
  const now = stateAt(atMs)
  return momentsAfter(windows, zone, atMs).find((momentMs) => stateAt(momentMs) !== now)
}

/** Every moment at which a window can begin or end: its own times, and those at which clocks are set. */
function momentsAfter(windows: readonly TimeWindow[], zone: string, atMs: number): readonly number[] {
  const today = Math.floor(wallAt(zone, atMs) / DAY_MS) * DAY_MS
  const walls = new Set<number>()
  for (const window of windows) {
    if (window.kind === 'dated') {
      for (const text of [window.from, window.to]) walls.add(parseWall(text))
      continue
    }
    const { from, to } = minutesOf(window)
    for (let day = 0; day <= HORIZON_DAYS; day++)
      for (const minute of [from, to]) walls.add(today + day * DAY_MS + minute * MINUTE_MS)
  }
  const moments = [...walls].flatMap((wall) => instantsShowing(zone, wall))
  moments.push(...changesBetween(zone, atMs, atMs + HORIZON_DAYS * DAY_MS))
  return [...new Set(moments)].filter((momentMs) => momentMs > atMs).sort((a, b) => a - b)
}

export interface Blackout {
  readonly window: TimeWindow
  /** When nothing is to be sent any more no longer holds, all windows together; undefined = not within two weeks. */
  readonly untilMs: number | undefined
}

/** Whether anything may be sent now. */
export function blackoutAt(settings: FleetSettings, atMs: number): Blackout | undefined {
  const { blackouts, timeZone: zone } = settings
  const holding = (momentMs: number) => blackouts.find((window) => isInside(window, zone, momentMs))
  const window = holding(atMs)
  if (!window) return undefined
  const untilMs = changeAfter(blackouts, { zone, atMs, stateAt: (momentMs) => holding(momentMs) !== undefined })
  return { window, untilMs }
}

/** The next beginning of a blackout; undefined when there is none within two weeks, or one holds now. */
export function nextBlackoutAfter(settings: FleetSettings, atMs: number): number | undefined {
  const { blackouts, timeZone: zone } = settings
  const isDark = (momentMs: number) => blackouts.some((window) => isInside(window, zone, momentMs))
  return isDark(atMs) ? undefined : changeAfter(blackouts, { zone, atMs, stateAt: isDark })
}

export interface BandwidthLimit {
  readonly bytesPerSecond: number
  readonly window: TimeWindow
  /** When another limit, or none, holds; undefined = not within two weeks. */
  readonly untilMs: number | undefined
}

/** How fast the whole fleet may send now; undefined = as fast as it can. */
export function bandwidthAt(settings: FleetSettings, atMs: number): BandwidthLimit | undefined {
  const { bandwidth, timeZone: zone } = settings
  const holding = (momentMs: number): BandwidthRule | undefined =>
    bandwidth
      .filter(({ window }) => isInside(window, zone, momentMs))
      .reduce<BandwidthRule | undefined>(
        (low, rule) => (low && low.bytesPerSecond <= rule.bytesPerSecond ? low : rule),
        undefined,
      )
  const rule = holding(atMs)
  if (!rule) return undefined
  const windows = bandwidth.map(({ window }) => window)
  const untilMs = changeAfter(windows, { zone, atMs, stateAt: (momentMs) => holding(momentMs)?.bytesPerSecond })
  return { bytesPerSecond: rule.bytesPerSecond, window: rule.window, untilMs }
}

/** The moment at which work of `workMs` is done that begins now and rests in every blackout. Looks half a year ahead. */
export function endOfWork(settings: FleetSettings, nowMs: number, workMs: number): number {
  let atMs = nowMs
  let leftMs = workMs
  for (let stretch = 0; stretch < 1000 && atMs < nowMs + 183 * DAY_MS; stretch++) {
    const dark = blackoutAt(settings, atMs)
    if (dark) {
      if (dark.untilMs === undefined) break
      atMs = dark.untilMs
      continue
    }
    const nextMs = nextBlackoutAfter(settings, atMs) ?? Number.POSITIVE_INFINITY
    if (atMs + leftMs <= nextMs) return atMs + leftMs
    leftMs -= nextMs - atMs
    atMs = nextMs
  }
  return atMs + leftMs
}
