import { createHash } from 'node:crypto'
import { type TaskId, taskIdSchema } from '../../shared/domain/ids.ts'
import type { TaskProgress } from '../../shared/domain/progress.ts'
import type { DestinationSpec, Task } from '../../shared/domain/task.ts'
import { groupOf, isSameGroup } from '../../shared/domain/taskRank.ts'
import { hasEnded } from '../engine/coordinate/foldParts.ts'
import { isPresent } from '../engine/coordinate/release.ts'
import { steerParts, type TendDeps } from '../engine/coordinate/tendParts.ts'
import type { ListedPart, PartDesk } from '../engine/parts/partDesk.ts'
import type { TaskRecord } from '../engine/ports/coordination.ts'
import { sourcePathOf } from '../engine/report/places.ts'
import type { RoundResult } from './agentLoop.ts'
import type { Host } from './createHost.ts'
import type { Tasks } from './tasks.ts'

/** The same for everybody and for ever: a part that is listed twice is listed once. */
export function partId(of: TaskId, round: number, path: string): TaskId {
  const hex = createHash('sha256').update(`${of} ${round} ${path}`).digest('hex')
  return taskIdSchema.parse(
    `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`,
  )
}

/** A part as a task of its own: everything below one folder, by the settings of the whole. */
export function partTask(
  whole: Task,
  { round, path, destPath, around }: Pick<ListedPart, 'path' | 'destPath' | 'around'> & { readonly round: number },
): Task {
  const { schedule: _schedule, part, onlyFailedOf: _former, ...task } = whole
  const of = part?.of ?? whole.id
  const within = part === undefined ? path : `${part.path}/${path}`
  return {
    ...task,
    id: partId(of, round, within),
    name: `${whole.name}/${path}`.slice(0, 255),
    source: { ...whole.source, path: sourcePathOf(whole.source.path, path) },
    destination: below(whole.destination, destPath),
    // The folder is there before the part is listed; one that somebody removes in between is made again.
    settings: { ...whole.settings, createDestination: true },
    tags: [],
    part: { of, round, path: within, around: around.map(({ createdMs, modifiedMs }) => ({ createdMs, modifiedMs })) },
    revision: 1,
  }
}

function below(destination: DestinationSpec, path: string): DestinationSpec {
  return { ...destination, folder: destination.folder === '' ? path : `${destination.folder}/${path}` }
}

/**
 * Where this agent gives folders of a task away. undefined = the task is not cut: its permissions are compared with what its folders inherit,
 * which only one who sees all of them can do; or it only scans.
 */
export function createPartDesk(
  host: Pick<Host, 'service'>,
  {
    agentId,
    record,
  }: {
    readonly agentId: string
    readonly record: TaskRecord
  },
): PartDesk | undefined {
  const { task } = record
  const { service } = host
  const { settings, part } = task
  if (settings.permissions !== 'none' || settings.isScanOnly || task.onlyFailedOf !== undefined) return undefined
  const round = part?.round ?? record.round
  return {
    async helperCount(signal) {
      const nowMs = service.coordination.serverNow()
      const rows = await service.agents.list(signal)
      const idle = rows.filter((row) => {
        const { terms, beat } = row.value
        if (row.key === agentId || !beat || !terms.isEnabled || !isPresent(row, nowMs)) return false
        return isSameGroup(terms.group, groupOf(task)) && beat.running.length < beat.places
      }).length
      if (idle === 0) return 0
      // Those who are idle are about to take what waits already.
      const waiting = (await service.shards.partsOf(part?.of ?? task.id, signal)).filter(({ status }) => status === 'queued')
      return Math.max(0, idle - waiting.length)
    },
    async listed(signal) {
      const rows = await service.shards.partsOf(part?.of ?? task.id, signal)
      return rows.flatMap(({ task: { part: other, destination } }) => {
        if (other?.round !== round) return []
        const path = pathBelow(part?.path, other.path)
        const destPath = pathBelow(task.destination.folder, destination.folder)
        return path === undefined || destPath === undefined ? [] : [{ path, destPath }]
      })
    },
    async list({ path, destPath, around }, signal) {
      await service.shards.add(partTask(task, { round, path, destPath, around }), signal)
    },
  }
}

/** undefined = it is not below that folder. */
function pathBelow(around: string | undefined, path: string): string | undefined {
  if (around === undefined || around === '') return path
  return path.startsWith(`${around}/`) ? path.slice(around.length + 1) : undefined
}

const NOTHING_YET: TaskProgress = {
  stage: 'waiting',
  scannedFiles: 0,
  scannedFolders: 0,
  scannedBytes: 0,
  uploadedFiles: 0,
  uploadedBytes: 0,
  migratedFiles: 0,
  migratedBytes: 0,
  sentBytes: 0,
  failedFiles: 0,
  skippedItems: 0,
  bytesPerSecond: 0,
  filesPerSecond: 0,
  at: new Date(0).toISOString(),
}

/** A part whose task does not want it any more, and a share that is done already; undefined = there is something to do. */
export async function endedBefore(
  host: Pick<Host, 'service'>,
  record: TaskRecord,
  signal: AbortSignal,
): Promise<RoundResult | undefined> {
  const { part } = record.task
  const progress = record.progress ?? NOTHING_YET
  if (part === undefined) return record.progress?.share ? { status: 'inProgress', reason: record.reason, progress } : undefined
  const whole = await host.service.coordination.get(part.of, signal)
  if (!whole || whole.round !== part.round || hasEnded(whole) || whole.request === 'cancel')
    return { status: 'canceled', reason: 'The task it belongs to has ended.', progress }
  if (whole.status === 'paused' || whole.request === 'pause') return { status: 'paused', reason: undefined, progress }
  return undefined
}

/** The end of a round that was cut is the end of this agent's share: the task goes on until its last part has ended. */
export function withShare(
  result: RoundResult,
  { isPart, partCount }: { readonly isPart: boolean; readonly partCount: number },
): RoundResult {
  const { status, reason, progress } = result
  if (partCount === 0 || (status !== 'completed' && status !== 'completedWithIssues')) return result
  const share = { status, partCount, ...(reason === undefined ? {} : { reason }) }
  if (isPart) return { ...result, progress: { ...progress, share } }
  return {
    status: 'inProgress',
    reason: `Its own share is done; it ends with its ${partCount} parts.`,
    progress: { ...progress, share },
  }
}

/** The same tasks; what a person asks of one is asked of its parts. */
export function steeringTasks(tasks: Tasks, deps: TendDeps): Tasks {
  async function steering(change: Promise<TaskRecord>, signal: AbortSignal): Promise<TaskRecord> {
    const record = await change
    await steerParts(deps, record.task.id, signal)
    return record
  }
  return {
    ...tasks,
    pause: (reference, signal) => steering(tasks.pause(reference, signal), signal),
    resume: (reference, signal) => steering(tasks.resume(reference, signal), signal),
    cancel: (reference, signal) => steering(tasks.cancel(reference, signal), signal),
    retry: (reference, signal, options) => steering(tasks.retry(reference, signal, options), signal),
    remove: (reference, signal) => steering(tasks.remove(reference, signal), signal),
  }
}

/** For the audit: the end of a round that was cut, by whoever had its last piece. */
export function noteRoundEnd(host: Pick<Host, 'audit'>, agent: { readonly name: string }) {
  return async ({ task, round, status, reason }: TaskRecord, signal: AbortSignal): Promise<void> => {
    await host.audit.record(
      {
        action: 'round.stopped',
        taskId: task.id,
        subject: task.name,
        detail: `R${round} ${status}, with its last piece on agent ${agent.name}${reason === undefined ? '' : `: ${reason}`}`,
      },
      signal,
    )
  }
}
