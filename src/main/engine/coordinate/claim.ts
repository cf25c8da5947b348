import type { AgentId } from '../../../shared/domain/ids.ts'
import { groupOf, isSameGroup, PRIORITIES, priorityOf } from '../../../shared/domain/taskRank.ts'
import { LEASE_MS } from '../../../shared/limits.ts'
import type { TaskRecord } from '../ports/coordination.ts'
import { readinessOf } from '../schedule/occurrences.ts'
import { shareOf } from './foldParts.ts'

export type Claimability =
  | { readonly kind: 'claimable'; readonly because: 'queued' | 'ownAgain' | 'leaseExpired' }
  /** `why` is shown to people: nothing waits without a reason. */
  | { readonly kind: 'notNow'; readonly why: string }

export interface Claimer {
  readonly agentId: AgentId
  /** Of the agent; absent = it works for every group. Scans run in every group. */
  readonly group?: string | undefined
  readonly serverNowMs: number
}

/**
 * May this agent take this task? Judged by the server's clock only. An agent finds its own unfinished task again at once after a restart;
 * a task of another agent is free when its owner has shown no life for a lease.
 */
export function claimability(record: TaskRecord, options: Claimer): Claimability {
  if (options.group !== undefined && !suits(record, options.group))
    return { kind: 'notNow', why: `for agents of group ${groupOf(record.task)}` }
  switch (record.status) {
    case 'queued': {
      const ready = readinessOf(record.task.schedule, {
        dueAtMs: record.dueAt === undefined ? undefined : Date.parse(record.dueAt),
        nowMs: options.serverNowMs,
      })
      if (ready.kind !== 'due') return { kind: 'notNow', why: 'not due yet' }
      return record.owner === undefined || record.owner === options.agentId
        ? { kind: 'claimable', because: 'queued' }
        : whenExpired(record, options.serverNowMs)
    }
    case 'inProgress':
      if (shareOf(record) && record.owner === undefined) return { kind: 'notNow', why: 'its parts are in work' }
      return record.owner === options.agentId
        ? { kind: 'claimable', because: 'ownAgain' }
        : whenExpired(record, options.serverNowMs)
    case 'paused':
      return { kind: 'notNow', why: 'paused by a person; resume it to go on' }
    case 'readyToMigrate':
      return { kind: 'notNow', why: 'scanned only; start it to migrate' }
    case 'completed':
    case 'completedWithIssues':
    case 'failed':
    case 'canceled':
      return { kind: 'notNow', why: 'ended' }
  }
}

function whenExpired(record: TaskRecord, serverNowMs: number): Claimability {
  const lastLifeMs = Date.parse(record.heartbeatAt ?? record.modifiedAt)
  const leftMs = lastLifeMs + LEASE_MS - serverNowMs
  if (leftMs <= 0) return { kind: 'claimable', because: 'leaseExpired' }
  return { kind: 'notNow', why: `in work on agent ${record.owner ?? 'unknown'}` }
}

function suits({ task }: TaskRecord, group: string): boolean {
  return task.settings.isScanOnly || isSameGroup(groupOf(task), group)
}

/** The tasks that this agent may take, its own unfinished ones first; then as compareRank has it. */
export function claimOrder(records: readonly TaskRecord[], options: Claimer): readonly TaskRecord[] {
  const rank = { ownAgain: 0, queued: 1, leaseExpired: 2 }
  return records
    .flatMap((record) => {
      const judged = claimability(record, options)
      return judged.kind === 'claimable' ? [{ record, rank: rank[judged.because] }] : []
    })
    .sort((a, b) => a.rank - b.rank || compareRank(a.record, b.record))
    .map(({ record }) => record)
}

/** The more urgent first, then what is due first, then the larger (it takes longest, and would end last), then the older. */
export function compareRank(a: TaskRecord, b: TaskRecord): number {
  const urgency = ({ task }: TaskRecord) => PRIORITIES.indexOf(priorityOf(task))
  const sizeBytes = ({ progress }: TaskRecord) => progress?.plannedBytes ?? progress?.scannedBytes ?? 0
  return (
    urgency(a) - urgency(b) ||
    (a.dueAt ?? '').localeCompare(b.dueAt ?? '') ||
    sizeBytes(b) - sizeBytes(a) ||
    a.task.createdAt.localeCompare(b.task.createdAt)
  )
}
