import { describe, expect, test } from 'vitest'
import { fleetSettingsSchema, utcDay } from '../../../shared/domain/schedule.ts'
import { DAY_MS, HOUR_MS, MIB, MINUTE_MS, SECOND_MS } from '../../../shared/units.ts'
import { FakeClock } from '../testing/fakeClock.ts'
import { createTransferGate, type GateRules } from './transferGate.ts'

const office = { kind: 'weekly', name: 'Office', weekdays: ['mon'], from: '08:00', to: '18:00' }
const whole = { kind: 'weekly', weekdays: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '00:00', to: '24:00' }

function setUp(settings: object, at = '2026-11-23T10:00:00Z', rules: Partial<GateRules> = {}) {
  const clock = new FakeClock(Date.parse(at))
  const spent = { day: utcDay(clock.now()), units: 0, bytes: 0 }
  let current: GateRules = { settings: fleetSettingsSchema.parse(settings), share: 1, spent, ...rules }
  const gate = createTransferGate({ clock, serverNow: () => clock.now(), rules: () => current })
  const told: string[] = []
  const controller = new AbortController()
  const passedAtMs: number[] = []
  const begunMs = clock.now()
  const send = (bytes: number, signal = controller.signal) =>
    gate.pass(bytes, { onHold: ({ text }) => told.push(text), signal }).then(() => {
      passedAtMs.push(clock.now() - begunMs)
    })
  const change = (next: object) => {
    current = { ...current, settings: fleetSettingsSchema.parse(next) }
  }
  return { clock, gate, told, passedAtMs, send, change, controller }
}

describe('the gate to the network', () => {
  test('stands open where no rule holds', async () => {
    const { send, passedAtMs, told } = setUp({ blackouts: [office] }, '2026-11-23T18:00:00Z')
    await send(MIB)
    expect([passedAtMs, told]).toEqual([[0], []])
  })

  test('is closed in a blackout, says so all the time, and opens to the second', async () => {
    const { clock, send, passedAtMs, told } = setUp({ blackouts: [office] })
    const sent = [send(MIB), send(0)]
    await clock.advance(8 * HOUR_MS - 1)
    expect(passedAtMs).toEqual([])
    await clock.advance(1)
    await Promise.all(sent)
    expect(passedAtMs).toEqual([8 * HOUR_MS, 8 * HOUR_MS])
    expect(new Set(told)).toEqual(new Set(['Nothing is sent until 18:00 UTC: the blackout "Office" holds.']))
    expect(told.length).toBeGreaterThan(1000)
  })

  test('a blackout that is taken back opens it within seconds', async () => {
    const { clock, send, passedAtMs, change } = setUp({ blackouts: [office] })
    const sent = send(1)
    await clock.advance(MINUTE_MS)
    change({})
    await clock.advance(6 * SECOND_MS)
    await sent
    expect(passedAtMs[0]).toBeLessThanOrEqual(MINUTE_MS + 5 * SECOND_MS)
  })

  test('lets through what the agent may send in a second, together for all who ask', async () => {
    const { clock, send, passedAtMs, told, gate } = setUp(
      { bandwidth: [{ window: whole, bytesPerSecond: 2 * MIB }] },
      undefined,
      { share: 0.5 },
    )
    const sent = [10, 10, 5, 1].map((size) => send(size * MIB))
    await clock.advance(HOUR_MS)
    await Promise.all(sent)
    expect(passedAtMs).toEqual([0, 10 * SECOND_MS, 20 * SECOND_MS, 25 * SECOND_MS])
    expect(told[0]).toBe('The fleet sends 2.0 MB/s at most (daily 00:00-24:00).')
    expect(gate.passedBytes()).toBe(26 * MIB)
  })

  test('whoever gives up takes nothing with him and lets the next one through', async () => {
    const { clock, send, passedAtMs, gate } = setUp({ bandwidth: [{ window: whole, bytesPerSecond: MIB }] })
    const impatient = new AbortController()
    await send(10 * MIB)
    const given = send(100 * MIB, impatient.signal)
    const next = send(MIB)
    await clock.advance(SECOND_MS)
    impatient.abort(new Error('paused'))
    await expect(given).rejects.toThrow('paused')
    await clock.advance(9 * SECOND_MS)
    await next
    expect(passedAtMs).toEqual([0, 10 * SECOND_MS])
    expect(gate.passedBytes()).toBe(11 * MIB)
  })

  test('is closed when the budget of the day is spent, until midnight of UTC', async () => {
    const { clock, send, passedAtMs, told } = setUp({ dailyBytes: MIB }, '2026-11-23T23:00:00Z', {
      spent: { day: utcDay(Date.parse('2026-11-23T23:00:00Z')), units: 0, bytes: MIB },
    })
    const sent = send(1)
    await clock.advance(DAY_MS)
    await sent
    expect(passedAtMs).toEqual([HOUR_MS])
    expect(told[0]).toMatch(/^Nothing is sent until 00:00 UTC: the daily budget of 1 MB is spent\.$/)
  })
})
