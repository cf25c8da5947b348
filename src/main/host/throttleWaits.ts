import type { TaskProgress } from '../../shared/domain/progress.ts'
import { RATE_SAMPLE_MS } from '../../shared/limits.ts'
import type { Clock } from '../engine/ports/runtime.ts'
import { waitingOf } from '../engine/run/progress.ts'
import type { PacerState } from '../engine/throttle/pacer.ts'

/**
 * Adds to the progress of a round why nothing moves while the service has asked to wait. Said again every second as long as it lasts: a round
 * that waits has nothing to tell by itself. `stop` must be called at the end of the round.
 */
export function tellThrottleWaits(
  deps: { readonly clock: Clock; readonly throttle: () => PacerState },
  onProgress: (progress: TaskProgress) => void,
): { readonly onProgress: (progress: TaskProgress) => void; stop(): void } {
  let latest: TaskProgress | undefined
  const timer = setInterval(() => {
    const waiting = waitingOf(deps.throttle())
    if (!latest || !waiting) return
    onProgress({ ...latest, waitingFor: waiting.reason, at: new Date(deps.clock.now()).toISOString() })
  }, RATE_SAMPLE_MS)
  return {
    onProgress(progress) {
      latest = progress
      const waiting = progress.waitingFor === undefined ? waitingOf(deps.throttle()) : undefined
      onProgress(waiting ? { ...progress, waitingFor: waiting.reason } : progress)
    },
    stop() {
      clearInterval(timer)
    },
  }
}
