import { expect, test } from 'vitest'
import type { AuditEntry } from '../../../shared/domain/audit.ts'
import { inOrder } from './order.ts'

const entry = (chain: string, seq: number, second: number): AuditEntry =>
  ({ chain, seq, at: `2026-01-01T00:00:0${second}.000Z` }) as AuditEntry

test('a chain keeps its order though its times run back; between chains the times decide', () => {
  const entries = [entry('b', 1, 4), entry('a', 2, 2), entry('a', 1, 3), entry('b', 2, 5), entry('a', 3, 5), entry('c', 1, 1)]
  expect(inOrder(entries).map(({ chain, seq }) => `${chain}${seq}`)).toEqual(['c1', 'a1', 'a2', 'b1', 'a3', 'b2'])
})
