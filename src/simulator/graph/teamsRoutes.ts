import type { Handler, Route } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import type { Tenant } from '../core/tenant.ts'
import type { GroupRecord } from '../identity/directory.ts'
import type { ChannelRecord } from '../store/siteStore.ts'
import { userOf } from './directoryRights.ts'
import { get } from './directoryRoute.ts'
import { teamShape } from './usersEntities.ts'
import { type DirectoryType, directoryEntity, directoryPage, type Shape } from './usersQueries.ts'
import { CHANNELS, TEAMS } from './usersTypes.ts'

const READ_TEAMS = ['Team.ReadBasic.All', 'TeamSettings.Read.All', 'Group.Read.All', 'Group.ReadWrite.All', 'Directory.Read.All']
const READ_CHANNELS = [
  'Channel.ReadBasic.All',
  'ChannelSettings.Read.All',
  'Group.Read.All',
  'Group.ReadWrite.All',
  'Directory.Read.All',
]

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

/** Teams and their channels. */
export const teamsRoutes: readonly Route[] = [
  get('me.teams', 'me/joinedTeams', READ_TEAMS, listJoinedTeams),
  get('user.teams', 'users/{user}/joinedTeams', READ_TEAMS, listJoinedTeams),
  get('team.list', 'teams', READ_TEAMS, listTeams),
  get('team.get', 'teams/{team}', READ_TEAMS, getTeam),
  get('channel.list', 'teams/{team}/channels', READ_CHANNELS, listChannels),
  get('channel.get', 'teams/{team}/channels/{channel}', READ_CHANNELS, getChannel),
]
