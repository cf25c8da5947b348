import type { Command } from 'commander'
import {
  type BandwidthRule,
  bandwidthRuleSchema,
  type FleetSettings,
  fleetSettingsSchema,
  type TimeWindow,
  timeZoneSchema,
} from '../../../shared/domain/schedule.ts'
import { describeWindow, parseWindow } from '../../../shared/domain/windowText.ts'
import { GIB, KIB, MIB } from '../../../shared/units.ts'
import { withHost } from '../../host/createHost.ts'
import { EXIT } from '../exitCodes.ts'
import { formatBytes, formatCount } from '../format.ts'
import { textTable } from '../output.ts'
import { hostEnvironment } from './hostEnvironment.ts'
import { type Act, type Invoke, withCommonOptions } from './invocation.ts'
import { parsed, wrong } from './planOptions.ts'

const many = (value: string, all: readonly string[] = []) => [...all, value]
const CLEARABLE = ['blackouts', 'bandwidth', 'daily-units', 'daily-gb'] as const

export function addSettingsCommands(program: Command, invoke: Invoke): void {
  const settings = program.command('settings').description('What holds for every agent of the project.')
  withCommonOptions(settings.command('get')).description('Show the settings.').action(invoke(get))
  withCommonOptions(settings.command('set'))
    .description('Change settings; agents hear of it within a minute.')
    .option('--time-zone <zone>', 'of blackouts and bandwidth, for example Europe/Berlin')
    .option('--blackout <window>', 'nothing is sent then: "Office: mon-fri 08:00-18:00"; may be repeated, replaces all', many)
    .option('--bandwidth <rule>', 'of the whole fleet: "mon-fri 08:00-18:00 = 20MB"; may be repeated, replaces all', many)
    .option('--daily-units <n>', 'resource units that the fleet spends in a day of UTC at most')
    .option('--daily-gb <n>', 'GB that the fleet sends in a day of UTC at most')
    .option('--clear <what>', `${CLEARABLE.join(', ')}; may be repeated`, many)
    .action(invoke(set))
}

const get: Act = async ({ output, workFolder, stops }) => {
  const settings = await withHost(hostEnvironment(workFolder), (host) => host.fleet.settings(stops.drop))
  output.result(settings, () => render(settings))
  return EXIT.done
}

const set: Act = async ({ options, output, workFolder, stops }) => {
  const change = changeFrom(options)
  if (Object.keys(change).length === 0)
    throw wrong('Nothing to change was given.', 'portage settings set --help shows what there is.')
  const settings = await withHost(hostEnvironment(workFolder), (host) =>
    host.fleet.changeSettings((before) => fleetSettingsSchema.parse({ ...before, ...change }), stops.drop),
  )
  output.result(settings, () => render(settings))
  return EXIT.done
}

type Change = { [Name in keyof FleetSettings]?: FleetSettings[Name] | undefined }

function changeFrom(options: Readonly<Record<string, unknown>>): Change {
  const list = (name: string) => (Array.isArray(options[name]) ? options[name].map(String) : undefined)
  const change: Change = {}
  for (const what of list('clear') ?? []) {
    if (what === 'blackouts') change.blackouts = []
    else if (what === 'bandwidth') change.bandwidth = []
    else if (what === 'daily-units') change.dailyUnits = undefined
    else if (what === 'daily-gb') change.dailyBytes = undefined
    else throw wrong(`--clear is "${what}".`, `It takes ${CLEARABLE.join(', ')}.`)
  }
  const { timeZone, dailyUnits, dailyGb } = options
  if (timeZone !== undefined) change.timeZone = parsed(timeZoneSchema, timeZone, '--time-zone')
  const blackouts = list('blackout')
  if (blackouts) change.blackouts = blackouts.map((text) => windowFrom(text, '--blackout'))
  const bandwidth = list('bandwidth')
  if (bandwidth) change.bandwidth = bandwidth.map(ruleFrom)
  if (dailyUnits !== undefined) change.dailyUnits = numberFrom(dailyUnits, { flag: '--daily-units', min: 1000, unit: 1 })
  if (dailyGb !== undefined) change.dailyBytes = numberFrom(dailyGb, { flag: '--daily-gb', min: 0.001, unit: GIB })
  return change
}

function windowFrom(text: string, flag: string): TimeWindow {
  const window = parseWindow(text)
  if (window) return window
  throw wrong(
    `${flag} is "${text}".`,
    'It takes a window like "mon-fri 08:00-18:00", "daily 22:00-06:00" or "2026-12-20T00:00/2027-01-02T00:00".',
  )
}

const RATES: Readonly<Record<string, number>> = { KB: KIB, MB: MIB, GB: GIB }

function ruleFrom(text: string): BandwidthRule {
  const [, window = '', amount = '', unit = ''] = /^(.+?)\s*=\s*(\d+(?:\.\d+)?)\s*([KMG]B)(?:\/s)?$/i.exec(text.trim()) ?? []
  const rule = {
    window: window === '' ? undefined : windowFrom(window, '--bandwidth'),
    bytesPerSecond: Math.round(Number(amount) * (RATES[unit.toUpperCase()] ?? 0)),
  }
  const result = bandwidthRuleSchema.safeParse(rule)
  if (result.success) return result.data
  throw wrong(`--bandwidth is "${text}".`, 'It takes a window and a rate from 1KB on, like "mon-fri 08:00-18:00 = 20MB".')
}

function numberFrom(
  given: unknown,
  { flag, min, unit }: { readonly flag: string; readonly min: number; readonly unit: number },
): number {
  const number = Number(given)
  if (typeof given === 'string' && given.trim() !== '' && number >= min && number < 1e9) return Math.round(number * unit)
  throw wrong(`${flag} is "${String(given)}".`, `It takes a number from ${min} on.`)
}

function render({ timeZone, blackouts, bandwidth, dailyUnits, dailyBytes }: FleetSettings): string {
  return textTable(
    ['Setting', 'Value'],
    [
      ['Time zone', timeZone],
      ...(blackouts.length === 0 ? [['Blackouts', 'none']] : blackouts.map((window) => ['Blackout', describeWindow(window)])),
      ...(bandwidth.length === 0
        ? [['Bandwidth', 'unlimited']]
        : bandwidth.map((rule) => ['Bandwidth', `${describeWindow(rule.window)} = ${formatBytes(rule.bytesPerSecond)}/s`])),
      ['Resource units a day', dailyUnits === undefined ? 'as the service allows' : formatCount(dailyUnits)],
      ['Bytes a day', dailyBytes === undefined ? 'unlimited' : formatBytes(dailyBytes)],
    ],
  )
}
