import type { ServiceReply, ServiceRequest } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import {
  type CompareOperator,
  clausesOf,
  type FilterClause,
  type FilterNode,
  FilterSyntaxError,
  graphFilterDialect,
} from '../odata/filterAst.ts'
import { compileFilter, type FieldValue, FilterTypeError } from '../odata/filterMatcher.ts'
import { parseFilter } from '../odata/filterParser.ts'
import { QueryOptionError, type QueryOptions, readQueryOptions } from '../odata/queryOptions.ts'

const GRAPH = 'https://graph.microsoft.com/v1.0'
const PAGE_DEFAULT = 100
const PAGE_MAXIMUM = 999
/** Alternatives of one filter without the advanced query capabilities (microsoft-graph-docs#21098). */
const ALTERNATIVES_MAXIMUM = 15

const FILTER_WORDS = new Set('eq ne gt ge lt le in and or not startswith endswith contains true false null asc desc'.split(' '))

export type Shape = Readonly<Record<string, unknown>>

/** Operators that work on a property without and with the advanced query capabilities. */
export interface Filterable {
  readonly kind: 'text' | 'boolean'
  readonly simple: readonly FilterOperator[]
  readonly advanced: readonly FilterOperator[]
}
export type FilterOperator = CompareOperator | 'in' | 'startswith' | 'endswith' | 'not'

export interface DirectoryType {
  /** `User`, `Group`, as refusals name it. */
  readonly resource: string
  readonly entityType: string
  readonly context: string
  readonly defaults: readonly string[]
  readonly filterable: Readonly<Record<string, Filterable>>
  readonly sortable: readonly string[]
  /** Refused as a whole without the advanced query capabilities. */
  readonly isAdvancedOnly?: boolean
  /** Takes `$filter` and `$orderby` with the advanced query capabilities alone, as every relationship does. */
  readonly isFilteredAdvancedOnly?: boolean
  /** Filters outside the shared grammar, matched as a whole. */
  readonly lambdas?: readonly { readonly pattern: RegExp; readonly matches: (shape: Shape) => boolean }[]
}

/** A page of directory objects by `$filter`, `$orderby`, `$top`, `$select`, `$count`, `$skiptoken` [H.2]. */
export function directoryPage(
  request: ServiceRequest,
  type: DirectoryType,
  all: readonly Shape[],
  annotation?: (shape: Shape) => Shape,
): ServiceReply {
  return refusing(() => {
    const options = readQueryOptions(request.url.searchParams, ['$filter', '$orderby', '$top', '$select', '$count', '$skiptoken'])
    const isAdvanced = /^eventual$/i.test(headerOf(request, 'consistencylevel')) && options.isCounted
    if (options.isCounted && !isAdvanced) throw badRequest('$count is not currently supported.')
    const isFiltered = options.filter !== undefined || options.orderBy.length > 0
    if (!isAdvanced && (type.isAdvancedOnly || (type.isFilteredAdvancedOnly && isFiltered)))
      throw unsupportedQuery('The specified filter to the reference property query is currently not supported.')
    const top = options.top ?? PAGE_DEFAULT
    if (top < 1 || top > PAGE_MAXIMUM)
      throw new ServiceError(
        400,
        'Request_UnsupportedQuery',
        `Invalid page size specified: '${top}'. Must be between 1 and ${PAGE_MAXIMUM} inclusive.`,
      )
    const found = sorted(filtered(all, options, type, isAdvanced), options, type, isAdvanced)
    const from = positionOf(options.skipToken)
    const page = found.slice(from, from + top)
    return {
      status: 200,
      body: {
        '@odata.context': `${GRAPH}/$metadata#${type.context}${options.select === undefined ? '' : `(${options.select.join(',')})`}`,
        ...(options.isCounted ? { '@odata.count': found.length } : {}),
        ...(from + top < found.length ? { '@odata.nextLink': nextLink(request, from + top) } : {}),
        value: page.map((shape) => ({ ...annotation?.(shape), ...selected(shape, options, type) })),
      },
    }
  })
}

/** One object with `$select`. */
export function directoryEntity(request: ServiceRequest, type: DirectoryType, shape: Shape): ServiceReply {
  return refusing(() => {
    const options = readQueryOptions(request.url.searchParams, ['$select'])
    return {
      status: 200,
      body: { '@odata.context': `${GRAPH}/$metadata#${type.context}/$entity`, ...selected(shape, options, type) },
    }
  })
}

export function headerOf(request: ServiceRequest, name: string): string {
  const value = request.headers[name]
  return typeof value === 'string' ? value : ''
}

function refusing(work: () => ServiceReply): ServiceReply {
  try {
    return work()
  } catch (error) {
    if (error instanceof FilterSyntaxError) throw badRequest(`Invalid filter clause: ${error.message}`)
    if (error instanceof FilterTypeError) throw badRequest(`Invalid filter clause: ${error.message}`)
    if (error instanceof QueryOptionError) throw badRequest(error.message, error.reason === 'unknown')
    throw error
  }
}

function badRequest(message: string, isUnknown = false): ServiceError {
  return new ServiceError(400, isUnknown ? 'BadRequest' : 'Request_BadRequest', message, { isUnknown })
}

function filtered(all: readonly Shape[], options: QueryOptions, type: DirectoryType, isAdvanced: boolean): readonly Shape[] {
  const text = options.filter
  if (text === undefined) return all
  const lambda = type.lambdas?.find((candidate) => candidate.pattern.test(text))
  if (lambda !== undefined) return all.filter(lambda.matches)
  const filter = parseFilter(text, graphFilterDialect)
  checkOperators(filter, type, isAdvanced)
  return all.filter(
    compileFilter<Shape>(filter, (property) => ({
      kind: type.filterable[property]?.kind ?? 'text',
      read: (shape) => comparableOf(shape[property]),
    })),
  )
}

function checkOperators(filter: FilterNode, type: DirectoryType, isAdvanced: boolean): void {
  for (const clause of clausesOf(filter)) {
    const known = type.filterable[clause.property]
    const operator = operatorOf(clause)
    if (known === undefined)
      throw badRequest(
        `Invalid filter clause: Could not find a property named '${clause.property}' on type '${type.entityType}'.`,
      )
    const allowed = isAdvanced ? [...known.simple, ...known.advanced] : known.simple
    if (!allowed.some((candidate) => candidate === operator)) throw unsupportedClause(clause.property, type)
  }
  if (!isAdvanced && hasNegation(filter)) throw unsupportedQuery("Operator: 'Not' is not supported.")
  const alternatives = mostAlternatives(filter)
  if (!isAdvanced && alternatives > ALTERNATIVES_MAXIMUM)
    throw unsupportedQuery(
      `Too many child clauses specified in search filter expression containing 'OR' operators: ${alternatives}. Max allowed: ${ALTERNATIVES_MAXIMUM}.`,
    )
}

/** Alternatives of the widest `or` or `in`. */
function mostAlternatives(node: FilterNode): number {
  if (node.kind === 'or') return alternativesOf(node)
  if (node.kind === 'and') return Math.max(mostAlternatives(node.left), mostAlternatives(node.right))
  if (node.kind === 'not') return mostAlternatives(node.operand)
  return node.kind === 'in' ? node.literals.length : 1
}

function alternativesOf(node: FilterNode): number {
  return node.kind === 'or' ? alternativesOf(node.left) + alternativesOf(node.right) : mostAlternatives(node)
}

/** Properties that a request names in `$select`, `$filter` or `$orderby`: each has to be readable. */
export function namedProperties(request: ServiceRequest): readonly string[] {
  const text = ['$select', '$filter', '$orderby'].map((name) => optionOf(request, name).replace(/'[^']*'/g, '')).join(' ')
  return [...text.matchAll(/[A-Za-z][A-Za-z0-9]*/g)].map(([word]) => word).filter((word) => !FILTER_WORDS.has(word.toLowerCase()))
}

function optionOf(request: ServiceRequest, wanted: string): string {
  return [...request.url.searchParams].find(([name]) => name.toLowerCase() === wanted)?.[1] ?? ''
}

function unsupportedQuery(message: string): ServiceError {
  return new ServiceError(400, 'Request_UnsupportedQuery', message)
}

export function unsupportedClause(property: string, type: DirectoryType): ServiceError {
  return new ServiceError(
    400,
    'Request_UnsupportedQuery',
    `Unsupported or invalid query filter clause specified for property '${property}' of resource '${type.resource}'.`,
  )
}

function operatorOf(clause: FilterClause): string {
  if (clause.kind === 'compare') return clause.operator
  return clause.kind === 'in' ? 'in' : clause.function
}

function hasNegation(node: FilterNode): boolean {
  if (node.kind === 'and' || node.kind === 'or') return hasNegation(node.left) || hasNegation(node.right)
  return node.kind === 'not'
}

function sorted(found: readonly Shape[], options: QueryOptions, type: DirectoryType, isAdvanced: boolean): readonly Shape[] {
  if (options.orderBy.length === 0) return found
  if (options.filter !== undefined && !isAdvanced)
    throw new ServiceError(400, 'Request_UnsupportedQuery', 'Sorting not supported for current query.')
  const unknown = options.orderBy.find((term) => !type.sortable.includes(term.property))
  if (unknown !== undefined)
    throw new ServiceError(400, 'Request_UnsupportedQuery', `Sorting by '${unknown.property}' is not supported.`)
  return [...found].sort((a, b) => {
    for (const { property, isDescending } of options.orderBy) {
      const [left, right] = [String(a[property]).toLowerCase(), String(b[property]).toLowerCase()]
      if (left !== right) return (left < right ? -1 : 1) * (isDescending ? -1 : 1)
    }
    return 0
  })
}

function selected(shape: Shape, options: Pick<QueryOptions, 'select'>, type: DirectoryType): Record<string, unknown> {
  const names = options.select ?? type.defaults
  const unknown = names.find((name) => !(name in shape) && name !== '*')
  if (unknown !== undefined)
    throw badRequest(
      `Parsing OData Select and Expand failed: Could not find a property named '${unknown}' on type '${type.entityType}'.`,
      true,
    )
  if (names.includes('*')) return { ...shape }
  return Object.fromEntries(names.map((name) => [name, shape[name]]))
}

function comparableOf(value: unknown): FieldValue {
  return typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number' ? value : null
}

function nextLink(request: ServiceRequest, from: number): string {
  const members = [...request.url.searchParams].filter(([name]) => name.toLowerCase() !== '$skiptoken')
  const encoded = members.map(([name, value]) => `${encodeURIComponent(name).replace('%24', '$')}=${encodeURIComponent(value)}`)
  const token = Buffer.from(`directory/${from}`, 'utf8').toString('base64url')
  return `https://graph.microsoft.com${request.rawPath}?${[...encoded, `$skiptoken=${token}`].join('&')}`
}

function positionOf(token: string | undefined): number {
  if (token === undefined) return 0
  const position = /^directory\/(\d+)$/.exec(Buffer.from(token, 'base64url').toString('utf8'))?.[1]
  if (position === undefined)
    throw new ServiceError(
      400,
      'Directory_ExpiredPageToken',
      'The specified page token value has expired and can no longer be included in your request.',
    )
  return Number(position)
}
