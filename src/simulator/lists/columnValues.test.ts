import { describe, expect, test } from 'vitest'
import { indexKey, toComparable, toStored } from './columnValues.ts'
import { ColumnValueError } from './listErrors.ts'
import { entityNameOf, internalNameOf, urlNameOf, xmlName } from './listNames.ts'
import { decodePageToken, encodePageToken, UnreadablePageTokenError } from './pageToken.ts'
import type { ColumnRecord, ColumnType } from './records.ts'

const column = (type: ColumnType, settings: Partial<ColumnRecord['settings']> = {}): ColumnRecord => ({
  listId: 'l',
  columnId: 'c',
  name: 'X',
  displayName: 'X',
  type,
  settings: {
    description: '',
    maxLength: undefined,
    choices: [],
    allowsMultiple: false,
    lookupListId: undefined,
    lookupColumnName: undefined,
    isReadOnly: false,
    facet: {},
    ...settings,
  },
  isIndexed: false,
  isUnique: false,
  isRequired: false,
  isHidden: false,
})

describe('values as stored', () => {
  test.each([
    ['text', 'a', 'a'],
    ['text', '', undefined],
    ['text', null, undefined],
    ['text', 'x'.repeat(255), 'x'.repeat(255)],
    ['note', 'x'.repeat(63_000), 'x'.repeat(63_000)],
    ['note', 'two\nlines', 'two\nlines'],
    ['number', 1.5, 1.5],
    ['number', '-2', -2],
    ['boolean', false, false],
    ['dateTime', '2026-08-20', '2026-08-20T00:00:00Z'],
    ['dateTime', '2026-08-20T09:15:02.999Z', '2026-08-20T09:15:02Z'],
    ['personOrGroup', '17', 17],
    ['lookup', 3, 3],
  ] as const)('%s takes %j', (type, input, stored) => {
    expect(toStored(column(type), input)).toEqual(stored)
  })
  test.each([
    ['text', 'x'.repeat(256)],
    ['text', 'bell\u0007'],
    ['text', 5],
    ['note', 'x'.repeat(63_001)],
    ['number', 'NaN'],
    ['number', Number.POSITIVE_INFINITY],
    ['boolean', 'yes'],
    ['dateTime', '20.8.2026'],
    ['dateTime', 5],
    ['lookup', -1],
    ['personOrGroup', 'ann'],
  ] as const)('%s refuses %j', (type, input) => {
    expect(() => toStored(column(type), input)).toThrow(ColumnValueError)
  })
  test('a shorter maximum, read-only columns and several choices', () => {
    expect(() => toStored(column('text', { maxLength: 4 }), '12345')).toThrow(ColumnValueError)
    expect(() => toStored(column('text', { isReadOnly: true }), '1')).toThrow(ColumnValueError)
    expect(toStored(column('choice', { allowsMultiple: true }), { results: ['a', 'b'] })).toEqual(['a', 'b'])
    expect(toStored(column('lookup', { allowsMultiple: true }), [1, 2])).toEqual([1, 2])
    expect(() => toStored(column('choice', { allowsMultiple: true }), 'a')).toThrow(ColumnValueError)
  })
  test('index keys fold case and compare dates as time', () => {
    expect(indexKey('ÄB')).toBe('äb')
    expect(indexKey(true)).toBe(1)
    expect(toComparable('dateTime', '1970-01-01T00:00:01Z')).toBe(1_000)
    expect(toComparable('text', undefined)).toBeNull()
  })
})

describe('names', () => {
  test.each([
    ['mig-tasks', 'migtasks'],
    ['A & B', 'A  B'],
    ['!!!', 'List'],
  ])('the URL of %s is Lists/%s', (title, urlName) => {
    expect(urlNameOf(title)).toBe(urlName)
  })
  test('XML names', () => {
    expect(internalNameOf('Lease until')).toBe('Lease_x0020_until')
    expect(xmlName('2nd')).toBe('_x0032_nd')
    expect(xmlName('😀')).toBe('_xd83d__xde00_')
    expect(entityNameOf('my tasks')).toBe('My_x0020_tasks')
  })
})

describe('page tokens', () => {
  test('come back as they went, empty values included', () => {
    const token = encodePageToken(7, [
      ['State', 'a&b=c'],
      ['Rank', null],
    ])
    const position = decodePageToken(token, ['State', 'Rank'])
    expect(position.itemId).toBe(7)
    expect(position.keyOf({ name: 'State', kind: 'text' })).toBe('a&b=c')
    expect(position.keyOf({ name: 'Rank', kind: 'number' })).toBeNull()
  })
  test.each(['', 'p_ID=1', 'Paged=TRUE', 'Paged=TRUE&p_ID=x', 'Paged=TRUE&p_ID=1'])(
    '%s is refused when State is sorted by',
    (token) => {
      expect(() => decodePageToken(token, ['State'])).toThrow(UnreadablePageTokenError)
    },
  )
})
