import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Destination, SessionRequest, UploadSession } from '../../engine/ports/destination.ts'
import { type ClientFixture, createClientFixture } from '../testing/clientFixture.ts'
import { type Answer, type Exchange, type ServiceFixture, startService } from '../testing/serviceFixture.ts'
import { createDestinations } from './driveDestination.ts'
import { listLibrary } from './listing.ts'

const never = new AbortController().signal
const G = '/v1.0'
const site = { id: 'contoso.sharepoint.com,1,2', webUrl: 'https://contoso.sharepoint.com/sites/finance', displayName: 'Finance' }
const library = (name: string, urlName: string) => ({
  id: `b!${urlName}`,
  name,
  driveType: 'documentLibrary',
  webUrl: `${site.webUrl}/${encodeURIComponent(urlName)}`,
  quota: { total: 100, remaining: 40 },
})
const notFound: Answer = { status: 404, json: { error: { code: 'itemNotFound', message: 'x' } } }
const ok = (json: object, status = 200): Answer => ({ status, json })
const folder = (id: string, name: string) => ({
  id,
  name,
  folder: { childCount: 0 },
  webUrl: `${site.webUrl}/Shared%20Documents/${name}`,
})
const file = (id: string, name: string, extra: object = {}) => ({
  id,
  name,
  size: 3,
  eTag: `"{${id}},1"`,
  file: { hashes: { quickXorHash: 'abc=' } },
  fileSystemInfo: { createdDateTime: '2019-02-01T08:00:00Z', lastModifiedDateTime: '2021-11-08T03:57:05Z' },
  ...extra,
})

let service: ServiceFixture
let fixture: ClientFixture
/** Route → answers in order, the last for ever. An unplanned request is a failure of the test. */
let routes: Record<string, Answer | ((exchange: Exchange) => Answer) | readonly Answer[]>
let seen: string[]

beforeAll(async () => {
  service = await startService(() => ({ status: 500 }))
})
afterAll(() => service.close())
beforeEach(() => {
  fixture = createClientFixture(service)
  seen = []
  const counts = new Map<string, number>()
  service.answer = (exchange) => {
    const line = `${exchange.method} ${exchange.path.split('?')[0]}`
    seen.push(line)
    const planned = routes[line]
    if (planned === undefined) return { status: 418, text: `unplanned: ${line}` }
    if (typeof planned === 'function') return planned(exchange)
    if (!isList(planned)) return planned
    const count = counts.get(line) ?? 0
    counts.set(line, count + 1)
    return planned[Math.min(count, planned.length - 1)] ?? { status: 500 }
  }
  routes = {
    [`GET ${G}/sites/contoso.sharepoint.com:/sites/finance`]: ok(site),
    [`GET ${G}/sites/contoso.sharepoint.com,1,2/drives`]: [
      ok({
        value: [library('Archiv', 'Documents')],
        '@odata.nextLink': `https://graph.microsoft.com${G}/sites/contoso.sharepoint.com,1,2/drives?$skiptoken=1`,
      }),
      ok({ value: [library('Dokumente', 'Freigegebene Dokumente'), library('Documents', 'Docs2')] }),
    ],
    'GET /sites/finance/_api/web': ok({ EffectiveBasePermissions: { High: '2147483647', Low: '4294705151' } }),
    [`GET ${G}/drives/b!Docs2/root`]: ok({ id: 'ROOT', name: 'root', root: {}, folder: {}, webUrl: `${site.webUrl}/Docs2` }),
    [`GET ${G}/drives/b!Documents/root`]: ok({
      id: 'ROOTA',
      name: 'root',
      root: {},
      folder: {},
      webUrl: `${site.webUrl}/Documents`,
    }),
  }
})
const isList = (planned: Answer | readonly Answer[]): planned is readonly Answer[] => Array.isArray(planned)

const open = (change: object = {}, createMissing = false): Promise<Destination> =>
  createDestinations(fixture.client).open(
    { kind: 'library', siteUrl: 'https://contoso.sharepoint.com/sites/finance/', library: 'Documents', folder: '', ...change },
    { createMissing, signal: never },
  )

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
    routes[`GET ${G}/drives/b!Freigegebene%20Dokumente/root`] = ok({
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
    routes[`POST ${G}/sites/contoso.sharepoint.com,1,2/lists`] = ok({ id: 'L1', displayName: 'New' }, 201)
    routes[drives] = [ok({ value: [] }), ok({ value: [] }), ok({ value: [library('New', 'New')] })]
    routes[`GET ${G}/drives/b!New/root`] = ok({ id: 'NR', root: {}, webUrl: `${site.webUrl}/New` })
    const { place } = await open({ library: 'New' }, true)
    expect([place.driveId, place.created]).toEqual([
      'b!New',
      [{ type: 'library', title: 'New', url: `${site.webUrl}/New`, id: 'L1' }],
    ])
  })

  test('a folder path is walked and created where it is missing', async () => {
    routes[`GET ${G}/drives/b!Docs2/items/ROOT:/Q3`] = ok(folder('F1', 'Q3'))
    routes[`GET ${G}/drives/b!Docs2/items/F1:/100%25%20%23%281%29`] = notFound
    routes[`POST ${G}/drives/b!Docs2/items/F1/children`] = ok(folder('F2', '100% #(1)'), 201)
    const { place } = await open({ folder: 'Q3/100% #(1)' }, true)
    expect([place.rootItemId, place.isLibraryRoot, place.created.map((made) => made.title)]).toEqual(['F2', false, ['100% #(1)']])
  })

  test('a missing folder stops a task that may not create it', async () => {
    routes[`GET ${G}/drives/b!Docs2/items/ROOT:/Q3`] = notFound
    await expect(open({ folder: 'Q3' })).rejects.toMatchObject({ code: 'DST_NOT_FOUND', remedy: { kind: 'stopTask' } })
  })

  test('no right to add files stops the task before anything is written', async () => {
    routes['GET /sites/finance/_api/web'] = ok({ EffectiveBasePermissions: { High: '0', Low: '1' } })
    await expect(open()).rejects.toMatchObject({ code: 'DST_NO_ACCESS', remedy: { kind: 'stopTask' } })
  })

  test('SharePoint not saying its permissions is no obstacle', async () => {
    routes['GET /sites/finance/_api/web'] = { status: 401, text: 'Unsupported security token.' }
    expect((await open()).place.blocksScriptTypes).toBe(false)
  })

  test.each([
    [404, 'itemNotFound'],
    [400, 'invalidRequest'],
  ])('a site that is not there (%i)', async (status, code) => {
    routes[`GET ${G}/sites/contoso.sharepoint.com:/sites/finance`] = { status, json: { error: { code } } }
    await expect(open()).rejects.toMatchObject({ code: 'DST_SITE_NOT_FOUND', remedy: { kind: 'stopTask' } })
  })

  test('a request that the service does not understand is not a missing site', async () => {
    routes[`GET ${G}/sites/contoso.sharepoint.com:/sites/finance`] = {
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
    routes[`GET ${G}/users/ann%40contoso.com/drive`] = { status, json: { error } }
    const destinations = createDestinations(fixture.client)
    const openDrive = () =>
      destinations.open({ kind: 'oneDrive', upn: 'ann@contoso.com', folder: '' }, { createMissing: true, signal: never })
    await expect(openDrive()).rejects.toMatchObject({
      code: 'DST_ONEDRIVE_NOT_PROVISIONED',
      fix: expect.stringContaining('licence'),
    })
    await expect(openDrive()).rejects.toMatchObject({ code: 'DST_ONEDRIVE_NOT_PROVISIONED' })
    expect(seen.length).toBe(1)
  })

  test('a user that does not exist is not a missing OneDrive', async () => {
    routes[`GET ${G}/users/ann%40contoso.com/drive`] = { status: 404, json: { error: { code: 'Request_ResourceNotFound' } } }
    await expect(open({ kind: 'oneDrive', upn: 'ann@contoso.com' })).rejects.toMatchObject({ code: 'DST_SITE_NOT_FOUND' })
  })

  test('a channel whose folder was never opened', async () => {
    routes[`GET ${G}/teams/t/channels/19%3Ac%40thread.tacv2/filesFolder`] = notFound
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
    routes[children] = { status: 409, json: { error: { code: 'nameAlreadyExists' } } }
    routes[`GET ${G}/drives/b!Docs2/items/P:/Q3`] = [notFound, ok({ id: 'N', name: 'Q3', package: { type: 'oneNote' } })]
    const { item, isNew } = await destination.createFolder('P', 'Q3', never)
    expect([item.itemId, item.kind, isNew]).toEqual(['N', 'folder', false])
  })

  test('a file in the way of a folder is an error of that item', async () => {
    const destination = await open()
    routes[children] = { status: 409, json: { error: { code: 'nameAlreadyExists' } } }
    routes[`GET ${G}/drives/b!Docs2/items/P:/Q3`] = ok(file('X', 'Q3'))
    await expect(destination.createFolder('P', 'Q3', never)).rejects.toMatchObject({
      code: 'DST_EXISTS',
      remedy: { kind: 'failItem' },
    })
  })

  test('every awkward character of a name reaches the service once encoded', async () => {
    const destination = await open()
    const encoded = 'a%20%23%25%26%2B%27%281%29%21%2A%2C%40%24%3D.txt'
    routes[`GET ${G}/drives/b!Docs2/items/P:/${encoded}`] = ok(file('X', "a #%&+'(1)!*,@$=.txt"))
    expect((await destination.findChild('P', "a #%&+'(1)!*,@$=.txt", never))?.itemId).toBe('X')
  })

  test('a name with a semicolon is found among its siblings, whatever its case and form', async () => {
    const destination = await open()
    routes[`GET ${G}/drives/b!Docs2/items/P/children`] = [
      ok({ value: [], '@odata.nextLink': `https://graph.microsoft.com${G}/drives/b!Docs2/items/P/children?$skiptoken=2` }),
      ok({ value: [file('1', 'other'), file('2', 'A;E\u0301.txt')] }),
    ]
    expect((await destination.findChild('P', 'a;é.txt', never))?.itemId).toBe('2')
  })

  test('only the service itself can say that something does not exist', async () => {
    const destination = await open()
    routes[`GET ${G}/drives/b!Docs2/items/P:/a`] = { status: 404, text: '<html>Not here</html>' }
    await expect(destination.findChild('P', 'a', never)).rejects.toMatchObject({
      code: 'DST_UNAVAILABLE',
      remedy: { kind: 'retry' },
    })
    routes[`GET ${G}/drives/b!Docs2/items/P:/a`] = notFound
    await expect(destination.findChild('P', 'a', never)).resolves.toBeUndefined()
  })

  test.each(['..', '.', '', 'a/b', '\ud800'])('the name %j never becomes a path', async (name) => {
    const destination = await open()
    await expect(async () => destination.findChild('P', name, never)).rejects.toMatchObject({ code: 'DST_NAME_REFUSED' })
  })

  test('times go 20 a request in whole seconds; a throttled part is sent again after its wait', async () => {
    const destination = await open()
    const batches: { requests: { id: string; url: string; body: object }[] }[] = []
    routes[`POST ${G}/$batch`] = (exchange) => {
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
    const startedMs = fixture.clock.now()
    const changes = Array.from({ length: 25 }, (_, index) => ({
      itemId: `I${index}`,
      times: { createdMs: 1_000_999, modifiedMs: undefined },
    }))
    const outcomes = await destination.setTimes(changes, never)
    expect([
      batches.map(({ requests }) => requests.length),
      batches[0]?.requests[0]?.body,
      outcomes.map((outcome) => (outcome.ok ? outcome.value.itemId.split('/').at(-1) : outcome.error.code)).slice(0, 9),
      fixture.clock.now() - startedMs >= 12_000,
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
    routes[`PUT ${G}/drives/b!Docs2/items/P:/a.txt:/content`] = (exchange) => {
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

describe('sessions', () => {
  const request = (name: string, change: Partial<SessionRequest> = {}): SessionRequest => ({
    parentId: 'P',
    name,
    sizeBytes: 10,
    times: { createdMs: 0, modifiedMs: 1_500 },
    conflict: 'fail',
    ...change,
  })
  const opened = {
    uploadUrl: 'https://contoso.sharepoint.com/up?tempauth=s',
    expirationDateTime: '2026-08-20T09:30:02Z',
    nextExpectedRanges: ['0-'],
  }
  const session: UploadSession = { url: opened.uploadUrl, expiresAtMs: 0 }
  const body = new Uint8Array(10)
  const fragment = { start: 0, length: 10, totalBytes: 10, body }

  test('one is created by a call of its own', async () => {
    const destination = await open()
    let sent: unknown
    routes[`POST ${G}/drives/b!Docs2/items/P:/a.txt:/createUploadSession`] = (exchange) => {
      sent = JSON.parse(exchange.body.toString())
      return ok(opened)
    }
    const outcomes = await destination.createSessions([request('a.txt')], never)
    expect([outcomes, sent]).toEqual([
      [{ ok: true, value: { url: opened.uploadUrl, expiresAtMs: Date.parse(opened.expirationDateTime) } }],
      {
        item: {
          '@microsoft.graph.conflictBehavior': 'fail',
          name: 'a.txt',
          fileSize: 10,
          fileSystemInfo: { createdDateTime: '1970-01-01T00:00:00Z', lastModifiedDateTime: '1970-01-01T00:00:01Z' },
        },
      },
    ])
  })

  test('several share a request, and each has its own outcome', async () => {
    const destination = await open()
    routes[`POST ${G}/$batch`] = ok({
      responses: [
        { id: '1', status: 409, body: { error: { code: 'nameAlreadyExists' } } },
        { id: '0', status: 200, body: opened },
      ],
    })
    const outcomes = await destination.createSessions([request('a'), request('b'), request('c')], never)
    expect(outcomes.map((outcome) => (outcome.ok ? 'open' : outcome.error.code))).toEqual([
      'open',
      'DST_EXISTS',
      'NET_INTERRUPTED',
    ])
  })

  test('a true condition that is refused is dropped; a false one is not', async () => {
    const destination = await open()
    const conditions: unknown[] = []
    routes[`POST ${G}/drives/b!Docs2/items/P:/a:/createUploadSession`] = (exchange) => {
      conditions.push(exchange.headers['if-match'])
      return exchange.headers['if-match'] === undefined
        ? ok(opened)
        : { status: 412, json: { error: { code: 'resourceModified' } } }
    }
    routes[`GET ${G}/drives/b!Docs2/items/P:/a`] = ok(file('A', 'a'))
    const held = await destination.createSessions([request('a', { conflict: 'replace', ifMatch: '"{A},1"' })], never)
    const failed = await destination.createSessions([request('a', { conflict: 'replace', ifMatch: '"{A},0"' })], never)
    expect([held[0]?.ok, failed[0]?.ok === false && failed[0].error.code, conditions]).toEqual([
      true,
      'DST_CHANGED',
      ['"{A},1"', undefined, '"{A},0"'],
    ])
  })

  test('a name with a semicolon goes through an empty file and its id', async () => {
    const destination = await open()
    routes[`GET ${G}/drives/b!Docs2/items/P/children`] = ok({ value: [] })
    routes[`POST ${G}/drives/b!Docs2/items/P/children`] = ok(file('S', 'a;b'), 201)
    routes[`POST ${G}/drives/b!Docs2/items/S/createUploadSession`] = ok(opened)
    const outcomes = await destination.createSessions([request('a;b')], never)
    expect(outcomes[0]?.ok).toBe(true)
  })

  test('a fragment goes without token; several missing ranges mean the first', async () => {
    const destination = await open()
    let sent: Exchange | undefined
    routes['PUT /up'] = (exchange) => {
      sent = exchange
      return ok({ nextExpectedRanges: ['655360-', '327680-400000'] }, 202)
    }
    const reply = await destination.sendFragment(session, { start: 0, length: 10, totalBytes: 700_000, body }, never)
    expect([reply, sent?.headers.authorization, sent?.headers['content-range']]).toEqual([
      { kind: 'more', nextStart: 327_680 },
      undefined,
      'bytes 0-9/700000',
    ])
  })

  test.each([200, 201])('the last fragment brings the item (%i)', async (status) => {
    const destination = await open()
    routes['PUT /up'] = ok(file('Z', 'z.bin'), status)
    const reply = await destination.sendFragment(session, fragment, never)
    expect(reply).toMatchObject({
      kind: 'stored',
      item: { itemId: 'Z', quickXorHash: 'abc=', modifiedMs: Date.parse('2021-11-08T03:57:05Z') },
    })
  })

  test('bytes that the service has already: its word wins', async () => {
    const destination = await open()
    routes['PUT /up'] = { status: 416, json: { error: { code: 'invalidRange', innerError: { code: 'fragmentOverlap' } } } }
    routes['GET /up'] = ok({ expirationDateTime: '2026-08-20T09:30:02Z', nextExpectedRanges: ['5-'] })
    await expect(destination.sendFragment(session, fragment, never)).resolves.toEqual({ kind: 'more', nextStart: 5 })
  })

  test('an earlier try of the same bytes that has not ended at the service is waited for', async () => {
    const destination = await open()
    const overlap: Answer = { status: 416, json: { error: { code: 'invalidRange', innerError: { code: 'fragmentOverlap' } } } }
    routes['PUT /up'] = [overlap, overlap, ok(file('Z', 'z'), 201)]
    routes['GET /up'] = ok({ nextExpectedRanges: ['0-'] })
    await expect(destination.sendFragment(session, fragment, never)).resolves.toMatchObject({ kind: 'stored' })
    routes['PUT /up'] = overlap
    await expect(destination.sendFragment(session, fragment, never)).rejects.toMatchObject({
      code: 'NET_INTERRUPTED',
      remedy: { kind: 'lookFirst' },
    })
  })

  test('a fresh session that is not known everywhere yet is tried again', async () => {
    const destination = await open()
    routes['PUT /up'] = [notFound, notFound, ok(file('Z', 'z'), 201)]
    await expect(destination.sendFragment(session, fragment, never)).resolves.toMatchObject({ kind: 'stored' })
    expect(fixture.clock.sleeps.filter((ms) => ms === 5000).length).toBe(2)
  })

  test('later, not found means lost', async () => {
    const destination = await open()
    routes['PUT /up'] = notFound
    const sent = destination.sendFragment(session, { ...fragment, start: 327_680, totalBytes: 327_690 }, never)
    await expect(sent).rejects.toMatchObject({ code: 'DST_SESSION_LOST', remedy: { kind: 'lookFirst' } })
  })

  test.each([
    [
      'the address died after a day',
      { status: 401, json: { error: { code: 'unauthenticated', innerError: { code: 'expiredToken' } } } },
      'DST_SESSION_LOST',
      'lookFirst',
    ],
    ['the name was taken meanwhile', { status: 409, json: { error: { code: 'nameAlreadyExists' } } }, 'DST_EXISTS', 'failItem'],
    [
      'a background job touched the item',
      { status: 409, json: { error: { code: 'resourceModified' } } },
      'DST_CHANGED',
      'lookFirst',
    ],
    ['too slow', { status: 504, text: '<html>' }, 'NET_TIMEOUT', 'lookFirst'],
    ['broken', { status: 0, isBroken: true }, 'NET_INTERRUPTED', 'lookFirst'],
    ['no space', { status: 507, json: { error: { code: 'quotaLimitReached' } } }, 'DST_QUOTA', 'stopTask'],
  ])('%s', async (_name, answer, code, kind) => {
    const destination = await open()
    routes['PUT /up'] = answer
    const thrown = await destination.sendFragment(session, fragment, never).catch((error: unknown) => error)
    expect(thrown).toMatchObject({ code, remedy: { kind } })
    expect(String(thrown)).not.toContain('tempauth')
  })

  test('a throttle is waited out inside', async () => {
    const destination = await open()
    routes['PUT /up'] = [{ status: 503, headers: { 'retry-after': '30' } }, ok(file('Z', 'z'), 201)]
    await expect(destination.sendFragment(session, fragment, never)).resolves.toMatchObject({ kind: 'stored' })
  })

  test.each([404, 401, 410])('state %i: gone', async (status) => {
    const destination = await open()
    routes['GET /up'] = { status, json: { error: { code: 'itemNotFound' } } }
    await expect(destination.sessionState(session, never)).resolves.toEqual({ kind: 'gone' })
  })

  test('cancelling what is gone is fine', async () => {
    const destination = await open()
    routes['DELETE /up'] = [{ status: 204 }, notFound]
    await destination.cancelSession(session, never)
    await expect(destination.cancelSession(session, never)).resolves.toBeUndefined()
  })
})

describe('listing', () => {
  const names = async (destination: Destination) => {
    const found: string[] = []
    for await (const batch of destination.list(never)) found.push(...batch.map((item) => item.name))
    return found
  }
  const at = (id: string) => `GET ${G}/drives/b!Docs2/items/${id}/children`

  test('goes through all pages and folders, also notebooks, also after empty pages', async () => {
    const destination = await open()
    routes[at('ROOT')] = [
      ok({ value: [], '@odata.nextLink': `https://graph.microsoft.com${G}/drives/b!Docs2/items/ROOT/children?$skiptoken=2` }),
      ok({ value: [folder('A', 'A'), { id: 'N', name: 'Notes', package: { type: 'oneNote' } }, file('1', 'one')] }),
    ]
    routes[at('A')] = ok({ value: [file('2', 'two', { file: {} })] })
    routes[at('N')] = ok({ value: [file('3', 'three')] })
    expect((await names(destination)).sort()).toEqual(['A', 'Notes', 'one', 'three', 'two'])
  })

  test('a link that leaves Graph is not followed', async () => {
    const destination = await open()
    routes[at('ROOT')] = ok({ value: [], '@odata.nextLink': 'https://contoso.sharepoint.com/_api/v2.0/drives/x' })
    await expect(names(destination)).rejects.toMatchObject({
      code: 'DST_UNAVAILABLE',
      message: expect.stringContaining('contoso.sharepoint.com'),
    })
  })

  test('a failure of one folder is a failure of the listing', async () => {
    const destination = await open()
    routes[at('ROOT')] = ok({ value: [folder('A', 'A'), folder('B', 'B')] })
    routes[at('A')] = { status: 403, json: { error: { code: 'accessDenied' } } }
    routes[at('B')] = ok({ value: [] })
    await expect(names(destination)).rejects.toMatchObject({ code: 'DST_NO_ACCESS' })
  })

  test('a library with many folders is walked once instead', async () => {
    const destination = await open()
    const many = Array.from({ length: 60 }, (_, index) => folder(`F${index}`, `F${index}`))
    routes[at('ROOT')] = ok({ value: many })
    for (const { id } of many) routes[at(id)] = ok({ value: [] })
    const delta = `${G}/drives/b!Docs2/root/delta`
    routes[`GET ${delta}`] = [
      ok({
        value: [{ id: 'ROOT', name: 'root', root: {}, folder: {} }, ...many],
        '@odata.nextLink': `https://graph.microsoft.com${delta}?token=2`,
      }),
      ok({
        value: [file('9', 'nine'), { id: '8', name: 'eight', file: {}, deleted: { state: 'deleted' } }],
        '@odata.deltaLink': 'https://graph.microsoft.com/x',
      }),
    ]
    const found = new Set(await names(destination))
    expect([
      found.size,
      found.has('nine'),
      found.has('eight'),
      seen.filter((line) => line.endsWith('/children')).length < 20,
    ]).toEqual([61, true, false, true])
  })
})

test('a walk through the library that expires starts over, and not for ever', async () => {
  const { client } = fixture
  const delta = `${G}/drives/b!Docs2/root/delta`
  const expired: Answer = { status: 410, json: { error: { code: 'resyncChangesApplyDifferences' } } }
  const names = async () => {
    const found: string[] = []
    for await (const batch of listLibrary(client, 'b!Docs2', never)) found.push(...batch.map((item) => item.name))
    return found
  }
  routes[`GET ${delta}`] = [
    ok({ value: [file('1', 'one')], '@odata.nextLink': `https://graph.microsoft.com${delta}?token=2` }),
    expired,
    ok({ value: [file('1', 'one'), file('2', 'two')] }),
  ]
  expect(await names()).toEqual(['one', 'one', 'two'])
  routes[`GET ${delta}`] = expired
  await expect(names()).rejects.toMatchObject({ code: 'DST_UNAVAILABLE' })
})

test('a download goes to the address that the service names, without token', async () => {
  const destination = await open()
  let sent: Exchange | undefined
  routes[`GET ${G}/drives/b!Docs2/items/X/content`] = {
    status: 302,
    headers: { location: 'https://contoso.sharepoint.com/dl?tempauth=s' },
  }
  routes['GET /dl'] = (exchange) => {
    sent = exchange
    return { status: 200, text: 'content' }
  }
  const parts: Uint8Array[] = []
  for await (const part of destination.download('X', never)) parts.push(part)
  expect([Buffer.concat(parts).toString(), sent?.headers.authorization]).toEqual(['content', undefined])
})

test('an address that has expired is no lost sign-in', async () => {
  const destination = await open()
  routes[`GET ${G}/drives/b!Docs2/items/X/content`] = {
    status: 302,
    headers: { location: 'https://contoso.sharepoint.com/dl?tempauth=s' },
  }
  routes['GET /dl'] = { status: 401, text: 'expired' }
  const read = async () => {
    for await (const _part of destination.download('X', never));
  }
  await expect(read()).rejects.toMatchObject({ code: 'DST_UNAVAILABLE', remedy: { kind: 'retry' } })
})
