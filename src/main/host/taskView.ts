import type { TaskView } from '../../shared/contract/views.ts'
import type { AgentId } from '../../shared/domain/ids.ts'
import { claimability } from '../engine/coordinate/claim.ts'
import type { TaskRecord } from '../engine/ports/coordination.ts'
import type { WaitingReason } from '../engine/waiting/waiting.ts'
import type { VersionedTask } from './eventHub.ts'

/** A row of the shared list for screens. `reason` is filled whenever the task does not move: nothing waits without saying why. */
export function taskView(
  record: TaskRecord,
  options: { readonly agentId: AgentId; readonly serverNowMs: number; readonly waiting?: WaitingReason | undefined },
): VersionedTask {
  const { waiting } = options
  const reason = waiting
    ? [waiting.text, record.reason].filter((text) => text !== undefined).join(' ')
    : (record.reason ?? whyItWaits(record, options))
  const view: TaskView = {
    task: record.task,
    status: record.status,
    round: record.round,
    modifiedAt: record.modifiedAt,
    ...(record.owner === undefined ? {} : { owner: record.owner }),
    ...(record.heartbeatAt === undefined ? {} : { heartbeatAt: record.heartbeatAt }),
    ...(record.progress === undefined ? {} : { progress: record.progress }),
    ...(reason === undefined ? {} : { reason }),
    ...(waiting ? { waiting: { ...waiting } } : {}),
    ...(record.dueAt === undefined ? {} : { dueAt: record.dueAt }),
    ...(record.request === undefined ? {} : { request: record.request }),
  }
  return { view, version: `${record.eTag} ${reason ?? ''}` }
}

/** Why nobody works on a row, in words; undefined when somebody does or it has ended. */
export function whyItWaits(
  record: TaskRecord,
  options: { readonly agentId: AgentId; readonly serverNowMs: number },
): string | undefined {
  const judged = claimability(record, options)
  if (record.status === 'paused' || record.status === 'readyToMigrate') return judged.kind === 'notNow' ? judged.why : undefined
  if (record.status === 'queued') return judged.kind === 'notNow' ? judged.why : 'Waits for an agent that is free.'
  if (record.status === 'inProgress' && judged.kind === 'claimable' && judged.because === 'leaseExpired') {
    return `Agent ${record.owner ?? 'unknown'} shows no life; the next free agent takes over.`
  }
  return undefined
}
