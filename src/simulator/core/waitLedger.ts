import type { Clock } from './clock.ts'
import type { Exchange } from './dispatch.ts'

/**
 * Which clients were told to wait, and which of them asked again before the time. A client is whoever holds the access token (agents of one
 * application have one each) or the pre-authenticated URL. Nobody is blamed for a request that may have been under way when the reply came:
 * a request counts once its client must have read the reply, which is when
 * - it comes on the connection that carried the reply, or
 * - it is the third on another connection since the reply had left: its client has read two later replies by then (all parts of a `$batch`
 *   arrive as one), or
 * - its client had been heard of after the reply had left, and that was a second ago.
 */
export interface WaitLedger {
  /** Notes a request. Milliseconds since its client was told to wait, if it certainly knew that it had to. */
  noteArrival(exchange: Exchange): number | undefined
  /** The reply to this request has left and asks to wait until then, tenant time. */
  noteTold(exchange: Exchange, untilMs: number): void
}

interface Telling {
  readonly toldAtMs: number
  readonly untilMs: number
  readonly connectionId: number | undefined
  /** Requests since, by connection; the parts of a batch are one. */
  readonly arrivals: Map<number, Set<string>>
  firstArrivalMs: number | undefined
}

const KNOWN_AFTER_REQUESTS = 2
const KNOWN_AFTER_MS = 1_000
/** Of one client. A burst of refused requests tells the same thing many times. */
const KEPT_TELLINGS = 32
const KEPT_CLIENTS = 5_000

export function createWaitLedger(clock: Clock): WaitLedger {
  const clients = new Map<string, Telling[]>()

  function clientOf({ request, row, price }: Exchange): string | undefined {
    if (row.appId === undefined) return undefined
    return `${row.service} ${price > 0 ? 'storage' : 'directory'} ${request.headers.authorization ?? request.target}`
  }

  return {
    noteArrival(exchange) {
      const client = clientOf(exchange)
      const tellings = client === undefined ? undefined : clients.get(client)
      if (client === undefined || tellings === undefined) return undefined
      const nowMs = clock.now()
      const live = tellings.filter(({ untilMs }) => untilMs > nowMs)
      if (live.length === 0) clients.delete(client)
      else if (live.length < tellings.length) clients.set(client, live)
      const proven = live.filter((telling) => isProven(telling, exchange))
      const [earliest] = proven
      return earliest === undefined ? undefined : Math.round(exchange.startedMs - earliest.toldAtMs)
    },
    noteTold(exchange, untilMs) {
      const client = clientOf(exchange)
      if (client === undefined) return
      const telling: Telling = {
        toldAtMs: performance.now(),
        untilMs,
        connectionId: exchange.request.connectionId,
        arrivals: new Map(),
        firstArrivalMs: undefined,
      }
      const tellings = clients.get(client) ?? []
      if (tellings.length === 0 && clients.size >= KEPT_CLIENTS) clients.delete(clients.keys().next().value ?? '')
      clients.set(client, [...tellings.slice(-KEPT_TELLINGS + 1), telling])
    },
  }
}

/** Counts this request and says whether its client must have read the reply before it asked. */
function isProven(telling: Telling, { request, row, startedMs }: Exchange): boolean {
  const { connectionId } = request
  const firstArrivalMs = telling.firstArrivalMs ?? startedMs
  telling.firstArrivalMs = firstArrivalMs
  if (startedMs - firstArrivalMs >= KNOWN_AFTER_MS) return true
  if (connectionId === undefined) return false
  if (connectionId === telling.connectionId) return true
  const arrivals = telling.arrivals.get(connectionId) ?? new Set()
  telling.arrivals.set(connectionId, arrivals.add(row.batchId ?? row.requestId))
  return arrivals.size > KNOWN_AFTER_REQUESTS
}
