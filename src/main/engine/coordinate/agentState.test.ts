import { expect, test } from 'vitest'
import { agentRowSchema } from '../../../shared/domain/agent.ts'
import { LEASE_MS } from '../../../shared/limits.ts'
import { HOUR_MS, MINUTE_MS } from '../../../shared/units.ts'
import { judgeAgent } from './agentState.ts'

const at = '2026-11-21T08:00:00.000Z'
const row = (terms: object, beat: object | undefined) =>
  agentRowSchema.parse({
    terms: { name: 'pc-1', ...terms },
    ...(beat === undefined
      ? {}
      : {
          beat: {
            at,
            intervalMs: MINUTE_MS,
            version: '1',
            machine: 'x',
            places: 1,
            running: [],
            spent: { day: 0, units: 0, bytes: 0 },
            sourceProblems: [],
            ...beat,
          },
        }),
  })
const running = [{ taskId: '00000000-0000-4000-8000-000000000001', name: 'Finance' }]

test.each([
  ['idle', row({}, {}), 0, 'enabled', undefined],
  ['in work', row({}, { running }), MINUTE_MS, 'inUse', undefined],
  ['at the last moment of its lease', row({}, {}), LEASE_MS - 1, 'enabled', undefined],
  ['silent', row({}, { running }), LEASE_MS, 'disconnected', /^It has shown no life for 8 minutes/],
  ['slow by its own word', row({}, { intervalMs: 10 * MINUTE_MS }), 39 * MINUTE_MS, 'enabled', undefined],
  ['stopped', row({}, { hasLeft: true }), 2 * HOUR_MS, 'disconnected', /^It was stopped 2 hours ago/],
  ['disabled, whatever else', row({ isEnabled: false }, { running }), 0, 'disabled', /^Disabled by a person/],
  ['never heard', row({}, undefined), 0, 'disconnected', /^It has not spoken yet/],
] as const)('%s', (_name, of, laterMs, state, reason) => {
  const judged = judgeAgent(of, Date.parse(at) + laterMs)
  expect(judged.state).toBe(state)
  if (reason === undefined) expect(judged.reason).toBeUndefined()
  else expect(judged.reason).toMatch(reason)
})
