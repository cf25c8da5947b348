import { describe, expect, test } from 'vitest'
import type { DestinationSpec } from '../../../shared/domain/task.ts'
import { addPairs, clashing, destinationOf, draftOf, tagsOf } from './plan.ts'

const library: DestinationSpec = {
  kind: 'library',
  siteUrl: 'https://contoso.sharepoint.com/sites/a',
  library: 'Documents',
  folder: '',
}
const onto = { onto: library, ontoTitle: 'Documents' }

describe('pairs', () => {
  test('one folder goes into the place itself, several into folders of their own', () => {
    const [one] = addPairs([], { paths: ['\\\\srv\\legal\\'], ...onto })
    expect(one && destinationOf(one).folder).toBe('')
    const two = addPairs([], { paths: ['/s/legal', '/s/sales'], ...onto })
    expect(two.map((pair) => destinationOf(pair).folder)).toEqual(['legal', 'sales'])
  })

  test('a second folder on the same place gives the first one a folder of its own too', () => {
    const first = addPairs([], { paths: ['/s/legal'], ...onto })
    const both = addPairs(first, { paths: ['/s/sales'], ...onto })
    expect(both.map(({ hasOwnFolder }) => hasOwnFolder)).toEqual([true, true])
  })

  test('the same folder dropped twice is one pair', () => {
    const once = addPairs([], { paths: ['/s/legal'], ...onto })
    expect(addPairs(once, { paths: ['/s/legal'], ...onto })).toEqual(once)
  })

  test('two folders of one name on one place clash, whatever their case', () => {
    const pairs = addPairs([], { paths: ['/a/Data', '/b/data'], ...onto })
    expect(clashing(pairs).size).toBe(2)
    expect(clashing(addPairs([], { paths: ['/a/x', '/b/y'], ...onto })).size).toBe(0)
  })
})

test('a draft carries only what was chosen', () => {
  const [pair] = addPairs([], { paths: ['/s/legal'], ...onto })
  expect(
    pair && draftOf(pair, { tags: [], settings: {}, rank: { group: 'Default', priority: 'normal' }, schedule: undefined }),
  ).toEqual({
    source: { kind: 'fileShare', path: '/s/legal' },
    destination: library,
    name: 'legal',
  })
})

test('a draft says who takes it and when, where that was chosen', () => {
  const [pair] = addPairs([], { paths: ['/s/legal'], ...onto })
  const schedule = { startAt: '2026-11-22T02:00', timeZone: 'Europe/Berlin', whenMissed: 'skip' } as const
  const rank = { group: ' Night shift ', priority: 'urgent' } as const
  expect(pair && draftOf(pair, { tags: [], settings: {}, rank, schedule })).toMatchObject({
    group: 'Night shift',
    priority: 'urgent',
    schedule,
  })
})

test('tags are told apart by semicolons, once each', () => {
  expect(tagsOf('wave 1; legal;; wave 1 ')).toEqual(['wave 1', 'legal'])
})
