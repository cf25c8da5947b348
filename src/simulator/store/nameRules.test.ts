import { describe, expect, test } from 'vitest'
import { foldName } from './nameFolding.ts'
import { checkName, checkPathLength, type NameContext } from './nameRules.ts'

const file: NameContext = { kind: 'file', isTopLevel: false, allowsCustomScript: false, profile: 'strict' }
const folder: NameContext = { ...file, kind: 'folder' }
const ILLEGAL = 'The provided name cannot contain any illegal characters.'

describe('names', () => {
  test.each([...'"*:<>?/\\|\u0000\u001f\t\u007f'])('the character %j is refused anywhere', (character) => {
    for (const name of [`${character}a`, `a${character}b`, `a${character}`]) {
      expect(() => checkName(name, file)).toThrow(
        expect.objectContaining({
          status: 400,
          code: 'invalidRequest',
          message: ILLEGAL,
          innerCode: 'nameContainsInvalidCharacters',
        }),
      )
    }
  })

  test.each([' a', 'a ', '\u3000a', 'a\u3000', 'a.', '.', '..', ' '])('%j has an edge that the service refuses', (name) => {
    expect(() => checkName(name, file)).toThrow(
      expect.objectContaining({ status: 400, innerCode: 'nameContainsInvalidCharacters' }),
    )
  })

  test.each([
    '.lock',
    'CON',
    'con',
    'PRN',
    'aux',
    'NUL',
    'COM0',
    'com9',
    'LPT0',
    'lpt9',
    'desktop.ini',
    'Desktop.INI',
    '~$plan.docx',
    '',
  ])('%j is reserved', (name) => {
    expect(() => checkName(name, file)).toThrow(
      expect.objectContaining({ status: 400, code: 'invalidRequest', innerCode: 'invalidPath' }),
    )
  })

  test('_vti_ is refused anywhere in any case', () => {
    for (const name of ['_vti_', 'a_VTI_b', 'x_vti_.txt']) {
      expect(() => checkName(name, file)).toThrow(expect.objectContaining({ status: 400, message: 'Invalid request' }))
    }
  })

  test('forms is reserved at the top of a library only', () => {
    expect(() => checkName('Forms', { ...folder, isTopLevel: true })).toThrow(expect.objectContaining({ status: 400 }))
    expect(() => checkName('Forms', folder)).not.toThrow()
  })

  test('thicket suffixes are refused on folders only, by the strict service', () => {
    for (const name of ['page_files', 'page_FILE']) {
      expect(() => checkName(name, folder)).toThrow(/suffix used to organize supporting files/)
      expect(() => checkName(name, file)).not.toThrow()
      expect(() => checkName(name, { ...folder, profile: 'lenient' })).not.toThrow()
    }
  })

  test('script types are refused where custom script is off', () => {
    for (const name of ['a.aspx', 'A.ASPX', 'x.asmx', 'x.ascx', 'x.master', 'x.xap', 'x.swf', 'x.jar', 'x.htc']) {
      expect(() => checkName(name, file)).toThrow(expect.objectContaining({ status: 403, code: 'accessDenied' }))
      expect(() => checkName(name, { ...file, allowsCustomScript: true })).not.toThrow()
      expect(() => checkName(name, folder)).not.toThrow()
    }
  })

  test.each(['a#b%20.txt', 'CON.txt', 'COM10', '.hidden', '~tmp', 'a$b', 'ü', '{x}', 'a;b', "o'clock", 'a&b', '🙂.txt'])(
    '%j is accepted',
    (name) => {
      expect(() => checkName(name, file)).not.toThrow()
    },
  )

  test('a segment has up to 255 UTF-16 units, a path up to 400', () => {
    expect(() => checkName('🙂'.repeat(127), file)).not.toThrow()
    expect(() => checkName('🙂'.repeat(128), file)).toThrow(expect.objectContaining({ innerCode: 'pathIsTooLong' }))
    expect(() => checkPathLength(`/${'a'.repeat(400)}`)).not.toThrow()
    expect(() => checkPathLength('a'.repeat(401))).toThrow(expect.objectContaining({ status: 400, innerCode: 'pathIsTooLong' }))
  })

  test('half a surrogate pair is answered with 500', () => {
    expect(() => checkName('a\ud83d', file)).toThrow(expect.objectContaining({ status: 500, code: 'generalException' }))
  })

  test('folding is by case and composition, and keeps ß apart from ss', () => {
    expect(foldName('ΟΔΟΣ')).toBe(foldName('οδος'))
    expect(foldName('E\u0301')).toBe(foldName('\u00e9'))
    expect(foldName('ß')).not.toBe(foldName('ss'))
  })
})
