import { z } from 'zod'
import { agentIdSchema } from '../../../shared/domain/ids.ts'
import { taskProgressSchema } from '../../../shared/domain/progress.ts'
import { queueKey, queueRank } from '../../../shared/domain/queueRank.ts'
import { type Task, taskSchema, taskStatusSchema } from '../../../shared/domain/task.ts'
import { MigrationError } from '../../../shared/errors.ts'
import { LIST_NOTE_ADVISED_MAX_UTF16 } from '../../../shared/limits.ts'
import type { TaskRecord } from '../../engine/ports/coordination.ts'

/** Raised when older installs could misread a row. */
const SCHEMA_VERSION = 1

const text = z.string().nullish()
const fieldsSchema = z.object({
  TaskKey: z.string(),
  Status: taskStatusSchema,
  Owner: text,
  OwnerSession: text,
  Epoch: z.coerce.number().int().nonnegative(),
  Round: z.coerce.number().int().nonnegative(),
  HeartbeatAt: text,
  Request: z.enum(['pause', 'cancel']).nullish().catch(undefined),
  Nonce: text,
  SchemaVersion: z.coerce.number().int(),
  TaskJson: z.string(),
  ProgressJson: text,
  Reason: text,
  DueAt: text,
})

const rowSchema = z.object({
  id: z.coerce.string(),
  eTag: z.string().optional(),
  '@odata.etag': z.string().optional(),
  lastModifiedDateTime: z.string().optional(),
  fields: z.unknown().optional(),
})

export interface Row {
  readonly itemId: string
  readonly nonce: string | undefined
  readonly record: TaskRecord
}

/** A row as people and machines left it. undefined = it is not a task that this version can read; such rows are nobody's to touch. */
export function readRow(item: unknown): Row | undefined {
  const row = rowSchema.safeParse(item).data
  const fields = fieldsSchema.safeParse(row?.fields).data
  const eTag = row?.eTag ?? row?.['@odata.etag']
  if (!row || !fields || eTag === undefined || fields.SchemaVersion > SCHEMA_VERSION) return undefined
  const task = taskSchema.safeParse(parseJson(fields.TaskJson)).data
  if (task?.id !== fields.TaskKey) return undefined
  return {
    itemId: row.id,
    nonce: fields.Nonce ?? undefined,
    record: {
      task,
      status: fields.Status,
      round: fields.Round,
      owner: agentIdSchema.safeParse(fields.Owner).data,
      ownerSession: present(fields.OwnerSession),
      epoch: fields.Epoch,
      heartbeatAt: present(fields.HeartbeatAt),
      progress: taskProgressSchema.safeParse(parseJson(fields.ProgressJson)).data,
      reason: present(fields.Reason),
      request: fields.Request ?? undefined,
      dueAt: present(fields.DueAt),
      eTag,
      modifiedAt: row.lastModifiedDateTime ?? task.createdAt,
    },
  }
}

/** The fields of a new row. Errors: INPUT_TASK_FILE when the task is too large for a row. */
export function newFields(
  task: Task,
  { nonce, dueAt, nowMs }: { readonly nonce: string; readonly dueAt: string | undefined; readonly nowMs: number },
): Record<string, unknown> {
  const begin = { task, status: 'queued', dueAt, progress: undefined } as const
  return {
    Title: task.name,
    TaskKey: task.id,
    Status: 'queued',
    Rank: queueRank(begin, nowMs),
    Queue: queueKey(begin),
    ...(task.part === undefined ? {} : { PartOf: task.part.of }),
    Epoch: 0,
    Round: 0,
    Nonce: nonce,
    SchemaVersion: SCHEMA_VERSION,
    TaskJson: taskJson(task),
    ...(dueAt === undefined ? {} : { DueAt: dueAt }),
  }
}

/** Only the members that differ, and the place in the queue; null clears a column. Errors: INPUT_TASK_FILE. */
export function changedFields(
  before: TaskRecord,
  after: TaskRecord,
  { nonce, nowMs }: { readonly nonce: string; readonly nowMs: number },
): Record<string, unknown> {
  const fields: Record<string, unknown> = { Nonce: nonce, Rank: queueRank(after, nowMs), Queue: queueKey(after) ?? null }
  if (after.ownerSession !== before.ownerSession) fields.OwnerSession = after.ownerSession ?? null
  if (after.task !== before.task) Object.assign(fields, { Title: after.task.name, TaskJson: taskJson(after.task) })
  if (after.status !== before.status) fields.Status = after.status
  if (after.round !== before.round) fields.Round = after.round
  if (after.epoch !== before.epoch) fields.Epoch = after.epoch
  if (after.owner !== before.owner) fields.Owner = after.owner ?? null
  if (after.heartbeatAt !== before.heartbeatAt) fields.HeartbeatAt = after.heartbeatAt ?? null
  if (after.request !== before.request) fields.Request = after.request ?? null
  if (after.reason !== before.reason) fields.Reason = after.reason?.slice(0, LIST_NOTE_ADVISED_MAX_UTF16) ?? null
  if (after.dueAt !== before.dueAt) fields.DueAt = after.dueAt ?? null
  if (after.progress !== before.progress)
    fields.ProgressJson = after.progress === undefined ? null : JSON.stringify(after.progress)
  return fields
}

function taskJson(task: Task): string {
  const json = JSON.stringify(task)
  if (json.length <= LIST_NOTE_ADVISED_MAX_UTF16) return json
  throw new MigrationError(
    'INPUT_TASK_FILE',
    `The task ${task.name} is too large for the task list (${json.length} characters of ${LIST_NOTE_ADVISED_MAX_UTF16}).`,
    {
      remedy: { kind: 'stopTask' },
      fix: 'Give it fewer filters and tags, or split it into several tasks.',
    },
  )
}

const present = (value: string | null | undefined): string | undefined => (value === null || value === '' ? undefined : value)

function parseJson(json: string | null | undefined): unknown {
  if (json === null || json === undefined || json === '') return undefined
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
