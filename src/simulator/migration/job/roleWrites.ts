import type { Tenant } from '../../core/tenant.ts'
import { grantRole, type ScopeChain } from '../../sharepoint/grants.ts'
import { itemScopes } from '../../sharepoint/itemScopes.ts'
import { hasRoomForAssignment, hasRoomForScope, isGrantable } from '../../sharepoint/permissionRules.ts'
import { type PrincipalRecord, webScope } from '../../sharepoint/permissionStore.ts'
import { ROLE_DEFINITIONS } from '../../sharepoint/roleDefinitions.ts'
import { permissionsOf } from '../../sharepoint/siteAccess.ts'
import type { SiteRecord } from '../../store/siteStore.ts'
import type { RoleAssignmentsObject } from '../package/manifestObjects.ts'
import { HRESULT, ItemImportError } from './importErrors.ts'
import type { ItemWritesDeps } from './itemWrites.ts'

type ObjectAssignment = RoleAssignmentsObject['assignments'][number]

interface ImportScope extends ScopeChain {
  readonly listId: string | undefined
}

/**
 * Role assignments of a package: each breaks the inheritance of its object and replaces whatever was assigned there, an empty one leaves
 * nobody. A principal that cannot be matched loses its grant with a warning; the inheritance is broken all the same [D.6].
 */
export function createRoleWrites(deps: Omit<ItemWritesDeps, 'onImported'>): (object: RoleAssignmentsObject) => void {
  const { tenant, site, users, report, script } = deps
  const permissions = permissionsOf(tenant)

  function principalOf(packageId: number): PrincipalRecord | undefined {
    const group = users.group(packageId)
    if (group === undefined) {
      const user = users.user(packageId)
      return user === undefined ? undefined : permissions.ensure(site, user.login)
    }
    const made = permissions.ensureGroup(site, group.name)
    for (const memberId of group.memberIds) {
      const login = users.user(memberId)?.login
      const member = login === undefined ? undefined : permissions.ensure(site, login)
      if (member !== undefined) permissions.addGroupMember(site, made.principalId, member.principalId)
    }
    return made
  }

  function warn({ objectUrl, objectId }: ObjectAssignment, message: string): void {
    report.warning(
      { objectType: 'RoleAssignment', url: objectUrl, id: objectId },
      { code: HRESULT.spException, errorType: 'Microsoft.SharePoint.SPException', message },
    )
  }

  function grant(assignment: ObjectAssignment, scope: ImportScope, role: ObjectAssignment['roles'][number]): void {
    const { roleId } = role
    if (!ROLE_DEFINITIONS.some((known) => known.id === roleId))
      throw new ItemImportError(HRESULT.spException, `Can not find the permission level with id: ${roleId}.`)
    if (!isGrantable(roleId))
      throw new ItemImportError(HRESULT.spException, 'You cannot grant a user the limited access permission level.')
    const principal = principalOf(role.principalId)
    if (principal === undefined) {
      warn(assignment, `Failed to ensure user '${users.user(role.principalId)?.login ?? role.principalId}'`)
      return
    }
    const { principalId } = principal
    const count = permissions.assignments(scope.key).length
    if (!permissions.holdsAny(scope.key, principalId) && !hasRoomForAssignment(count, script.roleAssignmentLimit))
      throw new ItemImportError(HRESULT.spException, 'The number of role assignments of this scope exceeds the 5000 limit.')
    grantRole(tenant, site, scope, { principalId, roleId })
  }

  return ({ assignments }) => {
    permissions.prepare(site)
    for (const assignment of assignments) {
      const scope = scopeOf(tenant, site, assignment)
      const isNew = !permissions.isUnique(scope.key)
      if (
        isNew &&
        scope.listId !== undefined &&
        !hasRoomForScope(permissions.uniqueScopeCount(scope.listId), script.uniqueScopeLimit)
      )
        throw new ItemImportError(
          HRESULT.scopeLimit,
          'The number of unique security scopes of this list exceeds the 50000 limit.',
        )
      permissions.makeUnique(scope.key, site, scope.listId, [])
      for (const { principalId } of permissions.assignments(scope.key)) permissions.unassign(scope.key, principalId)
      if (!script.losesGrants) for (const role of assignment.roles) grant(assignment, scope, role)
    }
    report.done('DeploymentRoleAssignments')
  }
}

function scopeOf(tenant: Tenant, site: SiteRecord, { objectId, objectType, objectUrl }: ObjectAssignment): ImportScope {
  if (objectType === 0 && objectId === site.webId) return { key: webScope(site.siteId), outer: [], listId: undefined }
  const library = tenant.sites.libraryByList(objectId)
  if (objectType === 1 && library?.siteId === site.siteId)
    return { key: `list:${library.listId}`, outer: [], listId: library.listId }
  const item = objectType === 2 ? tenant.items.byUniqueId(objectId) : undefined
  const owner = item === undefined ? undefined : tenant.sites.libraryByDrive(item.driveId)
  const [key, ...outer] =
    item === undefined || owner === undefined ? [] : itemScopes(tenant, { kind: 'library', library: owner, item })
  if (key === undefined || owner?.siteId !== site.siteId)
    throw new ItemImportError(
      HRESULT.fileNotFound,
      `The object of a role assignment could not be found: ${objectUrl} {${objectId}} of type ${objectType}.`,
    )
  return { key, outer, listId: owner.listId }
}
