import { MigrationError } from '../../../shared/errors.ts'

/** The two ways to stop a round. Both leave a journal to go on from. */
export interface Stops {
  /** Finish what is in flight, begin nothing new. A large file stops between two fragments; its session stays open. */
  readonly drain: AbortSignal
  /** Stop now: every wait and request ends. Also raised by `fail`. */
  readonly drop: AbortSignal
  /** Something ends the whole round: what is still in flight is dropped. A drain drops nothing. */
  fail(thrown: unknown): void
}

export function createStops(asked: { readonly drain: AbortSignal; readonly drop: AbortSignal }): Stops {
  const failure = new AbortController()
  return {
    drain: asked.drain,
    drop: AbortSignal.any([asked.drop, failure.signal]),
    fail(thrown) {
      if (!(thrown instanceof Drained)) failure.abort(thrown)
    },
  }
}

/** Thrown by a stage that ended early because of a drain, after everything in flight has landed. No error of anything. */
export class Drained extends Error {
  constructor() {
    super('The round was asked to finish what is in flight.')
    this.name = 'Drained'
  }
}

export function throwIfStopped(stops: Stops): void {
  stops.drop.throwIfAborted()
  if (stops.drain.aborted) throw new Drained()
}

/** Nothing of the task can go on: what the remedy says, what the journal says, and a service that nobody can reach. */
export function endsTask(thrown: unknown): boolean {
  if (!(thrown instanceof MigrationError)) return false
  return thrown.remedy.kind === 'stopTask' || thrown.code.startsWith('JNL_') || thrown.code === 'NET_UNREACHABLE'
}
