import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestTenant, type TestTenant } from '../testing/testTenant.ts'

let tenant: TestTenant
beforeAll(async () => {
  tenant = await startTestTenant()
})
afterAll(() => tenant.close())

const ROOT = 'https://graph.microsoft.com/v1.0/sites/contoso.sharepoint.com:/sites/finance:/drive/root'

describe('the pipeline', () => {
  test('refuses headers that would change what a request means, and JSON that is not called so', async () => {
    const token = tenant.token()
    const post = (headers: Record<string, string>) =>
      tenant.fetchAt(`${ROOT}/children`, { method: 'POST', token, headers, body: '{"name":"h","folder":{}}' })
    const json = { 'content-type': 'application/json' }
    expect((await post({ ...json, 'content-encoding': 'gzip' })).status).toBe(415)
    expect(tenant.journal().at(-1)?.unknown).toBe(true)
    expect((await post({ ...json, 'x-http-method': 'DELETE' })).status).toBe(400)
    expect(tenant.journal().at(-1)?.unknown).toBe(true)
    expect((await post({ ...json, 'if-match': '"{1},1"' })).status).toBe(501)
    const untyped = await post({ 'content-type': 'application/x-www-form-urlencoded' })
    expect(untyped.status).toBe(400)
    expect(untyped.text).toContain('Please ensure Content-Type header is set')
    expect((await post({ 'content-type': 'application/json; charset=utf-8' })).status).toBe(201)
  })

  test('answers with the ids and the clock of the tenant', async () => {
    tenant.tenant.clock.advance(3_600_000)
    const reply = await tenant.fetchAt(ROOT, { token: tenant.token(), headers: { 'client-request-id': 'mine' } })
    expect(reply.headers).toMatchObject({ 'client-request-id': 'mine', 'request-id': tenant.journal().at(-1)?.requestId })
    expect(String(reply.headers['x-ms-ags-diagnostic'])).toContain('ServerInfo')
    expect(Math.abs(Date.parse(String(reply.headers.date)) - Date.now() - 3_600_000)).toBeLessThan(10_000)
    expect(tenant.journal().at(-1)).toMatchObject({ clientRequestId: 'mine', status: 200, appId: tenant.clientId })
  })

  test('says which methods a path has, and flags the request', async () => {
    const reply = await tenant.fetchAt(ROOT, { method: 'OPTIONS', token: tenant.token() })
    expect(reply.status).toBe(405)
    expect(reply.headers.allow).toContain('GET')
    expect(tenant.journal().at(-1)).toMatchObject({ unknown: true, status: 405 })
  })

  test('does not have the hosts of others', async () => {
    expect(
      (await tenant.fetchAt('https://contoso.sharepoint.com/', { headers: { host: 'fabrikam.sharepoint.com' } })).status,
    ).toBe(421)
    const blob = await tenant.fetchAt('https://account1.blob.core.windows.net/container')
    expect([blob.status, blob.headers['x-ms-error-code']]).toEqual([403, 'AuthenticationFailed'])
  })

  test('counts a body without Content-Length', async () => {
    const body = Buffer.alloc(3_000, 'a')
    await tenant.fetchAt(`${ROOT}:/chunked.txt:/content`, {
      method: 'PUT',
      token: tenant.token(),
      headers: { 'transfer-encoding': 'chunked' },
      body,
    })
    expect(tenant.journal().at(-1)?.bytesIn).toBe(3_000)
  })

  test('writes down the parts of a batch and what they cost', async () => {
    const seqBefore = tenant.journal().at(-1)?.seq ?? 0
    await tenant.fetchAt('https://graph.microsoft.com/v1.0/$batch', {
      token: tenant.token(),
      json: {
        requests: [
          { id: '1', method: 'GET', url: '/me/drive' },
          { id: '2', method: 'GET', url: ROOT.slice('https://graph.microsoft.com/v1.0'.length) },
        ],
      },
    })
    const rows = tenant.journal().filter((row) => row.seq > seqBefore)
    expect(rows.length).toBe(3)
    expect(rows.find((row) => row.path.endsWith('/drive/root'))).toMatchObject({ status: 200, resourceUnits: 1 })
  })
})
