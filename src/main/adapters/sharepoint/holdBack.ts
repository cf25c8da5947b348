import { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'

/** The request was stopped before its first byte; it may be sent later as if nothing had been. */
export class HeldBack extends Error {
  constructor() {
    super('A pause began before the request was sent.')
    this.name = 'HeldBack'
  }
}

/**
 * Asks once more in the moment in which the first byte would leave: a request that waited for its connection to open may have been allowed
 * before the service asked for a pause. Bodies that cannot be sent again go as they are.
 */
export function holdBack(isPaused: () => boolean): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) =>
    dispatch(options, options.body instanceof Readable ? handler : new HoldingHandler(handler, () => pausedBy(isPaused)))
}

const pausedBy = (isPaused: () => boolean): Error | undefined => (isPaused() ? new HeldBack() : undefined)

/**
 * The same for what is only allowed while an agent holds its task: a computer that slept between the decision and the first byte wakes with
 * a request that may not leave any more. It fails with what `whyNot` says.
 */
export function onlyUnless(whyNot: () => Error | undefined): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => dispatch(options, new HoldingHandler(handler, whyNot))
}

class HoldingHandler implements Dispatcher.DispatchHandler {
  readonly #next: Dispatcher.DispatchHandler
  readonly #whyNot: () => Error | undefined

  constructor(next: Dispatcher.DispatchHandler, whyNot: () => Error | undefined) {
    this.#next = next
    this.#whyNot = whyNot
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    const reason = this.#whyNot()
    if (reason) controller.abort(reason)
    else this.#next.onRequestStart?.(controller, context)
  }

  onResponseStart(...event: Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>): void {
    this.#next.onResponseStart?.(...event)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#next.onResponseData?.(controller, chunk)
  }

  onResponseEnd(...event: Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseEnd']>>): void {
    this.#next.onResponseEnd?.(...event)
  }

  onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    this.#next.onResponseError?.(controller, error)
  }
}
