import { type ErrorCode, MigrationError } from '../../../shared/errors.ts'
import { CONTENT_COMPARISON_MAX_BYTES } from '../../../shared/limits.ts'
import { type ConflictDecision, decideConflict } from '../plan/planner.ts'
import { knownBefore } from '../plan/roundBefore.ts'
import type { ContentComparison } from '../ports/contentComparer.ts'
import type { StoredItem } from '../ports/destination.ts'
import type { JournalItem } from '../ports/journal.ts'
import { patiently, type Round } from '../run/round.ts'
import { comparableTime } from '../scan/timeRules.ts'
import { isRewrittenType, rewriteHabit } from '../verify/officeTypes.ts'
import { compareTimes } from '../verify/storedTimes.ts'
import { hashSource } from './contentReader.ts'
import { type ExistingFile, expectedModifiedMs, type FileToSend } from './fileToSend.ts'

/** The service may owe a hash for a while after an upload. */
const HASH_ATTEMPTS_MAX = 4
const HASH_WAIT_MS = 5000

export type Found =
  | { readonly kind: 'absent' }
  /** It is there already; nothing is to be sent. */
  | { readonly kind: 'arrived'; readonly stored: StoredItem; readonly hash: string }
  /** It is there already with another time, in exactly this state. */
  | { readonly kind: 'retime'; readonly stored: StoredItem; readonly hash: string }
  /** Something else is there and stays; the source's file goes beside it. */
  | { readonly kind: 'keepBoth'; readonly existing: ExistingFile; readonly reason: string; readonly hash: string }
  /** Something else is there, to be replaced in exactly this state. */
  | { readonly kind: 'replace'; readonly existing: ExistingFile; readonly reason: string }
  /** Something else is there and stays. */
  | {
      readonly kind: 'stays'
      readonly existing: ExistingFile
      readonly code: ErrorCode | undefined
      readonly reason: string
      /** Of the source. */
      readonly hash: string
    }

/**
 * What the destination has under the name of a file, before anything is sent that may have been sent already: the file itself, nothing, or
 * something else. The answer is fresh; a file that this round has sent is recognised by its content, or, where the service changes the
 * content, by the times that the round gave it. Errors: DST_EXISTS for a folder of that name; what the calls throw.
 */
export async function look(round: Round, file: FileToSend): Promise<Found> {
  const stored = await patiently(round, (signal) => round.destination.findChild(file.parentItemId, file.item.destName, signal))
  if (stored === undefined) return { kind: 'absent' }
  if (isUntouched(file, stored))
    return { kind: 'replace', existing: existingOf(stored), reason: 'It is as it was before the round.' }
  return await judgeExisting(round, file, stored)
}

/** The same for a state that is known: the listing made before the round. */
export async function judgeExisting(round: Round, file: FileToSend, listed: StoredItem): Promise<Found> {
  const { item } = file
  if (listed.kind === 'folder') {
    throw new MigrationError('DST_EXISTS', `The destination has a folder where the file "${item.relPath}" belongs.`, {
      remedy: { kind: 'failItem' },
    })
  }
  const source = await hashSource(round, item.relPath)
  const stored = listed.quickXorHash === undefined && listed.sizeBytes > 0 ? await withHash(round, listed) : listed
  const isOurs = item.attempts > 0
  const isEqual = source.sizeBytes === stored.sizeBytes && (source.sizeBytes === 0 || source.hash === stored.quickXorHash)
  // What this round sent needs no equal times to be recognised: they travel with the content, or follow it.
  if (isOurs && isEqual) return { kind: 'arrived', stored, hash: source.hash }
  // What takes a name before its content comes, when the start before this one was cut off in between.
  if (isOurs && !item.wasAtDestination && stored.sizeBytes === 0)
    return { kind: 'replace', existing: existingOf(stored), reason: 'It is empty.' }
  const isAsSent = source.sizeBytes === item.sizeBytes && (item.modifiedMs ?? source.modifiedMs) === source.modifiedMs
  if (isOurs && isAsSent && wasRewritten(round, file, stored)) return { kind: 'arrived', stored, hash: source.hash }
  const known = knownBefore(round, item, stored)
  const { wasProved, provedETag } = known
  const isSameAsStored = known.destination === 'untouched' && known.storedHash === source.hash
  const decision = decideConflict(
    {
      destName: item.destName,
      kind: 'file',
      sizeBytes: source.sizeBytes,
      ...comparableTime(source.modifiedMs, round.clock.now()),
      quickXorHash: source.hash,
      wasProved: wasProved && isAsSent,
      provedETag: isAsSent ? provedETag : undefined,
      hasChanged: known.hasChanged === undefined ? undefined : known.hasChanged && known.storedHash !== source.hash,
      destination: known.destination,
      isSameAsStored,
    },
    stored,
    round.task.settings,
  )
  const existing = existingOf(stored)
  switch (decision.kind) {
    case 'upload':
    case 'replace':
      return { kind: 'replace', existing, reason: decision.kind === 'replace' ? decision.reason : '' }
    case 'skip':
      if (!isEqual) return { kind: 'stays', existing, code: decision.code, reason: decision.reason, hash: source.hash }
      if (round.number === 0) return { kind: 'arrived', stored, hash: source.hash }
      return { kind: 'stays', existing, code: undefined, reason: 'Same content; its time differs.', hash: source.hash }
    case 'keepBoth':
      return { kind: 'keepBoth', existing, reason: decision.reason, hash: source.hash }
    case 'timesDiffer': {
      const isRestored = known.hasChanged === true && known.destination === 'untouched'
      const isWanted = (decision.age === 'newer' || (decision.age === 'older' && isRestored)) && !known.isClockShift
      if (isWanted && !isOurs && source.sizeBytes > 0) return { kind: 'retime', stored, hash: source.hash }
      if (isWanted || round.number === 0) return { kind: 'arrived', stored, hash: source.hash }
      return { kind: 'stays', existing, code: undefined, reason: decision.reason, hash: source.hash }
    }
    case 'needsComparison':
      return await compareRewritten(round, { item, stored, hash: source.hash, isOurs, decision })
    case 'needsHash':
    case 'alreadyThere': {
      // Where the service still owes its hash, size and time agree; what no round has proved is left to the proof at the end.
      const isKnown = decision.kind === 'alreadyThere' || (wasProved && isAsSent)
      if (round.number > 0 && !isOurs && isKnown)
        return { kind: 'stays', existing, code: undefined, reason: decision.reason, hash: source.hash }
      return { kind: 'arrived', stored, hash: source.hash }
    }
  }
}

function isUntouched({ item }: FileToSend, stored: StoredItem): boolean {
  return item.wasAtDestination && stored.eTag !== undefined && stored.eTag === item.eTag && stored.itemId === item.destItemId
}

function wasRewritten(round: Round, { item }: FileToSend, stored: StoredItem): boolean {
  if (!isRewrittenType(item.destName) || item.wasAtDestination) return false
  const modifiedMs = expectedModifiedMs(round, item)
  return modifiedMs === undefined || compareTimes(modifiedMs, stored.modifiedMs) === 'equal'
}

/** Of a file that the service may have changed in storing it: the same parts are the same file. */
async function compareRewritten(
  round: Round,
  found: {
    readonly item: JournalItem
    readonly stored: StoredItem
    readonly hash: string
    readonly isOurs: boolean
    readonly decision: Extract<ConflictDecision, { kind: 'needsComparison' }>
  },
): Promise<Found> {
  const { item, stored, hash, isOurs, decision } = found
  const { kind, reason } = await compareParts(round, item, stored)
  const existing = existingOf(stored)
  if (kind === 'different' || (kind === 'cannotTell' && !decision.isSameTime)) {
    const { otherwise } = decision
    if (otherwise.kind === 'replace') return { kind: 'replace', existing, reason }
    if (otherwise.kind === 'keepBoth') return { kind: 'keepBoth', existing, reason: otherwise.reason, hash }
    return { kind: 'stays', existing, code: otherwise.code, reason: otherwise.reason, hash }
  }
  // What nobody could tell is left to the proof at the end, which says so.
  if (kind === 'cannotTell' || round.number === 0 || isOurs) return { kind: 'arrived', stored, hash }
  return { kind: 'stays', existing, code: undefined, reason, hash }
}

async function compareParts(round: Round, item: JournalItem, stored: StoredItem): Promise<ContentComparison> {
  const { source, destination, comparer, stops } = round
  if (rewriteHabit(item.destName) !== 'comparable' || stored.sizeBytes > CONTENT_COMPARISON_MAX_BYTES)
    return { kind: 'cannotTell', reason: 'Files of this type and size cannot be compared part by part.' }
  return await comparer.compare({ source, relPath: item.relPath, destination, itemId: stored.itemId, of: 'parts' }, stops.drop)
}

async function withHash(round: Round, listed: StoredItem): Promise<StoredItem> {
  let stored = listed
  for (let attempt = 1; attempt <= HASH_ATTEMPTS_MAX; attempt++) {
    stored = (await patiently(round, (signal) => round.destination.getItem(listed.itemId, signal))) ?? stored
    if (stored.quickXorHash !== undefined || attempt === HASH_ATTEMPTS_MAX) break
    await round.clock.sleep(HASH_WAIT_MS, round.stops.drop)
  }
  return stored
}

function existingOf(stored: StoredItem): ExistingFile {
  return { destItemId: stored.itemId, eTag: stored.eTag }
}
