import path from 'node:path'
import type { Command } from 'commander'
import { describeDestination, taskSchema } from '../../../shared/domain/task.ts'
import { MigrationError } from '../../../shared/errors.ts'
import { withHost } from '../../host/createHost.ts'
import { type ImportResult, importTasks } from '../../host/importTasks.ts'
import type { Tasks } from '../../host/index.ts'
import { checkPlaces } from '../../host/placeCheck.ts'
import type { RetryOptions } from '../../host/tasks.ts'
import { partLine, readWhole } from '../../host/wholeTasks.ts'
import { EXIT, endOf } from '../exitCodes.ts'
import { textTable } from '../output.ts'
import { hostEnvironment } from './hostEnvironment.ts'
import { IDENTITY_MAP_OPTION, identityMapFrom } from './identityOption.ts'
import { type Act, type Invoke, withCommonOptions } from './invocation.ts'
import { hasSchedule, parsed, rankFrom, scheduleFrom, withRankOptions, withScheduleOptions } from './planOptions.ts'
import { taskDocument } from './taskDocument.ts'
import {
  absoluteSource,
  destinationFrom,
  many,
  settingsFrom,
  withDestinationOptions,
  withRoundOptions,
  withSettingOptions,
} from './taskOptions.ts'
import { addTaskPlanCommands } from './taskPlan.ts'

export function addTaskCommands(program: Command, invoke: Invoke): void {
  const task = program.command('task').description('The shared task list: one source to one destination each.')
  withScheduleOptions(withRankOptions(withSettingOptions(withDestinationOptions(withCommonOptions(task.command('add'))))))
    .description('Add a task.')
    .argument('<source>', 'folder or UNC path')
    .option('--name <text>', 'shown in lists and reports (default: the folder name)')
    .option('--tag <text>', 'may be repeated', many)
    .option('--access-list <file>', 'permissions that "icacls SHARE /save FILE /t" saved on the file server')
    .option('--no-check', 'do not look first whether source and destination are there')
    .action(invoke(add))
  withRoundOptions(withCommonOptions(task.command('import')))
    .description("Add tasks from Migration Manager's or SPMT's CSV or JSON file.")
    .argument('<file>')
    .option('--skip-bad', 'add the good rows although others are bad')
    .option('--dry-run', 'only check the file')
    .option(...IDENTITY_MAP_OPTION)
    .action(invoke(importFile))
  withCommonOptions(task.command('list')).description('Show all tasks.').action(invoke(list))
  withCommonOptions(task.command('show'))
    .description('Show one task.')
    .argument('<task>', 'id, its first characters, or name')
    .action(invoke(show))
  withRankOptions(withSettingOptions(withDestinationOptions(withCommonOptions(task.command('edit')))))
    .description('Change a task that is not running.')
    .argument('<task>', 'id, its first characters, or name')
    .option('--name <text>', 'shown in lists and reports')
    .option('--no-check', 'do not look first whether a new destination is there')
    .action(invoke(edit))
  for (const [name, description] of [
    ['pause', 'Stop after the files in flight and free the agent.'],
    ['resume', 'Let a paused task go on, or start a scanned one.'],
    ['cancel', 'Stop for good; what arrived stays.'],
  ] as const) {
    withCommonOptions(task.command(name))
      .description(description)
      .argument('<task>', 'id, its first characters, or name')
      .action(invoke(change(name)))
  }
  withCommonOptions(task.command('retry'))
    .description('Start the next round: only what is missing or changed travels.')
    .argument('<task>', 'id, its first characters, or name')
    .option('--failed-only', 'try only the items that failed in the last round')
    .option('--cause <codes>', 'try only what stayed behind for these error codes, comma-separated, and what is new')
    .action(invoke(change('retry')))
  withCommonOptions(task.command('delete'))
    .description('Remove a task from the list; its journal and reports stay on this machine.')
    .argument('<task>', 'id, its first characters, or name')
    .action(invoke(change('remove')))
  addTaskPlanCommands(task, invoke)
}

const add: Act = async ({ args, options, output, workFolder, stops }) => {
  const [source = ''] = args
  const destination = destinationFrom(options)
  if (!destination)
    throw usage('No destination was given.', 'Add --to SITE-URL [--library NAME], or --onedrive UPN, or --team ID --channel ID.')
  const settings = { ...settingsFrom(options), ...(await identityMapFrom(options)) }
  const draft = {
    source: {
      kind: 'fileShare',
      path: absoluteSource(source),
      ...(typeof options.accessList === 'string' ? { accessListFile: path.resolve(options.accessList) } : {}),
    },
    destination,
    settings,
    ...(typeof options.name === 'string' ? { name: options.name } : {}),
    tags: stringList(options.tag),
    ...rankFrom(options),
  } as const
  const record = await withHost(hostEnvironment(workFolder), async (host) => {
    if (options.check !== false)
      await checkPlaces(host, { ...draft, createsDestination: settings.createDestination !== false }, stops.drop)
    if (!hasSchedule(options)) return host.tasks.add(draft, stops.drop)
    const zone = typeof options.timeZone === 'string' ? options.timeZone : (await host.fleet.settings(stops.drop)).timeZone
    return host.tasks.add({ ...draft, schedule: scheduleFrom(options, zone) }, stops.drop)
  })
  output.result(
    taskDocument(record),
    () =>
      `Task ${record.task.id} "${record.task.name}" is ${record.status}: ${record.task.source.path} → ${describeDestination(record.task.destination)}`,
  )
  return EXIT.done
}

const importFile: Act = async ({ args, options, output, workFolder, stops }) => {
  const [file = ''] = args
  const result = await importTasks(
    hostEnvironment(workFolder),
    {
      file: path.resolve(file),
      skipsBad: options.skipBad === true,
      isDryRun: options.dryRun === true,
      settings: { ...settingsFrom(options), ...(await identityMapFrom(options)) },
    },
    stops.drop,
  )
  const { created, problems, warnings, rowCount } = result
  const isDone = problems.length === 0 || (options.skipBad === true && (created.length > 0 || options.dryRun === true))
  const failure = isDone ? undefined : importFailure(result, file)
  const tables = [
    ...(problems.length > 0 ? [problemTable('Problem', problems), ''] : []),
    ...(warnings.length > 0 ? [problemTable('Note', warnings), ''] : []),
  ]
  output.result(
    { created: created.map(taskDocument), problems, warnings, rows: rowCount, ...(failure ? endOf(failure).document : {}) },
    () =>
      [
        ...tables,
        ...(failure
          ? []
          : [
              options.dryRun === true
                ? `${result.goodCount} of ${rowCount} rows are good.`
                : `${created.length} tasks of ${rowCount} rows added.`,
            ]),
      ].join('\n'),
  )
  if (!failure) return EXIT.done
  output.note(endOf(failure).sentence)
  return EXIT.usage
}

function importFailure({ problems, rowCount, created }: ImportResult, file: string): MigrationError {
  const [first] = problems
  const rest = problems.length > 1 ? `, and ${problems.length - 1} more` : ''
  const where = first && first.row > 0 ? `row ${first.row}, ${first.field}` : 'the file as a whole'
  return new MigrationError(
    'INPUT_TASK_FILE',
    `Nothing of ${file} was added, of ${rowCount} rows these are wrong: ${where}: ${first?.message ?? ''}${rest}`.replace(
      /\.(, and)/,
      '$1',
    ),
    {
      remedy: { kind: 'stopTask' },
      fix: rowCount > 1 && created.length === 0 ? 'Mend them, or add the good rows with --skip-bad.' : (first?.fix ?? 'Mend it.'),
    },
  )
}

function problemTable(title: string, problems: ImportResult['problems']): string {
  return textTable(
    ['Row', 'Field', 'Value', title, 'Fix'],
    problems.map((problem) => [String(problem.row), problem.field, problem.value, problem.message, problem.fix]),
  )
}

const list: Act = async ({ output, workFolder, stops }) => {
  const records = await withHost(hostEnvironment(workFolder), (host) => host.tasks.list(stops.drop))
  output.result(records.map(taskDocument), () =>
    records.length === 0
      ? 'No tasks yet. Add one with "portage task add SOURCE --to SITE-URL".'
      : textTable(
          ['Id', 'Name', 'Status', 'Round', 'Source', 'Destination', 'Reason'],
          records.map((record) => [
            record.task.id.slice(0, 8),
            record.task.name,
            record.status,
            `R${record.round}`,
            record.task.source.path,
            describeDestination(record.task.destination),
            record.reason ?? '',
          ]),
        ),
  )
  return EXIT.done
}

const show: Act = async ({ args, output, workFolder, stops }) => {
  const { record, parts } = await withHost(hostEnvironment(workFolder), async (host) =>
    readWhole(host.service.shards, await host.tasks.find(args[0] ?? '', stops.drop), stops.drop),
  )
  const document = { ...taskDocument(record), ...(parts.length === 0 ? {} : { parts: parts.map(partLine) }) }
  output.result(document, () => JSON.stringify(document, null, 2))
  return EXIT.done
}

const edit: Act = async ({ args, options, output, workFolder, stops }) => {
  const destination = destinationFrom(options)
  const settings = { ...settingsFrom(options), ...(await identityMapFrom(options)) }
  const rank = rankFrom(options)
  const change = {
    settings,
    ...(destination ? { destination } : {}),
    ...(typeof options.name === 'string' ? { name: options.name } : {}),
  }
  const record = await withHost(hostEnvironment(workFolder), async (host) => {
    const { task } = await host.tasks.find(args[0] ?? '', stops.drop)
    const createsDestination = settings.createDestination ?? task.settings.createDestination
    if (options.check !== false) await checkPlaces(host, { destination, createsDestination }, stops.drop)
    const isRankOnly = Object.keys(settings).length === 0 && destination === undefined && typeof options.name !== 'string'
    const ranked = Object.keys(rank).length === 0 ? undefined : await host.tasks.rank(task.id, rank, stops.drop)
    return ranked && isRankOnly ? ranked : host.tasks.edit(task.id, change, stops.drop)
  })
  output.result(taskDocument(record), () => `Task "${record.task.name}" is now revision ${record.task.revision}.`)
  return EXIT.done
}

function retryOptions(options: Parameters<Act>[0]['options']): RetryOptions {
  const given = typeof options.cause === 'string' ? options.cause.split(',').map((code) => code.trim().toUpperCase()) : undefined
  return {
    isFailedOnly: options.failedOnly === true,
    causes: given && parsed(taskSchema.shape.onlyCauses, given, '--cause'),
  }
}

function change(action: 'pause' | 'resume' | 'cancel' | 'retry' | 'remove'): Act {
  return async ({ args, options, output, workFolder, stops }) => {
    const record = await withHost(hostEnvironment(workFolder), (host) => {
      const tasks: Tasks = host.tasks
      if (action === 'retry') return tasks.retry(args[0] ?? '', stops.drop, retryOptions(options))
      return tasks[action](args[0] ?? '', stops.drop)
    })
    output.result(taskDocument(record), () =>
      action === 'remove'
        ? `Task "${record.task.name}" was deleted.`
        : record.request
          ? `Task "${record.task.name}" will ${record.request} as soon as its agent hears of it.`
          : `Task "${record.task.name}" is ${record.status}.`,
    )
    return EXIT.done
  }
}

function stringList(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []
}

function usage(message: string, fix: string): MigrationError {
  return new MigrationError('INPUT_USAGE', message, { remedy: { kind: 'stopTask' }, fix })
}
