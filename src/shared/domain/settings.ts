import { z } from 'zod'
import { roleMapSchema } from './access.ts'
import { accountRulesSchema, identityMapSchema, orphanRuleSchema } from './identity.ts'

const isoDate = z
  .string()
  .refine((text) => /^\d{4}-\d{2}-\d{2}(T.*)?$/.test(text) && !Number.isNaN(Date.parse(text)), 'it takes a date like 2016-05-22')

/** An enumeration that says what it takes. */
const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.enum(values, `it takes ${values.slice(0, -1).join(', ')} or ${values.at(-1) ?? ''}`)

/** How a name that SharePoint refuses is changed. Applied before anything moves; the scan shows old and new name. */
export const nameRulesSchema = z.object({
  /** `skip` leaves such items behind and reports them; `replace` changes the name. */
  whenInvalid: oneOf(['replace', 'skip']).default('replace'),
  /** Put in the place of each forbidden character. */
  replacement: z
    .string()
    .regex(/^[^"*:<>?|/\\\p{Cc}\p{Cs}]?$/u, 'it takes one character that SharePoint allows in names, or nothing')
    .default('_'),
  /** Cut spaces and dots that SharePoint refuses at the ends of a name. */
  trimEnds: z.boolean().default(true),
  /** Added to reserved names: CON.txt → CON_.txt. */
  reservedSuffix: z.string().min(1).max(16).default('_'),
})
export type NameRules = z.infer<typeof nameRulesSchema>

/** Per task. Words and meanings of Migration Manager where it has the setting; filters are ANDed. */
export const taskSettingsSchema = z.object({
  /** Scan and report only; nothing is written to the destination. */
  isScanOnly: z.boolean().default(false),
  migrateHiddenItems: z.boolean().default(true),
  migrateItemsCreatedAfter: isoDate.optional(),
  migrateItemsModifiedAfter: isoDate.optional(),
  /** Without dot, lower case; the last extension of a name counts. */
  skipFilesWithExtensions: z.array(z.string().min(1).max(64)).default([]),
  /** Globs over the path below the source, `/` between folders; an item must match one when any is given. */
  include: z.array(z.string().min(1)).default([]),
  exclude: z.array(z.string().min(1)).default([]),
  nameRules: nameRulesSchema.default(() => nameRulesSchema.parse({})),
  /** What happens when the destination already has a different file of that name. */
  whenDestinationExists: oneOf(['overwriteIfNewer', 'overwrite', 'skip']).default('overwriteIfNewer'),
  /**
   * What happens to a file that was changed at both ends since the round before. `newer`: as for any other file. `keepBoth`: the source's file
   * goes beside it under a name of its own, and stays there in later rounds.
   */
  whenBothChanged: oneOf(['newer', 'skip', 'overwrite', 'keepBoth']).default('newer'),
  /** What happens to items that earlier rounds stored and whose source is gone: nothing but a line in the report, or the recycle bin. */
  deletions: oneOf(['report', 'recycle']).default('report'),
  /** Of `recycle`: more than this in one round is not done but shown; a number of items, or a share of what the task has at the destination. */
  maxDeletions: z
    .string()
    .regex(/^(\d{1,9}|(100|\d{1,2})%)$/, 'it takes a number of items or a share like 10%')
    .default('10%'),
  /** Links are never followed out of the source; `skip` reports each one. */
  symlinks: oneOf(['skip', 'follow']).default('skip'),
  preserveTimes: z.boolean().default(true),
  /** Tiered placeholders cost a recall; they are reported and left alone unless this is true. */
  recallOfflineFiles: z.boolean().default(false),
  /** Who the owners of the source are at the destination; empty = nobody is named as author. */
  identityMap: identityMapSchema.default([]),
  /** Owners are named as authors also where only the project's mapping or the directory knows them; owners are read from access lists if need be. */
  nameAuthors: z.boolean().default(false),
  /**
   * Whose permissions are carried: of nothing, of folders (files inherit), of folders and files. A library's own are never touched; a folder
   * that the task goes into gets those of the source's root.
   */
  permissions: oneOf(['none', 'folders', 'all']).default('none'),
  /** Accounts that no map names are looked up in the tenant's directory: by SID, by user principal name, by name and domain. */
  lookUpAccounts: z.boolean().default(true),
  /** What becomes of accounts that are the same everywhere; only what differs from the default. */
  accountRules: accountRulesSchema.default({}),
  /** Who stands for accounts that nobody knows any more. */
  orphans: orphanRuleSchema.default('skip'),
  /**
   * Where something is refused to people who cannot be left out exactly. `narrow`: whoever may be concerned gets less. `close`: the item is left
   * to the owners of the site. `ask`: nothing is moved before a person has decided.
   */
  whenDenied: oneOf(['narrow', 'close', 'ask']).default('narrow'),
  roleMap: roleMapSchema.default(() => roleMapSchema.parse({})),
  route: oneOf(['auto', 'session', 'package']).default('auto'),
  /** Create the library or folder of the destination when it is absent. */
  createDestination: z.boolean().default(true),
})
export type TaskSettings = z.infer<typeof taskSettingsSchema>

export const defaultTaskSettings = (): TaskSettings => taskSettingsSchema.parse({})
