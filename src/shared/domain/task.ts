import { z } from 'zod'
import { ERROR_CODES } from '../errors.ts'
import { PATH_MAX_UTF16, SOURCE_PATH_MAX_UTF16 } from '../limits.ts'
import { taskIdSchema } from './ids.ts'
import { taskScheduleSchema } from './schedule.ts'
import { taskSettingsSchema } from './settings.ts'
import { groupNameSchema, prioritySchema } from './taskRank.ts'

export const sourceSpecSchema = z.object({
  kind: z.literal('fileShare'),
  /** UNC, drive or POSIX path, absolute. */
  path: z.string().min(1).max(SOURCE_PATH_MAX_UTF16),
  /** Access lists that were saved on the file server (`icacls SHARE /save FILE /t`), for agents that cannot read them. Absolute. */
  accessListFile: z.string().min(1).max(SOURCE_PATH_MAX_UTF16).optional(),
})
export type SourceSpec = z.infer<typeof sourceSpecSchema>

/** Below the library, `/` between folders, no leading or trailing slash; empty = the library root. */
const folderPath = z.string().max(PATH_MAX_UTF16).default('')

export const destinationSpecSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('library'), siteUrl: z.url(), library: z.string().min(1), folder: folderPath }),
  z.object({ kind: z.literal('oneDrive'), upn: z.string().min(3), folder: folderPath }),
  z.object({ kind: z.literal('channel'), teamId: z.string().min(1), channelId: z.string().min(1), folder: folderPath }),
])
export type DestinationSpec = z.infer<typeof destinationSpecSchema>

/** Migration Manager's words. `completedWithIssues` is its Warning: everything ended, and the report says what did not arrive. */
export const TASK_STATUSES = [
  'queued',
  'inProgress',
  'paused',
  'readyToMigrate',
  'completed',
  'completedWithIssues',
  'failed',
  'canceled',
] as const
export const taskStatusSchema = z.enum(TASK_STATUSES)
export type TaskStatus = z.infer<typeof taskStatusSchema>

/** The end that a round comes to by itself; a cancelled task was ended by a person. */
export type RoundEnd = 'completed' | 'completedWithIssues' | 'failed' | 'readyToMigrate'
export function isRoundEnd(status: TaskStatus): status is RoundEnd {
  return status === 'completed' || status === 'completedWithIssues' || status === 'failed' || status === 'readyToMigrate'
}

/** A folder of a task that an agent of its own works on. */
export const taskPartSchema = z.object({
  of: taskIdSchema,
  round: z.number().int().nonnegative(),
  /** Below the source of the task, `/` between folders. */
  path: z.string().min(1).max(SOURCE_PATH_MAX_UTF16),
  /**
   * Times that the folders around it are to have at the destination, the nearest first, up to the task's own folder: a package names the
   * folders on its way with their times, and must not take back what the task gives them.
   */
  around: z.array(z.object({ createdMs: z.number().optional(), modifiedMs: z.number().optional() })).optional(),
})
export type TaskPart = z.infer<typeof taskPartSchema>

/** What people decide about a task. Stored in the tenant's task list; edits raise `revision`. */
export const taskSchema = z.object({
  id: taskIdSchema,
  name: z.string().min(1).max(255),
  source: sourceSpecSchema,
  destination: destinationSpecSchema,
  settings: taskSettingsSchema,
  /** Names of the settings that were chosen for this task itself; the others came from the project or the product. */
  chosenSettings: z.array(z.string().max(64)).max(100).optional(),
  tags: z.array(z.string().min(1).max(255)).default([]),
  /** Agents of this group work on it; read with groupOf. A task that only scans runs in every group. */
  group: groupNameSchema.optional(),
  /** Read with priorityOf. */
  priority: prioritySchema.optional(),
  /** Absent: as soon as an agent is free. */
  schedule: taskScheduleSchema.optional(),
  /** Only of shards: the part of another task's round that this one is. Source and destination are those of the part. */
  part: taskPartSchema.optional(),
  /** A round whose failed items alone are tried again by the round that runs now. */
  onlyFailedOf: z.number().int().nonnegative().optional(),
  /** With `onlyFailedOf`: of those items only the ones that stayed behind for these reasons, and what has come since. */
  onlyCauses: z.array(z.enum(ERROR_CODES)).min(1).max(50).optional(),
  createdAt: z.iso.datetime(),
  createdBy: z.string(),
  revision: z.number().int().min(1).default(1),
})
export type Task = z.infer<typeof taskSchema>

/** One line for people: where a task writes to. */
export function describeDestination(destination: DestinationSpec): string {
  const folder = destination.folder === '' ? '' : `/${destination.folder}`
  switch (destination.kind) {
    case 'library':
      return `${destination.siteUrl}/${destination.library}${folder}`
    case 'oneDrive':
      return `OneDrive of ${destination.upn}${folder}`
    case 'channel':
      return `Teams channel ${destination.teamId}/${destination.channelId}${folder}`
  }
}
