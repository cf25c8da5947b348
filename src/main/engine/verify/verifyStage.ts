import type { Verdict } from '../../../shared/domain/item.ts'
import { asMigrationError, type ErrorCode } from '../../../shared/errors.ts'
import type { StoredItem } from '../ports/destination.ts'
import type { JournalItem, ListedItem, PlacedItem } from '../ports/journal.ts'
import { Flights } from '../run/flights.ts'
import { patiently, type Round } from '../run/round.ts'
import { endsTask, throwIfStopped } from '../run/stopping.ts'
import { collisionKey } from '../scan/collisionKey.ts'
import { expectedModifiedMs } from '../transfer/fileToSend.ts'
import { listPlace } from './listingStage.ts'
import { compareTimes } from './storedTimes.ts'
import { type Judgement, judge } from './verdict.ts'

const PAGE_ITEMS = 500
const QUESTIONS_IN_FLIGHT = 8
/** The service may owe a hash for a while; how often an item is asked for by itself, and the pause before the next time. */
const HASH_ATTEMPTS_MAX = 4
const HASH_WAIT_MS = 5000
/** Whole uploads of one file that are done again because it is missing. */
const REUPLOADS_MAX = 1

export interface Proof {
  /** Items that were found missing or wrong and are planned again; the round goes back to its folders and files. */
  readonly sentAgainCount: number
}

/**
 * Proves the round from an independent listing of the destination: every item that was uploaded gets its verdict, or is planned again once
 * when it is missing, or when an import stored it wrong. Items that cannot be proved have that as their verdict. Errors: what ends the task; Drained.
 */
export async function verifyStage(round: Round): Promise<Proof> {
  const { journal } = round
  if (journal.meta().listing !== 'arrived') await listPlace(round, 'arrived')
  const flights = new Flights({ capacity: QUESTIONS_IN_FLIGHT, onFailure: round.stops.fail })
  let sentAgainCount = 0
  try {
    for (let afterId = 0; ; ) {
      throwIfStopped(round.stops)
      const page = journal.itemsWithArrived({ afterId, limit: PAGE_ITEMS, states: ['uploaded'] })
      const last = page.at(-1)
      if (!last) break
      afterId = last.item.id
      for (const placed of page) {
        throwIfStopped(round.stops)
        if (isProvedByListing(round, placed)) continue
        await flights.launch(1, async () => {
          if (await proveByAsking(round, placed)) sentAgainCount++
        })
      }
    }
  } catch (thrown) {
    round.stops.fail(thrown)
    throw thrown
  } finally {
    await flights.landed()
    round.facts.flush()
  }
  if (sentAgainCount === 0) journal.record([{ fact: 'meta', change: { extraItemCount: countExtras(round) } }])
  return { sentAgainCount }
}

/** Most items are settled by their line of the listing alone. */
function isProvedByListing(round: Round, { item, parentDestItemId, listed }: PlacedItem): boolean {
  if (item.depth === 0) {
    settle(round, item, { verdict: 'exact', reason: 'The place of the task.' })
    return true
  }
  if (listed === undefined || wasMoved(item, listed, parentDestItemId)) return false
  const judgement = judgeItem(round, item, listed, false)
  if (judgement.kind !== 'exact') return false
  settle(round, item, { verdict: 'exact', reason: judgement.reason })
  return true
}

/** true = it is planned again. */
async function proveByAsking(round: Round, placed: PlacedItem): Promise<boolean> {
  const { item, parentDestItemId } = placed
  try {
    const stored = await freshWithHash(round, placed)
    if (stored === undefined) return missing(round, item)
    if (wasMoved(item, stored, parentDestItemId)) {
      fail(
        round,
        item,
        'VFY_DIFFERENT',
        `"${item.relPath}" is at the destination under another name or in another folder: "${stored.name}".`,
      )
      return false
    }
    const judgement = judgeItem(round, item, stored, true)
    if (judgement.kind === 'needsContentComparison') return await compareContent(round, item, stored, judgement)
    return conclude(round, item, stored, judgement)
  } catch (thrown) {
    round.stops.drop.throwIfAborted()
    if (endsTask(thrown)) throw thrown
    const error = asMigrationError(thrown)
    settle(round, item, { verdict: 'unverifiable', reason: `It was stored, but the proof failed: ${error.message}` })
  }
  return false
}

/** Listings may lag behind and leave hashes out; only a fresh answer proves that something is missing or different. */
async function freshWithHash(round: Round, { item, listed }: PlacedItem): Promise<StoredItem | undefined> {
  if (listed?.kind === 'folder') return listed
  const itemId = item.destItemId
  if (itemId === undefined) return undefined
  for (let attempt = 1; ; attempt++) {
    const stored = await patiently(round, (signal) => round.destination.getItem(itemId, signal))
    if (stored === undefined || stored.kind === 'folder' || stored.sizeBytes === 0) return stored
    if (stored.quickXorHash !== undefined || attempt >= HASH_ATTEMPTS_MAX) return stored
    await round.clock.sleep(HASH_WAIT_MS, round.stops.drop)
  }
}

function judgeItem(round: Round, item: JournalItem, stored: StoredItem, wasAskedAgain: boolean): Judgement {
  return judge(
    {
      destName: item.destName,
      kind: item.kind === 'folder' ? 'folder' : 'file',
      sizeBytes: item.sizeBytes,
      quickXorHash: item.quickXorHash,
      modifiedMs: expectedModifiedMs(round, item),
    },
    stored,
    { service: round.task.destination.kind === 'oneDrive' ? 'oneDrive' : 'sharePoint', wasAskedAgain },
  )
}

function conclude(round: Round, item: JournalItem, stored: StoredItem, judgement: Judgement): boolean {
  switch (judgement.kind) {
    case 'exact':
    case 'unverifiable':
      settle(round, item, { verdict: judgement.kind, reason: judgement.reason })
      return false
    case 'needsHash':
    case 'needsContentComparison':
      settle(round, item, { verdict: 'unverifiable', reason: judgement.reason })
      return false
    case 'different':
      return different(round, item, stored, judgement.reason)
    case 'missing':
      fail(round, item, 'VFY_MISSING', judgement.reason)
      return false
  }
}

async function compareContent(
  round: Round,
  item: JournalItem,
  stored: StoredItem,
  judgement: Extract<Judgement, { kind: 'needsContentComparison' }>,
): Promise<boolean> {
  const { source, destination, comparer, stops } = round
  const comparison = await comparer.compare(
    { source, relPath: item.relPath, destination, itemId: stored.itemId, of: judgement.of },
    stops.drop,
  )
  const reason = `${judgement.reason} ${comparison.reason}`
  switch (comparison.kind) {
    case 'equalBytes':
      settle(round, item, { verdict: 'exact', reason })
      return false
    case 'equalParts':
      settle(round, item, { verdict: 'rewritten', reason })
      return false
    case 'cannotTell':
      settle(round, item, { verdict: 'unverifiable', reason })
      return false
    case 'different':
      return different(round, item, stored, reason)
  }
}

/**
 * What an import stored wrong is sent again once by the session route, over exactly that state. Only when it still has the time that we gave
 * it: a file with another time is somebody's edit, and nobody's edit is overwritten.
 */
function different(round: Round, item: JournalItem, stored: StoredItem, reason: string): boolean {
  const isOurs = compareTimes(expectedModifiedMs(round, item), stored.modifiedMs) === 'equal'
  const isFile = item.kind === 'file' && stored.kind === 'file'
  if (item.route !== 'package' || !isFile || !isOurs || item.reuploads >= REUPLOADS_MAX) {
    fail(round, item, 'VFY_DIFFERENT', reason)
    return false
  }
  round.facts.later(
    { fact: 'rerouted', id: item.id, route: 'session', reason: `An import stored it wrong: ${reason}` },
    {
      fact: 'sendAgain',
      id: item.id,
      reason: `It was stored wrong: ${reason}`,
      existing: { destItemId: stored.itemId, eTag: stored.eTag },
    },
  )
  round.tracker.lost(item.sizeBytes)
  return true
}

function missing(round: Round, item: JournalItem): boolean {
  if (item.reuploads >= REUPLOADS_MAX) {
    fail(round, item, 'VFY_MISSING', `"${item.relPath}" was stored twice and is not at the destination.`)
    return false
  }
  round.facts.later({
    fact: 'sendAgain',
    id: item.id,
    reason: 'It was stored, but is not at the destination.',
    existing: undefined,
  })
  if (item.route === 'package') {
    round.facts.later({ fact: 'rerouted', id: item.id, route: 'session', reason: 'An import brought it and it is not there.' })
  }
  if (item.kind === 'file') round.tracker.lost(item.sizeBytes)
  return true
}

function settle(round: Round, item: JournalItem, proof: { readonly verdict: Verdict; readonly reason: string }): void {
  // A folder that could not be listed to its end is there, with what was seen of it; nobody knows what else belongs into it.
  const unseen = item.kind === 'folder' ? item.issues.find(({ effect }) => effect === 'blocks') : undefined
  if (unseen) {
    const { code, detail } = unseen
    round.facts.later({ fact: 'failed', id: item.id, stage: 'scanning', code, message: detail, atMs: round.clock.now() })
    return
  }
  round.facts.later({ fact: 'migrated', id: item.id, ...proof, atMs: round.clock.now() })
  if (item.kind === 'file') round.tracker.migrated(item.sizeBytes)
}

function fail(round: Round, item: JournalItem, code: ErrorCode, message: string): void {
  const verdict = code === 'VFY_DIFFERENT' ? { verdict: 'different' as const } : {}
  round.facts.later({ fact: 'failed', id: item.id, stage: 'querying', code, message, ...verdict, atMs: round.clock.now() })
  if (item.kind === 'file') round.tracker.failed()
}

function wasMoved(item: JournalItem, stored: StoredItem | ListedItem, parentDestItemId: string | undefined): boolean {
  const isElsewhere = stored.parentId !== undefined && parentDestItemId !== undefined && stored.parentId !== parentDestItemId
  return isElsewhere || collisionKey(stored.name) !== item.collisionKey
}

function countExtras(round: Round): number {
  let count = 0
  for (let afterItemId = ''; ; ) {
    const page = round.journal.extras({ afterItemId, limit: PAGE_ITEMS })
    const last = page.at(-1)
    if (!last) return count
    count += page.length
    afterItemId = last.itemId
  }
}
