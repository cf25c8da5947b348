import { describe, expect, test } from 'vitest'
import type { AgentRow } from '../../../shared/domain/agent.ts'
import { agentIdSchema, taskIdSchema } from '../../../shared/domain/ids.ts'
import { defaultTaskSettings } from '../../../shared/domain/settings.ts'
import type { MigrationError } from '../../../shared/errors.ts'
import { HEARTBEAT_MS, LEASE_MARGIN_MS, LEASE_MS } from '../../../shared/limits.ts'
import { HOUR_MS, MINUTE_MS } from '../../../shared/units.ts'
import type { KeyedRow } from '../ports/keyedList.ts'
import { FakeClock, SeededRandom } from '../testing/fakeClock.ts'
import type { ListWorld } from '../testing/listWorld.ts'
import { MemoryCoordination } from '../testing/memoryCoordination.ts'
import { MemoryKeyedList } from '../testing/memoryKeyedList.ts'
import { Membership } from './membership.ts'
import { beatIntervalMs, idleWaitMs, leaseMs, ownWatchIntervalMs, rosterIntervalMs } from './pacing.ts'
import { agentsInMyCare, releasedState } from './release.ts'

const never = new AbortController().signal
const terms = (name: string) => ({ name, group: 'Default', isEnabled: true })

/** A server with its own clock, and agents whose clocks may stop or jump. */
function fleet() {
  const server = new FakeClock()
  const world: ListWorld = { now: () => server.now(), lagMs: () => 0, call: async (_units, effect) => effect() }
  const agents = new MemoryKeyedList<AgentRow>(world)
  const tasks = new MemoryCoordination(world)
  let seed = 0
  function agent(name: string) {
    const wall = new FakeClock()
    const elapsed = { ms: 0 }
    const lost: MigrationError[] = []
    const heard: string[] = []
    const member = new Membership({
      agentId: agentIdSchema.parse(name),
      agents,
      lists: [tasks],
      serverNow: () => server.now(),
      clock: wall,
      elapsedMs: () => elapsed.ms,
      random: new SeededRandom(++seed),
      logger: { log: () => undefined },
      terms: terms(name),
      describe: () => ({
        version: '1',
        machine: 'test',
        places: 1,
        running: [],
        spent: { day: 0, units: 0, bytes: 0 },
        sourceProblems: [],
      }),
      onLost: (error) => lost.push(error),
      onTerms: ({ name: now }) => heard.push(now),
    })
    return { member, wall, elapsed, lost, heard }
  }
  async function taken(owner: string, session: string) {
    const added = await tasks.add({
      id: taskIdSchema.parse('00000000-0000-4000-8000-000000000001'),
      name: 'Finance',
      source: { kind: 'fileShare', path: '/srv' },
      destination: { kind: 'oneDrive', upn: 'ann@contoso.com', folder: '' },
      settings: defaultTaskSettings(),
      tags: [],
      createdAt: '2026-01-01T00:00:00.000Z',
      createdBy: 'test',
      revision: 1,
    })
    const claim = { status: 'inProgress', owner: agentIdSchema.parse(owner), ownerSession: session, raisesEpoch: true } as const
    const claimed = await tasks.change(added, claim)
    if (!claimed) throw new Error('not claimed')
    return claimed
  }
  const pass = (deltaMs: number) => server.advance(deltaMs)
  return { server, agents, tasks, agent, taken, pass }
}

describe('the proof of a lease', () => {
  test.each([
    ['its own clock', 1, 0],
    ['a clock that nobody sets', 0, 1],
  ])('ends by %s, before others may begin', async (_name, wallShare, elapsedShare) => {
    const { agent } = fleet()
    const { member, wall, elapsed } = agent('a')
    expect(member.isProven()).toBe(false)
    await member.join(never)
    const lastMs = LEASE_MS - LEASE_MARGIN_MS - 1
    await wall.advance(lastMs * wallShare)
    elapsed.ms += lastMs * elapsedShare
    expect(member.isProven()).toBe(true)
    await wall.advance(wallShare)
    elapsed.ms += elapsedShare
    expect(member.isProven()).toBe(false)
  })

  test('is renewed by a heartbeat', async () => {
    const { agent, agents } = fleet()
    const { member, wall } = agent('a')
    await member.join(never)
    const { session } = member
    await wall.advance(LEASE_MS - LEASE_MARGIN_MS - 1)
    expect(await member.beat(never)).toBe(true)
    await wall.advance(HEARTBEAT_MS)
    expect([member.isProven(), member.session, agents.rows.get('a')?.value.beat?.session]).toEqual([true, session, session])
  })
})

describe('an agent that falls silent', () => {
  test('loses its tasks to the queue, and learns of it at its next heartbeat even when both of its clocks stood still', async () => {
    const { agent, taken, tasks, pass } = fleet()
    const silent = agent('silent')
    const other = agent('other')
    await silent.member.join(never)
    await other.member.join(never)
    const claimed = await taken('silent', silent.member.session)
    await pass(LEASE_MS - 1)
    await other.member.beat(never)
    await other.member.look(never)
    expect(tasks.rows.get(claimed.task.id)?.owner).toBe('silent')
    await pass(1)
    await other.member.look(never)
    const row = tasks.rows.get(claimed.task.id)
    expect([row?.status, row?.owner, row?.epoch]).toEqual(['queued', undefined, claimed.epoch + 1])
    expect(silent.member.isProven()).toBe(true)
    expect(await silent.member.beat(never)).toBe(false)
    expect([silent.member.isProven(), silent.lost.map(({ code }) => code)]).toEqual([false, ['CRD_LEASE_LOST']])
    expect(await tasks.change(claimed, { status: 'completed' })).toBeUndefined()
  })

  test('keeps what it claimed in a new session, however late its keeper comes', async () => {
    const { agent, taken, agents, tasks, pass } = fleet()
    const silent = agent('silent')
    const other = agent('other')
    await silent.member.join(never)
    await other.member.join(never)
    await pass(LEASE_MS)
    await other.member.beat(never)
    const before = [...agents.rows.values()]
    await silent.member.join(never)
    const claimed = await taken('silent', silent.member.session)
    // The keeper acts on a list that is older than the new session.
    const list = agents.list.bind(agents)
    agents.list = async () => before
    await other.member.look(never)
    agents.list = list
    expect(tasks.rows.get(claimed.task.id)?.eTag).toBe(claimed.eTag)
  })

  test('has one keeper among those who are there', () => {
    const row = (key: string, silentMs: number, isLost = false): KeyedRow<AgentRow> => ({
      key,
      eTag: key,
      modifiedAt: new Date(HOUR_MS * 100 - silentMs).toISOString(),
      value: {
        terms: terms(key),
        beat: {
          at: new Date(0).toISOString(),
          intervalMs: HEARTBEAT_MS,
          version: '1',
          machine: 'x',
          places: 1,
          running: [],
          spent: { day: 0, units: 0, bytes: 0 },
          sourceProblems: [],
          hasLeft: false,
          isLost,
        },
      },
    })
    const silent = Array.from({ length: 40 }, (_, index) => row(`silent-${index}`, LEASE_MS))
    const present = Array.from({ length: 8 }, (_, index) => row(`present-${index}`, 0))
    const rows = [...silent, ...present, row('marked', MINUTE_MS, true), row('long gone', 2 * HOUR_MS, true)]
    const cares = present.map(({ key }) =>
      agentsInMyCare(rows, agentIdSchema.parse(key), HOUR_MS * 100).map((found) => found.key),
    )
    expect(cares.flat().sort()).toEqual([...silent.map(({ key }) => key), 'marked'].sort())
    expect(Math.max(...cares.map(({ length }) => length))).toBeLessThan(15)
  })
})

test('a second process with the same identity ends the first, not the other way round', async () => {
  const { agent } = fleet()
  const first = agent('a')
  const second = agent('a')
  await first.member.join(never)
  await second.member.join(never)
  expect(await second.member.beat(never)).toBe(true)
  expect(await first.member.beat(never)).toBe(false)
  expect(first.lost.map(({ code }) => code)).toEqual(['CRD_AGENT_REPLACED'])
  await expect(first.member.keep(never)).rejects.toMatchObject({ code: 'CRD_AGENT_REPLACED' })
})

test('what people decide about an agent is heard at its next heartbeat and stays', async () => {
  const { agent, agents } = fleet()
  const { member, heard } = agent('a')
  await member.join(never)
  const row = await agents.get('a')
  if (!row) throw new Error('no row')
  await agents.change(row, { ...row.value, terms: { name: 'Berlin 1', group: 'Berlin', isEnabled: false } })
  await member.beat(never)
  expect([member.terms.group, heard, agents.rows.get('a')?.value.terms.isEnabled]).toEqual(['Berlin', ['Berlin 1'], false])
  await member.join(never)
  expect(member.terms.name).toBe('Berlin 1')
})

test.each([
  [undefined, 'queued', true],
  ['pause', 'paused', false],
  ['cancel', 'canceled', false],
] as const)('a task of a silent agent that was asked to %s becomes %s', async (request, status, hasReason) => {
  const { taken } = fleet()
  const claimed = await taken('silent', 's')
  const change = releasedState({ ...claimed, request }, 'Silent')
  expect([change?.status, change?.raisesEpoch, change?.clear?.includes('owner'), change?.reason !== undefined]).toEqual([
    status,
    true,
    true,
    hasReason,
  ])
  expect(releasedState({ ...claimed, status: 'completed' }, 'Silent')).toBeUndefined()
})

test('all intervals of a fleet together stay below a fifth of the smallest budget, whatever its size', () => {
  for (const agents of [1, 10, 100, 500, 5000]) {
    const perMinute = (units: number, everyMs: number) => (agents * units * MINUTE_MS) / everyMs
    const spent =
      perMinute(2, beatIntervalMs(agents)) + perMinute(2, rosterIntervalMs(agents)) + perMinute(1, ownWatchIntervalMs(agents))
    expect(spent).toBeLessThanOrEqual(100 + 40 + 24)
    expect(perMinute(2, idleWaitMs(agents, 99))).toBeLessThanOrEqual(40)
    expect(leaseMs(beatIntervalMs(agents))).toBeGreaterThanOrEqual(4 * beatIntervalMs(agents))
  }
  expect([beatIntervalMs(50), beatIntervalMs(500), leaseMs(HEARTBEAT_MS)]).toEqual([HEARTBEAT_MS, 10 * MINUTE_MS, LEASE_MS])
  // A small fleet looks again soon; a large one that runs dry does not look all at once.
  expect([idleWaitMs(10, 1), idleWaitMs(10, 2), idleWaitMs(500, 1)]).toEqual([MINUTE_MS / 2, MINUTE_MS / 2, 187_500])
})
