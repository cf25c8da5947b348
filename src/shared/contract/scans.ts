import { z } from 'zod'
import { destinationSpecSchema, sourceSpecSchema } from '../domain/task.ts'
import { ERROR_CODES, wireErrorSchema } from '../errors.ts'
import { chosenSettingsSchema } from './chosenSettings.ts'

const count = z.number().int().nonnegative()
export const scanIdSchema = z.string().regex(/^[0-9a-f-]{36}$/)

export const scanIssueSchema = z.object({
  code: z.enum(ERROR_CODES),
  title: z.string(),
  fix: z.string(),
  /** `blocks` stays behind, `renames` gets a new name, `warns` travels as it is. */
  effect: z.enum(['blocks', 'renames', 'warns']),
  itemCount: count,
})
export type ScanIssue = z.infer<typeof scanIssueSchema>

/** One scan of one source, with what it has found so far. */
export const scanViewSchema = z.object({
  id: scanIdSchema,
  name: z.string(),
  source: sourceSpecSchema,
  /** Names and path lengths are judged for this place; without it only what holds everywhere. */
  destination: destinationSpecSchema.optional(),
  state: z.enum(['waiting', 'running', 'done', 'failed', 'canceled']),
  createdAt: z.string(),
  endedAt: z.string().optional(),
  files: count,
  folders: count,
  bytes: z.number().nonnegative(),
  /** Files that would travel, and their bytes; only after the end. */
  travels: count.optional(),
  travelBytes: z.number().nonnegative().optional(),
  renamed: count.optional(),
  blocked: count.optional(),
  issues: z.array(scanIssueSchema),
  /** It looked at permissions: who could do what can be asked for. */
  hasAccess: z.boolean().optional(),
  error: wireErrorSchema.optional(),
})
export type ScanView = z.infer<typeof scanViewSchema>

export const scanItemSchema = z.object({
  id: count,
  path: z.string(),
  kind: z.enum(['file', 'folder', 'symlink', 'special']),
  sizeBytes: z.number().nonnegative(),
  /** As it would be called; absent when it keeps its name or does not travel. */
  newName: z.string().optional(),
  travels: z.boolean(),
  details: z.array(z.string()),
})
export type ScanItem = z.infer<typeof scanItemSchema>

const oneScan = z.strictObject({ scanId: scanIdSchema })

export const scanCommands = {
  /** Answers at once; `scans.changed` tells the rest. Nothing is written anywhere but in this install's work folder. */
  'scans.start': {
    request: z.strictObject({
      scans: z
        .array(
          z.strictObject({
            source: sourceSpecSchema,
            destination: destinationSpecSchema.optional(),
            settings: chosenSettingsSchema.optional(),
          }),
        )
        .min(1)
        .max(1000),
    }),
    response: z.object({ scans: z.array(scanViewSchema) }),
  },
  'scans.cancel': { request: oneScan, response: scanViewSchema },
  'scans.remove': { request: oneScan, response: z.object({ scanId: scanIdSchema }) },
  /** Items with this issue, or with any. `rules`: shows the names that other rules would give. */
  'scans.items': {
    request: z.strictObject({
      scanId: scanIdSchema,
      code: z.enum(ERROR_CODES).optional(),
      rules: z.record(z.string(), z.unknown()).optional(),
      afterId: count.default(0),
      limit: z.number().int().min(1).max(500).default(100),
    }),
    response: z.object({ items: z.array(scanItemSchema), nextAfterId: count.optional() }),
  },
} as const
