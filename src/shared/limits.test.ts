import { expect, test } from 'vitest'
import * as limits from './limits.ts'

test('every number is a finite number', () => {
  expect(Object.entries(limits).filter(([, value]) => !Number.isFinite(value))).toEqual([])
})

test('fragments are multiples of their unit and stay below the limit', () => {
  expect(limits.FRAGMENT_BYTES % limits.FRAGMENT_MULTIPLE_BYTES).toBe(0)
  expect(limits.FRAGMENT_BYTES).toBeLessThan(limits.FRAGMENT_LIMIT_BYTES)
})

test('a lease outlives three heartbeats and the longest wait that the service asks for', () => {
  expect(limits.LEASE_MS).toBeGreaterThanOrEqual(3 * limits.HEARTBEAT_MS + limits.THROTTLE_WAIT_MAX_MS)
})
