import type { AgentId } from '../../../shared/domain/ids.ts'
import { LEASE_MS } from '../../../shared/limits.ts'
import type { TaskRecord } from '../ports/coordination.ts'

export type Claimability =
  | { readonly kind: 'claimable'; readonly because: 'queued' | 'ownAgain' | 'leaseExpired' }
  /** `why` is shown to people: nothing waits without a reason. */
  | { readonly kind: 'notNow'; readonly why: string }

/**
 * May this agent take this task? Judged by the server's clock only. An agent finds its own unfinished task again at once after a restart;
 * a task of another agent is free when its owner has shown no life for a lease.
 */
export function claimability(
  record: TaskRecord,
  options: { readonly agentId: AgentId; readonly serverNowMs: number },
): Claimability {
  switch (record.status) {
    case 'queued':
      return record.owner === undefined || record.owner === options.agentId
        ? { kind: 'claimable', because: 'queued' }
        : whenExpired(record, options.serverNowMs)
    case 'inProgress':
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

/** The tasks that this agent may take, its own unfinished ones first, then the oldest. */
export function claimOrder(
  records: readonly TaskRecord[],
  options: { readonly agentId: AgentId; readonly serverNowMs: number },
): readonly TaskRecord[] {
  const rank = { ownAgain: 0, queued: 1, leaseExpired: 2 }
  return records
    .flatMap((record) => {
      const judged = claimability(record, options)
      return judged.kind === 'claimable' ? [{ record, rank: rank[judged.because] }] : []
    })
    .sort((a, b) => a.rank - b.rank || a.record.task.createdAt.localeCompare(b.record.task.createdAt))
    .map(({ record }) => record)
}
