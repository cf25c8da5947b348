import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestTenant, type TestTenant } from './testTenant.ts'

let tenant: TestTenant
beforeAll(async () => {
  tenant = await startTestTenant()
})
afterAll(() => tenant.close())

describe('over the wire', () => {
  test('a request that nobody knows is refused loudly and journalled', async () => {
    const reply = await tenant.fetchAt('https://graph.microsoft.com/v1.0/nothing', { token: tenant.token({ as: 'ann' }) })
    expect(reply.status).toBe(400)
    expect(reply.json()).toMatchObject({ error: { code: 'BadRequest' } })
    expect(tenant.journal().at(-1)).toMatchObject({ unknown: true, user: 'ann@contoso.com', host: 'graph.microsoft.com' })
  })
})
