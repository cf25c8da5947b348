import { ServiceError } from '../core/serviceError.ts'
import type { RecycledItem } from '../store/recycleBin.ts'
import { NOWHERE, type Resource, type Walk } from './resource.ts'
import type { RestSegment } from './restPath.ts'
import { isSiteAdmin } from './siteAccess.ts'

export function recycleBin(walk: Walk, segment: RestSegment, first: () => string): Resource {
  const isCalled = segment.args !== undefined && segment.args.length > 0
  return isCalled ? recycledBy(walk, first()) : { type: 'recycleBin', ...NOWHERE }
}

export function recycledBy(walk: Walk, recycleId: string): Resource {
  const entry = recycledFor(walk).find((each) => each.recycleId === recycleId.toLowerCase())
  if (entry === undefined)
    throw new ServiceError(404, '-2147024894, System.IO.FileNotFoundException', 'The recycle bin item does not exist.')
  return { type: 'recycled', entry, ...NOWHERE }
}

/** Administrators and applications see everything in the bin of a site, others what they deleted themselves, in its first stage. */
export function recycledFor({ tenant, site, caller }: Pick<Walk, 'tenant' | 'site' | 'caller'>): readonly RecycledItem[] {
  const all = tenant.items.recycled(tenant.sites.libraries(site.siteId).map(({ driveId }) => driveId))
  if (caller.kind === 'app' || isSiteAdmin(caller, site)) return all
  return all.filter(({ deletedBy, stage }) => stage === 1 && deletedBy.userId === caller.objectId)
}
