import { describe, expect, test } from 'vitest'
import { taskIdSchema } from '../../../shared/domain/ids.ts'
import { type GateName, type TaskFindings, type Wave, waveGatesSchema } from '../../../shared/domain/wave.ts'
import { WAVE_TASKS_MAX } from '../../../shared/limits.ts'
import { HOUR_MS, MINUTE_MS } from '../../../shared/units.ts'
import { isGo, judgeGates, type WaveTask } from './gates.ts'

const nowMs = Date.UTC(2026, 10, 21, 20)
const at = (agoMs: number) => new Date(nowMs - agoMs).toISOString()
const idOf = (index: number) => taskIdSchema.parse(`00000000-0000-4000-8000-${String(index).padStart(12, '0')}`)
const FROZEN = { at: at(MINUTE_MS), by: 'ann@agent', isFrozen: true, inUse: 0, late: 0, examples: [] }

function task(index: number, change: Partial<WaveTask> = {}): WaveTask {
  const lastRound = { number: 1, failedItems: 0, unsecuredItems: 0, unmappedItems: 0 }
  const forecast = { p50Ms: 5 * MINUTE_MS, p90Ms: 10 * MINUTE_MS }
  return { taskId: idOf(index), name: `Share ${index}`, status: 'completed', round: 1, lastRound, forecast, ...change }
}

function wave(change: Partial<Omit<Wave, 'gates'>> & { readonly gates?: Partial<Wave['gates']> } = {}): Wave {
  const findings: Record<string, TaskFindings> = { [idOf(1)]: { freeze: FROZEN }, [idOf(2)]: { freeze: FROZEN } }
  return {
    kind: 'wave',
    name: 'Finance',
    tag: 'wave-1',
    createdAt: at(HOUR_MS),
    createdBy: 'ann',
    findings,
    ...change,
    gates: waveGatesSchema.parse(change.gates ?? {}),
  }
}

function stateOf(gate: GateName, given: Wave, tasks: readonly WaveTask[] = [task(1), task(2)]) {
  return judgeGates(given, tasks, nowMs).find((result) => result.gate === gate)
}

test('a wave whose tasks are clean, mapped, secured and frozen is a go', () => {
  const gates = judgeGates(wave({ plannedFor: at(0), gates: { deltaMaxMs: 10 * MINUTE_MS } }), [task(1), task(2)], nowMs)
  expect(gates.map(({ gate, state }) => [gate, state])).toEqual([
    ['tasks', 'met'],
    ['date', 'met'],
    ['lastRound', 'met'],
    ['failures', 'met'],
    ['permissions', 'met'],
    ['mapping', 'met'],
    ['delta', 'met'],
    ['freeze', 'met'],
  ])
  expect(isGo(gates)).toBe(true)
})

describe('each gate alone is a no-go, at its exact limit', () => {
  test('tasks', () => {
    expect(stateOf('tasks', wave(), [])?.state).toBe('notMet')
    const full = Array.from({ length: WAVE_TASKS_MAX }, (_, index) => task(index))
    expect(stateOf('tasks', wave(), full)?.state).toBe('met')
    expect(stateOf('tasks', wave(), [...full, task(WAVE_TASKS_MAX)])?.state).toBe('notMet')
  })

  test('date', () => {
    expect(stateOf('date', wave({ plannedFor: at(-1) }))?.state).toBe('notMet')
    expect(stateOf('date', wave({ plannedFor: at(0) }))?.state).toBe('met')
    expect(stateOf('date', wave())?.state).toBe('notAsked')
  })

  test.each(['queued', 'inProgress', 'paused', 'failed', 'canceled', 'readyToMigrate'] as const)('last round: %s', (status) => {
    expect(stateOf('lastRound', wave(), [task(1), task(2, { status })])).toMatchObject({ state: 'notMet', tasks: ['Share 2'] })
  })

  test('failures are counted over all tasks', () => {
    const failed = (failedItems: number) => ({ lastRound: { number: 1, failedItems, unsecuredItems: 0, unmappedItems: 0 } })
    const given = wave({ gates: { failedMax: 3 } })
    expect(stateOf('failures', given, [task(1, failed(1)), task(2, failed(2))])?.state).toBe('met')
    expect(stateOf('failures', given, [task(1, failed(1)), task(2, failed(3))])?.state).toBe('notMet')
  })

  test('what another machine knows is unknown here, and no go', () => {
    const tasks = [task(1), task(2, { lastRound: undefined })]
    for (const gate of ['failures', 'permissions', 'mapping'] as const)
      expect(stateOf(gate, wave(), tasks)).toMatchObject({ state: 'unknown', tasks: ['Share 2'] })
    expect(isGo(judgeGates(wave(), tasks, nowMs))).toBe(false)
  })

  test('permissions and mapping, unless they are not asked for', () => {
    const lastRound = { number: 1, failedItems: 0, unsecuredItems: 1, unmappedItems: 2 }
    const tasks = [task(1, { lastRound }), task(2)]
    expect(stateOf('permissions', wave(), tasks)?.state).toBe('notMet')
    expect(stateOf('mapping', wave(), tasks)?.state).toBe('notMet')
    const careless = wave({ gates: { needsPermissions: false, needsMapping: false } })
    expect(stateOf('permissions', careless, tasks)?.state).toBe('notAsked')
    expect(isGo(judgeGates(careless, tasks, nowMs))).toBe(true)
  })

  test('the forecast of the longest task', () => {
    const given = wave({ gates: { deltaMaxMs: 10 * MINUTE_MS } })
    const slow = task(2, { forecast: { p50Ms: 1, p90Ms: 10 * MINUTE_MS + 1 } })
    expect(stateOf('delta', given, [task(1), slow])).toMatchObject({ state: 'notMet', tasks: ['Share 2'] })
    expect(stateOf('delta', given, [task(1), task(2, { forecast: undefined })])?.state).toBe('unknown')
  })

  test('the freeze check: too old, never made, or with findings', () => {
    const withFreeze = (freeze: TaskFindings['freeze']) =>
      wave({ gates: { freezeMaxAgeMs: 10 * MINUTE_MS }, findings: { [idOf(1)]: { freeze: FROZEN }, [idOf(2)]: { freeze } } })
    expect(stateOf('freeze', withFreeze({ ...FROZEN, at: at(10 * MINUTE_MS) }))?.state).toBe('met')
    expect(stateOf('freeze', withFreeze({ ...FROZEN, at: at(10 * MINUTE_MS + 1) }))?.state).toBe('unknown')
    expect(stateOf('freeze', withFreeze(undefined))).toMatchObject({ state: 'unknown', tasks: ['Share 2'] })
    const busy = { ...FROZEN, isFrozen: false, inUse: 1, late: 2, examples: ['a.docx is open'] }
    expect(stateOf('freeze', withFreeze(busy))).toMatchObject({
      state: 'notMet',
      detail: expect.stringContaining('a.docx is open'),
    })
  })
})

test('every gate that is not met says what to do', () => {
  const bad = { number: 0, failedItems: 9, unsecuredItems: 9, unmappedItems: 9 }
  const tasks = [task(1, { status: 'failed', lastRound: bad, forecast: undefined })]
  const gates = judgeGates(wave({ plannedFor: at(-1), findings: {}, gates: { deltaMaxMs: 1 } }), tasks, nowMs)
  expect(gates.filter(({ state }) => state !== 'met').every(({ fix }) => fix?.endsWith('.') === true)).toBe(true)
  expect(gates.filter(({ state }) => state === 'met').map(({ gate }) => gate)).toEqual(['tasks'])
})
