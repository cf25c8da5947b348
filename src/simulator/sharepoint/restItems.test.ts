import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { listsOf } from '../lists/tenantLists.ts'
import type { TestTenant } from '../testing/testTenant.ts'
import { MINIMAL, openRestSite, page, type RestSite, refusal, SP, VERBOSE } from './restTesting.ts'

let site: RestSite
let tenant: TestTenant
const call: RestSite['call'] = (...args) => site.call(...args)
const merge: RestSite['merge'] = (...args) => site.merge(...args)
const taskList: RestSite['taskList'] = (...args) => site.taskList(...args)
const add: RestSite['add'] = (...args) => site.add(...args)

beforeAll(async () => {
  site = await openRestSite()
  tenant = site.tenant
})
afterAll(() => tenant.close())

describe('dialects', () => {
  test('each wraps and annotates in its own way', async () => {
    const list = await taskList()
    await add(list, { Title: 'one', TaskKey: 'k' })
    const path = `${list}/items(1)?$select=Id,Title`
    const none = await call(path)
    expect(none.json()).toEqual({ Id: 1, Title: 'one' })
    const minimal = await call(path, { headers: MINIMAL })
    expect(minimal.json()).toMatchObject({
      'odata.type': `SP.Data.Tasks${site.lastList()}ListItem`,
      'odata.etag': none.headers.etag,
      Title: 'one',
    })
    expect(minimal.json()).toHaveProperty(['odata.metadata'])
    const verbose = await call(path, { headers: VERBOSE })
    expect(verbose.json()).toMatchObject({
      d: { __metadata: { etag: none.headers.etag, type: `SP.Data.Tasks${site.lastList()}ListItem` }, Title: 'one' },
    })
    const v4 = await call(path, { headers: { accept: 'application/json;odata.metadata=minimal' } })
    expect(v4.json()).toMatchObject({
      '@odata.etag': none.headers.etag,
      '@odata.type': `#SP.Data.Tasks${site.lastList()}ListItem`,
      Title: 'one',
    })
    const listing = await call(`${list}/items?$select=Id`, { headers: VERBOSE })
    expect(listing.json()).toMatchObject({ d: { results: [{ Id: 1 }] } })
    expect((await call(path, { headers: { accept: '*/*' } })).status).toBe(406)
  })
  test('errors speak the dialect of the request', async () => {
    const path = "/_api/web/lists/getByTitle('nothing')"
    const value = "List 'nothing' does not exist at site with URL 'https://contoso.sharepoint.com/sites/migration'."
    const minimal = await call(path, { headers: MINIMAL })
    expect(minimal.status).toBe(404)
    expect(minimal.json()).toEqual({ 'odata.error': { code: '-1, System.ArgumentException', message: { lang: 'en-US', value } } })
    expect((await call(path, { headers: VERBOSE })).json()).toMatchObject({
      error: { code: '-1, System.ArgumentException', message: { value } },
    })
    expect((await call(path, { headers: { accept: 'application/json;odata.metadata=none' } })).json()).toEqual({
      error: { code: '-1, System.ArgumentException', message: value },
    })
  })
  test('odata=verbose bodies need their type', async () => {
    const list = await taskList()
    const headers = { ...VERBOSE, 'content-type': 'application/json;odata=verbose' }
    expect((await call(`${list}/items`, { json: { Title: 'x' }, headers })).status).toBe(400)
    expect(
      (await call(`${list}/items`, { json: { __metadata: { type: 'SP.Data.OtherListItem' }, Title: 'x' }, headers })).status,
    ).toBe(400)
    expect(
      (
        await call(`${list}/items`, {
          json: { __metadata: { type: `SP.Data.Tasks${site.lastList()}ListItem` }, Title: 'x' },
          headers,
        })
      ).status,
    ).toBe(201)
  })
})

describe('items', () => {
  test('MERGE under IF-MATCH answers 204 with the new ETag; a stale one gets the exact 412', async () => {
    const list = await taskList()
    const created = await add(list, { Title: 'one', TaskKey: 'k', Rank: 1 })
    expect(created.status).toBe(201)
    const eTag = String(created.headers.etag)
    expect(eTag).toMatch(/^"[0-9a-f-]{36},1"$/)
    const merged = await merge(`${list}/items(1)`, { Rank: 2 }, eTag)
    expect([merged.status, merged.text]).toEqual([204, ''])
    expect(merged.headers.etag).toBe(eTag.replace(',1"', ',2"'))
    expect(refusal(await merge(`${list}/items(1)`, { Rank: 3 }, eTag))).toEqual({
      status: 412,
      code: '-1, Microsoft.SharePoint.Client.ClientServiceException',
      message: `The request ETag value '${eTag}' does not match the object's ETag value '${eTag.replace(',1"', ',2"')}'.`,
    })
    expect(refusal(await merge(`${list}/items(1)`, { Rank: 3 }, '"8"')).message).toContain(
      `The request ETag value '"8"' does not match`,
    )
    expect((await call(`${list}/items(1)`, { method: 'PATCH', json: { Rank: 4 } })).status).toBe(204)
    expect((await call(`${list}/items(1)`, { method: 'MERGE', json: { Rank: 5 }, headers: { 'if-match': '*' } })).status).toBe(
      204,
    )
    expect((await call(`${list}/items(1)`)).json()).toMatchObject({ Rank: 5, Payload: null, OData__UIVersionString: '1.0' })
    const stale = await call(`${list}/items(1)`, { method: 'POST', headers: { 'x-http-method': 'DELETE', 'if-match': eTag } })
    expect(stale.status).toBe(412)
    expect(
      (await call(`${list}/items(1)`, { method: 'POST', headers: { 'x-http-method': 'DELETE', 'if-match': '*' } })).status,
    ).toBe(200)
    expect(refusal(await call(`${list}/items(1)`))).toMatchObject({
      status: 404,
      message: 'Item does not exist. It may have been deleted by another user.',
    })
  })
  test('a duplicate is told by the name of the exception, with either status', async () => {
    const list = await taskList()
    await add(list, { TaskKey: 'k' })
    const expected = {
      code: `-2130575169, ${SP}.SPDuplicateValuesFoundException`,
      message: expect.stringContaining('duplicate values were found in the following field(s) in the list: [TaskKey].'),
    }
    expect(refusal(await add(list, { TaskKey: 'K' }))).toEqual({ status: 400, ...expected })
    const name = 'duplicateAsServerError'
    tenant.server.faults.add({ version: 1, faults: [{ name, when: {}, do: { action: 'switch', switch: name } }] })
    expect(refusal(await add(list, { TaskKey: 'K' }))).toEqual({ status: 500, ...expected })
    tenant.server.faults.clear()
  })
  test('unknown properties, wrong values and a POST without method are refused', async () => {
    const list = await taskList()
    expect(refusal(await add(list, { Nope: 1 }))).toMatchObject({
      status: 400,
      message: expect.stringContaining("The property 'Nope' does not exist on type 'SP.Data.Tasks"),
    })
    expect(refusal(await add(list, { State: 'x'.repeat(256) })).code).toBe(`-2130575155, ${SP}.SPException`)
    await add(list, { TaskKey: 'k' })
    expect((await call(`${list}/items(1)`, { json: { Rank: 1 } })).status).toBe(400)
    expect((await call(`${list}/items`, { body: 'Title=x', headers: { 'content-type': 'text/plain' } })).status).toBe(415)
  })
  test('form values answer 200 and tell their problems inside', async () => {
    const list = await taskList()
    await add(list, { TaskKey: 'k' })
    const reply = await call(`${list}/items(1)/validateUpdateListItem`, {
      json: {
        formValues: [
          { FieldName: 'Rank', FieldValue: 'high' },
          { FieldName: 'State', FieldValue: 'x' },
        ],
        bNewDocumentUpdate: false,
      },
    })
    expect(reply.status).toBe(200)
    expect(page(reply).value).toMatchObject([
      { FieldName: 'Rank', HasException: true },
      { FieldName: 'State', HasException: false },
    ])
    expect((await call(`${list}/items(1)`)).json()).toMatchObject({ State: null })
  })
})

describe('form values of files and folders', () => {
  const path = "/_api/web/GetFolderByServerRelativePath(decodedurl='/sites/migration/Shared Documents/Stamped')/ListItemAllFields"
  const update = (values: Readonly<Record<string, string>>, bNewDocumentUpdate: boolean, at = path) =>
    call(`${at}/ValidateUpdateListItem()`, {
      json: {
        formValues: Object.entries(values).map(([FieldName, FieldValue]) => ({ FieldName, FieldValue })),
        bNewDocumentUpdate,
      },
    })
  const key = (login: string) => JSON.stringify([{ Key: `i:0#.f|membership|${login}@contoso.com` }])
  const item = async (at = path) =>
    z.looseObject({ Created: z.string(), Modified: z.string() }).parse((await call(`${at}?$expand=Author,Editor`)).json())

  test('set author, editor and times without a version, or with one', async () => {
    await call("/_api/web/folders/addusingpath(decodedurl='Shared Documents/Stamped')", { method: 'POST', body: '' })
    const file = path.replace('GetFolder', 'GetFile').replace("Stamped'", "Stamped/f.txt'")
    const folder = path.replace('/ListItemAllFields', '')
    await call(`${folder}/files/addusingpath(decodedurl='f.txt',overwrite=true)`, { method: 'POST', body: 'x' })
    const facts = { Author: key('ann'), Editor: key('bob'), Created: '2019-02-01T08:00:00Z', Modified: '2021-11-08T03:57:05' }
    for (const at of [path, file]) {
      expect(page(await update(facts, true, at)).value.every((each) => each.HasException === false)).toBe(true)
      expect(await item(at)).toMatchObject({
        Created: '2019-02-01T08:00:00Z',
        Modified: '2021-11-08T03:57:05Z',
        OData__UIVersionString: '1.0',
        Author: { UserPrincipalName: 'ann@contoso.com' },
        Editor: { UserPrincipalName: 'bob@contoso.com' },
      })
    }
    await update({ Created: '2018-01-01' }, false, file)
    expect(await item(file)).toMatchObject({ Created: '2018-01-01T00:00:00Z', OData__UIVersionString: '2.0' })
    // Month first on an English site: the classic way to swap days and months.
    await update({ Modified: '3/4/2020 2:30 PM' }, true)
    expect((await item()).Modified).toBe('2020-03-04T14:30:00Z')
  })

  test('are refused one by one, and then nothing is written', async () => {
    const before = await item()
    const reply = await update(
      { Author: key('ghost'), Created: '31/12/2020', Colour: 'red', HTML_x0020_File_x0020_Type: 'OneNote.Notebook', Title: 't' },
      true,
    )
    expect(reply.status).toBe(200)
    expect(page(reply).value.map((each) => each.HasException)).toEqual([true, true, true, true, false])
    expect(await item()).toEqual(before)
  })
})

describe('queries', () => {
  test('100 by default, $skiptoken in odata.nextLink, $skip without effect', async () => {
    const list = await taskList()
    const store = listsOf(tenant.tenant)
    const listId = /guid'([^']+)'/.exec(list)?.[1] ?? ''
    for (let n = 1; n <= 105; n += 1)
      store.items.create(listId, { TaskKey: `k${n}`, State: 's', Rank: n }, { displayName: 'seed' })
    const first = page(await call(`${list}/items?$select=Id`))
    expect(first.value).toHaveLength(100)
    expect(decodeURIComponent(first['odata.nextLink'] ?? '')).toContain('$skiptoken=Paged=TRUE&p_ID=100')
    expect(page(await call(first['odata.nextLink'] ?? '')).value.map((item) => item.Id)).toEqual([101, 102, 103, 104, 105])
    expect(page(await call(`${list}/items?$skip=50&$top=1&$select=Id`)).value).toEqual([{ Id: 1 }])
    expect((await call(`${list}/items?$skip=50&$skiptoken=Paged%3dTRUE%26p_ID%3d3`)).status).toBe(400)
    expect(
      page(await call(`${list}/items?$filter=Rank gt 103&$orderby=Rank desc&$select=Id`)).value.map((item) => item.Id),
    ).toEqual([105, 104])
  })
  test.each([
    ["substringof('a',State)", [1]],
    ["startswith(State,'b')", [2]],
    ["Due ge datetime'2026-01-01T00:00:00Z'", [1]],
    ['Ready eq 1', [1]],
    ['year(Due) eq 2025', [2]],
    ['Rank ne null and (Rank eq 1 or Rank eq 2)', [1, 2]],
    ['AuthorId gt 0', [1, 2]],
  ])('$filter=%s', async (filter, ids) => {
    const list = await taskList()
    await add(list, { TaskKey: '1', State: 'alpha', Due: '2026-02-01T00:00:00Z', Ready: true, Rank: 1 })
    await add(list, { TaskKey: '2', State: 'bet', Due: '2025-02-01T00:00:00Z', Ready: false, Rank: 2 })
    expect(page(await call(`${list}/items?$filter=${filter}&$select=Id`)).value.map((item) => item.Id)).toEqual(ids)
  })
  test.each([
    "$filter=contains(State,'a')",
    "$filter=State like 'a'",
    '$filter=Nope eq 1',
    '$select=Nope',
    '$expand=Nope',
    '$select=Author/Title',
    '$apply=x',
  ])('%s is refused', async (query) => {
    const list = await taskList()
    await add(list, { TaskKey: '1' })
    expect((await call(`${list}/items?${query}`)).status).toBe(400)
  })
  test('people can be expanded', async () => {
    const list = await taskList()
    await call(`${list}/items`, { json: { TaskKey: '1' }, token: tenant.token({ as: 'ann', resource: 'sharepoint' }) })
    const [item] = page(
      await call(`${list}/items?$select=Id,Author/Title,Author/EMail,Author/Email&$expand=Author`.replace('Author/EMail,', '')),
    ).value
    expect(item).toEqual({ Id: 1, Author: { Title: 'Ann Archer', Email: 'ann@contoso.com' } })
  })
  test('above the threshold: 500 SPQueryThrottledException', async () => {
    const list = await taskList()
    const listId = /guid'([^']+)'/.exec(list)?.[1] ?? ''
    for (let n = 0; n <= 5_000; n += 1)
      listsOf(tenant.tenant).items.create(listId, { TaskKey: `k${n}`, Rank: n }, { displayName: 'seed' })
    expect(refusal(await call(`${list}/items?$filter=Rank eq 7`))).toEqual({
      status: 500,
      code: `-2147024860, ${SP}.SPQueryThrottledException`,
      message: 'The attempted operation is prohibited because it exceeds the list view threshold.',
    })
    expect((await call(`${list}/items?$top=5001`)).status).toBe(500)
    expect(page(await call(`${list}/items?$filter=TaskKey eq 'k7'&$select=Id`)).value).toEqual([{ Id: 8 }])
  })
  test('CAML and changes', async () => {
    const list = await taskList()
    const before = z
      .looseObject({ CurrentChangeToken: z.object({ StringValue: z.string() }) })
      .parse((await call(`${list}?$select=CurrentChangeToken`)).json())
    await add(list, { TaskKey: '1', State: 'a' })
    await add(list, { TaskKey: '2', State: 'b' })
    await merge(`${list}/items(1)`, { State: 'c' })
    await call(`${list}/items(2)/recycle`, { method: 'POST' })
    const caml = await call(`${list}/getitems`, {
      json: {
        query: {
          ViewXml: "<View><Query><Where><Eq><FieldRef Name='State'/><Value Type='Text'>c</Value></Eq></Where></Query></View>",
        },
      },
    })
    expect(page(caml).value).toMatchObject([{ Id: 1 }])
    const query = {
      Add: true,
      Update: true,
      DeleteObject: true,
      Item: true,
      ChangeTokenStart: before.CurrentChangeToken,
      FetchLimit: 1000,
    }
    const changes = page(await call(`${list}/GetChanges`, { json: { query } })).value
    expect(changes.map((change) => [change.ItemId, change.ChangeType])).toEqual([
      [1, 1],
      [2, 1],
      [1, 2],
      [2, 3],
    ])
    expect(
      (await call(`${list}/GetChanges`, { json: { query: { ...query, ChangeTokenStart: { StringValue: 'old' } } } })).status,
    ).toBe(400)
  })
})

test('filtered queries may lag, reading by id does not', async () => {
  const slow = await openRestSite({ queryLagMs: 30_000 })
  try {
    const list = await slow.taskList()
    for (let n = 0; n < 8; n += 1) await slow.add(list, { State: 'ready' })
    expect((await slow.call(`${list}/items(8)`)).status).toBe(200)
    const found = async () => page(await slow.call(`${list}/items?$filter=State eq 'ready'&$select=Id`)).value.length
    expect(await found()).toBeLessThan(8)
    slow.tenant.tenant.clock.advance(30_000)
    expect(await found()).toBe(8)
  } finally {
    await slow.tenant.close()
  }
})
