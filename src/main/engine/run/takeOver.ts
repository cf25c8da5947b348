import { folderEntry } from '../plan/structureLog.ts'
import type { JournalFact, PlacedItem, RoundStage } from '../ports/journal.ts'
import { listPlace } from '../verify/listingStage.ts'
import type { Round } from './round.ts'
import { throwIfStopped } from './stopping.ts'

const PAGE_ITEMS = 500

/** Stages in which files may have been sent and not been proved yet. */
const SENDING: ReadonlySet<RoundStage> = new Set<RoundStage>(['planned', 'packaged', 'foldersMade'])

/**
 * Makes a journal fit to go on when somebody else has worked on the round since it was written: it may be older than what the destination
 * holds. The destination is listed once; what lies there under the name of an item that this journal has not begun counts as begun, and is
 * looked at before anything is sent. Repeatable. Errors: JNL_ codes; what listing throws; Drained.
 */
export async function takeOver(round: Round): Promise<void> {
  const { journal } = round
  const { stage, place } = journal.meta()
  const knowsNothing = place === undefined ? {} : { place: { ...place, isNew: false } }
  if (!SENDING.has(stage)) {
    // Later stages list for themselves, and earlier ones have written nothing that they would not find.
    const back = stage === 'matched' ? ({ stage: 'scanned' } as const) : {}
    journal.record([{ fact: 'meta', change: { ...knowsNothing, ...back, listing: undefined, followsOthers: true } }])
    return
  }
  await listPlace(round, 'existing')
  const maxDepth = journal.folderDepth()
  for (let depth = 1; depth <= maxDepth; depth++) adoptFolders(round, depth)
  const count = doubtFiles(round)
  journal.record([{ fact: 'meta', change: knowsNothing }])
  round.logger.log('info', 'round.takenOver', { stage, filesToLookAt: count })
}

function adoptFolders(round: Round, depth: number): void {
  for (let afterId = 0; ; ) {
    throwIfStopped(round.stops)
    const page = round.journal.foldersAtDepth({ depth, afterId, limit: PAGE_ITEMS })
    const last = page.at(-1)
    if (!last) return
    afterId = last.item.id
    round.journal.record(page.flatMap((placed) => adoptFolder(round, placed)))
  }
}

/** One that was not there before the round was made by it. */
function adoptFolder(round: Round, { item, parentDestItemId }: PlacedItem): readonly JournalFact[] {
  if (item.state !== 'planned' || item.destItemId !== undefined || parentDestItemId === undefined) return []
  const stored = round.journal.listedChild(parentDestItemId, item.collisionKey)
  if (stored?.kind !== 'folder') return []
  return [
    {
      fact: 'uploaded',
      id: item.id,
      destItemId: stored.itemId,
      eTag: stored.eTag,
      quickXorHash: undefined,
      atMs: round.clock.now(),
    },
    { fact: 'structure', entry: folderEntry(round, item, { operation: 'created', stored, details: '' }) },
  ]
}

function doubtFiles(round: Round): number {
  let count = 0
  for (let afterId = 0; ; ) {
    throwIfStopped(round.stops)
    const page = round.journal.itemsWithExisting({ afterId, limit: PAGE_ITEMS, states: ['planned'], kinds: ['file'] })
    const last = page.at(-1)
    if (!last) return count
    afterId = last.item.id
    const doubtful = page.filter(isDoubtful)
    count += doubtful.length
    round.journal.record(
      doubtful.flatMap(({ item }): readonly JournalFact[] => [
        { fact: 'rerouted', id: item.id, route: 'session', reason: 'It may have arrived already.' },
        { fact: 'started', id: item.id, atMs: round.clock.now() },
      ]),
    )
  }
}

/** Not what the plan saw. What is in a package is settled with the package. */
function isDoubtful({ item, listed }: PlacedItem): boolean {
  if (listed === undefined || item.packageId !== undefined) return false
  return !(item.wasAtDestination && item.destItemId === listed.itemId && item.eTag === listed.eTag)
}
