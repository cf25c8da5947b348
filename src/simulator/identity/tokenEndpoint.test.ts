import { createHash, createPrivateKey, createSign, randomUUID } from 'node:crypto'
import fs from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestTenant, type TestTenant } from '../testing/testTenant.ts'
import { SECRET_APP_SECRET } from './seed.ts'

const DAY_MS = 24 * 3_600_000
const GRAPH = 'https://graph.microsoft.com/Sites.ReadWrite.All'
const LOGIN = 'https://login.microsoftonline.com'

let tenant: TestTenant
beforeAll(async () => {
  tenant = await startTestTenant()
})
afterAll(() => tenant.close())

async function post(fields: Record<string, string>, path = `/${tenant.tenantId}/oauth2/v2.0/token`) {
  const reply = await tenant.fetchAt(`${LOGIN}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  })
  return { status: reply.status, body: reply.json() as Record<string, unknown> }
}

const code = (change: { challenge?: { method: 'S256'; value: string }; scope?: string } = {}) =>
  tenant.server.identity.grants.issueCode({
    appId: tenant.clientId,
    userId: tenant.users.find(({ upn }) => upn === 'ann@contoso.com')?.objectId ?? '',
    scope: change.scope ?? `${GRAPH} openid offline_access`,
    redirectUri: 'http://localhost:4000',
    challenge: change.challenge,
    nonce: undefined,
  })
const redeem = (change: Record<string, string>) =>
  post({ client_id: tenant.clientId, grant_type: 'authorization_code', redirect_uri: 'http://localhost:4000', ...change })
const refresh = (refreshToken: unknown, change: Record<string, string> = {}) =>
  post({ client_id: tenant.clientId, grant_type: 'refresh_token', refresh_token: String(refreshToken), ...change })

describe('an authorization code', () => {
  test('is good once, for its redirect and its verifier', async () => {
    const verifier = 'v'.repeat(43)
    const challenge = { method: 'S256', value: createHash('sha256').update(verifier).digest('base64url') } as const
    expect((await redeem({ code: code({ challenge }), code_verifier: 'w'.repeat(43) })).body).toMatchObject({
      error_codes: [501481],
    })
    expect((await redeem({ code: code(), redirect_uri: 'http://localhost:4001' })).body).toMatchObject({ error_codes: [50011] })
    const good = code({ challenge })
    const first = await redeem({ code: good, code_verifier: verifier, client_info: '1' })
    expect(first).toMatchObject({ status: 200, body: { token_type: 'Bearer', scope: expect.stringContaining(GRAPH) } })
    expect(Number(first.body.expires_in)).toBeGreaterThan(3_590)
    expect(Number(first.body.expires_in)).toBeLessThanOrEqual(5_400)
    expect((await redeem({ code: good, code_verifier: verifier })).body).toMatchObject({
      error: 'invalid_grant',
      error_codes: [54005],
    })
  })

  test('buys one resource at a time', async () => {
    const both = `${GRAPH} https://contoso.sharepoint.com/AllSites.FullControl offline_access`
    expect((await redeem({ code: code({ scope: both }), scope: both })).body).toMatchObject({ error_codes: [28000] })
    const first = await redeem({ code: code({ scope: both }) })
    const second = await refresh(first.body.refresh_token, { scope: 'https://contoso.sharepoint.com/AllSites.FullControl' })
    expect(second.status).toBe(200)
  })
})

describe('a refresh token', () => {
  test('stays good beside its successor, needs no scope, and ends after 90 days without use', async () => {
    const first = await redeem({ code: code() })
    const second = await refresh(first.body.refresh_token)
    expect(second.status).toBe(200)
    expect(second.body.refresh_token).not.toBe(first.body.refresh_token)
    tenant.tenant.clock.advance(89 * DAY_MS)
    expect((await refresh(first.body.refresh_token)).status).toBe(200)
    tenant.tenant.clock.advance(2 * DAY_MS)
    expect((await refresh(first.body.refresh_token)).status).toBe(200)
    expect((await refresh(second.body.refresh_token)).body).toMatchObject({ error: 'invalid_grant', error_codes: [700082] })
  })

  test('ends with a revocation', async () => {
    const { body } = await redeem({ code: code() })
    tenant.server.tokens.revokeRefresh(tenant.users.find(({ upn }) => upn === 'ann@contoso.com')?.objectId ?? '')
    expect((await refresh(body.refresh_token)).body).toMatchObject({ error: 'invalid_grant', error_codes: [50173] })
    expect((await refresh((await redeem({ code: code() })).body.refresh_token)).status).toBe(200)
  })
})

describe('what is asked for', () => {
  test.each([
    ['a permission that does not exist', 'https://graph.microsoft.com/Sites.Everything', 650053],
    ['a resource that does not exist', 'https://fabrikam.sharepoint.com/AllSites.Read', 500011],
    ['a permission without consent', 'https://graph.microsoft.com/Mail.Send', 65001],
  ])('%s is refused', async (_name, scope, number) => {
    expect((await redeem({ code: code(), scope })).body).toMatchObject({ error_codes: [number] })
  })

  test('an unknown tenant, client or grant is refused', async () => {
    expect((await post({ grant_type: 'refresh_token' }, '/fabrikam.com/oauth2/v2.0/token')).body).toMatchObject({
      error_codes: [90002],
    })
    expect((await post({ grant_type: 'refresh_token', client_id: 'nobody' })).body).toMatchObject({ error_codes: [700016] })
    expect((await post({ grant_type: 'password', client_id: tenant.clientId })).body).toMatchObject({
      error: 'unsupported_grant_type',
    })
  })
})

describe('a device code', () => {
  const begin = () => post({ client_id: tenant.clientId, scope: GRAPH }, '/organizations/oauth2/v2.0/devicecode')
  const poll = (deviceCode: unknown, grantType = 'urn:ietf:params:oauth:grant-type:device_code') =>
    post({ client_id: tenant.clientId, grant_type: grantType, device_code: String(deviceCode) })

  test('is pending, then expired', async () => {
    const { body } = await begin()
    expect(body).toMatchObject({ interval: 5, expires_in: 900 })
    expect((await poll(body.device_code)).body).toMatchObject({ error: 'authorization_pending' })
    expect((await poll(body.device_code, 'device_code')).body).toMatchObject({ error: 'authorization_pending' })
    tenant.tenant.clock.advance(901_000)
    expect((await poll(body.device_code)).body).toMatchObject({ error: 'expired_token' })
    expect((await poll('nonsense')).body).toMatchObject({ error: 'bad_verification_code' })
  })
})

describe('an application', () => {
  const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

  function assertion(change: Record<string, unknown> = {}): string {
    const { appCertificate } = tenant.server.state
    const key = createPrivateKey(fs.readFileSync(appCertificate.privateKeyFile, 'utf8'))
    const nowS = Math.floor(tenant.tenant.clock.now() / 1000)
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const header = {
      alg: 'RS256',
      typ: 'JWT',
      'x5t#S256': Buffer.from(appCertificate.thumbprintSha256, 'hex').toString('base64url'),
    }
    const claims = {
      aud: `${LOGIN}/${tenant.tenantId}/oauth2/v2.0/token`,
      iss: tenant.clientId,
      sub: tenant.clientId,
      nbf: nowS,
      exp: nowS + 600,
      jti: randomUUID(),
      ...change,
    }
    const text = `${encode(header)}.${encode(claims)}`
    return `${text}.${createSign('RSA-SHA256').update(text).sign(key, 'base64url')}`
  }

  const credentials = (clientAssertion: string, scope = 'https://graph.microsoft.com/.default') =>
    post({
      client_id: tenant.clientId,
      grant_type: 'client_credentials',
      scope,
      client_assertion_type: ASSERTION,
      client_assertion: clientAssertion,
    })

  test('proves itself with an assertion that is whole, current and addressed to us', async () => {
    expect((await credentials(assertion())).status).toBe(200)
    expect(await credentials(assertion({ aud: 'https://example.org' }))).toMatchObject({
      status: 401,
      body: { error_codes: [700023] },
    })
    expect(await credentials(assertion({ exp: 1 }))).toMatchObject({ status: 401, body: { error_codes: [700024] } })
    expect(await credentials(`${assertion().slice(0, -8)}AAAAAAAA`)).toMatchObject({
      status: 401,
      body: { error_codes: [700027] },
    })
    expect(await credentials(assertion({ jti: undefined }))).toMatchObject({ body: { error_codes: [9002313] } })
    expect(await credentials(assertion(), GRAPH)).toMatchObject({ body: { error_codes: [1002012] } })
  })

  test('with a secret gets a token that says so', async () => {
    const clientId = tenant.server.identity.directory.apps().find((app) => app.secrets.length > 0)?.appId ?? ''
    const ask = (secret: string) =>
      post({
        client_id: clientId,
        client_secret: secret,
        grant_type: 'client_credentials',
        scope: 'https://contoso.sharepoint.com/.default',
      })
    expect(await ask('wrong')).toMatchObject({ status: 401, body: { error: 'invalid_client', error_codes: [7000215] } })
    const { body } = await ask(SECRET_APP_SECRET)
    expect(JSON.parse(Buffer.from(String(body.access_token).split('.')[1] ?? '', 'base64url').toString())).toMatchObject({
      appidacr: '1',
    })
  })

  test('needs a proof', async () => {
    const reply = await post({
      client_id: tenant.clientId,
      grant_type: 'client_credentials',
      scope: 'https://graph.microsoft.com/.default',
    })
    expect(reply).toMatchObject({ status: 401, body: { error_codes: [7000218] } })
  })
})

describe('the documents', () => {
  test('metadata, keys and instance discovery', async () => {
    const read = async (path: string) => (await tenant.fetchAt(`${LOGIN}${path}`)).json()
    expect(await read('/common/v2.0/.well-known/openid-configuration')).toMatchObject({ issuer: `${LOGIN}/{tenantid}/v2.0` })
    expect(await read(`/${tenant.tenantId}/discovery/v2.0/keys`)).toMatchObject({ keys: [{ kty: 'RSA', use: 'sig' }] })
    expect(
      await read(
        `/common/discovery/instance?api-version=1.1&authorization_endpoint=${LOGIN}/${tenant.tenantId}/oauth2/v2.0/authorize`,
      ),
    ).toMatchObject({
      tenant_discovery_endpoint: `${LOGIN}/${tenant.tenantId}/v2.0/.well-known/openid-configuration`,
    })
  })
})
