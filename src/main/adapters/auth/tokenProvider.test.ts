import { createHash, createPublicKey, verify, X509Certificate } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { generate } from 'selfsigned'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Connection } from '../network/connectionFile.ts'
import { createCollectingLogger, createHastyClock, createMemorySecrets } from '../testing/runtimeFixture.ts'
import { type Answer, type Exchange, type ServiceFixture, startService } from '../testing/serviceFixture.ts'
import { createMsalNetwork } from './msalNetwork.ts'
import { createTokenProvider, type TokenProviderDeps } from './tokenProvider.ts'

const never = new AbortController().signal
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const idToken = `${encode({ alg: 'none' })}.${encode({ oid: 'o1', tid: '11111111-2222-3333-4444-555555555555', preferred_username: 'ann@contoso.com', sub: 's', aud: 'x', iss: 'https://login.microsoftonline.com/x/v2.0', exp: 4e9, iat: 1 })}.x`

let service: ServiceFixture
let folder: string
let certificate: string
let appConnection: Connection
let issued = 0

const granted = (extra: object = {}): Answer => ({
  status: 200,
  json: { token_type: 'Bearer', expires_in: 3600, ext_expires_in: 3600, access_token: `secret-token-${++issued}`, ...extra },
})
const userGrant = (): Answer =>
  granted({
    scope: 'https://graph.microsoft.com/.default openid profile offline_access',
    refresh_token: 'secret-refresh',
    id_token: idToken,
    client_info: encode({ uid: 'o1', utid: '11111111-2222-3333-4444-555555555555' }),
  })
const refusal = (json: object, status = 400): Answer => ({ status, json })
const form = (exchange: Exchange | undefined) => new URLSearchParams(exchange?.body.toString())

beforeAll(async () => {
  service = await startService(() => granted())
  folder = await mkdtemp(path.join(os.tmpdir(), 'portage-auth-'))
  const made = await generate([{ name: 'commonName', value: 'app' }], { keySize: 2048, algorithm: 'sha256' })
  certificate = made.cert
  await writeFile(path.join(folder, 'app.crt'), made.cert)
  await writeFile(path.join(folder, 'app.key'), made.private)
  appConnection = {
    ...service.connection,
    auth: { kind: 'certificate', certificateFile: path.join(folder, 'app.crt'), privateKeyFile: path.join(folder, 'app.key') },
  }
})
afterAll(async () => {
  await service.close()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(() => {
  service.answer = () => granted()
})

function deps(
  connection: Connection,
  extra: Partial<TokenProviderDeps> = {},
): TokenProviderDeps & { logger: ReturnType<typeof createCollectingLogger> } {
  const { pools, sockets } = service
  const logger = createCollectingLogger()
  return {
    connection,
    network: createMsalNetwork({ pools, sockets, now: Date.now }),
    secrets: createMemorySecrets(),
    clock: createHastyClock(),
    ...extra,
    logger,
  }
}

describe('an app with a certificate', () => {
  test('signs its assertion with PS256 and names the certificate by SHA-256', async () => {
    const provider = await createTokenProvider(deps(appConnection))
    await provider.getToken('graph', { signal: never })
    const exchange = service.exchanges.at(-1)
    const sent = form(exchange)
    const [header = '', payload = '', signature = ''] = (sent.get('client_assertion') ?? '').split('.')
    const isSigned = verify(
      'sha256',
      Buffer.from(`${header}.${payload}`),
      { key: createPublicKey(certificate), padding: 6, saltLength: 32 },
      Buffer.from(signature, 'base64url'),
    )
    const thumbprint = createHash('sha256').update(new X509Certificate(certificate).raw).digest('base64url')
    expect([
      exchange?.host,
      exchange?.servername,
      exchange?.path.split('?')[0],
      sent.get('scope'),
      isSigned,
      JSON.parse(Buffer.from(header, 'base64url').toString()),
    ]).toEqual([
      'login.microsoftonline.com',
      'login.microsoftonline.com',
      '/11111111-2222-3333-4444-555555555555/oauth2/v2.0/token',
      'https://graph.microsoft.com/.default',
      true,
      { alg: 'PS256', typ: 'JWT', 'x5t#S256': thumbprint },
    ])
  })

  test('many callers share one request per resource, and another host has its own token', async () => {
    const provider = await createTokenProvider(deps(appConnection))
    const before = service.exchanges.length
    const tokens = await Promise.all(
      ['graph', 'graph', 'graph', 'contoso.sharepoint.com'].map((resource) => provider.getToken(resource, { signal: never })),
    )
    expect([service.exchanges.length - before, new Set(tokens).size]).toEqual([2, 2])
  })

  test('renews 300 s before the end, not earlier', async () => {
    const clock = createHastyClock()
    const provider = await createTokenProvider(deps(appConnection, { clock }))
    const first = await provider.getToken('graph', { signal: never })
    clock.advance(3_290_000)
    const same = await provider.getToken('graph', { signal: never })
    clock.advance(20_000)
    const renewed = await provider.getToken('graph', { signal: never })
    expect([same === first, renewed === first]).toEqual([true, false])
  })

  test('a refused token is replaced once for everybody', async () => {
    const provider = await createTokenProvider(deps(appConnection))
    const first = await provider.getToken('graph', { signal: never })
    const before = service.exchanges.length
    const [a, b] = await Promise.all([1, 2].map(() => provider.getToken('graph', { refused: first, signal: never })))
    const late = await provider.getToken('graph', { refused: first, signal: never })
    expect([service.exchanges.length - before, a === b, late === a, a === first]).toEqual([1, true, true, false])
  })

  test('a claims challenge goes to the sign-in service', async () => {
    const provider = await createTokenProvider(deps(appConnection))
    await provider.getToken('graph', { signal: never })
    await provider.getToken('graph', {
      claims: '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}',
      signal: never,
    })
    expect(form(service.exchanges.at(-1)).get('claims')).toContain('1604106651')
  })

  test('a caller that leaves does not stop the others', async () => {
    const provider = await createTokenProvider(deps(appConnection))
    const leaving = new AbortController()
    const left = provider.getToken('graph', { signal: leaving.signal })
    const staying = provider.getToken('graph', { signal: never })
    leaving.abort(new Error('left'))
    await expect(left).rejects.toThrow('left')
    await expect(staying).resolves.toContain('secret-token')
  })

  test('a key of another certificate is refused before anything is sent', async () => {
    const other = await generate([{ name: 'commonName', value: 'other' }], { keySize: 2048, algorithm: 'sha256' })
    const file = path.join(folder, 'other.key')
    await writeFile(file, other.private)
    const connection: Connection = {
      ...appConnection,
      auth: { kind: 'certificate', certificateFile: path.join(folder, 'app.crt'), privateKeyFile: file },
    }
    await expect(createTokenProvider(deps(connection))).rejects.toMatchObject({ code: 'INPUT_CONNECTION_FILE' })
  })
})

describe('failures say what to do', () => {
  const aadsts = (number: number, error: string, extra: object = {}) =>
    refusal({
      error,
      error_description: `AADSTS${number}: Something. Trace ID: 1 Correlation ID: 2 Timestamp: 3`,
      error_codes: [number],
      ...extra,
    })

  test.each([
    ['wrong certificate', aadsts(700027, 'invalid_client'), 'AUTH_REFUSED', /certificate/],
    ['unknown tenant', aadsts(90002, 'invalid_request'), 'AUTH_REFUSED', /tenant does not exist/],
    ['unknown app', aadsts(700016, 'unauthorized_client'), 'AUTH_REFUSED', /not known in this tenant/],
    ['consent', aadsts(65001, 'invalid_grant', { suberror: 'consent_required' }), 'AUTH_CONSENT_NEEDED', /no consent/],
    ['MFA', aadsts(50076, 'invalid_grant', { suberror: 'basic_action' }), 'AUTH_SIGN_IN_NEEDED', /multi-factor/],
    ['expired', aadsts(700082, 'invalid_grant'), 'AUTH_SIGN_IN_NEEDED', /not used for too long/],
    ['bare invalid_grant', refusal({ error: 'invalid_grant', error_description: 'No more.' }), 'AUTH_SIGN_IN_NEEDED', /expired/],
    ['Conditional Access', aadsts(53003, 'access_denied'), 'AUTH_REFUSED', /Conditional Access/],
    ['wrong clock', aadsts(700024, 'invalid_client'), 'AUTH_REFUSED', /clock/],
    ['unheard of', aadsts(999999, 'invalid_request'), 'AUTH_REFUSED', /AADSTS999999/],
  ])('%s', async (_name, answer, code, message) => {
    service.answer = () => answer
    const provider = await createTokenProvider(deps(appConnection))
    await expect(provider.getToken('graph', { signal: never })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      fix: expect.any(String),
      remedy: { kind: 'stopTask' },
    })
  })

  test('a busy sign-in service is waited for, and not remembered by the library', async () => {
    let isBusy = true
    service.answer = () => {
      const answer: Answer = isBusy ? { status: 429, headers: { 'retry-after': '7' }, json: { error: 'x' } } : granted()
      isBusy = false
      return answer
    }
    const provider = await createTokenProvider(deps(appConnection))
    await expect(provider.getToken('graph', { signal: never })).rejects.toMatchObject({
      remedy: { kind: 'waitUntil', delayMs: 7000 },
    })
    await expect(provider.getToken('graph', { signal: never })).resolves.toContain('secret-token')
  })

  test('no error and no log line holds a token', async () => {
    const options = deps(appConnection)
    const provider = await createTokenProvider(options)
    const token = await provider.getToken('graph', { signal: never })
    service.answer = () => refusal({ error: 'invalid_request', error_description: `bad ${'A'.repeat(60)}.${'B'.repeat(20)}` })
    const error = await provider.getToken('graph', { refused: token, signal: never }).catch((thrown: unknown) => thrown)
    const told = JSON.stringify(options.logger.lines) + JSON.stringify(error, Object.getOwnPropertyNames(error)) + String(error)
    expect([told.includes('secret-token'), told.includes('AAAAAAAA'), told.includes('client_assertion')]).toEqual([
      false,
      false,
      false,
    ])
  })
})

describe('a person', () => {
  test('signs in with a device code, and the sign-in survives a restart', async () => {
    let polls = 0
    service.answer = (exchange) => {
      if (exchange.path.includes('/devicecode')) {
        return {
          status: 200,
          json: {
            user_code: 'F7K2M9QX',
            device_code: 'd',
            verification_uri: 'https://microsoft.com/devicelogin',
            expires_in: 900,
            interval: 0,
            message: 'To sign in …',
          },
        }
      }
      if (form(exchange).get('grant_type') === 'device_code' && ++polls < 3) return refusal({ error: 'authorization_pending' })
      return userGrant()
    }
    const secrets = createMemorySecrets()
    const shown: string[] = []
    const options = { secrets, showDeviceCode: (prompt: { userCode: string }) => shown.push(prompt.userCode) }
    const first = await createTokenProvider(deps(service.connection, options))
    const signedIn = await first.signIn(never)
    const again = await createTokenProvider(deps(service.connection, { secrets }))
    await again.getToken('contoso.sharepoint.com', { signal: never })
    expect([signedIn, shown, form(service.exchanges.at(-1)).get('grant_type')]).toEqual([
      { name: 'ann@contoso.com', isApp: false },
      ['F7K2M9QX'],
      'refresh_token',
    ])
    await again.signOut()
    await expect(again.getToken('graph', { signal: never })).rejects.toMatchObject({ code: 'AUTH_SIGN_IN_NEEDED' })
  })

  test('is told that the code ran out', async () => {
    service.answer = (exchange) =>
      exchange.path.includes('/devicecode')
        ? {
            status: 200,
            json: { user_code: 'F', device_code: 'd', verification_uri: 'https://x', expires_in: 900, interval: 0, message: 'm' },
          }
        : refusal({ error: 'expired_token', error_description: 'AADSTS70020: expired' })
    const provider = await createTokenProvider(deps(service.connection, { showDeviceCode: () => undefined }))
    await expect(provider.signIn(never)).rejects.toMatchObject({
      code: 'AUTH_SIGN_IN_NEEDED',
      message: expect.stringMatching(/code was not entered|expired_token/),
    })
  })

  test('signs in with the browser over the loopback', async () => {
    service.answer = () => userGrant()
    const openUrl = async (url: string) => {
      const asked = new URL(url).searchParams
      expect([asked.get('response_mode'), asked.get('code_challenge_method')]).toEqual(['form_post', 'S256'])
      const back = http.request(asked.get('redirect_uri') ?? '', {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      })
      back.on('response', (reply) => reply.resume())
      back.end(
        new URLSearchParams({
          code: 'c',
          state: asked.get('state') ?? '',
          client_info: encode({ uid: 'o1', utid: 't' }),
        }).toString(),
      )
    }
    const provider = await createTokenProvider(deps({ ...service.connection, auth: { kind: 'interactive' } }, { openUrl }))
    await expect(provider.signIn(never)).resolves.toEqual({ name: 'ann@contoso.com', isApp: false })
  })

  test('is asked to sign in when nobody is, and no browser opens by itself', async () => {
    const openUrl = () => Promise.reject(new Error('must not open'))
    const provider = await createTokenProvider(deps({ ...service.connection, auth: { kind: 'interactive' } }, { openUrl }))
    await expect(provider.getToken('graph', { signal: never })).rejects.toMatchObject({ code: 'AUTH_SIGN_IN_NEEDED' })
  })
})
