import { z } from 'zod'
import { ACCOUNT_WAYS, identityMappingSchema } from '../domain/identity.ts'
import { scanIdSchema } from './scans.ts'

const count = z.number().int().nonnegative()

/** One account of the sources, as the mapping grid shows it. */
export const identityViewSchema = z.object({
  /** SID, or whatever spelling a row of the mapping has. */
  source: z.string(),
  name: z.string().optional(),
  way: z.enum(ACCOUNT_WAYS),
  /** Nobody at the destination: what it may do, and what it owns, stays behind. */
  isUnmapped: z.boolean(),
  /** Whom it becomes, in words. */
  target: z.string().optional(),
  isGroup: z.boolean(),
  /** By a row that people have settled for the project. */
  isSettled: z.boolean(),
  suggestions: z.array(z.object({ target: z.string(), isGroup: z.boolean() })),
  /** Items whose access list names it. */
  listedCount: count,
  ownedCount: count,
})
export type IdentityView = z.infer<typeof identityViewSchema>

const identityList = z.object({ identities: z.array(identityViewSchema) })

/** What one account or person could do at the source and can do afterwards. */
export const accessMatrixRowSchema = z.object({
  path: z.string(),
  sid: z.string(),
  name: z.string().optional(),
  before: z.string(),
  after: z.string(),
  change: z.enum(['equal', 'less', 'more', 'unknown']),
})
export type AccessMatrixRow = z.infer<typeof accessMatrixRowSchema>

export const identityCommands = {
  /** Accounts that scans and rounds of this install have met, and rows that hold for the project; unmapped first, those with most items first. */
  'identities.list': { request: z.strictObject({}), response: identityList },
  'identities.put': {
    request: z.strictObject({ rows: z.array(identityMappingSchema).min(1).max(50_000) }),
    response: identityList,
  },
  'identities.remove': {
    request: z.strictObject({ sources: z.array(z.string().min(1).max(256)).min(1).max(50_000) }),
    response: identityList,
  },
  /** Reads a mapping file of Migration Manager. Nothing is taken when a row is wrong: the first wrong one is told. */
  'identities.import': { request: z.strictObject({ text: z.string().max(8_000_000) }), response: identityList },
  /** The rows that hold for the project, in Migration Manager's form. */
  'identities.export': { request: z.strictObject({}), response: z.object({ csv: z.string(), rowCount: count }) },
  /** Of a scan with permissions; `changedOnly` leaves out who has the same as before. */
  'scans.access': {
    request: z.strictObject({
      scanId: scanIdSchema,
      changedOnly: z.boolean().default(false),
      afterId: count.default(0),
      limit: z.number().int().min(1).max(2000).default(500),
    }),
    response: z.object({ rows: z.array(accessMatrixRowSchema), nextAfterId: count.optional() }),
  },
} as const
