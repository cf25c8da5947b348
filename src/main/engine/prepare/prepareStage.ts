import { MigrationError } from '../../../shared/errors.ts'
import type { DestinationPlace } from '../ports/destination.ts'
import type { Journal, JournalFact, JournalPlace } from '../ports/journal.ts'
import type { Clock } from '../ports/runtime.ts'

/**
 * Writes down the place of the round the first time, and makes sure later that it is still the same one: a folder that was deleted and made
 * again is another place, in which nothing of this round can be found. Errors: DST_CHANGED.
 */
export function settlePlace(options: {
  readonly journal: Journal
  readonly place: DestinationPlace
  readonly clock: Clock
}): void {
  const { journal, place, clock } = options
  const known = journal.meta().place
  if (known === undefined) {
    const created = place.created.map(
      (made): JournalFact => ({
        fact: 'structure',
        entry: {
          type: made.type,
          title: made.title,
          operation: 'created',
          status: 'success',
          details: 'Created as the destination of the task.',
          sourcePath: '',
          destinationUrl: made.url,
          sourceId: undefined,
          destinationId: made.id,
          errorCode: undefined,
          atMs: clock.now(),
        },
      }),
    )
    journal.record([...created, { fact: 'meta', change: { place: toJournalPlace(place) } }])
    return
  }
  if (known.driveId === place.driveId && known.rootItemId === place.rootItemId) return
  throw new MigrationError(
    'DST_CHANGED',
    `The destination ${place.webUrl} is not the one that this round began with: it was deleted and made again.`,
    {
      remedy: { kind: 'stopTask' },
      fix: 'Run the task again: a new round compares with what is there now.',
    },
  )
}

function toJournalPlace(place: DestinationPlace): JournalPlace {
  return {
    driveId: place.driveId,
    rootItemId: place.rootItemId,
    webUrl: place.webUrl,
    serverRelativePath: place.serverRelativePath,
    isLibraryRoot: place.isLibraryRoot,
    blocksScriptTypes: place.blocksScriptTypes,
    isNew: place.created.length > 0,
  }
}
