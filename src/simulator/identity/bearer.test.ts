import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestTenant, type TestTenant } from '../testing/testTenant.ts'

let tenant: TestTenant
beforeAll(async () => {
  tenant = await startTestTenant()
})
afterAll(() => tenant.close())

const GRAPH_LISTS = 'https://graph.microsoft.com/v1.0/sites/contoso.sharepoint.com:/sites/finance:/lists'
const WEB = 'https://contoso.sharepoint.com/_api/web'
const JSON_ACCEPT = { accept: 'application/json' }
const graph = (headers: Record<string, string>) => tenant.fetchAt(GRAPH_LISTS, { headers })
const sharePoint = (headers: Record<string, string>) => tenant.fetchAt(WEB, { headers: { ...JSON_ACCEPT, ...headers } })
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

describe('Graph refuses', () => {
  test.each([
    ['nothing', {}, /empty/],
    ['garbage', bearer('abc'), /well formed/],
    [
      'a stranger',
      bearer(`${Buffer.from('{"alg":"RS256"}').toString('base64url')}.${Buffer.from('{"aud":"x"}').toString('base64url')}.AAAA`),
      /signature/,
    ],
  ])('%s', async (_name, headers, message) => {
    const reply = await graph(headers)
    expect(reply.status).toBe(401)
    expect(reply.headers['www-authenticate']).toContain('Bearer')
    expect(reply.json()).toMatchObject({ error: { code: 'InvalidAuthenticationToken', message: expect.stringMatching(message) } })
  })

  test('a SharePoint token', async () => {
    const reply = await graph(bearer(tenant.token({ as: 'ann', resource: 'sharepoint' })))
    expect(reply.json()).toMatchObject({ error: { message: expect.stringContaining('Invalid audience') } })
  })

  test('an expired token, in the words that drive clients look for', async () => {
    const token = tenant.token({ as: 'ann', lifetimeMs: 1_000 })
    tenant.tenant.clock.advance(2_000)
    const reply = await tenant.fetchAt('https://graph.microsoft.com/v1.0/drives/b!x/root/children', { token })
    expect(reply.status).toBe(401)
    expect(reply.headers['www-authenticate']).toContain('expired_token')
    expect((await graph(bearer(token))).status).toBe(401)
  })

  test('a revoked token with a claims challenge, and takes the next one', async () => {
    const token = tenant.token({ as: 'carla' })
    const carla = tenant.users.find(({ upn }) => upn.startsWith('carla'))
    tenant.server.tokens.revokeAccess(carla?.objectId ?? '')
    const reply = await graph(bearer(token))
    const claims = /error="insufficient_claims", claims="([^"]+)"/.exec(String(reply.headers['www-authenticate']))?.[1] ?? ''
    expect(JSON.parse(Buffer.from(claims, 'base64').toString())).toMatchObject({ access_token: { nbf: { essential: true } } })
    expect((await graph(bearer(tenant.token({ as: 'carla' })))).status).not.toBe(401)
  })

  test('a token without the permission, with 403', async () => {
    expect((await graph(bearer(tenant.token({ as: 'ann', scopes: ['User.Read'] })))).status).toBe(403)
  })
})

describe('SharePoint refuses', () => {
  test('a Graph token', async () => {
    const reply = await sharePoint(bearer(tenant.token({ as: 'ann' })))
    expect(reply.status).toBe(401)
    expect(reply.json()).toEqual({ error_description: 'Invalid issuer or signature.' })
  })

  test('a token for another of its hosts', async () => {
    const reply = await sharePoint(bearer(tenant.token({ as: 'ann', resource: 'https://contoso-my.sharepoint.com' })))
    expect(reply.status).toBe(401)
  })

  test('what a client secret has bought', async () => {
    const reply = await sharePoint(bearer(tenant.token({ app: 'secret', resource: 'sharepoint' })))
    expect([reply.status, reply.text]).toEqual([401, 'Unsupported app only token.'])
  })

  test('nothing at all, with 403', async () => {
    expect((await sharePoint({})).status).toBe(403)
  })
})
