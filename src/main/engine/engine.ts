import type { RoundNumber } from '../../shared/domain/ids.ts'
import type { TaskProgress } from '../../shared/domain/progress.ts'
import type { SourceSpec, Task, TaskStatus } from '../../shared/domain/task.ts'
import { asMigrationError, type ErrorCode, MigrationError } from '../../shared/errors.ts'
import { forecastAccess } from './access/accessForecast.ts'
import { assertAccessCanTravel } from './access/accessStage.ts'
import { keepParts } from './parts/cutStage.ts'
import type { PartDesk } from './parts/partDesk.ts'
import type { ContentComparer } from './ports/contentComparer.ts'
import type { Destination, Destinations } from './ports/destination.ts'
import type { Journal, ReadableJournal } from './ports/journal.ts'
import type { ReportSink } from './ports/reportSink.ts'
import type { Clock, Logger, Random } from './ports/runtime.ts'
import type { CreateContentHasher, Source } from './ports/source.ts'
import { settlePlace } from './prepare/prepareStage.ts'
import { countRound } from './report/roundCounts.ts'
import { roundReports } from './report/roundReports.ts'
import { previewRemovals } from './rounds/previewRemovals.ts'
import { FactBuffer } from './run/factBuffer.ts'
import { createMemory, type Memory } from './run/memory.ts'
import { judgeRound, type RoundOutcome } from './run/outcome.ts'
import type { Identities, Round } from './run/round.ts'
import { createStops, Drained, endsTask, type Stops } from './run/stopping.ts'
import { takeOver } from './run/takeOver.ts'
import { runStages } from './run/taskRunner.ts'
import { Tracker } from './run/tracker.ts'
import type { CompileGlobs } from './scan/filters.ts'
import { type PlaceFacts, UNKNOWN_PLACE } from './scan/scanItem.ts'
import { scanStage } from './scan/scanStage.ts'
import { openGate, type TransferGate } from './schedule/transferGate.ts'

export type { RoundCounts } from './report/roundCounts.ts'
export type { RoundOutcome } from './run/outcome.ts'

/** What a scan needs. */
export interface ScanDeps {
  /** Open for writing; the caller closes it. */
  readonly journal: Journal
  readonly openSource: (spec: SourceSpec) => Promise<Source> | Source
  readonly compileGlobs: CompileGlobs
  /** The journal of the round before, when this machine has it; saves reading files again that did not change. The caller closes it. */
  readonly previous?: ReadableJournal
  readonly clock: Clock
  readonly logger: Logger
  /** Who is who at the destination; absent = only what the task's own mapping says. */
  readonly identities?: Identities | undefined
}

/** What a round needs. */
export interface EngineDeps extends ScanDeps {
  readonly destinations: Destinations
  readonly comparer: ContentComparer
  readonly createHasher: CreateContentHasher
  readonly random: Random
  /** The project's calendar and budgets; absent = nothing is held back. */
  readonly gate?: TransferGate
  /** Shared by all rounds of the process; absent = this round has its own. */
  readonly memory?: Memory
  /** Resource units that this process has spent so far; the round notes down for what. */
  readonly spentUnits?: () => number
  /** Where folders of a large task are given away; absent = it is not cut. */
  readonly parts?: PartDesk | undefined
  /** Gets the reports of the round at its end. */
  readonly reports?: ReportSink
}

export interface RunOptions {
  readonly agentName: string
  /** Of the claim under which the round runs; noted in the journal. */
  readonly epoch?: number | undefined
  /** Others have worked on the round since this journal was written: the destination is looked at before anything is sent. */
  readonly takesOver?: boolean | undefined
  /** Finish what is in flight: the outcome is `paused`. */
  readonly drainSignal: AbortSignal
  readonly onProgress: (progress: TaskProgress) => void
  /** Stop now. Reason `cancel`: the outcome is `canceled`; anything else: `paused`. */
  readonly signal: AbortSignal
}

/**
 * Runs one round of one task to its end, or to a stop, and says how it went; throws only when the journal cannot even be read. Whatever
 * happens, the same call with the same journal goes on where this one ended: nothing that arrived is sent again, nothing is forgotten. A
 * round that has ended says again how it ended. With `isScanOnly` nothing is written to the destination and the end is `readyToMigrate`.
 */
export async function runTask(
  deps: EngineDeps,
  task: Task,
  options: RunOptions & { readonly round: RoundNumber },
): Promise<RoundOutcome> {
  const tracker = new Tracker({ clock: deps.clock, onProgress: options.onProgress })
  const stops = createStops({ drain: options.drainSignal, drop: options.signal })
  const begunAtMs = deps.clock.now()
  try {
    const effective = openRound(deps, task, options)
    if (effective.settings.isScanOnly) {
      await scanOnly(deps, effective, { tracker, stops })
      return conclude(deps, tracker, { status: 'readyToMigrate', begunAtMs })
    }
    if (deps.journal.meta().stage !== 'reported') {
      const source = await deps.openSource(effective.source)
      const destination = await deps.destinations.open(effective.destination, {
        createMissing: effective.settings.createDestination && deps.journal.meta().place === undefined,
        signal: stops.drop,
      })
      assertAccessCanTravel({ task: effective, source, destination })
      settlePlace({ journal: deps.journal, place: destination.place, clock: deps.clock })
      const round = createRound(deps, { task: effective, number: options.round, source, destination, tracker, stops })
      if (options.takesOver) {
        await takeOver(round)
        // The former owner may have given folders away after this journal was copied.
        await keepParts(round)
      }
      // Not before: a take-over that is cut off is begun again.
      if (options.epoch !== undefined) deps.journal.record([{ fact: 'meta', change: { epoch: options.epoch } }])
      await runStages(round, {
        reports: deps.reports,
        spentUnits: deps.spentUnits,
      })
    }
    return conclude(deps, tracker, { ...judgeRound(deps.journal), begunAtMs })
  } catch (thrown) {
    return concludeStop(deps, tracker, { thrown, options, begunAtMs })
  }
}

/** Scans a source into the journal without a task: for the question what would happen. `place` judges names and paths for a destination. */
export async function scanSource(
  deps: ScanDeps,
  task: Pick<Task, 'settings' | 'source'>,
  options: RunOptions & { readonly place?: PlaceFacts },
): Promise<RoundOutcome> {
  const tracker = new Tracker({ clock: deps.clock, onProgress: options.onProgress })
  const stops = createStops({ drain: options.drainSignal, drop: options.signal })
  const begunAtMs = deps.clock.now()
  try {
    deps.journal.record([{ fact: 'meta', change: { agentName: options.agentName, startedAtMs: begunAtMs, stage: 'opened' } }])
    await scanInto(deps, task, { tracker, stops, place: options.place ?? UNKNOWN_PLACE })
    return conclude(deps, tracker, { status: 'readyToMigrate', begunAtMs })
  } catch (thrown) {
    return concludeStop(deps, tracker, { thrown, options, begunAtMs })
  }
}

/** A round keeps the settings that it began with, from the moment at which something may have been written by them. */
function openRound(deps: EngineDeps, task: Task, options: RunOptions & { readonly round: RoundNumber }): Task {
  const meta = deps.journal.meta()
  if (meta.stage === 'reported' && meta.task) return meta.task
  const isUnwritten = meta.stage === 'opened' || meta.stage === 'prepared' || meta.stage === 'scanned'
  const isWriting = !isUnwritten || deps.journal.parts().length > 0
  const kept = isWriting ? meta.task : undefined
  const isNew =
    kept === undefined && (meta.task === undefined || meta.task.revision !== task.revision || meta.task.settings.isScanOnly)
  deps.journal.record([
    {
      fact: 'meta',
      change: {
        taskId: task.id,
        round: options.round,
        task: kept ?? task,
        agentName: options.agentName,
        startedAtMs: meta.startedAtMs ?? deps.clock.now(),
        status: 'inProgress',
        reason: undefined,
        ...(isNew ? { stage: 'opened', listing: undefined, place: undefined } : {}),
      },
    },
  ])
  return kept ?? task
}

function createRound(
  deps: EngineDeps,
  given: {
    readonly task: Task
    readonly number: RoundNumber
    readonly source: Source
    readonly destination: Destination
    readonly tracker: Tracker
    readonly stops: Stops
  },
): Round {
  return {
    ...given,
    parts: deps.parts,
    journal: deps.journal,
    facts: new FactBuffer(deps.journal, deps.clock),
    gate: deps.gate ?? openGate,
    memory: deps.memory ?? createMemory(),
    compileGlobs: deps.compileGlobs,
    previous: deps.previous,
    identities: deps.identities,
    comparer: deps.comparer,
    createHasher: deps.createHasher,
    clock: deps.clock,
    random: deps.random,
    logger: deps.logger,
  }
}

async function scanOnly(deps: EngineDeps, task: Task, work: { readonly tracker: Tracker; readonly stops: Stops }): Promise<void> {
  const place = await findPlace(deps, task, work.stops)
  await scanInto(deps, task, { ...work, place })
  previewRemovals({ journal: deps.journal, previous: deps.previous, task, stops: work.stops })
  if (!deps.reports) return
  for (const table of roundReports(deps.journal)) await deps.reports.write(table)
}

/** Names and paths are judged for the destination as it is; for one that the round would create, as far as they can be. */
async function findPlace(deps: EngineDeps, task: Task, stops: Stops): Promise<PlaceFacts> {
  try {
    return (await deps.destinations.open(task.destination, { createMissing: false, signal: stops.drop })).place
  } catch (thrown) {
    const isAbsent = thrown instanceof MigrationError && ABSENT.has(thrown.code)
    if (isAbsent && task.settings.createDestination) return UNKNOWN_PLACE
    throw thrown
  }
}

const ABSENT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'DST_LIBRARY_NOT_FOUND',
  'DST_NOT_FOUND',
  'DST_CHANNEL_FOLDER_MISSING',
])

async function scanInto(
  deps: ScanDeps,
  task: Pick<Task, 'settings' | 'source'>,
  work: { readonly tracker: Tracker; readonly stops: Stops; readonly place: PlaceFacts },
): Promise<void> {
  const { journal, clock, logger, compileGlobs, previous } = deps
  const { tracker, stops, place } = work
  const source = await deps.openSource(task.source)
  tracker.enters('scanning')
  const { identities } = deps
  const round = { task, journal, source, compileGlobs, previous, clock, logger, tracker, stops, identities }
  await scanStage(round, place)
  await forecastAccess(round, place)
  journal.record([{ fact: 'meta', change: { stage: 'scanned' } }])
  tracker.restore(journal.totals(), { sentBytes: 0, isPlanned: false })
}

function conclude(
  deps: ScanDeps,
  tracker: Tracker,
  end: {
    readonly status: TaskStatus
    readonly reason?: string | undefined
    readonly error?: MigrationError | undefined
    readonly begunAtMs: number
  },
): RoundOutcome {
  const { journal, clock } = deps
  const { status, reason, error } = end
  const { workedMs } = journal.meta()
  const isOver = status === 'completed' || status === 'completedWithIssues' || status === 'readyToMigrate'
  const endedAtMs = isOver ? {} : { endedAtMs: clock.now() }
  try {
    journal.record([{ fact: 'meta', change: { status, reason, workedMs: workedMs + clock.now() - end.begunAtMs, ...endedAtMs } }])
  } catch (thrown) {
    // The journal that stopped the round takes no last word either; what stopped it is what counts.
    if (error === undefined || !endsTask(thrown)) throw thrown
  }
  if (isOver) tracker.enters('done')
  return {
    status,
    reason,
    error,
    isResumable: !isOver,
    counts: countRound(journal),
    extraItemCount: journal.meta().extraItemCount,
    progress: tracker.snapshot(),
  }
}

/** A stop that was asked for is no error; everything else is told as one, with the journal kept. */
function concludeStop(
  deps: ScanDeps,
  tracker: Tracker,
  stop: { readonly thrown: unknown; readonly options: RunOptions; readonly begunAtMs: number },
): RoundOutcome {
  const { thrown, begunAtMs } = stop
  const { signal } = stop.options
  if (signal.aborted) {
    const error = signal.reason instanceof MigrationError ? signal.reason : undefined
    const status = signal.reason === 'cancel' ? 'canceled' : 'paused'
    return conclude(deps, tracker, { status, reason: error?.message ?? 'Stopped on request.', error, begunAtMs })
  }
  if (thrown instanceof Drained) return conclude(deps, tracker, { status: 'paused', reason: 'Paused on request.', begunAtMs })
  const error = asMigrationError(thrown)
  deps.logger.log('error', 'round.stopped', { code: error.code, message: error.message })
  const reason = error.fix === undefined ? error.message : `${error.message} ${error.fix}`
  return conclude(deps, tracker, { status: 'failed', reason, error, begunAtMs })
}
