import type { Route, ServiceReply } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import type { Tenant } from '../core/tenant.ts'
import { actorOf, callerOf } from '../sharepoint/siteAccess.ts'
import type { ItemRecord } from '../store/itemStore.ts'
import { allowQuery, CONFLICT_QUERY, conflictOf, copyBody, type ParentReference, readBody } from './bodies.ts'
import { copyJobOf, startCopy } from './copyJobs.ts'
import { requireDriveAccess } from './driveAccess.ts'
import { type ItemContext, itemRoute } from './driveRoute.ts'
import { type DriveTarget, notFound, resolveDrive } from './driveTarget.ts'
import { folderOfReference } from './parentReference.ts'

/** POST copy: 202 and a URL that tells how far it is. Only the present version is copied; its times are those of the copy. */
async function copyItem(context: ItemContext): Promise<ServiceReply> {
  const { request, tenant, item } = context
  allowQuery(request, CONFLICT_QUERY)
  const body = await readBody(request, copyBody)
  if (item.parentId === undefined) throw new ServiceError(400, 'invalidRequest', 'The root of a drive cannot be copied.')
  const { target, folder } = placeOfCopy(context, body.parentReference ?? {})
  requireDriveAccess(request, tenant, target, { level: 'contribute', item: folder })
  if (folder.kind !== 'folder') throw new ServiceError(400, 'invalidRequest', 'The parent of an item must be a folder.')
  if (item.kind === 'folder' && isInside(tenant, folder, item)) {
    throw new ServiceError(400, 'invalidRequest', 'A folder cannot be copied into itself or one of its subfolders.')
  }
  const name = body.name === undefined || body.name === '' ? item.name : body.name
  tenant.items.checkNew(folder.driveId, folder.itemId, name, item.kind)
  const job = startCopy(tenant, {
    source: { driveId: item.driveId, itemId: item.itemId },
    target: { driveId: folder.driveId, folderId: folder.itemId, name },
    conflict: conflictOf(body, request.url.searchParams) ?? 'fail',
    actor: actorOf(callerOf(request)),
  })
  return { status: 202, headers: { location: `https://${target.site.hostname}/_api/v2.0/monitor/${job.jobId}` } }
}

/** The folder that gets the copy; the item's own when the body names none. Another drive is allowed. */
function placeOfCopy(
  { request, tenant, site, library, item }: ItemContext,
  reference: ParentReference,
): { readonly target: DriveTarget; readonly folder: ItemRecord } {
  const { driveId } = reference
  const isElsewhere = driveId !== undefined && driveId !== '' && driveId !== library.driveId
  const target = isElsewhere ? resolveDrive(request, tenant, { by: 'id', key: driveId }) : { site, library }
  const named = folderOfReference(tenant, target.library, reference)
  const folder = named ?? (isElsewhere ? tenant.items.root(driveId) : tenant.items.get(item.driveId, item.parentId ?? ''))
  if (folder === undefined) throw notFound()
  return { target, folder }
}

function isInside(tenant: Tenant, folder: ItemRecord, outer: ItemRecord): boolean {
  let at: ItemRecord | undefined = folder
  while (at !== undefined) {
    if (at.itemId === outer.itemId) return true
    at = at.parentId === undefined ? undefined : tenant.items.get(at.driveId, at.parentId)
  }
  return false
}

const MONITOR = /^\/_api\/v2\.0\/monitor\/([0-9a-f-]{36})$/i

export const routes: readonly Route[] = [
  itemRoute({ name: 'drive.item.copy', methods: ['POST'], action: ['copy'], level: 'read', resourceUnits: 2 }, copyItem),
  {
    name: 'drive.copy.monitor',
    service: 'sharepoint',
    methods: ['GET'],
    match: (rawPath) => {
      const jobId = MONITOR.exec(rawPath)?.[1]
      return jobId === undefined ? undefined : { jobId: jobId.toLowerCase() }
    },
    resourceUnits: 1,
    access: 'anonymous',
    chargedTo: (_request, tenant, { jobId = '' }) => {
      const actor = copyJobOf(tenant, jobId)?.actor
      if (actor?.appId === undefined) return undefined
      return {
        appId: actor.appId,
        ...(actor.userId === undefined ? {} : { userId: actor.userId }),
        ...(actor.upn === undefined ? {} : { upn: actor.upn }),
      }
    },
    handle(request, tenant, { jobId = '' }) {
      allowQuery(request, [])
      const job = copyJobOf(tenant, jobId)
      if (job === undefined) throw notFound()
      const { status, percentage: percentageComplete, resourceId, error } = job
      return {
        status: 202,
        body: {
          operation: 'ItemCopy',
          percentageComplete,
          status,
          ...(resourceId === undefined ? {} : { resourceId }),
          ...(error === undefined ? {} : { error }),
        },
      }
    },
  },
]
