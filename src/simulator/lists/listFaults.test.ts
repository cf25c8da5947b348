import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import type { FaultSwitch } from '../core/faultSwitches.ts'
import { startTestTenant, type TestTenant, type WireRequest } from '../testing/testTenant.ts'

const LISTS = 'https://graph.microsoft.com/v1.0/sites/contoso.sharepoint.com:/sites/migration:/lists'
const REST = "https://contoso.sharepoint.com/sites/migration/_api/web/lists/getByTitle('faulty')/items"
let tenant: TestTenant

const call = (path: string, init: WireRequest = {}) =>
  tenant.fetchAt(`${LISTS}${path}`.replaceAll(' ', '%20'), { token: tenant.token(), ...init })
const rest = (path: string, init: WireRequest = {}) =>
  tenant.fetchAt(`${REST}${path}`.replaceAll(' ', '%20'), {
    token: tenant.token({ resource: 'sharepoint' }),
    ...init,
    headers: { accept: 'application/json;odata=nometadata', ...init.headers },
  })
const values = (reply: { json(): unknown }) => z.looseObject({ value: z.array(z.looseObject({})) }).parse(reply.json()).value
const turnOn = (name: FaultSwitch, amount?: number) =>
  tenant.server.faults.add({
    version: 1,
    faults: [{ name, when: {}, do: { action: 'switch', switch: name, ...(amount === undefined ? {} : { amount }) } }],
  })

beforeEach(async () => {
  tenant = await startTestTenant({ seed: 1 })
  await call('', { json: { displayName: 'faulty', columns: [{ name: 'State', text: {}, indexed: true }] } })
  for (const State of ['ready', 'done']) await call('/faulty/items', { json: { fields: { State } } })
})
afterEach(() => tenant.close())

test('ignoredFilter: every row comes back, whatever was asked', async () => {
  expect(values(await call("/faulty/items?$filter=fields/State eq 'ready'"))).toHaveLength(1)
  turnOn('ignoredFilter')
  expect(values(await call("/faulty/items?$filter=fields/State eq 'ready'"))).toHaveLength(2)
  expect(values(await rest("?$filter=State eq 'ready'"))).toHaveLength(2)
})

test('listLag: a query looks back, reading by id does not', async () => {
  tenant.tenant.clock.advance(60_000)
  await call('/faulty/items/1', { method: 'PATCH', json: { fields: { State: 'done' } } })
  turnOn('listLag', 30_000)
  expect(values(await call("/faulty/items?$filter=fields/State eq 'ready'"))).toHaveLength(1)
  expect(values(await rest("?$filter=State eq 'ready'"))).toHaveLength(1)
  expect((await call('/faulty/items/1?$expand=fields')).json()).toMatchObject({ fields: { State: 'done' } })
  tenant.tenant.clock.advance(60_000)
  expect(values(await call("/faulty/items?$filter=fields/State eq 'ready'"))).toHaveLength(0)
})

test('eTagBump: the eTag just read is stale when the write arrives', async () => {
  const { eTag } = z.looseObject({ eTag: z.string() }).parse((await call('/faulty/items/1')).json())
  turnOn('eTagBump')
  const headers = { 'if-match': eTag }
  expect((await call('/faulty/items/1/fields', { method: 'PATCH', json: { State: 'x' }, headers })).status).toBe(412)
  expect((await rest('(1)', { method: 'PATCH', json: { State: 'x' }, headers })).status).toBe(412)
  expect((await call('/faulty/items/1?$expand=fields')).json()).toMatchObject({ fields: { State: 'ready' } })
})

test('resourceModified: 409 through Graph with If-Match, Save Conflict through REST without', async () => {
  turnOn('resourceModified')
  const graph = await call('/faulty/items/1/fields', { method: 'PATCH', json: { State: 'x' }, headers: { 'if-match': '*' } })
  expect(graph.status).toBe(409)
  expect(graph.json()).toMatchObject({ error: { code: 'resourceModified' } })
  const conflict = await rest('(1)', { method: 'PATCH', json: { State: 'x' } })
  expect(conflict.status).toBe(409)
  expect(conflict.json()).toMatchObject({ 'odata.error': { code: '-2130246326, Microsoft.SharePoint.SPException' } })
  expect(conflict.text).toContain('Save Conflict')
})

test('deltaResync: a good token is refused with 410 and the way back', async () => {
  const link = z.looseObject({ '@odata.deltaLink': z.string() }).parse((await call('/faulty/items/delta')).json())[
    '@odata.deltaLink'
  ]
  turnOn('deltaResync')
  const reply = await tenant.fetchAt(link, { token: tenant.token() })
  expect(reply.status).toBe(410)
  expect(reply.json()).toMatchObject({ error: { code: 'resyncRequired', innerError: { code: 'resyncChangesApplyDifferences' } } })
  expect(reply.headers.location).toMatch(/\/items\/delta$/)
})

test('a write that is answered with 500 after it took effect shows on the next read', async () => {
  tenant.server.faults.add({
    version: 1,
    faults: [{ name: 'ambiguous', when: { route: 'lists.item.update' }, do: { action: 'status', status: 500, moment: 'after' } }],
  })
  const reply = await call('/faulty/items/1', { method: 'PATCH', json: { fields: { State: 'mine' } } })
  expect(reply.status).toBe(500)
  expect((await call('/faulty/items/1?$expand=fields')).json()).toMatchObject({
    fields: { State: 'mine' },
    eTag: expect.stringMatching(/,2"$/),
  })
})

test('a locked site takes no writes', async () => {
  const site = tenant.tenant.sites.siteByPath('contoso.sharepoint.com', '/sites/migration')
  tenant.tenant.sites.updateSite(site?.siteId ?? '', { isReadOnly: true })
  expect((await call('/faulty/items/1', { method: 'PATCH', json: { fields: { State: 'x' } } })).status).toBe(423)
  expect((await rest('', { json: { State: 'x' } })).status).toBe(423)
  expect((await call('/faulty/items/1')).status).toBe(200)
})
