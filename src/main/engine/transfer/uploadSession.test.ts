import { describe, expect, test } from 'vitest'
import { type ErrorCode, MigrationError, type Remedy } from '../../../shared/errors.ts'
import { FRAGMENT_BYTES, RETRY_ATTEMPTS_MAX, SESSION_NOT_FOUND_ATTEMPTS_MAX } from '../../../shared/limits.ts'
import { SeededRandom } from '../testing/fakeClock.ts'
import { beginSession, nextTurn, type SessionEvent, type SessionTurn } from './uploadSession.ts'

const random = new SeededRandom(3)
const TOTAL = FRAGMENT_BYTES * 2 + 7

function error(code: ErrorCode, remedy: Remedy, status?: number): SessionEvent {
  return { kind: 'failed', error: new MigrationError(code, code, { remedy, ...(status === undefined ? {} : { status }) }) }
}

function more(nextStart: number): SessionEvent {
  return { kind: 'replied', reply: { kind: 'more', nextStart } }
}

function told(nextStart: number): SessionEvent {
  return { kind: 'told', state: { kind: 'open', nextStart, expiresAtMs: 0 } }
}

const gone: SessionEvent = { kind: 'told', state: { kind: 'gone' } }

function played(turn: SessionTurn, ...events: readonly SessionEvent[]): SessionTurn {
  return events.reduce((now, event) => nextTurn(now.progress, event, random), turn)
}

const begin = () => beginSession(TOTAL)
const lookFirst: Remedy = { kind: 'lookFirst' }

describe('an upload session', () => {
  test('goes from fragment to fragment; the last one is what is left', () => {
    expect(begin().step).toEqual({ kind: 'send', start: 0, length: FRAGMENT_BYTES })
    expect(played(begin(), more(FRAGMENT_BYTES), more(FRAGMENT_BYTES * 2)).step).toEqual({
      kind: 'send',
      start: FRAGMENT_BYTES * 2,
      length: 7,
    })
  })

  test('goes on where the service says, forwards and backwards', () => {
    expect(played(begin(), told(FRAGMENT_BYTES)).step).toMatchObject({ start: FRAGMENT_BYTES })
    expect(played(begin(), more(FRAGMENT_BYTES), told(327_680)).step).toMatchObject({ start: 327_680 })
  })

  test('with all bytes accepted and no item needs a look', () => {
    expect(beginSession(TOTAL, TOTAL).step.kind).toBe('lost')
    expect(played(begin(), told(TOTAL)).step.kind).toBe('lost')
  })

  test('waits in full when the service names a time, and sends the same fragment again', () => {
    expect(played(begin(), error('THR_THROTTLED', { kind: 'waitUntil', delayMs: 301_000 }, 429)).step).toMatchObject({
      kind: 'wait',
      waitMs: 301_000,
      next: 'send',
    })
  })

  test('asks after a failure whose effect is unknown, and after an overlap', () => {
    expect(played(begin(), error('NET_INTERRUPTED', lookFirst)).step).toEqual({ kind: 'ask' })
    expect(played(begin(), error('DST_SESSION_LOST', lookFirst, 416)).step).toEqual({ kind: 'ask' })
  })

  test('gives a session that is not known yet its time, then gives it up', () => {
    const unknown = error('DST_SESSION_LOST', lookFirst, 404)
    expect(played(begin(), unknown).step).toMatchObject({ kind: 'wait', next: 'send' })
    const tooOften = Array.from({ length: SESSION_NOT_FOUND_ATTEMPTS_MAX + 1 }, () => unknown)
    expect(played(begin(), ...tooOften).step.kind).toBe('lost')
  })

  test('looks at once when the last answer was lost and the session is gone', () => {
    const lastSent = played(begin(), more(FRAGMENT_BYTES), more(FRAGMENT_BYTES * 2))
    expect(played(lastSent, error('NET_INTERRUPTED', lookFirst), gone).step.kind).toBe('lost')
    expect(played(begin(), error('NET_INTERRUPTED', lookFirst), gone).step.kind).toBe('wait')
  })

  test('with a dead token, or a name that was taken meanwhile, is lost', () => {
    expect(played(begin(), error('DST_SESSION_LOST', lookFirst, 401)).step.kind).toBe('lost')
    expect(played(begin(), error('DST_EXISTS', { kind: 'failItem' }, 409)).step.kind).toBe('lost')
    expect(played(begin(), error('DST_CHANGED', lookFirst, 409)).step.kind).toBe('lost')
  })

  test('gives up what can never go at once, and what never advances after some tries', () => {
    expect(played(begin(), error('DST_QUOTA', { kind: 'stopTask' }, 507)).step.kind).toBe('giveUp')
    const retry = error('DST_UNAVAILABLE', { kind: 'retry' }, 500)
    const tries = Array.from({ length: RETRY_ATTEMPTS_MAX }, () => retry)
    expect(played(begin(), ...tries).step.kind).toBe('wait')
    expect(played(begin(), ...tries, retry).step.kind).toBe('giveUp')
    expect(played(begin(), ...tries, more(FRAGMENT_BYTES), retry).step.kind).toBe('wait')
  })

  test('is not kept alive by a service that accepts nothing for ever', () => {
    const stuck = Array.from({ length: RETRY_ATTEMPTS_MAX + 1 }, () => more(0))
    expect(played(begin(), ...stuck).step.kind).toBe('giveUp')
  })
})
