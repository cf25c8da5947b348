import type { TaskProgress } from '../../../shared/domain/progress.ts'
import type { SizeClassWork } from '../../../shared/domain/sizeClass.ts'

/** How long something takes: in half of all cases, and in nine of ten, not longer. */
export interface Forecast {
  readonly p50Ms: number
  readonly p90Ms: number
}

/** Of the normal distribution: nine of ten cases lie below this many deviations. */
const NINE_OF_TEN = 1.2816
/** Stored files below which a class says nothing about its kind. */
const MEASURED_FILES_MIN = 3
/** Deviation, as a part of the estimate, of a class that nobody has measured yet. */
const UNMEASURED_DEVIATION = 1
/** Proof and reports after the last byte, as a part of the time of the transfer. Share of the stages in the fraction done. */
const PROOF_SHARE = 0.08

/** Time that the files of a class take one after the other, and how sure that is. */
interface ClassCost {
  readonly ms: number
  readonly variance: number
  /** What one long file of the class takes: at the end it goes alone, while everything else waits for it. */
  readonly longestMs: number
}

/**
 * Time that is left of a round in transfer, from the rates of each size class as this round has measured them: work left, one file after the
 * other, divided by how many went side by side so far. Small files cost requests, large ones bandwidth; that is why one rate for all is no
 * forecast. undefined until enough was measured.
 */
export function forecastTask(progress: TaskProgress): Forecast | undefined {
  const { stage, plannedFiles, plannedBytes, sizeClasses, transferMs } = progress
  if (stage === 'done') return { p50Ms: 0, p90Ms: 0 }
  if (plannedFiles === undefined || plannedBytes === undefined) return undefined
  if (stage === 'verifying' || stage === 'reporting' || !sizeClasses || !transferMs) return plain(progress)
  const busyMs = sizeClasses.reduce((sum, work) => sum + work.busyMs, 0)
  const measured = sizeClasses.filter(({ sentFiles }) => sentFiles >= MEASURED_FILES_MIN)
  if (measured.length === 0 || busyMs === 0) return plain(progress)
  const left = {
    files: Math.max(0, plannedFiles - progress.uploadedFiles),
    bytes: Math.max(0, plannedBytes - progress.uploadedBytes),
  }
  const costs = spread(left, sizeClasses).map((part, index) => costOf(part, sizeClasses, index))
  const ms = costs.reduce((sum, cost) => sum + cost.ms, 0)
  const deviation = Math.sqrt(costs.reduce((sum, cost) => sum + cost.variance, 0))
  const sideBySide = Math.max(busyMs / transferMs, Number.EPSILON)
  const tailMs = sideBySide > 1 ? Math.max(...costs.map((cost) => cost.longestMs)) : 0
  const p50Ms = (ms / sideBySide) * (1 + PROOF_SHARE)
  const riskMs = ((NINE_OF_TEN * deviation) / sideBySide + tailMs) * (1 + PROOF_SHARE)
  return { p50Ms, p90Ms: p50Ms + riskMs + recentDrag(progress, p50Ms) }
}

/** The last minute was slower than the forecast thinks: that may last. */
function recentDrag({ etaMs }: TaskProgress, p50Ms: number): number {
  return etaMs === undefined ? 0 : Math.max(0, etaMs - p50Ms)
}

/** Without classes: the rate of the last minute, and room for it to change. */
function plain({ etaMs }: TaskProgress): Forecast | undefined {
  return etaMs === undefined ? undefined : { p50Ms: etaMs, p90Ms: etaMs * 2 }
}

interface Left {
  readonly files: number
  readonly bytes: number
}

/** What is left, class by class: as the scan found them, less what was sent, scaled to what the plan says is left in all. */
function spread(left: Left, classes: readonly SizeClassWork[]): readonly Left[] {
  const open = classes.map(({ scannedFiles, scannedBytes, sentFiles, sentBytes }) => ({
    files: Math.max(0, scannedFiles - sentFiles),
    bytes: Math.max(0, scannedBytes - sentBytes),
  }))
  const files = open.reduce((sum, one) => sum + one.files, 0)
  const bytes = open.reduce((sum, one) => sum + one.bytes, 0)
  if (files === 0) {
    const sent = classes.reduce((sum, one) => sum + one.sentFiles, 0)
    return classes.map(({ sentFiles, sentBytes }) => ({
      files: sent === 0 ? 0 : (left.files * sentFiles) / sent,
      bytes:
        sent === 0
          ? 0
          : (left.bytes * sentBytes) /
            Math.max(
              1,
              classes.reduce((sum, one) => sum + one.sentBytes, 0),
            ),
    }))
  }
  return open.map((one) => ({
    files: (one.files * left.files) / files,
    bytes: bytes === 0 ? 0 : (one.bytes * left.bytes) / bytes,
  }))
}

function costOf({ files, bytes }: Left, classes: readonly SizeClassWork[], index: number): ClassCost {
  if (files === 0) return { ms: 0, variance: 0, longestMs: 0 }
  const own = classes[index]
  if (own && own.sentFiles >= MEASURED_FILES_MIN) {
    const mean = own.busyMs / own.sentFiles
    // Files of an open class differ in size: their bytes say more than their number.
    const isBySize = index === classes.length - 1 && own.sentBytes > 0
    const ms = isBySize ? bytes * (own.busyMs / own.sentBytes) : files * mean
    const relative = Math.max(0, own.squaredMs / own.sentFiles / (mean * mean) - 1)
    // Each file differs from the mean, and the mean itself is measured on so many files only.
    const longestMs = (ms / files) * (1 + NINE_OF_TEN * Math.sqrt(relative))
    return { ms, variance: ms * ms * (relative / Math.max(1, files) + relative / own.sentFiles), longestMs }
  }
  const ms = borrowed({ files, bytes }, classes)
  return { ms, variance: (ms * UNMEASURED_DEVIATION) ** 2, longestMs: ms / Math.max(1, files) }
}

/** From the other classes: the smallest mean is what a request costs, the best rate what bytes cost. */
function borrowed({ files, bytes }: Left, classes: readonly SizeClassWork[]): number {
  const measured = classes.filter(({ sentFiles }) => sentFiles >= MEASURED_FILES_MIN)
  const perFile = Math.min(...measured.map(({ busyMs, sentFiles }) => busyMs / sentFiles))
  const perByte = Math.min(
    ...measured.map(({ busyMs, sentBytes }) => (sentBytes === 0 ? Number.POSITIVE_INFINITY : busyMs / sentBytes)),
  )
  return files * perFile + (Number.isFinite(perByte) ? bytes * perByte : 0)
}
