import type { BearerCheck } from '../identity/bearer.ts'
import { errorReply } from './errorReply.ts'
import type { FaultEngine, TransportFault } from './faults.ts'
import { checkHeaders } from './headerRules.ts'
import type { Service, ServiceReply, ServiceRequest } from './http.ts'
import { type JournalRow, type RequestJournal, redactTarget } from './requestJournal.ts'
import type { MatchedRoute, RouteTable } from './routeTable.ts'
import { ServiceError } from './serviceError.ts'
import { ConnectionBrokenError, IncomingRequest } from './serviceRequest.ts'
import type { Tenant } from './tenant.ts'
import type { ThrottleEngine } from './throttle.ts'

export interface Answer {
  readonly reply: ServiceReply
  /** What the connection has to suffer while it carries the reply. */
  readonly transport?: TransportFault
  /** Finishes the journal row; call once, when the reply has left or could not. Parts of a batch are settled with their batch. */
  readonly settle: (sent: { readonly bytesOut: number; readonly isWhole: boolean }) => void
}

export interface Dispatcher {
  answer(request: IncomingRequest, options?: { readonly batch?: ServiceRequest; readonly cut?: () => void }): Promise<Answer>
}

export interface DispatchDeps {
  readonly tenant: Tenant
  readonly routes: RouteTable
  readonly bearer: BearerCheck
  readonly journal: RequestJournal
  readonly throttle: ThrottleEngine
  readonly faults: FaultEngine
}

/** One request on its way through the tenant. */
export interface Exchange {
  request: IncomingRequest
  readonly row: JournalRow
  readonly startedMs: number
  matched: MatchedRoute | undefined
  /** Methods that the path knows, when only the method was wrong. */
  allowed: readonly string[]
  /** Resource units that the route costs; 0 for what the storage budgets do not cover. */
  price: number
  /** Tenant time until which the reply asks its client to wait; counted from when the reply was made, for the client may read it at once. */
  waitUntilMs: number | undefined
}

/** The bytes of a part are counted with the batch that carries it. */
const PART_SENT = { bytesOut: 0, isWhole: true }

/** Every request, from the wire or from a `$batch`, takes these steps in this order. */
export function createDispatcher(deps: DispatchDeps): Dispatcher {
  const { tenant, routes, bearer, journal, throttle, faults } = deps
  /** What to settle when a batch's reply has left, or was lost. */
  const parts = new WeakMap<ServiceRequest, readonly ((isHeard: boolean) => void)[]>()

  return {
    async answer(request, options = {}) {
      if (options.batch instanceof IncomingRequest) {
        request.connectionId = options.batch.connectionId
        request.peerPort = options.batch.peerPort
      }
      const exchange = open(request, options.batch?.id)
      let transport: TransportFault | undefined
      let reply: ServiceReply
      try {
        findRoute(exchange)
        identify(exchange)
        throttle.noteArrival(exchange)
        const fault = faults.judge(exchange, options.cut)
        transport = fault.transport
        await fault.delay()
        fault.refuseBeforeEffect()
        authenticate(exchange)
        throttle.charge(exchange)
        reply = await handle(exchange)
        noteItem(exchange, reply)
        reply = await fault.replaceAfterEffect(reply)
      } catch (error) {
        reply = refusal(exchange, error)
      }
      reply = throttle.decorate(exchange, reply)
      const { batch } = options
      if (batch !== undefined)
        parts.set(batch, [...(parts.get(batch) ?? []), (isHeard) => settle(exchange, reply, PART_SENT, isHeard)])
      return {
        reply,
        ...(transport === undefined ? {} : { transport }),
        settle(sent) {
          settle(exchange, reply, sent)
          // What a part was told is known to nobody when the batch's own answer was lost or replaced.
          const isHeard = sent.isWhole && exchange.row.effectApplied === undefined
          for (const settlePart of parts.get(request) ?? []) settlePart(isHeard)
        },
      }
    },
  }

  function open(request: IncomingRequest, batchId: string | undefined): Exchange {
    const clientRequestId = request.headers['client-request-id']
    const userAgent = request.headers['user-agent']
    const row: JournalRow = {
      seq: journal.nextSeq(),
      timeMs: request.receivedAt,
      requestId: request.id,
      service: request.service,
      host: request.host,
      method: request.method,
      path: redactTarget(request.target),
      status: 0,
      resourceUnits: 0,
      bytesIn: 0,
      bytesOut: 0,
      durationMs: 0,
    }
    if (typeof clientRequestId === 'string') row.clientRequestId = clientRequestId
    if (userAgent !== undefined) row.userAgent = userAgent
    if (batchId !== undefined) row.batchId = batchId
    if (request.peerPort !== undefined) row.peerPort = request.peerPort
    return { request, row, startedMs: performance.now(), matched: undefined, allowed: [], price: 0, waitUntilMs: undefined }
  }

  function findRoute(exchange: Exchange): void {
    const { request, row } = exchange
    const found = routes.find(request.service, request.method, request.rawPath, () => request.url.searchParams)
    if ('allowed' in found) {
      row.unknown = true
      exchange.allowed = found.allowed
      return
    }
    exchange.matched = found
    row.route = found.route.name
    const { resourceUnits } = found.route
    exchange.price = typeof resourceUnits === 'function' ? resourceUnits(request) : resourceUnits
  }

  /** Who sends this, as far as can be told before anything is checked: for faults, budgets and the journal. */
  function identify(exchange: Exchange): void {
    const { request, row, matched } = exchange
    const sender =
      matched?.route.access === 'anonymous'
        ? matched.route.chargedTo?.(request, tenant, matched.params)
        : bearer.identify(request)
    if (sender === undefined) return
    row.appId = sender.appId
    const user = sender.upn ?? sender.userId
    if (user !== undefined) row.user = user
  }

  function authenticate(exchange: Exchange): void {
    const { request, matched } = exchange
    if (matched === undefined) {
      // The real gateways look at the token before they look at the path.
      if (request.service === 'graph' || request.service === 'sharepoint') bearer.authenticate(request)
      throw unknownRoute(exchange)
    }
    const { access } = matched.route
    if (access !== 'anonymous') request.caller = bearer.authenticate(request, access)
  }

  function handle(exchange: Exchange): Promise<ServiceReply> | ServiceReply {
    if (exchange.matched === undefined) throw unknownRoute(exchange)
    checkHeaders(exchange.request, exchange.matched.route.name)
    return exchange.matched.route.handle(exchange.request, tenant, exchange.matched.params)
  }

  /** The error's own words for what the service refuses; a 500 in its dialect, with a note in the journal, for what we did wrong. */
  function refusal(exchange: Exchange, error: unknown): ServiceReply {
    const { request, row } = exchange
    if (error instanceof ServiceError) {
      if (error.isUnknown) row.unknown = true
      return errorReply(error, request, tenant.clock.now())
    }
    if (error instanceof ConnectionBrokenError) return { status: 400 }
    row.defect = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return errorReply(
      new ServiceError(500, 'generalException', 'General exception while processing'),
      request,
      tenant.clock.now(),
    )
  }

  function settle(
    exchange: Exchange,
    reply: ServiceReply,
    sent: { bytesOut: number; isWhole: boolean },
    isHeard = sent.isWhole,
  ): void {
    const { request, row } = exchange
    row.status = sent.isWhole || sent.bytesOut > 0 ? reply.status : 0
    row.bytesIn = Number(request.headers['content-length'] ?? request.uncountedBytes)
    row.bytesOut = sent.bytesOut
    row.durationMs = Math.round((performance.now() - exchange.startedMs) * 100) / 100
    throttle.settle(exchange, reply, isHeard)
    if (request.service !== 'control') journal.add(row)
  }
}

/** What a write has made or changed; noted before a fault can take the answer away. */
function noteItem({ request, row }: Exchange, { status, body }: ServiceReply): void {
  if (status >= 300 || request.method === 'GET' || typeof body !== 'object' || !('id' in body)) return
  if (typeof body.id === 'string') row.item = body.id
}

const UNKNOWN_WORDS: Readonly<Record<Service, readonly [number, string, string]>> = {
  graph: [400, 'BadRequest', 'Resource not found for the segment in this request; the practice tenant does not know it.'],
  sharepoint: [
    404,
    '-1, Microsoft.SharePoint.Client.ResourceNotFoundException',
    'Cannot find resource for the request; the practice tenant does not know it.',
  ],
  login: [404, 'invalid_request', 'AADSTS900561: The endpoint does not exist in the practice tenant.'],
  blob: [501, 'NotImplemented', 'The practice tenant does not have this storage operation.'],
  control: [404, 'notFound', 'The control host does not know this request.'],
}

function unknownRoute({ request, allowed }: Exchange): ServiceError {
  const asked = `(${request.method} ${redactTarget(request.target)})`
  const [status, code, message] = UNKNOWN_WORDS[request.service]
  if (allowed.length === 0) return new ServiceError(status, code, `${message} ${asked}`, { isUnknown: true })
  return new ServiceError(405, code, `Specified HTTP method is not allowed for the request target. ${asked}`, {
    isUnknown: true,
    headers: { allow: [...new Set(allowed)].join(', ') },
  })
}
