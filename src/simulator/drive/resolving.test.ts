import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DriveClient, listOf, startDriveClient, textOf } from '../testing/driveClient.ts'

let client: DriveClient
beforeAll(async () => {
  client = await startDriveClient()
})
afterAll(() => client.close())

describe('sites', () => {
  test('by root, host, path and id', async () => {
    const finance = await client.call('/sites/contoso.sharepoint.com:/sites/finance')
    const { siteId, webId } = client.site
    expect(finance.data).toMatchObject({
      id: `contoso.sharepoint.com,${siteId},${webId}`,
      name: 'finance',
      displayName: 'Finance',
      webUrl: 'https://contoso.sharepoint.com/sites/finance',
      siteCollection: { hostname: 'contoso.sharepoint.com' },
    })
    for (const key of [
      `contoso.sharepoint.com,${siteId},${webId}`,
      siteId,
      'contoso.sharepoint.com:/SITES/Finance:',
      'root:/sites/finance',
    ]) {
      expect((await client.call(`/sites/${key}`)).data.id).toBe(finance.data.id)
    }
    const root = await client.call('/sites/root')
    expect((await client.call('/sites/contoso.sharepoint.com')).data.id).toBe(root.data.id)
    expect(root.data.root).toEqual({})
    expect((await client.call('/sites/contoso.sharepoint.com:/sites/absent')).problem).toMatchObject({
      status: 404,
      code: 'itemNotFound',
    })
    expect((await client.call(`/sites/${siteId}?$expand=lists`)).status).toBe(400)
  })

  test('their drives, the default one, subwebs, the list behind a drive', async () => {
    const base = '/sites/contoso.sharepoint.com:/sites/finance:'
    const drives = await client.call(`${base}/drives`)
    expect(listOf(drives.data.value).map(({ name, driveType }) => [name, driveType])).toEqual([
      ['Documents', 'documentLibrary'],
      ['Archive', 'documentLibrary'],
    ])
    const first = await client.call(`${base}/drives?$top=1&$select=id,name`)
    const next = await client.call(textOf(first.data['@odata.nextLink']))
    expect(listOf(next.data.value).map(({ name }) => name)).toEqual(['Archive'])
    const drive = await client.call(`${base}/drive`)
    expect(drive.data).toMatchObject({
      id: client.library.driveId,
      quota: { state: 'normal', deleted: 0, total: 25 * 1024 ** 4 },
    })
    expect((await client.call(`${base}/drive/root`)).data.id).toBe(client.library.rootItemId)
    expect((await client.call(`${base}/sites`)).data.value).toEqual([])
    expect((await client.call(`${client.base}/list?$select=id`)).data.id).toBe(client.library.listId)
    expect((await client.call(`/sites/${client.site.siteId}/lists/${client.library.listId}/drive`)).data.id).toBe(
      client.library.driveId,
    )
    expect((await client.call(`${client.base}?$select=id,quota`)).data).toHaveProperty('quota')
  })

  test('search sees what the caller may see', async () => {
    const names = async (query: string, as: { as?: string } = {}) =>
      listOf((await client.call(`/sites?search=${query}`, { as })).data.value).map(({ name }) => name)
    expect(await names('fin')).toEqual(['finance'])
    expect(await names('*')).toContain('hr')
    expect(await names('fin', { as: 'ann' })).toEqual(['finance'])
    expect((await client.call('/sites?search=x&$orderby=name')).status).toBe(400)
  })
})

describe('OneDrive', () => {
  test('of a provisioned user', async () => {
    const { data } = await client.call('/users/ann@contoso.com/drive')
    expect(data).toMatchObject({
      driveType: 'business',
      webUrl: 'https://contoso-my.sharepoint.com/personal/ann_contoso_com/Documents',
    })
    const own = await client.call('/me/drive', { as: { as: 'ann' } })
    expect(own.data.id).toBe(data.id)
    expect(listOf((await client.call('/me/drives', { as: { as: 'ann' } })).data.value)[0]?.id).toBe(data.id)
    expect((await client.call('/me/drive')).status).toBe(400)
    expect((await client.call('/users/nobody@contoso.com/drive')).status).toBe(404)
  })

  test('not provisioned: three answers for an application, a fresh drive for its owner', async () => {
    const seen = new Set<string>()
    for (let n = 0; n < 40; n++) {
      const { problem } = await client.call('/users/carla@contoso.com/drive')
      seen.add(`${problem.status} ${String(problem.code)}: ${String(problem.message)}`)
    }
    expect([...seen].sort()).toEqual([
      "400 BadRequest: Unable to retrieve user's mysite URL.",
      "404 ResourceNotFound: User's mysite not found.",
      '404 UnknownError: 404 FILE NOT FOUND',
    ])
    const provisioned = await client.call('/me/drive', { as: { as: 'carla' } })
    expect([provisioned.status, provisioned.data.driveType]).toEqual([200, 'business'])
    expect((await client.call('/users/carla@contoso.com/drive')).data.id).toBe(provisioned.data.id)
    expect([400, 404]).toContain((await client.call('/me/drive', { as: { as: 'dan' } })).status)
  })
})

test('who asks for a hundred OneDrives that are not there is throttled on all of them, and on nothing else', async () => {
  const throttled = await startDriveClient({ throttling: true })
  try {
    const { data: drive } = await throttled.call('/users/bob@contoso.com/drive')
    for (let n = 0; n <= 100; n += 1) expect((await throttled.call('/users/dan@contoso.com/drive')).status).not.toBe(429)
    const refused = await throttled.call('/users/dan@contoso.com/drive')
    expect(refused.problem).toMatchObject({ status: 429, code: 'activityLimitReached' })
    expect(refused.headers['retry-after']).toBe('300')
    expect((await throttled.call('/users/bob@contoso.com/drive')).status).toBe(429)
    expect((await throttled.call(`/drives/${textOf(drive.id)}/root`)).status).toBe(429)
    expect((await throttled.call(`${throttled.base}/root`)).status).toBe(200)
    throttled.world.tenant.clock.advance(300_000)
    expect((await throttled.call(`/drives/${textOf(drive.id)}/root`)).status).toBe(200)
  } finally {
    await throttled.close()
  }
})

describe('channels', () => {
  test('404 before the Files tab was used, then the folder; a private one in its own site', async () => {
    const { sites } = client.world.tenant
    const projects = sites.siteByPath('contoso.sharepoint.com', '/sites/projects')
    const team = client.world.tenant.db.prepare('SELECT team_id FROM teams').get()
    const channels = sites.channels(String(team?.team_id))
    const folderOf = (name: string) => {
      const channel = channels.find(({ displayName }) => displayName === name)
      return { channel, path: `/teams/${channel?.teamId}/channels/${encodeURIComponent(channel?.channelId ?? '')}/filesFolder` }
    }
    const design = folderOf('Design')
    expect((await client.call(design.path)).status).toBe(404)
    sites.markChannelFolderCreated(design.channel?.channelId ?? '')
    const library = sites.defaultLibrary(projects?.siteId ?? '')
    const found = await client.call(design.path)
    expect(found.data).toMatchObject({ name: 'Design', folder: { childCount: 0 }, parentReference: { driveId: library.driveId } })
    expect((await client.call(design.path)).data.id).toBe(found.data.id)
    expect((await client.call(`${design.path}?$select=id`)).status).toBe(400)
    const board = folderOf('Board')
    sites.markChannelFolderCreated(board.channel?.channelId ?? '')
    const own = sites.defaultLibrary(board.channel?.siteId ?? '')
    expect((await client.call(board.path)).data.parentReference).toMatchObject({ driveId: own.driveId })
  })
})
