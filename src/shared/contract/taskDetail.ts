import { z } from 'zod'
import { taskIdSchema } from '../domain/ids.ts'
import { ITEM_STATES, VERDICTS } from '../domain/item.ts'
import { TASK_STATUSES } from '../domain/task.ts'
import { ERROR_CODES } from '../errors.ts'
import { chosenSettingsSchema } from './chosenSettings.ts'
import { taskViewSchema } from './views.ts'

const count = z.number().int().nonnegative()

/** Items that were left behind for one reason, with what to do about it. */
export const causeViewSchema = z.object({
  code: z.enum(ERROR_CODES),
  title: z.string(),
  fix: z.string(),
  itemCount: count,
  /** It may pass by itself: trying again is worth it without any change. */
  isPassing: z.boolean(),
  examples: z.array(z.object({ path: z.string(), message: z.string() })),
})
export type CauseView = z.infer<typeof causeViewSchema>

/** One round of a task as this install's journal has it. */
export const roundViewSchema = z.object({
  round: count,
  agentName: z.string().optional(),
  stage: z.string(),
  status: z.enum(TASK_STATUSES).optional(),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
  workedMs: z.number().nonnegative(),
  reason: z.string().optional(),
  foundFiles: count,
  foundBytes: z.number().nonnegative(),
  migratedFiles: count,
  migratedBytes: z.number().nonnegative(),
  failedItems: count,
  skippedItems: count,
  /** Of the skipped: files that the destination had already, unchanged. */
  unchangedFiles: count,
  /** Left alone by a round that tries only what had stayed behind: they arrived in a round before. */
  earlierFiles: count,
  filteredItems: count,
  openItems: count,
  receipts: z.record(z.enum(VERDICTS), count),
  /** Files that arrived by each route. */
  routes: z.object({ session: count, package: count }),
  resourceUnits: z.number().nonnegative(),
  causes: z.array(causeViewSchema),
})
export type RoundView = z.infer<typeof roundViewSchema>

export const itemViewSchema = z.object({
  id: count,
  path: z.string(),
  kind: z.enum(['file', 'folder', 'symlink', 'special']),
  sizeBytes: z.number().nonnegative(),
  state: z.enum(ITEM_STATES),
  acceptedBytes: z.number().nonnegative(),
  newName: z.string().optional(),
  route: z.enum(['session', 'package']).optional(),
  routeReason: z.string().optional(),
  code: z.enum(ERROR_CODES).optional(),
  message: z.string().optional(),
  verdict: z.enum(VERDICTS).optional(),
  attempts: count,
})
export type ItemView = z.infer<typeof itemViewSchema>

export const ITEM_LISTS = ['moving', 'left', 'renamed', 'migrated', 'all'] as const
export type ItemList = (typeof ITEM_LISTS)[number]

export const taskDetailCommands = {
  /** `rounds` newest first; empty where another agent has the journals. */
  'tasks.detail': {
    request: z.strictObject({ taskId: taskIdSchema }),
    response: z.object({ rounds: z.array(roundViewSchema) }),
  },
  'tasks.items': {
    request: z.strictObject({
      taskId: taskIdSchema,
      round: count,
      list: z.enum(ITEM_LISTS),
      code: z.enum(ERROR_CODES).optional(),
      search: z.string().max(255).optional(),
      afterId: count.default(0),
      limit: z.number().int().min(1).max(500).default(100),
    }),
    response: z.object({ items: z.array(itemViewSchema), nextAfterId: count.optional() }),
  },
  /** Allowed until the task starts; the next round takes it over. */
  'tasks.edit': {
    request: z.strictObject({
      taskId: taskIdSchema,
      edit: z.strictObject({
        name: z.string().trim().min(1).max(255).optional(),
        tags: z.array(z.string().min(1).max(255)).max(50).optional(),
        settings: chosenSettingsSchema.optional(),
      }),
    }),
    response: taskViewSchema,
  },
} as const
