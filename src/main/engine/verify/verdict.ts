import { CONTENT_COMPARISON_MAX_BYTES } from '../../../shared/limits.ts'
import type { StoredItem } from '../ports/destination.ts'
import { rewriteHabit } from './officeTypes.ts'
import { compareTimes, type TimeComparison } from './storedTimes.ts'

/** Libraries of SharePoint sites rewrite more often than OneDrive does. */
export type ServiceKind = 'sharePoint' | 'oneDrive'

/** What was sent. */
export interface SentFacts {
  readonly destName: string
  readonly kind: 'file' | 'folder'
  readonly sizeBytes: number
  /** Of the bytes that were read and sent. */
  readonly quickXorHash: string | undefined
  /** As it was asked to be stored; undefined when times were not kept. */
  readonly modifiedMs: number | undefined
}

export interface VerdictContext {
  readonly service: ServiceKind
  /** The item was asked for by itself after the listing did not tell its hash. */
  readonly wasAskedAgain: boolean
}

export type Judgement =
  | { readonly kind: 'exact'; readonly reason: string }
  /** The service owes the hash: ask for this item by itself, then judge again with `wasAskedAgain`. */
  | { readonly kind: 'needsHash'; readonly reason: string }
  /** Download and compare: the `parts` of an Office package by canonicalOfficePart, or all `bytes`. */
  | { readonly kind: 'needsContentComparison'; readonly of: 'parts' | 'bytes'; readonly reason: string }
  | { readonly kind: 'different'; readonly reason: string }
  | { readonly kind: 'unverifiable'; readonly reason: string }
  | { readonly kind: 'missing'; readonly reason: string }

/**
 * Judges what the destination shows of one item against what was sent. Pure. The same hash proves the content whatever the times say; a
 * different one is no proof of damage for types that the service rewrites. `exact` and `missing` are final; nothing here is guessed:
 * what cannot be proved is `unverifiable` and says why. [rewritten]
 */
export function judge(sent: SentFacts, stored: StoredItem | undefined, context: VerdictContext): Judgement {
  if (stored === undefined) return { kind: 'missing', reason: 'The destination does not list it.' }
  if (stored.kind !== sent.kind) return { kind: 'different', reason: `The destination has a ${stored.kind} of that name.` }
  if (sent.kind === 'folder') return { kind: 'exact', reason: 'The folder is there.' }
  if (sent.sizeBytes === 0 && stored.sizeBytes === 0) return { kind: 'exact', reason: 'Both are empty.' }

  const times = compareTimes(sent.modifiedMs, stored.modifiedMs)
  const timeNote = times === 'newer' || times === 'older' ? ' Its time differs.' : ''
  if (stored.sizeBytes === 0 || sent.sizeBytes === 0) return { kind: 'different', reason: differenceOf(sent, stored) }
  const isSameSize = sent.sizeBytes === stored.sizeBytes
  if (
    stored.quickXorHash !== undefined &&
    sent.quickXorHash !== undefined &&
    isSameSize &&
    stored.quickXorHash === sent.quickXorHash
  ) {
    return { kind: 'exact', reason: `Size and QuickXorHash agree.${timeNote}` }
  }
  if (sent.quickXorHash === undefined) return compareBytes(sent, 'The hash of what was sent is not known.')
  if (stored.quickXorHash === undefined) return judgeWithoutHash(sent, stored, context)
  return judgeDifference(sent, context, differenceOf(sent, stored), times)
}

const differenceOf = (sent: SentFacts, stored: StoredItem): string =>
  sent.sizeBytes === stored.sizeBytes
    ? 'Same size, another QuickXorHash.'
    : `It has ${stored.sizeBytes} bytes; ${sent.sizeBytes} were sent.`

function judgeWithoutHash(sent: SentFacts, stored: StoredItem, context: VerdictContext): Judgement {
  if (!context.wasAskedAgain) return { kind: 'needsHash', reason: 'The listing does not tell its hash.' }
  if (sent.sizeBytes !== stored.sizeBytes) {
    return judgeDifference(sent, context, differenceOf(sent, stored), compareTimes(sent.modifiedMs, stored.modifiedMs))
  }
  return compareBytes(sent, 'The service tells no hash; the size agrees.')
}

function compareBytes(sent: SentFacts, reason: string): Judgement {
  if (sent.sizeBytes > CONTENT_COMPARISON_MAX_BYTES)
    return { kind: 'unverifiable', reason: `${reason} It is too large to be downloaded and compared.` }
  return { kind: 'needsContentComparison', of: 'bytes', reason }
}

function judgeDifference(sent: SentFacts, context: VerdictContext, difference: string, times: TimeComparison): Judgement {
  const different: Judgement = { kind: 'different', reason: difference }
  // A person who edits the file afterwards changes its time; the service does not.
  const wasEdited = times === 'older' || times === 'newer'
  switch (rewriteHabit(sent.destName)) {
    case 'comparable':
      if (sent.sizeBytes > CONTENT_COMPARISON_MAX_BYTES) {
        return {
          kind: 'unverifiable',
          reason: `${difference} The service rewrites this type, and it is too large to be compared.`,
        }
      }
      return { kind: 'needsContentComparison', of: 'parts', reason: difference }
    case 'opaque':
      return wasEdited
        ? different
        : { kind: 'unverifiable', reason: `${difference} The service writes properties into files of this type.` }
    case 'sometimes':
      if (context.service === 'oneDrive' || wasEdited) return different
      return { kind: 'unverifiable', reason: `${difference} SharePoint changes files of this type now and then.` }
    case 'never':
      return different
  }
}
