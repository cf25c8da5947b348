import type { ErrorCode } from '../errors.ts'

export type ItemKind = 'file' | 'folder' | 'symlink' | 'special'

/**
 * Where an item stands. Migration Manager's report words; failures name their stage.
 * scanned → planned → uploading → uploaded → migrated; filteredOut, skipped and failed end it.
 */
export const ITEM_STATES = [
  'scanned',
  'filteredOut',
  'skipped',
  'planned',
  'uploading',
  'uploaded',
  'migrated',
  'failed',
] as const
export type ItemState = (typeof ITEM_STATES)[number]

/** The stage that failed, as Migration Manager's ItemSummary counts it. */
export type FailureStage = 'scanning' | 'reading' | 'packing' | 'uploading' | 'submitting' | 'querying'

export type Route = 'session' | 'package'

/** The proof that an item arrived. */
export const VERDICTS = ['exact', 'rewritten', 'different', 'unverifiable'] as const
export type Verdict = (typeof VERDICTS)[number]

/** What a scan finds about an item. `blocks` keeps it from travelling, `renames` changes its name, `warns` informs. */
export interface ItemIssue {
  readonly code: ErrorCode
  readonly effect: 'blocks' | 'renames' | 'warns'
  /** One sentence with the exact numbers or characters. */
  readonly detail: string
}
