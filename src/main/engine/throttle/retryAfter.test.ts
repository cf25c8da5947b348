import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DAY_MS } from '../../../shared/units.ts'
import { parseHttpDate, parseRetryAfter } from './retryAfter.ts'

const nowMs = Date.UTC(2026, 7, 20, 12, 0, 0)
const parse = (header: string | undefined, dateHeader?: string) => parseRetryAfter(header, { dateHeader, nowMs })

describe('parseRetryAfter', () => {
  test.each([
    ['0', 0],
    ['120', 120_000],
    [' 300 ', 300_000],
    ['2.128', 2128],
    ['0.0001', 1],
    ['1.0001', 1001],
    ['86400', DAY_MS],
    ['31622400', 366 * DAY_MS],
  ])('%j asks for %d ms', (header, expected) => expect(parse(header)).toBe(expected))

  test.each([
    undefined,
    '',
    ' ',
    '-5',
    '+5',
    '1e3',
    '0x10',
    'soon',
    '5 s',
    '1.2.3',
    '.5',
    '5.',
    'NaN',
    'Infinity',
    '31622401',
    '9'.repeat(15),
    '9'.repeat(400),
    'Thu, 99 Aug 2026 12:00:00 GMT',
    '2026-08-20T12:00:30Z',
  ])('%j names no time', (header) => expect(parse(header)).toBeUndefined())

  test('a date counts from the clock of the server, not from ours', () => {
    expect(parse('Thu, 20 Aug 2026 18:00:30 GMT', 'Thu, 20 Aug 2026 18:00:00 GMT')).toBe(30_000)
  })

  test('a date counts from our clock when the server tells none, or none that can be read', () => {
    expect(parse('Thu, 20 Aug 2026 12:02:00 GMT')).toBe(120_000)
    expect(parse('Thu, 20 Aug 2026 12:02:00 GMT', 'yesterday')).toBe(120_000)
  })

  test('a date that has passed asks for nothing', () => {
    expect(parse('Thu, 20 Aug 2026 11:59:59 GMT')).toBe(0)
  })

  test('seconds are never shortened', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 31_622_000 }), fc.integer({ min: 0, max: 999_999 }), (seconds, fraction) => {
        const text = `${seconds}.${String(fraction).padStart(6, '0')}`
        expect(parse(text)).toBeGreaterThanOrEqual(Number(text) * 1000)
      }),
    )
  })

  test('whatever the header says, the answer is a sane number or nothing', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (header, dateHeader) => {
        const delayMs = parse(header, dateHeader)
        expect(delayMs === undefined || (delayMs >= 0 && delayMs <= 366 * DAY_MS)).toBe(true)
      }),
    )
  })
})

describe('parseHttpDate', () => {
  test.each(['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-1994 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994'])('%s', (text) => {
    expect(parseHttpDate(text)).toBe(Date.UTC(1994, 10, 6, 8, 49, 37))
  })

  test('every second of a Date is read back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (seconds) => {
        expect(parseHttpDate(new Date(seconds * 1000).toUTCString())).toBe(seconds * 1000)
      }),
    )
  })

  test.each([
    'Sun, 31 Feb 2026 00:00:00 GMT',
    'Sun, 06 Foo 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 25:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 CET',
    '6 Nov 1994',
  ])('%s is no date', (text) => expect(parseHttpDate(text)).toBeUndefined())
})
