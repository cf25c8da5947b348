import { SHARD_BYTES_MIN, SHARD_FILES_MIN, SHARD_OFFER_MS } from '../../../shared/limits.ts'
import { patiently, type Round } from '../run/round.ts'
import { giveAwayTo, mayBeCut } from './cutStage.ts'

/** With less than this left for each of two agents, the end comes before the help. */
const WORTH_SHARING = 2

/**
 * While files are being sent: looks now and then whether others have become idle, and gives them folders of which nothing has begun. `land`
 * brings down what is in flight; it is called only when there is something to give.
 */
export function createOffer(round: Round): (land: () => Promise<void>) => Promise<void> {
  const { parts: desk, clock, tracker, journal } = round
  let offeredAtMs = clock.now()
  return async (land) => {
    if (!desk || !mayBeCut(round) || clock.now() - offeredAtMs < SHARD_OFFER_MS) return
    offeredAtMs = clock.now()
    const { plannedFiles = 0, plannedBytes = 0, uploadedFiles, uploadedBytes } = tracker.snapshot()
    const isMuchLeft =
      plannedFiles - uploadedFiles >= WORTH_SHARING * SHARD_FILES_MIN ||
      plannedBytes - uploadedBytes >= WORTH_SHARING * SHARD_BYTES_MIN
    if (!isMuchLeft) return
    const helperCount = await patiently(round, (signal) => desk.helperCount(signal))
    if (helperCount <= 0) return
    await land()
    await giveAwayTo(round, helperCount)
    tracker.restore(journal.totals(), { sentBytes: tracker.sentBytes, isPlanned: true })
  }
}
