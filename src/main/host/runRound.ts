import path from 'node:path'
import { asMigrationError, isPassingOutage, MigrationError } from '../../shared/errors.ts'
import { CHECKPOINT_STOP_PATIENCE_MS } from '../../shared/limits.ts'
import { createCsvReportSink } from '../adapters/csv/csvReportSink.ts'
import { openSqliteJournal } from '../adapters/sqlite/sqliteJournal.ts'
import { checkpointIntervalMs } from '../engine/coordinate/pacing.ts'
import { runTask } from '../engine/engine.ts'
import type { TaskRecord } from '../engine/ports/coordination.ts'
import type { ReadableJournal, Sealer } from '../engine/ports/journal.ts'
import { Tracker } from '../engine/run/tracker.ts'
import type { RoundResult, RunRound } from './agentLoop.ts'
import { type AgentPresence, leaseLost, placesOf } from './agentPresence.ts'
import type { Host } from './createHost.ts'
import { engineDeps } from './engineDeps.ts'
import type { JournalCopies } from './journalCopies.ts'
import { keepJournal } from './journalKeeper.ts'
import { readPreviousRound } from './previousRound.ts'
import { reportFolderName } from './reports.ts'
import { takeUpJournals } from './takeUp.ts'
import { createPartDesk, endedBefore, withShare } from './taskParts.ts'
import { tellThrottleWaits } from './throttleWaits.ts'
import type { AgentIdentity } from './workFolder.ts'

/** What cannot be told by then follows with the next deed. [ours] */
const AUDIT_PATIENCE_MS = 10_000

export interface RunRoundDeps {
  readonly identity: AgentIdentity
  readonly presence: Pick<AgentPresence, 'gate' | 'begins' | 'ends' | 'member' | 'terms'>
  readonly sealer: Sealer
  readonly copies: JournalCopies
}

/** How this install works on what it claimed: one round of a task, with its journal and reports in the work folder. */
export function createRunRound(host: Host, { identity, presence, sealer, copies }: RunRoundDeps): RunRound {
  const { clock, logger, workFolder } = host.environment
  const deps = engineDeps(host)
  const reportSink = (record: TaskRecord) =>
    createCsvReportSink({ folder: path.join(workFolder.reportsFolder, reportFolderName(record)) })
  return async (record, { drain, drop, onProgress }) => {
    const { task } = record
    const round = task.part?.round ?? record.round
    const told = await endedBefore(host, record, drop)
    if (told) return told
    const journalFile = workFolder.journalFile(task.id, round)
    const taken = await takeUpJournals({ workFolder, copies, logger }, { ...record, round }, drop).catch(asMigrationError)
    if (taken instanceof MigrationError) return notBegun(host, record, { error: taken, drop })
    const previous = readPreviousRound(workFolder, task.id, round)
    const opened = openSqliteJournal(journalFile, { sealer })
    const keeper = keepJournal(opened, {
      clock,
      logger,
      store: (signal) => copies.store({ taskId: task.id, round, epoch: record.epoch, journalFile }, signal),
      paceMs: () => checkpointIntervalMs(presence.member.presentCount, placesOf(presence.terms())),
    })
    const { journal } = keeper
    const { member } = presence
    const { session } = member
    presence.begins(record)
    let error: MigrationError | undefined
    let noted: Promise<void> = Promise.resolve()
    const waits = tellThrottleWaits({ clock, throttle: () => host.service.throttleSnapshot() }, onProgress)
    try {
      const outcome = await runTask(
        {
          ...deps,
          destinations: host.service.destinationsOf(() =>
            member.isProven() && member.session === session ? undefined : leaseLost(),
          ),
          gate: presence.gate,
          journal,
          parts: createPartDesk(host, { agentId: identity.id, record }),
          ...(previous ? { previous } : {}),
          // What a part did is told by the reports of its task.
          ...(task.part === undefined ? { reports: reportSink(record) } : {}),
        },
        task,
        {
          round,
          agentName: identity.name,
          epoch: record.epoch,
          takesOver: taken.takesOver,
          drainSignal: drain,
          signal: drop,
          onProgress: waits.onProgress,
        },
      )
      error = outcome.error
      noted = host.audit.record(
        {
          action: 'round.stopped',
          taskId: task.id,
          subject: task.name,
          detail: `R${round}${isPiece(record, journal) ? ' (a piece of it)' : ''} ${outcome.status} on agent ${identity.name}${outcome.reason === undefined ? '' : `: ${outcome.reason}`}`,
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
      const until = drain.aborted || drop.aborted ? AbortSignal.timeout(CHECKPOINT_STOP_PATIENCE_MS) : drop
      await Promise.all([noted, keeper.finish(error && isPassingOutage(error) ? AbortSignal.abort(error) : until)])
      // Whoever runs the next round asks for this one; the one before is kept for good measure.
      if (round > 1 && journal.meta().stage === 'reported')
        await copies.removeBefore({ taskId: task.id, round: round - 1 }, until)
      journal.close()
    }
  }
}

const isPiece = ({ task }: TaskRecord, journal: Pick<ReadableJournal, 'parts'>): boolean =>
  task.part !== undefined || journal.parts().length > 0

/** Nothing was opened: the task stays where it is until what was in the way has passed. */
function notBegun(
  host: Host,
  record: TaskRecord,
  { error, drop }: { readonly error: MigrationError; readonly drop: AbortSignal },
): RoundResult {
  const { clock } = host.environment
  const progress = record.progress ?? new Tracker({ clock, onProgress: () => undefined }).snapshot()
  return drop.aborted
    ? { status: 'paused', reason: 'Stopped on request.', progress }
    : { status: 'failed', reason: error.message, progress, error }
}
