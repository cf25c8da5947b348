import {
  AGENT_POLL_MS,
  CHECKPOINT_RU,
  CHECKPOINT_SESSION_MS,
  FLEET_BEATS_RU_PER_MINUTE,
  FLEET_CHECKPOINT_RU_PER_MINUTE,
  FLEET_IDLE_RU_PER_MINUTE,
  FLEET_PROGRESS_RU_PER_MINUTE,
  FLEET_ROSTER_RU_PER_MINUTE,
  FLEET_SHARD_RU_PER_MINUTE,
  FLEET_WATCH_RU_PER_MINUTE,
  HEARTBEAT_MS,
  LEASE_MS,
  OWN_WATCH_MS,
  SHARD_POLL_MS,
  WRITE_RU,
} from '../../../shared/limits.ts'
import { MINUTE_MS } from '../../../shared/units.ts'

/** So many agents, each with one call of two resource units per interval, stay below a share of the budget. */
const sharedInterval = (agents: number, unitsPerMinute: number): number => (agents * WRITE_RU * MINUTE_MS) / unitsPerMinute

/** Time between two heartbeats of each of so many agents. */
export const beatIntervalMs = (agents: number): number =>
  Math.ceil(Math.max(HEARTBEAT_MS, sharedInterval(agents, FLEET_BEATS_RU_PER_MINUTE)))

/** Time between two looks of each agent at the list of agents. */
export const rosterIntervalMs = (agents: number): number =>
  Math.ceil(Math.max(HEARTBEAT_MS, sharedInterval(agents, FLEET_ROSTER_RU_PER_MINUTE)))

/** Time between two looks of each agent at each of the rows that it has in work, for what people ask of them. */
export const ownWatchIntervalMs = (agents: number, rows = 1): number =>
  Math.ceil(Math.max(OWN_WATCH_MS, sharedInterval(agents * rows, FLEET_WATCH_RU_PER_MINUTE)))

/** Time between two words of each agent about the progress of a task, in the row of the task. */
export const progressIntervalMs = (agents: number): number =>
  Math.ceil(Math.max(HEARTBEAT_MS, sharedInterval(agents, FLEET_PROGRESS_RU_PER_MINUTE)))

/** Shortest time between two copies of each journal that so many agents write, each so many rows at once. */
export const checkpointIntervalMs = (agents: number, rows: number): number =>
  Math.ceil(Math.max(CHECKPOINT_SESSION_MS, (agents * rows * CHECKPOINT_RU * MINUTE_MS) / FLEET_CHECKPOINT_RU_PER_MINUTE))

/** In large fleets the first wait is this part of the longest one: when the queue runs dry, hundreds look at once. */
const FIRST_WAIT_SHARE = 1 / 8

/**
 * How long an agent waits after so many looks in a row that found nothing: longer and longer, until all agents together, idle at once, stay
 * below a share of the budget. One of them always looks soon.
 */
export function idleWaitMs(agents: number, fruitlessLooks: number): number {
  const longestMs = Math.max(AGENT_POLL_MS, sharedInterval(agents, FLEET_IDLE_RU_PER_MINUTE))
  const firstMs = Math.max(AGENT_POLL_MS, longestMs * FIRST_WAIT_SHARE)
  return Math.ceil(Math.min(longestMs, firstMs * 2 ** Math.max(0, fruitlessLooks - 1)))
}

/** How long an agent that speaks so often may be silent before others give its tasks away, by the server's clock. */
export const leaseMs = (beatMs: number): number => Math.max(LEASE_MS, 4 * beatMs)

/** Time between two looks of each idle agent for parts of tasks, in between its looks for tasks. */
export const partPollMs = (agents: number): number =>
  Math.ceil(Math.max(SHARD_POLL_MS, sharedInterval(agents, FLEET_SHARD_RU_PER_MINUTE)))
