import type { Route, ServiceReply, ServiceRequest } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import type { Tenant } from '../core/tenant.ts'
import { callerOf } from '../sharepoint/siteAccess.ts'
import type { ChannelRecord } from '../store/siteStore.ts'
import { READ_FILES, requireDriveAccess } from './driveAccess.ts'
import type { DriveRef } from './drivePaths.ts'
import { driveShape } from './driveShapes.ts'
import { resolveDrive } from './driveTarget.ts'
import { readGraphQuery } from './graphQuery.ts'
import { METADATA } from './itemReplies.ts'
import { createItemShaper } from './itemShapes.ts'
import { refusingOptions } from './siteRoutes.ts'

const DRIVES = /^\/v1\.0\/(?:(me)|users\/([^/:]+)|groups\/([^/:]+))\/drives\/?$/i
const CHANNEL_FOLDER = /^\/v1\.0\/teams\/([^/:]+)\/channels\/([^/]+)\/filesFolder\/?$/i

function driveRefOf(me: string | undefined, user: string | undefined, group: string | undefined): DriveRef {
  if (me !== undefined) return { by: 'me' }
  return user === undefined ? { by: 'group', key: group ?? '' } : { by: 'user', key: decodeURIComponent(user) }
}

/** `/me/drives`, `/users/{id}/drives`, `/groups/{id}/drives`: the one drive that a person or a team has. */
function listDrives(request: ServiceRequest, tenant: Tenant): ServiceReply {
  readGraphQuery(request, ['$select', '$top'])
  const [, me, user, group] = DRIVES.exec(request.rawPath) ?? []
  const target = resolveDrive(request, tenant, driveRefOf(me, user, group))
  requireDriveAccess(request, tenant, target, { level: 'read' })
  return { status: 200, body: { '@odata.context': `${METADATA}#drives`, value: [driveShape(tenant, target)] } }
}

/**
 * The folder of a channel; private and shared channels keep it in a site of their own. 404 until the Files tab was first used. OData
 * parameters are not supported [B.1].
 */
function channelFolder(request: ServiceRequest, tenant: Tenant, params: Readonly<Record<string, string>>): ServiceReply {
  if (request.url.search !== '') {
    throw new ServiceError(400, 'BadRequest', 'OData query parameters are not supported by this call.', { isUnknown: true })
  }
  const team = tenant.sites.team(params.team ?? '')
  if (team === undefined) throw new ServiceError(404, 'NotFound', `No team found with Group Id ${params.team ?? ''}.`)
  const channel = tenant.sites.channels(team.teamId).find(({ channelId }) => channelId === params.channel)
  if (channel === undefined) throw new ServiceError(404, 'NotFound', 'The channel was not found.')
  const site = tenant.sites.site(channel.siteId)
  if (site === undefined || !channel.isFolderCreated) {
    throw new ServiceError(404, 'itemNotFound', 'Folder location for this channel is not ready yet, please try again later.')
  }
  const target = { site, library: tenant.sites.defaultLibrary(site.siteId) }
  const folder = openFolder(tenant, target.library.driveId, channel)
  requireDriveAccess(request, tenant, target, { level: 'read', item: folder })
  const shaper = createItemShaper(tenant, target, { caller: callerOf(request) })
  return {
    status: 200,
    body: {
      '@odata.context': `${METADATA}#teams('${team.teamId}')/channels('${encodeURIComponent(channel.channelId)}')/filesFolder/$entity`,
      ...shaper.shape(folder, { isListing: false, selection: undefined }),
    },
  }
}

function openFolder(tenant: Tenant, driveId: string, channel: ChannelRecord) {
  const root = tenant.items.root(driveId)
  return (
    tenant.items.child(driveId, root.itemId, channel.displayName) ??
    tenant.items.createFolder(driveId, root.itemId, channel.displayName, { displayName: 'System Account' })
  )
}

export const routes: readonly Route[] = [
  {
    name: 'drive.owner.drives',
    service: 'graph',
    methods: ['GET'],
    match: (rawPath) => (DRIVES.test(rawPath) ? {} : undefined),
    resourceUnits: 2,
    access: { delegated: READ_FILES, application: READ_FILES },
    handle: refusingOptions(listDrives),
  },
  {
    name: 'drive.channel.filesFolder',
    service: 'graph',
    methods: ['GET'],
    match: (rawPath) => {
      const parts = CHANNEL_FOLDER.exec(rawPath)
      return parts === null
        ? undefined
        : { team: decodeURIComponent(parts[1] ?? ''), channel: decodeURIComponent(parts[2] ?? '') }
    },
    resourceUnits: 1,
    access: { delegated: READ_FILES, application: READ_FILES },
    handle: channelFolder,
  },
]
