import { z } from 'zod'
import type { TaskProgress } from './progress.ts'
import { type TASK_STATUSES, type TaskStatus, taskStatusSchema } from './task.ts'

const count = z.number().int().nonnegative()

/** All tasks of the shared list in one picture. */
export const fleetSummarySchema = z.object({
  taskCount: count,
  byStatus: z.record(taskStatusSchema, count),
  /** At the destination whole; proved or not yet. */
  uploadedFiles: count,
  uploadedBytes: count,
  /** Proved. */
  migratedFiles: count,
  migratedBytes: count,
  failedFiles: count,
  /** Planned where a plan exists, else scanned so far. */
  knownFiles: count,
  knownBytes: count,
  /** Whether every task that is to run has a plan: only then is "of how many" the whole truth. */
  isWholeKnown: z.boolean(),
  bytesPerSecond: z.number().nonnegative(),
  filesPerSecond: z.number().nonnegative(),
  /** The longest of the running tasks; absent while any is unknown. */
  etaMs: z.number().nonnegative().optional(),
  /** When everything has ended, from measured rates, in half of all cases and in nine of ten; blackouts and start times included. */
  eta: z
    .object({
      p50Ms: z.number().nonnegative(),
      p90Ms: z.number().nonnegative(),
      /** Tasks whose size nobody knows yet: they count as the average of the others. */
      unknownTasks: count,
    })
    .optional(),
  /** What slows the project most, now. */
  bottleneck: z.object({ kind: z.string(), text: z.string() }).optional(),
  /** Agents that work on a task right now. */
  workingAgents: count,
})
export type FleetSummary = z.infer<typeof fleetSummarySchema>

interface FleetTask {
  readonly status: TaskStatus
  readonly owner?: string | undefined
  readonly progress?: TaskProgress | undefined
}

/** Canceled tasks count as tasks, not as work. */
export function summarizeFleet(tasks: Iterable<FleetTask>): FleetSummary {
  const byStatus = emptyCounts()
  const owners = new Set<string>()
  const etas: (number | undefined)[] = []
  const sum = {
    taskCount: 0,
    uploadedFiles: 0,
    uploadedBytes: 0,
    migratedFiles: 0,
    migratedBytes: 0,
    failedFiles: 0,
    knownFiles: 0,
    knownBytes: 0,
    bytesPerSecond: 0,
    filesPerSecond: 0,
  }
  let isWholeKnown = true
  for (const { status, owner, progress } of tasks) {
    sum.taskCount += 1
    byStatus[status] += 1
    if (status === 'canceled') continue
    if (progress?.plannedFiles === undefined) isWholeKnown = false
    if (status === 'inProgress') {
      etas.push(progress?.etaMs)
      sum.bytesPerSecond += progress?.bytesPerSecond ?? 0
      sum.filesPerSecond += progress?.filesPerSecond ?? 0
      if (owner !== undefined) owners.add(owner)
    }
    if (!progress) continue
    sum.uploadedFiles += Math.max(progress.uploadedFiles, progress.migratedFiles)
    sum.uploadedBytes += Math.max(progress.uploadedBytes, progress.migratedBytes)
    sum.migratedFiles += progress.migratedFiles
    sum.migratedBytes += progress.migratedBytes
    sum.failedFiles += progress.failedFiles
    sum.knownFiles += progress.plannedFiles ?? progress.scannedFiles
    sum.knownBytes += progress.plannedBytes ?? progress.scannedBytes
  }
  const known = etas.filter((eta) => eta !== undefined)
  return {
    ...sum,
    byStatus,
    isWholeKnown: isWholeKnown && sum.taskCount > 0,
    workingAgents: owners.size,
    ...(known.length > 0 && known.length === etas.length ? { etaMs: Math.max(...known) } : {}),
  }
}

function emptyCounts(): Record<TaskStatus, number> {
  const counts = {
    queued: 0,
    inProgress: 0,
    paused: 0,
    readyToMigrate: 0,
    completed: 0,
    completedWithIssues: 0,
    failed: 0,
    canceled: 0,
  }
  return counts satisfies Record<(typeof TASK_STATUSES)[number], number>
}
