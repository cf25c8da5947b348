import type { Route } from '../core/http.ts'
import { functionReply } from './dialect.ts'
import { maskOf, maskValue } from './permissionMasks.ts'
import { webScope } from './permissionStore.ts'
import { principalNotFound } from './principalErrors.ts'
import { type RestContext, type RestHandler, restRoute } from './restRoute.ts'
import type { AccessLevel } from './roleDefinitions.ts'
import { ownLevel, permissionsOf } from './siteAccess.ts'

const hasUniqueAssignments: RestHandler = ({ request, tenant, site, resource }) => {
  const own = resource.type === 'web' ? webScope(site.siteId) : (resource.scopes[0] ?? '')
  const permissions = permissionsOf(tenant)
  permissions.prepare(site)
  return functionReply(request, 'HasUniqueRoleAssignments', permissions.isUnique(own))
}

const effectivePermissions: RestHandler = (context) =>
  functionReply(context.request, 'EffectiveBasePermissions', maskOf(context, context.resource.scopes))

/** Rights of somebody else, by claims login; who is asked about has to be in the directory. */
const permissionsOfUser: RestHandler = (context) => {
  const { request, tenant, site, argument } = context
  const login = argument('') ?? ''
  const principal = permissionsOf(tenant).ensure(site, login)
  if (principal?.objectId === undefined || principal.type !== 1) throw principalNotFound(login)
  return functionReply(request, 'GetUserEffectivePermissions', maskValue(levelOf(context, principal.objectId), site))
}

function levelOf({ tenant, site, resource }: RestContext, userId: string): AccessLevel {
  const isAdmin = site.adminIds.includes(userId) || site.ownerId === userId
  return isAdmin ? 'full' : ownLevel(tenant, site, userId, resource.scopes)
}

const READ = { methods: ['GET'], level: 'read', resourceUnits: 5, readsQuery: false } as const

/** What can be asked of anything that has permissions. */
export const securityRoutes: readonly Route[] = (['web', 'list', 'item'] as const).flatMap((type) => [
  restRoute({ name: `${type}.hasUniqueRoles`, key: `${type}/hasuniqueroleassignments`, ...READ, handle: hasUniqueAssignments }),
  restRoute({ name: `${type}.mask`, key: `${type}/effectivebasepermissions`, ...READ, handle: effectivePermissions }),
  restRoute({
    name: `${type}.maskOfUser`,
    key: `${type}/getusereffectivepermissions`,
    ...READ,
    handle: permissionsOfUser,
  }),
])
