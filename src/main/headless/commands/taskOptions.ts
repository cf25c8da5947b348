import path from 'node:path'
import type { Command } from 'commander'
import { ACCOUNT_RULES, WELL_KNOWN_ACCOUNTS } from '../../../shared/domain/identity.ts'
import { type TaskSettings, taskSettingsSchema } from '../../../shared/domain/settings.ts'
import { type DestinationSpec, destinationSpecSchema } from '../../../shared/domain/task.ts'
import { MigrationError } from '../../../shared/errors.ts'

import { IDENTITY_MAP_OPTION } from './identityOption.ts'

export const many = (value: string, all: readonly string[] = []): readonly string[] => [...all, value]

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

/** What later rounds do; the same for `import`. */
export function withRoundOptions(command: Command): Command {
  return command
    .option('--conflicts <way>', 'newer (default), skip, overwrite or keep-both: files changed at both ends since the last round')
    .option('--deletions <way>', 'report (default) or recycle what is gone from the source')
    .option('--max-deletions <n>', 'recycle no more than so many items in a round, or a share of them (default: 10%)')
}

export function withSettingOptions(command: Command): Command {
  return withRoundOptions(command)
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
    .option(
      '--recall-placeholders',
      'read files whose content lies in another storage tier; each is fetched from there (default: report them)',
    )
    .option('--no-create', 'fail when the library or folder does not exist')
    .option('--route <way>', 'auto (default), session or package')
    .option(...IDENTITY_MAP_OPTION)
    .option('--permissions <what>', 'none (default), folders, or all: folders and files')
    .option('--authors', 'name owners as authors also where only the directory, or what is settled for the project, knows them')
    .option('--no-lookup', "do not look accounts up in the tenant's directory")
    .option(
      '--account <name=rule>',
      'what a well-known account becomes, for example domainUsers=everyone; rules: everyone, ignore, siteOwners, members, lookUp; may be repeated',
      many,
    )
    .option('--orphans <who>', 'skip (default) accounts that nobody knows, or the user principal name of who stands for them')
    .option(
      '--on-deny <way>',
      'where a refusal cannot be carried exactly: narrow (default): whoever may be concerned gets less; close: for the owners of the site only; ask: move nothing',
    )
    .option(
      '--role <level=role>',
      'full, modify, write or read becomes fullControl, edit, contribute, read or none; may be repeated',
      many,
    )
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
  whenBothChanged: '--conflicts',
  deletions: '--deletions',
  maxDeletions: '--max-deletions',
  symlinks: '--symlinks',
  recallOfflineFiles: '--recall-placeholders',
  route: '--route',
  permissions: '--permissions',
  orphans: '--orphans',
  whenDenied: '--on-deny',
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
  take('conflicts', 'whenBothChanged', (value) => (value === 'keep-both' ? 'keepBoth' : value))
  take('deletions', 'deletions')
  take('maxDeletions', 'maxDeletions')
  take('symlinks', 'symlinks')
  take('recallPlaceholders', 'recallOfflineFiles')
  take('route', 'route')
  take('permissions', 'permissions')
  take('role', 'roleMap', roleMapFrom)
  take('authors', 'nameAuthors')
  if (options.lookup === false) given.lookUpAccounts = false
  take('account', 'accountRules', accountRulesFrom)
  take('orphans', 'orphans')
  take('onDeny', 'whenDenied')
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

/** `name=rule`, each account at most once. */
function accountRulesFrom(values: unknown): Record<string, string> {
  const rules: Record<string, string> = {}
  for (const value of Array.isArray(values) ? values.map(String) : []) {
    const [name = '', rule = '', ...more] = value.split('=')
    const isKnown = WELL_KNOWN_ACCOUNTS.some((known) => known === name) && ACCOUNT_RULES.some((known) => known === rule)
    if (!isKnown || more.length > 0 || name in rules)
      throw usage(
        `--account "${value}" is not usable.`,
        `Accounts are ${WELL_KNOWN_ACCOUNTS.join(', ')}; rules are ${ACCOUNT_RULES.join(', ')}; each account at most once.`,
      )
    rules[name] = rule
  }
  return rules
}

/** `level=role`, each level at most once. */
function roleMapFrom(values: unknown): Record<string, string> {
  const roles: Record<string, string> = {}
  for (const value of Array.isArray(values) ? values.map(String) : []) {
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
  return /^(\\\\|\/\/|smb:\/\/|[a-z]:[\\/])/i.test(source) ? source : path.resolve(source)
}

function usage(message: string, fix: string): MigrationError {
  return new MigrationError('INPUT_USAGE', message, { remedy: { kind: 'stopTask' }, fix })
}
