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
    dispatch(options, options.body instanceof Readable ? handler : new HoldingHandler(handler, isPaused))
}

class HoldingHandler implements Dispatcher.DispatchHandler {
  readonly #next: Dispatcher.DispatchHandler
  readonly #isPaused: () => boolean

  constructor(next: Dispatcher.DispatchHandler, isPaused: () => boolean) {
    this.#next = next
    this.#isPaused = isPaused
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    if (this.#isPaused()) controller.abort(new HeldBack())
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
