import type { TaskProgress } from '../../../shared/domain/progress.ts'
import { isRoundEnd, type TaskStatus } from '../../../shared/domain/task.ts'
import type { TaskRecord } from '../ports/coordination.ts'

type Part = Pick<TaskRecord, 'task' | 'status' | 'progress' | 'reason'>

/** A round that waits for its parts: its own agent has done its share. */
export function shareOf(row: Pick<TaskRecord, 'progress' | 'status'>): TaskProgress['share'] {
  return row.status === 'inProgress' || row.status === 'paused' || row.status === 'queued' ? row.progress?.share : undefined
}

export const hasEnded = ({ status }: Pick<TaskRecord, 'status'>): boolean => isRoundEnd(status) || status === 'canceled'

/** How many parts there must be: a part may have been cut again, and queries may not show all of them yet. */
export function expectedParts(row: Pick<TaskRecord, 'progress'>, parts: readonly Part[]): number {
  return parts.reduce((sum, { progress }) => sum + (progress?.share?.partCount ?? 0), row.progress?.share?.partCount ?? 0)
}

export interface FoldedEnd {
  readonly status: TaskStatus
  readonly reason: string | undefined
  readonly progress: TaskProgress
}

/**
 * The end of a whole round from its own share and all its parts; undefined while one of them has not ended or is not seen. Completed only when
 * all of them are.
 */
export function foldParts(row: Pick<TaskRecord, 'status' | 'progress'>, parts: readonly Part[]): FoldedEnd | undefined {
  const share = shareOf(row)
  if (!share || !row.progress || parts.length < expectedParts(row, parts) || !parts.every(hasEnded)) return undefined
  const progress = foldProgress(row.progress, parts)
  const { share: _told, ...whole } = progress
  const troubled = parts.filter(({ status }) => status !== 'completed')
  const reasons = [
    ...(share.reason === undefined ? [] : [share.reason]),
    ...troubled.map(({ task, status, reason }) => `${task.part?.path ?? task.name}: ${reason ?? WORDS[status] ?? status}`),
  ]
  const status = troubled.some((part) => part.status === 'failed' || part.status === 'canceled')
    ? 'failed'
    : troubled.length > 0
      ? 'completedWithIssues'
      : share.status
  return { status, reason: reasons.length === 0 ? undefined : reasons.join(' '), progress: { ...whole, stage: 'done' } }
}

const WORDS: Partial<Record<TaskStatus, string>> = { canceled: 'was canceled.', failed: 'failed.' }

/** One progress of a task and its parts. Totals are unknown while one of them is; the end is that of the last. */
export function foldProgress(own: TaskProgress, parts: readonly Pick<Part, 'progress' | 'status'>[]): TaskProgress {
  const known = parts.flatMap(({ progress }) => progress ?? [])
  const all = [own, ...known]
  const isAllKnown = known.length === parts.length
  const sum = (of: (progress: TaskProgress) => number) => all.reduce((total, progress) => total + of(progress), 0)
  const total = (of: (progress: TaskProgress) => number | undefined) =>
    isAllKnown && all.every((progress) => of(progress) !== undefined) ? sum((progress) => of(progress) ?? 0) : undefined
  const plannedFiles = total(({ plannedFiles }) => plannedFiles)
  const plannedBytes = total(({ plannedBytes }) => plannedBytes)
  const working = parts.filter((part) => !hasEnded(part))
  const running = [...(own.share === undefined ? [own] : []), ...working.flatMap(({ progress }) => progress ?? [])]
  const rate = (of: (progress: TaskProgress) => number) => running.reduce((total, progress) => total + of(progress), 0)
  const etas = running.map(({ etaMs }) => etaMs)
  const isEtaKnown = etas.every((etaMs) => etaMs !== undefined) && working.every(({ progress }) => progress !== undefined)
  const { plannedFiles: _files, plannedBytes: _bytes, etaMs: _eta, fraction: _fraction, ...rest } = own
  const migratedFiles = sum((progress) => progress.migratedFiles)
  const isTransferring = own.share !== undefined && working.length > 0
  return {
    ...rest,
    ...(isTransferring ? { stage: 'transferring' as const } : {}),
    scannedFiles: sum((progress) => progress.scannedFiles),
    scannedFolders: sum((progress) => progress.scannedFolders) - known.filter(({ scannedFolders }) => scannedFolders > 0).length,
    scannedBytes: sum((progress) => progress.scannedBytes),
    ...(plannedFiles === undefined ? {} : { plannedFiles }),
    ...(plannedBytes === undefined ? {} : { plannedBytes }),
    uploadedFiles: sum((progress) => progress.uploadedFiles),
    uploadedBytes: sum((progress) => progress.uploadedBytes),
    migratedFiles,
    migratedBytes: sum((progress) => progress.migratedBytes),
    sentBytes: sum((progress) => progress.sentBytes),
    failedFiles: sum((progress) => progress.failedFiles),
    skippedItems: sum((progress) => progress.skippedItems),
    bytesPerSecond: rate((progress) => progress.bytesPerSecond),
    filesPerSecond: rate((progress) => progress.filesPerSecond),
    ...(isEtaKnown && etas.length > 0 ? { etaMs: Math.max(...etas.map((etaMs) => etaMs ?? 0)) } : {}),
    ...(plannedFiles === undefined ? {} : { fraction: fractionOf(all) }),
    at: all.reduce((latest, { at }) => (at > latest ? at : latest), own.at),
  }
}

/** Each piece counts by its files. */
function fractionOf(all: readonly TaskProgress[]): number {
  const weigh = ({ plannedFiles = 0 }: TaskProgress) => plannedFiles + 1
  const total = all.reduce((sum, progress) => sum + weigh(progress), 0)
  return Math.min(1, all.reduce((sum, progress) => sum + weigh(progress) * (progress.fraction ?? 0), 0) / total)
}
