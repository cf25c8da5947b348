import { type TaskSchedule, type TimeWindow, timeWindowSchema, WEEKDAYS, type Weekday } from './schedule.ts'

const SHORT: Readonly<Record<Weekday, string>> = {
  mon: 'Mon',
  tue: 'Tue',
  wed: 'Wed',
  thu: 'Thu',
  fri: 'Fri',
  sat: 'Sat',
  sun: 'Sun',
}

/**
 * What people write for a window: `mon-fri 08:00-18:00`, `sat,sun 00:00-24:00`, `daily 22:00-06:00`, `2026-12-20T00:00/2027-01-02T00:00`,
 * each with a name in front if they like: `Office hours: mon-fri 08:00-18:00`. undefined = not understood.
 */
export function parseWindow(text: string): TimeWindow | undefined {
  const named = /^(?<name>[^:]*[^:\d\s][^:]*):\s+(?<rest>.+)$/.exec(text.trim())?.groups
  const rest = (named?.rest ?? text).trim()
  const name = named?.name === undefined ? {} : { name: named.name.trim() }
  const dated = /^(\S+)\/(\S+)$/.exec(rest)
  if (dated) return timeWindowSchema.safeParse({ kind: 'dated', ...name, from: dated[1], to: dated[2] }).data
  const weekly = /^(\S+)\s+(\d{1,2}:\d{2})\s*-\s*(\d{1,2}:\d{2})$/.exec(rest)
  const weekdays = weekly?.[1] === undefined ? undefined : parseWeekdays(weekly[1])
  if (!weekly || !weekdays) return undefined
  const [from, to] = [weekly[2], weekly[3]].map((time = '') => time.padStart(5, '0'))
  return timeWindowSchema.safeParse({ kind: 'weekly', ...name, weekdays, from, to }).data
}

/** `mon-fri`, `sat,sun`, `fri-mon`, `daily`. undefined = not understood. */
export function parseWeekdays(text: string): readonly Weekday[] | undefined {
  const found = new Set<Weekday>()
  for (const part of text.toLowerCase().split(',')) {
    if (part === 'daily') {
      for (const day of WEEKDAYS) found.add(day)
      continue
    }
    const [first, last = first] = part.split('-').map(dayNamed)
    if (first === undefined || last === undefined || first < 0 || last < 0 || part.split('-').length > 2) return undefined
    for (let day = first; ; day = (day + 1) % WEEKDAYS.length) {
      const name = WEEKDAYS[day]
      if (name) found.add(name)
      if (day === last) break
    }
  }
  return WEEKDAYS.filter((day) => found.has(day))
}

const FULL = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']
const dayNamed = (name: string): number => WEEKDAYS.findIndex((day, index) => day === name || FULL[index] === name)

/** For people; parseWindow understands it again, whatever its case. */
export function describeWindow(window: TimeWindow): string {
  const name = window.name === undefined ? '' : `${window.name}: `
  if (window.kind === 'dated') return `${name}${window.from}/${window.to}`
  return `${name}${describeWeekdays(window.weekdays)} ${window.from}-${window.to}`
}

/** Days in a row as a range: `Mon-Fri`, `Mon,Wed`, `daily`. */
export function describeWeekdays(weekdays: readonly Weekday[]): string {
  const days = [...new Set(weekdays.map((day) => WEEKDAYS.indexOf(day)))].sort((a, b) => a - b)
  if (days.length === WEEKDAYS.length) return 'daily'
  const runs: number[][] = []
  for (const day of days) {
    const run = runs.at(-1)
    if (run && run.at(-1) === day - 1) run.push(day)
    else runs.push([day])
  }
  const nameOf = (day: number | undefined) => SHORT[WEEKDAYS[day ?? 0] ?? 'mon']
  return runs
    .flatMap((run) => (run.length > 2 ? [`${nameOf(run[0])}-${nameOf(run.at(-1))}`] : run.map((day) => nameOf(day))))
    .join(',')
}

/** `every 2 weeks on Mon,Fri from 2026-11-22 02:00 (Europe/Berlin)`. */
export function describeSchedule({ startAt, timeZone, repeat, whenMissed }: TaskSchedule): string {
  const at = startAt.replace('T', ' ')
  const missed = whenMissed === 'skip' ? ', missed starts are skipped' : ''
  if (!repeat) return `at ${at} (${timeZone})${missed}`
  const unit = repeat.every === 1 ? repeat.unit.slice(0, -1) : `${repeat.every} ${repeat.unit}`
  const days = repeat.weekdays ? ` on ${describeWeekdays(repeat.weekdays)}` : ''
  const until = repeat.until === undefined ? '' : ` until ${repeat.until.replace('T', ' ')}`
  return `every ${unit}${days} from ${at}${until} (${timeZone})${missed}`
}
