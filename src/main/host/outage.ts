import type { MigrationError } from '../../shared/errors.ts'
import { OUTAGE_FIRST_WAIT_MS, OUTAGE_PATIENCE_ONCE_MS, OUTAGE_WAIT_MAX_MS } from '../../shared/limits.ts'
import type { Clock, Logger } from '../engine/ports/runtime.ts'

export interface OutageDeps {
  readonly clock: Clock
  readonly logger: Logger
  /** The service is away and the agent waits for it; undefined when it is back. */
  readonly onOutage?: ((error: MigrationError | undefined) => void) | undefined
}

/** One absence of the service, from the first failure until it answers again; all work of the agent shares it. */
export class Outage {
  readonly #deps: OutageDeps
  /** Without end for an agent that runs on. */
  readonly #patienceMs: number
  #sinceMs: number | undefined
  #waitMs = OUTAGE_FIRST_WAIT_MS
  #longerAtMs = Number.NEGATIVE_INFINITY
  #wasReached = false

  constructor(deps: OutageDeps, options: { readonly once: boolean; readonly patienceMs?: number | undefined }) {
    this.#deps = deps
    this.#patienceMs = options.once ? (options.patienceMs ?? OUTAGE_PATIENCE_ONCE_MS) : Number.POSITIVE_INFINITY
  }

  isOver(): void {
    this.#wasReached = true
    this.#waitMs = OUTAGE_FIRST_WAIT_MS
    if (this.#sinceMs === undefined) return
    this.#sinceMs = undefined
    this.#deps.onOutage?.(undefined)
  }

  /** Throws `error` when the patience is over; a run that is to end has none for a service that it never reached. */
  async wait(error: MigrationError, until: AbortSignal): Promise<void> {
    const { clock, logger, onOutage } = this.#deps
    this.#sinceMs ??= clock.now()
    const patienceMs = this.#wasReached || this.#patienceMs === Number.POSITIVE_INFINITY ? this.#patienceMs : 0
    const leftMs = patienceMs - (clock.now() - this.#sinceMs)
    if (leftMs <= 0) throw error
    const waitMs = Math.min(this.#waitMs, leftMs)
    // Several tasks that fail together wait together: the next wait is twice as long once, not once for each of them.
    if (clock.now() >= this.#longerAtMs) {
      this.#longerAtMs = clock.now() + waitMs
      this.#waitMs = Math.min(this.#waitMs * 2, OUTAGE_WAIT_MAX_MS)
    }
    logger.log('warn', 'agent.waits', { code: error.code, message: error.message, waitMs })
    onOutage?.(error)
    await clock.sleep(waitMs, until).catch(() => undefined)
  }
}
