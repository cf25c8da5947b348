import { expect, test } from 'vitest'
import { createRandom } from './seededRandom.ts'
import { createClock } from './tenantClock.ts'

test('advancing runs what is due in its order, each at its own time', () => {
  const clock = createClock({ frozenAtMs: 1_000 })
  const seen: [string, number][] = []
  const note = (name: string) => () => void seen.push([name, clock.now()])
  clock.schedule(5_000, note('late'))
  clock.schedule(2_000, () => {
    note('early')()
    clock.schedule(3_000, note('from early'))
  })
  const cancel = clock.schedule(2_500, note('cancelled'))
  cancel()
  clock.schedule(9_000, note('not yet'))
  clock.advance(4_000)
  expect(seen).toEqual([
    ['early', 2_000],
    ['from early', 3_000],
    ['late', 5_000],
  ])
  expect([clock.now(), clock.offsetMs()]).toEqual([5_000, 4_000])
})

test('what is due runs by itself when time is not frozen', async () => {
  const clock = createClock()
  await new Promise<void>((resolve) => clock.schedule(clock.now() + 5, resolve))
  clock.close()
})

test('chance is the same for the same seed, and GUIDs are well formed', () => {
  const draw = (seed: string) => {
    const random = createRandom(seed)
    return [random.guid(), random.next(), random.integer(1_000), random.bytes(4).toString('hex')]
  }
  expect(draw('7/ids')).toEqual(draw('7/ids'))
  expect(draw('7/ids')[0]).not.toBe(draw('8/ids')[0])
  expect(draw('7/ids')[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  const random = createRandom('many')
  expect(new Set(Array.from({ length: 5_000 }, () => random.guid())).size).toBe(5_000)
})
