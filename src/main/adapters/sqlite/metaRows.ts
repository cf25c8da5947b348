import { z } from 'zod'
import { taskIdSchema } from '../../../shared/domain/ids.ts'
import { taskSchema, taskStatusSchema } from '../../../shared/domain/task.ts'
import { type JournalMeta, ROUND_STAGES } from '../../engine/ports/journal.ts'
import type { Connection } from './connection.ts'
import { text } from './rows.ts'
import { damaged } from './sqliteErrors.ts'

const metaSchema = z.object({
  taskId: taskIdSchema.optional(),
  shard: z.string().default('whole'),
  round: z.number().int().nonnegative().default(0),
  task: taskSchema.optional(),
  agentName: z.string().optional(),
  epoch: z.number().int().nonnegative().optional(),
  followsOthers: z.boolean().default(false),
  stage: z.enum(ROUND_STAGES).default('opened'),
  place: z
    .object({
      driveId: z.string(),
      rootItemId: z.string(),
      webUrl: z.string(),
      serverRelativePath: z.string(),
      isLibraryRoot: z.boolean(),
      blocksScriptTypes: z.boolean(),
      isNew: z.boolean(),
    })
    .optional(),
  startedAtMs: z.number().optional(),
  endedAtMs: z.number().optional(),
  status: taskStatusSchema.optional(),
  reason: z.string().optional(),
  sentBytes: z.number().default(0),
  workedMs: z.number().default(0),
  extraItemCount: z.number().default(0),
  spentUnits: z
    .object({ package: z.number(), session: z.number(), shared: z.number() })
    .default({ package: 0, session: 0, shared: 0 }),
  listing: z.enum(['existing', 'imported', 'arrived']).optional(),
})

/** One row per member, so that a counter does not rewrite the task. */
export function readMeta(connection: Connection): JournalMeta {
  const members: Record<string, unknown> = {}
  for (const row of connection.all('SELECT key, value FROM meta')) members[text(row.key)] = JSON.parse(text(row.value))
  const parsed = metaSchema.safeParse(members)
  if (!parsed.success) throw damaged(`its meta data ${z.prettifyError(parsed.error)}`)
  const meta = parsed.data
  return {
    taskId: meta.taskId,
    shard: meta.shard,
    round: meta.round,
    task: meta.task,
    agentName: meta.agentName,
    epoch: meta.epoch,
    followsOthers: meta.followsOthers,
    stage: meta.stage,
    place: meta.place,
    startedAtMs: meta.startedAtMs,
    endedAtMs: meta.endedAtMs,
    status: meta.status,
    reason: meta.reason,
    sentBytes: meta.sentBytes,
    workedMs: meta.workedMs,
    extraItemCount: meta.extraItemCount,
    listing: meta.listing,
    spentUnits: meta.spentUnits,
  }
}

/** Inside a transaction of the caller. A member that is undefined is forgotten. */
export function writeMeta(connection: Connection, change: Partial<JournalMeta>): void {
  for (const [key, value] of Object.entries(change)) {
    if (value === undefined) connection.run('DELETE FROM meta WHERE key = ?', key)
    else connection.run('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)', key, JSON.stringify(value))
  }
}
