import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { setDuplicateRefusal } from '../lists/graphErrors.ts'
import { listsOf } from '../lists/tenantLists.ts'
import { startTestTenant, type TestTenant, type WireReply, type WireRequest } from '../testing/testTenant.ts'

const SITE = 'https://contoso.sharepoint.com/sites/migration'
const NONE = { accept: 'application/json;odata=nometadata' }
const MINIMAL = { accept: 'application/json' }
const VERBOSE = { accept: 'application/json;odata=verbose' }
let tenant: TestTenant
let token: string
let lists = 0

beforeAll(async () => {
  tenant = await startTestTenant({ seed: 1 })
  token = tenant.token({ resource: 'sharepoint' })
})
afterAll(() => tenant.close())

const call = (path: string, init: WireRequest = {}): Promise<WireReply> =>
  tenant.fetchAt(`${path.startsWith('https:') ? '' : SITE}${path}`.replaceAll(' ', '%20'), {
    token,
    ...init,
    headers: { ...NONE, ...init.headers },
  })
const merge = (path: string, json: object, eTag = '*') =>
  call(path, { json, headers: { 'x-http-method': 'MERGE', 'if-match': eTag } })
const errorBody = z.object({
  'odata.error': z.object({ code: z.string(), message: z.object({ lang: z.string(), value: z.string() }) }),
})
const refusal = (reply: WireReply) => {
  const error = errorBody.parse(reply.json())['odata.error']
  return { status: reply.status, code: error.code, message: error.message.value }
}
const page = (reply: WireReply) =>
  z.looseObject({ value: z.array(z.looseObject({})), 'odata.nextLink': z.string().optional() }).parse(reply.json())
const SP = 'Microsoft.SharePoint'

async function taskList(): Promise<string> {
  lists += 1
  const made = await call('/_api/web/lists', {
    json: {
      Title: `tasks-${lists}`,
      BaseTemplate: 100,
      Hidden: true,
      NoCrawl: true,
      OnQuickLaunch: false,
      EnableAttachments: false,
      EnableVersioning: false,
    },
  })
  expect(made.status).toBe(201)
  const list = `/_api/web/lists(guid'${z.looseObject({ Id: z.string() }).parse(made.json()).Id}')`
  for (const field of [
    { Title: 'TaskKey', FieldTypeKind: 2, Indexed: true, EnforceUniqueValues: true },
    { Title: 'State', FieldTypeKind: 2, Indexed: true },
    { Title: 'Rank', FieldTypeKind: 9 },
    { Title: 'Due', FieldTypeKind: 4 },
    { Title: 'Ready', FieldTypeKind: 8 },
    { Title: 'Payload', FieldTypeKind: 3 },
  ])
    expect((await call(`${list}/fields`, { json: field })).status).toBe(201)
  return list
}
const add = (list: string, json: object) => call(`${list}/items`, { json })

describe('dialects', () => {
  test('each wraps and annotates in its own way', async () => {
    const list = await taskList()
    await add(list, { Title: 'one', TaskKey: 'k' })
    const path = `${list}/items(1)?$select=Id,Title`
    const none = await call(path)
    expect(none.json()).toEqual({ Id: 1, Title: 'one' })
    const minimal = await call(path, { headers: MINIMAL })
    expect(minimal.json()).toMatchObject({
      'odata.type': `SP.Data.Tasks${lists}ListItem`,
      'odata.etag': none.headers.etag,
      Title: 'one',
    })
    expect(minimal.json()).toHaveProperty(['odata.metadata'])
    const verbose = await call(path, { headers: VERBOSE })
    expect(verbose.json()).toMatchObject({
      d: { __metadata: { etag: none.headers.etag, type: `SP.Data.Tasks${lists}ListItem` }, Title: 'one' },
    })
    const v4 = await call(path, { headers: { accept: 'application/json;odata.metadata=minimal' } })
    expect(v4.json()).toMatchObject({
      '@odata.etag': none.headers.etag,
      '@odata.type': `#SP.Data.Tasks${lists}ListItem`,
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
      (await call(`${list}/items`, { json: { __metadata: { type: `SP.Data.Tasks${lists}ListItem` }, Title: 'x' }, headers }))
        .status,
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
    setDuplicateRefusal(tenant.tenant, 'generalException')
    expect(refusal(await add(list, { TaskKey: 'K' }))).toEqual({ status: 500, ...expected })
    setDuplicateRefusal(tenant.tenant, 'invalidRequest')
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

describe('web, users, rights', () => {
  test('web, site, current user, digest', async () => {
    expect((await call('/_api/web?$select=Title,ServerRelativeUrl')).json()).toEqual({
      Title: 'Migration',
      ServerRelativeUrl: '/sites/migration',
    })
    expect((await call('/_api/site?$select=Url')).json()).toEqual({ Url: SITE })
    const asAnn = tenant.token({ as: 'ann', resource: 'sharepoint' })
    expect((await call('/_api/web/currentuser?$select=LoginName,IsSiteAdmin', { token: asAnn })).json()).toEqual({
      LoginName: 'i:0#.f|membership|ann@contoso.com',
      IsSiteAdmin: false,
    })
    const asAdmin = tenant.token({ as: 'admin', resource: 'sharepoint' })
    expect((await call('/_api/web/currentuser?$select=IsSiteAdmin', { token: asAdmin })).json()).toEqual({ IsSiteAdmin: true })
    const digest = await call('/_api/contextinfo', { method: 'POST', headers: VERBOSE })
    expect(digest.json()).toMatchObject({ d: { GetContextWebInformation: { FormDigestTimeoutSeconds: 1800, WebFullUrl: SITE } } })
    expect((await call('https://contoso.sharepoint.com/sites/nowhere/_api/web')).status).toBe(404)
    expect((await call('/_api/web/nonsense(1)/more')).status).toBe(404)
    expect(tenant.journal().at(-1)).toMatchObject({ unknown: true })
  })
  test('ensureuser knows claims, UPNs and groups, ids belong to one site', async () => {
    const id = z.looseObject({ Id: z.number(), LoginName: z.string(), PrincipalType: z.number() })
    const ensure = async (logonName: string, site = '') =>
      id.parse((await call(`${site}/_api/web/ensureuser`, { json: { logonName } })).json())
    const bob = await ensure('i:0#.f|membership|bob@contoso.com')
    expect(await ensure('bob@contoso.com')).toEqual(bob)
    expect(bob).toMatchObject({ PrincipalType: 1 })
    const group = tenant.tenant.directory.groups().find((candidate) => candidate.kind === 'security')
    expect(await ensure(`c:0t.c|tenant|${group?.objectId}`)).toMatchObject({ PrincipalType: 4 })
    expect(await ensure(`c:0-.f|rolemanager|spo-grid-all-users/${tenant.tenantId}`)).toMatchObject({ PrincipalType: 4 })
    expect(refusal(await call('/_api/web/ensureuser', { json: { logonName: 'ghost@contoso.com' } })).message).toBe(
      'The specified user ghost@contoso.com could not be found.',
    )
    expect((await call(`/_api/web/getuserbyid(${bob.Id})?$select=Id`)).json()).toEqual({ Id: bob.Id })
  })
  test('without access 403 with -2147024891; a Graph token 401', async () => {
    const mySite = 'https://contoso-my.sharepoint.com/personal/ann_contoso_com/_api/web'
    const denied = await call(mySite, { token: tenant.token({ as: 'bob', resource: 'sharepoint' }) })
    expect(refusal(denied)).toMatchObject({ status: 403, code: expect.stringMatching(/^-2147024891/) })
    expect((await call(mySite, { token: tenant.token({ as: 'ann', resource: 'sharepoint' }) })).status).toBe(200)
    const reader = tenant.token({ app: 'unprivileged', resource: 'sharepoint' })
    expect(refusal(await call('/_api/web/lists', { json: { Title: 'no', BaseTemplate: 100 }, token: reader })).code).toMatch(
      /^-2147024891/,
    )
    const list = await taskList()
    expect((await call(`${list}/items`, { json: { TaskKey: '1' }, token: reader })).status).toBe(403)
    expect((await call('/_api/web', { token: tenant.token() })).status).toBe(401)
  })
  test('role definitions carry their constant ids', async () => {
    const roles = page(await call('/_api/web/roledefinitions?$select=Id,Name,RoleTypeKind')).value
    expect(roles).toContainEqual({ Id: 1073741829, Name: 'Full Control', RoleTypeKind: 5 })
    expect(roles).toHaveLength(7)
  })
})

describe('permissions of one securable', () => {
  test('break, assign, read, inherit again; Limited Access and strangers are refused', async () => {
    const list = await taskList()
    const assign = (principal: number, role: number) =>
      call(`${list}/roleassignments/addroleassignment(principalid=${principal},roledefid=${role})`, { method: 'POST' })
    const bob = z
      .looseObject({ Id: z.number() })
      .parse((await call('/_api/web/ensureuser', { json: { logonName: 'bob@contoso.com' } })).json()).Id
    expect((await assign(bob, 1073741827)).status).toBe(400)
    const asCarla = tenant.token({ as: 'carla', resource: 'sharepoint' })
    const asBob = tenant.token({ as: 'bob', resource: 'sharepoint' })
    expect((await call(`${list}/items`, { token: asCarla })).status).toBe(200)
    expect(
      (await call(`${list}/breakroleinheritance(copyRoleAssignments=false,clearSubscopes=true)`, { method: 'POST' })).status,
    ).toBe(200)
    expect((await call(`${list}?$select=HasUniqueRoleAssignments`)).json()).toEqual({ HasUniqueRoleAssignments: true })
    expect((await call(`${list}/items`, { token: asCarla })).status).toBe(403)
    expect((await assign(bob, 1073741826)).status).toBe(200)
    expect((await assign(bob, 1073741826)).status).toBe(200)
    expect((await call(`${list}/items`, { token: asBob })).status).toBe(200)
    expect((await call(`${list}/items`, { json: { TaskKey: 'b' }, token: asBob })).status).toBe(403)
    expect((await assign(bob, 1073741825)).status).toBe(400)
    expect((await assign(4711, 1073741826)).status).toBe(404)
    const read = page(
      await call(
        `${list}/roleassignments?$expand=Member,RoleDefinitionBindings&$select=PrincipalId,Member/LoginName,RoleDefinitionBindings/Id`,
      ),
    )
    expect(read.value).toContainEqual({
      PrincipalId: bob,
      Member: { LoginName: 'i:0#.f|membership|bob@contoso.com' },
      RoleDefinitionBindings: [{ Id: 1073741826 }],
    })
    expect(
      (await call(`${list}/roleassignments/getbyprincipalid(${bob})`, { method: 'POST', headers: { 'x-http-method': 'DELETE' } }))
        .status,
    ).toBe(200)
    expect((await call(`${list}/items`, { token: asBob })).status).toBe(403)
    await call(`${list}/resetroleinheritance()`, { method: 'POST' })
    expect((await call(`${list}/items`, { token: asCarla })).status).toBe(200)
  })
})

describe('folders and files', () => {
  const web = "/_api/web/GetFolderByServerRelativePath(decodedurl='/sites/migration/Shared Documents')"
  test('made, listed, downloaded, replaced and removed', async () => {
    expect(
      (await call(`${web}/Folders/AddUsingPath(DecodedUrl='It''s 100%25 %23 fine',overwrite=false)`, { method: 'POST' })).json(),
    ).toMatchObject({ ServerRelativeUrl: "/sites/migration/Shared Documents/It's 100% # fine" })
    const folder =
      "/_api/web/GetFolderByServerRelativePath(decodedurl='%2Fsites%2Fmigration%2FShared%20Documents%2FIt''s%20100%25%20%23%20fine')"
    const addFile = (overwrite: boolean, body: string) =>
      call(`${folder}/Files/AddUsingPath(decodedurl='a.txt',overwrite=${overwrite})`, { method: 'POST', body })
    expect((await addFile(false, 'one')).json()).toMatchObject({ Name: 'a.txt', Length: '3', UIVersionLabel: '1.0' })
    expect(refusal(await addFile(false, 'two'))).toMatchObject({ status: 400, code: `-2130575257, ${SP}.SPException` })
    expect((await addFile(true, 'three')).json()).toMatchObject({ UIVersionLabel: '2.0' })
    expect((await call(`${folder}/Files('a.txt')/$value`)).text).toBe('three')
    expect(page(await call(`${folder}/Files?$select=Name`)).value).toEqual([{ Name: 'a.txt' }])
    expect((await call(`${folder}/Files('a.txt')/ListItemAllFields?$select=FileLeafRef`)).json()).toEqual({
      FileLeafRef: 'a.txt',
    })
    const items = page(
      await call("/_api/web/lists/getByTitle('Documents')/items?$select=Id,FileRef&$filter=FSObjType eq 0"),
    ).value
    expect(items).toMatchObject([{ FileRef: "/sites/migration/Shared Documents/It's 100% # fine/a.txt" }])
    expect(
      (await call(`${folder}/Files('a.txt')`, { method: 'POST', headers: { 'x-http-method': 'DELETE', 'if-match': '*' } }))
        .status,
    ).toBe(200)
    expect(refusal(await call(`${folder}/Files('a.txt')`))).toMatchObject({ status: 404 })
  })
  test('a chunked upload continues where it stopped', async () => {
    await call(`${web}/Files/AddUsingPath(decodedurl='big.bin')`, { method: 'POST' })
    const file = "/_api/web/GetFileByServerRelativePath(decodedurl='/sites/migration/Shared Documents/big.bin')"
    const id = '11111111-2222-4333-8444-555555555555'
    const send = (operation: string, body: string) => call(`${file}/${operation}`, { method: 'POST', body })
    expect((await send(`startUpload(uploadId=guid'${id}')`, 'aaaa')).json()).toMatchObject({ value: '4' })
    expect((await send(`continueUpload(uploadId=guid'${id}',fileOffset=3)`, 'x')).status).toBe(409)
    expect((await send(`continueUpload(uploadId=guid'${id}',fileOffset=4)`, 'bbbb')).json()).toMatchObject({ value: '8' })
    expect((await send(`finishUpload(uploadId=guid'${id}',fileOffset=8)`, 'cc')).json()).toMatchObject({ Length: '10' })
    expect((await call(`${file}/$value`)).text).toBe('aaaabbbbcc')
    expect((await send(`finishUpload(uploadId=guid'${id}',fileOffset=8)`, 'cc')).status).toBe(400)
  })
})

describe('site creation', () => {
  test('is provisioning for a while, then ready and there', async () => {
    const url = 'https://contoso.sharepoint.com/sites/brand-new'
    const status = async () =>
      z
        .looseObject({ SiteStatus: z.number(), SiteId: z.string() })
        .parse((await call(`/_api/SPSiteManager/status?url='${encodeURIComponent(url)}'`)).json())
    const create = (owner?: string) =>
      call('/_api/SPSiteManager/create', {
        json: {
          request: {
            Title: 'Brand new',
            Url: url,
            Lcid: 1033,
            WebTemplate: 'STS#3',
            ...(owner === undefined ? {} : { Owner: owner }),
          },
        },
      })
    expect((await status()).SiteStatus).toBe(0)
    expect((await create()).status).toBe(400)
    expect((await create('ann@contoso.com')).json()).toMatchObject({ SiteStatus: 1, SiteId: '' })
    expect((await status()).SiteStatus).toBe(1)
    expect((await call(`${url}/_api/web`)).status).toBe(404)
    tenant.tenant.clock.advance(10_000)
    expect(await status()).toMatchObject({ SiteStatus: 2, SiteId: expect.stringMatching(/^[0-9a-f-]{36}$/) })
    expect((await call(`${url}/_api/web?$select=Title`)).json()).toEqual({ Title: 'Brand new' })
    expect((await create('ann@contoso.com')).json()).toMatchObject({ SiteStatus: 4 })
  })
})

describe('$batch', () => {
  test('runs every part, whatever the others do', async () => {
    const list = await taskList()
    const part = (method: string, path: string, body = '', headers = '') =>
      `--batch_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n${method} ${SITE}${path} HTTP/1.1\r\nAccept: application/json;odata=nometadata\r\nContent-Type: application/json\r\n${headers}\r\n${body}\r\n`
    const body = [
      part('POST', `${list}/items`, '{"TaskKey":"a"}'),
      part('POST', `${list}/items`, '{"TaskKey":"a"}'),
      part('POST', `${list}/items`, '{"TaskKey":"b"}'),
      part('MERGE', `${list}/items(1)`, '{"Rank":1}', 'IF-MATCH: "0"\r\n'),
      part('GET', `${list}/items?$select=Id`),
    ].join('')
    const reply = await call('/_api/$batch', {
      method: 'POST',
      body: `${body}--batch_1--\r\n`,
      headers: { 'content-type': 'multipart/mixed; boundary=batch_1' },
    })
    expect(reply.status).toBe(200)
    const statuses = [...reply.text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => Number(match[1]))
    expect(statuses).toEqual([201, 400, 201, 412, 200])
    expect(reply.text).toContain('{"value":[{"Id":1},{"Id":2}]}')
    expect(
      (
        await call('/_api/$batch', {
          method: 'POST',
          body: 'x',
          headers: { 'content-type': 'multipart/mixed; boundary=batch_1' },
        })
      ).status,
    ).toBe(400)
  })
})

describe('filtered queries may lag, reading by id does not', () => {
  test('over the wire', async () => {
    const slow = await startTestTenant({ seed: 1, queryLagMs: 30_000 })
    try {
      const spToken = slow.token({ resource: 'sharepoint' })
      const send = (path: string, init: WireRequest = {}) =>
        slow.fetchAt(`${SITE}${path}`.replaceAll(' ', '%20'), { token: spToken, ...init, headers: { ...NONE, ...init.headers } })
      await send('/_api/web/lists', { json: { Title: 'lag', BaseTemplate: 100 } })
      const list = "/_api/web/lists/getByTitle('lag')"
      await send(`${list}/fields`, { json: { Title: 'State', FieldTypeKind: 2, Indexed: true } })
      for (let n = 0; n < 8; n += 1) await send(`${list}/items`, { json: { State: 'ready' } })
      expect((await send(`${list}/items(8)`)).status).toBe(200)
      const query = async () => page(await send(`${list}/items?$filter=State eq 'ready'&$select=Id`)).value.length
      expect(await query()).toBeLessThan(8)
      slow.tenant.clock.advance(30_000)
      expect(await query()).toBe(8)
    } finally {
      await slow.close()
    }
  })
})

describe('what the CLI for Microsoft 365 sends', () => {
  test('content types, versions, stubs, aliases, quoted numbers', async () => {
    const list = await taskList()
    expect(page(await call(`${list}/contenttypes?$select=Name,Id`)).value).toMatchObject([{ Name: 'Item' }, { Name: 'Folder' }])
    const made = await call(`${list}/AddValidateUpdateItemUsingPath()`, {
      json: {
        formValues: [
          { FieldName: 'Title', FieldValue: 'by form' },
          { FieldName: 'Rank', FieldValue: '3' },
        ],
      },
    })
    expect(page(made).value).toContainEqual(expect.objectContaining({ FieldName: 'Id', FieldValue: '1', HasException: false }))
    expect((await call(`${list}/items(1)`)).json()).toMatchObject({ Title: 'by form', Rank: 3 })
    const folder = '/_api/web/GetFolderByServerRelativePath(DecodedUrl=@a1)'
    const alias = `@a1=%27${encodeURIComponent('/sites/migration/Shared Documents')}%27`
    expect(
      (await call(`${folder}/AddSubFolderUsingPath(DecodedUrl=@a2)?${alias}&@a2=%27sub%27`, { method: 'POST' })).status,
    ).toBe(200)
    const id = '21111111-2222-4333-8444-555555555555'
    const stub = await call(
      `${folder}/Files/GetByPathOrAddStub(DecodedUrl='cli.bin')/StartUpload(uploadId=guid'${id}')?${alias}`,
      { method: 'POST', body: 'abc' },
    )
    expect(stub.json()).toMatchObject({ value: '3' })
    const finish = await call(`${folder}/Files('cli.bin')/FinishUpload(uploadId=guid'${id}',fileOffset=3)?${alias}`, {
      method: 'POST',
      body: 'd',
    })
    expect(finish.json()).toMatchObject({ Length: '4' })
    expect(page(await call(`${folder}/Files('cli.bin')/versions?${alias}`)).value).toMatchObject([
      { VersionLabel: '1.0', Size: 0 },
    ])
    expect(page(await call('/_api/web/siteusers?$filter=IsSiteAdmin eq true&$select=LoginName')).value).not.toContainEqual({
      LoginName: 'i:0#.f|membership|bob@contoso.com',
    })
    expect((await call(`/_api/web/ensureUser('bob@contoso.com')?$select=Id`, { method: 'POST' })).json()).toEqual({
      Id: expect.any(Number),
    })
    expect((await call('https://contoso-admin.sharepoint.com/_api/SPO.Tenant')).status).toBeGreaterThanOrEqual(404)
    expect(tenant.journal().at(-1)).toMatchObject({ unknown: true })
  })
})
