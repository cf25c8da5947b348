import type { ProgressStage, TaskProgress } from '../../../shared/domain/progress.ts'
import { FILE_OVERHEAD_BYTES, RATE_MEASURED_MIN_MS, RATE_SAMPLE_MS, RATE_WINDOW_MS } from '../../../shared/limits.ts'
import { SECOND_MS } from '../../../shared/units.ts'
import type { Clock } from '../ports/runtime.ts'
import type { PacerState } from '../throttle/pacer.ts'
import type { TransferTotals } from '../transfer/accounting.ts'

/** Where a round stands, in plain counts. Totals are undefined until the plan knows them. */
export interface ProgressCounters extends TransferTotals {
  readonly stage: ProgressStage
  readonly scannedFiles: number
  readonly scannedFolders: number
  readonly scannedBytes: number
  readonly plannedFiles: number | undefined
  readonly plannedBytes: number | undefined
  readonly failedFiles: number
  readonly skippedItems: number
  readonly waiting: Waiting | undefined
}

/** Why nothing moves right now. */
export interface Waiting {
  readonly reason: string
  /** undefined when nobody knows how long. */
  readonly untilMs: number | undefined
}

/** What a person should know of the state of a pacer; undefined while requests flow. */
export function waitingOf(state: PacerState): Waiting | undefined {
  if (state.reason !== 'throttled' || state.pausedUntilMs === undefined) return undefined
  return { reason: 'Microsoft 365 asked to wait before the next request.', untilMs: state.pausedUntilMs }
}

export interface ProgressTracker {
  /** The counts as the contract shows them, with rates of the last minute. Call about once a second; each call is a sample. */
  snapshot(counters: ProgressCounters): TaskProgress
}

export function createProgressTracker(clock: Clock): ProgressTracker {
  const meter = createRateMeter()
  let highestFraction = 0
  return {
    snapshot(counters) {
      const nowMs = clock.now()
      const rates = meter.measure(nowMs, workDone(counters))
      const etaMs = estimateEtaMs(counters, rates, nowMs)
      const fraction = fractionDone(counters)
      if (fraction !== undefined) highestFraction = Math.max(highestFraction, fraction)
      return {
        stage: counters.stage,
        scannedFiles: counters.scannedFiles,
        scannedFolders: counters.scannedFolders,
        scannedBytes: counters.scannedBytes,
        ...(counters.plannedFiles === undefined ? {} : { plannedFiles: counters.plannedFiles }),
        ...(counters.plannedBytes === undefined ? {} : { plannedBytes: counters.plannedBytes }),
        migratedFiles: counters.migratedFiles,
        migratedBytes: counters.migratedBytes,
        sentBytes: counters.sentBytes,
        failedFiles: counters.failedFiles,
        skippedItems: counters.skippedItems,
        bytesPerSecond: rates?.bytesPerSecond ?? 0,
        filesPerSecond: rates?.filesPerSecond ?? 0,
        ...(etaMs === undefined ? {} : { etaMs }),
        ...(fraction === undefined ? {} : { fraction: highestFraction }),
        ...(counters.waiting === undefined ? {} : { waitingFor: counters.waiting.reason }),
        at: new Date(nowMs).toISOString(),
      }
    },
  }
}

interface Work {
  readonly bytes: number
  readonly files: number
}

export interface Rates {
  readonly bytesPerSecond: number
  readonly filesPerSecond: number
}

/** While scanning the work is finding; afterwards it is storing. A change of work starts a new measurement. */
function workDone(counters: ProgressCounters): Work & { readonly kind: string } {
  if (counters.stage === 'scanning') return { kind: 'scan', bytes: 0, files: counters.scannedFiles }
  if (counters.stage === 'verifying') return { kind: 'proof', bytes: counters.migratedBytes, files: counters.migratedFiles }
  return { kind: 'transfer', bytes: counters.acceptedBytes, files: counters.uploadedFiles }
}

/** Rates over the last minute, from samples at most one a second. Work that is taken back counts as nothing, never as less. */
export function createRateMeter(): { measure(nowMs: number, work: Work & { readonly kind: string }): Rates | undefined } {
  let kind = ''
  let samples: { readonly atMs: number; readonly bytes: number; readonly files: number }[] = []
  return {
    measure(nowMs, work) {
      const last = samples.at(-1)
      if (work.kind !== kind || (last !== undefined && nowMs < last.atMs)) {
        kind = work.kind
        samples = []
      }
      const previous = samples.at(-1)
      if (previous === undefined || nowMs - previous.atMs >= RATE_SAMPLE_MS) samples.push({ atMs: nowMs, bytes: work.bytes, files: work.files })
      while (samples.length > 1 && nowMs - (samples[1]?.atMs ?? nowMs) >= RATE_WINDOW_MS) samples.shift()
      const first = samples[0]
      const elapsedMs = first === undefined ? 0 : nowMs - first.atMs
      if (first === undefined || elapsedMs <= 0) return undefined
      const perSecond = (done: number) => (Math.max(0, done) * SECOND_MS) / elapsedMs
      return { bytesPerSecond: perSecond(work.bytes - first.bytes), filesPerSecond: perSecond(work.files - first.files), elapsedMs } as Rates
    },
  }
}
