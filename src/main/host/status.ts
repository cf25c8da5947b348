import { type FleetSummary, summarizeFleet } from '../../shared/domain/fleet.ts'
import type { AgentId } from '../../shared/domain/ids.ts'
import type { TaskProgress } from '../../shared/domain/progress.ts'
import { taskProgressSchema } from '../../shared/domain/progress.ts'
import type { DestinationSpec, TaskStatus } from '../../shared/domain/task.ts'
import type { TaskRecord } from '../engine/ports/coordination.ts'
import type { Host } from './createHost.ts'
import { whyItWaits } from './taskView.ts'

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
  readonly totals: FleetSummary
}

/** The whole project as the task list shows it; the tasks of this machine's own agent with its fresher numbers. */
export async function readStatus(host: Host, signal: AbortSignal): Promise<ProjectStatus> {
  const records = await host.tasks.list(signal)
  const agentId = host.environment.workFolder.agent().id
  const serverNowMs = host.service.coordination.serverNow()
  const tasks = records.map((record) => taskLine(record, { agentId, serverNowMs, local: localProgress(host, record) }))
  return {
    at: new Date(host.environment.clock.now()).toISOString(),
    tasks,
    totals: summarizeFleet(tasks.map(({ status, agent, progress }) => ({ status, owner: agent, progress }))),
  }
}

function taskLine(
  record: TaskRecord,
  options: {
    readonly agentId: AgentId
    readonly serverNowMs: number
    readonly local: TaskProgress | undefined
  },
): TaskLine {
  const { task, status } = record
  const progress = freshest(record.progress, options.local)
  return {
    id: task.id,
    name: task.name,
    destination: task.destination,
    status,
    round: record.round,
    agent: record.owner,
    progress,
    why: record.reason ?? (status === 'inProgress' ? progress?.waitingFor : undefined) ?? whyItWaits(record, options),
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
