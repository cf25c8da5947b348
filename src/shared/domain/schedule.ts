import { z } from 'zod'
import { DAY_MS, MIB } from '../units.ts'

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Weekday = (typeof WEEKDAYS)[number]

/** A name of the IANA list, as the operating system knows it, or UTC. */
export const timeZoneSchema = z
  .string()
  .max(64)
  .refine(isTimeZone, 'it takes a time zone like Europe/Berlin, America/New_York or UTC')

function isTimeZone(name: string): boolean {
  // Offsets like +02:00 are understood by the platform too; they know no summer time and would surprise twice a year.
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/.test(name)) return false
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** What a clock on the wall shows: `2026-11-22T02:00`, seconds are not told. */
export const wallTimeSchema = z
  .string()
  .refine(isWallTime, 'it takes a date and time like 2026-11-22T02:00')
  .transform((text) => text.replace(' ', 'T').slice(0, 16))

function isWallTime(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(:00)?$/.exec(text)
  if (!match) return false
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = match.slice(1, 6).map(Number)
  const date = new Date(Date.UTC(year, month - 1, day))
  return year >= 1980 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60
}

/** `08:30`; `24:00` is the end of a day. */
export const clockTimeSchema = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'it takes a time like 08:30')

const weekdays = z.array(z.enum(WEEKDAYS)).min(1).max(7)

export const MISSED_RUNS = ['run', 'skip'] as const
export type MissedRuns = (typeof MISSED_RUNS)[number]

/** When a round of a task may begin. Times are wall times of `timeZone`, so that 02:00 stays 02:00 when summer time comes and goes. */
export const taskScheduleSchema = z
  .object({
    /** First moment; the moments of a repetition are counted from it. */
    startAt: wallTimeSchema,
    timeZone: timeZoneSchema,
    /** A new round, again and again. `hours` are hours that pass; days and weeks keep the time of the clock. */
    repeat: z
      .object({
        every: z.number().int().min(1).max(1000),
        unit: z.enum(['hours', 'days', 'weeks']),
        /** Only with weeks: on these days instead of that of the start. */
        weekdays: weekdays.optional(),
        /** No round begins after this. */
        until: wallTimeSchema.optional(),
      })
      .optional(),
    /** A moment that passed while no agent could begin: `run` once as soon as one can, or `skip` to the next moment. */
    whenMissed: z.enum(MISSED_RUNS).default('run'),
  })
  .refine(({ repeat }) => repeat?.weekdays === undefined || repeat.unit === 'weeks', 'days of the week go with weeks only')
export type TaskSchedule = z.infer<typeof taskScheduleSchema>

/** A part of the week that comes again (`from` after `to` runs past midnight; both equal = the whole day), or one stretch of the calendar. */
export const timeWindowSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('weekly'),
    name: z.string().min(1).max(100).optional(),
    /** Days on which it begins. */
    weekdays,
    from: clockTimeSchema.refine((time) => time !== '24:00', 'it begins at 00:00 of the next day'),
    to: clockTimeSchema,
  }),
  z
    .object({
      kind: z.literal('dated'),
      name: z.string().min(1).max(100).optional(),
      from: wallTimeSchema,
      to: wallTimeSchema,
    })
    .refine(({ from, to }) => from < to, 'it ends before it begins'),
])
export type TimeWindow = z.infer<typeof timeWindowSchema>

export const bandwidthRuleSchema = z.object({
  window: timeWindowSchema,
  /** Of the whole fleet. */
  bytesPerSecond: z
    .number()
    .int()
    .min(1024)
    .max(1024 * 1024 * MIB),
})
export type BandwidthRule = z.infer<typeof bandwidthRuleSchema>

/** What holds for every agent of the project. Kept in the tenant's settings list. */
export const fleetSettingsSchema = z.object({
  /** Of blackouts, bandwidth, and of schedules that name none. */
  timeZone: timeZoneSchema.default('UTC'),
  /** Nothing is sent to the tenant inside these; scans go on. */
  blackouts: z.array(timeWindowSchema).max(100).default([]),
  /** Where several hold at the same time, the lowest. */
  bandwidth: z.array(bandwidthRuleSchema).max(100).default([]),
  /** Resource units that the fleet spends in a day of UTC at most. */
  dailyUnits: z.number().int().min(1000).optional(),
  /** Bytes that the fleet sends in a day of UTC at most. */
  dailyBytes: z.number().int().min(MIB).optional(),
})
export type FleetSettings = z.infer<typeof fleetSettingsSchema>

export const defaultFleetSettings = (): FleetSettings => fleetSettingsSchema.parse({})

/** A day of the service's budgets: they begin anew at 00:00 UTC. */
export const utcDay = (atMs: number): number => Math.floor(atMs / DAY_MS)
