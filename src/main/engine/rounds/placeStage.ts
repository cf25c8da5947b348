import type { ItemId } from '../../../shared/domain/ids.ts'
import { asMigrationError, type MigrationError } from '../../../shared/errors.ts'
import { folderEntry } from '../plan/structureLog.ts'
import type { StoredItem } from '../ports/destination.ts'
import type { JournalFact, JournalItem, JournalPlace, ListedItem } from '../ports/journal.ts'
import type { FormerItem } from '../ports/journalFormer.ts'
import { everyOne } from '../run/flights.ts'
import { patiently, type Round, repeatedly } from '../run/round.ts'
import { Drained, endsTask, throwIfStopped } from '../run/stopping.ts'
import { collisionKey } from '../scan/collisionKey.ts'
import { concludeFailure } from '../transfer/failure.ts'

const PAGE_ITEMS = 64
const MOVES_IN_FLIGHT = 16
/** Times that one move is tried while others work on the same item. */
const ATTEMPTS_MAX = 4
/** Of items that wait for each other's places; from here on the next one steps aside. */
const CHAIN_MAX = 200

/** `later`: somebody further up waits for it. */
type Placed = 'placed' | 'refused' | 'later'

/**
 * Moves and renames at the destination what was moved and renamed at the source, each in exactly the state in which it was listed: from the
 * top, so that a folder takes its content along; who is in the way and moves himself goes first, and where they go in circles one steps aside
 * under a name of ours. Ids and versions stay. The intent is in the journal before each request; after a lost answer the item is looked at.
 * What cannot be moved is sent as new, with DST_NOT_MOVED. Errors: what ends the task; Drained.
 */
export async function placeStage(round: Round): Promise<void> {
  const { journal } = round
  const place = journal.meta().place
  if (!round.previous || !place || place.isNew) return
  const desk = new PlacingDesk(round, place)
  for (let depth = 1; depth <= journal.folderDepth() + 1; depth++) {
    for (const kind of ['folder', 'file'] as const) {
      for (;;) {
        throwIfStopped(round.stops)
        const page = journal.unplaced({ depth, kind, limit: PAGE_ITEMS })
        if (page.length === 0) break
        await desk.placeAll(page)
      }
    }
  }
  round.facts.flush()
}

class PlacingDesk {
  readonly #round: Round
  readonly #place: JournalPlace
  readonly #folders = new Map<ItemId, string>()

  constructor(round: Round, place: JournalPlace) {
    this.#round = round
    this.#place = place
  }

  /** Files whose place is free go together; all others one after the other. */
  async placeAll(page: readonly FormerItem[]): Promise<void> {
    const { journal, stops } = this.#round
    const together: FormerItem[] = []
    for (const former of page) {
      const item = former.itemId === undefined ? undefined : journal.item(former.itemId)
      const parentId = former.kind === 'file' && item?.parentId !== undefined ? this.#folders.get(item.parentId) : undefined
      const isFree = item && parentId !== undefined && journal.listedChild(parentId, item.collisionKey) === undefined
      if (isFree) together.push(former)
      else await this.#placeOne(former, [])
      if (together.length >= MOVES_IN_FLIGHT) await everyOne(together.splice(0).map((one) => this.#placeOne(one, [])))
      throwIfStopped(stops)
    }
    await everyOne(together.map((one) => this.#placeOne(one, [])))
  }

  async #placeOne({ destItemId }: FormerItem, chain: readonly string[]): Promise<Placed> {
    const { journal } = this.#round
    // Whoever was in the way may have been placed since the page was read.
    const former = journal.former(destItemId)
    if (former?.state !== 'known' && former?.state !== 'moving') return 'placed'
    const item = former.itemId === undefined ? undefined : journal.item(former.itemId)
    if (item === undefined) return this.#refuse(former, undefined, 'Nobody knows where it is at the source.')
    const stored = await this.#stored(former)
    if (stored === undefined) return this.#refuse(former, undefined, 'It is not at the destination any more.')
    const waiting = [...chain, former.destItemId]
    const parent = item.parentId === undefined ? undefined : journal.item(item.parentId)
    const parentId = parent && (await this.#folderId(parent, waiting))
    if (parentId === 'later') return 'later'
    if (parentId === undefined)
      return this.#refuse(former, item, 'The folder that it belongs in cannot be made at the destination.')
    if (isAt(stored, { parentId, name: item.destName })) {
      journal.record([{ fact: 'formerState', destItemId: former.destItemId, state: 'inPlace', detail: '' }])
      return 'placed'
    }
    if (wasMovedByOthers(former, stored))
      return this.#refuse(
        former,
        item,
        `Somebody moved it at the destination: it is called “${stored.name}” there, or lies elsewhere.`,
      )
    const isFree = await this.#clear({ parentId, key: item.collisionKey, for: former.destItemId }, waiting)
    if (isFree === 'later') return 'later'
    if (!isFree) return this.#refuse(former, item, `Its new place “${item.destName}” is taken at the destination.`)
    // It may have stepped aside meanwhile.
    return await this.#move(former, item, { stored: journal.listedItem(destItemId) ?? stored, parentId, name: item.destName })
  }

  /** After a start that was cut off, and for whoever was looked at a while ago. */
  async #stored(former: FormerItem): Promise<StoredItem | undefined> {
    const { journal, destination } = this.#round
    const listed = journal.listedItem(former.destItemId)
    if (former.state !== 'moving') return listed
    const fresh = await patiently(this.#round, (signal) => destination.getItem(former.destItemId, signal))
    if (fresh) this.#noteAt(former, listed, fresh)
    return fresh
  }

  /** Whoever holds the place and belongs elsewhere goes there, or aside. false = somebody else holds it. */
  async #clear(
    spot: { readonly parentId: string; readonly key: string; readonly for: string },
    chain: readonly string[],
  ): Promise<boolean | 'later'> {
    const { journal } = this.#round
    const holder = journal.listedChild(spot.parentId, spot.key)
    if (holder === undefined || holder.itemId === spot.for) return true
    const other = journal.former(holder.itemId)
    if (other?.itemId === undefined || (other.state !== 'known' && other.state !== 'moving')) return false
    const isWaiting = chain.includes(other.destItemId) || chain.length >= CHAIN_MAX
    if (isWaiting || (await this.#placeOne(other, chain)) === 'later') await this.#stepAside(other, holder)
    const still = journal.listedChild(spot.parentId, spot.key)
    return still === undefined || still.itemId === spot.for
  }

  async #stepAside(former: FormerItem, stored: ListedItem): Promise<void> {
    if (stored.parentId === undefined) return
    const item = former.itemId === undefined ? undefined : this.#round.journal.item(former.itemId)
    if (!item) return
    const placed = await this.#move(former, item, { stored, parentId: stored.parentId, name: asideName(former) })
    if (placed === 'placed')
      this.#round.journal.record([{ fact: 'formerState', destItemId: former.destItemId, state: 'moving', detail: '' }])
  }

  /** The destination's folder for a folder of the source, made when it is not there; undefined = it cannot be. */
  async #folderId(item: JournalItem, chain: readonly string[]): Promise<string | undefined | 'later'> {
    const { journal } = this.#round
    if (item.parentId === undefined) return this.#place.rootItemId
    const known = this.#folders.get(item.id)
    if (known !== undefined) return known
    let former = journal.formerOf(item.id)
    if (former && (former.state === 'known' || former.state === 'moving')) {
      if (chain.includes(former.destItemId) || (await this.#placeOne(former, chain)) === 'later') return 'later'
      former = journal.formerOf(item.id)
    }
    const found = former?.destItemId ?? (await this.#foundOrMade(item, chain))
    if (found !== undefined && found !== 'later') this.#folders.set(item.id, found)
    return found
  }

  async #foundOrMade(item: JournalItem, chain: readonly string[]): Promise<string | undefined | 'later'> {
    const { journal, destination } = this.#round
    const parent = item.parentId === undefined ? undefined : journal.item(item.parentId)
    const parentId = parent && (await this.#folderId(parent, chain))
    if (parentId === undefined || parentId === 'later') return parentId
    const isFree = await this.#clear({ parentId, key: item.collisionKey, for: '' }, chain)
    if (isFree === 'later') return 'later'
    const holder = journal.listedChild(parentId, item.collisionKey)
    if (holder !== undefined) return holder.kind === 'folder' ? holder.itemId : undefined
    try {
      const made = await repeatedly(this.#round, (signal) => destination.createFolder(parentId, item.destName, signal))
      journal.addListed([listed(made.item)])
      journal.addFormer([madeFolder(this.#round, item, { stored: made.item, parentId })])
      const entry = folderEntry(this.#round, item, { operation: 'created', stored: made.item, details: '' })
      journal.record([{ fact: 'structure', entry }])
      return made.item.itemId
    } catch (thrown) {
      this.#throwOn(thrown)
      return undefined
    }
  }

  async #move(
    former: FormerItem,
    item: JournalItem,
    to: { readonly stored: StoredItem; readonly parentId: string; readonly name: string },
  ): Promise<Placed> {
    const { journal, destination, tracker } = this.#round
    let { stored } = to
    journal.record([{ fact: 'formerState', destItemId: former.destItemId, state: 'moving', detail: '' }])
    for (let attempt = 1; ; attempt++) {
      try {
        const ifMatch = stored.eTag === undefined ? {} : { ifMatch: stored.eTag }
        const moved = await patiently(this.#round, (signal) =>
          destination.moveItem({ itemId: former.destItemId, parentId: to.parentId, name: to.name, ...ifMatch }, signal),
        )
        this.#noteMoved(former, item, stored, moved)
        tracker.moved()
        return 'placed'
      } catch (thrown) {
        this.#throwOn(thrown)
        const error = asMigrationError(thrown)
        if (error.code === 'DST_LOCKED' && former.kind === 'file') return this.#failed(former, item, error)
        const isWorthALook = error.remedy.kind === 'lookFirst' || error.code === 'DST_CHANGED' || error.remedy.kind === 'retry'
        if (!isWorthALook || attempt >= ATTEMPTS_MAX) return this.#refuse(former, item, error.message)
        const fresh = await patiently(this.#round, (signal) => destination.getItem(former.destItemId, signal))
        if (fresh === undefined) return this.#refuse(former, item, 'It is not at the destination any more.')
        if (isAt(fresh, to)) {
          this.#noteMoved(former, item, isSameContent(stored, fresh) ? stored : undefined, fresh)
          return 'placed'
        }
        if (!isAt(fresh, { parentId: stored.parentId, name: stored.name }))
          return this.#refuse(former, item, 'Somebody moved it at the destination in the same moment.')
        this.#noteAt(former, stored, fresh)
        stored = fresh
      }
    }
  }

  /** It is as it was, or somebody has written into it meanwhile: that shows by its state then. */
  #noteAt(former: FormerItem, before: StoredItem | undefined, fresh: StoredItem): void {
    const eTagBefore = before && isSameContent(before, fresh) ? before.eTag : undefined
    this.#round.journal.record([
      { fact: 'formerMoved', destItemId: former.destItemId, eTagBefore, stored: listed(fresh) },
      { fact: 'formerState', destItemId: former.destItemId, state: 'moving', detail: '' },
    ])
  }

  #noteMoved(former: FormerItem, item: JournalItem, before: StoredItem | undefined, stored: StoredItem): void {
    const details = `Moved from “${former.relPath}”.`
    const facts: JournalFact[] = [
      { fact: 'formerMoved', destItemId: former.destItemId, eTagBefore: before?.eTag, stored: listed(stored) },
    ]
    if (former.kind === 'folder')
      facts.push({ fact: 'structure', entry: folderEntry(this.#round, item, { operation: 'updated', stored, details }) })
    this.#round.journal.record(facts)
  }

  /** A file that is open there cannot be moved now; it is not sent a second time for that, the next round tries again. */
  #failed({ destItemId }: FormerItem, item: JournalItem, error: MigrationError): Placed {
    this.#round.journal.record([{ fact: 'formerState', destItemId, state: 'stays', detail: error.message }])
    concludeFailure(this.#round, { ...item, deferrals: Number.MAX_SAFE_INTEGER }, error)
    this.#round.facts.flush()
    return 'refused'
  }

  #refuse(former: FormerItem, item: JournalItem | undefined, why: string): Placed {
    const { destItemId, relPath } = former
    const facts: JournalFact[] = [
      { fact: 'formerIs', destItemId, id: undefined },
      { fact: 'formerState', destItemId, state: 'stays', detail: why },
    ]
    if (item) {
      const detail = `It was “${relPath}” and is not moved at the destination: ${why}`
      const issues = [...item.issues, { code: 'DST_NOT_MOVED', effect: 'warns', detail } as const]
      facts.push({ fact: 'issues', id: item.id, issues })
    }
    this.#round.journal.record(facts)
    return 'refused'
  }

  #throwOn(thrown: unknown): void {
    this.#round.stops.drop.throwIfAborted()
    if (thrown instanceof Drained || endsTask(thrown)) throw thrown
  }
}

function isAt(stored: StoredItem, to: { readonly parentId: string | undefined; readonly name: string }): boolean {
  return stored.parentId === to.parentId && (stored.name === to.name || stored.name.normalize('NFC') === to.name.normalize('NFC'))
}

/** Whoever finds it under the name that we gave it in between has found it where we left it. */
function wasMovedByOthers(former: FormerItem, stored: StoredItem): boolean {
  if (former.state === 'moving' || stored.name === asideName(former)) return false
  const isElsewhere = former.parentDestItemId !== undefined && stored.parentId !== former.parentDestItemId
  return isElsewhere || collisionKey(stored.name) !== collisionKey(former.destName)
}

/** The same every time, and nobody else's. */
function asideName({ destItemId }: FormerItem): string {
  return `portage moves ${destItemId.replace(/[^A-Za-z0-9]/g, '')}`
}

function isSameContent(a: StoredItem, b: StoredItem): boolean {
  return a.sizeBytes === b.sizeBytes && a.quickXorHash === b.quickXorHash && a.modifiedMs === b.modifiedMs
}

const listed = (stored: StoredItem): ListedItem => ({ ...stored, collisionKey: collisionKey(stored.name) })

function madeFolder(
  round: Round,
  item: JournalItem,
  { stored, parentId }: { readonly stored: StoredItem; readonly parentId: string },
): FormerItem {
  return {
    destItemId: stored.itemId,
    kind: 'folder',
    relPath: item.relPath,
    destName: item.destName,
    parentDestItemId: parentId,
    sizeBytes: 0,
    createdMs: item.createdMs,
    modifiedMs: item.modifiedMs,
    fileId: item.fileId,
    quickXorHash: undefined,
    eTag: stored.eTag,
    wasProved: false,
    isOurs: true,
    readAtMs: undefined,
    seenInRound: round.number,
    itemId: item.id,
    state: 'made',
    detail: '',
  }
}
