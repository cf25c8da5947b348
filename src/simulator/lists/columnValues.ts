import { parseIsoDate } from '../odata/filterLexer.ts'
import type { FieldKind, FieldValue } from '../odata/filterMatcher.ts'
import { ColumnValueError } from './listErrors.ts'
import { NOTE_CHARACTERS, TEXT_CHARACTERS } from './listRules.ts'
import type { ColumnRecord, ColumnType, StoredValue } from './records.ts'

const INVALID_TEXT = 'Invalid text value.\n\nA text field contains invalid data. Please check the value and try again.'
const INVALID_NUMBER = 'Only numbers can go here.'
const INVALID_DATE = 'Invalid date/time value.\n\nA date/time field contains invalid data. Please check the value and try again.'

/** 1 s precision, as the service shows and stores times. */
export function isoSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}

/**
 * The value as stored, or undefined for an emptied column. Required and choice columns are not checked: the service's APIs do not
 * either, only its forms do. Throws ColumnValueError.
 */
export function toStored(column: ColumnRecord, input: unknown): StoredValue | undefined {
  if (column.settings.isReadOnly) throw new ColumnValueError(column.name, 'readOnly', `Field '${column.name}' is read-only`)
  if (input === null || input === undefined || input === '') return undefined
  if (column.settings.allowsMultiple && (column.type === 'choice' || isReference(column.type))) return toStoredMany(column, input)
  switch (column.type) {
    case 'text':
      return storedText(column, input, Math.min(column.settings.maxLength ?? TEXT_CHARACTERS, TEXT_CHARACTERS))
    case 'note':
      return storedText(column, input, NOTE_CHARACTERS)
    case 'choice':
      return storedText(column, input, TEXT_CHARACTERS)
    case 'number':
      if (typeof input === 'number' && Number.isFinite(input)) return input
      if (typeof input === 'string' && /^-?\d+(\.\d+)?$/.test(input)) return Number(input)
      throw new ColumnValueError(column.name, 'number', INVALID_NUMBER)
    case 'boolean':
      if (typeof input === 'boolean') return input
      throw new ColumnValueError(column.name, 'boolean', `Cannot convert the value of '${column.name}' to Edm.Boolean.`)
    case 'dateTime': {
      const ms = typeof input === 'string' ? parseIsoDate(input) : undefined
      if (ms === undefined) throw new ColumnValueError(column.name, 'date', INVALID_DATE)
      return isoSeconds(ms)
    }
    case 'personOrGroup':
    case 'lookup':
      return storedId(column, input)
  }
}

/** What a filter compares for this column. */
export function fieldKindOf(type: ColumnType): FieldKind {
  if (type === 'number' || isReference(type)) return 'number'
  if (type === 'boolean') return 'boolean'
  return type === 'dateTime' ? 'date' : 'text'
}

/** The stored value in the form of `comparable`: dates as milliseconds, missing values as null. */
export function toComparable(type: ColumnType, value: StoredValue | undefined): FieldValue | readonly FieldValue[] {
  if (value === undefined) return null
  if (type === 'dateTime' && typeof value === 'string') return parseIsoDate(value) ?? null
  return value
}

/** The key under which an indexed value is stored: case-folded text, 0/1, milliseconds. */
export function indexKey(value: FieldValue): string | number | null {
  if (typeof value === 'string') return value.toLowerCase()
  return typeof value === 'boolean' ? Number(value) : value
}

export function isReference(type: ColumnType): boolean {
  return type === 'personOrGroup' || type === 'lookup'
}

function toStoredMany(column: ColumnRecord, input: unknown): StoredValue | undefined {
  const list = unwrapCollection(input)
  if (!Array.isArray(list))
    throw new ColumnValueError(column.name, 'choice', `The value of '${column.name}' must be a collection.`)
  if (list.length === 0) return undefined
  const members: readonly unknown[] = list
  return column.type === 'choice'
    ? members.map((member) => storedText(column, member, TEXT_CHARACTERS))
    : members.map((member) => storedId(column, member))
}

/** `{results:[…]}` of odata=verbose, or the plain array. */
export function unwrapCollection(input: unknown): unknown {
  return typeof input === 'object' && input !== null && 'results' in input ? input.results : input
}

function storedText(column: ColumnRecord, input: unknown, maxCharacters: number): string {
  if (typeof input !== 'string' || input.length > maxCharacters) throw new ColumnValueError(column.name, 'text', INVALID_TEXT)
  // C0 controls cannot be written to SharePoint's XML store; tab and line breaks can, the latter only in notes.
  const refused = column.type === 'note' ? /[^\P{Cc}\t\n\r]/u : /[^\P{Cc}\t]/u
  if (refused.test(input)) throw new ColumnValueError(column.name, 'text', INVALID_TEXT)
  return input
}

function storedId(column: ColumnRecord, input: unknown): number {
  const id = typeof input === 'string' && /^\d{1,9}$/.test(input) ? Number(input) : input
  if (typeof id !== 'number' || !Number.isInteger(id) || id < 0)
    throw new ColumnValueError(
      column.name,
      'reference',
      `Invalid lookup value.\n\nA lookup field contains invalid data. Please check the value and try again.`,
    )
  return id
}
