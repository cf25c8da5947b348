import { afterEach, describe, expect, test } from 'vitest'
import { startTestTenant, type TestTenant, type WireReply } from '../testing/testTenant.ts'
import type { TenantOptions } from './tenantOptions.ts'

const DECORATED = 'NONISV|Example|Test/1.0'
const NOON = Date.UTC(2026, 7, 20, 12)

let tenant: TestTenant | undefined
afterEach(() => tenant?.close())

async function frozenTenant(options: TenantOptions = {}): Promise<TestTenant> {
  tenant = await startTestTenant({ throttling: true, frozenAtMs: NOON, retryAfterForm: 'seconds', ...options })
  return tenant
}

/** A priced request, whatever it answers; the price is 2 resource units. */
async function list(on: TestTenant, headers: Record<string, string> = {}): Promise<WireReply> {
  const token = on.token()
  return on.fetchAt('https://graph.microsoft.com/v1.0/sites/contoso.sharepoint.com:/sites/finance:/lists', {
    token,
    headers: { 'user-agent': DECORATED, ...headers },
  })
}

/** Uses up the minute's budget of the application, without the wire. */
function spend(on: TestTenant, times: number, userAgent = DECORATED, user?: string): number {
  const { throttle } = on.server
  let refused = 0
  for (let at = 0; at < times; at++) {
    const exchange = priced(on, userAgent, user)
    try {
      throttle.charge(exchange)
    } catch {
      refused++
    }
  }
  return refused
}

function priced(on: TestTenant, userAgent: string, user?: string): Parameters<TestTenant['server']['throttle']['charge']>[0] {
  const route = {
    name: 'x',
    service: 'graph',
    methods: ['GET'],
    match: () => ({}),
    resourceUnits: 2,
    access: 'anonymous',
    handle: () => ({ status: 200 }),
  } as const
  return {
    request: { service: 'graph', rawPath: '/v1.0/drives', receivedAt: NOON, id: 'x', headers: {} } as never,
    row: {
      seq: 1,
      timeMs: NOON,
      requestId: 'x',
      service: 'sharepoint',
      host: 'contoso.sharepoint.com',
      method: 'GET',
      path: '/',
      appId: on.clientId,
      userAgent,
      ...(user === undefined ? {} : { user }),
      status: 0,
      resourceUnits: 0,
      bytesIn: 0,
      bytesOut: 0,
      durationMs: 0,
    },
    startedMs: 0,
    allowed: [],
    price: 2,
    matched: { route, params: {} },
  }
}

describe('the application budget of a minute', () => {
  test('warns from 80 percent on, refuses when it is spent, and is whole again after the wait that it told', async () => {
    const on = await frozenTenant({ licences: 500 })
    spend(on, 400)
    expect((await list(on)).headers['ratelimit-limit']).toBeUndefined()
    spend(on, 100)
    const warned = await list(on)
    expect(warned.headers).toMatchObject({ 'ratelimit-limit': '1250', 'ratelimit-reset': '60' })
    expect(Number(warned.headers['ratelimit-remaining'])).toBeLessThan(250)
    expect(spend(on, 200)).toBeGreaterThan(0)
    on.tenant.clock.advance(20_000)
    const refused = await list(on)
    expect(refused.status).toBe(429)
    expect(refused.headers).toMatchObject({ 'retry-after': '40', 'ratelimit-reset': '40', 'ratelimit-remaining': '0' })
    expect(refused.json()).toMatchObject({ error: { code: 'activityLimitReached', innerError: { code: 'throttledRequest' } } })
    on.tenant.clock.advance(40_000)
    expect((await list(on)).status).toBe(200)
    expect(on.journal().some((row) => row.retryAfterViolation)).toBe(false)
  })

  test('grows with the licences', async () => {
    const on = await frozenTenant({ licences: 60_000 })
    expect(spend(on, 3_125)).toBe(0)
    expect(spend(on, 1)).toBe(1)
  })

  test('is halved for traffic that does not say who it is', async () => {
    const on = await frozenTenant()
    expect(spend(on, 312, 'node')).toBe(0)
    expect(spend(on, 2, 'node')).toBeGreaterThan(0)
    expect(spend(on, 1, DECORATED)).toBe(0)
  })

  test('counts refused calls against the day', async () => {
    const on = await frozenTenant()
    spend(on, 1_000)
    expect(on.server.throttle.usage().find(({ policy }) => policy === 'appDay')?.spent).toBe(2_000)
  })
})

describe('other budgets', () => {
  test('a user has 3,000 requests in five minutes, and is told without RateLimit headers', async () => {
    const on = await frozenTenant({ licences: 60_000 })
    spend(on, 2_900, DECORATED, 'ann@contoso.com')
    on.tenant.clock.advance(61_000)
    expect(spend(on, 100, DECORATED, 'ann@contoso.com')).toBe(0)
    expect(spend(on, 1, DECORATED, 'ann@contoso.com')).toBe(1)
    expect(spend(on, 1, DECORATED, 'bob@contoso.com')).toBe(0)
  })

  test('a blocked application gets 503 until it is unblocked', async () => {
    const on = await frozenTenant()
    on.server.throttle.setBlocked(on.clientId, true)
    expect((await list(on)).status).toBe(503)
    on.server.throttle.setBlocked(on.clientId, false)
    on.tenant.clock.advance(301_000)
    expect((await list(on)).status).toBe(200)
  })
})

describe('a client that was told to wait', () => {
  test('is written down and waits longer when it asks again before the time', async () => {
    const on = await frozenTenant()
    spend(on, 700)
    const told = await list(on)
    expect(told.status).toBe(429)
    await new Promise((resolve) => setImmediate(resolve))
    for (let at = 0; at < 25; at++) await list(on)
    const rows = on.journal().filter((row) => row.retryAfterViolation)
    expect(rows.length).toBe(25)
    expect(Number((await list(on)).headers['retry-after'])).toBeGreaterThan(Number(told.headers['retry-after']))
  })

  test('is not blamed for what it had begun before it was told', async () => {
    const on = await frozenTenant()
    spend(on, 700)
    const replies = await Promise.all([list(on), list(on), list(on)])
    expect(replies.map(({ status }) => status)).toEqual([429, 429, 429])
    expect(on.journal().filter((row) => row.retryAfterViolation && (row.sinceToldMs ?? 0) > 1_000)).toEqual([])
  })
})
