import type { FleetAgentView } from '../../../shared/contract/views.ts'
import type { AgentState } from '../../../shared/domain/agent.ts'
import { MINUTE_MS } from '../../../shared/units.ts'
import { formatDuration } from '../../format.ts'

/** The words of Migration Manager. */
export const AGENT_STATE_LABELS = {
  enabled: 'Enabled',
  inUse: 'In use',
  disabled: 'Disabled',
  disconnected: 'Disconnected',
} as const satisfies Record<AgentState, string>

/** How long ago it spoke, as a person says it. */
export function lastHeard(agent: FleetAgentView, nowMs: number): string {
  if (!agent.beat) return 'never'
  const silentMs = nowMs - Date.parse(agent.beat.at)
  return silentMs < MINUTE_MS ? 'just now' : `${formatDuration(silentMs)} ago`
}

/** What keeps it from working, or would: one sentence, or nothing. */
export function troubleOf(agent: FleetAgentView, nowMs: number): string | undefined {
  if (agent.reason !== undefined) return agent.reason
  const pausedUntilMs = agent.beat?.pausedUntil === undefined ? 0 : Date.parse(agent.beat.pausedUntil)
  if (pausedUntilMs > nowMs) return `Microsoft 365 asks it to wait for ${formatDuration(pausedUntilMs - nowMs)} more.`
  const problems = agent.beat?.sourceProblems ?? []
  if (problems.length === 0) return undefined
  return problems.length === 1 ? `Cannot read ${problems[0]?.path}.` : `Cannot read ${problems.length} sources.`
}
