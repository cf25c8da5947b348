import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findNameIssues, findNameWarnings, type NameContext } from './nameRules.ts'

const file: NameContext = { isFolder: false, isLibraryRoot: false, blocksScriptTypes: false }
const folder: NameContext = { ...file, isFolder: true }
const codes = (name: string, context: NameContext) => findNameIssues(name, context).map((issue) => issue.code)

describe('findNameIssues', () => {
  test.each([
    'report.docx',
    'a#b%c&d.txt',
    "it's (final) [v2] {x} +=;,!@^`.txt",
    '.gitignore',
    '.profile',
    'CONSOLE.txt',
    'COM10',
    'com',
    'LPT',
    'nul_.txt',
    'vti_cnf',
    'a..b',
    'a  b',
    '~WRL0001.tmp',
    '~',
    'übung.txt',
    '日本語.txt',
    '😀.txt',
    'page_files',
    'forms',
    'desktop.ini.bak',
    'a.lock',
    '$Recycle',
    'x'.repeat(255),
    '\u00a0nbsp',
  ])('accepts the file %j', (name) => {
    expect(findNameIssues(name, file)).toEqual([])
  })

  test.each([
    ...[...'"*:<>?/\\|'].map((character) => [`a${character}b`, 'RULE_NAME_CHARACTERS'] as const),
    ...[0, 1, 9, 10, 0x1f, 0x7f, 0xfffe, 0xffff, 0xd800, 0xdbff, 0xdc00, 0xdfff].map(
      (unit) => [`a${String.fromCharCode(unit)}b`, 'RULE_NAME_CHARACTERS'] as const,
    ),
    ['CON', 'RULE_NAME_RESERVED'],
    ['con.txt', 'RULE_NAME_RESERVED'],
    ['Aux.tar.gz', 'RULE_NAME_RESERVED'],
    ['prn', 'RULE_NAME_RESERVED'],
    ['NUL', 'RULE_NAME_RESERVED'],
    ['COM0', 'RULE_NAME_RESERVED'],
    ['com9.log', 'RULE_NAME_RESERVED'],
    ['LPT0', 'RULE_NAME_RESERVED'],
    ['lpt9', 'RULE_NAME_RESERVED'],
    ['.lock', 'RULE_NAME_RESERVED'],
    ['.LOCK', 'RULE_NAME_RESERVED'],
    ['Desktop.ini', 'RULE_NAME_RESERVED'],
    ['~$budget.xlsx', 'RULE_NAME_RESERVED'],
    ['_vti_cnf', 'RULE_NAME_RESERVED'],
    ['a_VTI_b.txt', 'RULE_NAME_RESERVED'],
    [' a', 'RULE_NAME_EDGE'],
    ['a ', 'RULE_NAME_EDGE'],
    ['\u3000a', 'RULE_NAME_EDGE'],
    ['a\u3000', 'RULE_NAME_EDGE'],
    ['a.', 'RULE_NAME_EDGE'],
    ['', 'RULE_NAME_EDGE'],
    ['x'.repeat(256), 'RULE_NAME_TOO_LONG'],
  ] as const)('refuses the file %j with %s', (name, code) => {
    expect(codes(name, file)).toEqual([code])
  })

  test('a name of 255 UTF-16 units fits, one more does not, however many characters these are', () => {
    expect(codes(`${'😀'.repeat(127)}a`, file)).toEqual([])
    expect(codes('😀'.repeat(128), file)).toEqual(['RULE_NAME_TOO_LONG'])
  })

  test.each([
    ['~temp', ['RULE_NAME_EDGE']],
    ['~', ['RULE_NAME_EDGE']],
    ['page_files', ['RULE_NAME_RESERVED']],
    ['Page_FILE', ['RULE_NAME_RESERVED']],
    ['files', []],
    ['forms', []],
    ['site.aspx', []],
  ] as const)('judges the folder %j', (name, expected) => {
    expect(codes(name, folder)).toEqual(expected)
  })

  test('forms is refused only in the root of a library', () => {
    expect(codes('Forms', { ...folder, isLibraryRoot: true })).toEqual(['RULE_NAME_RESERVED'])
    expect(codes('Forms.docx', { ...file, isLibraryRoot: true })).toEqual([])
  })

  test('script types are refused only where custom script is off, by the last extension, files only', () => {
    const strict = { ...file, blocksScriptTypes: true }
    expect(codes('Default.ASPX', strict)).toEqual(['RULE_TYPE_BLOCKED'])
    expect(codes('default.aspx.txt', strict)).toEqual([])
    expect(codes('default.aspx', file)).toEqual([])
    expect(codes('default.aspx', { ...strict, isFolder: true })).toEqual([])
    expect(codes('.aspx', strict)).toEqual([])
  })

  test('several faults come in a fixed order, one issue per code, with the exact characters', () => {
    const issues = findNameIssues(` _vti_ ?:?\u0001${'x'.repeat(300)}.`, file)
    expect(issues.map((issue) => issue.code)).toEqual([
      'RULE_NAME_CHARACTERS',
      'RULE_NAME_RESERVED',
      'RULE_NAME_EDGE',
      'RULE_NAME_TOO_LONG',
    ])
    expect(issues[0]?.detail).toBe('Not allowed in names: ? : U+0001.')
    expect(issues[3]?.detail).toBe('The name has 312 characters, 57 more than the 255 allowed.')
  })

  test('never throws and never says one thing twice, whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), fc.boolean(), (name, isFolder, isLibraryRoot) => {
        const found = codes(name, { isFolder, isLibraryRoot, blocksScriptTypes: true })
        expect(new Set(found).size).toBe(found.length)
      }),
    )
  })
})

test('localised companions of web pages are a warning, on folders only', () => {
  expect(findNameWarnings('Kunden-Dateien', folder)).toMatchObject([{ code: 'RULE_NAME_RESERVED', effect: 'warns' }])
  expect(findNameWarnings('page.files', folder)).toHaveLength(1)
  expect(findNameWarnings('Kunden-Dateien', file)).toEqual([])
  expect(findNameWarnings('Dateien', folder)).toEqual([])
})
