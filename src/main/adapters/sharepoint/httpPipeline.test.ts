import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { MigrationError } from '../../../shared/errors.ts'
import { type ClientFixture, createClientFixture } from '../testing/clientFixture.ts'
import { type Answer, type ServiceFixture, startService } from '../testing/serviceFixture.ts'
import { ownedClient } from './ownedClient.ts'
import type { ServiceCall } from './serviceClient.ts'

const never = new AbortController().signal
const gone = new MigrationError('CRD_LEASE_LOST', 'gone', { remedy: { kind: 'stopTask' } })
let service: ServiceFixture
let fixture: ClientFixture
beforeAll(async () => {
  service = await startService(() => ({ status: 200, json: {} }))
})
afterAll(() => service.close())
beforeEach(() => {
  fixture = createClientFixture(service)
})

/** Answers in order; the last one for ever. */
const script = (...answers: readonly Answer[]) => {
  let index = 0
  const before = service.exchanges.length
  service.answer = () => answers[Math.min(index++, answers.length - 1)] ?? { status: 500 }
  return () => service.exchanges.slice(before)
}
const call = (change: Partial<ServiceCall> = {}): ServiceCall => ({
  method: 'GET',
  url: 'https://graph.microsoft.com/v1.0/me?secret=1',
  resource: 'graph',
  lane: 'control',
  ru: 1,
  what: 'The thing',
  isRepeatable: change.method === undefined || change.method === 'GET',
  signal: never,
  ...change,
})

describe.each(['control', 'bulk'] as const)('%s lane', (lane) => {
  test('decorates the traffic and brings the token', async () => {
    const seen = script({ status: 200, json: { a: 1 } })
    const reply = await fixture.client.call(call({ lane }))
    const headers = seen()[0]?.headers ?? {}
    expect([reply.body, headers['user-agent'], headers.authorization, headers['client-request-id']]).toEqual([
      { a: 1 },
      'NONISV|Portage|Portage/1.2.3',
      'Bearer token-1',
      '00000000-0000-4000-8000-000000000001',
    ])
  })

  test('brings no token to a pre-authenticated address', async () => {
    const seen = script({ status: 200 })
    await fixture.client.call(call({ lane, resource: 'none', url: 'https://contoso.sharepoint.com/upload?tempauth=x' }))
    expect([seen()[0]?.headers.authorization, fixture.asked]).toEqual([undefined, []])
  })

  test('waits a throttle out in full, and everything else waits with it', async () => {
    script({ status: 429, headers: { 'retry-after': '120' } }, { status: 200, json: {} })
    const startedMs = fixture.clock.now()
    await Promise.all([
      fixture.client.call(call({ lane })),
      fixture.client.call(call({ lane, method: 'POST', isRepeatable: false })),
    ])
    expect(fixture.clock.now() - startedMs).toBeGreaterThanOrEqual(120_000)
  })

  test('repeats a read after a fault', async () => {
    const seen = script({ status: 502 }, { status: 0, isBroken: true }, { status: 200, json: {} })
    await fixture.client.call(call({ lane }))
    expect(seen().length).toBe(3)
  })

  test.each([
    ['a fault', { status: 500 }, 'DST_UNAVAILABLE'],
    ['a broken connection', { status: 0, isBroken: true }, 'NET_INTERRUPTED'],
    ['a gateway time-out', { status: 504 }, 'NET_TIMEOUT'],
  ])('does not repeat a write after %s', async (_name, answer, code) => {
    const seen = script(answer, { status: 200 })
    await expect(fixture.client.call(call({ lane, method: 'POST', body: { kind: 'json', value: {} } }))).rejects.toMatchObject({
      code,
      remedy: { kind: 'lookFirst' },
    })
    expect(seen().length).toBe(1)
  })

  test('a time-out is one', async () => {
    service.answer = () => new Promise(() => undefined)
    await expect(fixture.client.call(call({ lane, method: 'POST', timeoutMs: 60 }))).rejects.toMatchObject({
      code: 'NET_TIMEOUT',
      remedy: { kind: 'lookFirst' },
    })
  })

  test('a refused token is replaced and the write repeated once', async () => {
    const seen = script({ status: 401, json: { error: { code: 'InvalidAuthenticationToken' } } }, { status: 201, json: {} })
    const reply = await fixture.client.call(call({ lane, method: 'POST', body: { kind: 'json', value: { a: 1 } } }))
    expect([reply.status, seen().map((exchange) => exchange.headers.authorization), fixture.asked]).toEqual([
      201,
      ['Bearer token-1', 'Bearer token-2'],
      ['graph', 'graph after token-1'],
    ])
  })

  test('a second refusal is an error, not a loop', async () => {
    const seen = script({ status: 401, json: { error: { code: 'InvalidAuthenticationToken' } } })
    await expect(fixture.client.call(call({ lane }))).rejects.toMatchObject({
      code: 'AUTH_REFUSED',
      remedy: { kind: 'stopTask' },
    })
    expect(seen().length).toBe(2)
  })

  test('a claims challenge is answered', async () => {
    const claims = '{"access_token":{"nbf":{"essential":true}}}'
    const challenge = `Bearer realm="", error="insufficient_claims", claims="${Buffer.from(claims).toString('base64')}"`
    script({ status: 401, headers: { 'www-authenticate': challenge } }, { status: 200, json: {} })
    await fixture.client.call(call({ lane }))
    expect(fixture.asked.at(-1)).toBe(`graph after token-1 claims ${claims}`)
  })

  test('never follows a redirect', async () => {
    const seen = script({ status: 302, headers: { location: 'https://evil.sharepoint.com/' } })
    await fixture.client.call(call({ lane, accepts: [302] }))
    expect(seen().length).toBe(1)
  })

  test('a cancel passes through as it is', async () => {
    service.answer = () => new Promise(() => undefined)
    const leaving = new AbortController()
    const reason = new Error('stop')
    const running = fixture.client.call(call({ lane, signal: leaving.signal }))
    setTimeout(() => leaving.abort(reason), 20)
    await expect(running).rejects.toBe(reason)
  })

  test('keeps names, keys and tokens out of the log', async () => {
    script({ status: 500 }, { status: 200, json: {} })
    await fixture.client.call(call({ lane }))
    await fixture.client.call(
      call({ lane, resource: 'none', url: 'https://contoso.sharepoint.com/u/secret-path?tempauth=secret' }),
    )
    const log = JSON.stringify(fixture.logger.lines)
    expect([log.includes('secret'), log.includes('token-'), log.includes('/v1.0/me')]).toEqual([false, false, true])
  })
})

test('sends bytes and streams as they are', async () => {
  const seen = script({ status: 200 })
  const body = new Uint8Array([1, 2, 3, 4]).subarray(1, 3)
  await fixture.client.call(call({ method: 'PUT', lane: 'bulk', body: { kind: 'bytes', bytes: body } }))
  async function* parts() {
    yield Buffer.from('ab')
    yield Buffer.from('cd')
  }
  await fixture.client.call(call({ method: 'PUT', lane: 'bulk', body: { kind: 'stream', stream: parts(), lengthBytes: 4 } }))
  expect(
    seen().map((exchange) => [
      exchange.body.toString('hex'),
      exchange.headers['content-length'],
      exchange.headers['transfer-encoding'],
    ]),
  ).toEqual([
    ['0203', '2', undefined],
    ['61626364', '4', undefined],
  ])
})

test('an error of the body itself passes through', async () => {
  script({ status: 200 })
  const gone = new MigrationError('SRC_LOCKED', 'The file is locked.', { remedy: { kind: 'failItem' } })
  async function* parts() {
    yield Buffer.from('ab')
    throw gone
  }
  const sent = fixture.client.call(
    call({ method: 'PUT', lane: 'bulk', body: { kind: 'stream', stream: parts(), lengthBytes: 4 } }),
  )
  await expect(sent).rejects.toBe(gone)
})

test('a stream is not sent twice', async () => {
  const seen = script({ status: 429, headers: { 'retry-after': '9' } })
  async function* parts() {
    yield Buffer.from('abcd')
  }
  const sent = fixture.client.call(
    call({ method: 'PUT', lane: 'bulk', body: { kind: 'stream', stream: parts(), lengthBytes: 4 } }),
  )
  await expect(sent).rejects.toMatchObject({ remedy: { kind: 'waitUntil', delayMs: 9000 } })
  expect([seen().length, fixture.pacer.state().reason]).toEqual([1, 'throttled'])
})

test('a request that still waits for its connection is held back when a pause begins', async () => {
  const seen = script({ status: 200, json: {} })
  const fresh = await startService(() => ({ status: 200, json: {} }))
  const cold = createClientFixture(fresh)
  const startedMs = cold.clock.now()
  const running = cold.client.call(call({ lane: 'bulk', method: 'POST', body: { kind: 'json', value: {} } }))
  while (cold.pacer.state().inFlight === 0) await Promise.resolve()
  cold.pacer.report({ kind: 'throttled', delayMs: 60_000 })
  await running
  expect([fresh.exchanges.length, cold.clock.now() - startedMs >= 60_000, seen().length]).toEqual([1, true, 0])
  await fresh.close()
})

test.each([
  ['control', 'bytes'],
  ['bulk', 'bytes'],
  ['bulk', 'stream'],
] as const)('in the %s lane, %s of work that changed hands while its turn was waited for do not leave', async (lane, kind) => {
  const seen = script({ status: 429, headers: { 'retry-after': '300' } }, { status: 200, json: {} })
  await fixture.client.call(call({ accepts: [429] }))
  let isMine = true
  const client = ownedClient(fixture.client, () => (isMine ? undefined : gone))
  const bytes = Buffer.from('late')
  const body =
    kind === 'bytes'
      ? ({ kind, bytes } as const)
      : ({
          kind,
          lengthBytes: 4,
          stream: (async function* () {
            yield bytes
          })(),
        } as const)
  const sending = client.call(call({ lane, method: 'PUT', body }))
  isMine = false
  await expect(sending).rejects.toMatchObject({ code: 'CRD_LEASE_LOST' })
  expect(seen().map(({ method }) => method)).toEqual(['GET'])
})

test.each(['bytes', 'stream'] as const)(
  '%s that still wait for their connection do not leave when the work has changed hands',
  async (kind) => {
    const seen = script({ status: 200, json: {} })
    let asked = 0
    // Its turn has come, and the connection takes longer than the lease.
    const client = ownedClient(fixture.client, () => (++asked === 1 ? undefined : gone))
    const bytes = Buffer.from('late')
    const body =
      kind === 'bytes'
        ? ({ kind, bytes } as const)
        : ({
            kind,
            lengthBytes: 4,
            stream: (async function* () {
              yield bytes
            })(),
          } as const)
    await expect(client.call(call({ lane: 'bulk', method: 'PUT', body }))).rejects.toMatchObject({ code: 'CRD_LEASE_LOST' })
    expect([asked, seen()]).toEqual([2, []])
  },
)

test('carries the clock of the service on', async () => {
  const serverMs = Date.UTC(2030, 0, 1)
  script({ status: 200, json: {}, headers: { date: new Date(serverMs).toUTCString() } })
  await fixture.client.call(call())
  fixture.clock.advance(5000)
  expect(fixture.client.serverNow()).toBe(serverMs + 5000)
})
