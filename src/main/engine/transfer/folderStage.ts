import { asMigrationError } from '../../../shared/errors.ts'
import { staysWith } from '../plan/planStage.ts'
import { folderEntry } from '../plan/structureLog.ts'
import type { PlacedItem } from '../ports/journal.ts'
import { Flights } from '../run/flights.ts'
import { type Round, repeatedly } from '../run/round.ts'
import { throwIfStopped } from '../run/stopping.ts'
import { concludeFailure, waitForNextPass } from './failure.ts'

const PAGE_ITEMS = 200
const FOLDERS_IN_FLIGHT = 16

/** Makes the folders of the round, a level at a time, so that every folder exists before what is in it. Folders that are there are used. */
export async function folderStage(round: Round): Promise<void> {
  const maxDepth = round.journal.folderDepth()
  try {
    for (let depth = 1; depth <= maxDepth; depth++) {
      while ((await makeLevel(round, depth)) > 0) await waitForNextPass(round)
    }
  } finally {
    round.facts.flush()
  }
}

/** Everything in a folder depends on it: what may pass by itself is waited for before the next level. Returns how many were put off. */
async function makeLevel(round: Round, depth: number): Promise<number> {
  let deferredCount = 0
  const flights = new Flights({ capacity: FOLDERS_IN_FLIGHT, onFailure: round.stops.fail })
  try {
    for (let afterId = 0; ; ) {
      const page = round.journal.foldersAtDepth({ depth, afterId, limit: PAGE_ITEMS })
      const last = page.at(-1)
      if (!last) break
      afterId = last.item.id
      const wanted = page.filter(({ item }) => item.state === 'planned' || item.state === 'uploading')
      const travelling = wanted.filter(({ parentDestItemId }) => parentDestItemId !== undefined)
      const staying = wanted.filter(({ parentDestItemId }) => parentDestItemId === undefined)
      throwIfStopped(round.stops)
      round.facts.now(
        ...staying.map(({ item, parentState }) => staysWith(round, item, parentState === 'skipped' ? 'skipped' : 'failed')),
        ...travelling.map(({ item }) => ({ fact: 'started', id: item.id, atMs: round.clock.now() }) as const),
      )
      for (const placed of travelling) {
        throwIfStopped(round.stops)
        await flights.launch(1, async () => {
          if ((await makeFolder(round, placed)) === 'deferred') deferredCount++
        })
      }
    }
  } catch (thrown) {
    round.stops.fail(thrown)
    throw thrown
  } finally {
    await flights.landed()
    // The next level asks the journal where its folders go.
    round.facts.flush()
  }
  return deferredCount
}

/** A folder whose creation got no answer is asked for again: the port adopts what exists. */
async function makeFolder(round: Round, { item, parentDestItemId = '' }: PlacedItem): Promise<'ended' | 'deferred'> {
  try {
    const { item: stored, isNew } = await repeatedly(round, (signal) =>
      round.destination.createFolder(parentDestItemId, item.destName, signal),
    )
    // One that was not there before the round was made by it, also when the answer to that was lost.
    const isMade = isNew || !item.wasAtDestination
    round.facts.later(
      {
        fact: 'uploaded',
        id: item.id,
        destItemId: stored.itemId,
        eTag: stored.eTag,
        quickXorHash: undefined,
        atMs: round.clock.now(),
      },
      {
        fact: 'structure',
        entry: folderEntry(round, item, {
          operation: isMade ? 'created' : 'skipped',
          stored,
          details: isMade ? '' : 'The folder was there.',
        }),
      },
    )
  } catch (thrown) {
    if (concludeFailure(round, item, thrown) === 'deferred') return 'deferred'
    const error = asMigrationError(thrown)
    round.facts.later({
      fact: 'structure',
      entry: folderEntry(round, item, { operation: 'created', details: error.message, code: error.code }),
    })
  }
  return 'ended'
}
