import { ServiceError } from '../core/serviceError.ts'
import { callerOf } from '../sharepoint/siteAccess.ts'
import { visibleItems } from '../sharepoint/trimming.ts'
import type { ItemContext } from './driveRoute.ts'
import { GRAPH_ROOT, shaperFor } from './itemReplies.ts'
import type { DriveItemShape } from './itemShapes.ts'
import { permissionShapes } from './permissionRoutes.ts'
import { isStillHidden } from './queryLag.ts'
import { readSelection } from './selection.ts'

/** Page of a children listing when `$top` does not say [B.7]. */
const DEFAULT_PAGE = 200
/** The largest page that is known to work [B.7, J]. */
const LARGEST_PAGE = 1000

export interface ChildrenPage {
  readonly value: readonly DriveItemShape[]
  readonly nextLink: string | undefined
}

/** One page of a folder's children in name order. A file's children are an empty page, as on the service. */
export function readChildrenPage(
  context: ItemContext,
  options: {
    readonly select: readonly string[] | undefined
    readonly top: number | undefined
    readonly skipToken: string | undefined
    readonly withPermissions?: boolean
  },
): ChildrenPage {
  const { request, tenant, item: folder, site } = context
  const { faults } = tenant
  const pageSize = checkPageSize(options.top, tenant.behaviour.profile) ?? DEFAULT_PAGE
  const afterName = options.skipToken === undefined ? undefined : readSkipToken(options.skipToken, folder.itemId)
  const selection = readSelection({ select: options.select })
  const isEmpty = faults.isActive('emptyPage', request)
  const items = isEmpty
    ? []
    : tenant.items.children(folder.driveId, folder.itemId, {
        limit: pageSize + 1,
        ...(afterName === undefined ? {} : { afterName }),
      })
  const page = items.slice(0, pageSize)
  const shaper = shaperFor(context)
  const lagMs = faults.amount('listLag', request) ?? tenant.behaviour.queryLagMs
  const nowMs = tenant.clock.now()
  const isVisible = visibleItems(tenant, callerOf(request), context)
  const value = page
    .filter(
      (child) =>
        isVisible(child) &&
        !isStillHidden(child.uniqueId, child.createdMs, { lagMs, nowMs }) &&
        !tenant.migration.isUnlisted(child.uniqueId),
    )
    .map((child) => ({
      ...shaper.shape(child, { isListing: true, selection }),
      ...(options.withPermissions === true ? { permissions: permissionShapes(tenant, context, child) } : {}),
    }))
  const hasMore = items.length > pageSize || isEmpty
  if (!hasMore) return { value, nextLink: undefined }
  const query = new URLSearchParams()
  if (options.select !== undefined) query.set('$select', options.select.join(','))
  if (options.withPermissions === true) query.set('$expand', 'permissions')
  if (options.top !== undefined) query.set('$top', String(options.top))
  query.set('$skiptoken', skipTokenOf(folder.itemId, isEmpty ? (afterName ?? '') : (page.at(-1)?.name ?? '')))
  const tail = `/drives/${folder.driveId}/items/${folder.itemId}/children?${query.toString().replaceAll('%24', '$').replaceAll('%2C', ',')}`
  const isLeaked = faults.isActive('leakedNextLink', request)
  return { value, nextLink: isLeaked ? `https://${site.hostname}${site.path}/_api/v2.0${tail}` : `${GRAPH_ROOT}${tail}` }
}

function checkPageSize(top: number | undefined, profile: 'strict' | 'lenient'): number | undefined {
  if (top === undefined) return undefined
  if (top === 0) throw new ServiceError(400, 'invalidRequest', 'The value of $top must be greater than 0.')
  if (top <= LARGEST_PAGE) return top
  if (profile === 'lenient') return LARGEST_PAGE
  throw new ServiceError(400, 'invalidRequest', `The value of $top must not be greater than ${LARGEST_PAGE}.`)
}

function skipTokenOf(folderId: string, afterName: string): string {
  return Buffer.from(JSON.stringify(['c', folderId, afterName])).toString('base64url')
}

/** The name after which the page begins. Throws 400 for a token of another folder or from elsewhere. */
function readSkipToken(token: string, folderId: string): string | undefined {
  let parts: unknown
  try {
    parts = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
  } catch {
    parts = undefined
  }
  const [kind, folder, afterName] = Array.isArray(parts) ? (parts as unknown[]) : []
  if (kind !== 'c' || folder !== folderId || typeof afterName !== 'string') {
    throw new ServiceError(400, 'invalidRequest', 'The specified skip token is not valid.')
  }
  return afterName === '' ? undefined : afterName
}
