import { z } from 'zod'
import type { TaskProgress } from './progress.ts'
import { TASK_STATUSES, type TaskStatus, taskStatusSchema } from './task.ts'

const count = z.number().int().nonnegative()

/** All tasks of the shared list in one picture. */
export const fleetSummarySchema = z.object({
  taskCount: count,
  byStatus: z.record(taskStatusSchema, count),
  migratedFiles: count,
  migratedBytes: count,
  failedFiles: count,
  /** Sums over tasks whose plan is known; `unknownTasks` says how many are missing from them. */
  plannedFiles: count,
  plannedBytes: count,
  unknownTasks: count,
  bytesPerSecond: z.number().nonnegative(),
  filesPerSecond: z.number().nonnegative(),
  /** At the present rate; absent while nothing moves or a total is unknown. */
  etaMs: z.number().nonnegative().optional(),
  runningAgents: count,
})
export type FleetSummary = z.infer<typeof fleetSummarySchema>

interface FleetTask {
  readonly status: TaskStatus
  readonly owner?: string | undefined
  readonly progress?: TaskProgress | undefined
}

/** Canceled tasks count as tasks, not as work. */
export function summarizeFleet(tasks: Iterable<FleetTask>): FleetSummary {
  const byStatus = Object.fromEntries(TASK_STATUSES.map((status) => [status, 0])) as Record<TaskStatus, number>
  const owners = new Set<string>()
  const sum = {
    taskCount: 0,
    migratedFiles: 0,
    migratedBytes: 0,
    failedFiles: 0,
    plannedFiles: 0,
    plannedBytes: 0,
    unknownTasks: 0,
    bytesPerSecond: 0,
    filesPerSecond: 0,
  }
  for (const { status, owner, progress } of tasks) {
    sum.taskCount += 1
    byStatus[status] += 1
    if (status === 'canceled') continue
    if (progress?.plannedFiles === undefined || progress.plannedBytes === undefined) sum.unknownTasks += 1
    else {
      sum.plannedFiles += progress.plannedFiles
      sum.plannedBytes += progress.plannedBytes
    }
    if (!progress) continue
    sum.migratedFiles += progress.migratedFiles
    sum.migratedBytes += progress.migratedBytes
    sum.failedFiles += progress.failedFiles
    if (status !== 'inProgress') continue
    sum.bytesPerSecond += progress.bytesPerSecond
    sum.filesPerSecond += progress.filesPerSecond
    if (owner !== undefined) owners.add(owner)
  }
  const etaMs = remainingMs(sum)
  return { ...sum, byStatus, runningAgents: owners.size, ...(etaMs === undefined ? {} : { etaMs }) }
}

/** The slower of bytes and files decides: many small files move few bytes. */
function remainingMs(sum: Omit<FleetSummary, 'byStatus' | 'runningAgents'>): number | undefined {
  const files = Math.max(0, sum.plannedFiles - sum.migratedFiles - sum.failedFiles)
  const bytes = Math.max(0, sum.plannedBytes - sum.migratedBytes)
  if (sum.unknownTasks > 0 || sum.filesPerSecond === 0 || files === 0) return undefined
  const byBytes = sum.bytesPerSecond === 0 ? 0 : bytes / sum.bytesPerSecond
  return Math.max(files / sum.filesPerSecond, byBytes) * 1000
}

/** Weights of the stages of one task; highly approximate, only the order and that it never moves back matter. */
const STAGE_STARTS = {
  waiting: 0,
  scanning: 0,
  planning: 0.05,
  transferring: 0.06,
  verifying: 0.93,
  reporting: 0.99,
  done: 1,
} as const
const TRANSFER_SPAN = STAGE_STARTS.verifying - STAGE_STARTS.transferring

/** 0…1 of one task, or undefined while its size is unknown. */
export function fractionDone(progress: TaskProgress): number | undefined {
  if (progress.stage === 'done') return 1
  if (progress.plannedFiles === undefined || progress.plannedBytes === undefined) return undefined
  if (progress.stage !== 'transferring') return STAGE_STARTS[progress.stage]
  const files = progress.plannedFiles === 0 ? 1 : (progress.migratedFiles + progress.failedFiles) / progress.plannedFiles
  const bytes = progress.plannedBytes === 0 ? files : progress.migratedBytes / progress.plannedBytes
  return STAGE_STARTS.transferring + TRANSFER_SPAN * Math.min(1, (files + bytes) / 2)
}
