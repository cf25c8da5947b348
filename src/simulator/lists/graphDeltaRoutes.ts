import type { Route } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import { readQueryOptions } from '../odata/queryOptions.ts'
import { callerOf } from '../sharepoint/siteAccess.ts'
import { visibleRows } from '../sharepoint/trimming.ts'
import { type DeltaPosition, decodeDeltaToken, encodeDeltaToken } from './deltaToken.ts'
import { checkOptions } from './graphItemOptions.ts'
import { itemWithOptions } from './graphItemQueries.ts'
import { type ListHandler, listRoute, READ_SCOPES, siteGraphId, targetOf } from './graphPaths.ts'
import { GRAPH } from './graphShapes.ts'
import { CHANGE_RETENTION_DAYS, GRAPH_PAGE_DEFAULT } from './listRules.ts'
import { listsOf } from './tenantLists.ts'

const DAY_MS = 86_400_000

/** Enumerates the list, then follows its changes: one entry per item and page, deleted ones marked, latest state last. */
const delta: ListHandler = (context) => {
  const { request, tenant, site, params } = context
  const target = targetOf(tenant, site, params)
  if (target.kind === 'library')
    throw new ServiceError(400, 'notSupported', "A library's changes are read from its drive.", { isUnknown: true })
  const { list } = target
  const options = readQueryOptions(request.url.searchParams, ['$select', '$expand', '$top', 'token'])
  checkOptions(options)
  const base = `https://graph.microsoft.com${request.rawPath}`
  const behindMs = tenant.faults.amount('listLag', request) ?? 0
  const { items } = listsOf(tenant)
  const top = Math.min(options.top ?? GRAPH_PAGE_DEFAULT, 1_000)
  const now = tenant.clock.now()
  const token = request.url.searchParams.get('token')
  const isVisible = visibleRows(tenant, callerOf(request), { site, listId: list.listId })
  const others = [...request.url.searchParams].filter(([name]) => name !== 'token')

  const link = (position: Omit<DeltaPosition, 'listId' | 'issuedMs'>): string => {
    const encoded = others.map(([name, value]) => `${encodeURIComponent(name).replace('%24', '$')}=${encodeURIComponent(value)}`)
    return `${base}?${[...encoded, `token=${encodeDeltaToken({ ...position, listId: list.listId, issuedMs: now })}`].join('&')}`
  }
  const answer = (value: readonly object[], links: Record<string, string>) => ({
    status: 200,
    body: {
      '@odata.context': `${GRAPH}/$metadata#sites('${encodeURIComponent(siteGraphId(site))}')/lists('${list.listId}')/items`,
      ...links,
      value,
    },
  })

  if (token === 'latest')
    return answer([], {
      '@odata.deltaLink': link({ change: items.lastVisibleChange(list.listId, behindMs), afterId: undefined }),
    })
  const position = token === null ? { change: items.lastVisibleChange(list.listId, behindMs), afterId: 0 } : readToken(token)

  if (position.afterId !== undefined) {
    const found = items.page(list.listId, { afterId: position.afterId, limit: top + 1, behindMs })
    const page = found.slice(0, top)
    const value = page.filter(isVisible).map((item) => itemWithOptions(context, list, item, options))
    const { change } = position
    return found.length > top
      ? answer(value, { '@odata.nextLink': link({ change, afterId: page.at(-1)?.itemId ?? 0 }) })
      : answer(value, { '@odata.deltaLink': link({ change, afterId: undefined }) })
  }
  const changes = items.changes(list.listId, position.change, { limit: top, behindMs })
  const last = changes.at(-1)?.changeNumber ?? position.change
  const changed = [...new Set(changes.map((change) => change.itemId))].filter((itemId) => isVisible({ itemId }))
  const value = changed.map((itemId) => {
    const [item] = items.pick(list.listId, [itemId], behindMs)
    return item === undefined
      ? { id: String(itemId), deleted: { state: 'deleted' } }
      : itemWithOptions(context, list, item, options)
  })
  return answer(value, {
    [changes.length === top ? '@odata.nextLink' : '@odata.deltaLink']: link({ change: last, afterId: undefined }),
  })

  function readToken(text: string): Pick<DeltaPosition, 'change' | 'afterId'> {
    const read = decodeDeltaToken(text)
    const isForced = tenant.faults.isActive('deltaResync', request)
    if (read === undefined) throw new ServiceError(400, 'invalidRequest', 'The provided delta token is not valid.')
    const isExpired = read.listId !== list.listId || now - read.issuedMs > CHANGE_RETENTION_DAYS * DAY_MS
    if (isForced || isExpired)
      throw new ServiceError(410, 'resyncRequired', 'Resync required. Replace any local items with the server’s version.', {
        innerCode: 'resyncChangesApplyDifferences',
        headers: { location: base },
      })
    return read
  }
}

export const deltaRoutes: readonly Route[] = [
  listRoute({
    name: 'lists.item.delta',
    methods: ['GET'],
    template: '{list}/items/delta',
    scopes: READ_SCOPES,
    level: 'read',
    resourceUnits: (request) => (request.url.searchParams.has('token') ? 1 : 2),
    handle: delta,
  }),
]
