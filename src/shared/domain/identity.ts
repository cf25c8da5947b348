import { z } from 'zod'
import { IDENTITY_MAP_ROWS_MAX } from '../limits.ts'

/** One row of Migration Manager's mapping file: whom an owner at the source is at the destination. [mm-user-mapping-file] */
export const identityMappingSchema = z.object({
  /** As the source tells it: `DOMAIN\user` or a SID on Windows, `uid:1000` or the account's name elsewhere. */
  source: z.string().min(1).max(256),
  /** User principal name, or the name of a group. */
  target: z.string().min(1).max(256),
  isGroup: z.boolean(),
})
export type IdentityMapping = z.infer<typeof identityMappingSchema>

export const identityMapSchema = z.array(identityMappingSchema).max(IDENTITY_MAP_ROWS_MAX)

/** Two sources with the same key are the same account. */
export const identityKey = (source: string): string => source.trim().normalize('NFC').toLowerCase()

/** Accounts that are the same in every Windows, and those of every domain; what each becomes can be changed per task. */
export const WELL_KNOWN_ACCOUNTS = [
  'everyone',
  'authenticatedUsers',
  'users',
  'administrators',
  'backupOperators',
  'system',
  'creatorOwner',
  'ownerRights',
  'domainUsers',
  'domainAdmins',
  'domainGuests',
] as const
export type WellKnownAccount = (typeof WELL_KNOWN_ACCOUNTS)[number]

/**
 * `everyone`: everybody inside the organization. `ignore`: has its rights by what it is, and is nobody at the destination. `siteOwners`: the
 * owners of the site. `members`: whoever belongs to it, as the file server tells. `lookUp`: an account like others.
 */
export const ACCOUNT_RULES = ['everyone', 'ignore', 'siteOwners', 'members', 'lookUp'] as const
export type AccountRule = (typeof ACCOUNT_RULES)[number]

export const accountRulesSchema = z.partialRecord(z.enum(WELL_KNOWN_ACCOUNTS), z.enum(ACCOUNT_RULES))
export type AccountRules = z.infer<typeof accountRulesSchema>

/** What stands for accounts that nobody knows any more: nothing (they are reported), or one person. */
export const orphanRuleSchema = z.union([
  z.literal('skip'),
  z
    .string()
    .regex(/^[^@\s]+@[^@\s]+$/, 'it takes skip, or the user principal name of a person')
    .max(256),
])

/** Some of the rows that hold for the whole project, as one row of the settings list holds them. */
export const identityPartSchema = z.object({ kind: z.literal('identityMap'), rows: z.array(identityMappingSchema) })
export type IdentityPart = z.infer<typeof identityPartSchema>

/**
 * How it was found: by a row of the mapping, by the rule for well-known accounts, in the directory (by which of its names), by opening up a
 * group of the file server, by the rule for orphans; or why it was not: several answer to it, the name fits but not the domain, nobody knows it,
 * nobody was asked.
 */
export const ACCOUNT_WAYS = [
  'mapping',
  'rule',
  'sid',
  'userPrincipalName',
  'samName',
  'members',
  'orphanRule',
  'ambiguous',
  'otherDomain',
  'unknown',
  'notAllowed',
  'notAsked',
] as const
export type AccountWay = (typeof ACCOUNT_WAYS)[number]
