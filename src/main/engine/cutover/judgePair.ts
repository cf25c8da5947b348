import type { ItemState, Verdict } from '../../../shared/domain/item.ts'
import type { ErrorCode } from '../../../shared/errors.ts'
import type { StoredItem } from '../ports/destination.ts'
import { isRewrittenType } from '../verify/officeTypes.ts'
import { compareTimes } from '../verify/storedTimes.ts'

/** Why something is not the same on both sides. */
export type DifferenceCause =
  | 'newAtSource'
  | 'changedAtSource'
  | 'goneFromSource'
  | 'failed'
  | 'leftByRule'
  | 'removedAtDestination'
  | 'editedAtDestination'
  | 'madeAtDestination'
  | 'unknown'

/** What former rounds know of a file. */
export interface FileBefore {
  readonly state: ItemState
  readonly errorCode: ErrorCode | undefined
  readonly message: string | undefined
  /** Size and time at the source are what they were then. */
  readonly isSameAsNow: boolean
  /** Of the bytes that were read then. */
  readonly quickXorHash: string | undefined
  readonly verdict: Verdict | undefined
}

export interface SourceNow {
  readonly name: string
  readonly sizeBytes: number
  /** undefined = nobody can say what the destination should show. */
  readonly modifiedMs: number | undefined
}

interface Told {
  readonly cause: DifferenceCause
  readonly detail: string
}

export type PairVerdict = { readonly kind: 'same' } | ({ readonly kind: 'different' } & Told)

/**
 * Whether the destination has the file as the source has it now. Content counts first: a known hash decides; without one size and time do. What
 * the service itself has rewritten is the same when its time is still the one that was given to it.
 */
export function judgePair(
  source: SourceNow,
  stored: StoredItem,
  known: { readonly before: FileBefore | undefined; readonly keepsTimes: boolean },
): PairVerdict {
  const { before, keepsTimes } = known
  if (stored.kind !== 'file') return different('madeAtDestination', 'The destination has a folder in its place.')
  if (before !== undefined && !before.isSameAsNow) return changed(before)
  const times = keepsTimes ? compareTimes(source.modifiedMs, stored.modifiedMs) : 'unknown'
  const isSameTime = times === 'equal' || times === 'unknown'
  const isRewritten = before?.verdict === 'rewritten' || isRewrittenType(source.name)
  if (stored.sizeBytes !== source.sizeBytes) {
    if (isRewritten && times === 'equal') return { kind: 'same' }
    return sizesDiffer(source, stored, { before, times })
  }
  const areHashesKnown = before?.quickXorHash !== undefined && stored.quickXorHash !== undefined && source.sizeBytes > 0
  if (areHashesKnown && before?.quickXorHash !== stored.quickXorHash) {
    if (isRewritten && times === 'equal') return { kind: 'same' }
    return different(
      times === 'newer' ? 'changedAtSource' : 'editedAtDestination',
      'Its content at the destination is another one, of the same size.',
    )
  }
  if (areHashesKnown || isSameTime) return { kind: 'same' }
  return times === 'newer'
    ? different('changedAtSource', 'The source has a newer one of the same size, whose content nobody has compared.')
    : different('editedAtDestination', 'The destination has a newer one of the same size, whose content nobody has compared.')
}

function sizesDiffer(
  source: SourceNow,
  stored: StoredItem,
  known: { readonly before: FileBefore | undefined; readonly times: ReturnType<typeof compareTimes> },
): PairVerdict {
  const detail = `It has ${source.sizeBytes} bytes at the source and ${stored.sizeBytes} at the destination.`
  if (known.before?.state === 'failed') return different('failed', `${detail} ${known.before.message ?? ''}`.trim())
  if (known.times === 'newer') return different('changedAtSource', detail)
  return different(known.before === undefined ? 'unknown' : 'editedAtDestination', detail)
}

/** Why an item of the source is not at the destination. */
export function judgeUnstored(before: FileBefore | undefined, now: { readonly isMoved: boolean }): Told {
  if (before === undefined) {
    return now.isMoved
      ? { cause: 'newAtSource', detail: 'It was renamed or moved at the source after the last round.' }
      : { cause: 'newAtSource', detail: 'It came to the source after the last round.' }
  }
  if (before.state === 'failed' || before.errorCode !== undefined)
    return { cause: 'failed', detail: before.message ?? 'The last round could not migrate it.' }
  if (!before.isSameAsNow) return changed(before)
  if (before.state === 'migrated' || before.state === 'skipped')
    return {
      cause: 'removedAtDestination',
      detail: 'The last round left it at the destination; somebody has removed, renamed or moved it there.',
    }
  return { cause: 'unknown', detail: 'The last round did not come to it.' }
}

const changed = (before: FileBefore): Extract<PairVerdict, { kind: 'different' }> =>
  before.state === 'failed'
    ? different('failed', before.message ?? 'The last round could not migrate it.')
    : different('changedAtSource', 'It changed at the source after the last round.')

const different = (cause: DifferenceCause, detail: string): Extract<PairVerdict, { kind: 'different' }> => ({
  kind: 'different',
  cause,
  detail,
})
