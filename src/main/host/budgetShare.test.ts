import { expect, test } from 'vitest'
import { type AgentRow, agentRowSchema } from '../../shared/domain/agent.ts'
import { agentIdSchema } from '../../shared/domain/ids.ts'
import { HEARTBEAT_MS, RATE_LIMIT_STEERING_SHARE } from '../../shared/limits.ts'
import { MINUTE_MS } from '../../shared/units.ts'
import { SharedPause } from '../engine/coordinate/sharedPause.ts'
import type { KeyedRow } from '../engine/ports/keyedList.ts'
import { FakeClock, SeededRandom } from '../engine/testing/fakeClock.ts'
import { createPacer } from '../engine/throttle/pacer.ts'
import { createBudgetShare } from './budgetShare.ts'
import { silentLogger } from './testing/fakeHost.ts'

/** Agents with their real pacers at a service that counts as the real one does, in virtual time; with and without sharing. */

const LIMIT_UNITS = 300
const UNITS = 2
const LATENCY_MS = 200
const MINUTES = 8

/** Fixed windows; from 80 % on it says what is left, beyond the limit it refuses until the next. */
function createBudget(clock: FakeClock) {
  const first = Math.floor(clock.now() / MINUTE_MS)
  let window = 0
  let spent = 0
  const seen = { refused: 0, refusedLater: 0, passed: 0, mostInWindow: 0 }
  return {
    seen,
    charge(): { readonly isRefused: boolean; readonly remainingUnits: number | undefined; readonly resetMs: number } {
      const now = Math.floor(clock.now() / MINUTE_MS)
      if (now !== window) {
        window = now
        spent = 0
      }
      spent += UNITS
      seen.mostInWindow = Math.max(seen.mostInWindow, spent)
      const resetMs = (now + 1) * MINUTE_MS - clock.now()
      if (spent > LIMIT_UNITS) {
        seen.refused++
        if (now > first) seen.refusedLater++
        return { isRefused: true, remainingUnits: 0, resetMs }
      }
      seen.passed++
      const isNear = spent >= LIMIT_UNITS * RATE_LIMIT_STEERING_SHARE
      return { isRefused: false, remainingUnits: isNear ? LIMIT_UNITS - spent : undefined, resetMs }
    },
  }
}

async function runFleet(agents: number, { isShared }: { readonly isShared: boolean }) {
  const clock = new FakeClock(Date.UTC(2026, 10, 21))
  const budget = createBudget(clock)
  const stop = new AbortController()
  const rows = new Map<string, KeyedRow<AgentRow>>()
  const passed = new Map<string, number>()

  function start(name: string, index: number): void {
    const me = agentIdSchema.parse(name)
    const pacer = createPacer({ clock, random: new SeededRandom(index + 1) })
    const pause = new SharedPause()
    let spentUnits = 0
    const share = createBudgetShare({
      agentId: me,
      service: { throttleSnapshot: () => pacer.state(), shareBudget: (mine) => pacer.share(mine), spentUnits: () => spentUnits },
      serverNow: () => clock.now(),
      clock,
      logger: silentLogger,
      isWorking: () => true,
    })
    const request = async () => {
      await pacer.run(
        async () => {
          spentUnits += UNITS
          await clock.sleep(LATENCY_MS, stop.signal)
          const { isRefused, remainingUnits, resetMs } = budget.charge()
          const limitUnits = LIMIT_UNITS
          if (isRefused) pacer.report({ kind: 'throttled', delayMs: resetMs })
          else {
            passed.set(name, (passed.get(name) ?? 0) + 1)
            if (remainingUnits !== undefined)
              pacer.report({ kind: 'rateLimit', rateLimit: { limitUnits, remainingUnits, resetMs } })
          }
        },
        { resourceUnits: UNITS, signal: stop.signal },
      )
    }
    for (let stream = 0; stream < 16; stream++) {
      void (async () => {
        while (!stop.signal.aborted) await request().catch(() => undefined)
      })()
    }
    void (async () => {
      await clock.sleep(index * 700, stop.signal).catch(() => undefined)
      while (!stop.signal.aborted) {
        const { unitsPerMinute, ...told } = share.tell()
        const { pausedUntilMs } = pacer.state()
        const pausedUntil = pause.tell(pausedUntilMs)
        const at = new Date(clock.now()).toISOString()
        const value = agentRowSchema.parse({
          terms: { name },
          beat: {
            at,
            intervalMs: HEARTBEAT_MS,
            version: '1',
            machine: 'x',
            places: 1,
            running: [{ taskId: '00000000-0000-4000-8000-000000000001', name: 'F' }],
            spent: { day: 0, units: 0, bytes: 0 },
            sourceProblems: [],
            pace: { unitsPerMinute, bytesPerHour: 0 },
            ...told,
            ...(pausedUntil === undefined ? {} : { pausedUntil }),
          },
        })
        rows.set(name, { key: name, eTag: at, modifiedAt: at, value })
        const delayMs = pause.hear([...rows.values()], me, clock.now())
        if (delayMs > 0) pacer.report({ kind: 'throttled', delayMs })
        if (isShared) share.hear([...rows.values()])
        await clock.sleep(HEARTBEAT_MS, stop.signal).catch(() => undefined)
      }
    })()
    if (isShared) void share.keep(stop.signal)
  }

  for (let index = 0; index < agents; index++) start(`agent-${index}`, index)
  await clock.advance(MINUTES * MINUTE_MS)
  stop.abort('ends')
  await clock.advance(1)
  return { ...budget.seen, leastOfOne: Math.min(...passed.values()), agentsThatPassed: passed.size }
}

test.each([2, 4, 12])(
  '%d agents that share the budget know it after the first minute: none is refused any more, none starves',
  async (count) => {
    const alone = await runFleet(count, { isShared: false })
    const shared = await runFleet(count, { isShared: true })
    expect(alone.refusedLater).toBeGreaterThan(0)
    expect(shared.refusedLater).toBe(0)
    expect(shared.refused).toBeLessThan(alone.refused)
    // Most of what the service gives is used all the same, and every agent gets nearly its share.
    expect(shared.passed * UNITS).toBeGreaterThan(0.8 * LIMIT_UNITS * MINUTES)
    expect(shared.agentsThatPassed).toBe(count)
    expect(shared.leastOfOne).toBeGreaterThan((0.8 * shared.passed) / count)
  },
)
