import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BearerCheck } from '../identity/bearer.ts'
import type { Clock } from './clock.ts'
import type { Exchange } from './dispatch.ts'
import { errorReply } from './errorReply.ts'
import type { FaultAction, FaultCondition, FaultFile, FaultRule } from './faultFile.ts'
import type { FaultSwitch, FaultSwitches } from './faultSwitches.ts'
import type { ServiceReply, ServiceRequest } from './http.ts'
import { matchesPattern } from './namePattern.ts'
import { createRandom } from './seededRandom.ts'
import { ServiceError } from './serviceError.ts'
import { ConnectionBrokenError, cutAfter } from './serviceRequest.ts'
import { throttleError } from './throttleError.ts'
import { formatRetryAfter } from './throttleRules.ts'

/** What happens to the connection that carries the reply. */
export type TransportFault =
  | { readonly kind: 'reset' }
  | { readonly kind: 'resetInReply'; readonly bytes: number | undefined }
  | { readonly kind: 'drip'; readonly bytesPerSecond: number }

/** The faults that one request has to suffer; each step does nothing when none applies. */
export interface JudgedFault {
  readonly transport: TransportFault | undefined
  delay(): Promise<void>
  /** Throws what the request is answered with instead of being carried out. */
  refuseBeforeEffect(): void
  /** The reply, or what the client gets in its place although the request was carried out. */
  replaceAfterEffect(reply: ServiceReply): Promise<ServiceReply> | ServiceReply
}

export interface FaultReport {
  readonly name: string
  readonly rule: FaultRule
  /** Requests that matched the rule's names. */
  readonly seen: number
  /** Of those, the ones that suffered it. 0 means that the rule was never used. */
  readonly used: number
}

export interface FaultEngine {
  /** `cut` breaks the client's connection; without it (a `$batch` part) faults of the connection do not apply. */
  judge(exchange: Exchange, cut?: () => void): JudgedFault
  /** Whether a TLS handshake for this host is to be broken off. */
  breaksHandshake(host: string): boolean
  readonly switches: FaultSwitches
  add(file: FaultFile): void
  clear(): void
  report(): readonly FaultReport[]
}

interface ActiveRule {
  readonly rule: FaultRule
  readonly addedMs: number
  readonly matches: (request: ServiceRequest, names: RequestNames) => boolean
  readonly random: () => number
  seen: number
  used: number
}

interface RequestNames {
  readonly route: string | undefined
  readonly appId: string | undefined
  readonly user: string | undefined
}

export function createFaultEngine(deps: {
  readonly clock: Clock
  readonly seed: string
  readonly bearer: BearerCheck
}): FaultEngine {
  const { clock, bearer } = deps
  let rules: ActiveRule[] = []
  const exchanges = new WeakMap<ServiceRequest, Exchange>()

  function fires(active: ActiveRule): boolean {
    const { when } = active.rule
    const ageMs = clock.now() - active.addedMs
    if (when.afterMs !== undefined && ageMs < when.afterMs) return false
    if (when.untilMs !== undefined && ageMs >= when.untilMs) return false
    active.seen++
    if (when.times !== undefined && active.used >= when.times) return false
    if (!isCounted(when.calls, active.seen)) return false
    if (when.probability !== undefined && active.random() >= when.probability) return false
    active.used++
    return true
  }

  function note(exchange: Exchange | undefined, active: ActiveRule): void {
    if (exchange === undefined) return
    const { row } = exchange
    row.fault = row.fault === undefined ? active.rule.name : `${row.fault}, ${active.rule.name}`
  }

  /** Rules that turn a switch on for this request. Only those that the caller takes count as used. */
  function* findSwitches(name: FaultSwitch, request: ServiceRequest): Generator<Extract<FaultAction, { action: 'switch' }>> {
    if (rules.length === 0) return
    const exchange = exchanges.get(request)
    const names = namesOf(exchange)
    for (const active of rules) {
      const { do: action } = active.rule
      if (action.action !== 'switch' || action.switch !== name || !active.matches(request, names) || !fires(active)) continue
      note(exchange, active)
      yield action
    }
  }

  function findSwitch(name: FaultSwitch, request: ServiceRequest): { amount: number } | undefined {
    for (const action of findSwitches(name, request)) return { amount: action.amount ?? 1 }
    return undefined
  }

  return {
    judge(exchange, cut) {
      if (rules.length === 0) return NO_FAULT
      const { request } = exchange
      exchanges.set(request, exchange)
      const names = namesOf(exchange)
      const suffered: FaultAction[] = []
      for (const active of rules) {
        const { action } = active.rule.do
        if (action === 'switch' || action === 'tlsReset') continue
        if (cut === undefined && (action === 'reset' || action === 'drip')) continue
        const isOutcome = action === 'status' || action === 'reset' || action === 'token'
        if (isOutcome && suffered.some((other) => other.action !== 'delay' && other.action !== 'drip')) continue
        if (!active.matches(request, names) || !fires(active)) continue
        suffered.push(active.rule.do)
        note(exchange, active)
      }
      return suffered.length === 0 ? NO_FAULT : judged(exchange, suffered, { bearer, clock, cut })
    },
    breaksHandshake(host) {
      for (const active of rules) {
        const { rule } = active
        if (rule.do.action !== 'tlsReset' || !matchesPattern(rule.when.host, host)) continue
        if (fires(active)) return true
      }
      return false
    },
    switches: {
      isActive: (name, request) => findSwitch(name, request) !== undefined,
      amount: (name, request) => findSwitch(name, request)?.amount,
      items: (name, request) => [...findSwitches(name, request)].map((action) => action.items ?? '*'),
    },
    add(file) {
      for (const rule of file.faults) {
        const random = createRandom(`${file.seed ?? deps.seed}/fault/${rules.length}/${rule.name}`)
        rules.push({ rule, addedMs: clock.now(), matches: matcher(rule.when), random: () => random.next(), seen: 0, used: 0 })
      }
    },
    clear() {
      rules = []
    },
    report: () => rules.map(({ rule, seen, used }) => ({ name: rule.name, rule, seen, used })),
  }
}

const NO_FAULT: JudgedFault = {
  transport: undefined,
  delay: () => Promise.resolve(),
  refuseBeforeEffect: () => {},
  replaceAfterEffect: (reply) => reply,
}

function judged(
  exchange: Exchange,
  actions: readonly FaultAction[],
  deps: { readonly bearer: BearerCheck; readonly clock: Clock; readonly cut: (() => void) | undefined },
): JudgedFault {
  const { request, row } = exchange
  const status = actions.find((action) => action.action === 'status')
  const reset = actions.find((action) => action.action === 'reset')
  const token = actions.find((action) => action.action === 'token')
  const drip = actions.find((action) => action.action === 'drip')
  const delays = actions.filter((action) => action.action === 'delay')
  const wait = (moment: 'before' | 'after') =>
    delays.filter((action) => action.moment === moment).reduce((total, action) => total + action.ms, 0)

  if (reset?.moment === 'body' && deps.cut !== undefined) {
    const lengthBytes = Number(request.headers['content-length'] ?? 0)
    request.body = cutAfter(request.body, reset.bytes ?? Math.floor(lengthBytes / 2), deps.cut)
  }
  return {
    transport: transportOf(reset, drip),
    async delay() {
      if (wait('before') > 0) await sleep(wait('before'), undefined, { ref: false })
    },
    refuseBeforeEffect() {
      if (reset?.moment === 'beforeBody') throw new ConnectionBrokenError()
      if (token !== undefined) throw deps.bearer.refusal(request, token.problem)
      if (status?.moment === 'before') throw scriptedError(status, request, deps.clock.now())
    },
    async replaceAfterEffect(reply) {
      if (wait('after') > 0) await sleep(wait('after'), undefined, { ref: false })
      const isAfter = status?.moment === 'after' || reset?.moment === 'afterBody'
      if (isAfter) row.effectApplied = reply.status < 400
      if (status?.moment !== 'after') return reply
      if (reply.body instanceof Readable) reply.body.destroy()
      return errorReply(scriptedError(status, request, deps.clock.now()), request, deps.clock.now())
    },
  }
}

function transportOf(
  reset: Extract<FaultAction, { action: 'reset' }> | undefined,
  drip: Extract<FaultAction, { action: 'drip' }> | undefined,
): TransportFault | undefined {
  if (reset?.moment === 'reply') return { kind: 'resetInReply', bytes: reset.bytes }
  if (reset !== undefined) return { kind: 'reset' }
  return drip === undefined ? undefined : { kind: 'drip', bytesPerSecond: drip.bytesPerSecond }
}

function scriptedError(action: Extract<FaultAction, { action: 'status' }>, request: ServiceRequest, nowMs: number): ServiceError {
  const told = action.retryAfter === undefined ? undefined : formatRetryAfter(action.retryAfter.form, action.retryAfter.ms, nowMs)
  const headers = told === undefined ? {} : { 'retry-after': told }
  if (action.code === undefined && request.service === 'blob') {
    const [code, message] = STORAGE_WORDS[action.status] ?? [
      'InternalError',
      'Server encountered an internal error. Please try again after some time.',
    ]
    return new ServiceError(action.status, code, action.message ?? message, { headers })
  }
  if (action.code === undefined && (action.status === 429 || action.status === 503)) {
    return throttleError(request, { headers, isHtml: true, isBlocked: action.status === 503 })
  }
  if (action.code === undefined && action.status === 504) {
    return new ServiceError(504, 'gatewayTimeout', 'Gateway Timeout', {
      headers,
      rawBody: { contentType: 'text/html; charset=utf-8', text: '<h1>504 Gateway Timeout</h1>' },
    })
  }
  return new ServiceError(
    action.status,
    action.code ?? defaultCode(action.status),
    action.message ?? 'The service could not carry out the request.',
    { headers },
  )
}

/** How the storage words a refusal of which the script gives only the status [D.2]. */
const STORAGE_WORDS: Readonly<Record<number, readonly [string, string]>> = {
  400: ['Md5Mismatch', 'The MD5 value specified in the request did not match with the MD5 value calculated by the server.'],
  403: [
    'AuthenticationFailed',
    'Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.',
  ],
  404: ['BlobNotFound', 'The specified blob does not exist.'],
  409: ['BlobAlreadyExists', 'The specified blob already exists.'],
  412: ['ConditionNotMet', 'The condition specified using HTTP conditional header(s) is not met.'],
  503: ['ServerBusy', 'The server is busy.'],
  504: ['OperationTimedOut', 'The operation could not be completed within the permitted time.'],
}

function defaultCode(status: number): string {
  if (status === 401) return 'unauthenticated'
  if (status === 403) return 'accessDenied'
  if (status === 404) return 'itemNotFound'
  if (status === 409) return 'resourceModified'
  if (status === 423) return 'resourceLocked'
  if (status === 507) return 'quotaLimitReached'
  return status >= 500 ? 'generalException' : 'invalidRequest'
}

function namesOf(exchange: Exchange | undefined): RequestNames {
  return { route: exchange?.row.route, appId: exchange?.row.appId, user: exchange?.row.user }
}

function isCounted(calls: FaultCondition['calls'], seen: number): boolean {
  if (calls === undefined) return true
  if (Array.isArray(calls)) return calls.includes(seen)
  return seen >= calls.from && seen <= (calls.to ?? Number.POSITIVE_INFINITY) && (seen - calls.from) % calls.every === 0
}

function matcher(when: FaultCondition): ActiveRule['matches'] {
  return (request, names) =>
    request.service !== 'control' &&
    (when.method === undefined || when.method.toUpperCase() === request.method) &&
    matchesPattern(when.route, names.route) &&
    matchesPattern(when.host, request.host) &&
    matchesPath(when.path, request.rawPath) &&
    matchesPattern(when.app, names.appId) &&
    matchesPattern(when.user, names.user)
}

/** As it went over the wire, or as it is meant: `*poison file*` and `*poison%20file*` both match. */
function matchesPath(pattern: string | undefined, rawPath: string): boolean {
  return matchesPattern(pattern, rawPath) || (rawPath.includes('%') && matchesPattern(pattern, decodePath(rawPath)))
}

function decodePath(rawPath: string): string {
  try {
    return decodeURIComponent(rawPath)
  } catch {
    return rawPath
  }
}
