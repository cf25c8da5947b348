import type { ItemId } from '../../../shared/domain/ids.ts'
import type { FailureStage, ItemIssue, Route, Verdict } from '../../../shared/domain/item.ts'
import type { ErrorCode } from '../../../shared/errors.ts'
import type { JournalAccess, JournalAccount } from './journalAccess.ts'
import type { FormerFact } from './journalFormer.ts'
import type { PackageOutcome } from './journalPackage.ts'
import type { PartFact } from './journalPart.ts'
import type { JournalMeta, StructureEntry } from './journalRound.ts'

/** One fact. Facts of one `record` call are durable together or not at all. */
export type JournalFact =
  | FormerFact
  | { readonly fact: 'meta'; readonly change: Partial<JournalMeta> }
  | { readonly fact: 'structure'; readonly entry: StructureEntry }
  | PartFact
  /** What is known of the permissions of an item; the last word counts. */
  | { readonly fact: 'access'; readonly access: JournalAccess }
  /** Who an account of the source is; counts are added to those that were known. */
  | { readonly fact: 'account'; readonly account: JournalAccount }
  /** A name that had to give way to another one of its folder. */
  | {
      readonly fact: 'renamed'
      readonly id: ItemId
      readonly destName: string
      readonly collisionKey: string
      readonly issues: readonly ItemIssue[]
    }
  | {
      readonly fact: 'planned'
      readonly id: ItemId
      readonly route: Route
      readonly reason: string
      /** What the destination has under that name already; `isOurs` when a round before made it. */
      readonly existing:
        | { readonly destItemId: string; readonly eTag: string | undefined; readonly isOurs?: boolean | undefined }
        | undefined
    }
  /** Left behind on purpose. `existing` is what the destination has instead. */
  | {
      readonly fact: 'left'
      readonly id: ItemId
      readonly state: 'filteredOut' | 'skipped'
      readonly code: ErrorCode | undefined
      readonly message: string
      readonly existing?: {
        readonly destItemId: string
        readonly eTag: string | undefined
        readonly isOurs?: boolean | undefined
      }
      /** Of the source, when it is known: the next round need not read the file. */
      readonly quickXorHash?: string | undefined
    }
  /** Written before the first request of an upload: from here on the destination may hold the item. */
  | { readonly fact: 'started'; readonly id: ItemId; readonly atMs: number }
  /** The file is not as it was when it was scanned; these are the facts now. */
  | {
      readonly fact: 'rescanned'
      readonly id: ItemId
      readonly sizeBytes: number
      readonly modifiedMs: number | undefined
      readonly issues: readonly ItemIssue[]
    }
  | { readonly fact: 'sessionOpened'; readonly id: ItemId; readonly url: string; readonly expiresAtMs: number }
  | {
      readonly fact: 'sessionAdvanced'
      readonly id: ItemId
      readonly acceptedBytes: number
      readonly expiresAtMs: number | undefined
    }
  | { readonly fact: 'sessionClosed'; readonly id: ItemId }
  | {
      readonly fact: 'uploaded'
      readonly id: ItemId
      readonly destItemId: string
      readonly eTag: string | undefined
      readonly quickXorHash: string | undefined
      readonly atMs: number
    }
  | { readonly fact: 'timesSet'; readonly id: ItemId; readonly eTag: string | undefined }
  /** What is known to be wrong with an item, instead of what was known before. */
  | { readonly fact: 'issues'; readonly id: ItemId; readonly issues: readonly ItemIssue[] }
  /** It cannot go now (locked, bad line): it waits for the next pass. */
  | { readonly fact: 'deferred'; readonly id: ItemId; readonly code: ErrorCode; readonly message: string }
  /** The destination holds something wrong or nothing: it is sent again, over `existing` when given. That changes the times of its folder. */
  | {
      readonly fact: 'sendAgain'
      readonly id: ItemId
      readonly reason: string
      readonly existing: { readonly destItemId: string; readonly eTag: string | undefined } | undefined
    }
  /** The item goes by this route from now on; whatever package it was in has nothing more to say about it. */
  | { readonly fact: 'rerouted'; readonly id: ItemId; readonly route: Route; readonly reason: string }
  /** A new package, and its items: from here on the destination may hold them. The id is the next free one. */
  | {
      readonly fact: 'packageFormed'
      readonly packageId: number
      readonly itemIds: readonly ItemId[]
      readonly cutCount: number
      readonly atMs: number
    }
  /** The file was read, encrypted and stored in the container of its package. */
  | { readonly fact: 'packed'; readonly id: ItemId; readonly quickXorHash: string }
  /** Written before the submission is sent. */
  | { readonly fact: 'packageSubmitting'; readonly packageId: number; readonly containers: string; readonly expiresAtMs: number }
  | { readonly fact: 'packageSubmitted'; readonly packageId: number; readonly jobId: string; readonly atMs: number }
  /** The service says that there is no job: the package is made from its start. */
  | { readonly fact: 'packageNotTaken'; readonly packageId: number }
  | {
      readonly fact: 'packageEnded'
      readonly packageId: number
      readonly outcome: PackageOutcome
      readonly message: string
      readonly atMs: number
    }
  | {
      readonly fact: 'migrated'
      readonly id: ItemId
      readonly verdict: Verdict | undefined
      readonly reason: string
      readonly atMs: number
    }
  | {
      readonly fact: 'failed'
      readonly id: ItemId
      readonly stage: FailureStage
      readonly code: ErrorCode
      readonly message: string
      readonly verdict?: Verdict
      readonly atMs: number
    }
