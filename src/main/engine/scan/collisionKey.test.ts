import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { collisionKey } from './collisionKey.ts'

describe('collisionKey', () => {
  test.each([
    ['Report.DOCX', 'report.docx'],
    ['caf\u00e9.txt', 'cafe\u0301.TXT'],
    ['STRASSE', 'straße'],
    ['ΟΔΟΣ', 'οδος'],
    ['\u212b', '\u00e5'],
    ['Ǆ', 'ǆ'],
  ])('%s and %s cannot stand in one folder', (a, b) => {
    expect(collisionKey(a)).toBe(collisionKey(b))
  })

  test.each([
    ['a.txt', 'b.txt'],
    ['resume', 'résumé'],
    ['a b', 'ab'],
    ['Ａ', 'A'],
    ['1', '１'],
  ])('%s and %s are different names', (a, b) => {
    expect(collisionKey(a)).not.toBe(collisionKey(b))
  })

  test('any spelling of case and composition has one key, and keys are fixed points', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const key = collisionKey(name)
        expect(collisionKey(key)).toBe(key)
        expect(collisionKey(name.normalize('NFD'))).toBe(key)
        expect(collisionKey(name.normalize('NFC'))).toBe(key)
        expect(collisionKey(name.toUpperCase())).toBe(key)
      }),
      { numRuns: 2_000 },
    )
  })

  test('every single letter of Unicode has the key of its upper and lower case', () => {
    const wrong: string[] = []
    for (let point = 0; point < 0x1ffff; point++) {
      if (point >= 0xd800 && point <= 0xdfff) continue
      const letter = String.fromCodePoint(point)
      const key = collisionKey(letter)
      if (collisionKey(letter.toLowerCase()) !== key || collisionKey(letter.toUpperCase()) !== key) wrong.push(point.toString(16))
    }
    expect(wrong).toEqual([])
  })
})
