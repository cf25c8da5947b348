import { type TaskSchedule, WEEKDAYS } from '../../../shared/domain/schedule.ts'
import { RUN_MISSED_AFTER_MS } from '../../../shared/limits.ts'
import { DAY_MS, HOUR_MS } from '../../../shared/units.ts'
import { instantOf, parseWall, wallAt, weekdayOf } from './zone.ts'

/**
 * The first moment of a schedule at or after `atMs`; undefined when there is none any more. A time of the clock that is left out in spring
 * stands for the moment of the jump, one that comes twice in autumn for its first time.
 */
export function occurrenceFrom(schedule: TaskSchedule, atMs: number): number | undefined {
  const { timeZone: zone, repeat } = schedule
  const startWall = parseWall(schedule.startAt)
  const startMs = instantOf(zone, startWall)
  if (!repeat) return startMs >= atMs ? startMs : undefined
  const untilMs = repeat.until === undefined ? Number.POSITIVE_INFINITY : instantOf(zone, parseWall(repeat.until))
  const found =
    repeat.unit === 'hours'
      ? hourly(startMs, repeat.every * HOUR_MS, atMs)
      : byCalendar({ zone, startWall, atMs, stepDays: repeat.every * (repeat.unit === 'weeks' ? 7 : 1), days: daysOf(schedule) })
  return found <= untilMs ? found : undefined
}

function hourly(startMs: number, stepMs: number, atMs: number): number {
  return atMs <= startMs ? startMs : startMs + Math.ceil((atMs - startMs) / stepMs) * stepMs
}

/** Days after the first day of a step: for weeks, from their Monday. */
function daysOf({ startAt, repeat }: TaskSchedule): readonly number[] {
  if (repeat?.unit !== 'weeks' || !repeat.weekdays) return [0]
  const monday = -weekdayOf(parseWall(startAt))
  return [...new Set(repeat.weekdays.map((day) => monday + WEEKDAYS.indexOf(day)))].sort((a, b) => a - b)
}

function byCalendar(search: {
  readonly zone: string
  readonly startWall: number
  readonly atMs: number
  readonly stepDays: number
  readonly days: readonly number[]
}): number {
  const { zone, startWall, atMs, stepDays, days } = search
  const startMs = instantOf(zone, startWall)
  const stepMs = stepDays * DAY_MS
  const passed = Math.floor((wallAt(zone, atMs) - startWall) / stepMs)
  // A week begins before its start's day, and clocks differ by a day at most.
  for (let step = Math.max(0, passed - 2); ; step++) {
    for (const day of days) {
      const foundMs = instantOf(zone, startWall + step * stepMs + day * DAY_MS)
      if (foundMs >= atMs && foundMs >= startMs) return foundMs
    }
  }
}

/** When the first round of a task may begin that is given this schedule now; undefined when all its moments have passed. */
export function firstDue(schedule: TaskSchedule, nowMs: number): number | undefined {
  const next = occurrenceFrom(schedule, nowMs)
  if (next !== undefined || schedule.repeat) return next
  return schedule.whenMissed === 'run' ? occurrenceFrom(schedule, Number.NEGATIVE_INFINITY) : undefined
}

/** When the next round begins after one has ended: moments that passed while it ran are not made up for. */
export function dueAfter(schedule: TaskSchedule, endedAtMs: number): number | undefined {
  return schedule.repeat ? occurrenceFrom(schedule, endedAtMs + 1) : undefined
}

export type Readiness =
  | { readonly kind: 'due' }
  | { readonly kind: 'waits'; readonly untilMs: number }
  /** All moments have passed, and what was missed is not to be made up for. */
  | { readonly kind: 'missed'; readonly missedAtMs: number }

/**
 * May a round begin whose moment is `dueAtMs`? Every agent and every screen comes to the same answer at the same server time; nothing has to
 * be written when a moment is skipped.
 */
export function readinessOf(
  schedule: TaskSchedule | undefined,
  { dueAtMs, nowMs }: { readonly dueAtMs: number | undefined; readonly nowMs: number },
): Readiness {
  if (dueAtMs === undefined) return { kind: 'due' }
  if (nowMs < dueAtMs) return { kind: 'waits', untilMs: dueAtMs }
  if (schedule?.whenMissed !== 'skip' || nowMs - dueAtMs <= RUN_MISSED_AFTER_MS) return { kind: 'due' }
  const nextMs = occurrenceFrom(schedule, Math.max(dueAtMs, nowMs - RUN_MISSED_AFTER_MS))
  if (nextMs === undefined) return { kind: 'missed', missedAtMs: dueAtMs }
  return nextMs <= nowMs ? { kind: 'due' } : { kind: 'waits', untilMs: nextMs }
}
