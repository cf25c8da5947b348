import { SECOND_MS } from '../../shared/units.ts'
import type { Clock } from '../engine/ports/runtime.ts'

/** Reading the list costs resource units of the whole fleet: often only while this agent moves things. */
const WATCHED_MS = 3 * SECOND_MS
const QUIET_MS = 15 * SECOND_MS

/** Reads the shared list again and again: at once after `nudge`. One read at a time. */
export interface TaskWatch {
  nudge(): void
  /** Resolves when no read is running any more. */
  stop(): Promise<void>
}

export function startTaskWatch(deps: {
  readonly clock: Clock
  /** Never throws. */
  readonly read: (signal: AbortSignal) => Promise<void>
  readonly isBusy: () => boolean
}): TaskWatch {
  const stopped = new AbortController()
  let isNudged = false
  let wake = new AbortController()

  async function watch(): Promise<void> {
    while (!stopped.signal.aborted) {
      isNudged = false
      await deps.read(stopped.signal)
      wake = new AbortController()
      if (isNudged) continue
      const pauseMs = deps.isBusy() ? WATCHED_MS : QUIET_MS
      await deps.clock.sleep(pauseMs, AbortSignal.any([stopped.signal, wake.signal])).catch(() => undefined)
    }
  }

  const ended = watch()
  return {
    nudge() {
      isNudged = true
      wake.abort()
    },
    async stop() {
      stopped.abort()
      await ended
    },
  }
}
