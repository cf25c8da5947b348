import { timeZoneSchema } from '../../../shared/domain/schedule.ts'

/** The time zone of the person at this screen. */
export function ownTimeZone(): string {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  return timeZoneSchema.safeParse(zone).success ? zone : 'UTC'
}

/** The names that the platform knows, UTC first, and `also` if it is not among them. */
export function timeZones(also: string): readonly string[] {
  return [...new Set(['UTC', also, ...Intl.supportedValuesOf('timeZone')])]
}

/** What a clock of this zone shows at that moment, as a field for date and time takes it. */
export function wallTimeIn(timeZone: string, atMs: number): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(atMs)
  const of = (type: Intl.DateTimeFormatPartTypes) => parts.find((part) => part.type === type)?.value ?? '00'
  return `${of('year')}-${of('month')}-${of('day')}T${of('hour')}:${of('minute')}`
}
