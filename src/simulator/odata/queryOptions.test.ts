import { expect, test } from 'vitest'
import { QueryOptionError, readQueryOptions } from './queryOptions.ts'

test('reads nested expand, select, order and paging', () => {
  const query = new URLSearchParams(
    "$expand=fields($select=Title,State),columns&$select=id,%20name&$orderby=fields/A desc,B&$top=20&$skiptoken=abc&$filter=A eq 'x,y'",
  )
  const options = readQueryOptions(query, ['$expand', '$select', '$orderby', '$top', '$skiptoken', '$filter'])
  expect(options.expand.map((term) => [term.name, term.options.get('$select')])).toEqual([
    ['fields', 'Title,State'],
    ['columns', undefined],
  ])
  expect(options.select).toEqual(['id', 'name'])
  expect(options.orderBy).toEqual([
    { property: 'fields/A', isDescending: true },
    { property: 'B', isDescending: false },
  ])
  expect(options.top).toBe(20)
  expect(options.filter).toBe("A eq 'x,y'")
})

test.each([
  ['$apply=x', 'unknown'],
  ['cachebuster=1', 'unknown'],
  ['$top=-1', 'invalid'],
  ['$top=1&$top=2', 'invalid'],
  ['$count=maybe', 'invalid'],
  ['$orderby=A upwards', 'invalid'],
  ['$expand=fields(', 'invalid'],
  ['$expand=fields(A)', 'invalid'],
])('refuses %s', (query, reason) => {
  try {
    readQueryOptions(new URLSearchParams(query), ['$top', '$count', '$orderby', '$expand'])
    expect.unreachable()
  } catch (error) {
    expect(error).toBeInstanceOf(QueryOptionError)
    expect(error instanceof QueryOptionError && error.reason).toBe(reason)
  }
})
