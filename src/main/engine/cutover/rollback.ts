import type { JournalItem, ReadableJournal } from '../ports/journal.ts'
import { createDestinationPaths, destinationUrlOf } from '../report/places.ts'

const PAGE_ITEMS = 500

/** Something that a round put where nothing was, or a new version of what was there. */
export interface RollbackEntry {
  /** undefined = a round before those whose journals can be reached. */
  readonly round: number | undefined
  /** `created`: removing it undoes it. `replaced`: its earlier versions are in its history. */
  readonly operation: 'created' | 'replaced'
  readonly kind: 'library' | 'folder' | 'file'
  /** Below the source; '' for the destination itself. */
  readonly path: string
  readonly url: string
  readonly itemId: string
  readonly atMs: number | undefined
}

/**
 * Everything that one round made or replaced at the destination, folders before their content; memory does not grow with their number. With
 * `isOldest` also what earlier rounds of the task had made, as far as this one found it.
 */
export function* rollbackOf(journal: ReadableJournal, options: { readonly isOldest?: boolean } = {}): Generator<RollbackEntry> {
  const { place, round } = journal.meta()
  if (!place) return
  yield* madePlaces(journal, round)
  const destPathOf = createDestinationPaths(journal)
  for (let afterId = 0; ; ) {
    const page = journal.items({ afterId, limit: PAGE_ITEMS })
    const last = page.at(-1)
    if (!last) return
    afterId = last.id
    for (const item of page) {
      const operation = operationOf(item)
      const isOfBefore = options.isOldest === true && round > 0 && item.isOurs && item.wasAtDestination && item.depth > 0
      if ((operation === undefined && !isOfBefore) || item.destItemId === undefined) continue
      yield {
        round: isOfBefore ? undefined : round,
        operation: isOfBefore ? 'created' : (operation ?? 'created'),
        kind: item.kind === 'folder' ? 'folder' : 'file',
        path: item.relPath,
        url: destinationUrlOf(place.webUrl, destPathOf(item)),
        itemId: item.destItemId,
        atMs: isOfBefore ? undefined : (item.uploadedAtMs ?? item.verifiedAtMs),
      }
    }
  }
}

/** The library and the folders above the task's own, which are no items. */
function* madePlaces(journal: ReadableJournal, round: number): Generator<RollbackEntry> {
  for (let afterSeq = 0; ; ) {
    const page = journal.structure({ afterSeq, limit: PAGE_ITEMS })
    const last = page.at(-1)
    if (!last) return
    afterSeq = last.seq
    for (const { operation, status, sourcePath, type, destinationUrl, destinationId, atMs } of page) {
      if (operation !== 'created' || status !== 'success' || sourcePath !== '' || destinationId === undefined) continue
      yield { round, operation: 'created', kind: type, path: '', url: destinationUrl, itemId: destinationId, atMs }
    }
  }
}

function operationOf(item: JournalItem): RollbackEntry['operation'] | undefined {
  const { depth, kind, destItemId, wasAtDestination, state, attempts, uploadedAtMs } = item
  if (depth === 0 || destItemId === undefined) return undefined
  if (!wasAtDestination) return state === 'filteredOut' || state === 'skipped' ? undefined : 'created'
  return kind === 'file' && attempts > 0 && uploadedAtMs !== undefined ? 'replaced' : undefined
}
