import { asMigrationError, type MigrationError } from '../../../shared/errors.ts'
import { SECOND_MS } from '../../../shared/units.ts'
import type { JournalItem } from '../ports/journal.ts'
import type { Round } from '../run/round.ts'
import { Drained, endsTask, throwIfStopped } from '../run/stopping.ts'

/** Passes over what could not go: at the third refusal the item has failed. */
const PASSES_MAX = 3
const PASS_WAIT_MS = 10 * SECOND_MS

/** Begins the reason of items that came to this route because an import refused them: when they fail here too, both refusals are told. */
export const REFUSED_BY_IMPORT = 'The import refused it:'

/**
 * Writes down why one item could not go, and lets the others go on. What may pass by itself (a locked file, a bad line) is put off to the
 * end. A stop and what ends the whole task are thrown on.
 */
export function concludeFailure(round: Round, item: JournalItem, thrown: unknown): 'deferred' | 'failed' {
  round.stops.drop.throwIfAborted()
  if (thrown instanceof Drained || endsTask(thrown)) throw thrown
  const error = asMigrationError(thrown)
  if (mayPass(error) && item.deferrals < PASSES_MAX - 1) {
    round.facts.later({ fact: 'deferred', id: item.id, code: error.code, message: error.message })
    round.logger.log('info', 'item.deferred', { id: item.id, code: error.code })
    return 'deferred'
  }
  failItem(round, item, error)
  return 'failed'
}

/** Before what was put off is tried again. Errors: Drained. */
export async function waitForNextPass(round: Round): Promise<void> {
  round.facts.flush()
  round.tracker.waits('Some items were locked or could not be sent; they are tried again.', PASS_WAIT_MS)
  const asked = AbortSignal.any([round.stops.drop, round.stops.drain])
  await round.clock.sleep(PASS_WAIT_MS, asked).catch((thrown: unknown) => {
    throwIfStopped(round.stops)
    throw thrown
  })
}

export function failItem(round: Round, item: JournalItem, error: Pick<MigrationError, 'code' | 'message'>): void {
  round.facts.later({
    fact: 'failed',
    id: item.id,
    stage: error.code.startsWith('SRC_') ? 'reading' : 'uploading',
    code: error.code,
    message: item.routeReason?.startsWith(REFUSED_BY_IMPORT) ? `${error.message} ${item.routeReason}` : error.message,
    ...(error.code === 'VFY_DIFFERENT' ? { verdict: 'different' } : {}),
    atMs: round.clock.now(),
  })
  if (item.kind === 'file') round.tracker.failed()
  round.logger.log('warn', 'item.failed', { id: item.id, code: error.code })
}

function mayPass({ code, remedy }: MigrationError): boolean {
  return code === 'SRC_LOCKED' || code === 'DST_LOCKED' || remedy.kind === 'retry' || remedy.kind === 'waitUntil'
}
