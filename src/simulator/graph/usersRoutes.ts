import type { Handler, Route } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import type { Tenant } from '../core/tenant.ts'
import type { GroupRecord, UserRecord } from '../identity/directory.ts'
import { groupsWith, transitiveMemberIds } from '../identity/membership.ts'
import { callerOf } from '../sharepoint/siteAccess.ts'
import type { ChannelRecord } from '../store/siteStore.ts'
import { groupShape, roleShape, teamShape, userShape } from './usersEntities.ts'
import { type DirectoryType, directoryEntity, directoryPage, type Shape } from './usersQueries.ts'
import { CHANNELS, groupsType, ORGANIZATIONS, ROLES, TEAMS, USERS } from './usersTypes.ts'

const READ_USERS = ['User.ReadBasic.All', 'User.Read.All', 'User.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All']
const READ_SELF = ['User.Read', 'User.ReadWrite', ...READ_USERS]
const READ_GROUPS = [
  'GroupMember.Read.All',
  'Group.Read.All',
  'Group.ReadWrite.All',
  'Directory.Read.All',
  'Directory.ReadWrite.All',
]
const READ_ROLES = ['RoleManagement.Read.Directory', 'Directory.Read.All', 'Directory.ReadWrite.All']
const READ_TEAMS = ['Team.ReadBasic.All', 'TeamSettings.Read.All', 'Group.Read.All', 'Group.ReadWrite.All', 'Directory.Read.All']
const READ_CHANNELS = [
  'Channel.ReadBasic.All',
  'ChannelSettings.Read.All',
  'Group.Read.All',
  'Group.ReadWrite.All',
  'Directory.Read.All',
]

function missing(id: string): ServiceError {
  return new ServiceError(
    404,
    'Request_ResourceNotFound',
    `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
  )
}

/** The user that `/me` or `/users/{id}` names; `/me` needs a signed-in user. */
function userOf(...[request, tenant, params]: Parameters<Handler>): UserRecord {
  const caller = callerOf(request)
  if (params.user === undefined && caller.kind === 'app')
    throw new ServiceError(400, 'BadRequest', '/me request is only valid with delegated authentication flow.')
  const key = params.user ?? caller.objectId
  const user = tenant.directory.user(key)
  const isSelf = user !== undefined && user.objectId === caller.objectId
  if (!isSelf && caller.kind === 'user' && !caller.scopes.some((scope) => READ_USERS.includes(scope)))
    throw new ServiceError(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.')
  if (user === undefined) throw missing(key)
  return user
}

const getUser: Handler = (request, tenant, params) => directoryEntity(request, USERS, userShape(userOf(request, tenant, params)))

const listUsers: Handler = (request, tenant) => directoryPage(request, USERS, tenant.directory.users().map(userShape))

const listGroups: Handler = (request, tenant) =>
  directoryPage(
    request,
    groupsType(tenant.behaviour.profile),
    tenant.directory.groups().map((group) => groupShape(tenant, group)),
  )

function groupOf(tenant: Tenant, id: string): GroupRecord {
  const group = tenant.directory.group(id)
  if (group === undefined) throw missing(id)
  return group
}

const getGroup: Handler = (request, tenant, params) =>
  directoryEntity(request, groupsType(tenant.behaviour.profile), groupShape(tenant, groupOf(tenant, params.group ?? '')))

/** Members of a group: its own, or with those of the groups inside it. A cast keeps people or groups. */
const listMembers: Handler = (request, tenant, params) => {
  const group = groupOf(tenant, params.group ?? '')
  const isTransitive = /\/transitiveMembers(\/|$)/i.test(request.rawPath)
  const ids = isTransitive ? [...transitiveMemberIds(tenant.directory, group.objectId)] : group.memberIds
  const people = ids.flatMap((id) => tenant.directory.user(id) ?? []).map(userShape)
  const groups = ids.flatMap((id) => tenant.directory.group(id) ?? []).map((inner) => groupShape(tenant, inner))
  const cast = params.cast?.toLowerCase()
  if (cast === 'microsoft.graph.user') return directoryPage(request, USERS, people, markUser)
  if (cast === 'microsoft.graph.group') return directoryPage(request, groupsType(tenant.behaviour.profile), groups, markGroup)
  if (cast !== undefined) throw unknownCast(params.cast ?? '')
  if (groups.length === 0) return directoryPage(request, USERS, people, markUser)
  // Properties of the other kind are null, as everywhere in a mixed collection.
  const names = new Set([...Object.keys(people[0] ?? {}), ...Object.keys(groups[0] ?? {})])
  const mixed = [...people, ...groups].map((shape) => Object.fromEntries([...names].map((name) => [name, shape[name] ?? null])))
  return directoryPage(request, { ...USERS, defaults: ['id', 'displayName', 'mail'] }, mixed, (shape) =>
    shape.userPrincipalName === null ? markGroup() : markUser(),
  )
}

function rolesOf(tenant: Tenant, user: UserRecord): readonly Shape[] {
  return user.roleTemplateIds.map((id) => roleShape(tenant, id))
}

function groupsOf(tenant: Tenant, user: UserRecord, isTransitive: boolean): readonly Shape[] {
  return groupsWith(tenant.directory, user.objectId, isTransitive).map((group) => groupShape(tenant, group))
}

function unknownCast(cast: string): ServiceError {
  return new ServiceError(400, 'BadRequest', `The type '${cast}' is not known to the practice tenant.`, { isUnknown: true })
}

/** Roles first, then groups, each marked with its type; `…/microsoft.graph.directoryRole` and `….group` narrow it down. */
const listMemberships: Handler = (request, tenant, params) => {
  const user = userOf(request, tenant, params)
  const cast = params.cast?.toLowerCase()
  const isTransitive = /\/transitiveMemberOf(\/|$)/i.test(request.rawPath)
  const groups = groupsType(tenant.behaviour.profile)
  if (cast === 'microsoft.graph.directoryrole') return directoryPage(request, ROLES, rolesOf(tenant, user), markRole)
  if (cast === 'microsoft.graph.group') return directoryPage(request, groups, groupsOf(tenant, user, isTransitive), markGroup)
  if (cast !== undefined) throw unknownCast(params.cast ?? '')
  const anyObject: DirectoryType = { ...ROLES, defaults: ['id', 'displayName', 'description'] }
  const all = [...rolesOf(tenant, user), ...groupsOf(tenant, user, isTransitive)]
  return directoryPage(request, anyObject, all, (shape) =>
    'roleTemplateId' in shape ? { ...markRole(), roleTemplateId: shape.roleTemplateId } : markGroup(),
  )
}
const markUser = (): Shape => ({ '@odata.type': '#microsoft.graph.user' })
const markRole = (): Shape => ({ '@odata.type': '#microsoft.graph.directoryRole' })
const markGroup = (): Shape => ({ '@odata.type': '#microsoft.graph.group' })

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

function teamsOf(tenant: Tenant, isWanted: (group: GroupRecord) => boolean): readonly Shape[] {
  return tenant.directory
    .groups()
    .filter((group) => isWanted(group) && tenant.sites.team(group.objectId) !== undefined)
    .map((group) => teamShape({ id: group.objectId, displayName: group.displayName }, tenant.tenantId))
}

const listTeams: Handler = (request, tenant) =>
  directoryPage(
    request,
    TEAMS,
    teamsOf(tenant, () => true),
  )

const listJoinedTeams: Handler = (request, tenant, params) => {
  const user = userOf(request, tenant, params)
  return directoryPage(
    request,
    TEAMS,
    teamsOf(tenant, (group) => group.memberIds.includes(user.objectId)),
  )
}

const getTeam: Handler = (request, tenant, params) => {
  const team = tenant.sites.team(params.team ?? '')
  if (team === undefined) throw noTeam(params.team ?? '')
  return directoryEntity(request, TEAMS, teamShape({ id: team.teamId, displayName: team.displayName }, tenant.tenantId))
}

function noTeam(id: string): ServiceError {
  return new ServiceError(404, 'NotFound', `No team found with Group Id ${id}`, { innerCode: 'ItemNotFound' })
}

function channelShape(tenant: Tenant, channel: ChannelRecord): Shape {
  return {
    id: channel.channelId,
    createdDateTime: '2024-01-01T00:00:00Z',
    displayName: channel.displayName,
    description: null,
    email: '',
    membershipType: channel.membershipType,
    tenantId: tenant.tenantId,
    webUrl: `https://teams.microsoft.com/l/channel/${encodeURIComponent(channel.channelId)}/${encodeURIComponent(channel.displayName)}?groupId=${channel.teamId}&tenantId=${tenant.tenantId}`,
  }
}

const listChannels: Handler = (request, tenant, params) => {
  if (tenant.sites.team(params.team ?? '') === undefined) throw noTeam(params.team ?? '')
  const channels = tenant.sites.channels(params.team ?? '')
  const type: DirectoryType = {
    ...CHANNELS,
    filterable: { ...CHANNELS.filterable, membershipType: { kind: 'text', simple: ['eq'], advanced: [] } },
  }
  return directoryPage(
    request,
    type,
    channels.map((channel) => channelShape(tenant, channel)),
  )
}

const getChannel: Handler = (request, tenant, params) => {
  const channel = tenant.sites.channels(params.team ?? '').find((candidate) => candidate.channelId === params.channel)
  if (channel === undefined) throw new ServiceError(404, 'NotFound', 'Resource not found', { innerCode: 'ItemNotFound' })
  return directoryEntity(request, CHANNELS, channelShape(tenant, channel))
}

/** `/users/{user}/x` after the version; a template segment in braces becomes a parameter. */
function match(template: string): Route['match'] {
  const wanted = template.split('/')
  return (rawPath) => {
    const parts = rawPath.replace(/\/$/, '').split('/').slice(1)
    if (parts[0]?.toLowerCase() !== 'v1.0' || parts.length !== wanted.length + 1) return undefined
    const params: Record<string, string> = {}
    for (const [index, part] of wanted.entries()) {
      const segment = parts[index + 1] ?? ''
      if (part.startsWith('{')) params[part.slice(1, -1)] = decoded(segment)
      else if (segment.toLowerCase() !== part.toLowerCase()) return undefined
    }
    return params
  }
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

function get(name: string, template: string, scopes: readonly string[], handle: Handler): Route {
  return {
    name: `directory.${name}`,
    service: 'graph',
    methods: ['GET'],
    match: match(template),
    // Directory and Teams requests do not count against SharePoint's resource units.
    resourceUnits: 0,
    access: { delegated: scopes, application: scopes.filter((scope) => scope !== 'User.Read' && scope !== 'User.ReadWrite') },
    handle,
  }
}

/** Users, groups, roles, organization, teams and their channels. */
export const routes: readonly Route[] = [
  get('me.get', 'me', READ_SELF, getUser),
  get('me.roles', 'me/transitiveMemberOf/{cast}', READ_ROLES, listMemberships),
  get('me.memberships', 'me/transitiveMemberOf', READ_ROLES, listMemberships),
  get('me.memberOfType', 'me/memberOf/{cast}', READ_ROLES, listMemberships),
  get('me.memberOf', 'me/memberOf', READ_ROLES, listMemberships),
  get('me.teams', 'me/joinedTeams', READ_TEAMS, listJoinedTeams),
  get('user.list', 'users', READ_USERS, listUsers),
  get('user.get', 'users/{user}', READ_SELF, getUser),
  get('user.roles', 'users/{user}/transitiveMemberOf/{cast}', READ_ROLES, listMemberships),
  get('user.memberships', 'users/{user}/transitiveMemberOf', READ_ROLES, listMemberships),
  get('user.memberOfType', 'users/{user}/memberOf/{cast}', READ_ROLES, listMemberships),
  get('user.memberOf', 'users/{user}/memberOf', READ_ROLES, listMemberships),
  get('user.teams', 'users/{user}/joinedTeams', READ_TEAMS, listJoinedTeams),
  get('group.list', 'groups', READ_GROUPS, listGroups),
  get('group.get', 'groups/{group}', READ_GROUPS, getGroup),
  get('group.members', 'groups/{group}/members', READ_GROUPS, listMembers),
  get('group.membersOfType', 'groups/{group}/members/{cast}', READ_GROUPS, listMembers),
  get('group.transitiveMembers', 'groups/{group}/transitiveMembers', READ_GROUPS, listMembers),
  get('group.transitiveMembersOfType', 'groups/{group}/transitiveMembers/{cast}', READ_GROUPS, listMembers),
  get('organization.list', 'organization', ['User.Read', 'Organization.Read.All', 'Directory.Read.All'], listOrganizations),
  get('team.list', 'teams', READ_TEAMS, listTeams),
  get('team.get', 'teams/{team}', READ_TEAMS, getTeam),
  get('channel.list', 'teams/{team}/channels', READ_CHANNELS, listChannels),
  get('channel.get', 'teams/{team}/channels/{channel}', READ_CHANNELS, getChannel),
]
