import { asMigrationError } from '../../shared/errors.ts'
import { CHECKPOINT_EVERY_MS, CHECKPOINT_SESSION_MS, CHECKPOINT_STAGE_MS, CHECKPOINT_TIME_SHARE } from '../../shared/limits.ts'
import type { Journal, JournalFact } from '../engine/ports/journal.ts'
import type { Clock, Logger } from '../engine/ports/runtime.ts'

export interface JournalKeeperDeps {
  readonly clock: Clock
  readonly logger: Logger
  /** Stores the journal as it is now. */
  readonly store: (signal: AbortSignal) => Promise<void>
  /** Shortest time between two copies, for the sake of the fleet's budget. */
  readonly paceMs: () => number
}

/** Keeps copies of the journal of one round while it is worked on. Nothing waits for it, and nothing fails because of it. */
export interface JournalKeeper {
  /** The same journal; what is written through it is heard. */
  readonly journal: Journal
  /** Stops, and stores what no copy has yet. Never rejects. */
  finish(signal: AbortSignal): Promise<void>
}

/**
 * A copy follows soon after a stage has ended, after the upload of a large file has begun, and after a part was given away; otherwise every few
 * minutes while anything changes. A journal whose copies take long is copied less often.
 */
export function keepJournal(journal: Journal, deps: JournalKeeperDeps): JournalKeeper {
  const { clock, logger } = deps
  const ending = new AbortController()
  let dueAtMs = Number.POSITIVE_INFINITY
  let notBeforeMs = clock.now() + CHECKPOINT_SESSION_MS
  let hasChanged = false
  let wake = new AbortController()

  function heard(facts: readonly JournalFact[]): void {
    const nowMs = clock.now()
    const soonMs = Math.min(...facts.map(soonness))
    hasChanged = true
    if (nowMs + soonMs >= dueAtMs) return
    dueAtMs = nowMs + soonMs
    wake.abort('due earlier')
    wake = new AbortController()
  }

  async function copy(signal: AbortSignal): Promise<void> {
    const startedMs = clock.now()
    hasChanged = false
    dueAtMs = Number.POSITIVE_INFINITY
    try {
      await deps.store(signal)
      logger.log('debug', 'journalCopy.stored', { tookMs: clock.now() - startedMs })
    } catch (thrown) {
      hasChanged = true
      dueAtMs = clock.now() + CHECKPOINT_EVERY_MS
      if (!signal.aborted) logger.log('warn', 'journalCopy.failed', { error: asMigrationError(thrown).code })
    }
    notBeforeMs = clock.now() + Math.max(deps.paceMs(), (clock.now() - startedMs) / CHECKPOINT_TIME_SHARE)
  }

  const keeping = (async () => {
    while (!ending.signal.aborted) {
      const waitMs = Math.max(dueAtMs, notBeforeMs) - clock.now()
      if (waitMs <= 0) await copy(ending.signal)
      else
        await clock
          .sleep(Math.min(waitMs, CHECKPOINT_EVERY_MS), AbortSignal.any([wake.signal, ending.signal]))
          .catch(() => undefined)
    }
  })()

  return {
    journal: {
      ...journal,
      record(facts) {
        journal.record(facts)
        heard(facts)
      },
    },
    async finish(signal) {
      ending.abort('ends')
      await keeping
      if (hasChanged && !signal.aborted) await copy(signal)
    },
  }
}

/** How soon what a fact says is to be in a copy. */
function soonness(fact: JournalFact): number {
  if (fact.fact === 'sessionOpened') return CHECKPOINT_SESSION_MS
  if (fact.fact === 'delegated') return 0
  if (fact.fact === 'packageSubmitting' || fact.fact === 'packageSubmitted') return CHECKPOINT_STAGE_MS
  if (fact.fact === 'meta' && fact.change.stage !== undefined) return CHECKPOINT_STAGE_MS
  return CHECKPOINT_EVERY_MS
}
