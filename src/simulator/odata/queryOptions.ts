/** One member of `$expand` or `$select` with what stands in its parentheses: `fields($select=A,B)`. */
export interface ExpandTerm {
  readonly name: string
  /** Nested options, `$select` → `A,B`. */
  readonly options: ReadonlyMap<string, string>
}

export interface OrderTerm {
  readonly property: string
  readonly isDescending: boolean
}

/** The options of a request's query string, decoded, with OData names lower-cased. `undefined` = not sent. */
export interface QueryOptions {
  readonly select: readonly string[] | undefined
  readonly expand: readonly ExpandTerm[]
  readonly filter: string | undefined
  readonly orderBy: readonly OrderTerm[]
  readonly top: number | undefined
  readonly skipToken: string | undefined
  readonly isCounted: boolean
  readonly search: string | undefined
}

/** An option that is unknown here, sent twice or malformed. `option` is its name. */
export class QueryOptionError extends Error {
  readonly option: string
  readonly reason: 'unknown' | 'invalid'
  constructor(option: string, reason: 'unknown' | 'invalid', message: string) {
    super(message)
    this.name = 'QueryOptionError'
    this.option = option
    this.reason = reason
  }
}

export type OptionName =
  | '$select'
  | '$expand'
  | '$filter'
  | '$orderby'
  | '$top'
  | '$skip'
  | '$skiptoken'
  | '$count'
  | '$search'
  | '$format'
  | 'token'

/** Reads the query string; an option that is not in `allowed` is refused, because ignoring one would change the answer's meaning. */
export function readQueryOptions(query: URLSearchParams, allowed: readonly OptionName[]): QueryOptions {
  const values = new Map<string, string>()
  for (const [rawName, value] of query) {
    const name = rawName.toLowerCase()
    if (!allowed.some((option) => option === name))
      throw new QueryOptionError(rawName, 'unknown', `The query parameter '${rawName}' is not supported.`)
    if (values.has(name))
      throw new QueryOptionError(rawName, 'invalid', `Query option '${rawName}' was specified more than once.`)
    values.set(name, value)
  }
  const top = values.get('$top')
  const count = values.get('$count')?.toLowerCase()
  if (top !== undefined && !/^\d+$/.test(top))
    throw new QueryOptionError('$top', 'invalid', `Invalid value '${top}' for $top query option found.`)
  if (count !== undefined && count !== 'true' && count !== 'false')
    throw new QueryOptionError('$count', 'invalid', `Invalid value '${count}' for $count query option found.`)
  const select = values.get('$select')
  return {
    select: select === undefined ? undefined : splitTopLevel(select).filter((name) => name !== ''),
    expand: splitTopLevel(values.get('$expand') ?? '')
      .filter((term) => term !== '')
      .map(readExpandTerm),
    filter: values.get('$filter'),
    orderBy: splitTopLevel(values.get('$orderby') ?? '')
      .filter((term) => term !== '')
      .map(readOrderTerm),
    top: top === undefined ? undefined : Number(top),
    skipToken: values.get('$skiptoken'),
    isCounted: count === 'true',
    search: values.get('$search'),
  }
}

/** Splits at commas (or `separator`) that stand outside parentheses and quotes; trims the parts. */
export function splitTopLevel(text: string, separator = ','): string[] {
  const parts: string[] = []
  let depth = 0
  let isQuoted = false
  let start = 0
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at)
    if (char === "'") isQuoted = !isQuoted
    if (isQuoted) continue
    if (char === '(') depth += 1
    if (char === ')') depth -= 1
    if (char === separator && depth === 0) {
      parts.push(text.slice(start, at).trim())
      start = at + 1
    }
  }
  parts.push(text.slice(start).trim())
  return parts
}

function readExpandTerm(term: string): ExpandTerm {
  const open = term.indexOf('(')
  if (open < 0) return { name: term, options: new Map() }
  if (!term.endsWith(')'))
    throw new QueryOptionError('$expand', 'invalid', `Term '${term}' is not valid in a $select or $expand expression.`)
  const options = new Map<string, string>()
  for (const part of splitTopLevel(term.slice(open + 1, -1), ';')) {
    const equals = part.indexOf('=')
    if (equals < 1)
      throw new QueryOptionError('$expand', 'invalid', `Term '${term}' is not valid in a $select or $expand expression.`)
    options.set(part.slice(0, equals).trim().toLowerCase(), part.slice(equals + 1).trim())
  }
  return { name: term.slice(0, open).trim(), options }
}

function readOrderTerm(term: string): OrderTerm {
  const [property = '', direction = 'asc', ...rest] = term.split(/\s+/)
  const folded = direction.toLowerCase()
  if (property === '' || rest.length > 0 || (folded !== 'asc' && folded !== 'desc'))
    throw new QueryOptionError('$orderby', 'invalid', `Syntax error in the $orderby expression '${term}'.`)
  return { property, isDescending: folded === 'desc' }
}
