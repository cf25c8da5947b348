import type { Handler, Route } from '../core/http.ts'
import { callerOf } from '../sharepoint/siteAccess.ts'
import { groupOf, READ_GROUPS, READ_SELF, READ_USERS, requireReadable, userOf } from './directoryRights.ts'
import { get, priced } from './directoryRoute.ts'
import { groupShape, userShape } from './usersEntities.ts'
import { directoryEntity, directoryPage, namedProperties } from './usersQueries.ts'
import { groupsType, ORGANIZATIONS, USERS } from './usersTypes.ts'

const getUser: Handler = (request, tenant, params) => {
  const user = userOf(request, tenant, params)
  const caller = callerOf(request)
  const seen = user.objectId === caller.objectId ? undefined : requireReadable(caller, namedProperties(request))
  return directoryEntity(request, USERS, seen?.(userShape(user)) ?? userShape(user))
}

const listUsers: Handler = (request, tenant) => {
  const seen = requireReadable(callerOf(request), namedProperties(request))
  return directoryPage(
    request,
    USERS,
    tenant.directory.users().map((user) => seen(userShape(user))),
  )
}

const listGroups: Handler = (request, tenant) =>
  directoryPage(
    request,
    groupsType(tenant.behaviour.profile),
    tenant.directory.groups().map((group) => groupShape(tenant, group)),
  )

const getGroup: Handler = (request, tenant, params) =>
  directoryEntity(request, groupsType(tenant.behaviour.profile), groupShape(tenant, groupOf(tenant, params.group ?? '')))

const listOrganizations: Handler = (request, tenant) =>
  directoryPage(request, ORGANIZATIONS, [
    {
      id: tenant.tenantId,
      displayName: `${tenant.name.charAt(0).toUpperCase()}${tenant.name.slice(1)}`,
      countryLetterCode: 'DE',
      onPremisesSyncEnabled: true,
      verifiedDomains: [
        {
          capabilities: 'Email, OfficeCommunicationsOnline',
          isDefault: true,
          isInitial: false,
          name: `${tenant.name}.com`,
          type: 'Managed',
        },
        {
          capabilities: 'Email, OfficeCommunicationsOnline',
          isDefault: false,
          isInitial: true,
          name: `${tenant.name}.onmicrosoft.com`,
          type: 'Managed',
        },
      ],
    },
  ])

/** Users, groups and the organization. */
export const usersRoutes: readonly Route[] = [
  priced(1, get('me.get', 'me', READ_SELF, getUser)),
  priced(2, get('user.list', 'users', READ_USERS, listUsers)),
  priced(1, get('user.get', 'users/{user}', READ_SELF, getUser)),
  priced(2, get('group.list', 'groups', READ_GROUPS, listGroups)),
  priced(1, get('group.get', 'groups/{group}', READ_GROUPS, getGroup)),
  get('organization.list', 'organization', ['User.Read', 'Organization.Read.All', 'Directory.Read.All'], listOrganizations),
]
