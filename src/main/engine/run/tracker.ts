import type { ItemKind, ItemState } from '../../../shared/domain/item.ts'
import type { ProgressStage, TaskProgress } from '../../../shared/domain/progress.ts'
import { emptySizeClasses, sizeClassOf } from '../../../shared/domain/sizeClass.ts'
import { RATE_WINDOW_MS } from '../../../shared/limits.ts'
import type { JournalTotals } from '../ports/journal.ts'
import type { Clock } from '../ports/runtime.ts'
import { type Accounting, createAccounting, type TransferAttempt } from '../transfer/accounting.ts'
import { createProgressTracker, type ProgressTracker, type Waiting } from './progress.ts'

const EMIT_INTERVAL_MS = 250

const ENDED_WITHOUT: ReadonlySet<ItemState> = new Set<ItemState>(['filteredOut', 'skipped'])
const STORED: ReadonlySet<ItemState> = new Set<ItemState>(['uploaded', 'migrated'])

/** Counts what the stages tell it and turns it into snapshots, at most four a second. After a restart it begins from the journal. */
export class Tracker {
  readonly #clock: Clock
  readonly #onProgress: (progress: TaskProgress) => void
  readonly #progress: ProgressTracker
  #accounting: Accounting = createAccounting()
  #stage: ProgressStage = 'waiting'
  #scannedFiles = 0
  #scannedFolders = 0
  #scannedBytes = 0
  #plannedFiles: number | undefined
  #plannedBytes: number | undefined
  #failedFiles = 0
  #skippedItems = 0
  #waiting: Waiting | undefined
  #sizeClasses = emptySizeClasses()
  #transferMs = 0
  #spent = { readingMs: 0, sendingMs: 0, importingMs: 0 }
  #spentAtMs = 0
  #transferSinceMs: number | undefined
  #emittedAtMs = Number.NEGATIVE_INFINITY

  constructor(options: { readonly clock: Clock; readonly onProgress: (progress: TaskProgress) => void }) {
    this.#clock = options.clock
    this.#onProgress = options.onProgress
    this.#progress = createProgressTracker(options.clock)
  }

  /** From the facts of the journal; what was counted before is forgotten. */
  restore(totals: JournalTotals, options: { readonly sentBytes: number; readonly isPlanned: boolean }): void {
    const sum = (kind: ItemKind, isCounted: (state: ItemState) => boolean) =>
      sumOf(totals, (total) => total.kind === kind && isCounted(total.state))
    const all = sum('file', () => true)
    const stored = sum('file', (state) => STORED.has(state))
    const migrated = sum('file', (state) => state === 'migrated')
    this.#scannedFiles = all.items
    this.#scannedBytes = all.bytes
    this.#scannedFolders = sum('folder', () => true).items
    this.#failedFiles = sum('file', (state) => state === 'failed').items
    this.#skippedItems = sumOf(totals, ({ state }) => ENDED_WITHOUT.has(state)).items
    this.#accounting = createAccounting({
      sentBytes: options.sentBytes,
      acceptedBytes: stored.bytes,
      uploadedFiles: stored.items,
      migratedFiles: migrated.items,
      migratedBytes: migrated.bytes,
    })
    if (!options.isPlanned) return
    const planned = sum('file', (state) => !ENDED_WITHOUT.has(state))
    this.#plannedFiles = planned.items
    this.#plannedBytes = planned.bytes
  }

  get sentBytes(): number {
    return this.#accounting.totals().sentBytes
  }

  enters(stage: ProgressStage): void {
    const nowMs = this.#clock.now()
    this.#transferMs = this.#transferredFor(nowMs)
    this.#transferSinceMs = stage === 'transferring' ? nowMs : undefined
    this.#stage = stage
    this.#waiting = undefined
    this.emit()
  }

  scanBegins(): void {
    this.#scannedFiles = 0
    this.#scannedFolders = 0
    this.#scannedBytes = 0
    this.#skippedItems = 0
    this.#failedFiles = 0
    this.#sizeClasses = emptySizeClasses()
  }

  scanned(items: readonly { readonly kind: ItemKind; readonly sizeBytes: number; readonly state: ItemState }[]): void {
    for (const { kind, sizeBytes, state } of items) {
      if (kind === 'folder') this.#scannedFolders++
      if (kind === 'file') {
        this.#scannedFiles++
        this.#scannedBytes += sizeBytes
        const found = this.#sizeClasses[sizeClassOf(sizeBytes)]
        if (found && !ENDED_WITHOUT.has(state)) {
          found.scannedFiles++
          found.scannedBytes += sizeBytes
        }
      }
      if (ENDED_WITHOUT.has(state)) this.#skippedItems++
      if (state === 'failed' && kind === 'file') this.#failedFiles++
    }
    this.tick()
  }

  /** One try at sending one file, see Accounting. */
  beginAttempt(sizeBytes: number): TransferAttempt {
    const attempt = this.#accounting.beginAttempt(sizeBytes)
    const begunMs = this.#clock.now()
    let isOpen = true
    const end = (act: () => void) => () => {
      act()
      isOpen = false
    }
    return {
      ...attempt,
      stored: () => {
        if (isOpen) this.#measured(sizeBytes, this.#clock.now() - begunMs)
        end(attempt.stored)()
      },
      suspended: end(attempt.suspended),
      failed: end(attempt.failed),
    }
  }

  /** Waits for something on behalf of files in flight, and remembers for what. What is minutes ago fades. */
  async spends<T>(on: 'readingMs' | 'sendingMs' | 'importingMs', work: Promise<T>): Promise<T> {
    const begunMs = this.#clock.now()
    try {
      return await work
    } finally {
      const nowMs = this.#clock.now()
      const faded = 0.5 ** ((nowMs - this.#spentAtMs) / RATE_WINDOW_MS)
      const { readingMs, sendingMs, importingMs } = this.#spent
      this.#spent = { readingMs: readingMs * faded, sendingMs: sendingMs * faded, importingMs: importingMs * faded }
      this.#spent[on] += nowMs - begunMs
      this.#spentAtMs = nowMs
    }
  }

  /** Each size class has its own rate: what the forecast stands on. */
  #measured(sizeBytes: number, tookMs: number): void {
    const sent = this.#sizeClasses[sizeClassOf(sizeBytes)]
    if (!sent) return
    sent.sentFiles++
    sent.sentBytes += sizeBytes
    sent.busyMs += tookMs
    sent.squaredMs += tookMs * tookMs
  }

  #transferredFor(nowMs: number): number {
    return this.#transferMs + (this.#transferSinceMs === undefined ? 0 : nowMs - this.#transferSinceMs)
  }

  /** Something moves again. */
  moved(): void {
    this.#waiting = undefined
    this.tick()
  }

  /** Proved by the listing. */
  migrated(sizeBytes: number): void {
    this.#accounting.migrated(sizeBytes, { wasSent: true })
    this.tick()
  }

  /** What had arrived is found missing or wrong. */
  lost(sizeBytes: number): void {
    this.#accounting.lost(sizeBytes)
    this.tick()
  }

  failed(): void {
    this.#failedFiles++
    this.tick()
  }

  skipped(): void {
    this.#skippedItems++
    this.tick()
  }

  waits(reason: string, waitMs: number): void {
    this.#waiting = { reason, untilMs: this.#clock.now() + waitMs }
    this.tick()
  }

  snapshot(): TaskProgress {
    const waiting = this.#waiting
    const isOver = waiting?.untilMs !== undefined && waiting.untilMs < this.#clock.now()
    const progress = this.#progress.snapshot({
      ...this.#accounting.totals(),
      stage: this.#stage,
      scannedFiles: this.#scannedFiles,
      scannedFolders: this.#scannedFolders,
      scannedBytes: this.#scannedBytes,
      plannedFiles: this.#plannedFiles,
      plannedBytes: this.#plannedBytes,
      failedFiles: this.#failedFiles,
      skippedItems: this.#skippedItems,
      waiting: isOver ? undefined : waiting,
    })
    const transferMs = this.#transferredFor(this.#clock.now())
    if (transferMs <= 0) return progress
    return { ...progress, transferMs, spent: { ...this.#spent }, sizeClasses: this.#sizeClasses.map((work) => ({ ...work })) }
  }

  emit(): void {
    this.#emittedAtMs = this.#clock.now()
    this.#onProgress(this.snapshot())
  }

  /** A snapshot, unless there was one just now. */
  tick(): void {
    if (this.#clock.now() - this.#emittedAtMs >= EMIT_INTERVAL_MS) this.emit()
  }
}

function sumOf(
  totals: JournalTotals,
  isCounted: (total: JournalTotals['byState'][number]) => boolean,
): { readonly items: number; readonly bytes: number } {
  return totals.byState
    .filter(isCounted)
    .reduce((sum, { itemCount, sizeBytes }) => ({ items: sum.items + itemCount, bytes: sum.bytes + sizeBytes }), {
      items: 0,
      bytes: 0,
    })
}
