import type { CompareOperator, DatePart, FilterClause, FilterLiteral, FilterNode } from './filterAst.ts'
import { parseIsoDate } from './filterLexer.ts'

export type FieldKind = 'text' | 'number' | 'boolean' | 'date'
/** Text lower-cased by the matcher, dates as milliseconds. */
export type FieldValue = string | number | boolean | null

/** What a property of a filter means for a row. */
export interface FilterField<Row> {
  readonly kind: FieldKind
  readonly read: (row: Row) => FieldValue | readonly FieldValue[]
}

/** A literal that the type of its column cannot take. */
export class FilterTypeError extends Error {
  readonly property: string
  constructor(property: string, literal: FilterLiteral) {
    super(`The literal '${String(literal.value)}' does not fit the type of '${property}'.`)
    this.name = 'FilterTypeError'
    this.property = property
  }
}

/**
 * Turns a filter into a test of rows. `resolve` names the field behind a property and throws the dialect's own refusal for an
 * unknown one. Text is compared without regard to case, as SharePoint's collation does. `ne` is true for an empty value.
 */
export function compileFilter<Row>(
  node: FilterNode,
  resolve: (property: string, clause: FilterClause) => FilterField<Row>,
): (row: Row) => boolean {
  if (node.kind === 'and' || node.kind === 'or') {
    const left = compileFilter(node.left, resolve)
    const right = compileFilter(node.right, resolve)
    return node.kind === 'and' ? (row) => left(row) && right(row) : (row) => left(row) || right(row)
  }
  if (node.kind === 'not') {
    const operand = compileFilter(node.operand, resolve)
    return (row) => !operand(row)
  }
  const field = resolve(node.property, node)
  const test = clauseTest(node, field.kind)
  return (row) => {
    const value = field.read(row)
    return isList(value) ? value.some((member) => test(member)) : test(value)
  }
}

/** The literal in the form in which values of the column are compared and indexed. */
export function comparable(literal: FilterLiteral, kind: FieldKind, property: string): FieldValue {
  if (literal.kind === 'null') return null
  if (kind === 'text') {
    if (literal.kind === 'string' || literal.kind === 'guid') return literal.value.toLowerCase()
    if (literal.kind === 'number') return String(literal.value)
  }
  if (kind === 'number') {
    if (literal.kind === 'number') return literal.value
    if (literal.kind === 'string' && /^-?\d+(\.\d+)?$/.test(literal.value)) return Number(literal.value)
  }
  if (kind === 'boolean') {
    if (literal.kind === 'boolean') return literal.value
    if (literal.kind === 'number' && (literal.value === 0 || literal.value === 1)) return literal.value === 1
    if (literal.kind === 'string' && /^(0|1|true|false)$/i.test(literal.value)) return /^(1|true)$/i.test(literal.value)
  }
  if (kind === 'date') {
    if (literal.kind === 'date') return literal.value
    const ms = literal.kind === 'string' ? parseIsoDate(literal.value) : undefined
    if (ms !== undefined) return ms
  }
  throw new FilterTypeError(property, literal)
}

function isList(value: FieldValue | readonly FieldValue[]): value is readonly FieldValue[] {
  return Array.isArray(value)
}

function clauseTest(clause: FilterClause, kind: FieldKind): (value: FieldValue) => boolean {
  if (clause.kind === 'text') {
    if (kind !== 'text') throw new FilterTypeError(clause.property, { kind: 'string', value: clause.text })
    const text = clause.text.toLowerCase()
    const name = clause.function
    return (value) => {
      if (typeof value !== 'string') return false
      const folded = value.toLowerCase()
      if (name === 'startswith') return folded.startsWith(text)
      return name === 'endswith' ? folded.endsWith(text) : folded.includes(text)
    }
  }
  if (clause.kind === 'in') {
    const wanted = new Set(clause.literals.map((literal) => comparable(literal, kind, clause.property)))
    return (value) => wanted.has(fold(value))
  }
  const { datePart, operator } = clause
  if (datePart !== undefined) {
    if (kind !== 'date') throw new FilterTypeError(clause.property, clause.literal)
    const wanted = comparable(clause.literal, 'number', clause.property)
    return (value) => compare(typeof value === 'number' ? partOf(value, datePart) : null, wanted, operator)
  }
  const wanted = comparable(clause.literal, kind, clause.property)
  return (value) => compare(fold(value), wanted, operator)
}

function fold(value: FieldValue): FieldValue {
  return typeof value === 'string' ? value.toLowerCase() : value
}

function compare(value: FieldValue, wanted: FieldValue, operator: CompareOperator): boolean {
  if (operator === 'eq') return value === wanted
  if (operator === 'ne') return value !== wanted
  if (value === null || wanted === null) return false
  if (operator === 'gt') return value > wanted
  if (operator === 'ge') return value >= wanted
  return operator === 'lt' ? value < wanted : value <= wanted
}

function partOf(ms: number, part: DatePart): number {
  const date = new Date(ms)
  if (part === 'year') return date.getUTCFullYear()
  if (part === 'month') return date.getUTCMonth() + 1
  if (part === 'day') return date.getUTCDate()
  if (part === 'hour') return date.getUTCHours()
  return part === 'minute' ? date.getUTCMinutes() : date.getUTCSeconds()
}
