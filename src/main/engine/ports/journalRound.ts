import type { RoundNumber, TaskId } from '../../../shared/domain/ids.ts'
import type { Task, TaskStatus } from '../../../shared/domain/task.ts'
import type { ErrorCode } from '../../../shared/errors.ts'
import type { StoredItem } from './destination.ts'
import type { SpentUnits } from './journalPackage.ts'

/** How far a round has come: each stage is reached when all its facts are in the journal. */
export const ROUND_STAGES = [
  'opened',
  'prepared',
  'scanned',
  'matched',
  'moved',
  'planned',
  'packaged',
  'foldersMade',
  'transferred',
  'timesSet',
  'verified',
  'tidied',
  'secured',
  'reported',
] as const
export type RoundStage = (typeof ROUND_STAGES)[number]

export interface JournalPlace {
  readonly driveId: string
  readonly rootItemId: string
  readonly webUrl: string
  readonly serverRelativePath: string
  readonly isLibraryRoot: boolean
  readonly blocksScriptTypes: boolean
  /** Made by this round: nothing can have been in it before. */
  readonly isNew: boolean
}

/** Facts about the round as a whole. */
export interface JournalMeta {
  readonly taskId: TaskId | undefined
  readonly shard: string
  readonly round: RoundNumber
  /** The task as it was when the round began; a round keeps its settings to the end. */
  readonly task: Task | undefined
  readonly agentName: string | undefined
  /** Of the claim under which the journal was last worked on: a copy of a later claim knows more. */
  readonly epoch: number | undefined
  /** Others have worked on the round before this journal knew of anything: an empty file may be one that they were about to fill. */
  readonly followsOthers: boolean
  readonly stage: RoundStage
  readonly place: JournalPlace | undefined
  readonly startedAtMs: number | undefined
  readonly endedAtMs: number | undefined
  readonly status: TaskStatus | undefined
  readonly reason: string | undefined
  /** Bytes handed to the network so far, also of attempts that failed. */
  readonly sentBytes: number
  /** Time in which the round was being worked on, without the pauses in between. */
  readonly workedMs: number
  /** Items found in folders of this round that it did not put there; as of the last proof. */
  readonly extraItemCount: number
  /** What is in the listing table, once it is complete. */
  readonly listing: ListingPurpose | undefined
  readonly spentUnits: SpentUnits
}

/**
 * `existing`: what the destination held before this round wrote anything. `imported`: after the packages of the round. `arrived`: the
 * independent proof at the end.
 */
export type ListingPurpose = 'existing' | 'imported' | 'arrived'

export interface ListedItem extends StoredItem {
  readonly collisionKey: string
}

export interface StructureEntry {
  readonly type: 'library' | 'folder'
  readonly title: string
  readonly operation: 'created' | 'skipped' | 'updated'
  readonly status: 'success' | 'failure'
  readonly details: string
  readonly sourcePath: string
  readonly destinationUrl: string
  readonly sourceId: string | undefined
  readonly destinationId: string | undefined
  readonly errorCode: ErrorCode | undefined
  readonly atMs: number
}
