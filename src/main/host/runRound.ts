import path from 'node:path'
import type { MigrationError } from '../../shared/errors.ts'
import { createCsvReportSink } from '../adapters/csv/csvReportSink.ts'
import { openSqliteJournal } from '../adapters/sqlite/sqliteJournal.ts'
import { runTask } from '../engine/engine.ts'
import type { Sealer } from '../engine/ports/journal.ts'
import type { RunRound } from './agentLoop.ts'
import type { AgentPresence } from './agentPresence.ts'
import type { Host } from './createHost.ts'
import { engineDeps } from './engineDeps.ts'
import { readPreviousRound } from './previousRound.ts'
import { reportFolderName } from './reports.ts'
import { createPartDesk, endedBefore, withShare } from './taskParts.ts'
import { tellThrottleWaits } from './throttleWaits.ts'
import type { AgentIdentity } from './workFolder.ts'

/** What cannot be told by then follows with the next deed. [ours] */
const AUDIT_PATIENCE_MS = 10_000

export interface RunRoundDeps {
  readonly identity: AgentIdentity
  readonly presence: Pick<AgentPresence, 'gate' | 'begins' | 'ends'>
  readonly sealer: Sealer
}

/** How this install works on what it claimed: one round of a task, with its journal and reports in the work folder. */
export function createRunRound(host: Host, { identity, presence, sealer }: RunRoundDeps): RunRound {
  const { clock, workFolder } = host.environment
  const deps = engineDeps(host)
  return async (record, { drain, drop, onProgress }) => {
    const { task } = record
    const round = task.part?.round ?? record.round
    const told = await endedBefore(host, record, drop)
    if (told) return told
    const journal = openSqliteJournal(workFolder.journalFile(task.id, round), { sealer })
    presence.begins(record)
    let error: MigrationError | undefined
    const waits = tellThrottleWaits({ clock, throttle: () => host.service.throttleSnapshot() }, onProgress)
    const previous = readPreviousRound(workFolder, task.id, round)
    try {
      const outcome = await runTask(
        {
          ...deps,
          gate: presence.gate,
          journal,
          parts: createPartDesk(host, { agentId: identity.id, record }),
          ...(previous ? { previous } : {}),
          reports: createCsvReportSink({ folder: path.join(workFolder.reportsFolder, reportFolderName(record)) }),
        },
        task,
        { round, agentName: identity.name, drainSignal: drain, signal: drop, onProgress: waits.onProgress },
      )
      error = outcome.error
      await host.audit.record(
        {
          action: 'round.stopped',
          taskId: task.id,
          subject: task.name,
          detail: `R${round} ${outcome.status} on agent ${identity.name}${outcome.reason === undefined ? '' : `: ${outcome.reason}`}`,
        },
        AbortSignal.timeout(AUDIT_PATIENCE_MS),
      )
      return withShare(
        { status: outcome.status, reason: outcome.reason, progress: outcome.progress, error: outcome.error },
        {
          isPart: task.part !== undefined,
          partCount: journal.parts().length,
        },
      )
    } finally {
      presence.ends(record, error)
      waits.stop()
      previous?.close()
      journal.close()
    }
  }
}
