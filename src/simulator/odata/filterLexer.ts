import { type FilterDialect, type FilterLiteral, FilterSyntaxError } from './filterAst.ts'

export type FilterToken =
  | { readonly kind: 'open' | 'close' | 'comma' | 'end'; readonly position: number }
  | { readonly kind: 'word'; readonly text: string; readonly position: number }
  | { readonly kind: 'literal'; readonly literal: FilterLiteral; readonly position: number }

const DATE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,7})?)?(Z|[+-]\d{2}:\d{2})?)?(?![\w-])/
const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?[LlMmDdFf]?(?![\w.-])/
const GUID = /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![\w-])/
const WORD = /^[\p{L}_@][\p{L}\p{N}_.@]*(\/[\p{L}_@$][\p{L}\p{N}_.@]*)*/u

/** Milliseconds since the epoch, or undefined when the text is no ISO date; without a zone it is read as UTC. */
export function parseIsoDate(text: string): number | undefined {
  const match = DATE.exec(text)
  if (match === null || match[0].length !== text.length) return undefined
  const zoned = match[1] === undefined ? `${text}T00:00:00Z` : match[4] === undefined ? `${text}Z` : text
  const ms = Date.parse(zoned)
  return Number.isNaN(ms) ? undefined : ms
}

/** Splits a decoded `$filter` into tokens; ends with an `end` token. Throws FilterSyntaxError at the first character it does not know. */
export function tokenizeFilter(filter: string, dialect: FilterDialect): FilterToken[] {
  const tokens: FilterToken[] = []
  let at = 0
  while (at < filter.length) {
    const char = filter.charAt(at)
    if (char === ' ' || char === '\t') {
      at += 1
      continue
    }
    const [token, length] = readToken(filter, at, dialect)
    tokens.push(token)
    at += length
  }
  tokens.push({ kind: 'end', position: filter.length })
  return tokens
}

function readToken(filter: string, position: number, dialect: FilterDialect): [FilterToken, number] {
  const char = filter.charAt(position)
  if (char === '(') return [{ kind: 'open', position }, 1]
  if (char === ')') return [{ kind: 'close', position }, 1]
  if (char === ',') return [{ kind: 'comma', position }, 1]
  if (char === "'") {
    const { text, length } = readQuoted(filter, position)
    return [{ kind: 'literal', literal: { kind: 'string', value: text }, position }, length]
  }
  const rest = filter.slice(position)
  const guid = GUID.exec(rest)
  if (guid !== null)
    return [{ kind: 'literal', literal: { kind: 'guid', value: guid[0].toLowerCase() }, position }, guid[0].length]
  const date = DATE.exec(rest)
  if (date !== null) {
    const ms = parseIsoDate(date[0])
    if (!dialect.bareDates || ms === undefined) throw syntaxError(filter, position)
    return [{ kind: 'literal', literal: { kind: 'date', value: ms }, position }, date[0].length]
  }
  const number = NUMBER.exec(rest)
  if (number !== null) {
    const value = Number(number[0].replace(/[LlMmDdFf]$/, ''))
    return [{ kind: 'literal', literal: { kind: 'number', value }, position }, number[0].length]
  }
  const word = WORD.exec(rest)
  if (word === null) throw syntaxError(filter, position)
  return readWord(filter, position, word[0], dialect)
}

function readWord(filter: string, position: number, word: string, dialect: FilterDialect): [FilterToken, number] {
  if (filter.charAt(position + word.length) === "'") {
    const type = word.toLowerCase()
    if (!dialect.typedLiterals || (type !== 'datetime' && type !== 'guid')) throw syntaxError(filter, position + word.length)
    const { text, length } = readQuoted(filter, position + word.length)
    const ms = type === 'datetime' ? parseIsoDate(text) : undefined
    if (type === 'datetime' && ms === undefined) throw syntaxError(filter, position)
    if (type === 'guid' && GUID.exec(text) === null) throw syntaxError(filter, position)
    const literal: FilterLiteral = ms === undefined ? { kind: 'guid', value: text.toLowerCase() } : { kind: 'date', value: ms }
    return [{ kind: 'literal', literal, position }, word.length + length]
  }
  if (word === 'true' || word === 'false')
    return [{ kind: 'literal', literal: { kind: 'boolean', value: word === 'true' }, position }, word.length]
  if (word === 'null') return [{ kind: 'literal', literal: { kind: 'null', value: null }, position }, word.length]
  return [{ kind: 'word', text: word, position }, word.length]
}

function readQuoted(filter: string, position: number): { text: string; length: number } {
  let at = position + 1
  let text = ''
  for (;;) {
    const quote = filter.indexOf("'", at)
    if (quote < 0)
      throw new FilterSyntaxError(
        `There is an unterminated string literal at position ${filter.length} in '${filter}'.`,
        position,
        filter,
      )
    text += filter.slice(at, quote)
    if (filter.charAt(quote + 1) !== "'") return { text, length: quote + 1 - position }
    text += "'"
    at = quote + 2
  }
}

export function syntaxError(filter: string, position: number): FilterSyntaxError {
  return new FilterSyntaxError(`Syntax error at position ${position} in '${filter}'.`, position, filter)
}
