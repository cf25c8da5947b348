import { taskIdSchema } from '../../shared/domain/ids.ts'
import type { TaskSchedule } from '../../shared/domain/schedule.ts'
import { type TaskSettings, taskSettingsSchema } from '../../shared/domain/settings.ts'
import { type DestinationSpec, type SourceSpec, type Task, type TaskStatus, taskSchema } from '../../shared/domain/task.ts'
import { type ErrorCode, MigrationError } from '../../shared/errors.ts'
import { shareOf } from '../engine/coordinate/foldParts.ts'
import type { Coordination, TaskChange, TaskRecord } from '../engine/ports/coordination.ts'
import type { Clock, Random } from '../engine/ports/runtime.ts'
import { firstDue } from '../engine/schedule/occurrences.ts'

/** What a person says when creating a task; the rest has defaults. */
export interface TaskDraft {
  readonly name?: string | undefined
  readonly source: SourceSpec
  readonly destination: DestinationSpec
  readonly settings?: Partial<TaskSettings> | undefined
  readonly tags?: readonly string[] | undefined
  readonly group?: Task['group']
  readonly priority?: Task['priority']
  readonly schedule?: TaskSchedule | undefined
  /** Names of the settings that were chosen for this task itself; the others came from a level above. */
  readonly chosenSettings?: readonly string[] | undefined
}

export type TaskEdit = Partial<Pick<Task, 'name' | 'destination' | 'tags'>> & { readonly settings?: Partial<TaskSettings> }

/** Who works on a task, and how soon. */
export type TaskRank = Pick<Task, 'group' | 'priority'>

/** What the next round tries; without either everything that is missing or changed. */
export interface RetryOptions {
  /** Nothing but the items that failed in the last round. */
  readonly isFailedOnly?: boolean | undefined
  /** Nothing but the items that stayed behind for these reasons, and what has come since. */
  readonly causes?: readonly ErrorCode[] | undefined
}

/** Everything people do with tasks. Each action is one conditional change of one row; it is refused with a sentence when the state forbids it. */
export interface Tasks {
  add(draft: TaskDraft, signal: AbortSignal): Promise<TaskRecord>
  list(signal: AbortSignal): Promise<readonly TaskRecord[]>
  /** By id, by the first characters of an id, or by exact name when only one task has it. */
  find(reference: string, signal: AbortSignal): Promise<TaskRecord>
  /** A new task like another one, with what the draft says instead. */
  clone(reference: string, draft: Partial<TaskDraft>, signal: AbortSignal): Promise<TaskRecord>
  edit(reference: string, edit: TaskEdit, signal: AbortSignal): Promise<TaskRecord>
  /** Also of a running task, for its later rounds; it moves to another group only while nobody works on it. */
  rank(reference: string, rank: TaskRank, signal: AbortSignal): Promise<TaskRecord>
  /** From now on; undefined = as soon as an agent is free. A task that has ended is queued for its next moment. Errors: INPUT_SETTINGS. */
  schedule(reference: string, schedule: TaskSchedule | undefined, signal: AbortSignal): Promise<TaskRecord>
  pause(reference: string, signal: AbortSignal): Promise<TaskRecord>
  /** A paused task goes on; a scanned one starts to migrate. */
  resume(reference: string, signal: AbortSignal): Promise<TaskRecord>
  cancel(reference: string, signal: AbortSignal): Promise<TaskRecord>
  /** Starts the next round of an ended task: what already arrived is not sent again. */
  retry(reference: string, signal: AbortSignal, options?: RetryOptions): Promise<TaskRecord>
  remove(reference: string, signal: AbortSignal): Promise<TaskRecord>
}

export function createTasks(deps: {
  readonly coordination: Coordination
  readonly clock: Clock
  readonly random: Random
  readonly createdBy: string
}): Tasks {
  const { coordination } = deps

  async function find(reference: string, signal: AbortSignal): Promise<TaskRecord> {
    const id = taskIdSchema.safeParse(reference)
    if (id.success) {
      const record = await coordination.get(id.data, signal)
      if (record) return record
    }
    const all = await coordination.list(signal)
    const matches = all.filter(({ task }) => task.name === reference || (reference.length >= 4 && task.id.startsWith(reference)))
    const [only] = matches
    if (only && matches.length === 1) return (await coordination.get(only.task.id, signal)) ?? only
    throw new MigrationError(
      'CRD_TASK_NOT_FOUND',
      only ? `${matches.length} tasks are called "${reference}".` : `There is no task "${reference}" in the task list.`,
      { remedy: { kind: 'stopTask' }, fix: only ? 'Name the task by its id.' : 'portage task list shows all tasks.' },
    )
  }

  /** Decides on the fresh row and applies; a row that changed meanwhile is decided on again. */
  async function act(
    reference: string,
    signal: AbortSignal,
    decide: (record: TaskRecord) => TaskChange | 'nothing',
  ): Promise<TaskRecord> {
    let record = await find(reference, signal)
    for (;;) {
      const change = decide(record)
      if (change === 'nothing') return record
      const changed = await coordination.change(record, change, signal)
      if (changed) return changed
      const fresh = await coordination.get(record.task.id, signal)
      if (!fresh) throw gone(record)
      record = fresh
    }
  }

  async function add(draft: TaskDraft, signal: AbortSignal): Promise<TaskRecord> {
    return coordination.add(createTask(draft, deps), signal, firstMoment(draft.schedule, coordination.serverNow()))
  }

  return {
    add,
    async clone(reference, draft, signal) {
      const { task } = await find(reference, signal)
      const { name, source, destination, settings, tags, group, priority, schedule } = task
      return add({ source, destination, settings, tags, group, priority, schedule, name: `${name} (copy)`, ...draft }, signal)
    },
    rank: (reference, rank, signal) =>
      act(reference, signal, (record) => {
        if (rank.group !== undefined)
          refuseUnless(
            record,
            ['queued', 'paused', 'readyToMigrate', 'completed', 'completedWithIssues', 'failed', 'canceled'],
            'moved to another group',
            'Pause it first: that frees its agent.',
          )
        return { task: taskSchema.parse({ ...record.task, ...rank }) }
      }),
    schedule: (reference, schedule, signal) =>
      act(reference, signal, (record) => {
        const { schedule: former, ...unscheduled } = record.task
        if (!schedule && !former) return 'nothing'
        const task = taskSchema.parse({ ...unscheduled, ...(schedule ? { schedule } : {}) })
        const { dueAt } = firstMoment(schedule, coordination.serverNow())
        if (record.status === 'inProgress') return { task }
        const due = dueAt === undefined ? { clear: ['dueAt'] as const } : { dueAt }
        if (record.status === 'queued' || record.status === 'paused') return { task, ...due }
        if (!schedule) return { task, clear: ['dueAt'] }
        return { task: again(task), status: 'queued', round: record.round + 1, ...due, clear: ['owner', 'request', 'reason'] }
      }),
    list: (signal) => coordination.list(signal),
    find,
    edit: (reference, edit, signal) =>
      act(reference, signal, (record) => {
        refuseUnless(
          record,
          // A round keeps the settings that it began with; what is changed between two holds for the next.
          ['queued', 'paused', 'readyToMigrate', 'completed', 'completedWithIssues', 'failed'],
          'edited',
          'Pause it first, or wait until it has ended.',
        )
        const task = taskSchema.parse({
          ...record.task,
          ...edit,
          settings: mergeSettings(record.task.settings, edit.settings),
          ...(edit.settings ? { chosenSettings: chosenWith(record.task.chosenSettings, edit.settings) } : {}),
          revision: record.task.revision + 1,
        })
        return { task }
      }),
    pause: (reference, signal) =>
      act(reference, signal, (record) => {
        if (record.status === 'paused' || record.request === 'pause') return 'nothing'
        refuseUnless(record, ['queued', 'inProgress'], 'paused', 'Only waiting and running tasks can be paused.')
        return isHeld(record) ? { request: 'pause' } : { status: 'paused' }
      }),
    resume: (reference, signal) =>
      act(reference, signal, (record) => {
        if (record.status === 'queued' || record.status === 'inProgress')
          return record.request ? { clear: ['request'] } : 'nothing'
        refuseUnless(record, ['paused', 'readyToMigrate'], 'resumed', 'Use "portage task retry" to start the next round.')
        if (shareOf(record)) return { status: 'inProgress', clear: ['request'] }
        if (record.status === 'paused') return { status: 'queued', clear: ['request', 'reason'] }
        const task = {
          ...again(record.task),
          settings: { ...record.task.settings, isScanOnly: false },
          revision: record.task.revision + 1,
        }
        return { task, status: 'queued', round: record.round + 1, clear: ['request', 'reason', 'owner', 'dueAt'] }
      }),
    cancel: (reference, signal) =>
      act(reference, signal, (record) => {
        if (record.status === 'canceled' || record.request === 'cancel') return 'nothing'
        refuseUnless(record, ['queued', 'paused', 'inProgress', 'readyToMigrate'], 'canceled', 'It has already ended.')
        return isHeld(record) ? { request: 'cancel' } : { status: 'canceled', clear: ['owner', 'request'] }
      }),
    retry: (reference, signal, options) =>
      act(reference, signal, (record) => {
        if (record.status === 'queued') return record.dueAt === undefined ? 'nothing' : { clear: ['dueAt'] }
        refuseUnless(
          record,
          ['completed', 'completedWithIssues', 'failed', 'canceled', 'readyToMigrate'],
          'retried',
          'Wait until it has ended.',
        )
        const task = restricted(again(record.task), record.round, options)
        return {
          task,
          status: 'queued',
          round: record.round + 1,
          clear: ['owner', 'request', 'reason', 'progress', 'dueAt'],
        }
      }),
    async remove(reference, signal) {
      const record = await find(reference, signal)
      refuseUnless(
        record,
        ['queued', 'paused', 'readyToMigrate', 'completed', 'completedWithIssues', 'failed', 'canceled'],
        'deleted',
        'Cancel it first.',
      )
      if (!(await coordination.remove(record, signal))) {
        throw new MigrationError('CRD_TASK_CHANGED', `Task "${record.task.name}" changed while it was being deleted.`, {
          remedy: { kind: 'stopTask' },
          fix: 'Look at it again with "portage task show" and repeat.',
        })
      }
      return record
    },
  }
}

/** Somebody works on it, who obeys. A round that waits for its parts has nobody. */
const isHeld = (record: TaskRecord): boolean => record.status === 'inProgress' && !(shareOf(record) && record.owner === undefined)

export function createTask(
  draft: TaskDraft,
  deps: { readonly clock: Clock; readonly random: Random; readonly createdBy: string },
): Task {
  return taskSchema.parse({
    id: deps.random.uuid(),
    name: draft.name ?? defaultName(draft),
    source: draft.source,
    destination: draft.destination,
    settings: mergeSettings(taskSettingsSchema.parse({}), draft.settings),
    chosenSettings: draft.chosenSettings ?? Object.keys(draft.settings ?? {}),
    tags: draft.tags ?? [],
    ...(draft.group === undefined ? {} : { group: draft.group }),
    ...(draft.priority === undefined ? {} : { priority: draft.priority }),
    ...(draft.schedule === undefined ? {} : { schedule: draft.schedule }),
    createdAt: new Date(deps.clock.now()).toISOString(),
    createdBy: deps.createdBy,
    revision: 1,
  })
}

/** For a whole round: what an earlier one was restricted to no longer holds. */
function again({ onlyFailedOf: _former, onlyCauses: _causes, ...task }: Task): Task {
  return task
}

function restricted(task: Task, round: number, { isFailedOnly = false, causes = [] }: RetryOptions = {}): Task {
  if (causes.length > 0) return { ...task, onlyFailedOf: round, onlyCauses: [...causes] }
  return isFailedOnly ? { ...task, onlyFailedOf: round } : task
}

function firstMoment(schedule: TaskSchedule | undefined, nowMs: number): Pick<TaskRecord, 'dueAt'> {
  if (!schedule) return {}
  const dueMs = firstDue(schedule, nowMs)
  if (dueMs !== undefined) return { dueAt: new Date(dueMs).toISOString() }
  throw new MigrationError('INPUT_SETTINGS', 'Every moment of this schedule has passed.', {
    remedy: { kind: 'stopTask' },
    fix: 'Give a start in the future, or let missed starts run.',
  })
}

function mergeSettings(settings: TaskSettings, change: Partial<TaskSettings> | undefined): TaskSettings {
  const parsed = taskSettingsSchema.safeParse({ ...settings, ...change })
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new MigrationError('INPUT_SETTINGS', `Setting ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not understood'}.`, {
    remedy: { kind: 'stopTask' },
    fix: 'portage task add --help shows what each setting takes.',
  })
}

const chosenWith = (before: readonly string[] | undefined, edit: Partial<TaskSettings>): readonly string[] => [
  ...new Set([...(before ?? []), ...Object.keys(edit)]),
]

function defaultName(draft: TaskDraft): string {
  const parts = draft.source.path.split(/[\\/]/).filter((part) => part !== '')
  return (parts.at(-1) ?? draft.source.path).slice(0, 255)
}

function refuseUnless(record: TaskRecord, allowed: readonly TaskStatus[], done: string, fix: string): void {
  if (allowed.includes(record.status)) return
  throw new MigrationError('CRD_TASK_STATE', `Task "${record.task.name}" cannot be ${done}: it is ${record.status}.`, {
    remedy: { kind: 'stopTask' },
    fix,
  })
}

function gone(record: TaskRecord): MigrationError {
  return new MigrationError('CRD_TASK_NOT_FOUND', `Task "${record.task.name}" was deleted meanwhile.`, {
    remedy: { kind: 'stopTask' },
    fix: 'portage task list shows what is left.',
  })
}
