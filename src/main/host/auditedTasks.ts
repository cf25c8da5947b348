import { describeSchedule } from '../../shared/domain/windowText.ts'
import type { TaskRecord } from '../engine/ports/coordination.ts'
import type { AuditLog } from './auditLog.ts'
import type { RetryOptions, Tasks } from './tasks.ts'

/** The same tasks; whatever a person changes through them is noted afterwards, with what it was changed to. */
export function auditedTasks(tasks: Tasks, audit: Pick<AuditLog, 'record'>): Tasks {
  async function noted(
    change: Promise<TaskRecord>,
    deed: { readonly action: string; readonly detail?: (record: TaskRecord) => string; readonly signal: AbortSignal },
  ): Promise<TaskRecord> {
    const record = await change
    const { id, name } = record.task
    await audit.record(
      { action: deed.action, taskId: id, subject: name, ...(deed.detail ? { detail: deed.detail(record) } : {}) },
      deed.signal,
    )
    return record
  }
  const whole = ({ task }: TaskRecord) => JSON.stringify(task)
  return {
    list: (signal) => tasks.list(signal),
    find: (reference, signal) => tasks.find(reference, signal),
    add: (draft, signal) => noted(tasks.add(draft, signal), { action: 'task.added', detail: whole, signal }),
    clone: (reference, draft, signal) =>
      noted(tasks.clone(reference, draft, signal), { action: 'task.cloned', detail: whole, signal }),
    edit: (reference, edit, signal) =>
      noted(tasks.edit(reference, edit, signal), { action: 'task.edited', detail: () => JSON.stringify(edit), signal }),
    rank: (reference, rank, signal) =>
      noted(tasks.rank(reference, rank, signal), { action: 'task.ranked', detail: () => JSON.stringify(rank), signal }),
    schedule: (reference, schedule, signal) =>
      noted(tasks.schedule(reference, schedule, signal), {
        action: 'task.scheduled',
        detail: () => (schedule ? describeSchedule(schedule) : 'none'),
        signal,
      }),
    pause: (reference, signal) => noted(tasks.pause(reference, signal), { action: 'task.paused', signal }),
    resume: (reference, signal) => noted(tasks.resume(reference, signal), { action: 'task.resumed', signal }),
    cancel: (reference, signal) => noted(tasks.cancel(reference, signal), { action: 'task.canceled', signal }),
    retry: (reference, signal, options) =>
      noted(tasks.retry(reference, signal, options), {
        action: 'task.retried',
        detail: ({ round }) => `R${round}${restrictionOf(options)}`,
        signal,
      }),
    remove: (reference, signal) => noted(tasks.remove(reference, signal), { action: 'task.deleted', detail: whole, signal }),
  }
}

function restrictionOf({ isFailedOnly = false, causes = [] }: RetryOptions = {}): string {
  if (causes.length > 0) return `, only ${causes.join(', ')}`
  return isFailedOnly ? ', only what failed' : ''
}
