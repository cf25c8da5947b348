import { MigrationError } from '../../../shared/errors.ts'
import { CHILDREN_PAGE_ITEMS } from '../../../shared/limits.ts'
import type { StoredItem } from '../../engine/ports/destination.ts'
import { readPage } from './pages.ts'
import { graphPath, ITEM_SELECT } from './paths.ts'
import type { ServiceClient } from './serviceClient.ts'
import { type DriveItem, driveItemSchema, readAnswer, storedItem } from './wire.ts'

/** Pages asked for at once. The pacer has the last word. */
const PAGES_IN_FLIGHT = 8

/** From so many folders on, one walk through the whole library costs fewer requests than one request per folder. */
const FOLDERS_BEFORE_DELTA = 40

/** Walks that end before their end, before the listing is given up. */
const RESTARTS_MAX = 3

export interface ListingPlace {
  readonly driveId: string
  readonly rootItemId: string
  /** Only then can the whole library be walked instead of its folders. */
  readonly isLibraryRoot: boolean
}

interface ListedPage {
  readonly items: readonly DriveItem[]
  readonly next: string | undefined
}

/**
 * Everything below the place, each item once at least, in batches. Goes folder by folder; when a library turns out to have many folders it
 * starts over with one walk through the library, so that some items come twice. Memory grows with the width of the tree, not its size.
 */
export async function* listPlace(
  client: ServiceClient,
  place: ListingPlace,
  outerSignal: AbortSignal,
): AsyncGenerator<readonly StoredItem[]> {
  const stop = new AbortController()
  const signal = AbortSignal.any([outerSignal, stop.signal])
  const waiting: string[] = [childrenPath(place.driveId, place.rootItemId)]
  const flying = new Map<string, Promise<readonly [string, ListedPage]>>()
  let folders = 0
  try {
    while (waiting.length > 0 || flying.size > 0) {
      while (flying.size < PAGES_IN_FLIGHT) {
        // Last in, first out: deep before wide keeps what is waiting small.
        const path = waiting.pop()
        if (path === undefined) break
        const page = readListing(client, path, signal).then((read) => [path, read] as const)
        // Several may fail together; only the first is awaited.
        page.catch(() => undefined)
        flying.set(path, page)
      }
      const [path, page] = await Promise.race(flying.values())
      flying.delete(path)
      if (page.next !== undefined) waiting.push(page.next)
      for (const item of page.items) {
        if (item.file !== undefined) continue
        folders++
        waiting.push(childrenPath(place.driveId, item.id))
      }
      if (page.items.length > 0) yield page.items.map(storedItem)
      if (place.isLibraryRoot && folders > FOLDERS_BEFORE_DELTA && waiting.length > PAGES_IN_FLIGHT) {
        stop.abort()
        break
      }
    }
  } finally {
    stop.abort()
  }
  if (place.isLibraryRoot && waiting.length > 0) yield* listLibrary(client, place.driveId, outerSignal)
}

/** The whole library from one walk; deleted items are left out, repeated ones repeated. A walk whose token expires starts over. [B.7] */
export async function* listLibrary(
  client: ServiceClient,
  driveId: string,
  signal: AbortSignal,
): AsyncGenerator<readonly StoredItem[]> {
  const start = `${graphPath.drive(driveId)}/root/delta?$select=${ITEM_SELECT},root,deleted`
  let path: string | undefined = start
  for (let restarts = 0; path !== undefined; ) {
    const page: ListedPage | undefined = await readUnlessExpired(client, path, signal)
    if (!page && ++restarts > RESTARTS_MAX) {
      throw new MigrationError('DST_UNAVAILABLE', 'The service kept ending the listing of the library before its end.', {
        remedy: { kind: 'retry' },
      })
    }
    const items = page?.items.filter((item) => item.deleted === undefined && item.root === undefined) ?? []
    if (items.length > 0) yield items.map(storedItem)
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
