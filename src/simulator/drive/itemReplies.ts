import type { ServiceReply } from '../core/http.ts'
import { callerOf } from '../sharepoint/siteAccess.ts'
import type { ItemRecord } from '../store/itemStore.ts'
import type { DriveContext } from './driveRoute.ts'
import { createItemShaper, type DriveItemShape, type ItemShaper } from './itemShapes.ts'
import { eTagOf } from './preconditions.ts'
import type { Selection } from './selection.ts'

export function shaperFor(context: DriveContext): ItemShaper {
  const { request, tenant } = context
  return createItemShaper(tenant, context, {
    caller: callerOf(request),
    areHashesHidden: tenant.faults.isActive('hiddenHash', request),
  })
}

/** A single driveItem as the whole answer. */
export function itemReply(
  context: DriveContext,
  item: ItemRecord,
  options: { readonly status: number; readonly selection?: Selection; readonly isUpload?: boolean },
): Omit<ServiceReply, 'body'> & { readonly body: DriveItemShape } {
  const shaper = shaperFor(context)
  const shaped = shaper.shape(item, {
    isListing: options.isUpload === true && shaper.areHashesHidden,
    selection: options.selection,
  })
  return {
    status: options.status,
    headers: options.status === 201 ? { etag: eTagOf(item), location: itemUrl(item) } : { etag: eTagOf(item) },
    body: { '@odata.context': `${METADATA}#drives('${encodeURIComponent(item.driveId)}')/items/$entity`, ...shaped },
  }
}

export const GRAPH_ROOT = 'https://graph.microsoft.com/v1.0'
export const METADATA = `${GRAPH_ROOT}/$metadata`

function itemUrl(item: ItemRecord): string {
  return `${GRAPH_ROOT}/drives/${item.driveId}/items/${item.itemId}`
}
