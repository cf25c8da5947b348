import type { Handler, Route } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import { readQueryOptions } from '../odata/queryOptions.ts'
import { itemScopes } from '../sharepoint/itemScopes.ts'
import { actorOf, callerOf, requireAccess } from '../sharepoint/siteAccess.ts'
import { fieldsBody, readBody } from './graphBodies.ts'
import { graphRefusal } from './graphErrors.ts'
import { checkOptions, selectFields } from './graphItemOptions.ts'
import { decodeSegment, READ_SCOPES, WRITE_SCOPES } from './graphPaths.ts'
import { libraryItemWithOptions } from './libraryItems.ts'
import { libraryFieldsShape } from './libraryShapes.ts'
import { librariesOf, libraryETag } from './libraryStore.ts'

const BY_ID = /^\/v1\.0\/drives\/([^/]+)\/items\/([^/:]+)\/listItem(\/fields)?$/i
const BY_PATH = /^\/v1\.0\/drives\/([^/]+)\/root:\/(.+):\/listItem(\/fields)?$/i

function match(wantsFields: boolean): Route['match'] {
  return (rawPath) => {
    const byId = BY_ID.exec(rawPath)
    const found = byId ?? BY_PATH.exec(rawPath)
    if (found === null || (found[3] !== undefined) !== wantsFields) return undefined
    const key = byId === null ? 'path' : 'item'
    return { drive: decodeSegment(found[1] ?? ''), [key]: key === 'item' ? decodeSegment(found[2] ?? '') : (found[2] ?? '') }
  }
}

/** The library and the drive item that the path names; checks the caller's access to both. */
function locate(...[request, tenant, params, level]: [...Parameters<Handler>, 'read' | 'contribute']) {
  const library = tenant.sites.libraryByDrive(params.drive ?? '')
  const site = library === undefined ? undefined : tenant.sites.site(library.siteId)
  const item =
    params.path === undefined
      ? tenant.items.get(params.drive ?? '', params.item ?? '')
      : tenant.items.byPath(params.drive ?? '', params.path.split('/').map(decodeSegment))
  if (library === undefined || site === undefined || item === undefined || item.deletedMs !== undefined || item.listItemId === 0)
    throw new ServiceError(404, 'itemNotFound', 'The resource could not be found.')
  requireAccess(request, tenant, site, level, itemScopes(tenant, { kind: 'library', library, item }))
  return { library, site, item }
}

const getListItem: Handler = (request, tenant, params) => {
  try {
    const options = readQueryOptions(request.url.searchParams, ['$select', '$expand'])
    checkOptions(options)
    const { library, site, item } = locate(request, tenant, params, 'read')
    return {
      status: 200,
      headers: { etag: libraryETag(item) },
      body: libraryItemWithOptions({ request, tenant, params, site }, library, item, options),
    }
  } catch (error) {
    throw graphRefusal(error, tenant, request)
  }
}

const getFields: Handler = (request, tenant, params) => {
  try {
    const options = readQueryOptions(request.url.searchParams, ['$select'])
    const { site, item } = locate(request, tenant, params, 'read')
    return { status: 200, body: selectFields(libraryFieldsShape(tenant, site, item), options.select?.join(',')) }
  } catch (error) {
    throw graphRefusal(error, tenant, request)
  }
}

const patchFields: Handler = async (request, tenant, params) => {
  try {
    readQueryOptions(request.url.searchParams, [])
    const fields = readBody(fieldsBody, await request.json())
    const { library, site, item } = locate(request, tenant, params, 'contribute')
    const changed = librariesOf(tenant).update(library, item, fields, {
      ifMatch: request.headers['if-match'],
      actor: actorOf(callerOf(request)),
    })
    const { '@odata.etag': _eTag, ...values } = libraryFieldsShape(tenant, site, changed)
    return { status: 200, body: values }
  } catch (error) {
    throw graphRefusal(error, tenant, request)
  }
}

const READ_ACCESS = { delegated: READ_SCOPES, application: READ_SCOPES }
const WRITE_ACCESS = { delegated: WRITE_SCOPES, application: WRITE_SCOPES }

export const driveItemRoutes: readonly Route[] = [
  {
    name: 'lists.driveItem.get',
    service: 'graph',
    methods: ['GET'],
    match: match(false),
    resourceUnits: 1,
    access: READ_ACCESS,
    handle: getListItem,
  },
  {
    name: 'lists.driveItem.fields',
    service: 'graph',
    methods: ['GET'],
    match: match(true),
    resourceUnits: 1,
    access: READ_ACCESS,
    handle: getFields,
  },
  {
    name: 'lists.driveItem.patch',
    service: 'graph',
    methods: ['PATCH'],
    match: match(true),
    resourceUnits: 2,
    access: WRITE_ACCESS,
    handle: patchFields,
  },
]
