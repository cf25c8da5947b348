import type { ItemKind, ItemState } from '../../../shared/domain/item.ts'
import type { TaskStatus } from '../../../shared/domain/task.ts'

/** Task states as Migration Manager prints them. [mm-reports] */
export const TASK_STATUS_WORDS = {
  queued: 'Queued',
  inProgress: 'In progress',
  paused: 'Paused',
  readyToMigrate: 'Ready to migrate',
  completed: 'Completed',
  completedWithIssues: 'Warning',
  failed: 'Failed',
  canceled: 'Canceled',
} as const satisfies Record<TaskStatus, string>

/** Item states in its manner. */
export const ITEM_STATE_WORDS = {
  scanned: 'Scanned',
  filteredOut: 'Filtered out',
  skipped: 'Skipped',
  planned: 'Ready to migrate',
  uploading: 'Uploading',
  uploaded: 'Uploaded',
  migrated: 'Migrated',
  failed: 'Failed',
} as const satisfies Record<ItemState, string>

export const CONTENT_TYPE_WORDS = {
  file: 'File',
  folder: 'Folder',
  symlink: 'Link',
  special: 'Special file',
} as const satisfies Record<ItemKind, string>

/** What Migration Manager writes about an item that arrived; scripts in the field look for it. */
export const MIGRATED_MESSAGE = 'Migrated Successfully'

export const roundName = (round: number): string => `R${round}`
