import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DriveClient, listOf, objectOf, startDriveClient, textOf } from '../testing/driveClient.ts'

let client: DriveClient
beforeAll(async () => {
  client = await startDriveClient()
})
afterAll(() => client.close())

const call: DriveClient['call'] = (path, init) => client.call(path.replace('{d}', client.base), init)

describe('driveItem', () => {
  test('a file has exactly the members of the service', async () => {
    await client.folder('', 'Q3 #1')
    const { data } = await client.put('Q3%20%231/plan.txt', 'hello')
    const reply = await call(`{d}/items/${textOf(data.id)}`)
    const item = client.world.tenant.items.byPath(client.library.driveId, ['Q3 #1', 'plan.txt'])
    const guid = `{${item?.uniqueId.toUpperCase()}}`
    expect(reply.data).toEqual({
      '@odata.context': expect.stringContaining('/items/$entity'),
      '@odata.etag': `"${guid},1"`,
      '@microsoft.graph.downloadUrl': expect.stringMatching(
        /^https:\/\/contoso\.sharepoint\.com\/sites\/finance\/_layouts\/15\/download\.aspx\?UniqueId=/,
      ),
      id: item?.itemId,
      name: 'plan.txt',
      size: 5,
      eTag: `"${guid},1"`,
      cTag: `"c:${guid},1"`,
      createdDateTime: '2026-08-20T09:15:02Z',
      lastModifiedDateTime: '2026-08-20T09:15:02Z',
      webUrl: 'https://contoso.sharepoint.com/sites/finance/Shared%20Documents/Q3%20%231/plan.txt',
      createdBy: { application: { id: client.world.clientId, displayName: 'Portage practice' } },
      lastModifiedBy: { application: { id: client.world.clientId, displayName: 'Portage practice' } },
      parentReference: {
        driveType: 'documentLibrary',
        driveId: client.library.driveId,
        id: item?.parentId,
        name: 'Q3 #1',
        path: `/drives/${client.library.driveId}/root:/Q3%20%231`,
        siteId: client.site.siteId,
      },
      fileSystemInfo: { createdDateTime: '2026-08-20T09:15:02Z', lastModifiedDateTime: '2026-08-20T09:15:02Z' },
      file: { mimeType: 'text/plain', hashes: { quickXorHash: item?.quickXorHash } },
    })
    expect(reply.headers.etag).toBe(`"${guid},1"`)
  })

  test('a folder has a child count and no cTag; a notebook is a package without folder facet', async () => {
    const id = await client.folder('', 'Notes')
    expect((await call(`{d}/items/${id}`)).data).toMatchObject({ folder: { childCount: 0 } })
    expect((await call(`{d}/items/${id}`)).data).not.toHaveProperty('cTag')
    await client.put('Notes/Open%20Notebook.onetoc2', 'toc')
    const { data } = await call(`{d}/items/${id}`)
    expect(data).toMatchObject({ package: { type: 'oneNote' } })
    expect(data).not.toHaveProperty('folder')
    expect((await client.put('Notes', 'a file of that name')).problem).toMatchObject({ status: 409, code: 'nameAlreadyExists' })
  })

  test('sharepointIds come with $select only; an unknown member is refused and journalled', async () => {
    await client.put('ids.txt', '1')
    const { data } = await call('{d}/root:/ids.txt?$select=id,sharepointIds')
    expect(data.sharepointIds).toMatchObject({
      listId: client.library.listId,
      webId: client.site.webId,
      siteUrl: 'https://contoso.sharepoint.com/sites/finance',
      tenantId: client.world.tenantId,
    })
    expect(Object.keys(data).sort()).toEqual(['@odata.context', '@odata.etag', 'id', 'sharepointIds'])
    expect((await call('{d}/root:/ids.txt?$select=nope')).status).toBe(400)
    expect((await call('{d}/root:/ids.txt?$skiptoken=x')).status).toBe(400)
    expect(client.world.journal().at(-1)).toMatchObject({ unknown: true, status: 400 })
  })

  test('GET with the present eTag is 304; what does not exist is 404 itemNotFound', async () => {
    const { headers, data } = await client.put('cond.txt', '1')
    const path = `{d}/items/${textOf(data.id)}`
    expect((await call(path, { headers: { 'if-none-match': String(headers.etag) } })).status).toBe(304)
    expect((await call(path, { headers: { 'if-none-match': '"{0},1"' } })).status).toBe(200)
    expect((await call('{d}/root:/absent.txt')).problem).toMatchObject({ status: 404, code: 'itemNotFound' })
    expect((await call('{d}/items/01ABSENT')).problem).toMatchObject({ status: 404, code: 'itemNotFound' })
    expect((await call('/drives/b!absent/root')).problem).toMatchObject({ status: 404, code: 'itemNotFound' })
  })

  test('paths are decoded once; bare parentheses and semicolons cannot be addressed', async () => {
    await client.put('a%2520b%20%27%26%2B.txt', '1')
    expect((await call('{d}/root:/a%2520b%20%27%26%2B.txt')).data.name).toBe("a%20b '&+.txt")
    await client.put('p%281%29.txt', '1')
    expect((await call('{d}/root:/p%281%29.txt')).data.name).toBe('p(1).txt')
    expect((await call('{d}/root:/p(1).txt')).status).toBe(400)
    expect((await client.put('a%3Bb.txt', '1')).status).toBe(400)
    const made = await call('{d}/root/children', { json: { name: 'a;b.txt', file: {} } })
    expect(made.data).toMatchObject({ name: 'a;b.txt', size: 0, file: { mimeType: 'text/plain' } })
    expect((await call(`{d}/items/${textOf(made.data.id)}/content`, { method: 'PUT', body: 'now' })).status).toBe(200)
    expect((await call('{d}/root:/%E0%A4%A')).status).toBe(400)
  })
})

describe('folders', () => {
  test('fail, rename and replace; times of the body are ignored', async () => {
    const json = { name: 'Same', folder: {}, fileSystemInfo: { createdDateTime: '2019-02-01T08:00:00Z' } }
    const first = await call('{d}/root/children', { json })
    expect(first.status).toBe(201)
    expect(objectOf(first.data.fileSystemInfo).createdDateTime).toBe('2026-08-20T09:15:02Z')
    expect((await call('{d}/root/children', { json: { ...json, name: 'SAME' } })).problem).toMatchObject({
      status: 409,
      code: 'nameAlreadyExists',
    })
    const behaviour = '@microsoft.graph.conflictBehavior'
    expect((await call('{d}/root/children', { json: { ...json, [behaviour]: 'rename' } })).data.name).toBe('Same 1')
    const replaced = await call('{d}/root/children', { json: { ...json, [behaviour]: 'replace' } })
    expect([replaced.status, replaced.data.id]).toEqual([200, first.data.id])
    expect((await call('{d}/root/children', { json: { ...json, '@name.conflictBehavior': 'fail' } })).status).toBe(409)
  })

  test.each([
    ['a*b', 400, 'nameContainsInvalidCharacters'],
    ['end.', 400, 'nameContainsInvalidCharacters'],
    ['CON', 400, 'invalidPath'],
    ['Forms', 400, 'invalidPath'],
    ['page_files', 400, 'invalidPath'],
    ['x'.repeat(256), 400, 'pathIsTooLong'],
  ])('the name %s is refused', async (name, status, innerCode) => {
    expect((await call('{d}/root/children', { json: { name, folder: {} } })).problem).toMatchObject({
      status,
      code: 'invalidRequest',
      innerCode,
    })
  })

  test('unknown members, no facet and broken JSON are 400', async () => {
    for (const init of [
      { json: { name: 'x', folder: {}, colour: 1 } },
      { json: { name: 'x' } },
      { body: '{', headers: { 'content-type': 'application/json' } },
    ]) {
      expect((await call('{d}/root/children', init)).status).toBe(400)
    }
  })
})

describe('PATCH', () => {
  test('client times make a version and a new eTag, no new cTag', async () => {
    const { data } = await client.put('times.txt', 'x')
    const fileSystemInfo = { createdDateTime: '2019-02-01T08:00:00Z', lastModifiedDateTime: '2021-11-08T03:57:05Z' }
    const patched = await call(`{d}/items/${textOf(data.id)}`, { method: 'PATCH', json: { fileSystemInfo } })
    expect(patched.data).toMatchObject({ fileSystemInfo, cTag: data.cTag, lastModifiedDateTime: '2026-08-20T09:15:02Z' })
    expect(patched.data.eTag).not.toBe(data.eTag)
    const versions = await call(`{d}/items/${textOf(data.id)}/versions`)
    expect(listOf(versions.data.value).map(({ id }) => id)).toEqual(['2.0', '1.0'])
  })

  test('rename, case-only rename, move by id and by path, collision', async () => {
    const target = await client.folder('', 'Target')
    const { data } = await client.put('move me.txt'.replaceAll(' ', '%20'), 'x')
    const path = `{d}/items/${textOf(data.id)}`
    expect((await call(path, { method: 'PATCH', json: { name: 'MOVE me.txt' } })).data.name).toBe('MOVE me.txt')
    const moved = await call(path, {
      method: 'PATCH',
      json: { parentReference: { id: target, driveId: client.library.driveId, path: '', driveType: '' }, name: 'b.txt' },
    })
    expect([moved.data.name, moved.data.id, objectOf(moved.data.parentReference).id]).toEqual(['b.txt', data.id, target])
    await client.put('b.txt', 'other')
    const back = { parentReference: { path: '/drive/root:' } }
    expect((await call(path, { method: 'PATCH', json: back })).problem).toMatchObject({ status: 409, code: 'nameAlreadyExists' })
    const renamed = await call(`${path}?@microsoft.graph.conflictBehavior=rename`, { method: 'PATCH', json: back })
    expect(renamed.data.name).toBe('b 1.txt')
    expect((await call(path, { method: 'PATCH', json: { parentReference: { driveId: 'b!other', id: 'x' } } })).status).toBe(400)
    expect((await call(`{d}/items/${target}`, { method: 'PATCH', json: { parentReference: { id: target } } })).status).toBe(400)
    expect((await call('{d}/root:/absent', { method: 'PATCH', json: { folder: {} } })).status).toBe(404)
  })

  test('If-Match decides; a malformed one is 400', async () => {
    const { data } = await client.put('match.txt', 'x')
    const patch = (ifMatch: string) =>
      call(`{d}/items/${textOf(data.id)}`, { method: 'PATCH', json: { name: 'match2.txt' }, headers: { 'if-match': ifMatch } })
    expect((await patch('"{00000000-0000-0000-0000-000000000000},9"')).problem).toMatchObject({
      status: 412,
      code: 'resourceModified',
      message: "ETag does not match current item's value",
    })
    expect((await patch('nonsense')).problem).toMatchObject({ status: 400, innerCode: 'malformedEntityTag' })
    expect((await patch(textOf(data.eTag))).status).toBe(200)
    expect((await patch(textOf(data.eTag))).status).toBe(412)
  })
})

describe('of many writers', () => {
  test('exactly one conditional PATCH, PUT or create succeeds', async () => {
    const { data } = await client.put('cas.txt', '0')
    const headers = { 'if-match': textOf(data.eTag) }
    const path = `{d}/items/${textOf(data.id)}`
    const times = (n: number) => ({ fileSystemInfo: { lastModifiedDateTime: `2020-01-0${n}T00:00:00Z` } })
    const patches = await Promise.all([1, 2, 3, 4, 5].map((n) => call(path, { method: 'PATCH', json: times(n), headers })))
    expect(patches.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412, 412])
    const now = { 'if-match': textOf((await call(path)).data.eTag) }
    const body = Buffer.alloc(200_000, 1)
    const puts = await Promise.all([1, 2, 3].map(() => call(`${path}/content`, { method: 'PUT', body, headers: now })))
    expect(puts.map(({ status }) => status).sort()).toEqual([200, 412, 412])
    const creates = await Promise.all(
      [1, 2, 3].map(() => client.put('once.txt', body, '?@microsoft.graph.conflictBehavior=fail')),
    )
    expect(creates.map(({ status }) => status).sort()).toEqual([201, 409, 409])
    const none = { 'if-none-match': '*' }
    const puttings = await Promise.all(
      [1, 2, 3].map(() => call('{d}/root:/twice.txt:/content', { method: 'PUT', body, headers: none })),
    )
    expect(puttings.map(({ status }) => status).sort()).toEqual([201, 412, 412])
  })
})

describe('DELETE', () => {
  test('204, then 404; conditional; recursive', async () => {
    const id = await client.folder('', 'Gone')
    const { data } = await client.put('Gone/x.txt', 'x')
    expect((await call(`{d}/items/${id}`, { method: 'DELETE', headers: { 'if-match': '"{1},1"' } })).status).toBe(412)
    expect((await call(`{d}/items/${id}`, { method: 'DELETE' })).status).toBe(204)
    expect((await call(`{d}/items/${textOf(data.id)}`)).status).toBe(404)
    expect((await call('{d}/root', { method: 'DELETE' })).status).toBe(400)
  })
})

describe('who may', () => {
  test('scopes, roles and sites are judged', async () => {
    const unprivileged = { app: 'unprivileged' } as const
    expect((await call('{d}/root', { as: unprivileged })).status).toBe(200)
    expect((await call('{d}/root/children', { as: unprivileged, json: { name: 'no', folder: {} } })).problem).toMatchObject({
      status: 403,
      code: 'accessDenied',
    })
    expect((await call('{d}/root', { as: { as: 'ann' } })).status).toBe(200)
    const { data } = await call('/users/bob@contoso.com/drive')
    expect((await call(`/drives/${textOf(data.id)}/root`, { as: { as: 'ann' } })).problem).toMatchObject({
      status: 403,
      code: 'accessDenied',
    })
    expect((await call(`/drives/${textOf(data.id)}/root`, { as: { as: 'bob' } })).status).toBe(200)
    expect((await client.bare(`https://graph.microsoft.com/v1.0${client.base}/root`)).status).toBe(401)
    const ownOnly = { as: 'bob', scopes: ['Files.ReadWrite'] }
    expect((await call(`/drives/${textOf(data.id)}/root`, { as: ownOnly })).status).toBe(200)
    expect((await call('{d}/root', { as: ownOnly })).problem).toMatchObject({ status: 403, code: 'accessDenied' })
  })

  test('a folder with permissions of its own guards all that is in it, files and list items alike', async () => {
    const { data: folder } = await call('{d}/root/children', { json: { name: 'closed', folder: {} } })
    const { data: file } = await client.put('closed/f.txt', 'x')
    const select = '?$select=sharepointIds'
    const { listItemId } = objectOf((await call(`{d}/items/${textOf(folder.id)}${select}`)).data.sharepointIds)
    const break_ = `https://contoso.sharepoint.com/sites/finance/_api/web/lists(guid'${client.library.listId}')/items(${String(listItemId)})/breakroleinheritance(copyRoleAssignments=false)`
    const rest = { token: client.world.token({ resource: 'sharepoint' }), headers: { accept: 'application/json' } }
    expect((await client.bare(break_, { method: 'POST', ...rest })).status).toBe(200)
    const ann = { as: { as: 'ann' } }
    const { data: own } = await call(`{d}/items/${textOf(folder.id)}/permissions`)
    expect(listOf(own.value)).toEqual([
      { id: expect.any(String), roles: ['owner'], grantedToV2: { application: expect.anything(), siteUser: expect.anything() } },
    ])
    const { data: below } = await call('{d}/root:/closed/f.txt?$expand=permissions')
    expect(listOf(below.permissions)[0]).toMatchObject({ roles: ['owner'], inheritedFrom: { id: folder.id } })
    expect(client.world.journal().at(-1)?.resourceUnits).toBe(5)
    const { data: page } = await call('{d}/root/children?$expand=permissions&$select=name')
    const open = listOf(page.value).find(({ name }) => name !== 'closed')
    expect(listOf(open?.permissions).map(({ roles }) => roles)).toContainEqual(['write'])
    for (const path of [
      `items/${textOf(file.id)}`,
      'root:/closed/f.txt:/content',
      'root:/closed:/children',
      `items/${textOf(file.id)}/listItem`,
    ]) {
      expect((await call(`{d}/${path}`, ann)).problem).toMatchObject({ status: 403, code: 'accessDenied' })
      expect((await call(`{d}/${path}`)).status).toBeLessThan(400)
    }
    expect((await call('{d}/root:/closed/new.txt:/content', { ...ann, method: 'PUT', body: 'x' })).status).toBe(403)
    expect((await call('{d}/root', ann)).status).toBe(200)
  })

  test('a locked site answers writes with 423 and still reads', async () => {
    client.world.tenant.sites.updateSite(client.site.siteId, { isReadOnly: true })
    expect((await client.put('locked.txt', 'x')).problem).toMatchObject({
      status: 423,
      code: 'notAllowed',
      innerCode: 'resourceLocked',
    })
    expect((await call('{d}/root')).status).toBe(200)
    client.world.tenant.sites.updateSite(client.site.siteId, { isReadOnly: false })
  })
})

test('the lenient profile accepts what some reports say the service tolerates', async () => {
  const lenient = await startDriveClient({ profile: 'lenient' })
  try {
    expect((await lenient.put('p(1);x.txt', '1')).data.name).toBe('p(1);x.txt')
    expect((await lenient.call(`${lenient.base}/root/children`, { json: { name: 'page_files', folder: {} } })).status).toBe(201)
    expect((await lenient.call(`${lenient.base}/root/children?$top=5000`)).status).toBe(200)
    const session = await lenient.call(`${lenient.base}/root:/with-token.bin:/createUploadSession`, { json: {} })
    const fragment = { method: 'PUT', body: 'x', headers: { 'content-range': 'bytes 0-0/1' }, token: lenient.world.token() }
    expect((await lenient.bare(textOf(session.data.uploadUrl), fragment)).status).toBe(201)
  } finally {
    await lenient.close()
  }
})
