import path from 'node:path'
import type { TaskProgress } from '../../shared/domain/progress.ts'
import { MigrationError } from '../../shared/errors.ts'
import { lockForWriting } from '../adapters/sqlite/writerLock.ts'
import type { TaskRecord } from '../engine/ports/coordination.ts'
import { type EndedTask, runAgent } from './agentLoop.ts'
import { joinFleet, placesOf } from './agentPresence.ts'
import type { Host } from './createHost.ts'
import { journalCopies, journalSealer } from './engineDeps.ts'
import { createRunRound } from './runRound.ts'
import { noteRoundEnd } from './taskParts.ts'
import type { AgentIdentity, WorkFolder } from './workFolder.ts'

const PROGRESS_FILE_EVERY_MS = 500

export interface RunOptions {
  readonly once?: boolean
  readonly name?: string
  readonly group?: string | undefined
  /** Tasks and parts at the same time; kept for later runs. */
  readonly places?: number | undefined
  readonly drain: AbortSignal
  readonly drop: AbortSignal
  readonly nudged?: () => AbortSignal
  /** With `once`: how long a service that went away is waited for. */
  readonly patienceMs?: number | undefined
  readonly onOutage?: ((error: MigrationError | undefined) => void) | undefined
  readonly onProgress: (record: TaskRecord, progress: TaskProgress) => void
}

/** This install as a worker: takes tasks from the shared list and runs their rounds with the journals of its work folder. */
export async function runThisAgent(host: Host, options: RunOptions): Promise<readonly EndedTask[]> {
  const { workFolder } = host.environment
  const identity = workFolder.agent(options.name)
  const lock = lockThisAgent(workFolder)
  try {
    return await runLocked(host, options, identity)
  } finally {
    lock.release()
  }
}

async function runLocked(host: Host, options: RunOptions, identity: AgentIdentity): Promise<readonly EndedTask[]> {
  const { clock, logger, workFolder } = host.environment
  const replaced = new AbortController()
  const drop = AbortSignal.any([options.drop, replaced.signal])
  const presence = await joinFleet(host, {
    identity,
    group: options.group,
    places: options.places,
    name: options.name,
    once: options.once === true,
    drain: options.drain,
    stop: drop,
    onOutage: options.onOutage,
    onReplaced: (error) => replaced.abort(error),
  })
  const runRound = createRunRound(host, {
    identity,
    presence,
    sealer: await journalSealer(host),
    copies: await journalCopies(host),
  })
  let savedAtMs = 0
  const ended = runAgent(
    {
      agentId: identity.id,
      coordination: host.service.coordination,
      parts: host.service.shards,
      places: () => placesOf(presence.terms()),
      member: presence.member,
      clock,
      random: host.environment.random,
      logger,
      runRound,
      onRoundEnd: noteRoundEnd(host, identity),
      terms: presence.terms,
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
      drop,
      ...(options.nudged ? { nudged: options.nudged } : {}),
    },
  )
  return ended.finally(() => presence.leave())
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
