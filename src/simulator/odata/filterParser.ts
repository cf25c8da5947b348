import type { CompareOperator, DatePart, FilterDialect, FilterLiteral, FilterNode, TextFunction } from './filterAst.ts'
import { type FilterToken, syntaxError, tokenizeFilter } from './filterLexer.ts'

const OPERATORS: Readonly<Record<string, CompareOperator>> = { eq: 'eq', ne: 'ne', gt: 'gt', ge: 'ge', lt: 'lt', le: 'le' }
const TEXT_FUNCTIONS: Readonly<Record<string, TextFunction>> = {
  startswith: 'startswith',
  endswith: 'endswith',
  contains: 'contains',
  substringof: 'substringof',
}
const DATE_PARTS: Readonly<Record<string, DatePart>> = {
  year: 'year',
  month: 'month',
  day: 'day',
  hour: 'hour',
  minute: 'minute',
  second: 'second',
}
const MAX_DEPTH = 100

/**
 * Reads a decoded OData `$filter`. `and` binds closer than `or`. What the dialect does not know is a FilterSyntaxError:
 * nothing is skipped, so a caller never gets more rows than it asked for.
 */
export function parseFilter(filter: string, dialect: FilterDialect): FilterNode {
  const tokens = tokenizeFilter(filter, dialect)
  let at = 0
  let depth = 0

  const peek = (): FilterToken => tokens[at] ?? { kind: 'end', position: filter.length }
  const next = (): FilterToken => {
    const token = peek()
    at += 1
    return token
  }
  const fail = (token: FilterToken): never => {
    throw syntaxError(filter, token.position)
  }
  const expect = (kind: 'open' | 'close' | 'comma'): void => {
    const token = next()
    if (token.kind !== kind) fail(token)
  }
  const isWord = (text: string): boolean => {
    const token = peek()
    return token.kind === 'word' && token.text.toLowerCase() === text
  }
  const literal = (): FilterLiteral => {
    const token = next()
    return token.kind === 'literal' ? token.literal : fail(token)
  }
  const property = (): string => {
    const token = next()
    return token.kind === 'word' ? token.text : fail(token)
  }
  const stringLiteral = (): string => {
    const token = next()
    return token.kind === 'literal' && token.literal.kind === 'string' ? token.literal.value : fail(token)
  }

  const chain = (word: 'and' | 'or', operand: () => FilterNode): FilterNode => {
    let left = operand()
    while (isWord(word)) {
      next()
      left = { kind: word, left, right: operand() }
    }
    return left
  }
  const disjunction = (): FilterNode => chain('or', () => chain('and', unary))

  const unary = (): FilterNode => {
    depth += 1
    if (depth > MAX_DEPTH) fail(peek())
    try {
      const token = peek()
      if (token.kind === 'open') {
        next()
        const inner = disjunction()
        expect('close')
        return inner
      }
      if (token.kind !== 'word') return fail(token)
      if (token.text.toLowerCase() === 'not' && dialect.not) {
        next()
        return { kind: 'not', operand: unary() }
      }
      return clause()
    } finally {
      depth -= 1
    }
  }

  const textCall = (name: TextFunction): FilterNode => {
    expect('open')
    const isReversed = name === 'substringof'
    const first = isReversed ? stringLiteral() : property()
    expect('comma')
    const second = isReversed ? property() : stringLiteral()
    expect('close')
    // `startswith(x,'a') eq true` is the same test written longer.
    if (isWord('eq')) {
      next()
      const truth = next()
      if (truth.kind !== 'literal' || truth.literal.value !== true) fail(truth)
    }
    return { kind: 'text', function: name, property: isReversed ? second : first, text: isReversed ? first : second }
  }

  const clause = (): FilterNode => {
    const start = next()
    if (start.kind !== 'word') return fail(start)
    const name = start.text.toLowerCase()
    let path = start.text
    let datePart: DatePart | undefined
    if (peek().kind === 'open') {
      const text = TEXT_FUNCTIONS[name]
      if (text !== undefined && dialect.functions.includes(text)) return textCall(text)
      datePart = dialect.dateParts ? DATE_PARTS[name] : undefined
      if (datePart === undefined) return fail(start)
      expect('open')
      path = property()
      expect('close')
    }
    const operator = next()
    if (operator.kind !== 'word') return fail(operator)
    const word = operator.text.toLowerCase()
    if (word === 'in' && dialect.in && datePart === undefined) {
      expect('open')
      const literals = [literal()]
      while (peek().kind === 'comma') {
        next()
        literals.push(literal())
      }
      expect('close')
      return { kind: 'in', property: path, literals }
    }
    const compare = OPERATORS[word]
    if (compare === undefined) return fail(operator)
    const value = literal()
    if (datePart !== undefined && value.kind !== 'number') return fail(operator)
    return { kind: 'compare', property: path, operator: compare, literal: value, ...(datePart === undefined ? {} : { datePart }) }
  }

  const node = disjunction()
  const rest = peek()
  return rest.kind === 'end' ? node : fail(rest)
}
