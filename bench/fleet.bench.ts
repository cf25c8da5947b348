import { type FleetScenario, simulateFleet } from '../src/main/engine/testing/fleet/fleetSimulation.ts'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../src/shared/units.ts'
import type { Bench, BenchRow } from './measure.ts'

const AGENTS = Number(process.env.PORTAGE_BENCH_AGENTS ?? 500)
const TASKS = Number(process.env.PORTAGE_BENCH_TASKS ?? 50_000)
/** A fifth of what one app may spend in the smallest tenant [throttle]. */
const UNITS_GOAL = 0.2 * 1250

const calm: FleetScenario = {
  seed: 20261121,
  agents: AGENTS,
  tasks: TASKS,
  meanTaskMs: HOUR_MS,
  spread: 1,
  areSizesKnown: true,
  rampMs: 30 * MINUTE_MS,
  losses: { requests: 0.001, answers: 0.001, delayMaxMs: MINUTE_MS },
  lagMs: 30 * SECOND_MS,
  troubleEveryMs: 0,
  lastingDeaths: 0,
  patienceMs: 2000 * HOUR_MS,
}

/** Goals of issue 4: RU/min below a fifth of the smallest budget, makespan ≤ 1.1 of the ideal, nothing lost, nothing doubled. */
export const fleetBench: Bench = {
  name: 'fleet',
  about: `${AGENTS} agents and ${TASKS.toLocaleString('en-US')} tasks of an hour (heavy tail) in virtual time, calm and with trouble`,
  async run(log) {
    const rows: BenchRow[] = []
    const scenarios = [
      ['calm', calm],
      ['trouble', { ...calm, troubleEveryMs: 20 * HOUR_MS, lastingDeaths: 0.05 }],
    ] as const
    for (const [name, scenario] of scenarios) {
      const startedAt = performance.now()
      const result = await simulateFleet(scenario)
      log(`${name}: ${JSON.stringify(result)} in ${Math.round((performance.now() - startedAt) / 1000)} s`)
      const row = (what: string, value: number, unit: string, against: string, goal: number): BenchRow => ({
        name: `fleet-${name}: ${what}`,
        value: Number(value.toPrecision(4)),
        unit,
        against,
        ratio: Number((value / goal).toPrecision(3)),
        spread: 0,
      })
      rows.push(
        row('coordination', result.unitsPerMinute, 'RU/min', '20 % of 1,250 RU/min', UNITS_GOAL),
        row('coordination, busiest minute', result.unitsPeakMinute, 'RU/min', '1,250 RU/min', 1250),
        row('makespan', result.makespanMs / HOUR_MS, 'h', 'ideal', result.idealMs / HOUR_MS),
        row('free to claimed, median', result.freeToClaimedP50Ms / SECOND_MS, 's', '1 s', 1),
        row('free to claimed, 95 %', result.freeToClaimedP95Ms / SECOND_MS, 's', '1 s', 1),
        row('lost tasks', result.lost, 'tasks', 'one', 1),
        row('doubled tasks', result.doubled, 'tasks', 'one', 1),
        row('writes of two owners', result.unfenced, 'writes', 'one', 1),
      )
    }
    return rows
  },
}
