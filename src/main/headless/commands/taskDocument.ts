import type { TaskRecord } from '../../host/index.ts'

/** What `--json` shows of a task. */
export function taskDocument(record: TaskRecord): object {
  const { task, status, round, owner, progress, reason, request, heartbeatAt, dueAt } = record
  return { ...task, status, round, dueAt, agent: owner, progress, reason, request, heartbeatAt }
}
