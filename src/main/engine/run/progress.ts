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
      const kind = workKind(counters.stage)
      const rates = meter.measure(nowMs, kind, workDone(counters, kind))
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
        uploadedFiles: counters.uploadedFiles,
        uploadedBytes: counters.acceptedBytes,
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

/** A pair that grows: bytes and files that this stage has done. */
export interface Work {
  readonly bytes: number
  readonly files: number
}

export interface Rates {
  readonly bytesPerSecond: number
  readonly filesPerSecond: number
  /** Time over which they were measured. */
  readonly measuredMs: number
}

type WorkKind = 'scan' | 'transfer' | 'proof'

/** While scanning the work is finding, then storing, then proving. */
function workKind(stage: ProgressStage): WorkKind {
  if (stage === 'scanning') return 'scan'
  return stage === 'verifying' ? 'proof' : 'transfer'
}

function workDone(counters: ProgressCounters, kind: WorkKind): Work {
  switch (kind) {
    case 'scan':
      return { bytes: 0, files: counters.scannedFiles }
    case 'transfer':
      return { bytes: counters.acceptedBytes, files: counters.uploadedFiles }
    case 'proof':
      return { bytes: counters.migratedBytes, files: counters.migratedFiles }
  }
}

/** Rates over the last minute, from samples at most one a second. Work that was taken back counts as nothing, never as less. */
export interface RateMeter {
  /** undefined until two moments of the same kind of work are known. */
  measure(nowMs: number, kind: string, work: Work): Rates | undefined
}

export function createRateMeter(): RateMeter {
  let currentKind = ''
  let samples: (Work & { readonly atMs: number })[] = []
  return {
    measure(nowMs, kind, work) {
      const last = samples.at(-1)
      if (kind !== currentKind || (last !== undefined && nowMs < last.atMs)) samples = []
      currentKind = kind
      if (samples.length === 0 || nowMs - (samples.at(-1)?.atMs ?? nowMs) >= RATE_SAMPLE_MS)
        samples.push({ atMs: nowMs, ...work })
      // The first sample stays the newest of those that are a whole window old.
      while (nowMs - (samples[1]?.atMs ?? nowMs) >= RATE_WINDOW_MS) samples.shift()
      const first = samples[0]
      if (first === undefined || nowMs <= first.atMs) return undefined
      const measuredMs = nowMs - first.atMs
      const perSecond = (done: number) => (Math.max(0, done) * SECOND_MS) / measuredMs
      return {
        bytesPerSecond: perSecond(work.bytes - first.bytes),
        filesPerSecond: perSecond(work.files - first.files),
        measuredMs,
      }
    },
  }
}

/**
 * Time until the stage has done all its work: small files cost requests and large ones bandwidth, so whichever of both takes longer, after
 * the wait that is going on. undefined while there is no plan, too little was measured, or nothing moves.
 */
export function estimateEtaMs(counters: ProgressCounters, rates: Rates | undefined, nowMs: number): number | undefined {
  const { plannedFiles, plannedBytes, waiting, stage } = counters
  if (stage === 'done') return 0
  if (stage !== 'transferring' && stage !== 'verifying') return undefined
  if (plannedFiles === undefined || plannedBytes === undefined) return undefined
  const done = workDone(counters, workKind(stage))
  const filesMs = timeFor(plannedFiles - done.files, rates?.filesPerSecond)
  const bytesMs = timeFor(plannedBytes - done.bytes, rates?.bytesPerSecond)
  if (filesMs === 0 && bytesMs === 0) return 0
  if (rates === undefined || rates.measuredMs < RATE_MEASURED_MIN_MS || filesMs === undefined || bytesMs === undefined)
    return undefined
  const pausedMs = Math.max(0, (waiting?.untilMs ?? nowMs) - nowMs)
  return Math.round(pausedMs + Math.max(filesMs, bytesMs))
}

function timeFor(left: number, perSecond: number | undefined): number | undefined {
  if (left <= 0) return 0
  return perSecond === undefined || perSecond <= 0 ? undefined : (left / perSecond) * SECOND_MS
}

/** Share of the whole that each stage has, from its beginning to its end. */
const STAGE_SPANS = {
  waiting: [0, 0],
  scanning: [0, 0.05],
  planning: [0.05, 0.06],
  transferring: [0.06, 0.92],
  verifying: [0.92, 0.99],
  reporting: [0.99, 1],
  done: [1, 1],
} as const satisfies Record<ProgressStage, readonly [start: number, end: number]>

/** Part of the round that is done, 0 to 1; undefined until the plan knows the totals. May fall when work is taken back. */
export function fractionDone(counters: ProgressCounters): number | undefined {
  const { stage, plannedFiles, plannedBytes } = counters
  const [start, end] = STAGE_SPANS[stage]
  if (stage === 'done') return 1
  if (plannedFiles === undefined || plannedBytes === undefined) return undefined
  if (stage !== 'transferring' && stage !== 'verifying') return start
  const weigh = (work: Work) => work.bytes + work.files * FILE_OVERHEAD_BYTES
  const total = weigh({ bytes: plannedBytes, files: plannedFiles })
  const share = total === 0 ? 1 : weigh(workDone(counters, workKind(stage))) / total
  return start + (end - start) * Math.min(1, Math.max(0, share))
}
