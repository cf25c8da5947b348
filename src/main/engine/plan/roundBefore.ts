import { HOUR_MS } from '../../../shared/units.ts'
import type { StoredItem } from '../ports/destination.ts'
import type { FormerItem } from '../ports/journalFormer.ts'
import type { JournalItem } from '../ports/journalItem.ts'
import { didRest, formerItemOf, isSameFileId, TIME_STEP_MS } from '../rounds/known.ts'
import type { Round } from '../run/round.ts'
import { isRewrittenType } from '../verify/officeTypes.ts'
import { compareTimes } from '../verify/storedTimes.ts'

/** What the rounds before knew about a file of the source and about what the destination has for it. */
export interface KnownBefore {
  /** Of the content as it surely still is. */
  readonly quickXorHash: string | undefined
  /** The destination held exactly this content, whatever its hash says; and the source surely still has it. */
  readonly wasProved: boolean
  /** State of the file at the destination when it was proved there; only while the source has the same size and time. */
  readonly provedETag: string | undefined
  /** The source has another size or time than what was stored; undefined when nobody knows what was stored. */
  readonly hasChanged: boolean | undefined
  /** Only its time differs, by so much as clocks and file systems do by themselves. */
  readonly isClockShift: boolean
  /** Of the content that was stored last. */
  readonly storedHash: string | undefined
  /** Whether the destination is as a round before left it; `unknown` when none has proved it. */
  readonly destination: 'untouched' | 'edited' | 'unknown'
  /** Nobody but this task has made the file at the destination. */
  readonly isOurs: boolean
}

const NOTHING: KnownBefore = {
  quickXorHash: undefined,
  wasProved: false,
  provedETag: undefined,
  hasChanged: undefined,
  isClockShift: false,
  storedHash: undefined,
  destination: 'unknown',
  isOurs: false,
}

/** `stored` is what the destination has in its place now. */
export function knownBefore(round: Round, item: JournalItem, stored: StoredItem | undefined): KnownBefore {
  const before = recordOf(round, item, stored?.itemId)
  if (before === undefined) return NOTHING
  const { isOurs } = before
  if (before.modifiedMs === undefined) return { ...NOTHING, isOurs }
  const isSame =
    before.sizeBytes === item.sizeBytes && before.modifiedMs === item.modifiedMs && isSameFileId(before.fileId, item.fileId)
  const isSettled = didRest(before)
  const known = {
    hasChanged: before.sizeBytes !== item.sizeBytes || before.modifiedMs !== item.modifiedMs,
    isClockShift: before.sizeBytes === item.sizeBytes && isClockShift(before.modifiedMs, item.modifiedMs),
    storedHash: before.wasProved ? before.quickXorHash : undefined,
    destination: destinationNow(before, stored),
    isOurs,
  }
  if (!isSame) return { ...NOTHING, ...known }
  const provedETag = before.wasProved ? before.eTag : undefined
  if (!isSettled) return { ...NOTHING, ...known, provedETag }
  return { ...known, quickXorHash: before.quickXorHash, wasProved: before.wasProved, provedETag }
}

/** What a round before proved of a file that this one may change; undefined when that is noted already, or was nothing. */
export function provedRecord(round: Round, item: JournalItem, destItemId: string): FormerItem | undefined {
  if (round.previous === undefined || round.journal.former(destItemId) !== undefined) return undefined
  const record = recordOf(round, item, destItemId)
  return record?.wasProved && record.destItemId === destItemId
    ? { ...record, itemId: undefined, state: 'known', detail: '' }
    : undefined
}

/** Whether a folder at the destination was made by this task, in whatever round. */
export function isOurFolder(round: Round, item: JournalItem, destItemId: string): boolean {
  return recordOf(round, item, destItemId)?.isOurs ?? false
}

/**
 * By what the destination has; where it has nothing, by the path: the hash of the content is the same wherever it is stored. The state of one
 * item at the destination says nothing about another one.
 */
function recordOf(round: Round, item: JournalItem, destItemId: string | undefined): FormerItem | undefined {
  const { journal, previous } = round
  if (previous === undefined) return undefined
  const displaced = destItemId === undefined ? undefined : journal.former(destItemId)
  if (displaced) return displaced
  const before = previous.itemAt(item.relPath)
  const record = before && formerItemOf(previous, before)
  if (record?.wasProved && record.destItemId === destItemId) return record
  const carried = destItemId === undefined ? undefined : previous.former(destItemId)
  if (carried) return carried
  return record === undefined || record.destItemId === destItemId ? record : { ...record, wasProved: false, isOurs: false }
}

/** What only the service has changed (properties that it writes into Office files) has still the time that we gave it. */
function destinationNow(before: FormerItem, stored: StoredItem | undefined): KnownBefore['destination'] {
  if (stored === undefined || !before.wasProved) return 'unknown'
  if (before.eTag !== undefined && before.eTag === stored.eTag) return 'untouched'
  if (before.quickXorHash !== undefined && before.quickXorHash === stored.quickXorHash && before.sizeBytes === stored.sizeBytes)
    return 'untouched'
  if (isRewrittenType(before.destName) && compareTimes(before.modifiedMs, stored.modifiedMs) === 'equal') return 'untouched'
  return before.eTag === undefined || stored.eTag === undefined ? 'unknown' : 'edited'
}

/** File systems round times, and those without a time zone shift them by an hour twice a year. */
function isClockShift(beforeMs: number, nowMs: number | undefined): boolean {
  if (nowMs === undefined) return false
  const differenceMs = Math.abs(nowMs - beforeMs)
  return differenceMs <= TIME_STEP_MS || Math.abs(differenceMs - HOUR_MS) <= TIME_STEP_MS
}
