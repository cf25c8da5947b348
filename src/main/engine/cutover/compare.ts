import type { ItemKind } from '../../../shared/domain/item.ts'
import type { Task } from '../../../shared/domain/task.ts'
import { MigrationError } from '../../../shared/errors.ts'
import { GONE_KEPT_MAX } from '../../../shared/limits.ts'
import { type ScanDeps, scanSource } from '../engine.ts'
import type { DestinationPlace, Destinations } from '../ports/destination.ts'
import type { JournalFact, JournalItem, ListedItem, PlacedItem, ReadableJournal } from '../ports/journal.ts'
import { createDestinationPaths, destinationUrlOf } from '../report/places.ts'
import { collisionKey } from '../scan/collisionKey.ts'
import { comparableTime } from '../scan/timeRules.ts'
import { type DifferenceCause, type FileBefore, judgePair, judgeUnstored } from './judgePair.ts'

const PAGE_ITEMS = 500

export interface Difference {
  /** `left`: the task does not migrate it, and no filter asked for that. */
  readonly kind: 'missing' | 'different' | 'extra' | 'left'
  readonly itemKind: ItemKind
  /** Below the source; of an extra one where it was, when that is known. */
  readonly path: string
  readonly url: string
  readonly cause: DifferenceCause
  /** One sentence. */
  readonly detail: string
}

/** Source and destination side by side; every item of the source is in exactly one of same, missing, different, left and filtered. */
export interface Comparison {
  readonly sourceFiles: number
  readonly same: number
  readonly missing: number
  readonly different: number
  readonly extra: number
  readonly left: number
  readonly filtered: number
  /** What a round would send now. */
  readonly delta: { readonly files: number; readonly bytes: number }
  /** Items of the last round that are somewhere else at the source now: a round moves them, it does not send them. */
  readonly moved: number
  /** Items of the last round that are not at the source any more. */
  readonly gone: number
}

export interface CompareDeps extends ScanDeps {
  readonly destinations: Destinations
  /** Journals of the rounds of this task that may have written something, the last one first. */
  readonly rounds: readonly ReadableJournal[]
}

/**
 * Walks the source and lists the destination, both anew, and compares them item by item. Writes nothing to either; `journal` is an empty one
 * that is thrown away. The journals of former rounds say why something differs, never whether. Memory does not grow with the tree. Errors: what
 * the source says of its root, SRC_NOT_FOUND for one that was emptied; what opening and listing the destination throws; the signal's reason.
 */
export async function compareTask(
  deps: CompareDeps,
  task: Pick<Task, 'source' | 'destination' | 'settings'>,
  options: { readonly agentName: string; readonly onDifference: (difference: Difference) => void; readonly signal: AbortSignal },
): Promise<Comparison> {
  const { signal } = options
  const destination = await deps.destinations.open(task.destination, { createMissing: false, signal })
  const [last] = deps.rounds
  const settings = { ...task.settings, isScanOnly: false }
  const outcome = await scanSource(
    { ...deps, ...(last ? { previous: last } : {}) },
    { source: task.source, settings },
    { agentName: options.agentName, drainSignal: signal, signal, onProgress: () => undefined, place: destination.place },
  )
  signal.throwIfAborted()
  if (outcome.error) throw outcome.error
  const { journal } = deps
  assertNotEmptied(deps)
  journal.beginListing()
  for await (const items of destination.list(signal)) {
    signal.throwIfAborted()
    journal.addListed(items.map((item) => ({ ...item, collisionKey: collisionKey(item.name) })))
  }
  journal.endListing('arrived')
  return new Comparing(deps, { place: destination.place, task, ...options }).run()
}

/** A share that is not mounted is an empty folder. */
function assertNotEmptied({ journal, rounds: [last] }: CompareDeps): void {
  if (journal.items({ afterId: 0, limit: 2 }).length > 1) return
  if ((last?.items({ afterId: 0, limit: 1, kinds: ['file'] }).length ?? 0) === 0) return
  throw new MigrationError('SRC_NOT_FOUND', 'The source is empty, and the last round found files in it.', {
    remedy: { kind: 'stopTask' },
    fix: 'Check that the share is mounted and that the path is right.',
  })
}

interface Comparable {
  readonly place: DestinationPlace
  readonly task: Pick<Task, 'settings' | 'destination'>
  readonly onDifference: (difference: Difference) => void
  readonly signal: AbortSignal
}

class Comparing {
  readonly #deps: CompareDeps
  readonly #given: Comparable
  readonly #destPathOf: (item: JournalItem) => string
  /** What the last round stored and the source does not have any more, by destination id. */
  readonly #gone = new Map<string, { readonly path: string; readonly fileId: string | undefined }>()
  readonly #goneFileIds = new Set<string>()
  readonly #sum = { sourceFiles: 0, same: 0, missing: 0, different: 0, extra: 0, left: 0, filtered: 0, moved: 0, gone: 0 }
  readonly #delta = { files: 0, bytes: 0 }

  constructor(deps: CompareDeps, given: Comparable) {
    this.#deps = deps
    this.#given = given
    this.#destPathOf = createDestinationPaths(deps.journal)
  }

  run(): Comparison {
    this.#findGone()
    this.#folders()
    this.#files()
    this.#others()
    this.#extras()
    return { ...this.#sum, delta: this.#delta }
  }

  #tell(difference: Difference): void {
    this.#sum[difference.kind]++
    this.#given.onDifference(difference)
  }

  #urlOf(item: JournalItem): string {
    return destinationUrlOf(this.#given.place.webUrl, this.#destPathOf(item))
  }

  #findGone(): void {
    const [last] = this.#deps.rounds
    if (!last) return
    for (let afterId = 0; ; ) {
      this.#given.signal.throwIfAborted()
      const page = last.items({ afterId, limit: PAGE_ITEMS })
      const end = page.at(-1)
      if (!end) return
      afterId = end.id
      for (const { destItemId, relPath, fileId, depth } of page) {
        if (destItemId === undefined || depth === 0 || this.#deps.journal.itemAt(relPath) !== undefined) continue
        this.#sum.gone++
        if (this.#gone.size >= GONE_KEPT_MAX) continue
        this.#gone.set(destItemId, { path: relPath, fileId })
        if (fileId !== undefined) this.#goneFileIds.add(fileId)
      }
    }
  }

  /** From the root down: whoever is at the destination is known by the id of the folder around it. */
  #folders(): void {
    const { journal } = this.#deps
    for (let depth = 0; depth <= journal.folderDepth(); depth++) {
      for (let afterId = 0; ; ) {
        this.#given.signal.throwIfAborted()
        const page = journal.foldersAtDepth({ depth, afterId, limit: PAGE_ITEMS })
        const last = page.at(-1)
        if (!last) break
        afterId = last.item.id
        journal.record(page.flatMap((placed) => this.#folder(placed)))
      }
    }
  }

  #folder({ item, parentDestItemId }: PlacedItem): readonly JournalFact[] {
    const { journal } = this.#deps
    if (item.depth === 0) return [this.#found(item, this.#given.place.rootItemId)]
    if (item.state !== 'scanned') return []
    const listed = parentDestItemId === undefined ? undefined : journal.listedChild(parentDestItemId, item.collisionKey)
    if (listed?.kind === 'folder') {
      this.#sum.same++
      return [this.#found(item, listed.itemId)]
    }
    this.#missing(item, this.#before(item))
    return []
  }

  #found({ id }: JournalItem, destItemId: string): JournalFact {
    return { fact: 'uploaded', id, destItemId, eTag: undefined, quickXorHash: undefined, atMs: this.#deps.clock.now() }
  }

  #files(): void {
    const { journal } = this.#deps
    for (let afterId = 0; ; ) {
      this.#given.signal.throwIfAborted()
      const page = journal.itemsWithExisting({ afterId, limit: PAGE_ITEMS, states: ['scanned'], kinds: ['file'] })
      const last = page.at(-1)
      if (!last) return
      afterId = last.item.id
      journal.record(page.flatMap(({ item, listed }) => this.#file(item, listed)))
    }
  }

  #file(item: JournalItem, listed: ListedItem | undefined): readonly JournalFact[] {
    this.#sum.sourceFiles++
    const before = this.#before(item)
    if (listed === undefined) {
      this.#missing(item, before)
      return []
    }
    const { isTimeAhead, modifiedMs } = comparableTime(item.modifiedMs, this.#deps.clock.now())
    const judged = judgePair(
      { name: item.name, sizeBytes: item.sizeBytes, modifiedMs: isTimeAhead ? undefined : modifiedMs },
      listed,
      { before, keepsTimes: this.#given.task.settings.preserveTimes },
    )
    if (judged.kind === 'same') this.#sum.same++
    else {
      if (judged.cause === 'changedAtSource' || judged.cause === 'newAtSource') this.#sends(item)
      this.#tell({ ...judged, itemKind: 'file', path: item.relPath, url: this.#urlOf(item) })
    }
    return [this.#found(item, listed.itemId)]
  }

  #missing(item: JournalItem, before: FileBefore | undefined): void {
    const isMoved = before === undefined && item.fileId !== undefined && this.#goneFileIds.has(item.fileId)
    if (isMoved) this.#sum.moved++
    else if (item.kind === 'file') this.#sends(item)
    const itemKind = item.kind
    this.#tell({ kind: 'missing', itemKind, path: item.relPath, url: this.#urlOf(item), ...judgeUnstored(before, { isMoved }) })
  }

  #sends({ sizeBytes }: JournalItem): void {
    this.#delta.files++
    this.#delta.bytes += sizeBytes
  }

  /** The last word of each round about an item, until one has proved it. */
  #before(item: JournalItem): FileBefore | undefined {
    let newest: FileBefore | undefined
    for (const journal of this.#deps.rounds) {
      const known = journal.itemAt(item.relPath)
      if (known === undefined) continue
      const { state, errorCode, message, sizeBytes, modifiedMs, quickXorHash, verdict } = known
      const isSame = sizeBytes === item.sizeBytes && modifiedMs === item.modifiedMs
      newest ??= { state, errorCode, message, isSameAsNow: isSame, quickXorHash: undefined, verdict: undefined }
      if (!isSame) break
      newest = { ...newest, quickXorHash: newest.quickXorHash ?? quickXorHash, verdict }
      if (verdict !== undefined) break
    }
    return newest
  }

  /** What does not travel: told, unless a filter of the task asked for that. */
  #others(): void {
    for (let afterId = 0; ; ) {
      this.#given.signal.throwIfAborted()
      const page = this.#deps.journal.items({ afterId, limit: PAGE_ITEMS, states: ['filteredOut', 'skipped', 'failed'] })
      const last = page.at(-1)
      if (!last) return
      afterId = last.id
      for (const { kind, state, relPath, message } of page) {
        if (kind === 'file') this.#sum.sourceFiles++
        if (state === 'filteredOut') this.#sum.filtered++
        else this.#tell({ kind: 'left', itemKind: kind, path: relPath, url: '', cause: 'leftByRule', detail: message ?? '' })
      }
    }
  }

  #extras(): void {
    for (let afterItemId = ''; ; ) {
      this.#given.signal.throwIfAborted()
      const page = this.#deps.journal.extras({ afterItemId, limit: PAGE_ITEMS })
      const last = page.at(-1)
      if (!last) return
      afterItemId = last.itemId
      for (const { itemId, name, kind, webUrl } of page) {
        const gone = this.#gone.get(itemId)
        this.#tell({
          kind: 'extra',
          itemKind: kind,
          path: gone?.path ?? name,
          url: webUrl ?? '',
          cause: gone === undefined ? 'madeAtDestination' : 'goneFromSource',
          detail:
            gone === undefined
              ? 'No round of this task has brought it: somebody else made it at the destination.'
              : 'The source has it there no more; it was removed, renamed or moved after the last round.',
        })
      }
    }
  }
}
