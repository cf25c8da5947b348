import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AgentBeat, agentRowSchema } from '../../../shared/domain/agent.ts'
import { agentIdSchema } from '../../../shared/domain/ids.ts'
import { BUDGET_FLOOR_UNITS, BUDGET_RAMP_MS, LEASE_MS } from '../../../shared/limits.ts'
import { MINUTE_MS } from '../../../shared/units.ts'
import { type Demand, FleetBudget, fairShares } from './fleetBudget.ts'
import { RollingMeter } from './rollingMeter.ts'

const demand = fc.record({ unitsPerMinute: fc.double({ min: 0, max: 5_000, noNaN: true }), wantsMore: fc.boolean() })
const demands = fc.array(demand, { minLength: 1, maxLength: 60 })
const budget = fc.double({ min: 1, max: 10_000, noNaN: true })
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
const NEAR = 1e-6

describe('shares of a budget', () => {
  test('add up to the budget: nothing is spent twice and nothing lies idle', () => {
    fc.assert(
      fc.property(budget, demands, (units, all) => {
        expect(sum(fairShares(units, all))).toBeCloseTo(units, 3)
      }),
    )
  })

  test('nobody starves: each gets the floor, or an equal part of a budget that is too small for floors', () => {
    fc.assert(
      fc.property(budget, demands, (units, all) => {
        const least = Math.min(BUDGET_FLOOR_UNITS, units / all.length)
        for (const share of fairShares(units, all)) expect(share).toBeGreaterThanOrEqual(least - NEAR)
      }),
    )
  })

  test('nobody who wants more gets less than anybody else', () => {
    fc.assert(
      fc.property(budget, demands, (units, all) => {
        const shares = fairShares(units, all)
        const wanting = shares.filter((_, index) => all[index]?.wantsMore)
        if (wanting.length > 0) expect(Math.min(...wanting)).toBeGreaterThanOrEqual(Math.max(...shares) - NEAR)
      }),
    )
  })

  test('an agent at work on something slow keeps what it spends, where everybody could have as much', () => {
    fc.assert(
      fc.property(budget, demands, (units, all) => {
        const shares = fairShares(units, all)
        for (const [index, { unitsPerMinute }] of all.entries())
          expect(shares[index]).toBeGreaterThanOrEqual(Math.min(unitsPerMinute, units / all.length) - NEAR)
      }),
    )
  })

  test('only the need decides, not the place in the list', () => {
    fc.assert(
      fc.property(budget, demands, (units, all) => {
        const forward = fairShares(units, all)
        const backward = [...fairShares(units, [...all].reverse())].reverse()
        for (const [index, share] of forward.entries()) expect(backward[index]).toBeCloseTo(share, 6)
      }),
    )
  })
})

const me = agentIdSchema.parse('me')
const startMs = Date.UTC(2026, 10, 21)
const working = { taskId: '00000000-0000-4000-8000-000000000001', name: 'F' }
const busy: Demand & { readonly isWorking: boolean } = { unitsPerMinute: 800, wantsMore: true, isWorking: true }

function agent(key: string, beat: Partial<AgentBeat>, silentMs = 0) {
  const atMs = startMs - silentMs
  return {
    key,
    eTag: key,
    modifiedAt: new Date(atMs).toISOString(),
    value: agentRowSchema.parse({
      terms: { name: key },
      beat: {
        at: new Date(atMs).toISOString(),
        intervalMs: 60_000,
        version: '1',
        machine: 'x',
        places: 1,
        running: [working],
        spent: { day: 0, units: 0, bytes: 0 },
        sourceProblems: [],
        pace: { unitsPerMinute: 800, bytesPerHour: 0 },
        wantsMore: true,
        ...beat,
      },
    }),
  }
}
/** Risen to its whole share. */
function settled(rows: readonly ReturnType<typeof agent>[]): FleetBudget {
  const fleet = new FleetBudget(me)
  fleet.allowance(busy, startMs - 10 * BUDGET_RAMP_MS)
  fleet.hear(rows, busy, startMs)
  return fleet
}

describe('an agent in a fleet', () => {
  test('alone it takes what the service lets through, whatever is known of the budget', () => {
    const fleet = settled([agent('me', {}), agent('idle', { running: [], wantsMore: false }), agent('gone', {}, LEASE_MS)])
    fleet.heardLimit(1250, startMs)
    expect(fleet.allowance(busy, startMs)).toEqual({ portion: 1, unitsPerMinute: undefined })
  })

  test('whoever has just come is believed to want as much as anybody, though it has said nothing of its work', () => {
    const came = new Date(startMs - 1000).toISOString()
    const newcomer = agent('a', { running: [], wantsMore: false, pace: undefined, startedAt: came, limitUnits: 1250 })
    expect(settled([newcomer]).allowance(busy, startMs).unitsPerMinute).toBeCloseTo(1187.5 / 2, 3)
  })

  test('with others it takes its part of what is left even before anybody knows the budget', () => {
    const { portion, unitsPerMinute } = settled([agent('a', {}), agent('b', {})]).allowance(busy, startMs)
    expect([portion, unitsPerMinute]).toEqual([expect.closeTo(1 / 3, 3), undefined])
  })

  test('one agent hears the budget from the service, the others from it', () => {
    const fleet = settled([
      agent('a', { limitUnits: 1250 }),
      agent('b', { pace: { unitsPerMinute: 40, bytesPerHour: 0 }, wantsMore: false }),
    ])
    // 95 % of 1250, less what b needs and may grow by, in two.
    expect(fleet.allowance(busy, startMs).unitsPerMinute).toBeCloseTo((1187.5 - 50) / 2, 3)
    expect(fleet.tellLimit(startMs)).toBe(1250)
  })

  test('after a pause all begin at half and rise together', () => {
    const fleet = settled([agent('a', { limitUnits: 1250, pausedUntil: new Date(startMs + MINUTE_MS).toISOString() })])
    const other = settled([agent('b', { limitUnits: 1250 })])
    other.heardPause(startMs + MINUTE_MS, busy, startMs)
    for (const [atMs, units] of [
      [startMs + MINUTE_MS, 1187.5 / 4],
      [startMs + MINUTE_MS + BUDGET_RAMP_MS / 2, (3 * 1187.5) / 8],
      [startMs + MINUTE_MS + BUDGET_RAMP_MS, 1187.5 / 2],
    ] as const) {
      expect(fleet.allowance(busy, atMs).unitsPerMinute).toBeCloseTo(units, 3)
      expect(other.allowance(busy, atMs).unitsPerMinute).toBeCloseTo(units, 3)
    }
  })

  test('a refusal without a budget makes one of what was spent, which grows while nothing is refused', () => {
    const fleet = settled([agent('a', {})])
    fleet.heardPause(startMs + 1000, busy, startMs)
    fleet.heardPause(startMs + 2000, busy, startMs + 500)
    const risenMs = startMs + 2000 + BUDGET_RAMP_MS
    const first = fleet.allowance(busy, risenMs).unitsPerMinute ?? 0
    expect(first).toBeGreaterThan(700)
    expect(fleet.allowance(busy, risenMs + 10 * MINUTE_MS).unitsPerMinute).toBeGreaterThan(first * 1.5)
    expect(fleet.tellLimit(startMs)).toBeUndefined()
    fleet.heardLimit(1250, risenMs)
    expect(fleet.allowance(busy, risenMs).unitsPerMinute).toBeCloseTo(1187.5 / 2, 3)
  })
})

test('a meter tells the growth of the last minute, of any number of samples', () => {
  const meter = new RollingMeter({ windowMs: MINUTE_MS, steps: 12 })
  expect(meter.grown()).toBe(0)
  for (let second = 0; second <= 600; second++) meter.sample(second * 10, second * 1000)
  expect(meter.grown()).toBeGreaterThanOrEqual(600)
  expect(meter.grown()).toBeLessThanOrEqual(700)
  meter.sample(0, 601_000)
  expect(meter.grown()).toBe(0)
})
