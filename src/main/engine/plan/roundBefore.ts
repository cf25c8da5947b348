import type { JournalItem } from '../ports/journal.ts'
import type { Round } from '../run/round.ts'

/** What the round before knew about a file that is still the same by size, time and id. */
export interface KnownBefore {
  readonly quickXorHash: string | undefined
  /** The destination held exactly this content, whatever its hash says. */
  readonly wasProved: boolean
}

const NOTHING: KnownBefore = { quickXorHash: undefined, wasProved: false }

export function knownBefore(round: Round, item: JournalItem): KnownBefore {
  const before = round.previous?.itemAt(item.relPath)
  if (before?.modifiedMs === undefined) return NOTHING
  const isSame = before.sizeBytes === item.sizeBytes && before.modifiedMs === item.modifiedMs && before.fileId === item.fileId
  if (!isSame) return NOTHING
  const wasUnchanged = before.state === 'skipped' && before.errorCode === undefined
  const wasProved = wasUnchanged || before.verdict === 'exact' || before.verdict === 'rewritten'
  return { quickXorHash: before.quickXorHash, wasProved }
}
