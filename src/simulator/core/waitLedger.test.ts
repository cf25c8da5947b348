import { describe, expect, test } from 'vitest'
import type { Exchange } from './dispatch.ts'
import { createWaitLedger } from './waitLedger.ts'

const NOW = 1_000_000
const ledger = () => createWaitLedger({ now: () => NOW } as Parameters<typeof createWaitLedger>[0])
let lastId = 0

/** A request of one client on a connection, `startedMs` after the process began. */
function request(connectionId: number, startedMs: number, batchId?: string): Exchange {
  return {
    request: { connectionId, headers: { authorization: 'Bearer one' }, target: '/' },
    row: { service: 'graph', appId: 'app', requestId: `r${++lastId}`, ...(batchId === undefined ? {} : { batchId }) },
    price: 2,
    startedMs,
  } as unknown as Exchange
}

describe('a batch', () => {
  test('that was under way when the reply left is one request, however many parts it has', () => {
    const waits = ledger()
    waits.noteTold(request(1, 0), NOW + 60_000)
    const toldAtMs = performance.now()
    const parts = Array.from({ length: 20 }, () => waits.noteArrival(request(2, toldAtMs, 'batch 1')))
    expect(parts.every((since) => since === undefined)).toBe(true)
  })

  test('counts with all its parts once its client must have read the reply', () => {
    const waits = ledger()
    waits.noteTold(request(1, 0), NOW + 60_000)
    const toldAtMs = performance.now()
    for (const batch of ['batch 1', 'batch 2'])
      for (let part = 0; part < 3; part++) expect(waits.noteArrival(request(2, toldAtMs, batch))).toBeUndefined()
    for (let part = 0; part < 3; part++) expect(waits.noteArrival(request(2, toldAtMs, 'batch 3'))).toBeTypeOf('number')
  })
})
