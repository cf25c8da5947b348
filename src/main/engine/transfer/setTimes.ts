import { MigrationError } from '../../../shared/errors.ts'
import type { FileTimes, StoredItem } from '../ports/destination.ts'
import { patiently, type Round } from '../run/round.ts'

export interface TimesChange {
  readonly itemId: string
  readonly times: FileTimes
}

/** For a part of a batch that failed by itself with `error`; setting the same times twice does no harm. */
export async function setTimesOfOne(round: Round, change: TimesChange, error: MigrationError | undefined): Promise<StoredItem> {
  const isHopeless = error !== undefined && (error.remedy.kind === 'failItem' || error.remedy.kind === 'stopTask')
  if (isHopeless) throw error
  return await patiently(round, async (signal) => {
    const outcome = (await round.destination.setTimes([change], signal))[0]
    if (outcome?.ok) return outcome.value
    throw repeatable(outcome?.error)
  })
}

function repeatable(error: MigrationError | undefined): MigrationError {
  if (error === undefined)
    return new MigrationError('DST_REFUSED', 'The service did not answer a part of a batch.', { remedy: { kind: 'retry' } })
  if (error.remedy.kind !== 'lookFirst') return error
  return new MigrationError(error.code, error.message, { remedy: { kind: 'retry' }, cause: error })
}
