import type { RetryAfterForm, ServiceBehaviour } from './behaviour.ts'
import type { Clock } from './clock.ts'
import type { Exchange } from './dispatch.ts'
import type { ServiceReply } from './http.ts'
import type { Random } from './random.ts'
import type { ServiceError } from './serviceError.ts'
import { throttleError } from './throttleError.ts'
import {
  BudgetWindow,
  directoryCost,
  directoryLimit,
  FIXED_LIMITS,
  formatRetryAfter,
  isDecorated,
  licenceBand,
  type Policy,
  penaltyMs,
  readRetryAfter,
  UNDECORATED_SHARE,
  WARNING_SHARE,
  WINDOW_MS,
} from './throttleRules.ts'
import { createWaitLedger } from './waitLedger.ts'

/** Budgets of the tenant, per application, user and tenant [E]. Budgets are counted in memory: a restart begins with full ones. */
export interface ThrottleEngine {
  /** Before anything else: marks a request that its client began although it knew that it had to wait. */
  noteArrival(exchange: Exchange): void
  /** Spends the route's resource units. Throws the 429 (or, for a blocked application, the 503) in the service's own words. */
  charge(exchange: Exchange): void
  /** Adds the `RateLimit-*` headers and notes what wait the reply asks for. */
  decorate(exchange: Exchange, reply: ServiceReply): ServiceReply
  /** The reply has left: from now on the client knows. Traffic is counted here. */
  settle(exchange: Exchange, reply: ServiceReply, isWhole: boolean): void
  /** A blocked application gets 503 for everything until it is unblocked. */
  setBlocked(appId: string, isBlocked: boolean): void
  /** What each application has spent in its windows. */
  usage(): readonly { readonly key: string; readonly policy: Policy; readonly spent: number; readonly resetMs: number }[]
}

/** A wait that a spent budget has imposed on an application or a user; ignoring it makes it longer. */
interface ImposedWait {
  untilMs: number
  readonly toldMs: number
  ignoredAnswers: number
}

/** What a wait of the sharing budget is kept under; no user is called so. */
const SHARING = '/sharing'

const MIXED_FORMS: readonly (readonly [RetryAfterForm, number])[] = [
  ['seconds', 0.78],
  ['fraction', 0.1],
  ['date', 0.1],
  ['absent', 0.02],
]

export function createThrottleEngine(deps: {
  readonly behaviour: ServiceBehaviour
  readonly clock: Clock
  readonly random: Random
}): ThrottleEngine {
  const { behaviour, clock, random } = deps
  const windows = new Map<string, { policy: Policy; window: BudgetWindow }>()
  const waits = new Map<string, ImposedWait>()
  const ledger = createWaitLedger(clock)
  const blocked = new Set<string>()
  const refusedBy = new WeakMap<Exchange, { policy: Policy; key: string }>()

  function windowOf(policy: Policy, subject: string): BudgetWindow {
    const key = `${policy} ${subject}`
    let entry = windows.get(key)
    if (entry === undefined) {
      entry = { policy, window: new BudgetWindow(WINDOW_MS[policy]) }
      windows.set(key, entry)
    }
    return entry.window
  }

  /** Under which names a told wait may concern this request: its application, and its user in that application. */
  function waitKeys(exchange: Exchange): readonly string[] {
    const { service, appId, user } = exchange.row
    if (appId === undefined) return []
    const budget = `${service} ${exchange.price > 0 ? 'storage' : 'directory'} ${appId}`
    const keys = user === undefined ? [budget] : [budget, `${budget} ${user}`]
    return exchange.matched?.route.isSharing === true ? [...keys, `${budget} ${SHARING}`] : keys
  }

  function appMinuteLimit(exchange: Exchange): number {
    const share = isDecorated(exchange.row.userAgent) ? 1 : UNDECORATED_SHARE
    return licenceBand(behaviour.licences).appPerMinute * share
  }

  /** Spends every budget that the request falls under; the first one that it overdraws refuses it. */
  function spend(exchange: Exchange, appId: string, nowMs: number): Policy | undefined {
    const { row } = exchange
    const band = licenceBand(behaviour.licences)
    const costs: [Policy, string, number, number][] = []
    if (row.service === 'graph') costs.push(['graphSecond', appId, 1, FIXED_LIMITS.graphSecond])
    if (row.directoryUnits !== undefined) costs.push(['directory', appId, row.directoryUnits, directoryLimit(behaviour.licences)])
    if (exchange.matched?.route.isSharing === true) costs.push(['sharing', appId, 1, FIXED_LIMITS.sharing])
    if (row.resourceUnits > 0) {
      costs.push(
        ['appMinute', appId, row.resourceUnits, appMinuteLimit(exchange)],
        ['appDay', appId, row.resourceUnits, band.appPerDay],
        ['tenant', '', row.resourceUnits, band.tenantPerFiveMinutes],
        ['appIngress', appId, 0, FIXED_LIMITS.appIngress],
        ['appEgress', appId, 0, FIXED_LIMITS.appEgress],
      )
    }
    if (row.resourceUnits > 0 && row.user !== undefined) {
      costs.push(
        ['user', row.user, 1, FIXED_LIMITS.user],
        ['userIngress', row.user, 0, FIXED_LIMITS.userIngress],
        ['userEgress', row.user, 0, FIXED_LIMITS.userEgress],
      )
    }
    let overdrawn: Policy | undefined
    for (const [policy, subject, cost, limit] of costs) {
      if (windowOf(policy, subject).spend(cost, nowMs) > limit) overdrawn ??= policy
    }
    return overdrawn
  }

  function refuse(exchange: Exchange, policy: Policy, waitMs: number, nowMs: number): ServiceError {
    const [appKey = '', userKey = appKey] = waitKeys(exchange)
    const ownKey = policy === 'sharing' ? `${appKey} ${SHARING}` : appKey
    refusedBy.set(exchange, { policy, key: policy.startsWith('user') ? userKey : ownKey })
    const retryAfter = formatRetryAfter(chooseForm(), waitMs, nowMs)
    const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter }
    return throttleError(exchange.request, {
      isGateway: policy === 'graphSecond' || policy === 'directory',
      isHtml: random.next() < 0.5,
      headers,
    })
  }

  function chooseForm(): RetryAfterForm {
    if (behaviour.retryAfterForm !== 'mixed') return behaviour.retryAfterForm
    let at = random.next()
    for (const [form, share] of MIXED_FORMS) {
      if (at < share) return form
      at -= share
    }
    return 'seconds'
  }

  /** What a directory request cost, and from 80 percent on how much of the budget is spent. */
  function withDirectoryHeaders({ row }: Exchange, appId: string, reply: ServiceReply): ServiceReply {
    const headers: Record<string, string> = { ...reply.headers, 'x-ms-resource-unit': String(row.directoryUnits) }
    const share = behaviour.throttling ? windowOf('directory', appId).spent(clock.now()) / directoryLimit(behaviour.licences) : 0
    if (share >= WARNING_SHARE) headers['x-ms-throttle-limit-percentage'] = share.toFixed(2)
    if (share > 1) headers['x-ms-throttle-information'] = 'ResourceUnitLimitExceeded'
    return { ...reply, headers }
  }

  return {
    noteArrival(exchange) {
      const sinceToldMs = ledger.noteArrival(exchange)
      if (sinceToldMs === undefined) return
      exchange.row.retryAfterViolation = true
      exchange.row.sinceToldMs = sinceToldMs
      const nowMs = clock.now()
      for (const key of waitKeys(exchange)) {
        const wait = waits.get(key)
        if (wait === undefined || wait.untilMs <= nowMs) continue
        wait.ignoredAnswers++
        wait.untilMs = Math.max(wait.untilMs, nowMs + penaltyMs(wait.toldMs, wait.ignoredAnswers))
      }
    },

    charge(exchange) {
      const { row, matched, request } = exchange
      if (matched === undefined || row.appId === undefined) return
      row.resourceUnits = exchange.price
      const { directoryUnits } = matched.route
      if (directoryUnits !== undefined) row.directoryUnits = directoryCost(directoryUnits, request.url.searchParams)
      if (blocked.has(row.appId))
        throw throttleError(request, { isBlocked: true, isHtml: true, headers: { 'retry-after': '300' } })
      if (!behaviour.throttling || (row.resourceUnits === 0 && row.service !== 'graph')) return
      const nowMs = clock.now()
      const policy = spend(exchange, row.appId, nowMs)
      for (const key of waitKeys(exchange)) {
        const wait = waits.get(key)
        if (wait !== undefined && wait.untilMs > nowMs) {
          const policy = key.endsWith(` ${SHARING}`) ? 'sharing' : key.endsWith(` ${row.user}`) ? 'user' : 'appDay'
          throw refuse(exchange, policy, wait.untilMs - nowMs, nowMs)
        }
      }
      if (policy === undefined) return
      const subject = policy === 'tenant' ? '' : policy.startsWith('user') ? (row.user ?? '') : row.appId
      throw refuse(exchange, policy, windowOf(policy, subject).resetMs(nowMs), nowMs)
    },

    decorate(exchange, reply) {
      const { row } = exchange
      const nowMs = clock.now()
      const retryAfterMs = readRetryAfter(reply.headers?.['retry-after'], nowMs)
      if (retryAfterMs !== undefined) {
        row.retryAfterMs = retryAfterMs
        exchange.waitUntilMs = nowMs + retryAfterMs
      }
      if (row.appId !== undefined && row.directoryUnits !== undefined) return withDirectoryHeaders(exchange, row.appId, reply)
      if (!behaviour.throttling || row.appId === undefined || row.resourceUnits === 0) return reply
      const refused = refusedBy.get(exchange)
      if (refused !== undefined && refused.policy !== 'appMinute') return reply
      const limit = appMinuteLimit(exchange)
      const window = windowOf('appMinute', row.appId)
      const spent = window.spent(nowMs)
      if (spent < limit * WARNING_SHARE) return reply
      return {
        ...reply,
        headers: {
          ...reply.headers,
          'ratelimit-limit': String(limit),
          'ratelimit-remaining': String(Math.max(0, limit - spent)),
          'ratelimit-reset': String(Math.ceil(window.resetMs(nowMs) / 1000)),
        },
      }
    },

    settle(exchange, reply, isWhole) {
      const { row } = exchange
      const nowMs = clock.now()
      if (row.appId !== undefined && behaviour.throttling) {
        windowOf('appIngress', row.appId).spend(row.bytesIn, nowMs)
        windowOf('appEgress', row.appId).spend(row.bytesOut, nowMs)
        if (row.user !== undefined) {
          windowOf('userIngress', row.user).spend(row.bytesIn, nowMs)
          windowOf('userEgress', row.user).spend(row.bytesOut, nowMs)
        }
      }
      const isRefusal = reply.status === 429 || reply.status === 503
      const { waitUntilMs: untilMs } = exchange
      if (!isWhole || !isRefusal || untilMs === undefined || untilMs <= nowMs) return
      ledger.noteTold(exchange, untilMs)
      const key = refusedBy.get(exchange)?.key
      if (key === undefined) return
      const known = waits.get(key)
      if (known === undefined || known.untilMs <= nowMs)
        waits.set(key, { untilMs, toldMs: row.retryAfterMs ?? 0, ignoredAnswers: 0 })
      else known.untilMs = Math.max(known.untilMs, untilMs)
    },

    setBlocked(appId, isBlocked) {
      if (isBlocked) blocked.add(appId)
      else blocked.delete(appId)
    },

    usage: () =>
      [...windows].map(([key, { policy, window }]) => ({
        key: key.slice(policy.length + 1),
        policy,
        spent: window.spent(clock.now()),
        resetMs: window.resetMs(clock.now()),
      })),
  }
}
