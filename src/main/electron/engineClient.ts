import type { LinkState } from '../../shared/contract/bridge.ts'
import type { AnswerFrame, HostEvent } from '../../shared/contract/events.ts'
import { MigrationError, toWire } from '../../shared/errors.ts'
import { MINUTE_MS, SECOND_MS } from '../../shared/units.ts'
import { fromEngineSchema, type NativeCall, type ToEngine } from './engineProtocol.ts'

const FIRST_PAUSE_MS = SECOND_MS
const LONGEST_PAUSE_MS = MINUTE_MS

/** The part of Electron's UtilityProcess that is used. */
export interface EngineProcess {
  postMessage(message: ToEngine): void
  on(event: 'message', listener: (message: unknown) => void): unknown
  on(event: 'exit', listener: (code: number) => void): unknown
  kill(): boolean
}

/** The shell's end of the line to the engine. An engine that dies is started again; its journal goes on where it was. */
export interface EngineClient {
  call(frame: unknown): Promise<AnswerFrame | undefined>
  attach(): void
  /** Lets it close its journals; ends it when that takes too long. */
  stop(): Promise<void>
}

export function startEngine(options: {
  readonly fork: () => EngineProcess
  readonly start: Extract<ToEngine, { kind: 'start' }>
  readonly onEvent: (event: HostEvent) => void
  readonly onLink: (link: LinkState) => void
  readonly native: (call: NativeCall, args: readonly string[]) => Promise<unknown>
  readonly delay: (delayMs: number) => Promise<void>
}): EngineClient {
  const waiting = new Map<number, (answer: AnswerFrame | undefined) => void>()
  let nextTicket = 1
  let pauseMs = FIRST_PAUSE_MS
  let engine: EngineProcess | undefined
  let ended: (() => void) | undefined

  function launch(): void {
    const forked = options.fork()
    engine = forked
    forked.on('message', (message) => receive(forked, message))
    forked.on('exit', () => void died())
    forked.postMessage(options.start)
    forked.postMessage({ kind: 'attach' })
    options.onLink('open')
  }

  function receive(from: EngineProcess, message: unknown): void {
    const parsed = fromEngineSchema.parse(message)
    pauseMs = FIRST_PAUSE_MS
    switch (parsed.kind) {
      case 'answer':
        waiting.get(parsed.ticket)?.(parsed.answer)
        waiting.delete(parsed.ticket)
        return
      case 'event':
        options.onEvent(parsed.event)
        return
      case 'native':
        options.native(parsed.call, parsed.args).then(
          (value) => from.postMessage({ kind: 'native', ticket: parsed.ticket, value }),
          (thrown: unknown) =>
            from.postMessage({
              kind: 'native',
              ticket: parsed.ticket,
              value: undefined,
              error: thrown instanceof Error ? thrown.message : String(thrown),
            }),
        )
    }
  }

  async function died(): Promise<void> {
    engine = undefined
    for (const settle of waiting.values()) settle(undefined)
    waiting.clear()
    if (ended) return ended()
    options.onLink('lost')
    await options.delay(pauseMs)
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
    if (!ended) launch()
  }

  launch()
  return {
    call(frame) {
      const current = engine
      if (!current) return Promise.resolve(undefined)
      const ticket = nextTicket++
      return new Promise((resolve) => {
        waiting.set(ticket, resolve)
        current.postMessage({ kind: 'frame', ticket, frame })
      })
    },
    attach() {
      engine?.postMessage({ kind: 'attach' })
      options.onLink(engine ? 'open' : 'lost')
    },
    stop() {
      const current = engine
      return new Promise((resolve) => {
        ended = resolve
        if (!current) return resolve()
        current.postMessage({ kind: 'stop' })
        void options.delay(10 * SECOND_MS).then(() => current.kill())
      })
    },
  }
}

/** What a window hears when the engine died before it answered. */
export const engineGone = {
  error: toWire(
    new MigrationError('NET_INTERRUPTED', 'The engine of Portage ended before it answered.', {
      remedy: { kind: 'lookFirst' },
      fix: 'It starts again by itself; look whether the change was made before you repeat it.',
    }),
  ),
}
