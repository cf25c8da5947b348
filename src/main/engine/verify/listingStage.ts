import type { ListingPurpose } from '../ports/journal.ts'
import type { Round } from '../run/round.ts'
import { throwIfStopped } from '../run/stopping.ts'
import { collisionKey } from '../scan/collisionKey.ts'

/** Lists everything below the place into the journal. A listing that did not end begins again. Memory does not grow with the place. */
export async function listPlace(round: Round, purpose: ListingPurpose): Promise<void> {
  const { journal, destination } = round
  journal.beginListing()
  for await (const items of destination.list(round.stops.drop)) {
    throwIfStopped(round.stops)
    journal.addListed(items.map((item) => ({ ...item, collisionKey: collisionKey(item.name) })))
  }
  journal.endListing(purpose)
}
