import path from 'node:path'
import type { Command } from 'commander'
import { type TaskSettings, taskSettingsSchema } from '../../../shared/domain/settings.ts'
import { type DestinationSpec, describeDestination, destinationSpecSchema } from '../../../shared/domain/task.ts'
import { MigrationError } from '../../../shared/errors.ts'
import { withHost } from '../../host/createHost.ts'
import { type ImportResult, importTasks } from '../../host/importTasks.ts'
import type { TaskRecord, Tasks } from '../../host/index.ts'
import { checkPlaces } from '../../host/placeCheck.ts'
import { EXIT, endOf } from '../exitCodes.ts'
import { textTable } from '../output.ts'
import { hostEnvironment } from './hostEnvironment.ts'
import { IDENTITY_MAP_OPTION, identityMapFrom } from './identityOption.ts'
import { type Act, type Invoke, withCommonOptions } from './invocation.ts'

const many = (value: string, all: readonly string[] = []) => [...all, value]

/** Where to, and how: the same for `add`, `edit` and `scan`. */
export function withDestinationOptions(command: Command): Command {
  return command
    .option('--to <url>', 'site, for example https://contoso.sharepoint.com/sites/finance')
    .option('--library <name>', 'library of that site (default: Documents)')
    .option('--onedrive <upn>', "instead: this person's OneDrive")
    .option('--team <id>', 'instead: a channel of this team …')
    .option('--channel <id>', '… this one')
    .option('--folder <path>', 'folder below the library')
}

export function withSettingOptions(command: Command): Command {
  return command
    .option('--scan-only', 'scan and report; write nothing')
    .option('--no-hidden', 'leave hidden items behind')
    .option('--created-after <date>', 'only items created after this date')
    .option('--modified-after <date>', 'only items modified after this date')
    .option('--skip-extensions <list>', 'for example tmp:bak')
    .option('--include <glob>', 'only paths that match; may be repeated', many)
    .option('--exclude <glob>', 'no paths that match; may be repeated', many)
    .option('--invalid-names <way>', 'replace (default) or skip names that SharePoint refuses')
    .option('--replacement <character>', 'in the place of each refused character (default: _)')
    .option('--exists <way>', 'overwriteIfNewer (default), overwrite or skip files that the destination has')
    .option('--symlinks <way>', 'skip (default) or follow links that stay inside the source')
    .option('--no-create', 'fail when the library or folder does not exist')
    .option('--route <way>', 'auto (default), session or package')
    .option(...IDENTITY_MAP_OPTION)
    .option('--permissions <what>', 'none (default), folders, or all: folders and files')
    .option(
      '--role <level=role>',
      'full, modify, write or read becomes fullControl, edit, contribute, read or none; may be repeated',
      many,
    )
}

export function addTaskCommands(program: Command, invoke: Invoke): void {
  const task = program.command('task').description('The shared task list: one source to one destination each.')
  withSettingOptions(withDestinationOptions(withCommonOptions(task.command('add'))))
    .description('Add a task.')
    .argument('<source>', 'folder or UNC path')
    .option('--name <text>', 'shown in lists and reports (default: the folder name)')
    .option('--tag <text>', 'may be repeated', many)
    .option('--access-list <file>', 'permissions that "icacls SHARE /save FILE /t" saved on the file server')
    .option('--no-check', 'do not look first whether source and destination are there')
    .action(invoke(add))
  withCommonOptions(task.command('import'))
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
  withSettingOptions(withDestinationOptions(withCommonOptions(task.command('edit'))))
    .description('Change a task that is not running.')
    .argument('<task>', 'id, its first characters, or name')
    .option('--name <text>', 'shown in lists and reports')
    .option('--no-check', 'do not look first whether a new destination is there')
    .action(invoke(edit))
  for (const [name, description] of [
    ['pause', 'Stop after the files in flight and free the agent.'],
    ['resume', 'Let a paused task go on, or start a scanned one.'],
    ['cancel', 'Stop for good; what arrived stays.'],
    ['retry', 'Start the next round: only what is missing or changed travels.'],
  ] as const) {
    withCommonOptions(task.command(name))
      .description(description)
      .argument('<task>', 'id, its first characters, or name')
      .action(invoke(change(name)))
  }
  withCommonOptions(task.command('delete'))
    .description('Remove a task from the list; its journal and reports stay on this machine.')
    .argument('<task>', 'id, its first characters, or name')
    .action(invoke(change('remove')))
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
  } as const
  const record = await withHost(hostEnvironment(workFolder), async (host) => {
    if (options.check !== false)
      await checkPlaces(host, { ...draft, createsDestination: settings.createDestination !== false }, stops.drop)
    return host.tasks.add(draft, stops.drop)
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
      settings: await identityMapFrom(options),
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
  const record = await withHost(hostEnvironment(workFolder), (host) => host.tasks.find(args[0] ?? '', stops.drop))
  output.result(taskDocument(record), () => JSON.stringify(taskDocument(record), null, 2))
  return EXIT.done
}

const edit: Act = async ({ args, options, output, workFolder, stops }) => {
  const destination = destinationFrom(options)
  const settings = { ...settingsFrom(options), ...(await identityMapFrom(options)) }
  const change = {
    settings,
    ...(destination ? { destination } : {}),
    ...(typeof options.name === 'string' ? { name: options.name } : {}),
  }
  const record = await withHost(hostEnvironment(workFolder), async (host) => {
    const { task } = await host.tasks.find(args[0] ?? '', stops.drop)
    const createsDestination = settings.createDestination ?? task.settings.createDestination
    if (options.check !== false) await checkPlaces(host, { destination, createsDestination }, stops.drop)
    return host.tasks.edit(task.id, change, stops.drop)
  })
  output.result(taskDocument(record), () => `Task "${record.task.name}" is now revision ${record.task.revision}.`)
  return EXIT.done
}

function change(action: 'pause' | 'resume' | 'cancel' | 'retry' | 'remove'): Act {
  return async ({ args, output, workFolder, stops }) => {
    const record = await withHost(hostEnvironment(workFolder), (host) => {
      const tasks: Tasks = host.tasks
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

/** What `--json` shows of a task. */
export function taskDocument(record: TaskRecord): object {
  const { task, status, round, owner, progress, reason, request, heartbeatAt } = record
  return { ...task, status, round, agent: owner, progress, reason, request, heartbeatAt }
}

export function destinationFrom(options: Readonly<Record<string, unknown>>): DestinationSpec | undefined {
  const text = (name: string) => (typeof options[name] === 'string' ? options[name] : undefined)
  const folder = (text('folder') ?? '').replace(/\\/g, '/').replace(/^\/+|\/+$/g, '')
  const candidates = [
    text('to') === undefined ? [] : [{ kind: 'library', siteUrl: text('to'), library: text('library') ?? 'Documents', folder }],
    text('onedrive') === undefined ? [] : [{ kind: 'oneDrive', upn: text('onedrive'), folder }],
    text('team') === undefined ? [] : [{ kind: 'channel', teamId: text('team'), channelId: text('channel'), folder }],
  ].flat()
  const [only] = candidates
  if (!only) return undefined
  if (candidates.length > 1) throw usage('More than one destination was given.', 'Give one of --to, --onedrive and --team.')
  const parsed = destinationSpecSchema.safeParse(only)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new MigrationError(
    'INPUT_DESTINATION',
    `The destination's ${issue?.path.join('.') ?? 'form'} is not usable: ${issue?.message ?? ''}.`,
    {
      remedy: { kind: 'stopTask' },
      fix: 'Give --to with the full https address of the site.',
    },
  )
}

/** What a person typed for a setting. */
const FLAGS: Readonly<Record<string, string>> = {
  migrateItemsCreatedAfter: '--created-after',
  migrateItemsModifiedAfter: '--modified-after',
  skipFilesWithExtensions: '--skip-extensions',
  whenDestinationExists: '--exists',
  symlinks: '--symlinks',
  route: '--route',
  permissions: '--permissions',
  'roleMap.full': '--role full',
  'roleMap.modify': '--role modify',
  'roleMap.write': '--role write',
  'roleMap.read': '--role read',
  'nameRules.whenInvalid': '--invalid-names',
  'nameRules.replacement': '--replacement',
}

export function settingsFrom(options: Readonly<Record<string, unknown>>): Partial<TaskSettings> {
  const given: Record<string, unknown> = {}
  const take = (option: string, setting: string, map: (value: unknown) => unknown = (value) => value) => {
    if (options[option] !== undefined) given[setting] = map(options[option])
  }
  take('scanOnly', 'isScanOnly')
  if (options.hidden === false) given.migrateHiddenItems = false
  take('createdAfter', 'migrateItemsCreatedAfter')
  take('modifiedAfter', 'migrateItemsModifiedAfter')
  take('skipExtensions', 'skipFilesWithExtensions', (value) =>
    String(value)
      .split(/[:;,]/)
      .map((extension) => extension.trim().replace(/^\./, '').toLowerCase())
      .filter((extension) => extension !== ''),
  )
  take('include', 'include')
  take('exclude', 'exclude')
  take('exists', 'whenDestinationExists')
  take('symlinks', 'symlinks')
  take('route', 'route')
  take('permissions', 'permissions')
  take('role', 'roleMap', roleMapFrom)
  if (options.create === false) given.createDestination = false
  if (options.invalidNames !== undefined || options.replacement !== undefined) {
    given.nameRules = {
      ...(options.invalidNames === undefined ? {} : { whenInvalid: options.invalidNames }),
      ...(options.replacement === undefined ? {} : { replacement: options.replacement }),
    }
  }
  const parsed = taskSettingsSchema.partial().safeParse(given)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const setting = issue?.path.join('.') ?? ''
    throw new MigrationError(
      'INPUT_SETTINGS',
      `${FLAGS[setting] ?? setting} is not usable: ${issue?.message ?? 'not understood'}.`,
      {
        remedy: { kind: 'stopTask' },
        fix: 'portage task add --help shows what each option takes.',
      },
    )
  }
  return Object.fromEntries(Object.keys(given).map((name) => [name, parsed.data[name as keyof TaskSettings]]))
}

/** `level=role`, each level at most once. */
function roleMapFrom(values: unknown): Record<string, string> {
  const roles: Record<string, string> = {}
  for (const value of stringList(values)) {
    const [level = '', role = '', ...more] = value.split('=')
    if (!LEVELS.has(level) || role === '' || more.length > 0 || level in roles)
      throw usage(
        `--role "${value}" is not usable.`,
        'Write it like --role full=edit, each of full, modify, write and read at most once.',
      )
    roles[level] = role
  }
  return roles
}

const LEVELS: ReadonlySet<string> = new Set(['full', 'modify', 'write', 'read'])

/** A UNC or drive path is taken as it is; anything else is made absolute from here. */
export function absoluteSource(source: string): string {
  if (source.trim() === '') throw usage('The source is empty.', 'Give the path of a folder, or \\\\server\\share\\folder.')
  return /^(\\\\|\/\/|[a-z]:[\\/])/i.test(source) ? source : path.resolve(source)
}

function stringList(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []
}

function usage(message: string, fix: string): MigrationError {
  return new MigrationError('INPUT_USAGE', message, { remedy: { kind: 'stopTask' }, fix })
}
