/** Bytes of file content. Sent is not accepted, and accepted is not migrated. */
export interface TransferTotals {
  /** Handed to the network, also in attempts that failed; never falls. */
  readonly sentBytes: number
  /** The service holds them, in open sessions or as stored files; falls when an attempt fails or a file was lost. */
  readonly acceptedBytes: number
  /** Files that are at the destination whole, not yet proved. */
  readonly uploadedFiles: number
  /** Proved, or found there already. */
  readonly migratedFiles: number
  readonly migratedBytes: number
}

/** One try at sending one file. Ends with exactly one of `stored`, `suspended` or `failed`; calls after that change nothing. */
export interface TransferAttempt {
  sent(byteCount: number): void
  /** The service's word on how far the file has come; believed also when it says less than before. */
  acceptedUpTo(offset: number): void
  /** The whole file is at the destination. */
  stored(): void
  /** Stopped, to be continued in the same session: what was accepted stays accepted. */
  suspended(): void
  /** What was accepted is worth nothing any more. */
  failed(): void
}

/** Counters of one round. Not durable: a restart begins with the totals of the journal. */
export interface Accounting {
  /** `resumeAt` bytes are held by the service already, from an earlier attempt that was suspended. */
  beginAttempt(sizeBytes: number, resumeAt?: number): TransferAttempt
  /** `wasSent` = by this round; otherwise the destination had the file. */
  migrated(sizeBytes: number, options: { readonly wasSent: boolean }): void
  /** A stored file turned out to be missing or wrong and is sent again. */
  lost(sizeBytes: number): void
  totals(): TransferTotals
}

const NOTHING: TransferTotals = { sentBytes: 0, acceptedBytes: 0, uploadedFiles: 0, migratedFiles: 0, migratedBytes: 0 }

export function createAccounting(initial: Partial<TransferTotals> = {}): Accounting {
  const totals = { ...NOTHING, ...initial }
  return {
    beginAttempt(sizeBytes, resumeAt = 0) {
      // The bytes of a suspended attempt are in the totals already.
      let accepted = resumeAt
      let isOpen = true
      const accept = (offset: number) => {
        const bounded = Math.min(Math.max(0, offset), sizeBytes)
        totals.acceptedBytes += bounded - accepted
        accepted = bounded
      }
      const end = (act: () => void) => {
        if (!isOpen) return
        isOpen = false
        act()
      }
      return {
        sent(byteCount) {
          if (isOpen) totals.sentBytes += byteCount
        },
        acceptedUpTo(offset) {
          if (isOpen) accept(offset)
        },
        stored: () =>
          end(() => {
            accept(sizeBytes)
            totals.uploadedFiles++
          }),
        suspended: () => end(() => undefined),
        failed: () => end(() => accept(0)),
      }
    },
    migrated(sizeBytes, { wasSent }) {
      totals.migratedFiles++
      totals.migratedBytes += sizeBytes
      if (wasSent) return
      totals.uploadedFiles++
      totals.acceptedBytes += sizeBytes
    },
    lost(sizeBytes) {
      totals.uploadedFiles--
      totals.acceptedBytes -= sizeBytes
    },
    totals: () => ({ ...totals }),
  }
}
