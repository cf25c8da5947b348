import type { JournalPart } from '../ports/journalPart.ts'

/** What a round asks of the fleet when its task is large: others who are idle, and rows for what they take over. */
export interface PartDesk {
  /** Agents that could take a part now. Costs a look at the list of agents. */
  helperCount(signal: AbortSignal): Promise<number>
  /** Parts of this round that are listed, by whomever; may miss those of the last seconds. */
  listed(signal: AbortSignal): Promise<readonly Pick<JournalPart, 'path' | 'destPath'>[]>
  /** Adds the row of a part; the same part again changes nothing. From here on anybody may work on it. */
  list(part: Pick<JournalPart, 'path' | 'destPath' | 'fileCount' | 'sizeBytes'>, signal: AbortSignal): Promise<void>
}
