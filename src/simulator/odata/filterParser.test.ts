import { describe, expect, test } from 'vitest'
import { clausesOf, conjuncts, FilterSyntaxError, graphFilterDialect, restFilterDialect } from './filterAst.ts'
import { compileFilter, type FieldValue, type FilterField, FilterTypeError } from './filterMatcher.ts'
import { parseFilter } from './filterParser.ts'

interface Row {
  readonly title: string | null
  readonly count: number | null
  readonly isReady: boolean
  readonly due: number | null
}
const rows: readonly Row[] = [
  { title: "O'Brien", count: 1, isReady: true, due: Date.parse('2026-08-20T09:15:02Z') },
  { title: 'ready', count: 2, isReady: false, due: Date.parse('2025-01-01T00:00:00Z') },
  { title: null, count: null, isReady: false, due: null },
]
const fields: Readonly<Record<string, FilterField<Row>>> = {
  Title: { kind: 'text', read: (row): FieldValue => row.title },
  Count: { kind: 'number', read: (row): FieldValue => row.count },
  Ready: { kind: 'boolean', read: (row): FieldValue => row.isReady },
  Due: { kind: 'date', read: (row): FieldValue => row.due },
}

function select(filter: string, dialect = graphFilterDialect): number[] {
  const matches = compileFilter<Row>(parseFilter(filter, dialect), (property) => {
    const field = fields[property]
    if (field === undefined) throw new Error(`unknown ${property}`)
    return field
  })
  return rows.flatMap((row, index) => (matches(row) ? [index] : []))
}

describe('a filter selects the rows it describes', () => {
  test.each([
    ["Title eq 'O''Brien'", [0]],
    ["Title eq 'READY'", [1]],
    ["Title ne 'ready'", [0, 2]],
    ['Title eq null', [2]],
    ['Title ne null', [0, 1]],
    ['Count gt 1', [1]],
    ['Count ge 1 and Count lt 2', [0]],
    ['Count le 2', [0, 1]],
    ['Count in (1, 7)', [0]],
    ["Title in ('ready','x')", [1]],
    ['Ready eq true', [0]],
    ['Ready eq 0', [1, 2]],
    ['Due gt 2026-01-01T00:00:00Z', [0]],
    ["Due lt '2026-01-01'", [1]],
    ["startswith(Title,'rea')", [1]],
    ["startswith(Title,'rea') eq true", [1]],
    ["contains(Title,'BRI')", [0]],
    ["endswith(Title,'dy')", [1]],
    ["not (Title eq 'ready')", [0, 2]],
    ["not startswith(Title,'rea') and Count eq 1", [0]],
    ['Count eq 1 or Count eq 2 and Ready eq true', [0]],
    ['(Count eq 1 or Count eq 2) and Ready eq false', [1]],
    ["  Title   eq   'ready'  ", [1]],
  ])('%s', (filter, expected) => {
    expect(select(filter)).toEqual(expected)
  })

  test.each([
    ["substringof('rie',Title)", [0]],
    ["Due ge datetime'2026-08-20T09:15:02Z'", [0]],
    ['year(Due) eq 2026', [0]],
    ['month(Due) eq 1 and day(Due) eq 1', [1]],
    ['Count eq 2L', [1]],
  ])('SharePoint REST: %s', (filter, expected) => {
    expect(select(filter, restFilterDialect)).toEqual(expected)
  })
})

describe('what is no filter of the dialect is refused, never ignored', () => {
  test.each([
    '',
    'Title',
    'Title eq',
    "Title eq 'open",
    "Title = 'x'",
    "Title eq 'x' and",
    "Title eq 'x' Title eq 'y'",
    "(Title eq 'x'",
    "Title eq 'x')",
    "Title like 'x'",
    'Title eq Title',
    'Count add 1 eq 2',
    "tolower(Title) eq 'x'",
    "substringof('x',Title)",
    "Due gt datetime'2026-01-01T00:00:00Z'",
    'Due gt 2026-13-45T00:00:00Z',
    'Count in ()',
    "Title eq 'x'; drop",
  ])('Graph: %s', (filter) => {
    expect(() => parseFilter(filter, graphFilterDialect)).toThrow(FilterSyntaxError)
  })
  test.each(["not Title eq 'x'", 'Count in (1)', "contains(Title,'x')", "endswith(Title,'x')", 'Due gt 2026-01-01T00:00:00Z'])(
    'SharePoint REST: %s',
    (filter) => {
      expect(() => parseFilter(filter, restFilterDialect)).toThrow(FilterSyntaxError)
    },
  )
  test.each(["Count eq 'many'", "Ready eq 'perhaps'", "Due gt 'yesterday'", "startswith(Count,'1')"])('type: %s', (filter) => {
    expect(() => select(filter)).toThrow(FilterTypeError)
  })
  test('nesting is bounded', () => {
    expect(() => parseFilter(`${'('.repeat(5000)}Count eq 1${')'.repeat(5000)}`, graphFilterDialect)).toThrow(FilterSyntaxError)
  })
})

test('the first AND clause is the leftmost one', () => {
  const node = parseFilter("State eq 'a' and (B eq 1 or C eq 2) and D eq 3", graphFilterDialect)
  expect(conjuncts(node).map((part) => part.kind)).toEqual(['compare', 'or', 'compare'])
  expect(clausesOf(node).map((part) => part.property)).toEqual(['State', 'B', 'C', 'D'])
})
