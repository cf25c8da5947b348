import type { AgentRow } from '../../../shared/domain/agent.ts'
import type { AgentId } from '../../../shared/domain/ids.ts'
import { SHARED_PAUSE_MAX_MS } from '../../../shared/limits.ts'
import type { KeyedRow } from '../ports/keyedList.ts'
import { isPresent } from './release.ts'

/** What one agent tells of a pause may come back to it, some seconds longer, from those who heeded it. [ours] */
const ECHO_MS = 5_000

/**
 * The service's budget belongs to the app, not to one computer: a wait that it asked of one agent is heeded by all. Times are the server's.
 */
export class SharedPause {
  #heardUntilMs = 0

  /** How long this agent is to hold back for what others were told; 0 = not at all. */
  hear(rows: readonly KeyedRow<AgentRow>[], me: AgentId, serverNowMs: number): number {
    let untilMs = 0
    for (const row of rows) {
      const { beat } = row.value
      if (row.key === me || beat?.pausedUntil === undefined || !isPresent(row, serverNowMs)) continue
      untilMs = Math.max(untilMs, Date.parse(beat.pausedUntil))
    }
    untilMs = Math.min(untilMs, serverNowMs + SHARED_PAUSE_MAX_MS)
    if (untilMs <= serverNowMs || untilMs <= this.#heardUntilMs + ECHO_MS) return 0
    this.#heardUntilMs = untilMs
    return untilMs - serverNowMs
  }

  /** What this agent tells the others: only waits that the service asked of itself, or pauses would echo through the fleet for ever. */
  tell(pausedUntilMs: number | undefined): string | undefined {
    if (pausedUntilMs === undefined || pausedUntilMs <= this.#heardUntilMs + ECHO_MS) return undefined
    return new Date(pausedUntilMs).toISOString()
  }
}
