import type { TaskProgress } from '../../shared/domain/progress.ts'
import { GIB, HOUR_MS, KIB, MIB, MINUTE_MS, SECOND_MS, TIB } from '../../shared/units.ts'

/** `1.5 GB`, as Windows and the admin centre write sizes: binary multiples, short names. */
export function formatBytes(bytes: number): string {
  for (const [unit, size] of [
    ['TB', TIB],
    ['GB', GIB],
    ['MB', MIB],
    ['KB', KIB],
  ] as const) {
    if (bytes >= size) return `${(bytes / size).toFixed(1)} ${unit}`
  }
  return `${Math.round(bytes)} B`
}

/** `2 h 05 min`, `3 min 10 s`, `12 s`. */
export function formatDuration(durationMs: number): string {
  const two = (n: number) => String(Math.floor(n)).padStart(2, '0')
  if (durationMs >= HOUR_MS) return `${Math.floor(durationMs / HOUR_MS)} h ${two((durationMs % HOUR_MS) / MINUTE_MS)} min`
  if (durationMs >= MINUTE_MS) return `${Math.floor(durationMs / MINUTE_MS)} min ${two((durationMs % MINUTE_MS) / SECOND_MS)} s`
  return `${Math.ceil(durationMs / SECOND_MS)} s`
}

export function formatCount(count: number): string {
  return count.toLocaleString('en-US')
}

/** What a person counts as done: stored files until the proof begins, proved ones from then on. */
export function doneFiles(progress: TaskProgress): number {
  return progress.stage === 'transferring' ? progress.uploadedFiles : progress.migratedFiles
}

export function doneBytes(progress: TaskProgress): number {
  return progress.stage === 'transferring' ? progress.uploadedBytes : progress.migratedBytes
}

/** One line: stage, files, bytes, rate, time left, and what it waits for. */
export function describeProgress(progress: TaskProgress): string {
  const total = progress.plannedFiles ?? progress.scannedFiles
  return [
    progress.stage === 'scanning'
      ? `scanning, ${formatCount(progress.scannedFiles)} files in ${formatCount(progress.scannedFolders)} folders, ${formatBytes(progress.scannedBytes)}`
      : `${progress.stage}, ${formatCount(doneFiles(progress))}/${formatCount(total)} files, ${formatBytes(doneBytes(progress))}`,
    ...(progress.bytesPerSecond > 0 ? [`${formatBytes(progress.bytesPerSecond)}/s`] : []),
    ...(progress.etaMs === undefined ? [] : [`${formatDuration(progress.etaMs)} left`]),
    ...(progress.waitingFor === undefined ? [] : [`waits: ${progress.waitingFor}`]),
  ].join(', ')
}
