import { type ErrorCode, MigrationError } from '../../../shared/errors.ts'
import { decideConflict } from '../plan/planner.ts'
import type { StoredItem } from '../ports/destination.ts'
import { patiently, type Round } from '../run/round.ts'
import { isRewrittenType } from '../verify/officeTypes.ts'
import { compareTimes } from '../verify/storedTimes.ts'
import { hashSource } from './contentReader.ts'
import { type ExistingFile, type FileToSend, timesToStore } from './fileToSend.ts'

/** The service may owe a hash for a while after an upload. */
const HASH_ATTEMPTS_MAX = 4
const HASH_WAIT_MS = 5000

export type Found =
  | { readonly kind: 'absent' }
  /** It is there already; nothing is to be sent. */
  | { readonly kind: 'arrived'; readonly stored: StoredItem; readonly hash: string }
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
  if (isOurs && wasRewritten(round, file, stored)) return { kind: 'arrived', stored, hash: source.hash }
  const decision = decideConflict(
    {
      destName: item.destName,
      kind: 'file',
      sizeBytes: source.sizeBytes,
      modifiedMs: source.modifiedMs,
      quickXorHash: source.hash,
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
    // The service still owes its hash; size and time agree, and the proof at the end compares the bytes.
    case 'needsHash':
    case 'alreadyThere':
      if (round.number > 0 && !isOurs)
        return { kind: 'stays', existing, code: undefined, reason: decision.reason, hash: source.hash }
      return { kind: 'arrived', stored, hash: source.hash }
  }
}

function isUntouched({ item }: FileToSend, stored: StoredItem): boolean {
  return item.wasAtDestination && stored.eTag !== undefined && stored.eTag === item.eTag && stored.itemId === item.destItemId
}

function wasRewritten(round: Round, { item }: FileToSend, stored: StoredItem): boolean {
  if (!isRewrittenType(item.destName) || item.wasAtDestination) return false
  const times = timesToStore(round, item)
  return times === undefined || compareTimes(times.modifiedMs, stored.modifiedMs) === 'equal'
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
