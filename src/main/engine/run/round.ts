import type { IdentityMapping } from '../../../shared/domain/identity.ts'
import type { RoundNumber } from '../../../shared/domain/ids.ts'
import type { Task } from '../../../shared/domain/task.ts'
import { MigrationError } from '../../../shared/errors.ts'
import { MINUTE_MS } from '../../../shared/units.ts'
import type { PartDesk } from '../parts/partDesk.ts'
import type { ContentComparer } from '../ports/contentComparer.ts'
import type { Destination } from '../ports/destination.ts'
import type { Directory } from '../ports/directory.ts'
import type { Journal, ReadableJournal } from '../ports/journal.ts'
import type { Clock, Logger, Random } from '../ports/runtime.ts'
import type { CreateContentHasher, Source } from '../ports/source.ts'
import type { CompileGlobs } from '../scan/filters.ts'
import type { TransferGate } from '../schedule/transferGate.ts'
import { type RetryStrategy, serviceRetry, withRetry } from '../throttle/retry.ts'
import type { FactBuffer } from './factBuffer.ts'
import type { Memory } from './memory.ts'
import { type Stops, throwIfStopped } from './stopping.ts'
import type { Tracker } from './tracker.ts'

/** What a scan works with. */
export interface ScanRound {
  readonly task: Pick<Task, 'settings' | 'source' | 'onlyFailedOf' | 'onlyCauses' | 'part'>
  readonly journal: Journal
  readonly source: Source
  readonly compileGlobs: CompileGlobs
  /** The journal of the round before, when this machine has it: names and hashes that need not be found again. */
  readonly previous: ReadableJournal | undefined
  readonly clock: Clock
  readonly logger: Logger
  readonly tracker: Tracker
  readonly stops: Stops
  /** Who is who at the destination; absent = only what the task's own mapping says. */
  readonly identities?: Identities | undefined
}

/** Where accounts of a source are looked for at the destination. */
export interface Identities {
  readonly directory: Directory
  /** Rows that people have settled for the whole project. */
  projectMap(signal: AbortSignal): Promise<readonly IdentityMapping[]>
}

/** What every stage of one round works with. */
export interface Round extends ScanRound {
  readonly task: Task
  readonly number: RoundNumber
  readonly destination: Destination
  readonly comparer: ContentComparer
  readonly createHasher: CreateContentHasher
  readonly random: Random
  readonly facts: FactBuffer
  readonly gate: TransferGate
  /** Absent: the task is not cut. */
  readonly parts: PartDesk | undefined
  readonly memory: Memory
}

/** Waits until the project's calendar and budgets let so many bytes go, and says meanwhile why not. A pause ends the wait. Errors: Drained. */
export async function passGate(round: Round, byteCount: number): Promise<void> {
  const { gate, stops, tracker, clock } = round
  try {
    await gate.pass(byteCount, {
      signal: AbortSignal.any([stops.drain, stops.drop]),
      onHold: ({ text, untilMs }) => tracker.waits(text, (untilMs ?? clock.now() + MINUTE_MS) - clock.now()),
    })
  } catch (thrown) {
    throwIfStopped(stops)
    throw thrown
  }
}

/** The same for calls whose doubled effect is no effect: an answer that was lost is asked for again. */
export function repeatedly<T>(round: Round, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return patiently(round, async (signal) => {
    try {
      return await call(signal)
    } catch (thrown) {
      if (!(thrown instanceof MigrationError) || thrown.remedy.kind !== 'lookFirst') throw thrown
      throw new MigrationError(thrown.code, thrown.message, { remedy: { kind: 'retry' }, cause: thrown })
    }
  })
}

/** A service that nobody can reach has been called in vain several times below: the round ends, and its agent waits. */
const roundRetry: RetryStrategy = (failed, random) =>
  failed.code === 'NET_UNREACHABLE' ? { kind: 'giveUp' } : serviceRetry(failed, random)

/** Calls the service as long as the remedy says that the same call may succeed. For calls whose repetition does no harm. */
export function patiently<T>(round: Round, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return withRetry(() => call(round.stops.drop), {
    clock: round.clock,
    random: round.random,
    strategy: roundRetry,
    onWait: (error, { waitMs }) => round.tracker.waits(error.message, waitMs),
    signal: round.stops.drop,
  })
}
