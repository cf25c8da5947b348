import { ServiceError } from '../core/serviceError.ts'
import { webScope } from './permissionStore.ts'
import { NOWHERE, type Resource, type Walk } from './resource.ts'
import { notFoundResource } from './restErrors.ts'
import { ROLE_DEFINITIONS, roleName } from './roleDefinitions.ts'
import { permissionsOf } from './siteAccess.ts'

export function ownerOf(walk: Walk): Resource {
  const { site, tenant } = walk
  const owner = tenant.directory.user(site.ownerId ?? site.adminIds[0] ?? '')
  if (owner === undefined) throw notFoundResource()
  return { type: 'user', principal: permissionsOf(tenant).ensureUser(site, owner), ...NOWHERE }
}

export function userBy(walk: Walk, how: string, key: string): Resource {
  const found = permissionsOf(walk.tenant)
    .principals(walk.site)
    .find(
      (principal) =>
        principal.type !== 8 &&
        (how === 'getbyid'
          ? principal.principalId === Number(key)
          : (how === 'getbyemail' ? principal.email : principal.login).toLowerCase() === key.toLowerCase()),
    )
  if (found === undefined) throw new ServiceError(404, '-2146232832, Microsoft.SharePoint.SPException', 'User cannot be found.')
  return { type: 'user', principal: found, ...NOWHERE }
}

export function groupBy(walk: Walk, how: string, key: string): Resource {
  const found = permissionsOf(walk.tenant)
    .principals(walk.site)
    .find(
      (principal) =>
        principal.type === 8 && (how === 'getbyid' ? principal.principalId === Number(key) : principal.title === key),
    )
  if (found === undefined) throw new ServiceError(404, '-2146232832, Microsoft.SharePoint.SPException', 'Group cannot be found.')
  return { type: 'group', principal: found, ...NOWHERE }
}

export function roleBy(walk: Walk, how: string, key: string): Resource {
  const role = ROLE_DEFINITIONS.find((candidate) =>
    how === 'getbyname'
      ? roleName(candidate, walk.site.language) === key
      : how === 'getbytype'
        ? candidate.roleTypeKind === Number(key)
        : candidate.id === Number(key),
  )
  if (role === undefined)
    throw new ServiceError(
      404,
      '-2146232832, Microsoft.SharePoint.SPException',
      'Can not find the permission level with id or name.',
    )
  return { type: 'roleDefinition', role, ...NOWHERE }
}

export function assignments(walk: Walk, ownKey: string, owner: Resource, principalId: string | undefined): Resource {
  const permissions = permissionsOf(walk.tenant)
  permissions.principals(walk.site)
  const scopeKey = [ownKey, ...owner.scopes].find((key) => permissions.isUnique(key)) ?? webScope(walk.site.siteId)
  return principalId === undefined
    ? { type: 'roleAssignments', scopeKey, owner, scopes: owner.scopes }
    : { type: 'roleAssignment', scopeKey, owner, principalId: Number(principalId), scopes: owner.scopes }
}
