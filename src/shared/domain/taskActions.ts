import type { TaskStatus } from './task.ts'

export const TASK_ACTIONS = ['pause', 'resume', 'cancel', 'retry', 'remove'] as const
export type TaskAction = (typeof TASK_ACTIONS)[number]

/** What may be asked of a task in each state; the most likely wish first. */
export const ACTIONS_BY_STATUS = {
  queued: ['pause', 'cancel', 'remove'],
  inProgress: ['pause', 'cancel'],
  paused: ['resume', 'cancel', 'remove'],
  readyToMigrate: ['resume', 'retry', 'cancel', 'remove'],
  completed: ['retry', 'remove'],
  completedWithIssues: ['retry', 'remove'],
  failed: ['retry', 'remove'],
  canceled: ['retry', 'remove'],
} as const satisfies Record<TaskStatus, readonly TaskAction[]>
