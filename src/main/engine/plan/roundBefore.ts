import { SECOND_MS } from '../../../shared/units.ts'
import type { JournalItem } from '../ports/journal.ts'
import type { Round } from '../run/round.ts'

/** What the round before knew about a file that still has the size, time and id that it had then. */
export interface KnownBefore {
  /** Of the content as it surely still is. */
  readonly quickXorHash: string | undefined
  /** The destination held exactly this content, whatever its hash says; and the source surely still has it. */
  readonly wasProved: boolean
  /** State of the file at the destination when it was proved there. */
  readonly provedETag: string | undefined
}

const NOTHING: KnownBefore = { quickXorHash: undefined, wasProved: false, provedETag: undefined }

/** The coarsest times of file systems (FAT): a file that changes twice within them has one time and two contents. */
const TIME_STEP_MS = 2 * SECOND_MS

export function knownBefore(round: Round, item: JournalItem): KnownBefore {
  const before = round.previous?.itemAt(item.relPath)
  if (before?.modifiedMs === undefined) return NOTHING
  const isSame = before.sizeBytes === item.sizeBytes && before.modifiedMs === item.modifiedMs && before.fileId === item.fileId
  if (!isSame) return NOTHING
  const wasUnchanged = before.state === 'skipped' && before.errorCode === undefined
  const wasProved = wasUnchanged || before.verdict === 'exact' || before.verdict === 'rewritten'
  const provedETag = wasProved ? before.eTag : undefined
  // It was read at this time or later; only a file that rested by then shows by its time that it has not changed since.
  const readAtMs = before.startedAtMs ?? round.previous?.meta().startedAtMs
  const didRest = readAtMs !== undefined && before.modifiedMs + TIME_STEP_MS < readAtMs
  return didRest ? { quickXorHash: before.quickXorHash, wasProved, provedETag } : { ...NOTHING, provedETag }
}
