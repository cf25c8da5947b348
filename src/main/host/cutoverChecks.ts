import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { TaskFindings, Wave } from '../../shared/domain/wave.ts'
import { FREEZE_QUIET_MS } from '../../shared/limits.ts'
import { systemWriterLocks } from '../adapters/fileshare/writerLocks.ts'
import { openSqliteJournal } from '../adapters/sqlite/sqliteJournal.ts'
import { type Comparison, compareTask, type Difference } from '../engine/cutover/compare.ts'
import { type DeltaForecast, forecastDelta } from '../engine/cutover/deltaForecast.ts'
import { checkFreeze, type FreezeFinding, type FreezeResult } from '../engine/cutover/freeze.ts'
import type { TaskRecord } from '../engine/ports/coordination.ts'
import type { SourceEntry } from '../engine/ports/source.ts'
import { createItemFilter } from '../engine/scan/filters.ts'
import type { Host } from './createHost.ts'
import { compileGlobs, engineDeps } from './engineDeps.ts'
import { openRoundJournals } from './roundJournals.ts'
import { whoAmI } from './waves.ts'
import { formerRounds } from './waveTasks.ts'

const PLAIN = { seal: (text: string) => text, open: (text: string) => text }
const EXAMPLES = 3
const EXAMPLE_CHARACTERS_MAX = 200

export interface ComparedTask extends Comparison {
  readonly forecast: DeltaForecast | undefined
  readonly findings: TaskFindings
}

/** Source and destination of a task, both looked at anew; nothing is written to either. */
export async function compareNow(
  host: Host,
  record: TaskRecord,
  options: { readonly onDifference: (difference: Difference) => void; readonly signal: AbortSignal },
): Promise<ComparedTask> {
  const { onDifference, signal } = options
  const { environment, service } = host
  const rounds = await openRoundJournals(host, record, signal)
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-compare-'))
  try {
    const journal = openSqliteJournal(path.join(folder, 'journal.sqlite'), { sealer: PLAIN })
    try {
      const comparison = await compareTask({ ...engineDeps(host), journal, rounds: rounds.journals }, record.task, {
        agentName: environment.workFolder.agentName(),
        onDifference,
        signal,
      })
      const nowMs = service.coordination.serverNow()
      const { sourceFiles, delta, moved, gone } = comparison
      const forecast = forecastDelta(formerRounds(rounds.journals), { startsAtMs: nowMs, foundFiles: sourceFiles, volume: delta })
      const checked = { at: new Date(nowMs).toISOString(), by: whoAmI() }
      const expected = forecast ? { p50Ms: forecast.p50Ms, p90Ms: forecast.p90Ms } : {}
      const { same, missing, different, extra, left } = comparison
      const findings: TaskFindings = {
        rehearsal: { ...checked, sourceFiles, ...delta, moved, gone, ...expected },
        reconciliation: { ...checked, round: record.round, same, missing, different, extra, left },
      }
      return { ...comparison, forecast, findings }
    } finally {
      journal.close()
    }
  } finally {
    rounds.close()
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

export interface FrozenTask extends FreezeResult {
  readonly isFrozen: boolean
  readonly findings: TaskFindings
}

/** Whether the source of a task stands still. With a date of freezing whatever changed since is too late, else whatever changed just now. */
export async function checkFreezeNow(
  host: Host,
  record: TaskRecord,
  options: {
    readonly wave: Pick<Wave, 'frozenFrom'>
    readonly quietMs?: number | undefined
    readonly onFinding: (finding: FreezeFinding) => void
    readonly signal: AbortSignal
  },
): Promise<FrozenTask> {
  const { wave, quietMs = FREEZE_QUIET_MS, onFinding, signal } = options
  const nowMs = host.environment.clock.now()
  const frozenFromMs = wave.frozenFrom === undefined ? Number.POSITIVE_INFINITY : Date.parse(wave.frozenFrom)
  const examples: string[] = []
  const rounds = await openRoundJournals(host, record, signal)
  try {
    const source = await engineDeps(host).openSource(record.task.source)
    const result = await checkFreeze(source, record.task, {
      filter: createItemFilter(record.task.settings, compileGlobs),
      previous: rounds.journals[0],
      quietSinceMs: Math.min(frozenFromMs, nowMs - quietMs),
      isHeld: writerHeld(),
      onFinding(finding) {
        if (examples.length < EXAMPLES) {
          const text = `${finding.path}: ${finding.detail.replace(/\.$/, '')}`
          examples.push(text.slice(0, EXAMPLE_CHARACTERS_MAX))
        }
        onFinding(finding)
      },
      signal,
    })
    const isFrozen = result.inUse === 0 && result.late === 0
    const at = new Date(host.service.coordination.serverNow()).toISOString()
    const { inUse, late } = result
    return { ...result, isFrozen, findings: { freeze: { at, by: whoAmI(), isFrozen, inUse, late, examples } } }
  } finally {
    rounds.close()
  }
}

/** By the numbers that the walk tells of each file: no further call. */
function writerHeld(): (entry: SourceEntry) => boolean {
  const locks = systemWriterLocks()
  return ({ fileId }) => {
    const [, device, inode] = /^(\d+):(\d+)$/.exec(fileId ?? '') ?? []
    return device !== undefined && inode !== undefined && locks.isHeld(BigInt(device), BigInt(inode))
  }
}
