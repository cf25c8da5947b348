/** A literal as written; `kind` tells `'2'` from `2` so that a column's type can decide what it accepts. */
export type FilterLiteral =
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'date'; readonly value: number }
  | { readonly kind: 'guid'; readonly value: string }
  | { readonly kind: 'null'; readonly value: null }

export type CompareOperator = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le'
export type TextFunction = 'startswith' | 'endswith' | 'contains' | 'substringof'
/** Functions that turn a date into a number before it is compared. */
export type DatePart = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second'

/** One test of one property. `property` is the path as written: `fields/State`, `Author/Title`, `Title`. */
export type FilterClause =
  | {
      readonly kind: 'compare'
      readonly property: string
      readonly operator: CompareOperator
      readonly literal: FilterLiteral
      readonly datePart?: DatePart
    }
  | { readonly kind: 'in'; readonly property: string; readonly literals: readonly FilterLiteral[] }
  | { readonly kind: 'text'; readonly function: TextFunction; readonly property: string; readonly text: string }

export type FilterNode =
  | FilterClause
  | { readonly kind: 'and'; readonly left: FilterNode; readonly right: FilterNode }
  | { readonly kind: 'or'; readonly left: FilterNode; readonly right: FilterNode }
  | { readonly kind: 'not'; readonly operand: FilterNode }

/** What a dialect understands. A part of the grammar that is off is a syntax error, never ignored. */
export interface FilterDialect {
  readonly not: boolean
  readonly in: boolean
  readonly functions: readonly TextFunction[]
  readonly dateParts: boolean
  /** `datetime'…'` and `guid'…'` of OData v3. */
  readonly typedLiterals: boolean
  /** `2026-08-20T09:15:02Z` without quotes, OData v4. */
  readonly bareDates: boolean
}

/** Microsoft Graph on list items and directory objects. */
export const graphFilterDialect: FilterDialect = {
  not: true,
  in: true,
  functions: ['startswith', 'endswith', 'contains'],
  dateParts: false,
  typedLiterals: false,
  bareDates: true,
}

/** SharePoint REST: Lt, Le, Gt, Ge, Eq, Ne, startswith, substringof and the date parts, nothing else. */
export const restFilterDialect: FilterDialect = {
  not: false,
  in: false,
  functions: ['startswith', 'substringof'],
  dateParts: true,
  typedLiterals: true,
  bareDates: false,
}

/** The text is not a filter of the dialect. `position` counts UTF-16 units from 0. */
export class FilterSyntaxError extends Error {
  readonly position: number
  readonly filter: string
  constructor(message: string, position: number, filter: string) {
    super(message)
    this.name = 'FilterSyntaxError'
    this.position = position
    this.filter = filter
  }
}

/** The leaves of a filter, left to right. */
export function clausesOf(node: FilterNode): FilterClause[] {
  if (node.kind === 'and' || node.kind === 'or') return [...clausesOf(node.left), ...clausesOf(node.right)]
  if (node.kind === 'not') return clausesOf(node.operand)
  return [node]
}

/** The operands of the outermost chain of ANDs, left to right; the whole filter when it is no conjunction. */
export function conjuncts(node: FilterNode): FilterNode[] {
  return node.kind === 'and' ? [...conjuncts(node.left), ...conjuncts(node.right)] : [node]
}
