import { ServiceError } from '../core/serviceError.ts'
import type { ExpandTerm, QueryOptions } from '../odata/queryOptions.ts'
import { type ListHandler, siteGraphId } from './graphPaths.ts'
import { checkSelect, ITEM_PROPERTIES } from './graphSelect.ts'
import { GRAPH } from './graphShapes.ts'

type Context = Parameters<ListHandler>[0]

export interface ItemsPage {
  readonly value: readonly Record<string, unknown>[]
  readonly nextLink: string | undefined
}

/** The same query with `$skiptoken`; follows the spelling of the request's own path. */
export function nextLink(context: Context, listId: string, query: URLSearchParams, token: string): string {
  const { request, site } = context
  const path = /\/items$/i.test(request.rawPath)
    ? `https://graph.microsoft.com${request.rawPath}`
    : `${GRAPH}/sites/${siteGraphId(site)}/lists/${listId}/items`
  const members = [...query].filter(([name]) => name.toLowerCase() !== '$skiptoken')
  const encoded = members.map(([name, value]) => `${encodeURIComponent(name).replace('%24', '$')}=${encodeURIComponent(value)}`)
  return `${path}?${[...encoded, `$skiptoken=${Buffer.from(token, 'utf8').toString('base64url')}`].join('&')}`
}

/** Refuses what cannot be selected or expanded on a list item. */
export function checkOptions(options: Pick<QueryOptions, 'select' | 'expand'>): void {
  checkSelect(options, ITEM_PROPERTIES, 'microsoft.graph.listItem')
  checkExpand(options.expand)
}

function checkExpand(expand: readonly ExpandTerm[]): void {
  for (const term of expand) {
    if (term.name !== 'fields' && term.name !== 'driveItem')
      throw new ServiceError(
        400,
        'BadRequest',
        `Parsing OData Select and Expand failed: Could not find a property named '${term.name}' on type 'microsoft.graph.listItem'.`,
        { isUnknown: true },
      )
    for (const name of term.options.keys())
      if (name !== '$select')
        throw new ServiceError(400, 'invalidRequest', `The option '${name}' is not supported inside $expand.`, {
          isUnknown: true,
        })
  }
}

/** Unknown field names in a nested `$select` are left out silently, as the service does; the eTag annotation stays. */
export function selectFields(fields: Readonly<Record<string, unknown>>, select: string | undefined): Record<string, unknown> {
  if (select === undefined) return { ...fields }
  const wanted = select.split(',').map((name) => name.trim().toLowerCase())
  return Object.fromEntries(
    Object.entries(fields).filter(([name]) => name.startsWith('@') || wanted.includes(name.toLowerCase())),
  )
}
