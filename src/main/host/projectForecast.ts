import type { FleetSummary } from '../../shared/domain/fleet.ts'
import { groupOf, isSameGroup } from '../../shared/domain/taskRank.ts'
import { compareRank } from '../engine/coordinate/claim.ts'
import { bottleneckOf } from '../engine/forecast/bottleneck.ts'
import { type ForecastPart, forecastFleet } from '../engine/forecast/fleetForecast.ts'
import { forecastTask } from '../engine/forecast/forecast.ts'
import type { TaskRecord } from '../engine/ports/coordination.ts'
import { endOfWork } from '../engine/schedule/windows.ts'
import { holdOf } from '../engine/waiting/waiting.ts'
import type { FleetGlance } from './fleetGlance.ts'

/** When everything that is to run has ended, and what slows it most now. */
export function forecastProject(
  records: readonly TaskRecord[],
  { facts, agents }: FleetGlance,
): Pick<FleetSummary, 'eta' | 'bottleneck'> {
  const { settings, nowMs } = facts
  const open = records.filter(({ status }) => status === 'queued' || status === 'inProgress').sort(compareRank)
  const parts = open.map(
    ({ task, status, dueAt, progress }): ForecastPart => ({
      group: groupOf(task),
      isRunning: status === 'inProgress',
      forecast: status === 'inProgress' && progress ? forecastTask(progress) : undefined,
      startsInMs: status === 'queued' && dueAt !== undefined ? Math.max(0, Date.parse(dueAt) - nowMs) : 0,
    }),
  )
  const placesOf = (group: string) =>
    facts.agents
      .filter((agent) => agent.isAlive && agent.isEnabled && isSameGroup(agent.group, group))
      .reduce((sum, { places }) => sum + places, 0)
  const work = forecastFleet(parts, placesOf)
  const throttled = new Set(
    agents.flatMap(({ id, beat }) => (beat?.pausedUntil !== undefined && Date.parse(beat.pausedUntil) > nowMs ? [id] : [])),
  )
  const running = open.flatMap(({ status, owner, progress }) =>
    status === 'inProgress' && progress ? [{ progress, isThrottled: owner !== undefined && throttled.has(owner) }] : [],
  )
  const bottleneck = bottleneckOf(running, holdOf(facts))
  return {
    ...(work
      ? {
          eta: {
            p50Ms: Math.round(endOfWork(settings, nowMs, work.p50Ms) - nowMs),
            p90Ms: Math.round(endOfWork(settings, nowMs, work.p90Ms) - nowMs),
            unknownTasks: work.unknownTasks,
          },
        }
      : {}),
    ...(bottleneck ? { bottleneck } : {}),
  }
}
