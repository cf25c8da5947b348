import type { FileTimes } from '../ports/destination.ts'
import type { JournalPart } from '../ports/journalPart.ts'

/** A part as its row has it. */
export interface ListedPart extends Pick<JournalPart, 'path' | 'destPath' | 'fileCount' | 'sizeBytes'> {
  /** Times of the folders around it, the nearest first, up to the task's own folder. */
  readonly around: readonly FileTimes[]
}

/** What a round asks of the fleet when its task is large: others who are idle, and rows for what they take over. */
export interface PartDesk {
  /** Agents that could take a part now. Costs a look at the list of agents. */
  helperCount(signal: AbortSignal): Promise<number>
  /** Parts of this round that are listed, by whomever; may miss those of the last seconds. */
  listed(signal: AbortSignal): Promise<readonly Pick<JournalPart, 'path' | 'destPath'>[]>
  /** Adds the row of a part; the same part again changes nothing. From here on anybody may work on it. */
  list(part: ListedPart, signal: AbortSignal): Promise<void>
}
