import { FRAGMENT_BYTES } from '../../../shared/limits.ts'
import type { FileTimes } from '../ports/destination.ts'
import type { JournalFact, JournalItem } from '../ports/journal.ts'
import type { SourceStamp } from '../ports/source.ts'
import type { Round } from '../run/round.ts'
import { findSizeIssue } from '../scan/sizeRules.ts'
import { clampTimes, comparableTime } from '../scan/timeRules.ts'

/** What the destination has under the name of a file, to be replaced in exactly that state. */
export interface ExistingFile {
  readonly destItemId: string
  readonly eTag: string | undefined
}

/** One file on its way. `item` holds the facts as of now: a file that changed since the scan is described anew. */
export interface FileToSend {
  readonly item: JournalItem
  readonly parentItemId: string
  readonly existing: ExistingFile | undefined
}

export function isSmall(sizeBytes: number): boolean {
  return sizeBytes > 0 && sizeBytes <= FRAGMENT_BYTES
}

/** As they are to be stored; undefined when the task does not keep times. */
export function timesToStore(round: Round, item: JournalItem): FileTimes | undefined {
  if (!round.task.settings.preserveTimes) return undefined
  return clampTimes({ createdMs: item.createdMs, modifiedMs: item.modifiedMs }, round.clock.now()).times
}

/**
 * The modification time that the destination shows of what this round has sent; undefined when nobody can say: times are not kept, or the
 * time lay ahead of the clock and whatever the clock said took its place.
 */
export function expectedModifiedMs(round: Round, item: JournalItem): number | undefined {
  const { isTimeAhead } = comparableTime(item.modifiedMs, item.startedAtMs ?? round.clock.now())
  return isTimeAhead ? undefined : timesToStore(round, item)?.modifiedMs
}

export function isSameStamp(a: SourceStamp, b: SourceStamp): boolean {
  return a.sizeBytes === b.sizeBytes && Math.floor(a.modifiedMs) === Math.floor(b.modifiedMs)
}

/** The file as it is now, and the fact that says so when it is not as it was scanned. The name of a file is never judged again. */
export function describeAnew(
  file: FileToSend,
  stamp: SourceStamp,
): { readonly file: FileToSend; readonly facts: readonly JournalFact[] } {
  const { item } = file
  const modifiedMs = Math.floor(stamp.modifiedMs)
  if (item.sizeBytes === stamp.sizeBytes && (item.modifiedMs === undefined || item.modifiedMs === modifiedMs))
    return { file, facts: [] }
  const issues = [
    ...item.issues.filter((issue) => issue.code !== 'SRC_CHANGED_SINCE_SCAN'),
    {
      code: 'SRC_CHANGED_SINCE_SCAN',
      effect: 'warns',
      detail: `It had ${item.sizeBytes} bytes when it was scanned and has ${stamp.sizeBytes} now; it is sent as it is now.`,
    } as const,
    ...[findSizeIssue(stamp.sizeBytes)].filter((issue) => issue !== undefined),
  ]
  return {
    file: { ...file, item: { ...item, sizeBytes: stamp.sizeBytes, modifiedMs, issues, acceptedBytes: 0 } },
    facts: [{ fact: 'rescanned', id: item.id, sizeBytes: stamp.sizeBytes, modifiedMs, issues }],
  }
}
