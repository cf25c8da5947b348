import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestTenant } from '../testing/testTenant.ts'
import { openRestSite, page, type RestSite, refusal, SP } from './restTesting.ts'

let site: RestSite
let tenant: TestTenant
const call: RestSite['call'] = (...args) => site.call(...args)
const taskList: RestSite['taskList'] = (...args) => site.taskList(...args)

beforeAll(async () => {
  site = await openRestSite()
  tenant = site.tenant
})
afterAll(() => tenant.close())

describe('folders and files', () => {
  const web = "/_api/web/GetFolderByServerRelativePath(decodedurl='/sites/migration/Shared Documents')"
  test('a content whose file is refused is not kept', async () => {
    const kept = () => tenant.tenant.db.prepare('SELECT COUNT(*) AS n FROM contents').get()?.n
    const before = kept()
    const path = `${web}/Files/AddUsingPath(decodedurl='CON',overwrite=true)`
    expect((await call(path, { method: 'POST', body: 'x'.repeat(100) })).status).toBe(400)
    expect(kept()).toBe(before)
  })

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
