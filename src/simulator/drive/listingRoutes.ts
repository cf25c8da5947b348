import type { Route, ServiceReply } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import { readChildrenPage } from './childrenPages.ts'
import { type ItemContext, itemRoute } from './driveRoute.ts'
import { readGraphQuery } from './graphQuery.ts'
import { METADATA } from './itemReplies.ts'

function listChildren(context: ItemContext): ServiceReply {
  const { request, item } = context
  const options = readGraphQuery(request, ['$select', '$top', '$skiptoken', '$orderby', '$count', '$expand'])
  const isByName = options.orderBy.every(({ property, isDescending }) => property.toLowerCase() === 'name' && !isDescending)
  const withPermissions = options.expand.length > 0
  if (!isByName || options.expand.some(({ name, options: inner }) => name.toLowerCase() !== 'permissions' || inner.size > 0)) {
    throw new ServiceError(
      501,
      'notSupported',
      'The practice tenant lists children by name, ascending, and expands permissions only.',
      {
        isUnknown: true,
      },
    )
  }
  const page = readChildrenPage(context, { ...options, withPermissions })
  return {
    status: 200,
    body: {
      '@odata.context': `${METADATA}#drives('${encodeURIComponent(item.driveId)}')/items('${item.itemId}')/children`,
      ...(options.isCounted ? { '@odata.count': item.childCount } : {}),
      ...(page.nextLink === undefined ? {} : { '@odata.nextLink': page.nextLink }),
      value: page.value,
    },
  }
}

export const routes: readonly Route[] = [
  itemRoute(
    {
      name: 'drive.children.list',
      methods: ['GET'],
      action: ['children'],
      level: 'read',
      resourceUnits: (request) => (/\bpermissions\b/i.test(request.url.searchParams.get('$expand') ?? '') ? 5 : 2),
    },
    listChildren,
  ),
]
