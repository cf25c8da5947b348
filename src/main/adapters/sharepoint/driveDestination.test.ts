import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type DriveFixture,
  file,
  folder,
  G,
  library,
  never,
  notFound,
  ok,
  site,
  startDriveFixture,
} from '../testing/driveFixture.ts'
import type { Exchange } from '../testing/serviceFixture.ts'
import { createDestinations } from './driveDestination.ts'

let drive: DriveFixture
const open: DriveFixture['open'] = (...options) => drive.open(...options)
beforeAll(async () => {
  drive = await startDriveFixture()
})
afterAll(() => drive.close())
beforeEach(() => drive.reset())

describe('opening', () => {
  test('a title wins over the address of another library, over all pages', async () => {
    const { place } = await open()
    expect(place).toEqual({
      driveId: 'b!Docs2',
      rootItemId: 'ROOT',
      webUrl: `${site.webUrl}/Docs2`,
      serverRelativePath: 'sites/finance/Docs2',
      isLibraryRoot: true,
      blocksScriptTypes: true,
      remainingBytes: 40,
      created: [],
    })
  })

  test.each([
    ['title without case', 'DOKUMENTE', 'b!Freigegebene Dokumente'],
    ['name in the address', 'freigegebene dokumente', 'b!Freigegebene Dokumente'],
    ['address', 'https://contoso.sharepoint.com/sites/finance/Documents/Forms/AllItems.aspx?x=1', 'b!Documents'],
  ])('a library by its %s', async (_name, wanted, driveId) => {
    drive.routes[`GET ${G}/drives/b!Freigegebene%20Dokumente/root`] = ok({
      id: 'R',
      root: {},
      webUrl: `${site.webUrl}/Freigegebene%20Dokumente`,
    })
    expect((await open({ library: wanted })).place.driveId).toBe(driveId)
  })

  test('a missing library is named with what there is', async () => {
    await expect(open({ library: 'Nope' })).rejects.toMatchObject({
      code: 'DST_LIBRARY_NOT_FOUND',
      message: expect.stringContaining('Archiv, Dokumente, Documents'),
      remedy: { kind: 'stopTask' },
    })
  })

  test('a missing library is created, and waited for', async () => {
    const drives = `GET ${G}/sites/contoso.sharepoint.com,1,2/drives`
    drive.routes[`POST ${G}/sites/contoso.sharepoint.com,1,2/lists`] = ok({ id: 'L1', displayName: 'New' }, 201)
    drive.routes[drives] = [ok({ value: [] }), ok({ value: [] }), ok({ value: [library('New', 'New')] })]
    drive.routes[`GET ${G}/drives/b!New/root`] = ok({ id: 'NR', root: {}, webUrl: `${site.webUrl}/New` })
    const { place } = await open({ library: 'New' }, true)
    expect([place.driveId, place.created]).toEqual([
      'b!New',
      [{ type: 'library', title: 'New', url: `${site.webUrl}/New`, id: 'L1' }],
    ])
  })

  test('a folder path is walked and created where it is missing', async () => {
    drive.routes[`GET ${G}/drives/b!Docs2/items/ROOT:/Q3`] = ok(folder('F1', 'Q3'))
    drive.routes[`GET ${G}/drives/b!Docs2/items/F1:/100%25%20%23%281%29`] = notFound
    drive.routes[`POST ${G}/drives/b!Docs2/items/F1/children`] = ok(folder('F2', '100% #(1)'), 201)
    const { place } = await open({ folder: 'Q3/100% #(1)' }, true)
    expect([place.rootItemId, place.isLibraryRoot, place.created.map((made) => made.title)]).toEqual(['F2', false, ['100% #(1)']])
  })

  test('a missing folder stops a task that may not create it', async () => {
    drive.routes[`GET ${G}/drives/b!Docs2/items/ROOT:/Q3`] = notFound
    await expect(open({ folder: 'Q3' })).rejects.toMatchObject({ code: 'DST_NOT_FOUND', remedy: { kind: 'stopTask' } })
  })

  test('no right to add files stops the task before anything is written', async () => {
    drive.routes['GET /sites/finance/_api/web'] = ok({ EffectiveBasePermissions: { High: '0', Low: '1' } })
    await expect(open()).rejects.toMatchObject({ code: 'DST_NO_ACCESS', remedy: { kind: 'stopTask' } })
  })

  test('SharePoint not saying its permissions is no obstacle', async () => {
    drive.routes['GET /sites/finance/_api/web'] = { status: 401, text: 'Unsupported security token.' }
    expect((await open()).place.blocksScriptTypes).toBe(false)
  })

  test.each([
    [404, 'itemNotFound'],
    [400, 'invalidRequest'],
  ])('a site that is not there (%i)', async (status, code) => {
    drive.routes[`GET ${G}/sites/contoso.sharepoint.com:/sites/finance`] = { status, json: { error: { code } } }
    await expect(open()).rejects.toMatchObject({ code: 'DST_SITE_NOT_FOUND', remedy: { kind: 'stopTask' } })
  })

  test('a request that the service does not understand is not a missing site', async () => {
    drive.routes[`GET ${G}/sites/contoso.sharepoint.com:/sites/finance`] = {
      status: 400,
      json: { error: { code: 'BadRequest', message: 'Segment' } },
    }
    await expect(open()).rejects.toMatchObject({ code: 'DST_REFUSED', message: expect.stringContaining('Segment') })
  })

  test.each([
    [404, { code: 'ResourceNotFound', message: "User's mysite not found." }],
    [404, { code: 'UnknownError', message: '404 FILE NOT FOUND' }],
    [400, { code: 'BadRequest', message: "Unable to retrieve user's mysite URL." }],
  ])('a OneDrive that does not exist yet (%i %o), asked for once', async (status, error) => {
    drive.routes[`GET ${G}/users/ann%40contoso.com/drive`] = { status, json: { error } }
    const destinations = createDestinations(drive.client.client, { tenantId: 'contoso.onmicrosoft.com' })
    const openDrive = () =>
      destinations.open({ kind: 'oneDrive', upn: 'ann@contoso.com', folder: '' }, { createMissing: true, signal: never })
    await expect(openDrive()).rejects.toMatchObject({
      code: 'DST_ONEDRIVE_NOT_PROVISIONED',
      fix: expect.stringContaining('licence'),
    })
    await expect(openDrive()).rejects.toMatchObject({ code: 'DST_ONEDRIVE_NOT_PROVISIONED' })
    expect(drive.seen.length).toBe(1)
  })

  test('a user that does not exist is not a missing OneDrive', async () => {
    drive.routes[`GET ${G}/users/ann%40contoso.com/drive`] = {
      status: 404,
      json: { error: { code: 'Request_ResourceNotFound' } },
    }
    await expect(open({ kind: 'oneDrive', upn: 'ann@contoso.com' })).rejects.toMatchObject({ code: 'DST_SITE_NOT_FOUND' })
  })

  test('a channel whose folder was never opened', async () => {
    drive.routes[`GET ${G}/teams/t/channels/19%3Ac%40thread.tacv2/filesFolder`] = notFound
    await expect(open({ kind: 'channel', teamId: 't', channelId: '19:c@thread.tacv2' })).rejects.toMatchObject({
      code: 'DST_CHANNEL_FOLDER_MISSING',
      fix: expect.stringContaining('Files tab'),
    })
  })
})

describe('items', () => {
  const children = `POST ${G}/drives/b!Docs2/items/P/children`

  test('a folder that another agent made is adopted', async () => {
    const destination = await open()
    drive.routes[children] = { status: 409, json: { error: { code: 'nameAlreadyExists' } } }
    drive.routes[`GET ${G}/drives/b!Docs2/items/P:/Q3`] = [notFound, ok({ id: 'N', name: 'Q3', package: { type: 'oneNote' } })]
    const { item, isNew } = await destination.createFolder('P', 'Q3', never)
    expect([item.itemId, item.kind, isNew]).toEqual(['N', 'folder', false])
  })

  test('a file in the way of a folder is an error of that item', async () => {
    const destination = await open()
    drive.routes[children] = { status: 409, json: { error: { code: 'nameAlreadyExists' } } }
    drive.routes[`GET ${G}/drives/b!Docs2/items/P:/Q3`] = ok(file('X', 'Q3'))
    await expect(destination.createFolder('P', 'Q3', never)).rejects.toMatchObject({
      code: 'DST_EXISTS',
      remedy: { kind: 'failItem' },
    })
  })

  test('every awkward character of a name reaches the service once encoded', async () => {
    const destination = await open()
    const encoded = 'a%20%23%25%26%2B%27%281%29%21%2A%2C%40%24%3D.txt'
    drive.routes[`GET ${G}/drives/b!Docs2/items/P:/${encoded}`] = ok(file('X', "a #%&+'(1)!*,@$=.txt"))
    expect((await destination.findChild('P', "a #%&+'(1)!*,@$=.txt", never))?.itemId).toBe('X')
  })

  test('a name with a semicolon is found among its siblings, whatever its case and form', async () => {
    const destination = await open()
    drive.routes[`GET ${G}/drives/b!Docs2/items/P/children`] = [
      ok({ value: [], '@odata.nextLink': `https://graph.microsoft.com${G}/drives/b!Docs2/items/P/children?$skiptoken=2` }),
      ok({ value: [file('1', 'other'), file('2', 'A;E\u0301.txt')] }),
    ]
    expect((await destination.findChild('P', 'a;é.txt', never))?.itemId).toBe('2')
  })

  test('only the service itself can say that something does not exist', async () => {
    const destination = await open()
    drive.routes[`GET ${G}/drives/b!Docs2/items/P:/a`] = { status: 404, text: '<html>Not here</html>' }
    await expect(destination.findChild('P', 'a', never)).rejects.toMatchObject({
      code: 'DST_UNAVAILABLE',
      remedy: { kind: 'retry' },
    })
    drive.routes[`GET ${G}/drives/b!Docs2/items/P:/a`] = notFound
    await expect(destination.findChild('P', 'a', never)).resolves.toBeUndefined()
  })

  test.each(['..', '.', '', 'a/b', '\ud800'])('the name %j never becomes a path', async (name) => {
    const destination = await open()
    await expect(async () => destination.findChild('P', name, never)).rejects.toMatchObject({ code: 'DST_NAME_REFUSED' })
  })

  test('times go 20 a request in whole seconds; a throttled part is sent again after its wait', async () => {
    const destination = await open()
    const batches: { requests: { id: string; url: string; body: object }[] }[] = []
    drive.routes[`POST ${G}/$batch`] = (exchange) => {
      const batch = JSON.parse(exchange.body.toString())
      batches.push(batch)
      const responses = batch.requests.map(({ id, url }: { id: string; url: string }) =>
        batches.length === 1 && id === '3'
          ? { id, status: 429, headers: { 'Retry-After': '12' }, body: { error: { code: 'activityLimitReached' } } }
          : {
              id,
              status: url.endsWith('/I7') ? 404 : 200,
              body: url.endsWith('/I7') ? { error: { code: 'itemNotFound' } } : folder(url, 'x'),
            },
      )
      return ok({ responses: responses.reverse() })
    }
    const startedMs = drive.client.clock.now()
    const changes = Array.from({ length: 25 }, (_, index) => ({
      itemId: `I${index}`,
      times: { createdMs: 1_000_999, modifiedMs: undefined },
    }))
    const outcomes = await destination.setTimes(changes, never)
    expect([
      batches.map(({ requests }) => requests.length),
      batches[0]?.requests[0]?.body,
      outcomes.map((outcome) => (outcome.ok ? outcome.value.itemId.split('/').at(-1) : outcome.error.code)).slice(0, 9),
      drive.client.clock.now() - startedMs >= 12_000,
    ]).toEqual([
      [20, 1, 5],
      { fileSystemInfo: { createdDateTime: '1970-01-01T00:16:40Z' } },
      ['I0', 'I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'DST_NOT_FOUND', 'I8'],
      true,
    ])
  })

  test('an empty file keeps its condition and its conflict behaviour', async () => {
    const destination = await open()
    let sent: Exchange | undefined
    drive.routes[`PUT ${G}/drives/b!Docs2/items/P:/a.txt:/content`] = (exchange) => {
      sent = exchange
      return ok(file('E', 'a.txt'), 201)
    }
    await destination.putEmpty({ parentId: 'P', name: 'a.txt', conflict: 'replace', ifMatch: '"{x},1"' }, never)
    expect([
      sent?.path.split('?')[1],
      sent?.headers['if-match'],
      sent?.headers['content-length'],
      sent?.headers['content-type'],
    ]).toEqual(['@microsoft.graph.conflictBehavior=replace', '"{x},1"', '0', 'application/octet-stream'])
  })
})
