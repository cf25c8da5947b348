import { type FleetSummary, summarizeFleet } from '../../shared/domain/fleet.ts'
import type { TaskProgress } from '../../shared/domain/progress.ts'
import { taskProgressSchema } from '../../shared/domain/progress.ts'
import type { DestinationSpec, TaskStatus } from '../../shared/domain/task.ts'
import { type Forecast, forecastTask } from '../engine/forecast/forecast.ts'
import type { TaskRecord } from '../engine/ports/coordination.ts'
import type { WaitingReason } from '../engine/waiting/waiting.ts'
import type { Host } from './createHost.ts'
import { type FleetGlance, nameOf, readGlance, reasonsOf } from './fleetGlance.ts'
import { forecastProject } from './projectForecast.ts'
import { type PartLine, partLine, partsOfRunning, withParts } from './wholeTasks.ts'

export interface TaskLine {
  readonly id: string
  readonly name: string
  readonly destination: DestinationSpec
  readonly status: TaskStatus
  readonly round: number
  readonly agent: string | undefined
  readonly progress: TaskProgress | undefined
  /** Time left of its round, in half of all cases and in nine of ten. */
  readonly eta: Forecast | undefined
  /** What it waits for, when nobody works on it. */
  readonly waiting: WaitingReason | undefined
  /** Why it is not running, or what is wrong, in words. */
  readonly why: string | undefined
  /** Folders of it that have rows of their own; their work is counted in its progress. */
  readonly parts: readonly PartLine[]
  readonly isEnded: boolean
}

export interface ProjectStatus {
  readonly at: string
  readonly tasks: readonly TaskLine[]
  readonly totals: FleetSummary
}

/** The whole project as the task list shows it; the tasks of this machine's own agent with its fresher numbers. */
export async function readStatus(host: Host, signal: AbortSignal): Promise<ProjectStatus> {
  const [rows, glance] = await Promise.all([host.tasks.list(signal), readGlance(host, signal)])
  const whole = withParts(rows, await partsOfRunning(host.service.shards, rows, signal))
  const records = whole.map(({ record }) => record)
  const reasons = reasonsOf(records, glance)
  const tasks = whole.map(({ record, parts: own }) =>
    taskLine(record, {
      glance,
      waiting: reasons.get(record.task.id),
      // What this machine knows better is only of its own share.
      local: own.length === 0 ? localProgress(host, record) : undefined,
      parts: own,
    }),
  )
  const fresh = records.map((record, index) => ({ ...record, progress: tasks[index]?.progress }))
  return {
    at: new Date(host.environment.clock.now()).toISOString(),
    tasks,
    totals: { ...summarizeFleet(fresh), ...forecastProject(fresh, glance) },
  }
}

function taskLine(
  record: TaskRecord,
  options: {
    readonly glance: FleetGlance
    readonly waiting: WaitingReason | undefined
    readonly local: TaskProgress | undefined
    readonly parts: readonly TaskRecord[]
  },
): TaskLine {
  const { task, status } = record
  const { glance, waiting } = options
  const progress = freshest(record.progress, options.local)
  const why = [
    waiting?.text,
    status === 'inProgress' && waiting === undefined ? progress?.waitingFor : undefined,
    record.reason,
  ].filter((text) => text !== undefined)
  return {
    id: task.id,
    name: task.name,
    destination: task.destination,
    status,
    round: record.round,
    agent: record.owner === undefined ? undefined : nameOf(glance, record.owner),
    progress,
    eta: status === 'inProgress' && progress ? forecastTask(progress) : undefined,
    waiting,
    why: why.length === 0 ? undefined : why.join(' '),
    parts: options.parts.map((part) => ({ ...partLine(part), agent: part.owner && nameOf(glance, part.owner) })),
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
