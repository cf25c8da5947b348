import { type FleetSettings, utcDay } from '../../../shared/domain/schedule.ts'
import { DAY_MS, GIB, MIB } from '../../../shared/units.ts'

/** What the whole fleet has spent in one day of UTC. */
export interface DaySpent {
  /** Number of the day, see utcDay; spending of another day counts for nothing. */
  readonly day: number
  readonly units: number
  readonly bytes: number
}

/** Adds up what agents say of a day. */
export function sumSpent(day: number, spendings: Iterable<DaySpent>): DaySpent {
  let units = 0
  let bytes = 0
  for (const spent of spendings) {
    if (spent.day !== day) continue
    units += spent.units
    bytes += spent.bytes
  }
  return { day, units, bytes }
}

/** The budget that is spent, in words, and when it begins anew; undefined while there is something left. */
export function spentBudget(
  settings: Pick<FleetSettings, 'dailyUnits' | 'dailyBytes'>,
  spent: DaySpent,
  nowMs: number,
): { readonly words: string; readonly untilMs: number } | undefined {
  const day = utcDay(nowMs)
  if (spent.day !== day) return undefined
  const untilMs = (day + 1) * DAY_MS
  if (settings.dailyUnits !== undefined && spent.units >= settings.dailyUnits)
    return { words: `${settings.dailyUnits.toLocaleString('en-US')} resource units`, untilMs }
  if (settings.dailyBytes !== undefined && spent.bytes >= settings.dailyBytes)
    return {
      words:
        settings.dailyBytes < GIB
          ? `${(settings.dailyBytes / MIB).toFixed(0)} MB`
          : `${(settings.dailyBytes / GIB).toFixed(1)} GB`,
      untilMs,
    }
  return undefined
}
