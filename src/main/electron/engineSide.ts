import { MigrationError } from '../../shared/errors.ts'
import type { App, AppEnvironment } from '../host/app.ts'
import type { Dispatch } from '../host/dispatch.ts'
import { createLineLogger, systemClock, systemRandom } from '../host/systemRuntime.ts'
import { openWorkFolder } from '../host/workFolder.ts'
import { type FromEngine, type NativeCall, type ToEngine, toEngineSchema } from './engineProtocol.ts'

export interface EnginePort {
  send(message: FromEngine): void
  /** Called once, before anything is sent. */
  listen(onMessage: (message: unknown) => void): void
}

/** The engine's end of the line to the shell: one host, whose screens are all behind the shell. */
export function serveShell(
  port: EnginePort,
  options: {
    readonly openApp: (environment: AppEnvironment) => { readonly app: App; readonly dispatch: Dispatch }
    readonly log: (line: string) => void
    readonly onStopped: () => void
  },
): void {
  const waiting = new Map<number, { readonly resolve: (value: unknown) => void; readonly reject: (thrown: unknown) => void }>()
  let nextTicket = 1
  let running: { readonly app: App; readonly dispatch: Dispatch } | undefined
  let detach: (() => void) | undefined

  function native(call: NativeCall, args: readonly string[]): Promise<unknown> {
    const ticket = nextTicket++
    port.send({ kind: 'native', ticket, call, args })
    return new Promise((resolve, reject) => waiting.set(ticket, { resolve, reject }))
  }

  function environmentOf(start: Extract<ToEngine, { kind: 'start' }>): AppEnvironment {
    return {
      workFolder: openWorkFolder(start.workFolder),
      clock: systemClock,
      random: systemRandom,
      logger: createLineLogger('warn', options.log),
      version: start.version,
      openUrl: async (url) => {
        await native('openUrl', [url])
      },
      practice: { start: async () => ({ connectionFile: String(await native('practiceStart', [])) }) },
      ...(start.hasKeyring
        ? {
            keyring: {
              keep: async (account: string, secret: string) => (await native('keyringKeep', [account, secret])) === true,
              find: async (account: string) => {
                const secret = await native('keyringFind', [account])
                return typeof secret === 'string' ? secret : undefined
              },
            },
          }
        : {}),
    }
  }

  async function receive(message: ToEngine): Promise<void> {
    switch (message.kind) {
      case 'start':
        running = options.openApp(environmentOf(message))
        return
      case 'frame': {
        const answer = await running?.dispatch(message.frame)
        port.send({ kind: 'answer', ticket: message.ticket, answer })
        return
      }
      case 'attach':
        detach?.()
        detach = running?.app.attach((event) => port.send({ kind: 'event', event }))
        return
      case 'native': {
        const asker = waiting.get(message.ticket)
        waiting.delete(message.ticket)
        if (message.error === undefined) asker?.resolve(message.value)
        else asker?.reject(new MigrationError('INTERNAL', message.error, { remedy: { kind: 'stopTask' } }))
        return
      }
      case 'stop':
        await running?.app.close()
        options.onStopped()
        return
    }
  }

  port.listen((message) => void receive(toEngineSchema.parse(message)))
}
