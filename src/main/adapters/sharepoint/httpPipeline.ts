import { MigrationError } from '../../../shared/errors.ts'
import type { Clock, Logger, Random } from '../../engine/ports/runtime.ts'
import type { Pacer, PacerReport } from '../../engine/throttle/pacer.ts'
import { parseRateLimit } from '../../engine/throttle/rateLimitHeaders.ts'
import { serviceRetry, unnamedThrottleWaitMs, withRetry } from '../../engine/throttle/retry.ts'
import { parseHttpDate } from '../../engine/throttle/retryAfter.ts'
import type { TokenProvider } from '../auth/tokenProvider.ts'
import type { Pools } from '../network/pools.ts'
import type { SocketMap } from '../network/socketMap.ts'
import { HeldBack } from './holdBack.ts'
import type { ServiceCall, ServiceClient, ServiceReply, StreamReply } from './serviceClient.ts'
import { namedWaitMs, serviceError } from './serviceErrors.ts'
import { createAxiosTransport, createPoolTransport, createStreamTransport } from './transports.ts'

export interface PipelineDeps {
  readonly graphBase: string
  readonly version: string
  readonly tokens: TokenProvider
  /** One for the whole tenant: Graph and SharePoint are charged to one budget of the app. [throttle] */
  readonly pacer: Pacer
  readonly sockets: SocketMap
  readonly pools: Pools
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** A reply whose body may still be on its way. */
interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body?: unknown
  readonly bytes?: AsyncIterable<Uint8Array>
}
type Send<R extends Reply> = (call: ServiceCall) => Promise<R>
/** One concern of every call. Policies know nothing of each other; their order is the list in `createServiceClient`. */
type Policy = <R extends Reply>(next: Send<R>) => Send<R>

export function createServiceClient(deps: PipelineDeps): ServiceClient {
  const { clock, random, pacer, sockets, pools } = deps
  const service = new ServiceClock(clock)
  const meter = { spentUnits: 0 }

  /** Outermost first. */
  const policies: readonly Policy[] = [
    retrying(deps),
    mapped(deps),
    authorised(deps),
    decorated(deps),
    paced(deps, service, meter),
    logged(deps),
  ]
  const assemble = <R extends Reply>(transport: Send<R>): Send<R> =>
    policies.reduceRight<Send<R>>((next, policy) => policy(next), transport)

  const control = assemble<ServiceReply>(createAxiosTransport(sockets))
  const wire = { pools, sockets, isPaused: () => pacer.state().pausedUntilMs !== undefined }
  const bulk = assemble<ServiceReply>(createPoolTransport(wire))
  const stream = assemble<StreamReply>(createStreamTransport(wire))
  return {
    graphBase: deps.graphBase,
    call: (call) => (call.lane === 'bulk' ? bulk(call) : control(call)),
    open: stream,
    sleep: (delayMs, signal) => clock.sleep(delayMs, signal),
    retry: (operation, signal) => withRetry(operation, { clock, random, strategy: serviceRetry, signal }),
    pause: (delayMs) => pacer.report({ kind: 'throttled', delayMs: delayMs ?? unnamedThrottleWaitMs(1, random) }),
    spentUnits: () => meter.spentUnits,
    now: () => clock.now(),
    serverNow: () => service.now(),
  }
}

/** Repeats what its error allows. A stream is spent after one try; its owner opens it again. */
function retrying({ clock, random, logger }: PipelineDeps): Policy {
  return (next) => (call) =>
    call.body?.kind === 'stream'
      ? next(call)
      : withRetry(() => next(call), {
          clock,
          random,
          strategy: serviceRetry,
          signal: call.signal,
          onWait: (error, { attempt, waitMs }) =>
            logger.log('debug', 'http.waits', { ...address(call), code: error.code, status: error.status, attempt, waitMs }),
        })
}

/** Answers that are neither a success nor expected become errors. */
function mapped({ clock }: PipelineDeps): Policy {
  return (next) => async (call) => {
    const reply = await next(call)
    if ((reply.status >= 200 && reply.status < 300) || call.accepts?.includes(reply.status)) return reply
    const body = reply.bytes === undefined ? reply.body : await startOf(reply.bytes)
    throw serviceError({ status: reply.status, headers: reply.headers, body }, call, clock.now())
  }
}

/** Adds the token; a refused one is replaced and the call repeated once, with the claims that the service may ask for. [A.10] */
function authorised({ tokens }: PipelineDeps): Policy {
  return (next) => async (call) => {
    const { resource, signal } = call
    if (resource === 'none') return next(call)
    const token = await tokens.getToken(resource, { signal })
    const reply = await next(withHeaders(call, { authorization: `Bearer ${token}` }))
    const claims = claimsChallenge(reply)
    if ((reply.status !== 401 && claims === undefined) || call.body?.kind === 'stream') return reply
    const fresh = await tokens.getToken(resource, { refused: token, signal, ...(claims === undefined ? {} : { claims }) })
    if (fresh === token) return reply
    if (reply.bytes !== undefined) await startOf(reply.bytes)
    return next(withHeaders(call, { authorization: `Bearer ${fresh}` }))
  }
}

/** Names the traffic, as the service asks: undecorated traffic is served last. [throttle] */
function decorated({ version, random }: PipelineDeps): Policy {
  const userAgent = `NONISV|Portage|Portage/${version}`
  return (next) => (call) =>
    next(withHeaders(call, { 'user-agent': userAgent, 'client-request-id': random.uuid(), 'return-client-request-id': 'true' }))
}

/** Waits for the turn of the app's budget, and tells what the answer says about it. What a pause held back waits again. */
function paced({ pacer, clock, random }: PipelineDeps, service: ServiceClock, meter: { spentUnits: number }): Policy {
  return (next) => {
    const attempt = async (call: ServiceCall) => {
      const reason = call.whyNot?.()
      if (reason) throw reason
      meter.spentUnits += call.ru
      try {
        const reply = await next(call)
        service.heard(reply.headers.date)
        const report = reportOf(reply, clock.now(), random)
        if (report) pacer.report(report)
        return reply
      } catch (thrown) {
        const isLoad = thrown instanceof MigrationError && (thrown.code === 'NET_TIMEOUT' || thrown.code === 'NET_INTERRUPTED')
        if (isLoad) pacer.report({ kind: 'overloaded' })
        throw thrown
      }
    }
    return async (call) => {
      for (;;) {
        try {
          return await pacer.run(() => attempt(call), {
            resourceUnits: call.ru,
            isUrgent: call.isUrgent ?? false,
            signal: call.signal,
          })
        } catch (thrown) {
          if (!(thrown instanceof HeldBack)) throw thrown
        }
      }
    }
  }
}

function reportOf(reply: Reply, nowMs: number, random: Random): PacerReport | undefined {
  if (reply.status === 429 || reply.status === 503 || reply.status === 509) {
    return { kind: 'throttled', delayMs: namedWaitMs(reply, nowMs) ?? unnamedThrottleWaitMs(1, random) }
  }
  if (reply.status === 502 || reply.status === 504) return { kind: 'overloaded' }
  const rateLimit = parseRateLimit((name) => reply.headers[name])
  return rateLimit === undefined ? undefined : { kind: 'rateLimit', rateLimit }
}

/** One line per attempt, without queries (they hold keys), bodies and headers. */
function logged({ logger, clock }: PipelineDeps): Policy {
  return (next) => async (call) => {
    const startedMs = clock.now()
    const fields = { ...address(call), clientRequestId: call.headers?.['client-request-id'] }
    try {
      const reply = await next(call)
      logger.log('debug', 'http.answered', {
        ...fields,
        status: reply.status,
        requestId: reply.headers['request-id'] ?? reply.headers.sprequestguid,
        tookMs: clock.now() - startedMs,
      })
      return reply
    } catch (thrown) {
      logger.log('debug', 'http.failed', {
        ...fields,
        code: thrown instanceof MigrationError ? thrown.code : thrown instanceof HeldBack ? 'heldBack' : 'canceled',
        tookMs: clock.now() - startedMs,
      })
      throw thrown
    }
  }
}

/** Pre-authenticated addresses are secrets as a whole. */
function address(call: ServiceCall): { readonly method: string; readonly host: string; readonly path: string } {
  const url = new URL(call.url)
  return { method: call.method, host: url.hostname, path: call.resource === 'none' ? '…' : url.pathname }
}

const withHeaders = (call: ServiceCall, headers: Readonly<Record<string, string>>): ServiceCall => ({
  ...call,
  headers: { ...call.headers, ...headers },
})

/** `Bearer …, error="insufficient_claims", claims="<base64 JSON>"`; 401 as a rule, 403 documented too. */
function claimsChallenge(reply: Reply): string | undefined {
  if (reply.status !== 401 && reply.status !== 403) return undefined
  const challenge = reply.headers['www-authenticate'] ?? ''
  if (!challenge.includes('insufficient_claims')) return undefined
  const encoded = /claims="([A-Za-z0-9+/=_-]{1,8192})"/.exec(challenge)?.[1]
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf8')
}

/** The first bytes of an error body; ends the body, so that its connection is free again. */
async function startOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = []
  let sizeBytes = 0
  for await (const part of bytes) {
    parts.push(part)
    sizeBytes += part.byteLength
    if (sizeBytes > 64 * 1024) break
  }
  return Buffer.concat(parts).toString('utf8')
}

/** The service's clock by its Date headers, one second exact, carried on by the local clock: the agents' clocks may be wrong. */
class ServiceClock {
  readonly #clock: Clock
  #aheadMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  heard(date: string | undefined): void {
    const serverMs = date === undefined ? undefined : parseHttpDate(date)
    if (serverMs !== undefined) this.#aheadMs = serverMs - this.#clock.now()
  }

  now(): number {
    return this.#clock.now() + this.#aheadMs
  }
}
