import type { ServiceRequest } from '../core/http.ts'
import { type OptionName, type QueryOptions, readQueryOptions } from '../odata/queryOptions.ts'

const BARE_NAMES = new Set(['select', 'expand', 'filter', 'orderby', 'top', 'skip', 'skiptoken', 'count', 'search', 'format'])

/** The OData options of a request. Graph takes their names without `$` as well, and some clients send them so (abraunegg/onedrive). */
export function readGraphQuery(request: Pick<ServiceRequest, 'url'>, allowed: readonly OptionName[]): QueryOptions {
  const { searchParams } = request.url
  if (searchParams.size === 0) return NO_OPTIONS
  const query = new URLSearchParams()
  for (const [name, value] of searchParams) query.append(BARE_NAMES.has(name.toLowerCase()) ? `$${name}` : name, value)
  return readQueryOptions(query, allowed)
}

const NO_OPTIONS: QueryOptions = readQueryOptions(new URLSearchParams(), [])
