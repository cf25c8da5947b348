import type { Command } from 'commander'
import { type TaskSchedule, taskScheduleSchema } from '../../../shared/domain/schedule.ts'
import { groupNameSchema, type Priority, prioritySchema } from '../../../shared/domain/taskRank.ts'
import { parseWeekdays } from '../../../shared/domain/windowText.ts'
import { MigrationError } from '../../../shared/errors.ts'

type Options = Readonly<Record<string, unknown>>

/** Who works on a task and how soon: the same for `add` and `edit`. */
export function withRankOptions(command: Command): Command {
  return command
    .option('--group <name>', 'agents of this group work on it (default: Default)')
    .option('--priority <level>', 'urgent, high, normal (default) or low')
}

export function withScheduleOptions(command: Command): Command {
  return command
    .option('--start <time>', 'begin then, for example 2026-11-22T02:00')
    .option('--time-zone <zone>', 'of the times, for example Europe/Berlin (default: that of the settings)')
    .option('--every <span>', 'again and again: 6h, 1d, 2w')
    .option('--on <days>', 'with weeks: on these days, for example mon,thu')
    .option('--until <time>', 'no round begins after this')
    .option('--skip-missed', 'a start that no agent could make within an hour is left out (default: made up for)')
}

export function rankFrom(options: Options): { readonly group?: string; readonly priority?: Priority } {
  return {
    ...(options.group === undefined ? {} : { group: parsed(groupNameSchema, options.group, '--group') }),
    ...(options.priority === undefined ? {} : { priority: parsed(prioritySchema, options.priority, '--priority') }),
  }
}

export function hasSchedule(options: Options): boolean {
  return ['start', 'every', 'on', 'until', 'skipMissed'].some((name) => options[name] !== undefined)
}

const UNITS: Readonly<Record<string, 'hours' | 'days' | 'weeks'>> = { h: 'hours', d: 'days', w: 'weeks' }

/** `zone`: of the settings, when the options name none. */
export function scheduleFrom(options: Options, zone: string): TaskSchedule {
  if (options.start === undefined) throw wrong('--start is missing.', 'Say when it begins, for example --start 2026-11-22T02:00.')
  const every = options.every === undefined ? undefined : /^(\d{1,4})([hdw])$/.exec(String(options.every))
  if (every === null) throw wrong(`--every is "${String(options.every)}".`, 'It takes a span like 6h, 1d or 2w.')
  const weekdays = options.on === undefined ? undefined : parseWeekdays(String(options.on))
  if (options.on !== undefined && weekdays === undefined)
    throw wrong(`--on is "${String(options.on)}".`, 'It takes days like mon,thu or mon-fri.')
  if (!every && (weekdays !== undefined || options.until !== undefined))
    throw wrong('--on and --until are for repetitions.', 'Add --every, for example --every 1w.')
  const result = taskScheduleSchema.safeParse({
    startAt: options.start,
    timeZone: options.timeZone ?? zone,
    ...(every
      ? {
          repeat: {
            every: Number(every[1]),
            unit: UNITS[every[2] ?? ''],
            ...(weekdays ? { weekdays } : {}),
            ...(options.until === undefined ? {} : { until: options.until }),
          },
        }
      : {}),
    ...(options.skipMissed === true ? { whenMissed: 'skip' } : {}),
  })
  if (result.success) return result.data
  const [issue] = result.error.issues
  const flag = FLAGS[issue?.path.join('.') ?? ''] ?? 'The schedule'
  throw wrong(
    `${flag} is not usable: ${issue?.message ?? 'not understood'}.`,
    'portage task schedule --help shows what each option takes.',
  )
}

const FLAGS: Readonly<Record<string, string>> = {
  startAt: '--start',
  timeZone: '--time-zone',
  'repeat.until': '--until',
  'repeat.every': '--every',
  repeat: '--on',
}

/** What a schema makes of an option; its refusal names the option. */
export function parsed<T>(
  schema: {
    safeParse(
      value: unknown,
    ):
      | { readonly success: true; readonly data: T }
      | { readonly success: false; readonly error: { readonly issues: readonly { readonly message: string }[] } }
  },
  value: unknown,
  flag: string,
): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw wrong(`${flag} is "${String(value)}".`, `${sentence(result.error.issues[0]?.message ?? 'it is not understood')}.`)
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`

export function wrong(message: string, fix: string): MigrationError {
  return new MigrationError('INPUT_SETTINGS', message, { remedy: { kind: 'stopTask' }, fix })
}
