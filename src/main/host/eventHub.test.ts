import { describe, expect, test } from 'vitest'
import type { HostEvent } from '../../shared/contract/events.ts'
import type { TaskProgress } from '../../shared/domain/progress.ts'
import { createEventHub, type VersionedTask } from './eventHub.ts'
import { createTask } from './tasks.ts'
import { createCountingRandom, createManualClock, fakeAgentId, fakeTaskId } from './testing/fakeHost.ts'

const random = createCountingRandom()

function row(n: number, version = '1'): VersionedTask {
  const clock = createManualClock()
  const task = createTask(
    {
      name: `Task ${n}`,
      source: { kind: 'fileShare', path: '/share' },
      destination: { kind: 'oneDrive', upn: 'ann@contoso.com', folder: '' },
    },
    { clock, random, createdBy: 'ann' },
  )
  return { view: { task: { ...task, id: fakeTaskId(n) }, status: 'queued', round: 0, modifiedAt: task.createdAt }, version }
}

const progress = (migratedFiles: number): TaskProgress => ({
  stage: 'transferring',
  scannedFiles: 9,
  scannedFolders: 0,
  scannedBytes: 9,
  uploadedFiles: migratedFiles,
  uploadedBytes: 0,
  migratedFiles,
  migratedBytes: 0,
  sentBytes: 0,
  failedFiles: 0,
  skippedItems: 0,
  bytesPerSecond: 0,
  filesPerSecond: 0,
  at: '2026-11-21T08:00:00Z',
})

function setup() {
  const clock = createManualClock()
  const hub = createEventHub({
    clock,
    connection: { state: 'none' },
    agent: { id: fakeAgentId('pc-1'), name: 'pc', state: 'stopped' },
  })
  const heard: HostEvent[] = []
  return { clock, hub, heard, attach: () => hub.attach((event) => heard.push(event)) }
}

const rowsOf = (event: HostEvent | undefined) =>
  event?.event === 'tasks.changed' ? event.payload.tasks.map(({ task }) => task.name) : undefined
const samplesOf = (event: HostEvent | undefined) =>
  event?.event === 'progress.sampled' ? event.payload.samples.map(({ progress: one }) => one.migratedFiles) : undefined

describe('event hub', () => {
  test('tells a client that comes late the whole last state', async () => {
    const { hub, heard, attach, clock } = setup()
    hub.setTasks([row(1), row(2)])
    hub.sample(fakeTaskId(1), progress(3))
    hub.setConnection({ state: 'connecting' })
    await clock.tick(1000)
    attach()
    expect(heard.map(({ event }) => event)).toEqual(['connection.changed', 'agent.changed', 'tasks.changed', 'progress.sampled'])
    expect(heard[0]?.payload).toEqual({ connection: { state: 'connecting' } })
    expect(heard[2]?.payload).toMatchObject({ startsOver: true, isComplete: true })
    expect(samplesOf(heard[3])).toEqual([3])
  })

  test('an unread list is not told as an empty one', () => {
    const { heard, attach } = setup()
    attach()
    expect(heard.map(({ event }) => event)).toEqual(['connection.changed', 'agent.changed'])
  })

  test('only rows that differ travel, and rows that are gone are named', () => {
    const { hub, heard, attach } = setup()
    hub.setTasks([row(1), row(2), row(3)])
    attach()
    heard.length = 0
    hub.setTasks([row(1), row(2, '2')])
    expect(heard).toHaveLength(1)
    expect(rowsOf(heard[0])).toEqual(['Task 2'])
    expect(heard[0]?.payload).toMatchObject({ startsOver: false, removedIds: [fakeTaskId(3)] })
    hub.setTasks([row(1), row(2, '2')])
    expect(heard).toHaveLength(1)
  })

  test('a long list travels in pages, the last of which is complete', () => {
    const { hub, heard, attach } = setup()
    attach()
    heard.length = 0
    hub.setTasks(Array.from({ length: 1100 }, (_, index) => row(index + 1)))
    const flags = heard.map(({ payload }) =>
      'tasks' in payload ? [payload.startsOver, payload.isComplete, payload.tasks.length] : [],
    )
    expect(flags).toEqual([
      [true, false, 500],
      [false, false, 500],
      [false, true, 100],
    ])
  })

  test('progress travels at most once per 250 ms, with the latest of each task', async () => {
    const { hub, heard, attach, clock } = setup()
    attach()
    heard.length = 0
    for (let files = 1; files <= 9; files++) hub.sample(fakeTaskId(1), progress(files))
    hub.sample(fakeTaskId(2), progress(5))
    expect(heard.map(samplesOf)).toEqual([[1]])
    await clock.tick(250)
    expect(heard.map(samplesOf)).toEqual([[1], [9, 5]])
    await clock.tick(250)
    expect(heard).toHaveLength(2)
    hub.sample(fakeTaskId(1), progress(10))
    expect(heard.map(samplesOf)).toEqual([[1], [9, 5], [10]])
  })

  test('a client that throws does not keep the others from hearing', () => {
    const { hub, heard, attach } = setup()
    hub.attach((event) => {
      if (event.event === 'connection.changed' && event.payload.connection.state === 'connecting') throw new Error('gone')
    })
    attach()
    hub.setConnection({ state: 'connecting' })
    expect(heard.at(-1)?.payload).toEqual({ connection: { state: 'connecting' } })
    expect(hub.clientCount).toBe(1)
  })
})
