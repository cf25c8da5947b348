import { z } from 'zod'
import { DAY_MS } from '../../shared/units.ts'
import type { Handler, Route } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import type { Tenant } from '../core/tenant.ts'
import { callerOf } from '../sharepoint/siteAccess.ts'
import { missing, READ_OBJECTS, requireEach } from './directoryRights.ts'
import { get, post, priced } from './directoryRoute.ts'
import { jsonOf } from './jsonBody.ts'
import { GROUP_DEFAULTS, groupShape, USER_DEFAULTS, userShape } from './usersEntities.ts'
import { directoryEntity, directoryPage, type Shape } from './usersQueries.ts'
import { USERS } from './usersTypes.ts'

const MOST_IDS = 1_000
const READ_DELETED = ['User.Read.All', 'User.ReadWrite.All', ...READ_OBJECTS]
const KEPT_MS = 30 * DAY_MS
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const idsSchema = z.strictObject({
  ids: z.array(z.string()),
  types: z
    .array(z.enum(['user', 'group', 'directoryObject', 'device', 'servicePrincipal', 'application', 'orgContact']))
    .optional(),
})

function withDefaults(type: 'user' | 'group', shape: Shape): Shape {
  const names = type === 'user' ? USER_DEFAULTS : GROUP_DEFAULTS
  return { '@odata.type': `#microsoft.graph.${type}`, ...Object.fromEntries(names.map((name) => [name, shape[name]])) }
}

function objectOf(tenant: Tenant, id: string): Shape | undefined {
  const user = tenant.directory.user(id)
  if (user !== undefined && user.objectId === id) return withDefaults('user', userShape(user))
  const group = tenant.directory.group(id)
  return group && withDefaults('group', groupShape(tenant, group))
}

/** Objects by their ids, in one request; ids that name nothing are left out of the answer. */
const getByIds: Handler = async (request, tenant) => {
  const { ids, types } = await jsonOf(request, idsSchema)
  if (ids.length > MOST_IDS)
    throw new ServiceError(400, 'Request_BadRequest', `The number of ids must not be greater than ${MOST_IDS}.`)
  const malformed = ids.find((id) => !GUID.test(id))
  if (malformed !== undefined) throw new ServiceError(400, 'Request_BadRequest', `Invalid object identifier '${malformed}'.`)
  const isWanted = (object: Shape) =>
    types === undefined ||
    types.includes('directoryObject') ||
    types.some((type) => object['@odata.type'] === `#microsoft.graph.${type}`)
  const found = [...new Set(ids.map((id) => id.toLowerCase()))]
    .flatMap((id): readonly Shape[] => {
      const object = objectOf(tenant, id)
      return object === undefined ? [] : [object]
    })
    .filter(isWanted)
  return { status: 200, body: { '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#directoryObjects', value: found } }
}

const getObject: Handler = (request, tenant, params) => {
  const id = (params.object ?? '').toLowerCase()
  const object = objectOf(tenant, id)
  if (object === undefined) throw missing(params.object ?? '')
  return directoryEntity(request, { ...USERS, context: 'directoryObjects', defaults: Object.keys(object) }, object)
}

/** People who were deleted less than 30 days ago. Their user names carry their id in front. */
function deletedUsers(tenant: Tenant): readonly Shape[] {
  const { directory, clock } = tenant
  return directory
    .deletedUsers()
    .filter(({ deletedAtMs = 0 }) => clock.now() < deletedAtMs + KEPT_MS)
    .map(userShape)
}

const listDeletedUsers: Handler = (request, tenant) => directoryPage(request, USERS, deletedUsers(tenant))

const getDeleted: Handler = (request, tenant, params) => {
  requireEach(callerOf(request), [READ_DELETED])
  const user = deletedUsers(tenant).find(({ id }) => id === params.object?.toLowerCase())
  if (user === undefined) throw missing(params.object ?? '')
  return directoryEntity(request, { ...USERS, context: 'directoryObjects' }, user)
}

/** Objects of any kind by id, and those that are in the directory's own recycle bin. */
export const directoryObjectRoutes: readonly Route[] = [
  priced(3, post('object.byIds', 'directoryObjects/getByIds', READ_OBJECTS, getByIds)),
  priced(1, get('object.get', 'directoryObjects/{object}', READ_OBJECTS, getObject)),
  priced(1, get('deleted.users', 'directory/deletedItems/microsoft.graph.user', READ_DELETED, listDeletedUsers)),
  priced(1, get('deleted.get', 'directory/deletedItems/{object}', READ_DELETED, getDeleted)),
]
