import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type NameRules, nameRulesSchema } from '../../../shared/domain/settings.ts'
import { SEGMENT_MAX_UTF16 } from '../../../shared/limits.ts'
import { collisionKey } from './collisionKey.ts'
import { assignCollisionFreeNames, repairName, withSuffix } from './nameRepair.ts'
import { findNameIssues, type NameContext } from './nameRules.ts'

const rules = nameRulesSchema.parse({})
const file: NameContext = { isFolder: false, isLibraryRoot: true, blocksScriptTypes: false }
const folder: NameContext = { ...file, isFolder: true }

describe('repairName', () => {
  test.each([
    ['good name.txt', 'good name.txt'],
    ['a:b?.txt', 'a_b_.txt'],
    ['a\u0001b', 'a_b'],
    ['a\ud800b', 'a_b'],
    ['😀:😀', '😀_😀'],
    [' lead', 'lead'],
    ['trail. . ', 'trail'],
    ['\u3000wide\u3000', 'wide'],
    ['CON.txt', 'CON_.txt'],
    ['con', 'con_'],
    ['Aux.tar.gz', 'Aux_.tar.gz'],
    ['.lock', '.lock_'],
    ['desktop.ini', 'desktop_.ini'],
    ['forms', 'forms_'],
    ['~$budget.xlsx', '_$budget.xlsx'],
    ['_vti_cnf', 'vti_cnf'],
    ['__vti_cnf', 'vti_cnf'],
    ['...', '_'],
    [' ', '_'],
    [`${'x'.repeat(300)}.docx`, `${'x'.repeat(250)}.docx`],
    [`${'😀'.repeat(200)}.a`, `${'😀'.repeat(126)}.a`],
  ])('the file %j becomes %j', (name, expected) => {
    expect(repairName(name, rules, file)).toBe(expected)
  })

  test.each([
    ['~temp', '_temp'],
    ['page_files', 'page_files_'],
    [`${'x'.repeat(249)}_files`, `${'x'.repeat(249)}_file_`],
    ['x'.repeat(300), 'x'.repeat(255)],
    [`${'x'.repeat(254)} ${'y'.repeat(50)}`, 'x'.repeat(254)],
    ['v1.2 build: 7', 'v1.2 build_ 7'],
  ])('the folder %j becomes %j', (name, expected) => {
    expect(repairName(name, rules, folder)).toBe(expected)
  })

  test('an empty replacement removes the characters', () => {
    expect(repairName('a:b', { ...rules, replacement: '' }, file)).toBe('ab')
    expect(repairName('???', { ...rules, replacement: '' }, file)).toBe('_')
  })

  test('a replacement that is itself refused gives way to the underscore', () => {
    expect(repairName('a:b', { ...rules, replacement: '*' }, file)).toBe('a_b')
  })

  test('edges are left alone when the task says so, and then the name cannot be repaired', () => {
    expect(repairName('a.', { ...rules, trimEnds: false }, file)).toBeUndefined()
    expect(repairName('a:b', { ...rules, trimEnds: false }, file)).toBe('a_b')
  })

  test('a refused type is no matter of names', () => {
    expect(repairName('a:b.aspx', rules, { ...file, blocksScriptTypes: true })).toBe('a_b.aspx')
  })

  const nasty = fc
    .array(
      fc.oneof(
        fc.constantFrom(
          ' ',
          '.',
          '\u3000',
          '~',
          '$',
          '_vti_',
          '_',
          'CON',
          'nul',
          '.lock',
          'desktop.ini',
          'forms',
          '_files',
          '_file',
          ':',
          '?',
          'a',
          '😀',
          '\ud800',
          '\udc00',
          'x'.repeat(120),
        ),
        fc.string({ unit: 'binary', maxLength: 6 }),
      ),
      { maxLength: 8 },
    )
    .map((parts) => parts.join(''))
  const anyRules: fc.Arbitrary<NameRules> = fc.record({
    whenInvalid: fc.constant('replace' as const),
    replacement: fc.constantFrom('_', '', '-', ' ', '.', '~', '*', 'x', '\ud800'),
    trimEnds: fc.boolean(),
    reservedSuffix: fc.constantFrom('_', ' ', '.', '_file', '_vti_', '(1)', ':', 'x'.repeat(16)),
  })
  const anyContext = fc.record({ isFolder: fc.boolean(), isLibraryRoot: fc.boolean(), blocksScriptTypes: fc.constant(false) })

  test('with cut ends every name can be repaired; what comes out is accepted, stable and the same every time', () => {
    fc.assert(
      fc.property(nasty, anyRules, anyContext, (name, anyRule, context) => {
        const repaired = repairName(name, anyRule, context)
        if (anyRule.trimEnds) expect(repaired).toBeDefined()
        if (repaired === undefined) return
        expect(findNameIssues(repaired, context)).toEqual([])
        expect(repairName(repaired, anyRule, context)).toBe(repaired)
        expect(repairName(name, anyRule, context)).toBe(repaired)
        if (findNameIssues(name, context).length === 0) expect(repaired).toBe(name)
      }),
      { numRuns: 5_000 },
    )
  })
})

describe('withSuffix', () => {
  test.each([
    ['report.docx', false, 'report (2).docx'],
    ['archive.tar.gz', false, 'archive.tar (2).gz'],
    ['.profile', false, '.profile (2)'],
    ['v1.2', true, 'v1.2 (2)'],
    [`${'x'.repeat(250)}.docx`, false, `${'x'.repeat(246)} (2).docx`],
    ['x'.repeat(255), true, `${'x'.repeat(251)} (2)`],
    [`a${'😀'.repeat(127)}`, true, `a${'😀'.repeat(125)} (2)`],
  ])('%j (folder: %s) becomes %j', (name, isFolder, expected) => {
    expect(withSuffix(name, 2, isFolder)).toBe(expected)
  })
})

describe('assignCollisionFreeNames', () => {
  const item = (sourceName: string, destName = sourceName, isFolder = false) => ({ sourceName, destName, isFolder })
  const free = { isTaken: () => false }

  test('who keeps its own spelling keeps the plain name; the renamed one is numbered', () => {
    const names = assignCollisionFreeNames([item('a:b.txt', 'a_b.txt'), item('a_b.txt')], free)
    expect(Object.fromEntries(names)).toEqual({ 'a_b.txt': 'a_b.txt', 'a:b.txt': 'a_b (2).txt' })
  })

  test('numbers that are taken by other items are passed over', () => {
    const taken = new Set([collisionKey('A (2).txt')])
    const names = assignCollisionFreeNames([item('A.txt'), item('a.txt')], { isTaken: (key) => taken.has(key) })
    expect(Object.fromEntries(names)).toEqual({ 'A.txt': 'A.txt', 'a.txt': 'a (3).txt' })
  })

  test('a newcomer does not push anyone from the name of the last round', () => {
    const previousNames = new Map([
      ['B.txt', 'B.txt'],
      ['b.txt', 'b (2).txt'],
    ])
    const names = assignCollisionFreeNames([item('b.txt'), item('B.TXT'), item('B.txt')], { ...free, previousNames })
    expect(Object.fromEntries(names)).toEqual({ 'B.txt': 'B.txt', 'b.txt': 'b (2).txt', 'B.TXT': 'B (3).TXT' })
  })

  test('an item for which nothing is free is left out', () => {
    expect(assignCollisionFreeNames([item('a')], { isTaken: () => true }).size).toBe(0)
  })

  test('no two names collide, none is longer than allowed, and the order of the input does not matter', () => {
    const group = fc.uniqueArray(
      fc.constantFrom('AB', 'Ab', 'aB', 'ab', 'a:b', 'x'.repeat(255), 'X'.repeat(255), '\u00e9', 'e\u0301'),
      { minLength: 1 },
    )
    fc.assert(
      fc.property(group, fc.infiniteStream(fc.nat()), (sources, random) => {
        const items = sources.map((name) => item(name, name === 'a:b' ? 'ab' : name))
        const shuffled = [...items].map((value) => [random.next().value, value] as const).sort((a, b) => a[0] - b[0])
        const names = assignCollisionFreeNames(items, free)
        expect(names.size).toBe(items.length)
        expect(new Set([...names.values()].map(collisionKey)).size).toBe(items.length)
        expect([...names.values()].every((name) => name.length <= SEGMENT_MAX_UTF16)).toBe(true)
        const again = assignCollisionFreeNames(
          shuffled.map((pair) => pair[1]),
          free,
        )
        expect(Object.fromEntries(again)).toEqual(Object.fromEntries(names))
      }),
    )
  })
})
