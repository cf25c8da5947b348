import { expect, test } from 'vitest'
import type { FleetAgentView } from '../../../shared/contract/views.ts'
import { lastHeard, troubleOf } from './agentWords.ts'

const nowMs = Date.parse('2026-11-21T10:00:00Z')
const agent = (beat: object | undefined, part: object = {}) =>
  ({
    id: 'a',
    state: 'enabled',
    isAlive: true,
    ...part,
    ...(beat ? { beat: { sourceProblems: [], ...beat } } : {}),
  }) as unknown as FleetAgentView

test('when an agent was heard last', () => {
  expect(lastHeard(agent(undefined), nowMs)).toBe('never')
  expect(lastHeard(agent({ at: '2026-11-21T09:59:10Z' }), nowMs)).toBe('just now')
  expect(lastHeard(agent({ at: '2026-11-21T08:55:00Z' }), nowMs)).toBe('1 h 05 min ago')
})

test('what keeps an agent from working, the most telling first', () => {
  const problems = [{ path: '/s', message: 'Access is denied.' }]
  const paused = { pausedUntil: '2026-11-21T10:03:00Z' }
  expect(troubleOf(agent({}), nowMs)).toBeUndefined()
  expect(troubleOf(agent({ sourceProblems: problems }), nowMs)).toBe('Cannot read /s.')
  expect(troubleOf(agent({ ...paused, sourceProblems: problems }), nowMs)).toBe('Microsoft 365 asks it to wait for 3 min more.')
  expect(troubleOf(agent({ pausedUntil: '2026-11-21T09:00:00Z' }), nowMs)).toBeUndefined()
  expect(troubleOf(agent(paused, { reason: 'Disabled by a person.' }), nowMs)).toBe('Disabled by a person.')
})
