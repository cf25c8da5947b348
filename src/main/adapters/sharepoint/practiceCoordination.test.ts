import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TaskId } from '../../../shared/domain/ids.ts'
import { taskProgressSchema } from '../../../shared/domain/progress.ts'
import { type Task, taskSchema } from '../../../shared/domain/task.ts'
import { GIB } from '../../../shared/units.ts'
import { type RunningTenant, startTenant } from '../../../simulator/index.ts'
import type { Coordination } from '../../engine/ports/coordination.ts'
import { MemoryCoordination } from '../../engine/testing/memoryCoordination.ts'
import { connectTo } from '../testing/practiceService.ts'
import type { Service } from './createService.ts'

/** Two installs at one list, over the wire; and the list in memory, on which simulations stand, behaves like it. */

const never = new AbortController().signal
const siteUrl = 'https://contoso.sharepoint.com/sites/finance'
let tenant: RunningTenant
let installs: readonly Service[] = []

beforeAll(async () => {
  tenant = await startTenant({ throttling: false })
  installs = [await connectTo(tenant.connectionFile), await connectTo(tenant.connectionFile)]
})
afterAll(async () => {
  for (const install of installs) await install.close()
  await tenant?.close()
})

const memory = new MemoryCoordination({ now: Date.now, lagMs: () => 0, call: async (_units, effect) => effect() })

describe.each<[string, () => readonly Coordination[]]>([
  ['in memory', () => [memory, memory]],
  ['in the tenant, by two installs', () => installs.map(({ coordination }) => coordination)],
  ['of shards', () => installs.map(({ shards }) => shards)],
])('a list %s', (name, lists) => {
  const pair = () => {
    const [one, other] = lists()
    if (!one || !other) throw new Error('no lists')
    return { one, other }
  }
  const task = (change: Partial<Task> = {}): Task =>
    taskSchema.parse({
      id: randomUUID(),
      name: 'Finance',
      source: { kind: 'fileShare', path: '/srv/finance' },
      destination: { kind: 'library', siteUrl, library: 'Documents', folder: '' },
      settings: {},
      createdAt: new Date().toISOString(),
      createdBy: 'test',
      ...change,
    })
  const agent = (name: string) => name as never

  test('two installs prepare the same site at once, again and again', async () => {
    const { one, other } = pair()
    await Promise.all([one.prepare(never), other.prepare(never)])
    await Promise.all([one.prepare(never), other.prepare(never)])
    expect(await one.list(never)).toEqual([])
  })

  test('a task is added once, also by two installs at once', async () => {
    const { one, other } = pair()
    const wanted = task()
    const [row, same] = await Promise.all([one.add(wanted, never), other.add(wanted, never)])
    expect([row.task, row.status, row.epoch, same.eTag]).toEqual([wanted, 'queued', 0, row.eTag])
    expect((await one.list(never)).filter((record) => record.task.id === wanted.id).length).toBe(1)
  })

  test('of two claims one wins, and the epoch rises once', async () => {
    const { one, other } = pair()
    const record = await one.add(task(), never)
    const seen = await other.get(record.task.id, never)
    if (!seen) throw new Error('not seen')
    const claims = await Promise.all([
      one.change(record, { status: 'inProgress', owner: agent('a'), raisesEpoch: true }, never),
      other.change(seen, { status: 'inProgress', owner: agent('b'), raisesEpoch: true }, never),
    ])
    const now = await one.get(record.task.id, never)
    const winner = claims.find((claim) => claim !== undefined)
    expect([claims.filter((claim) => claim === undefined).length, now?.epoch, now?.owner, now?.eTag, now?.heartbeatAt]).toEqual([
      1,
      1,
      winner?.owner,
      winner?.eTag,
      winner?.heartbeatAt,
    ])
  })

  test('requests of people do not prolong a lease; heartbeats do; what is cleared is gone', async () => {
    const { one, other } = pair()
    const added = await one.add(task(), never)
    const claimed = await one.change(added, { owner: agent('a'), raisesEpoch: true, status: 'inProgress' }, never)
    const asked = claimed && (await one.change(claimed, { request: 'pause' }, never))
    const beat = asked && (await one.change(asked, {}, never))
    const closed = beat && (await one.change(beat, { status: 'paused', reason: 'asked to', clear: ['owner', 'request'] }, never))
    const read = await other.get(added.task.id, never)
    expect([asked?.heartbeatAt === claimed?.heartbeatAt, asked?.request, beat?.request, closed?.eTag === read?.eTag]).toEqual([
      true,
      'pause',
      'pause',
      true,
    ])
    expect([read?.status, read?.reason, read?.owner, read?.request, read?.heartbeatAt]).toEqual([
      'paused',
      'asked to',
      undefined,
      undefined,
      undefined,
    ])
  })

  test('a task is removed only in the state that was seen', async () => {
    const { one, other } = pair()
    const added = await one.add(task(), never)
    const changed = await other.change(added, { round: 1 }, never)
    if (!changed) throw new Error('not changed')
    expect([
      await one.remove(added, never),
      await one.remove(changed, never),
      await one.remove(changed, never),
      await one.get(added.task.id, never),
    ]).toEqual([false, true, true, undefined])
  })

  test('a task that was never added is not there', async () => {
    const { one } = pair()
    await expect(one.get(randomUUID() as TaskId, never)).resolves.toBeUndefined()
  })

  test('the server clock is known', () => {
    expect(Math.abs(pair().one.serverNow() - Date.now())).toBeLessThan(60_000)
  })

  test('the best of what waits comes first: urgent, begun, large, old; what is claimed or not due is not there', async () => {
    const { one, other } = pair()
    const size = (scannedBytes: number, stage = 'done') =>
      taskProgressSchema.parse({
        ...{ stage, scannedFiles: 1, scannedFolders: 1, scannedBytes, migratedFiles: 0, migratedBytes: 0, sentBytes: 0 },
        ...{ failedFiles: 0, skippedItems: 0, bytesPerSecond: 0, filesPerSecond: 0, at: new Date().toISOString() },
      })
    const add = async (change: Partial<Task>, progress?: ReturnType<typeof size>, dueAt?: string) => {
      const added = await one.add(task({ group: 'Ranked', ...change }), never, dueAt === undefined ? {} : { dueAt })
      if (progress) await one.change(added, { progress }, never)
      return added.task.id
    }
    const old = await add({ name: 'old', createdAt: '2020-01-01T00:00:00Z' })
    const small = await add({ name: 'small' }, size(1))
    const large = await add({ name: 'large' }, size(100 * GIB))
    const begun = await add({ name: 'begun' }, size(5, 'transferring'))
    const later = await add({ name: 'later' }, undefined, '2100-01-01T00:00:00Z')
    const soon = await add({ name: 'due' }, undefined, new Date(Date.now() + 1000).toISOString())
    const urgent = await add({ name: 'urgent', priority: 'urgent' })
    const taken = await one.get(await add({ name: 'taken', priority: 'urgent' }), never)
    if (!taken) throw new Error('not added')
    await one.change(taken, { status: 'inProgress', owner: agent('a'), ownerSession: 's', raisesEpoch: true }, never)

    const names = async (look: Parameters<Coordination['candidates']>[0]) => {
      const { records, isMore } = await other.candidates(look, never)
      const ranked = records.filter(({ task: { group } }) => group === 'Ranked')
      return { ids: ranked.map(({ task: { id } }) => id), isMore }
    }
    const order = [urgent, begun, large, small, old, soon, later]
    expect(await names({ kind: 'group', group: 'rANKED', limit: 50 })).toEqual({ ids: order, isMore: false })
    expect(await names({ kind: 'group', group: 'Ranked', limit: 2 })).toEqual({ ids: order.slice(0, 2), isMore: true })
    expect((await names({ kind: 'group', group: 'Other', limit: 50 })).ids).toEqual([])
    expect((await names({ kind: 'best', limit: 50 })).ids).toEqual(order)
    await new Promise((resolve) => setTimeout(resolve, 2100))
    expect((await names({ kind: 'due', group: 'Ranked', limit: 50 })).ids).toEqual([soon])
  })

  test('a scan belongs to every group', async () => {
    const { one, other } = pair()
    const settings = { ...task().settings, isScanOnly: true }
    const scan = await one.add(task({ settings, group: 'Elsewhere' }), never)
    const { records } = await other.candidates({ kind: 'group', group: 'Here', limit: 50 }, never)
    expect(records.map((row) => row.task.id)).toContain(scan.task.id)
  })

  test('rows are found by their owner, with the session that claimed them, until it gives them up', async () => {
    const { one, other } = pair()
    const owner = agent(`o'neil ${name}`)
    const added = await one.add(task(), never)
    const claimed = await one.change(added, { status: 'inProgress', owner, ownerSession: 's1', raisesEpoch: true }, never)
    const [found] = await other.ownedBy(owner, never)
    expect([found?.task.id, found?.ownerSession, found?.eTag]).toEqual([added.task.id, 's1', claimed?.eTag])
    if (claimed) await one.change(claimed, { status: 'queued', raisesEpoch: true, clear: ['owner'] }, never)
    expect(await other.ownedBy(owner, never)).toEqual([])
    expect((await one.get(added.task.id, never))?.ownerSession).toBeUndefined()
  })

  test('what was seen by a query can be claimed as it is, and only while nobody changed it', async () => {
    const { one, other } = pair()
    const added = await one.add(task({ group: 'Once', priority: 'urgent' }), never)
    const seen = (await other.candidates({ kind: 'group', group: 'Once', limit: 50 }, never)).records.find(
      (row) => row.task.id === added.task.id,
    )
    if (!seen) throw new Error('not seen')
    const claim = { status: 'inProgress', owner: agent('a'), ownerSession: 's', raisesEpoch: true } as const
    expect((await other.change(seen, claim, never))?.epoch).toBe(1)
    expect(await one.change(seen, claim, never)).toBeUndefined()
  })

  test('the parts of a task are found by it, in the list of parts', async () => {
    const { one, other } = pair()
    const whole = randomUUID() as TaskId
    const holdsParts = name !== 'in the tenant, by two installs'
    const part = { of: whole, round: 0, path: 'a/b' }
    await one.add(task(holdsParts ? { part } : {}), never)
    const found = await other.partsOf(whole, never)
    expect(found.map((row) => row.task.part)).toEqual(holdsParts ? [part] : [])
  })
})
