import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningTenant, startTenant } from '../../../simulator/index.ts'
import type { Destination, UploadSession } from '../../engine/ports/destination.ts'
import { readConnectionFile } from '../network/connectionFile.ts'
import { connectTo } from '../testing/practiceService.ts'
import type { Service } from './createService.ts'

/** The adapters as the host wires them, over the wire, against a tenant that knows nothing of them. */

const never = new AbortController().signal
let tenant: RunningTenant
let service: Service

beforeAll(async () => {
  tenant = await startTenant({ throttling: false })
  service = await connectTo(tenant.connectionFile)
})
afterAll(async () => {
  await service?.close()
  await tenant?.close()
})

const siteUrl = 'https://contoso.sharepoint.com/sites/finance'
const open = (change: object = {}): Promise<Destination> =>
  service.destinations.open(
    { kind: 'library', siteUrl, library: 'Documents', folder: '', ...change },
    { createMissing: true, signal: never },
  )

async function store(destination: Destination, name: string, content: Uint8Array, parentId = destination.place.rootItemId) {
  const request = {
    parentId,
    name,
    sizeBytes: content.byteLength,
    times: { createdMs: 1_500_000_000_000, modifiedMs: 1_600_000_000_000 },
    conflict: 'fail' as const,
  }
  const [outcome] = await destination.createSessions([request], never)
  if (!outcome?.ok) throw outcome?.error ?? new Error('no outcome')
  return send(destination, outcome.value, content)
}

async function send(destination: Destination, session: UploadSession, content: Uint8Array) {
  const reply = await destination.sendFragment(
    session,
    { start: 0, length: content.byteLength, totalBytes: content.byteLength, body: content },
    never,
  )
  if (reply.kind !== 'stored') throw new Error('not stored')
  return reply.item
}

async function listed(destination: Destination) {
  const names = new Map<string, string>()
  for await (const batch of destination.list(never)) for (const item of batch) names.set(item.itemId, item.name)
  return [...names.values()].sort()
}

describe('destinations', () => {
  test('a library by title and by the name in its address is the same place', async () => {
    const byTitle = await open()
    const byAddress = await open({ library: 'Shared Documents' })
    expect([
      byTitle.place.driveId === byAddress.place.driveId,
      byTitle.place.serverRelativePath,
      byTitle.place.isLibraryRoot,
      byTitle.place.created,
    ]).toEqual([true, 'sites/finance/Shared Documents', true, []])
  })

  test('a missing library and folder are created', async () => {
    const destination = await open({ library: 'Fresh library', folder: 'a/b #% c' })
    expect([destination.place.serverRelativePath, destination.place.created.map(({ type, title }) => [type, title])]).toEqual([
      'sites/finance/Fresh library/a/b #% c',
      [
        ['library', 'Fresh library'],
        ['folder', 'a'],
        ['folder', 'b #% c'],
      ],
    ])
  })

  test('refusals have their own codes', async () => {
    const code = (promise: Promise<unknown>) =>
      promise.then(
        () => 'opened',
        (error: { code: string }) => error.code,
      )
    expect(
      await Promise.all([
        code(open({ siteUrl: 'https://contoso.sharepoint.com/sites/nowhere' })),
        code(
          service.destinations.open(
            { kind: 'library', siteUrl, library: 'Nope', folder: '' },
            { createMissing: false, signal: never },
          ),
        ),
        code(open({ kind: 'oneDrive', upn: 'carla@contoso.com' })),
        code(open({ kind: 'oneDrive', upn: 'nobody@contoso.com' })),
        code(open({ kind: 'oneDrive', upn: 'ann@contoso.com' })),
      ]),
    ).toEqual(['DST_SITE_NOT_FOUND', 'DST_LIBRARY_NOT_FOUND', 'DST_ONEDRIVE_NOT_PROVISIONED', 'DST_SITE_NOT_FOUND', 'opened'])
  })

  test('a OneDrive never takes script types', async () => {
    expect((await open({ kind: 'oneDrive', upn: 'ann@contoso.com' })).place.blocksScriptTypes).toBe(true)
  })

  test('a file arrives with its bytes, hash and times, in one version', async () => {
    const destination = await open({ folder: 'files' })
    const content = Buffer.from('Hello, World!')
    const stored = await store(destination, "o'neil & sons (1) #5 100% + äö.txt", content)
    const found = await destination.findChild(destination.place.rootItemId, "O'NEIL & sons (1) #5 100% + äö.txt", never)
    const parts: Uint8Array[] = []
    for await (const part of destination.download(stored.itemId, never)) parts.push(part)
    expect([found?.itemId, stored.quickXorHash, found?.modifiedMs, found?.createdMs, Buffer.concat(parts).toString()]).toEqual([
      stored.itemId,
      'SCgDG9jwBhaA4ApvnQMbyBACAAA=',
      1_600_000_000_000,
      1_500_000_000_000,
      'Hello, World!',
    ])
  })

  test('a name with a semicolon arrives too', async () => {
    const destination = await open({ folder: 'semicolons' })
    const stored = await store(destination, 'a;b.txt', Buffer.from('abc'))
    expect([
      stored.name,
      stored.quickXorHash,
      (await destination.findChild(destination.place.rootItemId, 'A;B.txt', never))?.itemId,
    ]).toEqual(['a;b.txt', 'YRDDGAAAAAAAAAAAAwAAAAAAAAA=', stored.itemId])
  })

  test('many sessions in one request; a taken name fails alone', async () => {
    const destination = await open({ folder: 'many' })
    await store(destination, 'f3', Buffer.from('x'))
    const requests = Array.from({ length: 20 }, (_, index) => ({
      parentId: destination.place.rootItemId,
      name: `f${index}`,
      sizeBytes: 3,
      times: undefined,
      conflict: 'fail' as const,
    }))
    const outcomes = await destination.createSessions(requests, never)
    const results = await Promise.all(
      outcomes.map(async (outcome) => {
        if (!outcome.ok) return outcome.error.code
        return send(destination, outcome.value, Buffer.from('abc')).then(
          () => 'stored',
          (error: { code: string }) => error.code,
        )
      }),
    )
    expect(results.map((result, index) => [index, result]).filter(([, result]) => result !== 'stored')).toEqual([
      [3, 'DST_EXISTS'],
    ])
  })

  test('a large file is resumed where the service says', async () => {
    const destination = await open({ folder: 'large' })
    const unit = 327_680
    const content = Buffer.alloc(unit * 2 + 5, 7)
    const [outcome] = await destination.createSessions(
      [
        {
          parentId: destination.place.rootItemId,
          name: 'big.bin',
          sizeBytes: content.length,
          times: undefined,
          conflict: 'fail',
        },
      ],
      never,
    )
    if (!outcome?.ok) throw outcome?.error ?? new Error('none')
    const session = outcome.value
    async function* stream() {
      yield content.subarray(0, 1000)
      yield content.subarray(1000, unit)
    }
    const first = await destination.sendFragment(
      session,
      { start: 0, length: unit, totalBytes: content.length, body: stream() },
      never,
    )
    const again = await destination.sendFragment(
      session,
      { start: 0, length: unit, totalBytes: content.length, body: content.subarray(0, unit) },
      never,
    )
    const state = await destination.sessionState(session, never)
    const last = await destination.sendFragment(
      session,
      { start: unit, length: content.length - unit, totalBytes: content.length, body: content.subarray(unit) },
      never,
    )
    expect([
      first,
      again,
      state.kind === 'open' && state.nextStart,
      last.kind,
      await destination.sessionState(session, never),
    ]).toEqual([{ kind: 'more', nextStart: unit }, { kind: 'more', nextStart: unit }, unit, 'stored', { kind: 'gone' }])
  })

  test('a cancelled session is gone', async () => {
    const destination = await open({ folder: 'large' })
    const [outcome] = await destination.createSessions(
      [{ parentId: destination.place.rootItemId, name: 'never.bin', sizeBytes: 9, times: undefined, conflict: 'fail' }],
      never,
    )
    if (!outcome?.ok) throw outcome?.error ?? new Error('none')
    await destination.cancelSession(outcome.value, never)
    await destination.cancelSession(outcome.value, never)
    expect([
      await destination.sessionState(outcome.value, never),
      await destination.findChild(destination.place.rootItemId, 'never.bin', never),
    ]).toEqual([{ kind: 'gone' }, undefined])
  })

  test('an existing file is replaced only in the state that was seen', async () => {
    const destination = await open({ folder: 'replace' })
    const first = await store(destination, 'r.txt', Buffer.from('one'))
    const request = {
      parentId: destination.place.rootItemId,
      name: 'r.txt',
      sizeBytes: 3,
      times: undefined,
      conflict: 'replace' as const,
    }
    const [held] = await destination.createSessions(
      [{ ...request, ...(first.eTag === undefined ? {} : { ifMatch: first.eTag }) }],
      never,
    )
    if (!held?.ok) throw held?.error ?? new Error('none')
    const replaced = await send(destination, held.value, Buffer.from('two'))
    const [stale] = await destination.createSessions(
      [{ ...request, ...(first.eTag === undefined ? {} : { ifMatch: first.eTag }) }],
      never,
    )
    expect([replaced.itemId, stale?.ok === false && stale.error.code]).toEqual([first.itemId, 'DST_CHANGED'])
  })

  test('empty files, folders and times', async () => {
    const destination = await open({ folder: 'empty' })
    const root = destination.place.rootItemId
    const empty = await destination.putEmpty({ parentId: root, name: 'e.txt', conflict: 'fail' }, never)
    const made = await destination.createFolder(root, 'sub', never)
    const adopted = await destination.createFolder(root, 'SUB', never)
    const times = { createdMs: 1_400_000_000_000, modifiedMs: 1_450_000_000_000 }
    const outcomes = await destination.setTimes(
      [
        { itemId: made.item.itemId, times },
        { itemId: empty.itemId, times },
        { itemId: 'nope', times },
      ],
      never,
    )
    const [late] = await destination.setTimes([{ itemId: empty.itemId, times, ifMatch: empty.eTag ?? '' }], never)
    expect(late).toMatchObject({ ok: false, error: { code: 'DST_CHANGED' } })
    await expect(destination.putEmpty({ parentId: root, name: 'e.txt', conflict: 'fail' }, never)).rejects.toMatchObject({
      code: 'DST_EXISTS',
    })
    expect([
      empty.sizeBytes,
      made.isNew,
      adopted.isNew,
      adopted.item.itemId === made.item.itemId,
      outcomes.map((outcome) => (outcome.ok ? outcome.value.modifiedMs : outcome.error.remedy.kind)),
    ]).toEqual([0, true, false, true, [1_450_000_000_000, 1_450_000_000_000, 'failItem']])
  })

  test('names that SharePoint refuses fail as such', async () => {
    const destination = await open()
    const thrown = await store(destination, 'a<b.txt', Buffer.from('x')).catch((error: unknown) => error)
    expect(thrown).toMatchObject({ code: 'DST_NAME_REFUSED', remedy: { kind: 'failItem' } })
  })

  test('listing shows a wide and deep tree once at least, folder by folder and as a walk', async () => {
    const destination = await open({ library: 'Archive' })
    const root = destination.place.rootItemId
    const folders = await Promise.all(
      Array.from({ length: 70 }, (_, index) => destination.createFolder(root, `d${index}`, never)),
    )
    await Promise.all(folders.map(({ item }, index) => store(destination, `f${index}`, Buffer.from('x'), item.itemId)))
    const below = await open({ library: 'Archive', folder: 'd5' })
    expect([(await listed(destination)).length, await listed(below)]).toEqual([140, ['f5']])
  })
})

test('the whole way through a company proxy, without any map', async () => {
  const connection = await readConnectionFile(tenant.connectionFile)
  const proxied = await connectTo(tenant.connectionFile, {
    connection: { ...connection, network: { ...connection.network, map: [] } },
    env: { HTTPS_PROXY: `http://127.0.0.1:${tenant.port}` },
  })
  try {
    const destination = await proxied.destinations.open(
      { kind: 'library', siteUrl, library: 'Documents', folder: 'proxied' },
      { createMissing: true, signal: never },
    )
    expect((await store(destination, 'a.txt', Buffer.from('abc'))).quickXorHash).toBe('YRDDGAAAAAAAAAAAAwAAAAAAAAA=')
  } finally {
    await proxied.close()
  }
})

test('the access check of the practice app is good throughout', async () => {
  expect((await service.checks(never)).map(({ check, ok }) => [check, ok])).toEqual([
    ['Sign-in', true],
    ['Permissions', true],
    ['People of the directory', true],
    ['Coordination site', true],
    ['Site administrator', true],
  ])
})

test('nothing was asked that the service does not know', async () => {
  const summary = await tenant.control('/journal/summary')
  expect(summary).toMatchObject({ unknown: 0 })
})
