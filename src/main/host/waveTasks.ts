import type { Wave } from '../../shared/domain/wave.ts'
import { findingsOf } from '../../shared/domain/wave.ts'
import { type FormerRound, forecastDelta } from '../engine/cutover/deltaForecast.ts'
import type { LastRound, WaveTask } from '../engine/cutover/gates.ts'
import type { TaskRecord } from '../engine/ports/coordination.ts'
import type { ReadableJournal } from '../engine/ports/journal.ts'
import { countRound } from '../engine/report/roundCounts.ts'
import type { Host } from './createHost.ts'
import { openRoundJournals } from './roundJournals.ts'

const PAGE = 1000

/** The tasks that a wave's tag names, by name. */
export async function recordsOf(host: Host, wave: Pick<Wave, 'tag'>, signal: AbortSignal): Promise<readonly TaskRecord[]> {
  return (await host.tasks.list(signal))
    .filter(({ task }) => task.tags.includes(wave.tag))
    .sort((a, b) => a.task.name.localeCompare(b.task.name) || a.task.id.localeCompare(b.task.id))
}

/** What the gates ask about a task. A rehearsal that is older than the last round says nothing about the next one. */
export async function waveTask(host: Host, wave: Wave, record: TaskRecord, signal: AbortSignal): Promise<WaveTask> {
  const { task, status, round } = record
  const rounds = await openRoundJournals(host, record, signal)
  try {
    const nowMs = host.service.coordination.serverNow()
    const last = rounds.journals.find((journal) => journal.meta().round === round)
    const former = formerRounds(rounds.journals)
    const { rehearsal } = findingsOf(wave, task.id)
    const isCurrent = rehearsal !== undefined && Date.parse(rehearsal.at) >= (former.at(-1)?.startedAtMs ?? 0)
    const startsAtMs = Math.max(nowMs, wave.plannedFor === undefined ? 0 : Date.parse(wave.plannedFor))
    return {
      taskId: task.id,
      name: task.name,
      status,
      round,
      lastRound: last && lastRoundOf(last),
      forecast: forecastDelta(former, {
        startsAtMs,
        ...(isCurrent ? { foundFiles: rehearsal.sourceFiles, volume: rehearsal } : {}),
      }),
    }
  } finally {
    rounds.close()
  }
}

function lastRoundOf(journal: ReadableJournal): LastRound {
  const { files, folders } = countRound(journal)
  const { task, round } = journal.meta()
  const access = journal.accessTotals()
  const isSecured = (task?.settings.permissions ?? 'none') === 'none'
  return {
    number: round,
    failedItems: files.failed + folders.failed,
    unsecuredItems: isSecured ? 0 : access.planned + access.failed,
    unmappedItems: unknownOwners(journal) + unmappedAccess(journal),
  }
}

function unknownOwners(journal: ReadableJournal): number {
  let count = 0
  for (let afterId = 0; ; ) {
    const page = journal.items({ afterId, limit: PAGE, hasIssues: true })
    const last = page.at(-1)
    if (!last) return count
    afterId = last.id
    count += page.filter(({ issues }) => issues.some(({ code }) => code === 'RULE_OWNER_UNKNOWN')).length
  }
}

function unmappedAccess(journal: ReadableJournal): number {
  let count = 0
  for (let afterId = 0; ; ) {
    const page = journal.access({ afterId, limit: PAGE, hasFindings: true })
    const last = page.at(-1)
    if (!last) return count
    afterId = last.itemId
    count += page.filter(({ findings }) => findings.some(({ kind }) => kind === 'unmapped')).length
  }
}

/** In the order in which they ran; only those that came to their end say how long a round takes. */
export function formerRounds(newestFirst: readonly ReadableJournal[]): readonly FormerRound[] {
  return [...newestFirst].reverse().flatMap((journal) => {
    const { startedAtMs, workedMs, stage } = journal.meta()
    if (stage !== 'reported' || startedAtMs === undefined) return []
    const { byState } = journal.totals()
    const files = byState.filter(({ kind }) => kind === 'file')
    const sent = files.filter(({ state }) => state === 'migrated')
    return [
      {
        startedAtMs,
        workedMs,
        foundFiles: files.reduce((sum, { itemCount }) => sum + itemCount, 0),
        sentFiles: sent.reduce((sum, { itemCount }) => sum + itemCount, 0),
        sentBytes: sent.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      },
    ]
  })
}
