import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DriveClient, startDriveClient } from '../testing/driveClient.ts'
import { createPackageBuilder, type PackageBuilder } from '../testing/packageBuilder.ts'

let drive: DriveClient
let client: PackageBuilder
beforeAll(async () => {
  drive = await startDriveClient()
  client = createPackageBuilder(drive.world, drive.site, drive.library)
})
afterAll(() => drive.close())

const NOBODY = '11111111-2222-4333-8444-555555555555'

describe('access', () => {
  test('people need to be administrators of the site collection; a role in the tenant is not enough', async () => {
    const as = (upn: string) => drive.world.token({ as: upn, resource: 'sharepoint' })
    expect((await client.call('site/ProvisionMigrationContainers', { token: as('ann') })).status).toBe(403)
    expect((await client.call('site/ProvisionMigrationContainers', { token: as('spadmin') })).status).toBe(403)
    expect((await client.call('site/ProvisionMigrationContainers', { token: as('admin') })).status).toBe(200)
    const weak = drive.world.token({ as: 'admin', resource: 'sharepoint', scopes: ['AllSites.Write'] })
    const refused = await client.call('site/ProvisionMigrationContainers', { token: weak })
    expect(refused.json()).toMatchObject({ 'odata.error': { code: '-2147024891, System.UnauthorizedAccessException' } })
    const reader = drive.world.token({ resource: 'sharepoint', roles: ['Sites.ReadWrite.All'] })
    expect((await client.call('site/ProvisionMigrationContainers', { token: reader })).status).toBe(403)
    const secret = drive.world.token({ resource: 'sharepoint', app: 'secret' })
    expect((await client.call('site/ProvisionMigrationContainers', { token: secret })).text).toBe('Unsupported app only token.')
  })
})

describe('containers', () => {
  test('are provided in every dialect, with read and write for three days', async () => {
    const flat = (await client.call('site/ProvisionMigrationContainers')).json()
    expect(flat).toEqual({
      DataContainerUri: expect.any(String),
      EncryptionKey: expect.any(String),
      MetadataContainerUri: expect.any(String),
    })
    const verbose = (await client.call('site/ProvisionMigrationContainers', { accept: 'application/json;odata=verbose' })).json()
    expect(verbose).toMatchObject({
      d: { ProvisionMigrationContainers: { __metadata: { type: 'SP.ProvisionedMigrationContainersInfo' } } },
    })
    const { content, key } = await client.provision()
    expect(key.length).toBe(32)
    const url = new URL(content)
    expect(url.hostname).toMatch(/^[a-z0-9]{3,24}\.blob\.core\.windows\.net$/)
    expect(Object.fromEntries(url.searchParams)).toMatchObject({ sp: 'rw', spr: 'https', sr: 'c', se: '2026-08-23T09:15:02Z' })
  })

  test('serve one job, encrypted, each in its place', async () => {
    const first = await client.provision()
    const second = await client.provision()
    expect((await client.submit({ ...first, manifest: first.content })).status).toBe(400)
    expect((await client.submit({ ...first, manifest: second.manifest })).text).toContain('not provided together')
    const plain = await client.call('site/CreateMigrationJob', {
      json: {
        gWebId: drive.site.webId,
        azureContainerSourceUri: first.content,
        azureContainerManifestUri: first.manifest,
        azureQueueReportUri: null,
      },
    })
    expect(plain.text).toContain('require encryption')
    expect((await client.submit(first)).status).toBe(200)
    expect((await client.submit(first)).text).toContain('have been used')
    drive.world.tenant.clock.advance(3 * 24 * 3_600_000)
    expect((await client.submit(second)).text).toContain('expired')
  })

  test('a reporting queue is refused loudly', async () => {
    expect((await client.call('site/ProvisionMigrationQueue')).status).toBe(501)
    expect(drive.world.journal().at(-1)).toMatchObject({ unknown: true, route: 'sharepoint.migration.queue.provision' })
  })
})

describe('jobs', () => {
  test('are asked for by either form of id, and the same token gives the same answer', async () => {
    const { jobId } = await client.run({ files: [{ path: 'asked.txt', content: 'x' }] })
    const ask = async (path: string) => (await client.call(`site/GetMigrationJobProgress(${path})`, { method: 'GET' })).json()
    const whole = await ask(`jobId='${jobId}',nextToken=0`)
    expect(await ask(`jobId=guid'${jobId}',nextToken=0`)).toEqual(whole)
    const { NextToken, Logs } = whole as { NextToken: string; Logs: readonly string[] }
    expect(Logs.length).toBeGreaterThan(3)
    expect(await ask(`jobId='${jobId}',nextToken=${NextToken}`)).toEqual({ Logs: [], NextToken })
    const verbose = await client.call(`site/GetMigrationJobProgress(jobId='${jobId}',nextToken=0)`, {
      method: 'GET',
      accept: 'application/json;odata=verbose',
    })
    expect(verbose.json()).toMatchObject({
      d: { GetMigrationJobProgress: { Logs: { __metadata: { type: 'Collection(Edm.String)' }, results: Logs }, NextToken } },
    })
    expect((await client.call(`site/GetMigrationJobStatus('${jobId}')`)).json()).toEqual({ value: 0 })
  })

  test('that are unknown or older than five days are refused with their own codes', async () => {
    const unknown = await client.call(`site/GetMigrationJobProgress(jobId='${NOBODY}',nextToken=0)`, {
      method: 'GET',
      accept: 'application/json;odata=verbose',
    })
    expect(unknown.status).toBe(500)
    expect(unknown.json()).toMatchObject({
      error: {
        code: '-2147213145, Microsoft.SharePoint.SPException',
        innererror: { message: 'Job not found' },
        message: { lang: 'en-US', value: 'Job not found' },
      },
    })
    const { jobId } = await client.run({ files: [{ path: 'old.txt', content: 'x' }] })
    drive.world.tenant.clock.advance(5 * 24 * 3_600_000)
    const expired = await client.call(`site/GetMigrationJobProgress(jobId='${jobId}',nextToken=0)`, { method: 'GET' })
    expect(expired.json()).toMatchObject({ 'odata.error': { code: '-2147213146, Microsoft.SharePoint.SPException' } })
  })

  test('can be taken out of the queue, not stopped', async () => {
    const containers = await client.provision()
    await client.stage(containers, { files: [{ path: 'never.txt', content: 'x' }] })
    drive.world.server.faults.add({
      version: 1,
      faults: [{ name: 'hours', when: {}, do: { action: 'switch', switch: 'importQueueDelay', amount: 3_600_000 } }],
    })
    const jobId = await client.submitJob(containers)
    drive.world.server.faults.clear()
    expect((await client.call(`site/GetMigrationJobStatus('${jobId}')`)).json()).toEqual({ value: 2 })
    expect((await client.call(`site/DeleteMigrationJob('${jobId}')`)).json()).toEqual({ value: true })
    expect((await client.call(`site/DeleteMigrationJob('${jobId}')`)).json()).toEqual({ value: false })
    expect((await client.events(jobId)).map((event) => event.Event)).toEqual(['JobQueued', 'JobCancelled', 'JobDeleted'])
  })
})

describe('CSOM', () => {
  const process = (actions: string) =>
    drive.world.fetchAt(`https://${drive.site.hostname}${drive.site.path}/_vti_bin/client.svc/ProcessQuery`, {
      method: 'POST',
      token: drive.world.token({ resource: 'sharepoint' }),
      headers: { 'content-type': 'text/xml' },
      body: `<Request AddExpandoFieldTypeSuffix="true" SchemaVersion="15.0.0.0" LibraryVersion="16.0.0.0" ApplicationName="x" xmlns="http://schemas.microsoft.com/sharepoint/clientquery/2009"><Actions>${actions}</Actions><ObjectPaths><StaticProperty Id="0" TypeId="{3747adcd-a3c3-41b9-bfab-4a64dd2f1e0a}" Name="Current"/><Property Id="3" ParentId="0" Name="Site"/></ObjectPaths></Request>`,
    })

  test('provisions, submits and watches', async () => {
    const provided = await process(
      '<ObjectPath Id="1" ObjectPathId="0"/><Method Name="ProvisionMigrationContainers" Id="6" ObjectPathId="3"/>',
    )
    expect(provided.text).toContain('"\\/Base64Binary(')
    const answers = provided.json() as unknown[]
    expect(answers.slice(0, 4)).toMatchObject([{ ErrorInfo: null }, 1, { IsNull: false }, 6])
    const info = answers[4] as Record<string, string>
    const key = Buffer.from(/\((.*)\)/.exec(info.EncryptionKey ?? '')?.[1] ?? '', 'base64')
    const containers = { content: info.DataContainerUri ?? '', manifest: info.MetadataContainerUri ?? '', key }
    await client.stage(containers, { files: [{ path: 'csom.txt', content: 'x' }] })
    const escaped = (uri: string) => uri.replaceAll('&', '&amp;')
    const submitted = await process(
      `<Method Name="CreateMigrationJobEncrypted" Id="7" ObjectPathId="3"><Parameters><Parameter Type="Guid">{${drive.site.webId}}</Parameter><Parameter Type="String">${escaped(containers.content)}</Parameter><Parameter Type="String">${escaped(containers.manifest)}</Parameter><Parameter Type="String"></Parameter><Parameter TypeId="{85614ad4-7a40-49e0-b272-6d1807dbfcc6}"><Property Name="AES256CBCKey" Type="Base64Binary">${key.toString('base64')}</Property></Parameter></Parameters></Method>`,
    )
    const jobId = /\/Guid\(([^)]*)\)\//.exec(String((submitted.json() as unknown[])[2]))?.[1] ?? ''
    expect((await client.finish(jobId)).at(-1)?.Event).toBe('JobEnd')
    const watched = (
      await process(
        `<Method Name="GetMigrationJobProgress" Id="8" ObjectPathId="3"><Parameters><Parameter Type="Guid">{${jobId}}</Parameter><Parameter Type="Number">0</Parameter></Parameters></Method>`,
      )
    ).json()
    expect(watched).toMatchObject([
      {},
      8,
      { _ObjectType_: 'SP.MigrationJobProgress', Logs: expect.any(Array), NextToken: expect.any(String) },
    ])
  })

  test('marks an imported folder as a notebook and sets authors and times in place', async () => {
    const { world, site, library } = drive
    await client.run({
      folders: ['Notes'],
      files: [{ path: 'Notes/Open Notebook.onetoc2', content: 'toc' }],
    })
    const notes = () => world.tenant.items.byPath(library.driveId, ['Notes'])
    const shown = async () => (await drive.call(`${drive.base}/root:/Notes`)).data
    // An import alone makes no notebook [D.5].
    expect(await shown()).toMatchObject({ folder: { childCount: 1 } })
    const item = `740c6a0b-85e2-48a0-a494-e0f1759d4aa7:site:${site.siteId}:web:${site.webId}:list:${library.listId}:item:${notes()?.listItemId},1`
    const set = (name: string, value: string, id: number) =>
      `<Method Name="ParseAndSetFieldValue" Id="${id}" ObjectPathId="9"><Parameters><Parameter Type="String">${name}</Parameter><Parameter Type="String">${value}</Parameter></Parameters></Method>`
    const update = (actions: string, name = item) =>
      world.fetchAt(`https://${site.hostname}${site.path}/_vti_bin/client.svc/ProcessQuery`, {
        method: 'POST',
        token: world.token({ resource: 'sharepoint' }),
        headers: { 'content-type': 'text/xml' },
        body: `<Request xmlns="http://schemas.microsoft.com/sharepoint/clientquery/2009"><Actions>${actions}</Actions><ObjectPaths><Identity Id="9" Name="${name}"/></ObjectPaths></Request>`,
      })
    const system = '<Method Name="SystemUpdate" Id="20" ObjectPathId="9"/>'
    const done = await update(
      set('HTML_x0020_File_x0020_Type', 'OneNote.Notebook', 1) +
        set('Author', 'i:0#.f|membership|bob@contoso.com', 2) +
        set('Modified', '2020-02-03T04:05:06Z', 3) +
        system,
    )
    expect(done.json()).toMatchObject([{ ErrorInfo: null }])
    expect(await shown()).toMatchObject({ package: { type: 'oneNote' } })
    expect(notes()).toMatchObject({ createdBy: { upn: 'bob@contoso.com' }, fileModifiedMs: Date.UTC(2020, 1, 3, 4, 5, 6) })
    const refused = [
      await update(set('Author', 'i:0#.f|membership|ghost@contoso.com', 1) + system),
      await update(system, item.replace(/item:\d+/, 'item:99999')),
    ]
    for (const reply of refused) expect(reply.json()).toMatchObject([{ ErrorInfo: { ErrorCode: expect.any(Number) } }])
    expect((await update(set('Colour', 'red', 1))).status).toBe(400)
  })

  test('words refusals in ErrorInfo and refuses what it does not know loudly', async () => {
    const refused = (
      await process(
        `<Method Name="GetMigrationJobProgress" Id="8" ObjectPathId="3"><Parameters><Parameter Type="Guid">{${NOBODY}}</Parameter><Parameter Type="Number">0</Parameter></Parameters></Method>`,
      )
    ).json()
    expect(refused).toMatchObject([{ ErrorInfo: { ErrorCode: -2147213145, ErrorMessage: 'Job not found' } }])
    expect((await process('<Method Name="Delete" Id="1" ObjectPathId="3"/>')).status).toBe(400)
    expect(drive.world.journal().at(-1)).toMatchObject({ unknown: true })
  })
})
