import https from 'node:https'
import { afterEach, describe, expect, test } from 'vitest'
import { startTestTenant, type TestTenant, type WireReply } from '../testing/testTenant.ts'
import { parseFaultFile } from './faultFile.ts'
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
async function list(on: TestTenant, token = on.token()): Promise<WireReply> {
  return on.fetchAt('https://graph.microsoft.com/v1.0/sites/contoso.sharepoint.com:/sites/finance:/lists', {
    token,
    headers: { 'user-agent': DECORATED },
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
    waitUntilMs: undefined,
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

  test('sharing calls are counted by themselves: 300 in five minutes', async () => {
    const on = await frozenTenant({ licences: 60_000 })
    const { driveId } = on.tenant.sites.defaultLibrary(on.sites[0]?.siteId ?? '')
    const invite = () =>
      on.fetchAt(`https://graph.microsoft.com/v1.0/drives/${driveId}/root/invite`, {
        token: on.token(),
        headers: { 'user-agent': DECORATED },
        json: { recipients: [{ email: 'bob@contoso.com' }], roles: ['read'], requireSignIn: true, sendInvitation: false },
      })
    for (let at = 0; at < 300; at++) expect((await invite()).status).toBe(400)
    const refused = await invite()
    expect(refused.status).toBe(429)
    expect(refused.headers['ratelimit-limit']).toBeUndefined()
    expect((await list(on)).status).toBe(200)
    on.tenant.clock.advance(Number(refused.headers['retry-after']) * 1000)
    expect((await invite()).status).toBe(400)
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
  const violations = (on: TestTenant) => on.journal().filter((row) => row.retryAfterViolation).length

  test('is written down and waits longer when it asks again before the time', async () => {
    const on = await frozenTenant()
    const token = on.token()
    spend(on, 700)
    const told = await list(on, token)
    expect(told.status).toBe(429)
    for (let at = 0; at < 25; at++) await list(on, token)
    expect(violations(on)).toBe(25)
    expect(Number((await list(on, token)).headers['retry-after'])).toBeGreaterThan(Number(told.headers['retry-after']))
  })

  test('is not blamed for what was under way, but for what follows on any of its connections', async () => {
    const on = await frozenTenant()
    const token = on.token()
    spend(on, 700)
    const burst = () => Promise.all(Array.from({ length: 12 }, () => list(on, token)))
    expect((await burst()).map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 429))
    expect(violations(on)).toBe(0)
    await burst()
    expect(violations(on)).toBe(12)
  })

  test('is blamed on other connections once it must have read the reply', async () => {
    const on = await frozenTenant()
    const token = on.token()
    const script = {
      name: 'told once',
      when: { path: '*/hr:/lists' },
      do: { action: 'status', status: 429, retryAfter: { ms: 60_000 } },
    }
    on.server.faults.add(parseFaultFile(JSON.stringify({ version: 1, faults: [script] })))
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ca: on.ca })
    const other = () => statusBy(agent, on.port, token)
    expect(await other()).toBe(200)
    await on.fetchAt('https://graph.microsoft.com/v1.0/sites/contoso.sharepoint.com:/sites/hr:/lists', { token })
    expect([await other(), await other()]).toEqual([200, 200])
    expect(violations(on)).toBe(0)
    await other()
    expect(violations(on)).toBe(1)
    agent.destroy()
  })

  test('is not blamed for a wait that a part of a batch was told in an answer that was lost', async () => {
    const on = await frozenTenant()
    const token = on.token()
    const faults = [
      { name: 'part', when: { path: '*/hr:/lists' }, do: { action: 'status', status: 429, retryAfter: { ms: 60_000 } } },
      { name: 'batch', when: { path: '*/$batch' }, do: { action: 'status', status: 500, moment: 'after' } },
    ]
    on.server.faults.add(parseFaultFile(JSON.stringify({ version: 1, faults })))
    const requests = [{ id: '1', method: 'GET', url: '/sites/contoso.sharepoint.com:/sites/hr:/lists' }]
    const lost = await on.fetchAt('https://graph.microsoft.com/v1.0/$batch', { method: 'POST', token, json: { requests } })
    expect([lost.status, on.journal().some(({ batchId, status }) => batchId !== undefined && status === 429)]).toEqual([
      500,
      true,
    ])
    for (let at = 0; at < 5; at++) await list(on, token)
    expect(violations(on)).toBe(0)
  })

  test('is not blamed for another agent, which has a token of its own', async () => {
    const on = await frozenTenant()
    spend(on, 700)
    expect((await list(on, on.token())).status).toBe(429)
    expect((await list(on, on.token())).status).toBe(429)
    expect(violations(on)).toBe(0)
  })
})

function statusBy(agent: https.Agent, port: number, token: string): Promise<number | undefined> {
  const headers = { host: 'graph.microsoft.com', authorization: `Bearer ${token}` }
  const path = '/v1.0/sites/contoso.sharepoint.com:/sites/finance:/lists'
  return new Promise((resolve, reject) => {
    const request = https.get(
      { agent, host: '127.0.0.1', port, servername: 'graph.microsoft.com', path, headers },
      (response) => {
        response.resume()
        response.on('end', () => resolve(response.statusCode))
      },
    )
    request.on('error', reject)
  })
}

describe('a refusal on a SharePoint host', () => {
  test('is a page or a line of text, not JSON', async () => {
    const on = await frozenTenant({ seed: 3 })
    const token = on.token({ resource: 'sharepoint' })
    spend(on, 700)
    const types = new Set<string>()
    for (let at = 0; at < 12; at++) {
      const reply = await on.fetchAt('https://contoso.sharepoint.com/sites/finance/_api/web', {
        token,
        headers: { accept: 'application/json' },
      })
      expect([reply.status, reply.headers['retry-after'] !== undefined]).toEqual([429, true])
      expect(reply.text).toContain('429 TOO MANY REQUESTS')
      types.add(String(reply.headers['content-type']))
    }
    expect(types).toEqual(new Set(['text/html; charset=utf-8', 'text/plain; charset=utf-8']))
  })
})
