import { z } from 'zod'
import type { Caller } from '../core/caller.ts'
import type { Handler, Route, ServiceReply, ServiceRequest } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import type { Tenant } from '../core/tenant.ts'
import { groupsWith, transitiveMemberIds } from '../identity/membership.ts'
import { callerOf } from '../sharepoint/siteAccess.ts'
import { groupOf, READ_GROUPS, READ_ROLES, READ_SELF, READ_USERS, requireEach, seenMember, userOf } from './directoryRights.ts'
import { get, post, priced } from './directoryRoute.ts'
import { jsonOf } from './jsonBody.ts'
import { groupShape, roleShape, userShape } from './usersEntities.ts'
import { type DirectoryType, directoryPage, type Shape } from './usersQueries.ts'
import { groupsType, ROLES, USERS } from './usersTypes.ts'

const READ_MEMBERSHIPS = [...new Set([...READ_SELF, ...READ_GROUPS])].filter((scope) => scope !== 'User.ReadBasic.All')
const MOST_GROUP_IDS = 11_000

const markUser = (): Shape => ({ '@odata.type': '#microsoft.graph.user' })
const markRole = (): Shape => ({ '@odata.type': '#microsoft.graph.directoryRole' })
const markGroup = (): Shape => ({ '@odata.type': '#microsoft.graph.group' })

function unknownCast(cast: string): ServiceError {
  return new ServiceError(400, 'BadRequest', `The type '${cast}' is not known to the practice tenant.`, { isUnknown: true })
}

/** What is asked over a relationship: a filter or an order needs the advanced query capabilities. */
const related = (type: DirectoryType): DirectoryType => ({ ...type, isFilteredAdvancedOnly: true })

function groupShapes(tenant: Tenant, caller: Caller, ids: Iterable<string>): readonly Shape[] {
  return [...ids]
    .flatMap((id) => tenant.directory.group(id) ?? [])
    .map((group) => seenMember(caller, 'group')(groupShape(tenant, group)))
}

/** Members of a group: its own, or with those of the groups inside it. A cast keeps people or groups, and is an advanced query. */
const listMembers: Handler = (request, tenant, params) => {
  const caller = callerOf(request)
  const group = groupOf(tenant, params.group ?? '')
  const isTransitive = /\/transitiveMembers(\/|$)/i.test(request.rawPath)
  const ids = isTransitive ? [...transitiveMemberIds(tenant.directory, group.objectId)] : group.memberIds
  const people = ids.flatMap((id) => tenant.directory.user(id) ?? []).map((user) => seenMember(caller, 'user')(userShape(user)))
  const groups = groupShapes(tenant, caller, ids)
  const cast = params.cast?.toLowerCase()
  const strict = tenant.behaviour.profile === 'strict'
  if (cast === 'microsoft.graph.user')
    return directoryPage(request, { ...related(USERS), isAdvancedOnly: strict }, people, markUser)
  if (cast === 'microsoft.graph.group') {
    if (group.kind === 'microsoft365')
      throw new ServiceError(400, 'Request_UnsupportedQuery', 'A Microsoft 365 group has no members of the requested type.')
    return directoryPage(request, { ...related(groupsType(tenant.behaviour.profile)), isAdvancedOnly: strict }, groups, markGroup)
  }
  if (cast !== undefined) throw unknownCast(params.cast ?? '')
  if (groups.length === 0) return directoryPage(request, related(USERS), people, markUser)
  return directoryPage(
    request,
    related({ ...USERS, defaults: ['id', 'displayName', 'mail'] }),
    mixed([...people, ...groups]),
    marked(people),
  )
}

/** Properties of the other kind are null, as everywhere in a mixed collection. */
function mixed(shapes: readonly Shape[]): readonly Shape[] {
  const names = [...new Set(shapes.flatMap((shape) => Object.keys(shape)))]
  return shapes.map((shape) => Object.fromEntries(names.map((name) => [name, shape[name] ?? null])))
}

function marked(people: readonly Shape[]): (shape: Shape) => Shape {
  const ids = new Set(people.map(({ id }) => id))
  return ({ id }) => (ids.has(id) ? markUser() : markGroup())
}

function rolesOf(tenant: Tenant, caller: Caller, roleTemplateIds: readonly string[]): readonly Shape[] {
  return roleTemplateIds.map((id) => seenMember(caller, 'role')(roleShape(tenant, id)))
}

/** Roles first, then groups, each marked with its type; `…/microsoft.graph.directoryRole` and `….group` narrow it down. */
const listMemberships: Handler = (request, tenant, params) => {
  const caller = callerOf(request)
  const user = userOf(request, tenant, params)
  const isTransitive = /\/transitiveMemberOf(\/|$)/i.test(request.rawPath)
  const ids = groupsWith(tenant.directory, user.objectId, isTransitive).map(({ objectId }) => objectId)
  const groups = groupShapes(tenant, caller, ids)
  const cast = params.cast?.toLowerCase()
  if (cast === 'microsoft.graph.directoryrole') {
    requireEach(caller, [READ_ROLES])
    return directoryPage(request, related(ROLES), rolesOf(tenant, caller, user.roleTemplateIds), markRole)
  }
  if (cast === 'microsoft.graph.group')
    return directoryPage(request, related(groupsType(tenant.behaviour.profile)), groups, markGroup)
  if (cast !== undefined) throw unknownCast(params.cast ?? '')
  const roles = rolesOf(tenant, caller, user.roleTemplateIds)
  const roleIds = new Set(roles.map(({ id }) => id))
  const anyObject = related({ ...ROLES, defaults: ['id', 'displayName', 'description'] })
  return directoryPage(request, anyObject, mixed([...roles, ...groups]), (shape) =>
    roleIds.has(shape.id) ? { ...markRole(), roleTemplateId: shape.roleTemplateId } : markGroup(),
  )
}

/** The groups that a group is in. */
const listGroupMemberships: Handler = (request, tenant, params) => {
  const cast = params.cast?.toLowerCase()
  if (cast !== undefined && cast !== 'microsoft.graph.group') throw unknownCast(params.cast ?? '')
  const group = groupOf(tenant, params.group ?? '')
  const isTransitive = /\/transitiveMemberOf(\/|$)/i.test(request.rawPath)
  const ids = groupsWith(tenant.directory, group.objectId, isTransitive).map(({ objectId }) => objectId)
  return directoryPage(
    request,
    related(groupsType(tenant.behaviour.profile)),
    groupShapes(tenant, callerOf(request), ids),
    markGroup,
  )
}

/** Ids of the groups, at any depth; with `securityEnabledOnly` those that can be given permissions. */
async function memberGroups(request: ServiceRequest, tenant: Tenant, objectId: string): Promise<ServiceReply> {
  const { securityEnabledOnly } = await jsonOf(request, z.strictObject({ securityEnabledOnly: z.boolean().optional() }))
  const ids = groupsWith(tenant.directory, objectId, true)
    .filter(({ kind }) => securityEnabledOnly !== true || kind === 'security')
    .map((group) => group.objectId)
  if (ids.length > MOST_GROUP_IDS)
    throw new ServiceError(
      400,
      'Directory_ResultSizeLimitExceeded',
      'The specified object has more memberships than can be returned.',
    )
  return {
    status: 200,
    body: { '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#Collection(Edm.String)', value: ids },
  }
}

const getMemberGroups: Handler = (request, tenant, params) => {
  const user = userOf(request, tenant, params)
  const caller = callerOf(request)
  if (user.objectId !== caller.objectId) requireEach(caller, [READ_USERS, READ_GROUPS])
  return memberGroups(request, tenant, user.objectId)
}

const getMemberGroupsOfGroup: Handler = (request, tenant, params) =>
  memberGroups(request, tenant, groupOf(tenant, params.group ?? '').objectId)

/** Who is in which group, asked from either side. */
export const membershipRoutes: readonly Route[] = [
  priced(2, get('me.roles', 'me/transitiveMemberOf/{cast}', READ_MEMBERSHIPS, listMemberships)),
  priced(2, get('me.memberships', 'me/transitiveMemberOf', READ_MEMBERSHIPS, listMemberships)),
  priced(2, get('me.memberOfType', 'me/memberOf/{cast}', READ_MEMBERSHIPS, listMemberships)),
  priced(2, get('me.memberOf', 'me/memberOf', READ_MEMBERSHIPS, listMemberships)),
  priced(2, post('me.memberGroups', 'me/getMemberGroups', READ_MEMBERSHIPS, getMemberGroups)),
  priced(2, get('user.roles', 'users/{user}/transitiveMemberOf/{cast}', READ_MEMBERSHIPS, listMemberships)),
  priced(2, get('user.memberships', 'users/{user}/transitiveMemberOf', READ_MEMBERSHIPS, listMemberships)),
  priced(2, get('user.memberOfType', 'users/{user}/memberOf/{cast}', READ_MEMBERSHIPS, listMemberships)),
  priced(2, get('user.memberOf', 'users/{user}/memberOf', READ_MEMBERSHIPS, listMemberships)),
  priced(2, post('user.memberGroups', 'users/{user}/getMemberGroups', READ_MEMBERSHIPS, getMemberGroups)),
  priced(3, get('group.members', 'groups/{group}/members', READ_GROUPS, listMembers)),
  priced(3, get('group.membersOfType', 'groups/{group}/members/{cast}', READ_GROUPS, listMembers)),
  priced(5, get('group.transitiveMembers', 'groups/{group}/transitiveMembers', READ_GROUPS, listMembers)),
  priced(5, get('group.transitiveMembersOfType', 'groups/{group}/transitiveMembers/{cast}', READ_GROUPS, listMembers)),
  priced(2, get('group.memberOf', 'groups/{group}/memberOf', READ_GROUPS, listGroupMemberships)),
  priced(2, get('group.memberOfType', 'groups/{group}/memberOf/{cast}', READ_GROUPS, listGroupMemberships)),
  priced(2, get('group.memberships', 'groups/{group}/transitiveMemberOf', READ_GROUPS, listGroupMemberships)),
  priced(2, get('group.membershipsOfType', 'groups/{group}/transitiveMemberOf/{cast}', READ_GROUPS, listGroupMemberships)),
  priced(2, post('group.memberGroups', 'groups/{group}/getMemberGroups', READ_GROUPS, getMemberGroupsOfGroup)),
]
