import type { TaskChange, TaskRecord } from './coordination.ts'

/** The record after a change, before the list gave it a new eTag. `nowMs` is the server's clock. */
export function applyChange(record: TaskRecord, change: TaskChange, nowMs: number): TaskRecord {
  const clears = (member: NonNullable<TaskChange['clear']>[number]) => change.clear?.includes(member) ?? false
  const owner = clears('owner') ? undefined : (change.owner ?? record.owner)
  return {
    ...record,
    task: change.task ?? record.task,
    status: change.status ?? record.status,
    round: change.round ?? record.round,
    epoch: record.epoch + (change.raisesEpoch ? 1 : 0),
    owner,
    ownerSession: owner === undefined ? undefined : (change.ownerSession ?? record.ownerSession),
    progress: clears('progress') ? undefined : (change.progress ?? record.progress),
    reason: clears('reason') ? undefined : (change.reason ?? record.reason),
    request: clears('request') ? undefined : (change.request ?? record.request),
    dueAt: clears('dueAt') ? undefined : (change.dueAt ?? record.dueAt),
    heartbeatAt: owner === undefined ? undefined : isSignOfLife(change) ? new Date(nowMs).toISOString() : record.heartbeatAt,
  }
}

/** What people ask of a task (request, edit, status) says nothing about its owner's life; claims, progress and empty changes do. */
function isSignOfLife(change: TaskChange): boolean {
  return (
    change.raisesEpoch === true || change.owner !== undefined || change.progress !== undefined || Object.keys(change).length === 0
  )
}
