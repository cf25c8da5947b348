import { type TaskSettings, taskSettingsSchema } from '../../../shared/domain/settings.ts'
import type { Flaw } from './taskFilePlaces.ts'

export interface SettingFlaw extends Flaw {
  readonly key: string
  readonly value: string
  /** A setting that changes nothing for file shares is only told; the task is taken. */
  readonly isWarning: boolean
}

type Verdict = { readonly takes: Partial<TaskSettings> } | { readonly refuses: Flaw } | { readonly ignores: string }

const refuses = (message: string, fix: string): Verdict => ({ refuses: { message, fix } })
const WITHOUT_IT = 'Remove it or set it to false.'

function flag(value: unknown, takes: (isOn: boolean) => Verdict): Verdict {
  if (typeof value === 'boolean') return takes(value)
  if (typeof value === 'string' && /^(?:true|false)$/i.test(value)) return takes(value.toLowerCase() === 'true')
  return refuses('The value is neither true nor false.', 'Write true or false, without quotes.')
}

function date(value: unknown, takes: (date: string) => Verdict): Verdict {
  const parsed = typeof value === 'string' ? /^(\d{4}-\d{2}-\d{2})(?:T.*)?$/.exec(value.trim()) : null
  const day = parsed?.[1]
  const time = parsed === null ? Number.NaN : Date.parse(parsed[0])
  // A day that no calendar has (2016-02-31) moves on to another one.
  if (day === undefined || Number.isNaN(time) || !new Date(`${day}T00:00:00Z`).toISOString().startsWith(day)) {
    return refuses('The value is no date.', 'Write it like 2016-05-22.')
  }
  return takes(parsed?.[0] ?? day)
}

function extensions(value: unknown): Verdict {
  if (typeof value !== 'string')
    return refuses('The value is no text.', 'Write the extensions with colons between them: txt:mp3.')
  const list = value
    .split(/[:;,\s]+/)
    .map((extension) => extension.replace(/^\*?\.+/, '').toLowerCase())
    .filter((extension) => extension !== '')
  const bad = list.find((extension) => /[\\/"<>|?*.]/.test(extension) || extension.length > 64)
  return bad === undefined
    ? { takes: { skipFilesWithExtensions: list } }
    : refuses(`"${bad}" is no extension.`, 'Write the extensions without dots, with colons between them: txt:mp3.')
}

/** A demand that Portage cannot meet is refused, so that nobody believes it was met. */
const notYet = (what: string) => (value: unknown) =>
  flag(value, (isOn) => (isOn ? refuses(`Portage does not ${what} yet.`, WITHOUT_IT) : { takes: {} }))
const nothingFor = (why: string) => (): Verdict => ({ ignores: why })
const blankOnly =
  (what: string) =>
  (value: unknown): Verdict =>
    value === '' || value === null ? { takes: {} } : refuses(`Portage does not ${what}.`, 'Remove it.')

/** A setting that only Portage has, in its own words. */
const ours =
  (name: 'whenBothChanged' | 'deletions' | 'maxDeletions') =>
  (value: unknown): Verdict => {
    const parsed = taskSettingsSchema.partial().safeParse({ [name]: value })
    if (parsed.success) return { takes: { [name]: parsed.data[name] } }
    const why = parsed.error.issues[0]?.message ?? 'It is not understood.'
    return refuses(`The value is not usable: ${why}.`, 'Write it as docs/rounds.md says.')
  }

const SETTINGS: Readonly<Record<string, (value: unknown) => Verdict>> = {
  MigrateHiddenItems: (value) => flag(value, (isOn) => ({ takes: { migrateHiddenItems: isOn } })),
  MigrateItemsCreatedAfter: (value) => date(value, (day) => ({ takes: { migrateItemsCreatedAfter: day } })),
  MigrateItemsModifiedAfter: (value) => date(value, (day) => ({ takes: { migrateItemsModifiedAfter: day } })),
  SkipFilesWithExtensions: extensions,
  FilterOutPathSpecialCharacters: (value) =>
    flag(value, (isOn) => ({
      takes: { nameRules: { ...taskSettingsSchema.parse({}).nameRules, whenInvalid: isOn ? 'replace' : 'skip' } },
    })),
  MigrateOneNoteNotebook: nothingFor('OneNote files travel as the files that they are.'),
  EnableIncremental: nothingFor('Every further round of a task sends only what changed.'),
  MigrateFileVersionHistory: nothingFor('File shares have no versions.'),
  KeepFileVersions: nothingFor('File shares have no versions.'),
  EnableAzureDirectoryLookup: (value) => flag(value, (isOn) => ({ takes: { lookUpAccounts: isOn } })),
  MigrateAllWebStructures: nothingFor('It is for SharePoint sources.'),
  SkipListWithAudienceEnabled: nothingFor('It is for SharePoint sources.'),
  PreservePermission: (value) => flag(value, (isOn) => ({ takes: { permissions: isOn ? 'folders' : 'none' } })),
  UseCustomAzureStorage: notYet('use storage of your own'),
  CustomAzureStorageAccount: blankOnly('use storage of your own'),
  CustomAzureAccessKey: blankOnly('use storage of your own'),
  CustomAzureDeletionAfterMig: nothingFor('It is for storage of your own.'),
  UserMappingCSVFile: (value) =>
    value === '' || value === null
      ? { takes: {} }
      : refuses(
          'The file lies on the computer that the task file comes from.',
          'Take its rows for the whole project with "portage identity import FILE", and remove the setting.',
        ),
  WhenBothChanged: ours('whenBothChanged'),
  Deletions: ours('deletions'),
  MaxDeletions: ours('maxDeletions'),
}

export const SETTING_KEYS: readonly string[] = Object.keys(SETTINGS)
const SECRET_KEYS: ReadonlySet<string> = new Set(['CustomAzureAccessKey'])

/** SPMT's per-task settings as ours. Unknown keys are the caller's to report. */
export function judgeSettings(given: Readonly<Record<string, unknown>>): {
  readonly settings: Partial<TaskSettings>
  readonly flaws: readonly SettingFlaw[]
} {
  const settings: Partial<TaskSettings> = {}
  const flaws: SettingFlaw[] = []
  for (const [key, value] of Object.entries(given)) {
    const verdict = Object.hasOwn(SETTINGS, key) ? SETTINGS[key]?.(value) : undefined
    if (verdict === undefined) continue
    const shown = SECRET_KEYS.has(key) ? '(not shown)' : typeof value === 'string' ? value : JSON.stringify(value)
    if ('takes' in verdict) Object.assign(settings, verdict.takes)
    else if ('refuses' in verdict) flaws.push({ key, value: shown, isWarning: false, ...verdict.refuses })
    else
      flaws.push({
        key,
        value: shown,
        isWarning: true,
        message: `It changes nothing here: ${verdict.ignores}`,
        fix: 'Nothing to do.',
      })
  }
  return { settings, flaws }
}
