import type { Tenant } from '../core/tenant.ts'
import type { ActorRef, ItemRecord } from '../store/itemStore.ts'
import type { DriveTarget } from './driveTarget.ts'
import { encodeSegment, encodeSegments, isoSeconds, libraryUrl, siteUrl } from './encodedPaths.ts'
import { mimeTypeOf } from './mimeTypes.ts'
import { DOWNLOAD_LIFETIME_MS, mintPreAuthentication, type UrlOwner } from './preAuthentication.ts'
import type { Selection } from './selection.ts'

export type DriveItemShape = Record<string, unknown>

/** Shapes the items of one drive for one caller; what all of them share is made once. */
export interface ItemShaper {
  readonly target: DriveTarget
  /** A fault script hides the hashes of uploads and listings. */
  readonly areHashesHidden: boolean
  /** `isListing`: as a member of a page, where the hash may be missing [B.2, B.8]. */
  shape(item: ItemRecord, options: { readonly isListing: boolean; readonly selection: Selection }): DriveItemShape
  /** As delta shows it: without cTag and without the parent's path [B.7]. */
  deltaShape(item: ItemRecord, selection: Selection): DriveItemShape
  downloadUrl(item: ItemRecord): string
}

const DOWNLOAD_URL = '@microsoft.graph.downloadUrl'
/** One in so many items is listed without its hash while hashes lag. */
const HASHLESS_SHARE = 16

export function createItemShaper(
  tenant: Tenant,
  target: DriveTarget,
  options: { readonly caller: UrlOwner; readonly areHashesHidden?: boolean },
): ItemShaper {
  const { site, library } = target
  const { items, behaviour } = tenant
  const driveType = driveTypeOf(target)
  const rootUrl = libraryUrl(site, library)
  const nowMs = tenant.clock.now()
  const actors = new Map<ActorRef, object>()
  const parents = new Map<string, { readonly item: ItemRecord; readonly encodedPath: string }>()
  let tempAuth: string | undefined

  function identity(actor: ActorRef): object {
    let shaped = actors.get(actor)
    if (shaped === undefined) {
      shaped = identityOf(tenant, actor)
      actors.set(actor, shaped)
    }
    return shaped
  }

  function parentOf(item: ItemRecord): { readonly item: ItemRecord; readonly encodedPath: string } | undefined {
    if (item.parentId === undefined) return undefined
    let parent = parents.get(item.parentId)
    if (parent === undefined) {
      const record = items.get(item.driveId, item.parentId)
      if (record === undefined) return undefined
      parent = { item: record, encodedPath: encodeSegments(items.pathSegments(record)) }
      parents.set(item.parentId, parent)
    }
    return parent
  }

  function isHashHidden(item: ItemRecord): boolean {
    if (options.areHashesHidden === true) return true
    if (behaviour.hashLagMs === 0) return false
    return nowMs - item.contentMs < behaviour.hashLagMs || Number.parseInt(item.uniqueId.slice(0, 4), 16) % HASHLESS_SHARE === 0
  }

  function downloadUrl(item: ItemRecord): string {
    tempAuth ??= mintPreAuthentication(tenant, options.caller, library.driveId, DOWNLOAD_LIFETIME_MS)
    return `${siteUrl(site)}/_layouts/15/download.aspx?UniqueId=${item.uniqueId}&Translate=false&tempauth=${tempAuth}&ApiVersion=2.0`
  }

  function addFolderFacet(shaped: DriveItemShape, item: ItemRecord, wants: (name: string) => boolean): void {
    // A notebook is a folder, and is shown as a package [B.2].
    if (item.childCount > 0 && items.isNotebook(item.itemId)) {
      if (wants('package')) shaped.package = { type: 'oneNote' }
    } else if (wants('folder')) {
      shaped.folder = { childCount: item.childCount }
    }
  }

  function fileFacet(item: ItemRecord, isListing: boolean): object {
    const isHidden = item.quickXorHash === undefined || (isListing && isHashHidden(item))
    return { mimeType: mimeTypeOf(item.name), hashes: isHidden ? {} : { quickXorHash: item.quickXorHash } }
  }

  function shape(item: ItemRecord, isListing: boolean, isDelta: boolean, selection: Selection): DriveItemShape {
    const parent = parentOf(item)
    const wants = (name: string) => selection === undefined || selection.has(name)
    const id = `{${item.uniqueId.toUpperCase()}}`
    const eTag = `"${id},${item.eTagNumber}"`
    const isFile = item.kind === 'file'
    const shaped: DriveItemShape = { '@odata.etag': eTag }
    if (isFile && !isDelta && wants(DOWNLOAD_URL)) shaped[DOWNLOAD_URL] = downloadUrl(item)
    if (wants('createdBy')) shaped.createdBy = identity(item.createdBy)
    if (wants('createdDateTime')) shaped.createdDateTime = isoSeconds(item.createdMs)
    if (wants('eTag')) shaped.eTag = eTag
    if (wants('id')) shaped.id = item.itemId
    if (wants('lastModifiedBy')) shaped.lastModifiedBy = identity(item.modifiedBy)
    if (wants('lastModifiedDateTime')) shaped.lastModifiedDateTime = isoSeconds(item.modifiedMs)
    if (wants('name')) shaped.name = item.name
    if (wants('parentReference')) shaped.parentReference = parentReference(item, parent, isDelta)
    if (wants('webUrl')) shaped.webUrl = webUrl(item, parent?.encodedPath)
    if (isFile && !isDelta && wants('cTag')) shaped.cTag = `"c:${id},${item.cTagNumber}"`
    if (item.parentId === undefined && wants('root')) shaped.root = {}
    if (wants('fileSystemInfo')) {
      shaped.fileSystemInfo = {
        createdDateTime: isoSeconds(item.fileCreatedMs),
        lastModifiedDateTime: isoSeconds(item.fileModifiedMs),
      }
    }
    if (isFile && wants('file')) shaped.file = fileFacet(item, isListing)
    if (!isFile && (wants('folder') || wants('package'))) addFolderFacet(shaped, item, wants)
    if (wants('size')) shaped.size = item.sizeBytes
    if (selection?.has('sharepointIds')) shaped.sharepointIds = sharePointIds(item)
    return shaped
  }

  function parentReference(item: ItemRecord, parent: ReturnType<typeof parentOf>, isDelta: boolean): object {
    const common = { driveType, driveId: library.driveId }
    if (parent === undefined) return common
    const { item: folder, encodedPath } = parent
    return {
      ...common,
      id: item.parentId,
      name: folder.parentId === undefined ? library.title : folder.name,
      ...(isDelta ? {} : { path: `/drives/${library.driveId}/root:${encodedPath}` }),
      siteId: site.siteId,
    }
  }

  function webUrl(item: ItemRecord, parentPath: string | undefined): string {
    return parentPath === undefined ? rootUrl : `${rootUrl}${parentPath}/${encodeSegment(item.name)}`
  }

  function sharePointIds(item: ItemRecord): object {
    return {
      listId: library.listId,
      listItemId: String(item.listItemId),
      listItemUniqueId: item.uniqueId,
      siteId: site.siteId,
      siteUrl: siteUrl(site),
      tenantId: tenant.tenantId,
      webId: site.webId,
    }
  }

  return {
    target,
    areHashesHidden: options.areHashesHidden === true,
    downloadUrl,
    shape: (item, { isListing, selection }) => shape(item, isListing, false, selection),
    deltaShape: (item, selection) =>
      item.deletedMs === undefined ? shape(item, true, true, selection) : { id: item.itemId, deleted: { state: 'deleted' } },
  }
}

export function driveTypeOf({ site }: DriveTarget): 'documentLibrary' | 'business' {
  return site.kind === 'personal' ? 'business' : 'documentLibrary'
}

/** Graph's identitySet. */
export function identityOf(tenant: Tenant, actor: ActorRef): object {
  const application =
    actor.appId === undefined
      ? undefined
      : { id: actor.appId, displayName: tenant.directory.app(actor.appId)?.displayName ?? actor.displayName }
  if (actor.userId === undefined) {
    return application === undefined ? { user: { displayName: actor.displayName } } : { application }
  }
  return {
    ...(application === undefined ? {} : { application }),
    user: { id: actor.userId, displayName: actor.displayName, ...(actor.upn === undefined ? {} : { email: actor.upn }) },
  }
}
