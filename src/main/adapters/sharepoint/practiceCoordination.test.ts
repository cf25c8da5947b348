import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TaskId } from '../../../shared/domain/ids.ts'
import { type Task, taskSchema } from '../../../shared/domain/task.ts'
import { type RunningTenant, startTenant } from '../../../simulator/index.ts'
import { connectTo } from '../testing/practiceService.ts'
import type { Service } from './createService.ts'

/** Two installs at one task list, over the wire. */

const never = new AbortController().signal
const siteUrl = 'https://contoso.sharepoint.com/sites/finance'
let tenant: RunningTenant
let service: Service
let second: Service

beforeAll(async () => {
  tenant = await startTenant({ throttling: false })
  service = await connectTo(tenant.connectionFile)
  second = await connectTo(tenant.connectionFile)
})
afterAll(async () => {
  await service?.close()
  await second?.close()
  await tenant?.close()
})

describe('coordination', () => {
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
  const agent = (name: string) => name as never

  test('two installs prepare the same site at once, again and again', async () => {
    await Promise.all([service.coordination.prepare(never), second.coordination.prepare(never)])
    await Promise.all([service.coordination.prepare(never), second.coordination.prepare(never)])
    expect(await service.coordination.list(never)).toEqual([])
  })

  test('a task is added once, also by two installs at once', async () => {
    const wanted = task()
    const [one, other] = await Promise.all([service.coordination.add(wanted, never), second.coordination.add(wanted, never)])
    expect([one.task, one.status, one.epoch, other.eTag]).toEqual([wanted, 'queued', 0, one.eTag])
    expect((await service.coordination.list(never)).filter((record) => record.task.id === wanted.id).length).toBe(1)
  })

  test('of two claims one wins, and the epoch rises once', async () => {
    const record = await service.coordination.add(task(), never)
    const seen = await second.coordination.get(record.task.id, never)
    if (!seen) throw new Error('not seen')
    const claims = await Promise.all([
      service.coordination.change(record, { status: 'inProgress', owner: agent('a'), raisesEpoch: true }, never),
      second.coordination.change(seen, { status: 'inProgress', owner: agent('b'), raisesEpoch: true }, never),
    ])
    const now = await service.coordination.get(record.task.id, never)
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
    const added = await service.coordination.add(task(), never)
    const claimed = await service.coordination.change(
      added,
      { owner: agent('a'), raisesEpoch: true, status: 'inProgress' },
      never,
    )
    const asked = claimed && (await service.coordination.change(claimed, { request: 'pause' }, never))
    const beat = asked && (await service.coordination.change(asked, {}, never))
    const closed =
      beat &&
      (await service.coordination.change(beat, { status: 'paused', reason: 'asked to', clear: ['owner', 'request'] }, never))
    const read = await second.coordination.get(added.task.id, never)
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
    const added = await service.coordination.add(task(), never)
    const changed = await second.coordination.change(added, { round: 1 }, never)
    if (!changed) throw new Error('not changed')
    expect([
      await service.coordination.remove(added, never),
      await service.coordination.remove(changed, never),
      await service.coordination.remove(changed, never),
      await service.coordination.get(added.task.id, never),
    ]).toEqual([false, true, true, undefined])
  })

  test('a task that was never added is not there', async () => {
    await expect(service.coordination.get(randomUUID() as TaskId, never)).resolves.toBeUndefined()
  })

  test('the server clock is known', () => {
    expect(Math.abs(service.coordination.serverNow() - Date.now())).toBeLessThan(60_000)
  })
})
