import type { ServiceReply } from '../core/http.ts'
import type { Tenant } from '../core/tenant.ts'
import type { SiteRecord } from '../store/siteStore.ts'
import type { DriveContext } from './driveRoute.ts'
import type { DriveTarget } from './driveTarget.ts'
import { isoSeconds, libraryUrl, siteUrl } from './encodedPaths.ts'
import { readGraphQuery } from './graphQuery.ts'
import { METADATA } from './itemReplies.ts'
import { driveTypeOf, identityOf } from './itemShapes.ts'
import { unknownProperty } from './selection.ts'

/** A site as Graph shows it [B.1]. */
export function siteShape(site: SiteRecord): Record<string, unknown> {
  return {
    createdDateTime: isoSeconds(site.createdMs),
    id: `${site.hostname},${site.siteId},${site.webId}`,
    lastModifiedDateTime: isoSeconds(site.createdMs),
    name: site.path.slice(site.path.lastIndexOf('/') + 1),
    webUrl: siteUrl(site),
    displayName: site.title,
    ...(site.kind === 'root' ? { root: {} } : {}),
    siteCollection: { hostname: site.hostname },
  }
}

/** A drive as Graph shows it [B.1]. The quota is the site's: all its libraries share it. */
export function driveShape(tenant: Tenant, target: DriveTarget): Record<string, unknown> {
  const { site, library } = target
  const used = tenant.sites.usedBytes(site.siteId)
  const system = { user: { displayName: 'System Account' } }
  return {
    createdDateTime: isoSeconds(library.createdMs),
    description: '',
    id: library.driveId,
    lastModifiedDateTime: isoSeconds(tenant.items.root(library.driveId).changedMs),
    name: site.kind === 'personal' ? 'OneDrive' : library.title,
    webUrl: libraryUrl(site, library),
    driveType: driveTypeOf(target),
    createdBy: system,
    owner: ownerOf(tenant, site),
    quota: {
      deleted: tenant.items.recycledBytes(tenant.sites.libraries(site.siteId).map(({ driveId }) => driveId)),
      remaining: Math.max(0, site.quotaBytes - used),
      state: quotaState(used / site.quotaBytes),
      total: site.quotaBytes,
      used,
    },
  }
}

function quotaState(share: number): string {
  if (share >= 1) return 'exceeded'
  if (share >= 0.99) return 'critical'
  return share >= 0.9 ? 'nearing' : 'normal'
}

function ownerOf(tenant: Tenant, site: SiteRecord): object {
  const owner = site.ownerId === undefined ? undefined : tenant.directory.user(site.ownerId)
  return owner === undefined
    ? { group: { displayName: `${site.title} Owners` } }
    : identityOf(tenant, { userId: owner.objectId, displayName: owner.displayName, upn: owner.upn })
}

export const DRIVE_MEMBERS = [
  'createdDateTime',
  'description',
  'id',
  'lastModifiedDateTime',
  'name',
  'webUrl',
  'driveType',
  'createdBy',
  'owner',
  'quota',
]

export function driveReply({ request, tenant, site, library }: DriveContext): ServiceReply {
  const { select } = readGraphQuery(request, ['$select'])
  const shaped = pick(driveShape(tenant, { site, library }), select, DRIVE_MEMBERS)
  return { status: 200, body: { '@odata.context': `${METADATA}#drives/$entity`, ...shaped } }
}

/** The selected members of a resource; 400 for a name that it does not have. */
export function pick(
  shape: Record<string, unknown>,
  select: readonly string[] | undefined,
  members: readonly string[],
): Record<string, unknown> {
  if (select === undefined || select.includes('*')) return shape
  const picked: Record<string, unknown> = {}
  for (const wanted of select) {
    const name = members.find((member) => member.toLowerCase() === wanted.toLowerCase())
    if (name === undefined) throw unknownProperty(wanted)
    if (shape[name] !== undefined) picked[name] = shape[name]
  }
  return picked
}
