import { asMigrationError, MigrationError } from '../../../shared/errors.ts'
import type { FileTimes, Outcome, StoredItem } from '../ports/destination.ts'
import { type Round, repeatedly } from '../run/round.ts'
import { endsTask } from '../run/stopping.ts'

export interface TimesChange {
  readonly itemId: string
  readonly times: FileTimes
}

/**
 * One batch; then every part that failed by itself once more, alone and patiently. Setting the same times twice does no harm. Outcomes in the
 * order of the changes. Errors: what ends the task.
 */
export async function setTimesSurely(round: Round, changes: readonly TimesChange[]): Promise<readonly Outcome<StoredItem>[]> {
  if (changes.length === 0) return []
  const outcomes = await repeatedly(round, (signal) => round.destination.setTimes(changes, signal)).catch((thrown: unknown) => {
    round.stops.drop.throwIfAborted()
    if (endsTask(thrown)) throw thrown
    return changes.map((): Outcome<StoredItem> => ({ ok: false, error: asMigrationError(thrown) }))
  })
  return await Promise.all(changes.map(async (change, index) => await settled(round, change, outcomes[index])))
}

async function settled(
  round: Round,
  change: TimesChange,
  outcome: Outcome<StoredItem> | undefined,
): Promise<Outcome<StoredItem>> {
  if (outcome?.ok || outcome?.error.remedy.kind === 'failItem') return outcome
  try {
    const value = await repeatedly(round, async (signal) => {
      const alone = (await round.destination.setTimes([change], signal))[0]
      if (alone?.ok) return alone.value
      throw alone?.error ?? new MigrationError('DST_REFUSED', 'The service did not answer.', { remedy: { kind: 'retry' } })
    })
    return { ok: true, value }
  } catch (thrown) {
    round.stops.drop.throwIfAborted()
    if (endsTask(thrown)) throw thrown
    return { ok: false, error: asMigrationError(thrown) }
  }
}
