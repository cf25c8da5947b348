import type { Route } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import { librariesOf } from '../lists/libraryStore.ts'
import { ITEMS_FOR_BREAKING_INHERITANCE } from '../lists/listRules.ts'
import { listIdOf } from '../lists/tenantLists.ts'
import { reply } from './dialect.ts'
import { entityContext } from './entities.ts'
import { copiedAssignments, grantRole, type ScopeChain } from './grants.ts'
import { itemScopes } from './itemScopes.ts'
import { canBreakInheritance, hasRoomForAssignment, hasRoomForScope, isGrantable } from './permissionRules.ts'
import { webScope } from './permissionStore.ts'
import { principalIdNotFound } from './principalErrors.ts'
import { project, projectAll, readRestOptions } from './projection.ts'
import type { Resource } from './resource.ts'
import { invalidQuery } from './restErrors.ts'
import { expectResource, type RestContext, type RestHandler, restRoute } from './restRoute.ts'
import { FULL_CONTROL, ROLE_DEFINITIONS } from './roleDefinitions.ts'
import { permissionsOf, principalOf } from './siteAccess.ts'
import { roleAssignmentCollection, roleAssignmentEntity } from './webEntities.ts'

const SP_EXCEPTION = 'Microsoft.SharePoint.SPException'

/** Scope of a securable object, its list, and the scopes it inherits from. */
function scopeOf({ site, resource, tenant }: RestContext): { key: string; listId: string | undefined; outer: readonly string[] } {
  if (resource.type === 'item') {
    const [key = '', ...outer] = itemScopes(tenant, resource.ref)
    return { key, outer, listId: resource.ref.kind === 'list' ? resource.ref.list.listId : resource.ref.library.listId }
  }
  if (resource.type === 'list') return { key: `list:${listIdOf(resource.target)}`, outer: [], listId: listIdOf(resource.target) }
  return { key: webScope(site.siteId), outer: [], listId: undefined }
}

/** Items whose permissions change when the resource stops inheriting. */
function descendantsOf({ tenant, resource }: RestContext, limit: number): number {
  if (resource.type === 'list')
    return resource.target.kind === 'list' ? resource.target.list.itemCount : librariesOf(tenant).count(resource.target.library)
  if (resource.type !== 'item' || resource.ref.kind !== 'library' || resource.ref.item.kind !== 'folder') return 0
  return librariesOf(tenant).descendants(resource.ref.item, limit + 1)
}

const breakInheritance: RestHandler = (context) => {
  const { tenant, site, actor, argument } = context
  const permissions = permissionsOf(tenant)
  const { key, listId, outer } = scopeOf(context)
  if (permissions.isUnique(key)) return { status: 200 }
  const itemLimit = limitOf(context, 'inheritanceItemLimit') ?? ITEMS_FOR_BREAKING_INHERITANCE
  if (!canBreakInheritance(descendantsOf(context, itemLimit), itemLimit))
    throw new ServiceError(
      429,
      `-2147024860, ${SP_EXCEPTION}`,
      'You cannot break inheritance for this item because there are too many items within it. You will need to break inheritance on individual items within this item.',
    )
  if (listId !== undefined && !hasRoomForScope(permissions.uniqueScopeCount(listId), limitOf(context, 'uniqueScopeLimit')))
    throw new ServiceError(
      500,
      `-2130246270, ${SP_EXCEPTION}`,
      'The number of unique security scopes of this list exceeds the 50000 limit.',
    )
  const parent = outer.find((scope) => permissions.isUnique(scope)) ?? webScope(site.siteId)
  const isCopied = /^true$/i.test(argument('copyroleassignments') ?? argument('') ?? 'false')
  permissions.makeUnique(key, site, listId, isCopied ? copiedAssignments(tenant, parent) : [])
  // Who breaks it off without a copy keeps Full Control, and everybody else is out [H.3].
  if (!isCopied)
    grantRole(tenant, site, { key, outer }, { principalId: principalOf(tenant, site, actor).principalId, roleId: FULL_CONTROL })
  if (/^true$/i.test(argument('clearsubscopes') ?? 'false')) clearBelow(context, key, listId)
  return { status: 200 }
}

/** Unique scopes below the resource inherit again. */
function clearBelow({ tenant, site }: RestContext, key: string, listId: string | undefined): void {
  const permissions = permissionsOf(tenant)
  for (const scope of permissions.scopesOf(listId)) {
    if (scope === key) continue
    const library = tenant.sites.libraryByList(listId ?? '')
    const itemId = Number(scope.split(':')[2] ?? 0)
    const item = library === undefined ? undefined : librariesOf(tenant).item(library, itemId)
    const chain =
      library === undefined || item === undefined ? [`list:${listId}`] : itemScopes(tenant, { kind: 'library', library, item })
    if (chain.includes(key) && scope !== webScope(site.siteId)) permissions.resetToParent(scope)
  }
}

const resetInheritance: RestHandler = (context) => {
  const { key } = scopeOf(context)
  if (context.resource.type === 'web') throw inherits('The root web of a site collection has no parent to inherit from.')
  permissionsOf(context.tenant).resetToParent(key)
  return { status: 200 }
}

function limitOf({ tenant, request }: RestContext, name: 'uniqueScopeLimit' | 'roleAssignmentLimit' | 'inheritanceItemLimit') {
  return tenant.faults.amount(name, request)
}

function inherits(message = 'This operation is not allowed on an object that inherits permissions.'): ServiceError {
  return new ServiceError(400, '-2146233079, System.InvalidOperationException', message)
}

const listAssignments: RestHandler = (context) => {
  const { request } = context
  const { projection } = readRestOptions(request.url.searchParams, ['$top'])
  const { scopeKey } = expectResource(context, 'roleAssignments')
  return reply(request, projectAll(roleAssignmentCollection(entityContext(context), scopeKey), projection))
}

/** The scope of the object itself; one that inherits cannot be changed. */
function ownScope(owner: Resource, context: RestContext): ScopeChain {
  const [first = '', ...outer] = owner.scopes
  const key = owner.type === 'web' ? webScope(context.site.siteId) : first
  if (!permissionsOf(context.tenant).isUnique(key)) throw inherits()
  return { key, outer }
}

function numberArgument({ argument }: RestContext, name: string): number {
  const text = argument(name) ?? ''
  if (!/^\d+$/.test(text)) throw invalidQuery(`The parameter ${name} is missing.`)
  return Number(text)
}

/** Adding an assignment that is there already changes nothing. */
const addAssignment: RestHandler = (context) => {
  const { tenant, site } = context
  const { owner } = expectResource(context, 'roleAssignments')
  const principalId = numberArgument(context, 'principalid')
  const roleId = numberArgument(context, 'roledefid')
  const permissions = permissionsOf(tenant)
  if (permissions.principal(site, principalId) === undefined) throw principalIdNotFound(principalId)
  if (!ROLE_DEFINITIONS.some((role) => role.id === roleId))
    throw new ServiceError(404, `-2146232832, ${SP_EXCEPTION}`, `Can not find the permission level with id: ${roleId}.`)
  if (!isGrantable(roleId))
    throw new ServiceError(400, `-2146232832, ${SP_EXCEPTION}`, 'You cannot grant a user the limited access permission level.')
  const scope = ownScope(owner, context)
  const count = permissions.assignments(scope.key).length
  if (!permissions.holdsAny(scope.key, principalId) && !hasRoomForAssignment(count, limitOf(context, 'roleAssignmentLimit')))
    throw new ServiceError(
      500,
      `-2146232832, ${SP_EXCEPTION}`,
      'The number of role assignments of this scope exceeds the 5000 limit.',
    )
  grantRole(tenant, site, scope, { principalId, roleId })
  return { status: 200 }
}

const removeAssignment: RestHandler = (context) => {
  const { owner } = expectResource(context, 'roleAssignments')
  const { key } = ownScope(owner, context)
  permissionsOf(context.tenant).unassign(key, numberArgument(context, 'principalid'), numberArgument(context, 'roledefid'))
  return { status: 200 }
}

const getAssignment: RestHandler = (context) => {
  const { request, tenant } = context
  const { projection } = readRestOptions(request.url.searchParams, [])
  const { principalId, scopeKey } = expectResource(context, 'roleAssignment')
  const found = permissionsOf(tenant)
    .assignments(scopeKey)
    .find((assignment) => assignment.principalId === principalId)
  if (found === undefined) throw principalIdNotFound(principalId)
  const id = `Web/RoleAssignments/GetByPrincipalId(${principalId})`
  return reply(request, project(roleAssignmentEntity(entityContext(context), id, principalId, found.roleIds), projection))
}

const deleteAssignment: RestHandler = (context) => {
  const { tenant, method } = context
  if (method !== 'DELETE') throw invalidQuery(`${method} is not supported for SP.RoleAssignment.`, true)
  const { owner, principalId } = expectResource(context, 'roleAssignment')
  permissionsOf(tenant).unassign(ownScope(owner, context).key, principalId)
  return { status: 200 }
}

/** Every permission call is heavy [H.3]. */
const HEAVY = { methods: ['POST'], level: 'full', resourceUnits: 5 } as const

export const roleRoutes: readonly Route[] = [
  ...(['web', 'list', 'item'] as const).flatMap((type) => [
    restRoute({ name: `${type}.breakInheritance`, key: `${type}/breakroleinheritance`, ...HEAVY, handle: breakInheritance }),
    restRoute({ name: `${type}.resetInheritance`, key: `${type}/resetroleinheritance`, ...HEAVY, handle: resetInheritance }),
  ]),
  restRoute({
    name: 'roleAssignment.list',
    key: 'roleAssignments',
    methods: ['GET'],
    level: 'read',
    resourceUnits: 5,
    handle: listAssignments,
  }),
  restRoute({ name: 'roleAssignment.add', key: 'roleAssignments/addroleassignment', ...HEAVY, handle: addAssignment }),
  restRoute({ name: 'roleAssignment.remove', key: 'roleAssignments/removeroleassignment', ...HEAVY, handle: removeAssignment }),
  restRoute({
    name: 'roleAssignment.get',
    key: 'roleAssignment',
    methods: ['GET'],
    level: 'read',
    resourceUnits: 5,
    handle: getAssignment,
  }),
  restRoute({
    name: 'roleAssignment.delete',
    key: 'roleAssignment',
    ...HEAVY,
    methods: ['POST', 'DELETE'],
    handle: deleteAssignment,
  }),
]
