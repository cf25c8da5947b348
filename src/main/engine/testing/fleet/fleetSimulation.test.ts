import { describe, expect, test } from 'vitest'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../../shared/units.ts'
import { type FleetScenario, simulateFleet } from './fleetSimulation.ts'

const quiet: FleetScenario = {
  seed: 1,
  agents: 12,
  tasks: 240,
  meanTaskMs: HOUR_MS,
  spread: 0.8,
  areSizesKnown: true,
  rampMs: 5 * MINUTE_MS,
  losses: { requests: 0, answers: 0, delayMaxMs: 0 },
  lagMs: 20 * SECOND_MS,
  troubleEveryMs: 0,
  lastingDeaths: 0,
  patienceMs: 200 * HOUR_MS,
}

test('a quiet fleet does every task once, close to the ideal time', async () => {
  const result = await simulateFleet(quiet)
  expect([result.lost, result.doubled, result.unfenced]).toEqual([0, 0, 0])
  expect(result.makespanMs / result.idealMs).toBeLessThan(1.1)
})

test('answers and requests get lost, and no claim is forgotten for it', async () => {
  const result = await simulateFleet({ ...quiet, losses: { requests: 0.05, answers: 0.1, delayMaxMs: MINUTE_MS } })
  expect([result.lost, result.doubled, result.unfenced]).toEqual([0, 0, 0])
  expect(result.makespanMs / result.idealMs).toBeLessThan(1.2)
})

describe('agents die, freeze, lose the network and their clocks; requests and answers get lost', () => {
  test.each([1, 2, 3, 4, 5, 6])('seed %i: no task is lost, none is done twice, none by two', async (seed) => {
    const result = await simulateFleet({
      ...quiet,
      seed,
      tasks: 120,
      losses: { requests: 0.02, answers: 0.02, delayMaxMs: MINUTE_MS },
      troubleEveryMs: 2 * HOUR_MS,
      lastingDeaths: 0.3,
    })
    expect([result.lost, result.doubled, result.unfenced]).toEqual([0, 0, 0])
    expect(result.kills + result.freezes + result.cuts).toBeGreaterThan(20)
  })
})
