import { expect, test } from 'vitest'
import { bottleneckOf, type Running } from './bottleneck.ts'

const running = (spent: readonly [number, number, number] | undefined, change: Partial<Running> = {}): Running => ({
  progress: {
    stage: 'transferring',
    ...(spent ? { spent: { readingMs: spent[0], sendingMs: spent[1], importingMs: spent[2] } } : {}),
  },
  isThrottled: false,
  ...change,
})
const scanning = { progress: { stage: 'scanning' } } as const

test.each<[string, readonly Running[], string | undefined]>([
  ['nothing runs', [], undefined],
  ['nothing measured', [running(undefined)], undefined],
  ['reading', [running([700, 200, 0]), running([0, 100, 0])], 'source: Reading the source takes 70 %'],
  ['sending', [running([100, 900, 0])], 'network: Sending takes 90 %'],
  ['imports', [running([100, 100, 800])], 'importQueue: Import jobs wait for Microsoft 365: 80 %'],
  ['all scan', [running(undefined, scanning)], 'source: All running tasks scan'],
  ['throttled', [running([1, 9, 0], { isThrottled: true }), running([1, 9, 0])], 'throttling: Microsoft 365 asked 1 of 2'],
  [
    'a few throttled among many',
    [running([1, 9, 0], { isThrottled: true }), ...Array.from({ length: 9 }, () => running([1, 9, 0]))],
    'network',
  ],
])('%s', (_name, of, expected) => {
  const found = bottleneckOf(of, undefined)
  if (expected === undefined) expect(found).toBeUndefined()
  else expect(`${found?.kind}: ${found?.text}`).toContain(expected)
})

test('a blackout is what holds everything back, whatever else', () => {
  const hold = { kind: 'blackout', text: 'Nothing is sent until 18:00.', untilMs: 5 } as const
  expect(bottleneckOf([running([9, 1, 0], { isThrottled: true })], hold)).toEqual({ kind: 'calendar', text: hold.text })
})
