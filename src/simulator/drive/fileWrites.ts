import type { ServiceRequest } from '../core/http.ts'
import type { Tenant } from '../core/tenant.ts'
import type { ActorRef, FileContent, FileTimes, ItemRecord } from '../store/itemStore.ts'
import { nameTaken, quotaReached } from '../store/placement.ts'
import type { ConflictBehavior } from './bodies.ts'
import { scheduleOfficeRewrite } from './officeRewrite.ts'

/** Where a file goes: a folder that exists, folders below it that may not, and the name. */
export interface FilePlace {
  readonly driveId: string
  readonly folderId: string
  /** Decoded; created on the way, as the service does for uploads by path. */
  readonly newFolders: readonly string[]
  readonly name: string
}

/** What stands in the way of a file, as far as can be told now. Throws what the upload would be refused with. */
export function checkPlace(
  request: ServiceRequest,
  tenant: Tenant,
  place: FilePlace,
  conflict: ConflictBehavior,
): ItemRecord | undefined {
  if (tenant.faults.isActive('quotaExceeded', request)) throw quotaReached()
  if (place.newFolders.length > 0) return undefined
  const existing = tenant.items.child(place.driveId, place.folderId, place.name)
  if (existing === undefined) {
    tenant.items.checkNew(place.driveId, place.folderId, place.name, 'file')
    return undefined
  }
  // A folder, and so a notebook, is never replaced by a file.
  if (conflict === 'fail' || (conflict === 'replace' && existing.kind === 'folder')) throw nameTaken()
  return existing
}

export interface StoredFile {
  readonly item: ItemRecord
  readonly isNew: boolean
}

/** Stores a content that has arrived whole, and lets the service change it afterwards as it does [B.8]. */
export function storeFile(
  request: ServiceRequest,
  tenant: Tenant,
  options: {
    readonly place: FilePlace
    readonly conflict: ConflictBehavior
    readonly content: FileContent
    readonly actor: ActorRef
    readonly times: FileTimes
  },
): StoredFile {
  const { content, actor, times, conflict } = options
  const place = withFolders(tenant, options.place, actor)
  const existing = checkPlace(request, tenant, place, conflict)
  const { driveId, folderId: parentId } = place
  const replaces = conflict === 'replace' ? existing : undefined
  const name =
    existing === undefined || replaces !== undefined ? place.name : tenant.items.freeName(driveId, parentId, place.name)
  const item = tenant.items.writeFile({
    driveId,
    parentId,
    name,
    content,
    actor,
    times,
    ...(replaces === undefined ? {} : { replaces: replaces.itemId }),
  })
  return { item: afterStoring(request, tenant, item), isNew: replaces === undefined }
}

/** Gives an existing file a new content. */
export function replaceFile(
  request: ServiceRequest,
  tenant: Tenant,
  options: { readonly item: ItemRecord; readonly content: FileContent; readonly actor: ActorRef; readonly times: FileTimes },
): StoredFile {
  const { item, content, actor, times } = options
  const { driveId, parentId = '', name, itemId } = item
  const stored = tenant.items.writeFile({ driveId, parentId, name, content, actor, times, replaces: itemId })
  return { item: afterStoring(request, tenant, stored), isNew: false }
}

function afterStoring(request: ServiceRequest, tenant: Tenant, item: ItemRecord): ItemRecord {
  if (tenant.faults.isActive('lostWrite', request)) {
    tenant.items.remove(item.driveId, item.itemId)
    return item
  }
  scheduleOfficeRewrite(tenant, item, { isForced: tenant.faults.isActive('officeRewrite', request) })
  return item
}

function withFolders(tenant: Tenant, place: FilePlace, actor: ActorRef): FilePlace {
  let { folderId } = place
  for (const name of place.newFolders) {
    const existing = tenant.items.child(place.driveId, folderId, name)
    if (existing?.kind === 'file') throw nameTaken()
    folderId = (existing ?? tenant.items.createFolder(place.driveId, folderId, name, actor)).itemId
  }
  return { ...place, folderId, newFolders: [] }
}
