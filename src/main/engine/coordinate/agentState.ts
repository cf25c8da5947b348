import type { AgentRow, AgentState } from '../../../shared/domain/agent.ts'
import { LEASE_MS } from '../../../shared/limits.ts'
import { describeSpan } from '../schedule/moment.ts'

export interface AgentJudged {
  readonly state: AgentState
  /** Has shown life within its lease. */
  readonly isAlive: boolean
  readonly silentMs: number
  /** Why it takes no work, in words; undefined when it does. */
  readonly reason: string | undefined
}

/** How long an agent may be silent before it counts as gone. */
export const leaseOf = (intervalMs: number): number => Math.max(LEASE_MS, 4 * intervalMs)

/** What an agent's row says, by the server's clock. */
export function judgeAgent({ terms, beat }: AgentRow, nowMs: number): AgentJudged {
  const silentMs = beat ? Math.max(0, nowMs - Date.parse(beat.at)) : Number.POSITIVE_INFINITY
  const isAlive = beat !== undefined && !beat.hasLeft && silentMs < leaseOf(beat.intervalMs)
  const judged = { isAlive, silentMs }
  if (!terms.isEnabled) return { ...judged, state: 'disabled', reason: 'Disabled by a person; enable it to let it take tasks.' }
  if (!beat) return { ...judged, state: 'disconnected', reason: 'It has not spoken yet.' }
  if (beat.hasLeft) return { ...judged, state: 'disconnected', reason: `It was stopped ${describeSpan(silentMs)} ago.` }
  if (!isAlive)
    return {
      ...judged,
      state: 'disconnected',
      reason: `It has shown no life for ${describeSpan(silentMs)}: look whether that computer runs, sleeps or has lost the network.`,
    }
  return { ...judged, state: beat.running.length > 0 ? 'inUse' : 'enabled', reason: undefined }
}
