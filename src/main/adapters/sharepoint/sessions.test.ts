import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { SessionRequest, UploadSession } from '../../engine/ports/destination.ts'
import { type DriveFixture, file, G, never, notFound, ok, startDriveFixture } from '../testing/driveFixture.ts'
import type { Answer, Exchange } from '../testing/serviceFixture.ts'

let drive: DriveFixture
const open: DriveFixture['open'] = (...options) => drive.open(...options)
beforeAll(async () => {
  drive = await startDriveFixture()
})
afterAll(() => drive.close())
beforeEach(() => drive.reset())

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
    drive.routes[`POST ${G}/drives/b!Docs2/items/P:/a.txt:/createUploadSession`] = (exchange) => {
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
    drive.routes[`POST ${G}/$batch`] = ok({
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
    drive.routes[`POST ${G}/drives/b!Docs2/items/P:/a:/createUploadSession`] = (exchange) => {
      conditions.push(exchange.headers['if-match'])
      return exchange.headers['if-match'] === undefined
        ? ok(opened)
        : { status: 412, json: { error: { code: 'resourceModified' } } }
    }
    drive.routes[`GET ${G}/drives/b!Docs2/items/P:/a`] = ok(file('A', 'a'))
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
    drive.routes[`GET ${G}/drives/b!Docs2/items/P/children`] = ok({ value: [] })
    drive.routes[`POST ${G}/drives/b!Docs2/items/P/children`] = ok(file('S', 'a;b'), 201)
    const conditions: unknown[] = []
    drive.routes[`POST ${G}/drives/b!Docs2/items/S/createUploadSession`] = (exchange) => {
      conditions.push(exchange.headers['if-match'])
      return ok(opened)
    }
    const outcomes = await destination.createSessions([request('a;b')], never)
    expect([outcomes[0]?.ok, conditions]).toEqual([true, ['"{S},1"']])
  })

  test('what somebody saves under a name with a semicolon, while a session for it is asked for, stays', async () => {
    const destination = await open()
    drive.routes[`GET ${G}/drives/b!Docs2/items/P/children`] = ok({ value: [file('S', 'a;b')] })
    drive.routes[`POST ${G}/drives/b!Docs2/items/S/createUploadSession`] = ({ headers }) => {
      drive.routes[`GET ${G}/drives/b!Docs2/items/P/children`] = ok({ value: [{ ...file('S', 'a;b'), eTag: '"{S},2"' }] })
      return headers['if-match'] === undefined ? ok(opened) : { status: 412, json: { error: { code: 'resourceModified' } } }
    }
    const [outcome] = await destination.createSessions([request('a;b', { conflict: 'replace', ifMatch: '"{S},1"' })], never)
    expect(outcome).toMatchObject({ ok: false, error: { code: 'DST_CHANGED' } })
  })

  test('a fragment goes without token; several missing ranges mean the first', async () => {
    const destination = await open()
    let sent: Exchange | undefined
    drive.routes['PUT /up'] = (exchange) => {
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
    drive.routes['PUT /up'] = ok(file('Z', 'z.bin'), status)
    const reply = await destination.sendFragment(session, fragment, never)
    expect(reply).toMatchObject({
      kind: 'stored',
      item: { itemId: 'Z', quickXorHash: 'abc=', modifiedMs: Date.parse('2021-11-08T03:57:05Z') },
    })
  })

  test('bytes that the service has already: its word wins', async () => {
    const destination = await open()
    drive.routes['PUT /up'] = { status: 416, json: { error: { code: 'invalidRange', innerError: { code: 'fragmentOverlap' } } } }
    drive.routes['GET /up'] = ok({ expirationDateTime: '2026-08-20T09:30:02Z', nextExpectedRanges: ['5-'] })
    await expect(destination.sendFragment(session, fragment, never)).resolves.toEqual({ kind: 'more', nextStart: 5 })
  })

  test('an earlier try of the same bytes that has not ended at the service is waited for', async () => {
    const destination = await open()
    const overlap: Answer = { status: 416, json: { error: { code: 'invalidRange', innerError: { code: 'fragmentOverlap' } } } }
    drive.routes['PUT /up'] = [overlap, overlap, ok(file('Z', 'z'), 201)]
    drive.routes['GET /up'] = ok({ nextExpectedRanges: ['0-'] })
    await expect(destination.sendFragment(session, fragment, never)).resolves.toMatchObject({ kind: 'stored' })
    drive.routes['PUT /up'] = overlap
    await expect(destination.sendFragment(session, fragment, never)).rejects.toMatchObject({
      code: 'NET_INTERRUPTED',
      remedy: { kind: 'lookFirst' },
    })
  })

  test('a fresh session that is not known everywhere yet is tried again', async () => {
    const destination = await open()
    drive.routes['PUT /up'] = [notFound, notFound, ok(file('Z', 'z'), 201)]
    await expect(destination.sendFragment(session, fragment, never)).resolves.toMatchObject({ kind: 'stored' })
    expect(drive.client.clock.sleeps.filter((ms) => ms === 5000).length).toBe(2)
  })

  test('later, not found means lost', async () => {
    const destination = await open()
    drive.routes['PUT /up'] = notFound
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
    drive.routes['PUT /up'] = answer
    const thrown = await destination.sendFragment(session, fragment, never).catch((error: unknown) => error)
    expect(thrown).toMatchObject({ code, remedy: { kind } })
    expect(String(thrown)).not.toContain('tempauth')
  })

  test('a throttle is waited out inside', async () => {
    const destination = await open()
    drive.routes['PUT /up'] = [{ status: 503, headers: { 'retry-after': '30' } }, ok(file('Z', 'z'), 201)]
    await expect(destination.sendFragment(session, fragment, never)).resolves.toMatchObject({ kind: 'stored' })
  })

  test.each([404, 401, 410])('state %i: gone', async (status) => {
    const destination = await open()
    drive.routes['GET /up'] = { status, json: { error: { code: 'itemNotFound' } } }
    await expect(destination.sessionState(session, never)).resolves.toEqual({ kind: 'gone' })
  })

  test('cancelling what is gone is fine', async () => {
    const destination = await open()
    drive.routes['DELETE /up'] = [{ status: 204 }, notFound]
    await destination.cancelSession(session, never)
    await expect(destination.cancelSession(session, never)).resolves.toBeUndefined()
  })
})
