import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { StoredItem } from '../ports/destination.ts'
import { type ConflictPolicy, decideConflict, decideRoute, type SourceFacts } from './planner.ts'

const noon = Date.UTC(2026, 7, 20, 12)
const sourceOf = (changes: Partial<SourceFacts> = {}): SourceFacts => ({
  destName: 'plan.txt',
  kind: 'file',
  sizeBytes: 10,
  modifiedMs: noon,
  quickXorHash: 'A',
  ...changes,
})
const storedOf = (changes: Partial<StoredItem> = {}): StoredItem => ({
  itemId: '01',
  parentId: '00',
  name: 'plan.txt',
  kind: 'file',
  sizeBytes: 10,
  quickXorHash: 'A',
  eTag: '"e,1"',
  createdMs: noon,
  modifiedMs: noon,
  webUrl: undefined,
  ...changes,
})
const policy: ConflictPolicy = { whenDestinationExists: 'overwriteIfNewer', preserveTimes: true }
const hour = 3_600_000

describe('decideConflict', () => {
  test.each<readonly [string, Partial<SourceFacts>, Partial<StoredItem>, Partial<ConflictPolicy>, object]>([
    ['same content and time', {}, {}, {}, { kind: 'alreadyThere' }],
    ['under one second is no difference', { modifiedMs: noon + 999 }, {}, {}, { kind: 'alreadyThere' }],
    ['one second is', { modifiedMs: noon + 1000 }, {}, {}, { kind: 'timesDiffer', age: 'newer' }],
    ['rounded up by the service', { modifiedMs: noon - 999 }, {}, {}, { kind: 'alreadyThere' }],
    ['source hash unknown', { quickXorHash: undefined }, {}, {}, { kind: 'needsHash', of: 'source' }],
    ['stored hash unknown', {}, { quickXorHash: undefined }, {}, { kind: 'needsHash', of: 'destination' }],
    ['both unknown', { quickXorHash: undefined }, { quickXorHash: undefined }, {}, { kind: 'needsHash', of: 'destination' }],
    [
      'empty files need no hash',
      { sizeBytes: 0, quickXorHash: undefined },
      { sizeBytes: 0, quickXorHash: undefined },
      {},
      { kind: 'alreadyThere' },
    ],
    ['source newer, hash unknown', { modifiedMs: noon + hour, quickXorHash: undefined }, {}, {}, { kind: 'replace' }],
    ['source newer', { modifiedMs: noon + hour, quickXorHash: 'B' }, {}, {}, { kind: 'replace' }],
    ['source older', { modifiedMs: noon - hour, quickXorHash: 'B' }, {}, {}, { kind: 'skip', code: 'DST_NEWER' }],
    ['older than an empty file, which nobody loses', { modifiedMs: noon - hour }, { sizeBytes: 0 }, {}, { kind: 'replace' }],
    [
      'older than a file that was emptied since',
      { modifiedMs: noon - hour, provedETag: '"e,0"' },
      { sizeBytes: 0 },
      {},
      { kind: 'skip', code: 'DST_NEWER' },
    ],
    ['empty as well', { modifiedMs: noon - hour, sizeBytes: 0 }, { sizeBytes: 0 }, {}, { kind: 'timesDiffer' }],
    [
      'source older but overwrite',
      { modifiedMs: noon - hour, quickXorHash: 'B' },
      {},
      { whenDestinationExists: 'overwrite' },
      { kind: 'replace' },
    ],
    [
      'source newer but skip',
      { modifiedMs: noon + hour, quickXorHash: 'B' },
      {},
      { whenDestinationExists: 'skip' },
      { kind: 'skip', code: 'DST_EXISTS' },
    ],
    ['equal under skip', {}, {}, { whenDestinationExists: 'skip' }, { kind: 'alreadyThere' }],
    ['equal under overwrite', {}, {}, { whenDestinationExists: 'overwrite' }, { kind: 'alreadyThere' }],
    ['same time, other content', { quickXorHash: 'B' }, {}, {}, { kind: 'replace' }],
    ['same time, other size', { sizeBytes: 11 }, {}, {}, { kind: 'replace' }],
    [
      'Office file rewritten by the service and proved before',
      { destName: 'a.DOCX', sizeBytes: 9, wasProved: true },
      {},
      { whenDestinationExists: 'skip' },
      { kind: 'alreadyThere' },
    ],
    ['Office file, same time, other size', { destName: 'a.DOCX', sizeBytes: 9 }, {}, {}, { kind: 'needsComparison' }],
    ['time ahead of the clock, same content', { modifiedMs: noon + hour, isTimeAhead: true }, {}, {}, { kind: 'alreadyThere' }],
    [
      'time ahead of the clock, other content',
      { modifiedMs: noon + hour, isTimeAhead: true, quickXorHash: 'B' },
      {},
      {},
      { kind: 'replace' },
    ],
    [
      'time ahead of the clock, changed at the destination after it was proved',
      { modifiedMs: noon + hour, isTimeAhead: true, quickXorHash: 'B', provedETag: '"e,0"' },
      {},
      {},
      { kind: 'skip', code: 'DST_NEWER' },
    ],
    [
      'changed at the destination after it was proved, but overwrite',
      { quickXorHash: 'B', provedETag: '"e,0"' },
      {},
      { whenDestinationExists: 'overwrite' },
      { kind: 'replace' },
    ],
    [
      'an older file put over what was proved',
      { modifiedMs: noon + hour, quickXorHash: 'B', provedETag: '"e,0"' },
      {},
      {},
      { kind: 'skip', code: 'DST_NEWER' },
    ],
    [
      'changed at the source, its time not, the destination as it was',
      { quickXorHash: 'B', provedETag: '"e,1"' },
      {},
      { preserveTimes: false },
      { kind: 'replace' },
    ],
    [
      'same content, another time, the destination as it was',
      { modifiedMs: noon + hour, provedETag: '"e,1"' },
      {},
      {},
      { kind: 'timesDiffer', age: 'newer' },
    ],
    [
      'Office file whose time tells nothing',
      { destName: 'a.docx', modifiedMs: noon + hour, isTimeAhead: true, sizeBytes: 9, provedETag: '"e,0"' },
      {},
      {},
      { kind: 'needsComparison', isSameTime: false, otherwise: { kind: 'skip', code: 'DST_NEWER' } },
    ],
    [
      'Office file, times not kept, changed after the upload',
      { destName: 'a.docx', modifiedMs: noon + hour, sizeBytes: 9 },
      {},
      { preserveTimes: false },
      { kind: 'needsComparison', isSameTime: false, otherwise: { kind: 'replace' } },
    ],
    [
      'Office file, source newer',
      { destName: 'a.docx', modifiedMs: noon + hour, quickXorHash: 'B' },
      {},
      {},
      { kind: 'replace' },
    ],
    ['times not kept, same content', { modifiedMs: noon - hour }, {}, { preserveTimes: false }, { kind: 'alreadyThere' }],
    [
      'times not kept, other content, changed after the upload',
      { modifiedMs: noon + hour, quickXorHash: 'B' },
      {},
      { preserveTimes: false },
      { kind: 'replace' },
    ],
    ['time unknown, other content', { modifiedMs: undefined, quickXorHash: 'B' }, {}, {}, { kind: 'skip', code: 'DST_EXISTS' }],
    ['a folder in the way', {}, { kind: 'folder' }, { whenDestinationExists: 'overwrite' }, { kind: 'skip', code: 'DST_EXISTS' }],
    ['a file in the way of a folder', { kind: 'folder' }, {}, {}, { kind: 'skip', code: 'DST_EXISTS' }],
    ['folder over folder', { kind: 'folder' }, { kind: 'folder', modifiedMs: 0 }, {}, { kind: 'alreadyThere' }],
  ])('%s', (_name, source, stored, changes, expected) => {
    expect(decideConflict(sourceOf(source), storedOf(stored), { ...policy, ...changes })).toMatchObject(expected)
  })

  test('nothing there means upload', () => {
    expect(decideConflict(sourceOf(), undefined, policy)).toEqual({ kind: 'upload' })
  })

  const anyStored = fc.record({
    sizeBytes: fc.constantFrom(0, 10, 11),
    quickXorHash: fc.constantFrom('A', 'B', undefined),
    modifiedMs: fc.constantFrom(noon, noon + 1, noon - hour, noon + hour, undefined),
    kind: fc.constantFrom('file' as const, 'folder' as const),
    name: fc.constantFrom('a.txt', 'a.docx'),
  })
  const anyPolicy = fc.record({
    whenDestinationExists: fc.constantFrom('overwriteIfNewer' as const, 'overwrite' as const, 'skip' as const),
    preserveTimes: fc.boolean(),
  })

  test('a newer file of the destination that holds anything is never replaced unless the task says overwrite; skip never replaces', () => {
    fc.assert(
      fc.property(anyStored, anyPolicy, (stored, anyRule) => {
        const decision = decideConflict(sourceOf({ destName: stored.name }), storedOf(stored), anyRule)
        if (decision.kind !== 'replace') return
        expect(anyRule.whenDestinationExists).not.toBe('skip')
        if (anyRule.whenDestinationExists === 'overwriteIfNewer' && stored.sizeBytes > 0)
          expect(stored.modifiedMs ?? Number.NaN).toBeLessThan(noon + 1000)
      }),
    )
  })

  test('what was just uploaded is found there by the next decision', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(2 ** 41), anyPolicy, (sizeBytes, modifiedMs, anyRule) => {
        const source = sourceOf({ sizeBytes, modifiedMs })
        const stored = storedOf({ sizeBytes, modifiedMs: Math.floor(modifiedMs / 1000) * 1000 })
        expect(decideConflict(source, stored, anyRule).kind).toBe('alreadyThere')
      }),
    )
  })
})

describe('decideRoute', () => {
  const both = new Set(['session', 'package'] as const)
  const file = { kind: 'file', sizeBytes: 1, replacesExisting: false, isExpressible: true } as const
  const folder = { ...file, kind: 'folder', sizeBytes: 0 } as const
  const many = { available: both, newFileCount: 301, wantsAuthors: false } as const
  test.each([
    [file, { ...many, wanted: 'package', available: new Set(['session'] as const) }, 'session'],
    [file, { ...many, wanted: 'auto' }, 'package'],
    [file, { ...many, wanted: 'auto', newFileCount: 300 }, 'session'],
    [file, { ...many, wanted: 'package', newFileCount: 1 }, 'package'],
    [file, { ...many, wanted: 'auto', newFileCount: 1, wantsAuthors: true }, 'package'],
    [file, { ...many, wanted: 'session', wantsAuthors: true }, 'session'],
    [file, { ...many, wanted: 'session' }, 'session'],
    [{ ...file, sizeBytes: 0 }, { ...many, wanted: 'package' }, 'session'],
    [{ ...file, replacesExisting: true }, { ...many, wanted: 'package' }, 'session'],
    [{ ...file, isExpressible: false }, { ...many, wanted: 'package' }, 'session'],
    [folder, { ...many, wanted: 'auto' }, 'package'],
    [folder, { ...many, wanted: 'auto', newFileCount: 10 }, 'session'],
    [{ ...folder, replacesExisting: true }, { ...many, wanted: 'package' }, 'session'],
  ] as const)('%j in %j travels by %s', (facts, context, route) => {
    const decision = decideRoute(facts, context)
    expect(decision.route).toBe(route)
    expect(decision.reason).toMatch(/\.$/)
  })
})
