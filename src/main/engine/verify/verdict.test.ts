import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CONTENT_COMPARISON_MAX_BYTES } from '../../../shared/limits.ts'
import type { StoredItem } from '../ports/destination.ts'
import { judge, type SentFacts, type VerdictContext } from './verdict.ts'

const noon = Date.UTC(2026, 7, 20, 12)
const sentOf = (changes: Partial<SentFacts> = {}): SentFacts => ({
  destName: 'plan.txt',
  kind: 'file',
  sizeBytes: 10,
  quickXorHash: 'A',
  modifiedMs: noon,
  ...changes,
})
const storedOf = (changes: Partial<StoredItem> = {}): StoredItem => ({
  itemId: '01',
  parentId: '00',
  name: 'plan.txt',
  kind: 'file',
  sizeBytes: 10,
  quickXorHash: 'A',
  eTag: undefined,
  createdMs: noon,
  modifiedMs: noon,
  webUrl: undefined,
  ...changes,
})
const listed: VerdictContext = { service: 'sharePoint', wasAskedAgain: false }
const asked: VerdictContext = { ...listed, wasAskedAgain: true }
const big = CONTENT_COMPARISON_MAX_BYTES + 1

describe('judge', () => {
  test.each<readonly [string, Partial<SentFacts>, Partial<StoredItem>, VerdictContext, object]>([
    ['same hash and size', {}, {}, listed, { kind: 'exact', reason: 'Size and QuickXorHash agree.' }],
    [
      'same content, other time',
      {},
      { modifiedMs: noon + 1000 },
      listed,
      { kind: 'exact', reason: 'Size and QuickXorHash agree. Its time differs.' },
    ],
    [
      'same content, time within the precision',
      {},
      { modifiedMs: noon - 999 },
      listed,
      { kind: 'exact', reason: 'Size and QuickXorHash agree.' },
    ],
    ['times not kept', { modifiedMs: undefined }, {}, listed, { kind: 'exact', reason: 'Size and QuickXorHash agree.' }],
    [
      'both empty, no hash',
      { sizeBytes: 0, quickXorHash: undefined },
      { sizeBytes: 0, quickXorHash: undefined },
      listed,
      { kind: 'exact' },
    ],
    [
      'nothing arrived in an Office file',
      { destName: 'a.doc' },
      { sizeBytes: 0, quickXorHash: undefined },
      listed,
      { kind: 'different' },
    ],
    ['something in what was sent empty', { sizeBytes: 0 }, {}, listed, { kind: 'different' }],
    ['other hash', {}, { quickXorHash: 'B' }, listed, { kind: 'different', reason: 'Same size, another QuickXorHash.' }],
    [
      'other size',
      {},
      { sizeBytes: 9, quickXorHash: 'B' },
      listed,
      { kind: 'different', reason: 'It has 9 bytes; 10 were sent.' },
    ],
    ['same hash but another size', {}, { sizeBytes: 9 }, listed, { kind: 'different' }],
    ['a folder instead', {}, { kind: 'folder' }, listed, { kind: 'different' }],
    [
      'folder for folder',
      { kind: 'folder' },
      { kind: 'folder', sizeBytes: 99, quickXorHash: undefined },
      listed,
      { kind: 'exact' },
    ],
    ['hash owed', {}, { quickXorHash: undefined }, listed, { kind: 'needsHash' }],
    ['hash still owed', {}, { quickXorHash: undefined }, asked, { kind: 'needsContentComparison', of: 'bytes' }],
    ['hash still owed, large', { sizeBytes: big }, { quickXorHash: undefined, sizeBytes: big }, asked, { kind: 'unverifiable' }],
    ['hash still owed, other size', {}, { quickXorHash: undefined, sizeBytes: 9 }, asked, { kind: 'different' }],
    [
      'hash still owed, other size, Office',
      { destName: 'a.docx' },
      { quickXorHash: undefined, sizeBytes: 9 },
      asked,
      { kind: 'needsContentComparison', of: 'parts' },
    ],
    ['own hash lost', { quickXorHash: undefined }, {}, listed, { kind: 'needsContentComparison', of: 'bytes' }],
    [
      'Office rewritten',
      { destName: 'a.XLSX' },
      { quickXorHash: 'B', sizeBytes: 12 },
      listed,
      { kind: 'needsContentComparison', of: 'parts' },
    ],
    [
      'Office rewritten at the largest size',
      { destName: 'a.pptx', sizeBytes: big - 1 },
      { quickXorHash: 'B' },
      listed,
      { kind: 'needsContentComparison' },
    ],
    [
      'Office rewritten above it',
      { destName: 'a.pptx', sizeBytes: big },
      { quickXorHash: 'B' },
      listed,
      { kind: 'unverifiable' },
    ],
    ['legacy Office', { destName: 'a.doc' }, { quickXorHash: 'B' }, listed, { kind: 'unverifiable' }],
    [
      'legacy Office edited later',
      { destName: 'a.doc' },
      { quickXorHash: 'B', modifiedMs: noon + 5000 },
      listed,
      { kind: 'different' },
    ],
    ['PDF in a library', { destName: 'a.pdf' }, { quickXorHash: 'B' }, listed, { kind: 'unverifiable' }],
    ['PDF in OneDrive', { destName: 'a.pdf' }, { quickXorHash: 'B' }, { ...listed, service: 'oneDrive' }, { kind: 'different' }],
  ])('%s', (_name, sent, stored, context, expected) => {
    expect(judge(sentOf(sent), storedOf(stored), context)).toMatchObject(expected)
  })

  test('not listed is missing', () => {
    expect(judge(sentOf(), undefined, asked).kind).toBe('missing')
  })

  test('exact is said only of equal hashes, of two empty files and of folders; asking again ends', () => {
    const name = fc.constantFrom('a.txt', 'a.docx', 'a.doc', 'a.pdf')
    const facts = fc.record({
      destName: name,
      sizeBytes: fc.constantFrom(0, 1, 10, big),
      quickXorHash: fc.constantFrom('A', 'B', undefined),
      modifiedMs: fc.constantFrom(noon, noon + 5000, undefined),
      kind: fc.constantFrom('file' as const, 'folder' as const),
    })
    fc.assert(
      fc.property(
        facts,
        facts,
        fc.boolean(),
        fc.constantFrom('sharePoint' as const, 'oneDrive' as const),
        (sent, stored, wasAskedAgain, service) => {
          const { kind } = judge(sent, storedOf(stored), { service, wasAskedAgain })
          if (kind === 'exact' && sent.kind === 'file') {
            expect(stored.sizeBytes).toBe(sent.sizeBytes)
            expect(sent.sizeBytes === 0 || (sent.quickXorHash !== undefined && sent.quickXorHash === stored.quickXorHash)).toBe(
              true,
            )
          }
          if (wasAskedAgain) expect(kind).not.toBe('needsHash')
        },
      ),
    )
  })
})
