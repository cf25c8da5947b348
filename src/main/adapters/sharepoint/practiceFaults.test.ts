import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type Task, taskSchema } from '../../../shared/domain/task.ts'
import { type RunningTenant, startTenant } from '../../../simulator/index.ts'
import type { Destination } from '../../engine/ports/destination.ts'
import { type Connection, readConnectionFile } from '../network/connectionFile.ts'
import { connectTo } from '../testing/practiceService.ts'
import type { Service, ServiceOptions } from './createService.ts'

/** Bad days of the service, over the wire: every planned fault must strike, and nothing may be lost, doubled or hurried. */

const never = new AbortController().signal
const siteUrl = 'https://contoso.sharepoint.com/sites/finance'
const rulesSchema = z.object({ faults: z.array(z.object({ name: z.string().optional(), used: z.number() }).loose()) })
const journalSchema = z.object({
  rows: z.array(z.object({ retryAfterViolation: z.boolean().optional(), sinceToldMs: z.number().optional() })),
})

let tenant: RunningTenant
let connection: Connection
let service: Service
const connect = (change: Partial<ServiceOptions> = {}): Promise<Service> => connectTo(tenant.connectionFile, change)

beforeAll(async () => {
  tenant = await startTenant({ throttling: false })
  connection = await readConnectionFile(tenant.connectionFile)
  service = await connect()
  await service.coordination.prepare(never)
})
afterAll(async () => {
  await service?.close()
  await tenant?.close()
})
afterEach(async () => {
  await tenant.control('/faults', { method: 'DELETE' })
})

const plan = (...faults: readonly object[]) =>
  tenant.control('/faults', {
    body: { version: 1, seed: 7, faults: faults.map((fault, index) => ({ name: `fault ${index}`, when: {}, ...fault })) },
  })
/** How often the planned faults struck. */
async function struck(): Promise<readonly number[]> {
  return rulesSchema.parse(await tenant.control('/faults')).faults.map(({ used }) => used)
}

const open = (folder: string, library = 'Documents'): Promise<Destination> =>
  service.destinations.open({ kind: 'library', siteUrl, library, folder }, { createMissing: true, signal: never })

async function store(destination: Destination, name: string, content: Uint8Array) {
  const [outcome] = await destination.createSessions(
    [{ parentId: destination.place.rootItemId, name, sizeBytes: content.byteLength, times: undefined, conflict: 'fail' }],
    never,
  )
  if (!outcome?.ok) throw outcome?.error ?? new Error('no outcome')
  const reply = await destination.sendFragment(
    outcome.value,
    { start: 0, length: content.byteLength, totalBytes: content.byteLength, body: content },
    never,
  )
  return { reply, session: outcome.value }
}

async function names(destination: Destination): Promise<readonly string[]> {
  const found = new Map<string, string>()
  for await (const batch of destination.list(never)) for (const item of batch) found.set(item.itemId, item.name)
  return [...found.values()].sort()
}

const content = Buffer.from('content')

describe('throttling', () => {
  test.each(['fraction', 'date'])('waits named as %s are kept by every call', async (form) => {
    const destination = await open(`throttled ${form}`)
    await plan({
      when: { host: '*', calls: { from: 5, every: 31 }, times: 2 },
      do: { action: 'status', status: 429, retryAfter: { form, ms: 1100 } },
    })
    const wanted = Array.from({ length: 40 }, (_, index) => `f${index}`)
    await Promise.all(wanted.map((name) => store(destination, name, content)))
    expect([await names(destination), (await struck())[0]]).toEqual([[...wanted].sort(), 2])
    const { rows } = journalSchema.parse(await tenant.control('/journal?limit=100000'))
    // What had left before the answer arrived cannot be called back; it shows within the time of one exchange.
    expect(rows.filter((row) => row.retryAfterViolation && (row.sinceToldMs ?? 0) > 500)).toEqual([])
  })

  test('parts of a batch that are throttled arrive all the same', async () => {
    const destination = await open('batched')
    await plan({
      when: { route: 'drive.*ession*', method: 'POST', calls: [2, 5, 9] },
      do: { action: 'status', status: 429, retryAfter: { form: 'seconds', ms: 1000 } },
    })
    const requests = Array.from({ length: 12 }, (_, index) => ({
      parentId: destination.place.rootItemId,
      name: `b${index}`,
      sizeBytes: 3,
      times: undefined,
      conflict: 'fail' as const,
    }))
    const outcomes = await destination.createSessions(requests, never)
    expect([outcomes.every(({ ok }) => ok), (await struck())[0]]).toEqual([true, 3])
  })
})

describe('answers that are lost', () => {
  test.each([
    ['504 after the effect', { action: 'status', status: 504, moment: 'after' }],
    ['reset after the body', { action: 'reset', moment: 'afterBody' }],
  ])('an upload whose end is unknown is found by looking: %s', async (name, fault) => {
    const destination = await open(`lost ${name}`)
    await plan({ when: { host: 'contoso.sharepoint.com', method: 'PUT', times: 1 }, do: fault })
    await expect(store(destination, 'a.txt', content)).rejects.toMatchObject({ remedy: { kind: 'lookFirst' } })
    const found = await destination.findChild(destination.place.rootItemId, 'a.txt', never)
    expect([found?.sizeBytes, await struck()]).toEqual([content.length, [1]])
  })

  test('a fragment that broke half-way is discarded whole, and the session goes on', async () => {
    const destination = await open('half')
    const [outcome] = await destination.createSessions(
      [{ parentId: destination.place.rootItemId, name: 'h.bin', sizeBytes: 700_000, times: undefined, conflict: 'fail' }],
      never,
    )
    if (!outcome?.ok) throw outcome?.error ?? new Error('no outcome')
    await plan({
      when: { host: 'contoso.sharepoint.com', method: 'PUT', times: 1 },
      do: { action: 'reset', moment: 'body', bytes: 100_000 },
    })
    const body = Buffer.alloc(700_000, 1)
    const fragment = { start: 0, length: body.length, totalBytes: body.length, body }
    await expect(destination.sendFragment(outcome.value, fragment, never)).rejects.toMatchObject({
      code: 'NET_INTERRUPTED',
      remedy: { kind: 'lookFirst' },
    })
    const state = await destination.sessionState(outcome.value, never)
    const reply = await destination.sendFragment(outcome.value, fragment, never)
    expect([state.kind === 'open' && state.nextStart, reply.kind]).toEqual([0, 'stored'])
  })

  test('a folder survives a fault after the effect; times that may be set are not set again without a look', async () => {
    const destination = await open('folders')
    await plan(
      { when: { method: 'POST', path: '*children*', calls: [1] }, do: { action: 'status', status: 500, moment: 'after' } },
      { when: { method: 'PATCH', calls: [1] }, do: { action: 'status', status: 502, moment: 'after' } },
    )
    const { item } = await destination.createFolder(destination.place.rootItemId, 'f', never)
    const [outcome] = await destination.setTimes(
      [{ itemId: item.itemId, times: { createdMs: undefined, modifiedMs: 1_450_000_000_000 } }],
      never,
    )
    const stored = await destination.getItem(item.itemId, never)
    expect([outcome?.ok === false && outcome.error.remedy.kind, stored?.modifiedMs, await struck()]).toEqual([
      'lookFirst',
      1_450_000_000_000,
      [1, 1],
    ])
  })
})

describe('sign-in in the middle of the work', () => {
  test('a revoked token is replaced by its claims challenge', async () => {
    const destination = await open('revoked')
    await plan({ when: { host: 'graph.microsoft.com', times: 1 }, do: { action: 'token', problem: 'revoked' } })
    await store(destination, 'a', content)
    expect([await names(destination), await struck()]).toEqual([['a'], [1]])
  })

  test('an expired token is replaced', async () => {
    const destination = await open('expired')
    await plan({ when: { host: 'graph.microsoft.com', times: 1 }, do: { action: 'token', problem: 'expired' } })
    await store(destination, 'a', content)
    expect(await struck()).toEqual([1])
  })

  test('a person signs in with a device code and does the same work', async () => {
    const person = await connect({
      connection: { ...connection, auth: { kind: 'deviceCode' } },
      showDeviceCode: ({ userCode }) =>
        void tenant.control('/identity/device', { body: { userCode, upn: 'admin@contoso.com', outcome: 'approve' } }),
    })
    try {
      await expect(person.tokens.getToken('graph', { signal: never })).rejects.toMatchObject({ code: 'AUTH_SIGN_IN_NEEDED' })
      const signedIn = await person.tokens.signIn(never)
      const destination = await person.destinations.open(
        { kind: 'library', siteUrl, library: 'Documents', folder: 'by a person' },
        { createMissing: true, signal: never },
      )
      const checks = await person.checks(never)
      expect([signedIn, destination.place.isLibraryRoot]).toEqual([{ name: 'admin@contoso.com', isApp: false }, false])
      expect(checks.filter(({ ok }) => !ok)).toEqual([])
    } finally {
      await person.close()
    }
  })

  test.each([
    [700027, 'invalid_client', 'AUTH_REFUSED'],
    [65001, 'invalid_grant', 'AUTH_CONSENT_NEEDED'],
    [50076, 'invalid_grant', 'AUTH_SIGN_IN_NEEDED'],
  ])('a refusal AADSTS%i has its own code', async (number, error, code) => {
    const other = await connect()
    await tenant.control('/identity/refuse', { body: { number, error, times: 1 } })
    await expect(other.tokens.getToken('graph', { signal: never })).rejects.toMatchObject({ code })
    await other.close()
  })
})

describe('misbehaviour of the storage', () => {
  const misbehave = (name: string, when: object = {}, amount?: number) =>
    plan({ when, do: { action: 'switch', switch: name, ...(amount === undefined ? {} : { amount }) } })

  test('a session that is not known everywhere yet', async () => {
    const destination = await open('flap')
    await misbehave('sessionNotFound', { times: 1 })
    const { reply } = await store(destination, 'a', content)
    expect([reply.kind, await struck()]).toEqual(['stored', [1]])
  })

  test('several missing ranges at once', async () => {
    const destination = await open('ranges')
    const [outcome] = await destination.createSessions(
      [{ parentId: destination.place.rootItemId, name: 'r.bin', sizeBytes: 1_000_000, times: undefined, conflict: 'fail' }],
      never,
    )
    if (!outcome?.ok) throw outcome?.error ?? new Error('no outcome')
    await misbehave('multiRangeExpected')
    const body = Buffer.alloc(327_680)
    const reply = await destination.sendFragment(
      outcome.value,
      { start: 0, length: body.length, totalBytes: 1_000_000, body },
      never,
    )
    expect(reply).toEqual({ kind: 'more', nextStart: 327_680 })
  })

  test.each([
    ['emptyPage', 60],
    ['deltaDuplicates', 60],
    ['hiddenHash', 60],
    ['deltaResync', 220],
  ])('a listing with %s is whole', async (name, length) => {
    const destination = await open('', 'Archive')
    const { rootItemId } = destination.place
    const wanted = Array.from({ length }, (_, index) => `${name}${index}`)
    await Promise.all(wanted.map((folder) => destination.createFolder(rootItemId, folder, never)))
    await misbehave(name, { times: 1 })
    const found = await names(destination)
    expect(wanted.filter((folder) => !found.includes(folder))).toEqual([])
    expect((await struck())[0]).toBeGreaterThan(0)
  })
})

describe('a task list on a bad day', () => {
  const task = (): Task =>
    taskSchema.parse({
      id: randomUUID(),
      name: 'Finance',
      source: { kind: 'fileShare', path: '/srv/finance' },
      destination: { kind: 'library', siteUrl, library: 'Documents', folder: '' },
      settings: {},
      createdAt: new Date().toISOString(),
      createdBy: 'test',
    })

  test.each([
    ['listLag', 1000],
    ['ignoredFilter', undefined],
    ['emptyPage', undefined],
  ])('%s', async (name, amount) => {
    const stranger = await connect()
    await plan({ do: { action: 'switch', switch: name, ...(amount === undefined ? {} : { amount }) } })
    const wanted = task()
    const added = await service.coordination.add(wanted, never)
    const again = await stranger.coordination.add(wanted, never)
    expect([again.task, again.eTag]).toEqual([wanted, added.eTag])
    await stranger.close()
  })

  test.each([
    ['after', 504],
    ['before', 500],
  ])('a claim whose answer is lost is decided by the row (%s the effect)', async (moment, status) => {
    const added = await service.coordination.add(task(), never)
    await plan({ when: { method: 'PATCH', times: 1 }, do: { action: 'status', status, moment } })
    const claimed = await service.coordination.change(added, { owner: 'a' as never, raisesEpoch: true }, never)
    const read = await service.coordination.get(added.task.id, never)
    expect([claimed?.epoch, read?.epoch, read?.eTag === claimed?.eTag, await struck()]).toEqual([1, 1, true, [1]])
  })
})
