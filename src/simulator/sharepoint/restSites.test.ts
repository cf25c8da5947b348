import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { TestTenant } from '../testing/testTenant.ts'
import { openRestSite, page, type RestSite, refusal, SITE, VERBOSE } from './restTesting.ts'

let site: RestSite
let tenant: TestTenant
const call: RestSite['call'] = (...args) => site.call(...args)
const taskList: RestSite['taskList'] = (...args) => site.taskList(...args)

beforeAll(async () => {
  site = await openRestSite()
  tenant = site.tenant
})
afterAll(() => tenant.close())

describe('web, users, rights', () => {
  test('web, site, current user, digest', async () => {
    expect((await call('/_api/web?$select=Title,ServerRelativeUrl')).json()).toEqual({
      Title: 'Migration',
      ServerRelativeUrl: '/sites/migration',
    })
    expect((await call('/_api/site?$select=Url')).json()).toEqual({ Url: SITE })
    const web = z
      .object({ Id: z.guid(), RootFolder: z.object({ UniqueId: z.guid(), ServerRelativeUrl: z.string() }) })
      .parse((await call('/_api/web?$select=Id,RootFolder/UniqueId,RootFolder/ServerRelativeUrl&$expand=RootFolder')).json())
    expect(web.RootFolder).toMatchObject({ ServerRelativeUrl: '/sites/migration' })
    expect(web.RootFolder.UniqueId).not.toBe(web.Id)
    expect((await call('/_api/web/rootfolder?$select=UniqueId')).json()).toEqual({ UniqueId: web.RootFolder.UniqueId })
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

  test('the mask of the web is that of the one who asks; where script is off nobody may customise pages', async () => {
    const mask = async (as?: string) => {
      const choice = as === undefined ? {} : { token: tenant.token({ as, resource: 'sharepoint' }) }
      return (await call('/_api/web?$select=EffectiveBasePermissions', choice)).json()
    }
    expect(await mask()).toEqual({ EffectiveBasePermissions: { High: '2147483647', Low: '4294705151' } })
    expect(await mask('carla')).toEqual({ EffectiveBasePermissions: { High: '432', Low: '1011030767' } })
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
