import type { Route, ServiceReply } from '../core/http.ts'
import { callerOf } from '../sharepoint/siteAccess.ts'
import type { VersionRecord } from '../store/itemStore.ts'
import { allowQuery } from './bodies.ts'
import { type ItemContext, itemRoute } from './driveRoute.ts'
import { notFound } from './driveTarget.ts'
import { isoSeconds, siteUrl } from './encodedPaths.ts'
import { readGraphQuery } from './graphQuery.ts'
import { METADATA } from './itemReplies.ts'
import { identityOf } from './itemShapes.ts'
import { DOWNLOAD_LIFETIME_MS, mintPreAuthentication } from './preAuthentication.ts'

function versionUrl({ request, tenant, site, library, item }: ItemContext, label: string): string {
  const tempAuth = mintPreAuthentication(tenant, callerOf(request), library.driveId, DOWNLOAD_LIFETIME_MS)
  return `${siteUrl(site)}/_layouts/15/download.aspx?UniqueId=${item.uniqueId}&versionLabel=${label}&Translate=false&tempauth=${tempAuth}&ApiVersion=2.0`
}

function versionShape(context: ItemContext, version: VersionRecord): Record<string, unknown> {
  return {
    '@microsoft.graph.downloadUrl': versionUrl(context, version.label),
    id: version.label,
    lastModifiedBy: identityOf(context.tenant, version.modifiedBy),
    lastModifiedDateTime: isoSeconds(version.modifiedMs),
    size: version.sizeBytes,
  }
}

function labelOf({ path }: ItemContext): string {
  return decodeURIComponent(path.action[1] ?? '')
}

function requireVersion(context: ItemContext): VersionRecord {
  const { tenant, item } = context
  const label = labelOf(context)
  const version =
    label === 'current'
      ? tenant.items.versions(item.driveId, item.itemId)[0]
      : tenant.items.version(item.driveId, item.itemId, label)
  if (version === undefined) throw notFound()
  return version
}

/** Newest first, the current one included. All of them: the service has no pages here. */
function listVersions(context: ItemContext): ServiceReply {
  const { request, tenant, item } = context
  const { top } = readGraphQuery(request, ['$top'])
  const versions = tenant.items.versions(item.driveId, item.itemId).slice(0, top)
  return {
    status: 200,
    body: {
      '@odata.context': `${METADATA}#drives('${encodeURIComponent(item.driveId)}')/items('${item.itemId}')/versions`,
      value: versions.map((version) => versionShape(context, version)),
    },
  }
}

function getVersion(context: ItemContext): ServiceReply {
  allowQuery(context.request, [])
  return { status: 200, body: versionShape(context, requireVersion(context)) }
}

function getVersionContent(context: ItemContext): ServiceReply {
  allowQuery(context.request, [])
  return { status: 302, headers: { location: versionUrl(context, requireVersion(context).label) } }
}

function deleteVersion(context: ItemContext): ServiceReply {
  const { tenant, item } = context
  allowQuery(context.request, [])
  tenant.items.removeVersion(item.driveId, item.itemId, requireVersion(context).label)
  return { status: 204 }
}

export const routes: readonly Route[] = [
  itemRoute(
    { name: 'drive.versions.list', methods: ['GET'], action: ['versions'], level: 'read', resourceUnits: 2 },
    listVersions,
  ),
  itemRoute(
    { name: 'drive.versions.get', methods: ['GET'], action: ['versions', '{}'], level: 'read', resourceUnits: 1 },
    getVersion,
  ),
  itemRoute(
    { name: 'drive.versions.content', methods: ['GET'], action: ['versions', '{}', 'content'], level: 'read', resourceUnits: 1 },
    getVersionContent,
  ),
  itemRoute(
    { name: 'drive.versions.delete', methods: ['DELETE'], action: ['versions', '{}'], level: 'contribute', resourceUnits: 2 },
    deleteVersion,
  ),
]
