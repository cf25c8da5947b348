import type { ItemKind, ItemState } from '../../../shared/domain/item.ts'
import type { ProgressStage, TaskProgress } from '../../../shared/domain/progress.ts'
import type { JournalTotals } from '../ports/journal.ts'
import type { Clock } from '../ports/runtime.ts'
import { RateWindow } from './rateWindow.ts'

const EMIT_INTERVAL_MS = 250

const ENDED_WITHOUT: ReadonlySet<ItemState> = new Set<ItemState>(['filteredOut', 'skipped'])
const ARRIVED: ReadonlySet<ItemState> = new Set<ItemState>(['uploaded', 'migrated'])
const TRAVELS: ReadonlySet<ItemState> = new Set<ItemState>(['scanned', 'planned', 'uploading', 'uploaded', 'migrated', 'failed'])

/** Counts what the stages tell it and turns it into snapshots, at most four a second. After a restart it begins from the journal. */
export class Tracker {
  readonly #clock: Clock
  readonly #onProgress: (progress: TaskProgress) => void
  readonly #rate: RateWindow
  #stage: ProgressStage = 'waiting'
  #scannedFiles = 0
  #scannedFolders = 0
  #scannedBytes = 0
  #plannedFiles: number | undefined
  #plannedBytes: number | undefined
  #migratedFiles = 0
  #migratedBytes = 0
  #sentBytes = 0
  #failedFiles = 0
  #skippedItems = 0
  #waitingFor: { readonly text: string; readonly untilMs: number } | undefined
  #emittedAtMs = Number.NEGATIVE_INFINITY

  constructor(options: { readonly clock: Clock; readonly onProgress: (progress: TaskProgress) => void }) {
    this.#clock = options.clock
    this.#onProgress = options.onProgress
    this.#rate = new RateWindow(options.clock)
  }

  /** From the facts of the journal; what was counted before is forgotten. */
  restore(totals: JournalTotals, options: { readonly sentBytes: number; readonly isPlanned: boolean }): void {
    const sum = (isIt: (state: ItemState) => boolean, kind: ItemKind) =>
      totals.byState
        .filter((total) => total.kind === kind && isIt(total.state))
        .reduce((all, { itemCount, sizeBytes }) => ({ items: all.items + itemCount, bytes: all.bytes + sizeBytes }), {
          items: 0,
          bytes: 0,
        })
    const all = sum(() => true, 'file')
    this.#scannedFiles = all.items
    this.#scannedBytes = all.bytes
    this.#scannedFolders = sum(() => true, 'folder').items
    const arrived = sum((state) => ARRIVED.has(state), 'file')
    this.#migratedFiles = arrived.items
    this.#migratedBytes = arrived.bytes
    this.#failedFiles = sum((state) => state === 'failed', 'file').items
    this.#skippedItems = totals.byState
      .filter(({ state }) => ENDED_WITHOUT.has(state))
      .reduce((items, total) => items + total.itemCount, 0)
    this.#sentBytes = options.sentBytes
    if (!options.isPlanned) return
    const travels = sum((state) => TRAVELS.has(state), 'file')
    this.#plannedFiles = travels.items
    this.#plannedBytes = travels.bytes
  }

  get sentBytes(): number {
    return this.#sentBytes
  }

  enters(stage: ProgressStage): void {
    this.#stage = stage
    this.#waitingFor = undefined
    this.emit()
  }

  scanBegins(): void {
    this.#scannedFiles = 0
    this.#scannedFolders = 0
    this.#scannedBytes = 0
    this.#skippedItems = 0
    this.#failedFiles = 0
  }

  scanned(items: readonly { readonly kind: ItemKind; readonly sizeBytes: number; readonly state: ItemState }[]): void {
    for (const { kind, sizeBytes, state } of items) {
      if (kind === 'folder') this.#scannedFolders++
      if (kind === 'file') {
        this.#scannedFiles++
        this.#scannedBytes += sizeBytes
      }
      if (ENDED_WITHOUT.has(state)) this.#skippedItems++
      if (state === 'failed' && kind === 'file') this.#failedFiles++
    }
    this.#rate.add({ files: items.length, bytes: 0 })
    this.#tick()
  }

  /** Handed to the network. */
  sent(bytes: number): void {
    this.#sentBytes += bytes
    this.#rate.add({ files: 0, bytes })
    this.#waitingFor = undefined
    this.#tick()
  }

  arrived(sizeBytes: number): void {
    this.#migratedFiles++
    this.#migratedBytes += sizeBytes
    this.#rate.add({ files: 1, bytes: 0 })
    this.#waitingFor = undefined
    this.#tick()
  }

  /** What had arrived is found missing or wrong. */
  takenBack(sizeBytes: number): void {
    this.#migratedFiles--
    this.#migratedBytes -= sizeBytes
  }

  failed(): void {
    this.#failedFiles++
    this.#tick()
  }

  skipped(): void {
    this.#skippedItems++
    this.#tick()
  }

  waits(text: string, waitMs: number): void {
    this.#waitingFor = { text, untilMs: this.#clock.now() + waitMs }
    this.#tick()
  }

  snapshot(): TaskProgress {
    const nowMs = this.#clock.now()
    const rate = this.#rate.perSecond()
    const leftBytes = (this.#plannedBytes ?? 0) - this.#migratedBytes
    const leftFiles = (this.#plannedFiles ?? 0) - this.#migratedFiles - this.#failedFiles
    const isMoving = this.#stage === 'transferring' && this.#plannedBytes !== undefined
    // Small files cost time by number, large ones by size: the slower of both views is the honest one.
    const etaMs = isMoving ? Math.max(remainingMs(leftBytes, rate.bytes), remainingMs(leftFiles, rate.files)) : undefined
    const waiting = this.#waitingFor !== undefined && this.#waitingFor.untilMs >= nowMs ? this.#waitingFor.text : undefined
    return {
      stage: this.#stage,
      scannedFiles: this.#scannedFiles,
      scannedFolders: this.#scannedFolders,
      scannedBytes: this.#scannedBytes,
      ...(this.#plannedFiles === undefined ? {} : { plannedFiles: this.#plannedFiles }),
      ...(this.#plannedBytes === undefined ? {} : { plannedBytes: this.#plannedBytes }),
      migratedFiles: this.#migratedFiles,
      migratedBytes: this.#migratedBytes,
      sentBytes: this.#sentBytes,
      failedFiles: this.#failedFiles,
      skippedItems: this.#skippedItems,
      bytesPerSecond: rate.bytes,
      filesPerSecond: rate.files,
      ...(etaMs === undefined || !Number.isFinite(etaMs) ? {} : { etaMs }),
      ...(waiting === undefined ? {} : { waitingFor: waiting }),
      at: new Date(nowMs).toISOString(),
    }
  }

  emit(): void {
    this.#emittedAtMs = this.#clock.now()
    this.#onProgress(this.snapshot())
  }

  #tick(): void {
    if (this.#clock.now() - this.#emittedAtMs >= EMIT_INTERVAL_MS) this.emit()
  }
}

function remainingMs(left: number, perSecond: number): number {
  if (left <= 0) return 0
  return perSecond > 0 ? Math.round((left / perSecond) * 1000) : Number.POSITIVE_INFINITY
}
