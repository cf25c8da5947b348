import { asMigrationError, MigrationError } from '../../../shared/errors.ts'
import type { FileTimes, Outcome, StoredItem, TimesChange } from '../ports/destination.ts'
import { patiently, type Round, repeatedly } from '../run/round.ts'
import { endsTask } from '../run/stopping.ts'
import { compareTimes } from '../verify/storedTimes.ts'

/**
 * One batch; then every part that failed by itself once more, alone and patiently. Each change of a file makes a version, so where an answer
 * was lost the item is looked at before its times are set again. Outcomes in the order of the changes; DST_CHANGED where the item is not
 * in the state of `ifMatch` any more. Errors: what ends the task.
 */
export async function setTimesSurely(round: Round, changes: readonly TimesChange[]): Promise<readonly Outcome<StoredItem>[]> {
  if (changes.length === 0) return []
  const outcomes = await patiently(round, (signal) => round.destination.setTimes(changes, signal)).catch((thrown: unknown) => {
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
  let mayBeSet = outcome === undefined || outcome.error.remedy.kind === 'lookFirst'
  try {
    const value = await repeatedly(round, async (signal) => {
      const stored = mayBeSet ? await round.destination.getItem(change.itemId, signal) : undefined
      if (stored && hasTimes(stored, change.times)) return stored
      mayBeSet = true
      const alone = (await round.destination.setTimes([change], signal))[0]
      if (alone?.ok) return alone.value
      if (alone?.error.code === 'DST_CHANGED') throw gaveWay(alone.error)
      mayBeSet = alone === undefined || alone.error.remedy.kind === 'lookFirst'
      throw alone?.error ?? new MigrationError('DST_REFUSED', 'The service did not answer.', { remedy: { kind: 'retry' } })
    })
    return { ok: true, value }
  } catch (thrown) {
    round.stops.drop.throwIfAborted()
    if (endsTask(thrown)) throw thrown
    return { ok: false, error: asMigrationError(thrown) }
  }
}

/** Asking again gives the same answer: whoever called must look what has become of the item. */
const gaveWay = (error: MigrationError): MigrationError =>
  new MigrationError(error.code, error.message, { remedy: { kind: 'failItem' }, cause: error })

/** The destination has the times that are wanted, to its precision. */
export function hasTimes(stored: Pick<StoredItem, 'createdMs' | 'modifiedMs'>, times: FileTimes): boolean {
  const agrees = (wantedMs: number | undefined, storedMs: number | undefined) =>
    wantedMs === undefined || compareTimes(wantedMs, storedMs) === 'equal'
  return agrees(times.createdMs, stored.createdMs) && agrees(times.modifiedMs, stored.modifiedMs)
}
