import { DUE_RANK_FLOOR, dueRank, groupKey, NOT_QUEUED_RANK } from '../../../shared/domain/queueRank.ts'
import { LIST_PART_ROWS_MAX } from '../../../shared/limits.ts'
import type { CandidateLook } from '../../engine/ports/coordination.ts'

export interface QueueSize {
  /** The list has never had more rows than this. */
  readonly rowsMax: number
  readonly nowMs: number
  /** 0 ≤ x < 1: which part of a very long queue is looked at. */
  readonly chance: number
}

export interface CandidateQuery {
  readonly filter: string | undefined
  /** Whether it takes only a part of what suits. */
  readonly isPart: boolean
}

/**
 * A query that a list of any length answers: an unfiltered look needs only the index of its order, and the first clause of every filter
 * selects fewer rows than the view threshold. [C.3]
 */
export function candidateQuery(look: CandidateLook, size: QueueSize): CandidateQuery {
  if (look.kind === 'best') return { filter: undefined, isPart: false }
  const digits = partDigits(size.rowsMax)
  const part = partName(digits, size.chance)
  const ofGroup = `(startswith(fields/Queue,'${groupKey(look.group)}${part}') or startswith(fields/Queue,'${groupKey(undefined)}${part}'))`
  // Half of all tasks may be due at the same minute: the time alone is too weak a first clause.
  const ripe = `fields/Rank ge ${DUE_RANK_FLOOR} and fields/Rank le ${dueRank(size.nowMs)}`
  const filter = look.kind === 'due' ? `${ofGroup} and ${ripe}` : `${ofGroup} and fields/Rank lt ${NOT_QUEUED_RANK}`
  return { filter, isPart: digits > 0 }
}

function partDigits(rowsMax: number): number {
  return Math.max(0, Math.ceil(Math.log(rowsMax / LIST_PART_ROWS_MAX) / Math.log(16)))
}

function partName(digits: number, chance: number): string {
  return digits === 0
    ? ''
    : Math.floor(chance * 16 ** digits)
        .toString(16)
        .padStart(digits, '0')
}
