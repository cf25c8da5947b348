import path from 'node:path'
import type { TaskProgress } from '../../shared/domain/progress.ts'
import { MigrationError } from '../../shared/errors.ts'
import { createCsvReportSink } from '../adapters/csv/csvReportSink.ts'
import { openSqliteJournal } from '../adapters/sqlite/sqliteJournal.ts'
import { lockForWriting } from '../adapters/sqlite/writerLock.ts'
import { runTask } from '../engine/engine.ts'
import type { TaskRecord } from '../engine/ports/coordination.ts'
import { type EndedTask, type RunRound, runAgent } from './agentLoop.ts'
import type { Host } from './createHost.ts'
import { engineDeps, journalSealer } from './engineDeps.ts'
import { readPreviousRound } from './previousRound.ts'
import { reportFolderName } from './reports.ts'
import { tellThrottleWaits } from './throttleWaits.ts'
import type { WorkFolder } from './workFolder.ts'

const PROGRESS_FILE_EVERY_MS = 500

/** This install as a worker: takes tasks from the shared list and runs their rounds with the journals of its work folder. */
export async function runThisAgent(
  host: Host,
  options: {
    readonly once?: boolean
    readonly name?: string
    readonly drain: AbortSignal
    readonly drop: AbortSignal
    readonly nudged?: () => AbortSignal
    /** With `once`: how long a service that went away is waited for. */
    readonly patienceMs?: number | undefined
    readonly onOutage?: ((error: MigrationError | undefined) => void) | undefined
    readonly onProgress: (record: TaskRecord, progress: TaskProgress) => void
  },
): Promise<readonly EndedTask[]> {
  const { clock, logger, workFolder } = host.environment
  const identity = workFolder.agent(options.name)
  const lock = lockThisAgent(workFolder)
  const sealer = await journalSealer(host)
  const deps = engineDeps(host)

  const runRound: RunRound = async (record, { drain, drop, onProgress }) => {
    const { task, round } = record
    const journal = openSqliteJournal(workFolder.journalFile(task.id, round), { sealer })
    const waits = tellThrottleWaits({ clock, throttle: () => host.service.throttleSnapshot() }, onProgress)
    const previous = readPreviousRound(workFolder, task.id, round)
    try {
      const outcome = await runTask(
        {
          ...deps,
          journal,
          ...(previous ? { previous } : {}),
          reports: createCsvReportSink({ folder: path.join(workFolder.reportsFolder, reportFolderName(record)) }),
        },
        task,
        { round, agentName: identity.name, drainSignal: drain, signal: drop, onProgress: waits.onProgress },
      )
      return { status: outcome.status, reason: outcome.reason, progress: outcome.progress, error: outcome.error }
    } finally {
      waits.stop()
      previous?.close()
      journal.close()
    }
  }

  let savedAtMs = 0
  const ended = runAgent(
    {
      agentId: identity.id,
      coordination: host.service.coordination,
      clock,
      logger,
      runRound,
      onProgress(record, progress) {
        if (clock.now() - savedAtMs >= PROGRESS_FILE_EVERY_MS || progress.stage === 'done') {
          savedAtMs = clock.now()
          workFolder.writeProgress(record.task.id, record.round, JSON.stringify(progress))
        }
        options.onProgress(record, progress)
      },
      onOutage: options.onOutage,
    },
    {
      once: options.once === true,
      patienceMs: options.patienceMs,
      drain: options.drain,
      drop: options.drop,
      ...(options.nudged ? { nudged: options.nudged } : {}),
    },
  )
  return ended.finally(() => lock.release())
}

/** Two processes with one identity would take each other's tasks away. */
function lockThisAgent(workFolder: WorkFolder): { release(): void } {
  try {
    return lockForWriting(path.join(workFolder.path, 'agent'))
  } catch (cause) {
    if (!(cause instanceof MigrationError) || cause.code !== 'JNL_IN_USE') throw cause
    throw new MigrationError('JNL_IN_USE', `An agent already runs with the work folder ${workFolder.path}.`, {
      remedy: { kind: 'stopTask' },
      fix: 'Stop it first, or give this one a work folder of its own with --work-dir.',
      cause,
    })
  }
}
