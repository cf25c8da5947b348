import { expect, test } from 'vitest'
import { agentRowSchema } from '../../shared/domain/agent.ts'
import { fleetSettingsSchema, utcDay } from '../../shared/domain/schedule.ts'
import { DAY_MS, MIB, SECOND_MS } from '../../shared/units.ts'
import { FakeClock } from '../engine/testing/fakeClock.ts'
import { createProjectRules } from './projectRules.ts'
import { fakeAgentId, silentLogger } from './testing/fakeHost.ts'

const startMs = Date.parse('2026-11-23T10:00:00Z')
const whole = { kind: 'weekly', weekdays: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '00:00', to: '24:00' }
const never = new AbortController().signal

function setUp(given: object, others: readonly { readonly isBusy: boolean; readonly units: number }[] = []) {
  const clock = new FakeClock(startMs)
  let units = 500
  let reads = 0
  const stop = new AbortController()
  const roster = others.map(({ isBusy, units: spent }, n) => ({
    key: `other-${n}`,
    eTag: '',
    modifiedAt: '',
    value: agentRowSchema.parse({
      terms: { name: `other-${n}` },
      beat: {
        at: new Date(startMs).toISOString(),
        startedAt: new Date(startMs).toISOString(),
        session: 's',
        intervalMs: 60_000,
        version: '1',
        machine: 'x',
        places: 1,
        unitsPerMinute: 0,
        running: isBusy ? [{ taskId: '00000000-0000-4000-8000-000000000001', name: 'F' }] : [],
        spent: { day: utcDay(startMs), units: spent, bytes: 0 },
        sourceProblems: [],
      },
    }),
  }))
  const rules = createProjectRules({
    agentId: fakeAgentId('me'),
    settings: async () => {
      if (reads++ > 0) throw new Error('no answer')
      return fleetSettingsSchema.parse(given)
    },
    roster: () => roster,
    spentUnits: () => units,
    serverNow: () => clock.now(),
    clock,
    logger: silentLogger,
  })
  const holds: string[] = []
  const send = (bytes: number) => rules.gate.pass(bytes, { onHold: ({ text }) => holds.push(text), signal: stop.signal })
  return { clock, rules, send, holds, stop, spend: (more: number) => (units += more) }
}

test('agents at work share the bandwidth; idle ones take nothing of it', async () => {
  const { clock, rules, send } = setUp({ bandwidth: [{ window: whole, bytesPerSecond: 3 * MIB }] }, [
    { isBusy: true, units: 0 },
    { isBusy: true, units: 0 },
    { isBusy: false, units: 0 },
  ])
  await rules.refresh(never)
  await send(10 * MIB)
  let isSent = false
  const next = send(MIB).then(() => {
    isSent = true
  })
  await clock.advance(10 * SECOND_MS - 1)
  expect(isSent).toBe(false)
  await clock.advance(1)
  await next
})

test('the budget of the day is that of the whole fleet, and begins anew with the day', async () => {
  const { clock, rules, send, holds, spend } = setUp({ dailyUnits: 10_000 }, [{ isBusy: true, units: 9000 }])
  await rules.refresh(never)
  rules.goOnFrom({ day: utcDay(startMs), units: 600, bytes: 7 })
  spend(300)
  expect(rules.spentToday()).toEqual({ day: utcDay(startMs), units: 900, bytes: 7 })
  await send(5)
  spend(100)
  let isSent = false
  const next = send(5).then(() => {
    isSent = true
  })
  await clock.advance(60 * SECOND_MS)
  expect([isSent, holds[0]]).toEqual([
    false,
    'Nothing is sent until 00:00 UTC: the daily budget of 10,000 resource units is spent.',
  ])
  await clock.advance(DAY_MS)
  await next
  expect(rules.spentToday()).toEqual({ day: utcDay(startMs) + 1, units: 0, bytes: 5 })
})

test('settings that cannot be read leave the last ones in force', async () => {
  const { rules, clock, send, holds, stop } = setUp({ blackouts: [whole] })
  await rules.refresh(never)
  await rules.refresh(never)
  const held = send(1).catch(() => 'still held')
  await clock.advance(SECOND_MS)
  expect(holds[0]).toBe('Nothing is sent: a blackout window holds.')
  stop.abort(new Error('over'))
  expect(await held).toBe('still held')
})
