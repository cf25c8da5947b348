import { expect, test } from 'vitest'
import type { TaskProgress } from '../../shared/domain/progress.ts'
import { defaultTaskSettings } from '../../shared/domain/settings.ts'
import { MigrationError } from '../../shared/errors.ts'
import { OWN_WATCH_MS, PAUSE_PATIENCE_MS } from '../../shared/limits.ts'
import type { TaskRecord } from '../engine/ports/coordination.ts'
import { type RoundResult, runAgent } from './agentLoop.ts'
import {
  createCountingRandom,
  createManualClock,
  fakeAgentId,
  fakeTaskId,
  MemoryCoordination,
  settle,
  silentLogger,
} from './testing/fakeHost.ts'

const progress = { stage: 'transferring', uploadedBytes: 0 } as TaskProgress
const never = new AbortController().signal

/** A round in work: it ends as the test says, drains only when it is told to, and drops at once. */
interface RoundInWork {
  readonly drain: AbortSignal
  end(result: Partial<RoundResult>): Promise<void>
}

async function agentWith(places: number, names: { readonly tasks: readonly string[]; readonly parts?: readonly string[] }) {
  const clock = createManualClock()
  const coordination = new MemoryCoordination()
  const parts = new MemoryCoordination()
  let count = 0
  const add = (list: MemoryCoordination, name: string) =>
    list.add(
      {
        id: fakeTaskId(++count),
        name,
        source: { kind: 'fileShare', path: '/s' },
        destination: { kind: 'oneDrive', upn: 'ann@contoso.com', folder: '' },
        settings: defaultTaskSettings(),
        tags: [],
        createdAt: new Date(Date.parse('2026-11-21T07:00:00Z') + count * 1000).toISOString(),
        createdBy: 'ann',
        revision: 1,
      },
      never,
    )
  for (const name of names.tasks) await add(coordination, name)
  for (const name of names.parts ?? []) await add(parts, name)
  const inWork = new Map<string, RoundInWork>()
  const stop = new AbortController()
  const nudge = { now: new AbortController() }
  const running = runAgent(
    {
      agentId: fakeAgentId('pc-1'),
      coordination,
      parts,
      places: () => places,
      member: { session: 's', isProven: () => true, presentCount: 1 },
      terms: () => ({ name: 'pc-1', group: 'Default', isEnabled: true }),
      clock,
      random: { ...createCountingRandom(), next: () => 0 },
      logger: silentLogger,
      onProgress: () => undefined,
      runRound: ({ task }, { drain, drop }) =>
        new Promise((resolve) => {
          const end = (result: Partial<RoundResult>) => {
            inWork.delete(task.name)
            resolve({ status: 'completed', reason: undefined, progress, ...result })
            return settle()
          }
          inWork.set(task.name, { drain, end })
          drop.addEventListener('abort', () => void end({ status: drop.reason === 'cancel' ? 'canceled' : 'paused' }))
        }),
    },
    { once: false, drain: stop.signal, drop: never, nudged: () => nudge.now.signal },
  )
  running.catch(() => undefined)
  await settle()
  const row = async (name: string): Promise<TaskRecord> => {
    const found = (await coordination.list()).find(({ task }) => task.name === name)
    if (!found) throw new Error(`no row ${name}`)
    return found
  }
  return {
    clock,
    running,
    row,
    at: (name: string): RoundInWork => {
      const round = inWork.get(name)
      if (!round) throw new Error(`${name} is not in work, but ${[...inWork.keys()].join(', ')}`)
      return round
    },
    inWork: () => [...inWork.keys()].sort(),
    ask: async (name: string, request: 'pause' | 'cancel') => coordination.change(await row(name), { request }),
    nudge: async () => {
      nudge.now.abort()
      nudge.now = new AbortController()
      await settle()
    },
    stop: async () => {
      stop.abort('stop')
      await settle()
      for (const round of inWork.values()) if (round.drain.aborted) await round.end({ status: 'paused' })
      return await running
    },
  }
}

test('as many tasks as places are in work; the place of one that ended is filled without waiting', async () => {
  const agent = await agentWith(2, { tasks: ['a', 'b', 'c'] })
  expect(agent.inWork()).toEqual(['a', 'b'])
  await agent.at('a').end({})
  expect(agent.inWork()).toEqual(['b', 'c'])
  expect((await agent.row('a')).status).toBe('completed')
  const ended = await agent.stop()
  expect(ended.map(({ name, status }) => [name, status])).toEqual([
    ['a', 'completed'],
    ['b', 'inProgress'],
    ['c', 'inProgress'],
  ])
})

test('parts of tasks that have begun go before tasks that wait', async () => {
  const agent = await agentWith(1, { tasks: ['a'], parts: ['part'] })
  expect(agent.inWork()).toEqual(['part'])
  await agent.at('part').end({})
  expect(agent.inWork()).toEqual(['a'])
  await agent.stop()
})

test('a pause frees the place even when a large file is in flight, and the place is filled', async () => {
  const agent = await agentWith(1, { tasks: ['a', 'b'] })
  await agent.ask('a', 'pause')
  await agent.clock.tick(OWN_WATCH_MS)
  expect(agent.at('a').drain.aborted).toBe(true)
  await agent.clock.tick(PAUSE_PATIENCE_MS)
  expect(agent.inWork()).toEqual(['b'])
  expect(await agent.row('a')).toMatchObject({ status: 'paused', owner: undefined, request: undefined })
  await agent.stop()
})

test('a cancel is obeyed with the next look, and at once when this machine knows of it', async () => {
  const agent = await agentWith(2, { tasks: ['a', 'b'] })
  await agent.ask('a', 'cancel')
  await agent.clock.tick(OWN_WATCH_MS)
  expect(agent.inWork()).toEqual(['b'])
  await agent.ask('b', 'cancel')
  await agent.nudge()
  expect(agent.inWork()).toEqual([])
  expect([(await agent.row('a')).status, (await agent.row('b')).status]).toEqual(['canceled', 'canceled'])
  await agent.stop()
})

test('what stops the agent lets its other tasks end in order first', async () => {
  const agent = await agentWith(2, { tasks: ['a', 'b'] })
  const error = new MigrationError('JNL_DISK_FULL', 'The disk is full.', { remedy: { kind: 'stopTask' } })
  await agent.at('a').end({ status: 'failed', error })
  expect(agent.at('b').drain.aborted).toBe(true)
  await agent.at('b').end({ status: 'paused' })
  await expect(agent.running).rejects.toBe(error)
  expect((await agent.row('b')).status).toBe('inProgress')
})
