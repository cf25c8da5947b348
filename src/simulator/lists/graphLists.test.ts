import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startTestTenant, type TestTenant, type WireReply, type WireRequest } from '../testing/testTenant.ts'
import { listsOf } from './tenantLists.ts'

const GRAPH = 'https://graph.microsoft.com/v1.0'
const SITE = 'contoso.sharepoint.com:/sites/migration:'
let tenant: TestTenant
let token: string
let lists = 0

beforeAll(async () => {
  tenant = await startTestTenant({ seed: 1 })
  token = tenant.token()
})
afterAll(() => tenant.close())

const call = (path: string, init: WireRequest = {}): Promise<WireReply> =>
  tenant.fetchAt((path.startsWith('https:') ? path : `${GRAPH}/sites/${SITE}${path}`).replaceAll(' ', '%20'), { token, ...init })

const itemSchema = z.looseObject({ id: z.string(), eTag: z.string(), fields: z.record(z.string(), z.unknown()).optional() })
const pageSchema = z.looseObject({
  value: z.array(
    z.looseObject({ id: z.string(), eTag: z.string().optional(), fields: z.record(z.string(), z.unknown()).optional() }),
  ),
  '@odata.nextLink': z.string().optional(),
  '@odata.deltaLink': z.string().optional(),
})
const errorSchema = z.object({ error: z.looseObject({ code: z.string(), message: z.string() }) })
const item = (reply: WireReply) => itemSchema.parse(reply.json())
const page = (reply: WireReply) => pageSchema.parse(reply.json())
const error = (reply: WireReply) => ({ status: reply.status, ...errorSchema.parse(reply.json()).error })

async function taskList(): Promise<string> {
  lists += 1
  const reply = await call('/lists', {
    json: {
      displayName: `mig-tasks-${lists}`,
      columns: [
        { name: 'TaskKey', text: { maxLength: 128 }, indexed: true, enforceUniqueValues: true },
        { name: 'State', text: {}, indexed: true },
        { name: 'LeaseUntil', dateTime: {}, indexed: true },
        { name: 'Epoch', number: {} },
      ],
      list: { template: 'genericList', hidden: true },
    },
  })
  expect(reply.status).toBe(201)
  return `/lists/${z.looseObject({ id: z.string() }).parse(reply.json()).id}`
}
const add = (list: string, fields: object) => call(`${list}/items`, { json: { fields } })

describe('lists and columns', () => {
  test('a list is made with its columns, found by id, title and filter, and made only once', async () => {
    const made = await call('/lists', { json: { displayName: 'once', list: { template: 'genericList', hidden: true } } })
    expect(made.json()).toMatchObject({ displayName: 'once', list: { hidden: true, template: 'genericList' } })
    expect(error(await call('/lists', { json: { displayName: 'Once' } }))).toMatchObject({
      status: 409,
      code: 'nameAlreadyExists',
    })
    expect((await call('/lists/once')).json()).toMatchObject({ displayName: 'once' })
    const found = z.object({ value: z.array(z.looseObject({ displayName: z.string() })) })
    expect(found.parse((await call("/lists?$filter=displayName eq 'once'")).json()).value).toHaveLength(1)
    const all = found.parse((await call('/lists?$select=displayName,id')).json()).value.map((list) => list.displayName)
    expect(all).toEqual(expect.arrayContaining(['Documents', 'once']))
    expect(error(await call('/lists/none'))).toMatchObject({ status: 404, code: 'itemNotFound' })
  })
  test('a unique column is indexed; columns can be added, read and changed but not retyped', async () => {
    const list = await taskList()
    expect((await call(`${list}/columns/TaskKey`)).json()).toMatchObject({
      indexed: true,
      enforceUniqueValues: true,
      text: { maxLength: 128 },
    })
    const added = await call(`${list}/columns`, { json: { name: 'Payload', text: { allowMultipleLines: true } } })
    expect(added.status).toBe(201)
    expect(
      (await call(`${list}/columns/Payload`, { method: 'PATCH', json: { displayName: 'The payload' } })).json(),
    ).toMatchObject({ name: 'Payload', displayName: 'The payload' })
    expect((await call(`${list}/columns/Epoch`, { method: 'PATCH', json: { indexed: true } })).json()).toMatchObject({
      indexed: true,
    })
    expect(error(await call(`${list}/columns/Epoch`, { method: 'PATCH', json: { text: {} } })).status).toBe(400)
    expect(error(await call(`${list}/columns`, { json: { name: 'State', text: {} } })).code).toBe('nameAlreadyExists')
    expect(error(await call(`${list}/columns`, { json: { name: 'Two', text: {}, number: {} } })).status).toBe(400)
    expect(
      error(await call(`${list}/columns`, { json: { name: 'Note', text: { allowMultipleLines: true }, indexed: true } })).status,
    ).toBe(400)
  })
  test('creating lists needs Sites.Manage.All; unknown members are refused and journalled', async () => {
    const reader = tenant.token({ app: 'unprivileged' })
    expect(error(await call('/lists', { json: { displayName: 'no' }, token: reader })).status).toBe(403)
    const writer = tenant.token({ as: 'ann', scopes: ['Sites.ReadWrite.All'] })
    expect(error(await call('/lists', { json: { displayName: 'no' }, token: writer })).status).toBe(403)
    expect(error(await call('/lists', { json: { displayName: 'no', surprise: 1 } })).status).toBe(400)
    expect(tenant.journal().at(-1)).toMatchObject({ unknown: true })
  })
  test('columns and items can be expanded', async () => {
    const list = await taskList()
    await add(list, { TaskKey: 'a', State: 'ready' })
    const reply = await call(`${list}?$expand=columns,items($expand=fields($select=State))&$select=id`)
    const body = z
      .looseObject({ columns: z.array(z.looseObject({ name: z.string() })), items: z.array(itemSchema) })
      .parse(reply.json())
    expect(body.columns.map((column) => column.name)).toContain('LeaseUntil')
    expect(body.items[0]?.fields).toMatchObject({ State: 'ready' })
    expect(body.items[0]?.fields).not.toHaveProperty('TaskKey')
  })
})

describe('items', () => {
  test('fields appear only with $expand; the eTag is quoted and also a header', async () => {
    const list = await taskList()
    const reply = await add(list, { Title: 'one', TaskKey: 'k', LeaseUntil: '2026-08-20T09:15:02Z', Epoch: 1 })
    expect(reply.status).toBe(201)
    const created = item(reply)
    expect(created).toMatchObject({ id: '1', eTag: expect.stringMatching(/^"[0-9a-f-]{36},1"$/) })
    expect(created.fields).toBeUndefined()
    expect(reply.headers.etag).toBe(created.eTag)
    const read = await call(`${list}/items/1?$expand=fields($select=Epoch,LeaseUntil)`)
    expect(item(read).fields).toEqual({ '@odata.etag': created.eTag, Epoch: 1, LeaseUntil: '2026-08-20T09:15:02Z' })
    expect((await call(`${list}/items/1`, { headers: { 'if-none-match': created.eTag } })).status).toBe(304)
  })
  test('PATCH fields is conditional and answers without the new eTag; PATCH item answers with it', async () => {
    const list = await taskList()
    const created = item(await add(list, { TaskKey: 'k', Epoch: 1 }))
    const claimed = await call(`${list}/items/1/fields`, {
      method: 'PATCH',
      json: { Epoch: 2 },
      headers: { 'if-match': created.eTag },
    })
    expect(claimed.status).toBe(200)
    expect(claimed.headers.etag).toBeUndefined()
    expect(claimed.text).not.toContain('@odata.etag')
    const lost = await call(`${list}/items/1/fields`, {
      method: 'PATCH',
      json: { Epoch: 9 },
      headers: { 'if-match': created.eTag },
    })
    expect(error(lost)).toMatchObject({
      status: 412,
      code: 'resourceModified',
      message: "ETag does not match current item's value",
    })
    const renewed = item(
      await call(`${list}/items/1`, { method: 'PATCH', json: { fields: { Epoch: 3 } }, headers: { 'if-match': '*' } }),
    )
    expect(renewed.eTag).toMatch(/,3"$/)
    const malformed = await call(`${list}/items/1/fields`, {
      method: 'PATCH',
      json: { Epoch: 9 },
      headers: { 'if-match': 'seven' },
    })
    expect(error(malformed).status).toBe(400)
    expect(error(await call(`${list}/items/1`, { method: 'DELETE', headers: { 'if-match': created.eTag } })).status).toBe(412)
    expect((await call(`${list}/items/1`, { method: 'DELETE', headers: { 'if-match': renewed.eTag } })).status).toBe(204)
    expect(error(await call(`${list}/items/1`)).code).toBe('itemNotFound')
  })
  test('of many racing claims exactly one wins', async () => {
    const list = await taskList()
    const { eTag } = item(await add(list, { TaskKey: 'k' }))
    const claims = Array.from({ length: 12 }, (_, n) =>
      call(`${list}/items/1/fields`, { method: 'PATCH', json: { State: `agent ${n}` }, headers: { 'if-match': eTag } }),
    )
    const statuses = (await Promise.all(claims)).map((reply) => reply.status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 412)).toHaveLength(11)
  })
  test.each([
    ['invalidRequest', 400, []],
    ['nameAlreadyExists', 409, ['duplicateAsConflict']],
    ['generalException', 500, ['duplicateAsServerError']],
  ] as const)('a duplicate is refused as %s with %i and leaves no row', async (refusal, status, switches) => {
    const list = await taskList()
    await add(list, { TaskKey: 'same' })
    const { faults } = tenant.server
    for (const name of switches) faults.add({ version: 1, faults: [{ name, when: {}, do: { action: 'switch', switch: name } }] })
    const refused = error(await add(list, { TaskKey: 'Same' }))
    faults.clear()
    expect(refused).toMatchObject({ status, code: refusal })
    expect(page(await call(`${list}/items`)).value).toHaveLength(1)
  })
  test('unknown columns and wrong values are refused in the service’s words', async () => {
    const list = await taskList()
    expect(error(await add(list, { Nope: 1 }))).toMatchObject({
      status: 400,
      code: 'invalidRequest',
      message: "Field 'Nope' is not recognized",
    })
    expect(error(await add(list, { State: 'x'.repeat(256) })).status).toBe(400)
    expect(error(await call(`${list}/items`, { json: { fields: {}, extra: true } })).status).toBe(400)
    expect(error(await call(`${list}/items`, { body: '{', headers: { 'content-type': 'application/json' } })).status).toBe(400)
    expect(page(await call(`${list}/items`)).value).toHaveLength(0)
  })
})

describe('queries', () => {
  test('filter, order and pages by nextLink', async () => {
    const list = await taskList()
    for (let n = 1; n <= 7; n += 1) await add(list, { TaskKey: `k${n}`, State: n % 2 === 0 ? 'even' : 'odd', Epoch: n })
    const ids: string[] = []
    let next: string | undefined =
      `${list}/items?$expand=fields($select=State)&$filter=fields/State eq 'odd'&$orderby=fields/TaskKey desc&$top=3`
    while (next !== undefined) {
      const found: z.infer<typeof pageSchema> = page(await call(next))
      ids.push(...found.value.map((entry) => entry.id))
      next = found['@odata.nextLink']
      if (next !== undefined) expect(new URL(next).searchParams.has('$skiptoken')).toBe(true)
    }
    expect(ids).toEqual(['7', '5', '3', '1'])
  })
  test('the fields/ prefix and an index are needed; the Prefer header lifts the second', async () => {
    const list = await taskList()
    await add(list, { TaskKey: 'k', Epoch: 3 })
    expect(error(await call(`${list}/items?$filter=State eq 'x'`))).toMatchObject({
      status: 500,
      code: 'generalException',
      message: 'General exception while processing',
    })
    const refused = error(await call(`${list}/items?$filter=fields/Epoch eq 3`))
    expect(refused).toMatchObject({ status: 400, code: 'invalidRequest' })
    expect(refused.message).toMatch(
      /^Field 'Epoch' cannot be referenced in filter or orderby as it is not indexed\. Provide the 'Prefer: HonorNonIndexedQueriesWarningMayFailRandomly' header/,
    )
    expect(error(await call(`${list}/items?$orderby=fields/Epoch`)).status).toBe(400)
    const prefer = { prefer: 'HonorNonIndexedQueriesWarningMayFailRandomly' }
    expect(page(await call(`${list}/items?$filter=fields/Epoch eq 3`, { headers: prefer })).value).toHaveLength(1)
    expect(page(await call(`${list}/items?$filter=fields/id eq 1`)).value).toHaveLength(1)
  })
  test.each([
    '$filter=fields/State like',
    '$filter=contains(fields/State,1)',
    '$skip=3',
    '$count=true',
    '$apply=x',
    '$filter=fields/Nope eq 1',
    '$select=nope',
    '$expand=nope',
    '$skiptoken=Zm9v',
  ])('%s is a loud 400', async (query) => {
    const list = await taskList()
    expect((await call(`${list}/items?${query}`)).status).toBe(400)
  })
  test('above 5,000 items a non-indexed filter is 429 even with the header', async () => {
    const list = await taskList()
    const store = listsOf(tenant.tenant)
    const listId = list.slice('/lists/'.length)
    for (let n = 0; n <= 5_000; n += 1)
      store.items.create(listId, { TaskKey: `k${n}`, State: 'same', Epoch: n }, { displayName: 'seed' })
    const prefer = { prefer: 'HonorNonIndexedQueriesWarningMayFailRandomly' }
    expect((await call(`${list}/items?$filter=fields/Epoch eq 3`, { headers: prefer })).status).toBe(429)
    expect((await call(`${list}/items?$filter=fields/State eq 'same'`)).status).toBe(429)
    expect(page(await call(`${list}/items?$filter=fields/TaskKey eq 'k3'`)).value).toHaveLength(1)
  })
  test('the filter of the default view leaks into the items endpoint', async () => {
    const list = await taskList()
    await add(list, { TaskKey: 'a', State: 'shown' })
    await add(list, { TaskKey: 'b', State: 'hidden' })
    const query = "<Where><Eq><FieldRef Name='State'/><Value Type='Text'>shown</Value></Eq></Where>"
    listsOf(tenant.tenant).updateList(list.slice('/lists/'.length), { settings: { defaultViewQuery: query } })
    expect(page(await call(`${list}/items`)).value.map((entry) => entry.id)).toEqual(['1'])
  })
})

describe('delta', () => {
  test('enumerates, then follows changes with the latest state; a foreign token must resync', async () => {
    const list = await taskList()
    for (const key of ['a', 'b', 'c']) await add(list, { TaskKey: key })
    const first = page(await call(`${list}/items/delta?$top=2&$expand=fields($select=TaskKey)`))
    expect(first.value.map((entry) => entry.id)).toEqual(['1', '2'])
    const second = page(await call(first['@odata.nextLink'] ?? ''))
    expect(second.value.map((entry) => entry.id)).toEqual(['3'])
    await call(`${list}/items/1/fields`, { method: 'PATCH', json: { State: 'x' } })
    await call(`${list}/items/1/fields`, { method: 'PATCH', json: { State: 'y' } })
    await call(`${list}/items/2`, { method: 'DELETE' })
    const changes = page(await call(second['@odata.deltaLink'] ?? ''))
    expect(changes.value).toMatchObject([{ id: '1', eTag: expect.stringMatching(/,3"$/) }])
    const third = page(await call(changes['@odata.nextLink'] ?? ''))
    expect(third.value).toMatchObject([{ id: '2', deleted: { state: 'deleted' } }])
    expect(page(await call(third['@odata.deltaLink'] ?? '')).value).toEqual([])
    const latest = page(await call(`${list}/items/delta?token=latest`))
    expect(latest.value).toEqual([])
    const other = await taskList()
    const foreign = new URL(latest['@odata.deltaLink'] ?? '').searchParams.get('token') ?? ''
    const resync = await call(`${other}/items/delta?token=${foreign}`)
    expect(error(resync)).toMatchObject({ status: 410, code: 'resyncRequired' })
    expect(resync.headers.location).toContain('/items/delta')
    expect(error(await call(`${list}/items/delta?token=nonsense`)).status).toBe(400)
  })
})

describe('libraries are lists too', () => {
  test('list of a drive, list item of a drive item, its columns by PATCH', async () => {
    const site = tenant.sites.find((candidate) => candidate.path === '/sites/migration')
    const library = tenant.tenant.sites.libraries(site?.siteId ?? '')[0]
    if (library === undefined) throw new Error('no library')
    const folder = tenant.tenant.items.createFolder(library.driveId, library.rootItemId, 'Q3', { displayName: 'seed' })
    expect((await call(`${GRAPH}/drives/${library.driveId}/list`)).json()).toMatchObject({
      id: library.listId,
      list: { template: 'documentLibrary' },
    })
    const path = `${GRAPH}/drives/${library.driveId}/items/${folder.itemId}/listItem`
    const found = item(await call(`${path}?$expand=fields`))
    expect(found.fields).toMatchObject({ FileLeafRef: 'Q3', ContentType: 'Folder' })
    expect((await call(`${path}/fields`, { method: 'PATCH', json: { Title: 'third' } })).json()).toMatchObject({ Title: 'third' })
    expect(item(await call(`/lists/${library.listId}/items/${found.id}?$expand=fields`)).fields).toMatchObject({ Title: 'third' })
    expect(page(await call('/lists/Documents/items')).value.map((entry) => entry.id)).toContain(found.id)
  })
})

test('who has no access to a site sees nothing of its lists', async () => {
  const mySite = tenant.sites.find((site) => site.path === '/personal/ann_contoso_com')
  const path = `${GRAPH}/sites/${mySite?.hostname},${mySite?.siteId},${mySite?.webId}/lists`
  expect((await call(path, { token: tenant.token({ as: 'ann' }) })).status).toBe(200)
  expect(error(await call(path, { token: tenant.token({ as: 'bob' }) }))).toMatchObject({ status: 403, code: 'accessDenied' })
})
