import type { TaskSettings } from '../../../shared/domain/settings.ts'
import type { SettingName } from './levels.ts'

type NamesOf<Value> = { [Name in SettingName]: TaskSettings[Name] extends Value ? Name : never }[SettingName]

interface Words {
  readonly label: string
  /** What it does, and what the other choice costs. */
  readonly hint: string
}

export type SettingField =
  | (Words & { readonly kind: 'switch'; readonly name: NamesOf<boolean> })
  | (Words & { readonly kind: 'choice'; readonly name: SettingName; readonly options: Readonly<Record<string, string>> })
  | (Words & { readonly kind: 'date'; readonly name: 'migrateItemsCreatedAfter' | 'migrateItemsModifiedAfter' })
  | (Words & { readonly kind: 'list'; readonly name: NamesOf<readonly string[]> })
  | (Words & { readonly kind: 'names'; readonly name: 'nameRules' })

/** Settings as people look for them: by what they are about. */
export const SETTING_GROUPS: readonly { readonly title: string; readonly fields: readonly SettingField[] }[] = [
  {
    title: 'What moves',
    fields: [
      {
        kind: 'switch',
        name: 'isScanOnly',
        label: 'Scan only',
        hint: 'Scans and reports; nothing is written until you start it.',
      },
      {
        kind: 'switch',
        name: 'migrateHiddenItems',
        label: 'Hidden files',
        hint: 'Files and folders that Windows hides travel too.',
      },
      {
        kind: 'date',
        name: 'migrateItemsCreatedAfter',
        label: 'Created after',
        hint: 'Older files stay behind and are reported as filtered.',
      },
      {
        kind: 'date',
        name: 'migrateItemsModifiedAfter',
        label: 'Modified after',
        hint: 'Files untouched since then stay behind.',
      },
      { kind: 'list', name: 'skipFilesWithExtensions', label: 'File types to leave out', hint: 'One per line, without dot: tmp' },
      {
        kind: 'list',
        name: 'include',
        label: 'Only these paths',
        hint: 'Globs below the source, one per line: Finance/**/*.xlsx',
      },
      { kind: 'list', name: 'exclude', label: 'Not these paths', hint: 'Globs below the source, one per line: **/~$*' },
      {
        kind: 'choice',
        name: 'symlinks',
        label: 'Links',
        hint: 'Links are never followed out of the source.',
        options: { skip: 'Report and leave them', follow: 'Copy what they point to' },
      },
      {
        kind: 'switch',
        name: 'recallOfflineFiles',
        label: 'Recall archived files',
        hint: 'Placeholders of tiered storage are fetched first: this can cost money and days.',
      },
    ],
  },
  {
    title: 'Names',
    fields: [
      {
        kind: 'names',
        name: 'nameRules',
        label: 'Names that SharePoint refuses',
        hint: 'The scan shows every old and new name before anything moves.',
      },
    ],
  },
  {
    title: 'Permissions',
    fields: [
      {
        kind: 'choice',
        name: 'permissions',
        label: 'Permissions',
        hint: 'Set after the content, only where they differ from the folder above. The library itself keeps its own.',
        options: { none: 'Leave them behind', folders: 'Of folders; files inherit', all: 'Of folders and files' },
      },
      {
        kind: 'choice',
        name: 'whenDenied',
        label: 'Where something is refused',
        hint: 'SharePoint knows no refusals. Whoever is refused is left out exactly where the members of groups are known; this is for the rest. A scan with permissions shows who could do what, and can afterwards.',
        options: {
          narrow: 'Whoever may be concerned gets less',
          close: 'Leave the item to the owners of the site',
          ask: 'Move nothing until I have decided',
        },
      },
      {
        kind: 'switch',
        name: 'nameAuthors',
        label: 'Keep authors',
        hint: 'Owners of files become their authors, as far as they are people of the tenant. Costs a look at each file.',
      },
      {
        kind: 'switch',
        name: 'lookUpAccounts',
        label: 'Look accounts up',
        hint: "In the tenant's directory, by SID, user name, and name with domain. Off: only what is settled under People counts.",
      },
    ],
  },
  {
    title: 'At the destination',
    fields: [
      {
        kind: 'choice',
        name: 'whenDestinationExists',
        label: 'When a file is there already',
        hint: 'What people changed at the destination is only replaced when you say so.',
        options: { overwriteIfNewer: 'Replace it if the source is newer', overwrite: 'Always replace it', skip: 'Keep it' },
      },
      {
        kind: 'choice',
        name: 'whenBothChanged',
        label: 'When a file changed at both ends',
        hint: 'Since the last round, at the source and at the destination. Versions are kept whatever you choose.',
        options: {
          newer: 'The newer one counts',
          skip: 'Keep the one at the destination',
          overwrite: 'Replace it with the one of the source',
          keepBoth: 'Keep both, side by side',
        },
      },
      {
        kind: 'choice',
        name: 'deletions',
        label: 'When something is gone from the source',
        hint: 'Only what this task has put there and nobody has changed since is ever recycled, and never more than the task allows at once.',
        options: { report: 'Only report it', recycle: 'Put it into the recycle bin' },
      },
      {
        kind: 'choice',
        name: 'maxDeletions',
        label: 'Recycle at most',
        hint: 'In one round, of what the task has at the destination. More is shown in the report and waits for you.',
        options: { '1%': '1 %', '5%': '5 %', '10%': '10 %', '25%': '25 %', '100%': 'Everything' },
      },
      {
        kind: 'switch',
        name: 'createDestination',
        label: 'Make missing libraries and folders',
        hint: 'Off: the task stops when its place does not exist.',
      },
      { kind: 'switch', name: 'preserveTimes', label: 'Keep times', hint: 'Created and modified times of files and folders.' },
      {
        kind: 'choice',
        name: 'route',
        label: 'Way of travel',
        hint: 'Packages are fastest for first loads; sessions keep versions of existing files.',
        options: { auto: 'The best for each file', session: 'Upload sessions only', package: 'Packages wherever possible' },
      },
    ],
  },
]
