import { describe, expect, test } from 'vitest'
import type { AgentRow } from '../../../shared/domain/agent.ts'
import { agentIdSchema } from '../../../shared/domain/ids.ts'
import { HEARTBEAT_MS, LEASE_MS, SHARED_PAUSE_MAX_MS } from '../../../shared/limits.ts'
import { DAY_MS } from '../../../shared/units.ts'
import type { KeyedRow } from '../ports/keyedList.ts'
import { SharedPause } from './sharedPause.ts'

const me = agentIdSchema.parse('me')
const nowMs = Date.UTC(2026, 10, 21)
const iso = (ms: number) => new Date(ms).toISOString()
const agent = (key: string, pausedUntilMs: number | undefined, silentMs = 0): KeyedRow<AgentRow> => ({
  key,
  eTag: key,
  modifiedAt: iso(nowMs - silentMs),
  value: {
    terms: { name: key, group: 'Default', isEnabled: true },
    beat: {
      at: iso(nowMs),
      intervalMs: HEARTBEAT_MS,
      version: '1',
      machine: 'x',
      places: 1,
      running: [],
      spent: { day: 0, units: 0, bytes: 0 },
      sourceProblems: [],
      hasLeft: false,
      ...(pausedUntilMs === undefined ? {} : { pausedUntil: iso(pausedUntilMs) }),
    },
  },
})

describe('a pause of the fleet', () => {
  test.each([
    ['the longest wait of the others', [agent('a', nowMs + 60_000), agent('b', nowMs + 120_000), agent('c', undefined)], 120_000],
    ['not its own word', [agent('me', nowMs + 60_000)], 0],
    ['not what is over', [agent('a', nowMs - 1)], 0],
    ['not a silent agent', [agent('a', nowMs + 60_000, LEASE_MS)], 0],
    ['no longer than the service has ever asked', [agent('a', nowMs + DAY_MS)], SHARED_PAUSE_MAX_MS],
  ])('heeds %s', (_name, rows, delayMs) => {
    expect(new SharedPause().hear(rows, me, nowMs)).toBe(delayMs)
  })

  test('does not echo: what was heard is not told on, what the service asks of itself is', () => {
    const pause = new SharedPause()
    expect(pause.tell(nowMs + 60_000)).toBe(iso(nowMs + 60_000))
    pause.hear([agent('a', nowMs + 60_000)], me, nowMs)
    expect(pause.tell(nowMs + 62_000)).toBeUndefined()
    expect(pause.hear([agent('b', nowMs + 63_000)], me, nowMs)).toBe(0)
    expect(pause.tell(nowMs + 300_000)).toBe(iso(nowMs + 300_000))
  })
})
