import { MigrationError } from '../../../shared/errors.ts'
import { CHILDREN_PAGE_ITEMS } from '../../../shared/limits.ts'
import type { StoredItem } from '../../engine/ports/destination.ts'
import { readPage } from './pages.ts'
import { graphPath, ITEM_SELECT } from './paths.ts'
import type { ServiceClient } from './serviceClient.ts'
import { type DriveItem, driveItemSchema, readAnswer, storedItem } from './wire.ts'

/** Pages asked for at once. The pacer has the last word. */
const PAGES_IN_FLIGHT = 8

/** From so many folders on, a walk through the whole library may cost fewer requests than one request per folder. */
const FOLDERS_BEFORE_DELTA = 40

/** Walks that end before their end, before the listing is given up. */
const RESTARTS_MAX = 3

export interface ListingPlace {
  readonly driveId: string
  readonly rootItemId: string
  /** Then a walk through the whole library finds nothing but the place. */
  readonly isLibraryRoot: boolean
}

interface ListedPage {
  readonly items: readonly DriveItem[]
  readonly next: string | undefined
}

/**
 * Everything below the place, each item once at least, in batches. Goes folder by folder; when there turn out to be many folders, one walk
 * through the whole library may cost less. The library of a place that is its root is walked to its end then. Around any other place may lie
 * a library of any size: both ways go on in turns, each with twice the requests of its turn before, and the first that ends ends the listing;
 * whatever the library holds, it costs a small multiple of the better way. Items from elsewhere in the library may come along. Memory grows
 * with the width of the tree, not its size.
 */
export async function* listPlace(
  client: ServiceClient,
  place: ListingPlace,
  outerSignal: AbortSignal,
): AsyncGenerator<readonly StoredItem[]> {
  const stop = new AbortController()
  const signal = AbortSignal.any([outerSignal, stop.signal])
  const folders = new FolderWalk(client, place, signal)
  const library = libraryPages(client, place.driveId, outerSignal)
  try {
    yield* folders.untilWide()
    for (let turnRequests = FOLDERS_BEFORE_DELTA; !folders.isDone; turnRequests *= 2) {
      if (place.isLibraryRoot) stop.abort()
      for (let pages = 0; place.isLibraryRoot || pages < turnRequests; pages++) {
        const page = await library.next()
        if (page.done) return
        if (page.value.length > 0) yield page.value
      }
      yield* folders.for(turnRequests)
    }
  } finally {
    stop.abort()
    await library.return(undefined)
  }
}

/** The way folder by folder, several requests in flight. Whoever stops reading stops it; it goes on where it was. */
class FolderWalk {
  readonly #client: ServiceClient
  readonly #driveId: string
  readonly #signal: AbortSignal
  readonly #waiting: string[]
  readonly #flying = new Map<string, Promise<readonly [string, ListedPage]>>()
  #folderCount = 0

  constructor(client: ServiceClient, place: ListingPlace, signal: AbortSignal) {
    this.#client = client
    this.#driveId = place.driveId
    this.#signal = signal
    this.#waiting = [childrenPath(place.driveId, place.rootItemId)]
  }

  get isDone(): boolean {
    return this.#waiting.length === 0 && this.#flying.size === 0
  }

  /** To the end, or until there are more folders than another way is worth. */
  untilWide(): AsyncGenerator<readonly StoredItem[]> {
    return this.#walk(() => this.#folderCount > FOLDERS_BEFORE_DELTA && this.#waiting.length > PAGES_IN_FLIGHT)
  }

  /** For so many requests more, a few above. */
  for(requests: number): AsyncGenerator<readonly StoredItem[]> {
    let left = requests
    return this.#walk(() => left-- <= 0)
  }

  async *#walk(isEnough: () => boolean): AsyncGenerator<readonly StoredItem[]> {
    while (!this.isDone) {
      this.#launch()
      const [path, page] = await Promise.race(this.#flying.values())
      this.#flying.delete(path)
      if (page.next !== undefined) this.#waiting.push(page.next)
      for (const item of page.items) {
        if (item.file !== undefined) continue
        this.#folderCount++
        this.#waiting.push(childrenPath(this.#driveId, item.id))
      }
      if (page.items.length > 0) yield page.items.map(storedItem)
      if (isEnough()) return
    }
  }

  #launch(): void {
    while (this.#flying.size < PAGES_IN_FLIGHT) {
      // Last in, first out: deep before wide keeps what is waiting small.
      const path = this.#waiting.pop()
      if (path === undefined) return
      const page = readListing(this.#client, path, this.#signal).then((read) => [path, read] as const)
      // Several may fail together; only the first is awaited.
      page.catch(() => undefined)
      this.#flying.set(path, page)
    }
  }
}

/**
 * The whole library from one walk, a batch per request, which may be empty; deleted items are left out, repeated ones repeated. A walk whose
 * token expires starts over. [B.7]
 */
export async function* libraryPages(
  client: ServiceClient,
  driveId: string,
  signal: AbortSignal,
): AsyncGenerator<readonly StoredItem[], void, undefined> {
  const start = `${graphPath.drive(driveId)}/root/delta?$select=${ITEM_SELECT},root,deleted`
  let path: string | undefined = start
  for (let restarts = 0; path !== undefined; ) {
    const page: ListedPage | undefined = await readUnlessExpired(client, path, signal)
    if (!page && ++restarts > RESTARTS_MAX) {
      throw new MigrationError('DST_UNAVAILABLE', 'The service kept ending the listing of the library before its end.', {
        remedy: { kind: 'retry' },
      })
    }
    yield (page?.items ?? []).filter((item) => item.deleted === undefined && item.root === undefined).map(storedItem)
    path = page === undefined ? start : page.next
  }
}

async function readUnlessExpired(client: ServiceClient, path: string, signal: AbortSignal): Promise<ListedPage | undefined> {
  try {
    return await readListing(client, path, signal)
  } catch (thrown) {
    if (thrown instanceof MigrationError && thrown.status === 410) return undefined
    throw thrown
  }
}

const childrenPath = (driveId: string, itemId: string): string =>
  `${graphPath.item(driveId, itemId)}/children?$select=${ITEM_SELECT}&$top=${CHILDREN_PAGE_ITEMS}`

async function readListing(client: ServiceClient, path: string, signal: AbortSignal): Promise<ListedPage> {
  const what = 'The listing of the destination'
  const page = await readPage(client, path, { what, signal })
  return { items: page.values.map((value) => readAnswer(driveItemSchema, value, what)), next: page.next }
}
