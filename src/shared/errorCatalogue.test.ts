import { expect, test } from 'vitest'
import { errorCatalogue } from './errorCatalogue.ts'
import { ERROR_CODES } from './errors.ts'

test('the catalogue has every code, in the order of the union, and no other', () => {
  expect(Object.keys(errorCatalogue)).toEqual([...ERROR_CODES])
})

test.each(Object.entries(errorCatalogue))(
  '%s: a title of a few words, a fix of whole sentences, a code as Migration Manager writes it',
  (_code, entry) => {
    expect(entry.title).toMatch(/^\S.{3,60}[^.]$/)
    expect(entry.fix).toMatch(/^\S.*\.$/)
    expect(entry.mmCode ?? '0x00000000').toMatch(/^0x[0-9A-F]{8}$/)
  },
)
