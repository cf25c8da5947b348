import type { TaskProgress } from '../../shared/domain/progress.ts'
import { taskProgressSchema } from '../../shared/domain/progress.ts'
import type { DestinationSpec, TaskStatus } from '../../shared/domain/task.ts'
import { claimability } from '../engine/coordinate/claim.ts'
import type { TaskRecord } from '../engine/ports/coordination.ts'
import type { Host } from './createHost.ts'

export interface TaskLine {
  readonly id: string
  readonly name: string
  readonly destination: DestinationSpec
  readonly status: TaskStatus
  readonly round: number
  readonly agent: string | undefined
  readonly progress: TaskProgress | undefined
  /** Why it is not running, or what is wrong, in words. */
  readonly why: string | undefined
  readonly isEnded: boolean
}

export interface ProjectStatus {
  readonly at: string
  readonly tasks: readonly TaskLine[]
  readonly totals: {
    readonly migratedFiles: number
    /** At the destination, proved or not yet. */
    readonly doneFiles: number
    readonly doneBytes: number
    /** Planned where a plan exists, else scanned so far. */
    readonly knownFiles: number
    readonly migratedBytes: number
    readonly knownBytes: number
    readonly failedFiles: number
    readonly bytesPerSecond: number
    readonly filesPerSecond: number
    /** The longest of the running tasks; absent while any is unknown. */
    readonly etaMs: number | undefined
  }
}

/** The whole project as the task list shows it; the tasks of this machine's own agent with its fresher numbers. */
export async function readStatus(host: Host, signal: AbortSignal): Promise<ProjectStatus> {
  const records = await host.tasks.list(signal)
  const agentId = host.environment.workFolder.agent().id
  const serverNowMs = host.service.coordination.serverNow()
  const tasks = records.map((record) => taskLine(record, { agentId, serverNowMs, local: localProgress(host, record) }))
  const running = tasks.filter((task) => task.status === 'inProgress')
  const sum = (of: (progress: TaskProgress) => number) =>
    tasks.reduce((total, { progress }) => total + (progress ? of(progress) : 0), 0)
  const etas = running.map((task) => task.progress?.etaMs)
  return {
    at: new Date(host.environment.clock.now()).toISOString(),
    tasks,
    totals: {
      migratedFiles: sum((progress) => progress.migratedFiles),
      doneFiles: sum((progress) => progress.uploadedFiles),
      doneBytes: sum((progress) => progress.uploadedBytes),
      knownFiles: sum((progress) => progress.plannedFiles ?? progress.scannedFiles),
      migratedBytes: sum((progress) => progress.migratedBytes),
      knownBytes: sum((progress) => progress.plannedBytes ?? progress.scannedBytes),
      failedFiles: sum((progress) => progress.failedFiles),
      bytesPerSecond: running.reduce((total, { progress }) => total + (progress?.bytesPerSecond ?? 0), 0),
      filesPerSecond: running.reduce((total, { progress }) => total + (progress?.filesPerSecond ?? 0), 0),
      etaMs: etas.length > 0 && etas.every((eta) => eta !== undefined) ? Math.max(...etas) : undefined,
    },
  }
}

function taskLine(
  record: TaskRecord,
  options: {
    readonly agentId: Parameters<typeof claimability>[1]['agentId']
    readonly serverNowMs: number
    readonly local: TaskProgress | undefined
  },
): TaskLine {
  const { task, status } = record
  const progress = freshest(record.progress, options.local)
  const judged = claimability(record, options)
  const waits =
    status === 'queued'
      ? judged.kind === 'claimable'
        ? 'waits for an agent: start one with "portage agent run"'
        : judged.why
      : status === 'inProgress' && judged.kind === 'claimable' && judged.because === 'leaseExpired'
        ? `agent ${record.owner ?? 'unknown'} shows no life; the next free agent takes over`
        : status === 'paused' || status === 'readyToMigrate'
          ? judged.kind === 'notNow'
            ? judged.why
            : undefined
          : undefined
  return {
    id: task.id,
    name: task.name,
    destination: task.destination,
    status,
    round: record.round,
    agent: record.owner,
    progress,
    why: record.reason ?? progress?.waitingFor ?? waits,
    isEnded: ['completed', 'completedWithIssues', 'failed', 'canceled', 'readyToMigrate'].includes(status),
  }
}

function freshest(a: TaskProgress | undefined, b: TaskProgress | undefined): TaskProgress | undefined {
  if (!a || !b) return a ?? b
  return a.at > b.at ? a : b
}

function localProgress(host: Host, record: TaskRecord): TaskProgress | undefined {
  const text = host.environment.workFolder.readProgress(record.task.id, record.round)
  return text === undefined ? undefined : taskProgressSchema.safeParse(JSON.parse(text)).data
}
