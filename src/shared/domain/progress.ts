import { z } from 'zod'
import { SIZE_CLASS_COUNT, sizeClassWorkSchema } from './sizeClass.ts'

const count = z.number().int().nonnegative()

/** Totals of one task and round. Bytes of files; sent ≥ accepted ≥ migrated. Totals are absent until the scan knows them. */
export const taskProgressSchema = z.object({
  stage: z.enum(['waiting', 'scanning', 'planning', 'transferring', 'verifying', 'reporting', 'done']),
  scannedFiles: count,
  scannedFolders: count,
  scannedBytes: count,
  plannedFiles: count.optional(),
  plannedBytes: count.optional(),
  /** At the destination whole; proved or not yet. */
  uploadedFiles: count.default(0),
  /** Bytes that the destination holds, also of files that are not whole yet. */
  uploadedBytes: count.default(0),
  /** Proved. */
  migratedFiles: count,
  migratedBytes: count,
  /** Bytes handed to the network, also of attempts that failed. */
  sentBytes: count,
  failedFiles: count,
  skippedItems: count,
  /** Measured over the last minute. */
  bytesPerSecond: z.number().nonnegative(),
  filesPerSecond: z.number().nonnegative(),
  /** Absent while unknown. */
  etaMs: z.number().nonnegative().optional(),
  /** Of the whole round; never falls while one process works on it. Absent until the plan knows the totals. */
  fraction: z.number().min(0).max(1).optional(),
  /** By size class, what the scan found and what the transfer measured; only of this process. */
  sizeClasses: z.array(sizeClassWorkSchema).length(SIZE_CLASS_COUNT).optional(),
  /** Time spent with the transfer so far, in this process. */
  transferMs: z.number().nonnegative().optional(),
  /** What the files in flight waited for, with the weight of the last minutes. */
  spent: z
    .object({ readingMs: z.number().nonnegative(), sendingMs: z.number().nonnegative(), importingMs: z.number().nonnegative() })
    .optional(),
  /** Of a task that was cut: how the share of its own agent ended, and how many parts were given away. They are not counted here. */
  share: z
    .object({ status: z.enum(['completed', 'completedWithIssues']), reason: z.string().optional(), partCount: count })
    .optional(),
  /** Why nothing moves right now, in words. */
  waitingFor: z.string().optional(),
  at: z.iso.datetime(),
})
export type TaskProgress = z.infer<typeof taskProgressSchema>
export type ProgressStage = TaskProgress['stage']
