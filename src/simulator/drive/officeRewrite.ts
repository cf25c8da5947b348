import type { Tenant } from '../core/tenant.ts'
import type { ItemRecord } from '../store/itemStore.ts'
import { stampDocument } from './documentStamp.ts'
import { extensionOf } from './mimeTypes.ts'

/** What the service changes after an upload to a library [B.8]. */
const REWRITTEN = new Set([
  'docx',
  'docm',
  'dotx',
  'xlsx',
  'xlsm',
  'xltx',
  'pptx',
  'pptm',
  'potx',
  'vsdx',
  'doc',
  'xls',
  'ppt',
  'msg',
  'vsd',
  'one',
])
/** Larger files are left alone here; the real limit is not known. */
const LARGEST_REWRITTEN_BYTES = 64 * 1024 * 1024

/**
 * Plans the change that SharePoint makes to an uploaded Office file: at once, or later while nobody has replaced the file meanwhile.
 * OneDrives keep files as they are. `isForced`: whatever file it is and wherever, as a fault script wants it.
 */
export function scheduleOfficeRewrite(tenant: Tenant, item: ItemRecord, options: { readonly isForced: boolean }): void {
  const { behaviour, clock } = tenant
  const delayMs = behaviour.officeRewriteDelayMs ?? (options.isForced ? 0 : undefined)
  if (delayMs === undefined || item.sizeBytes > LARGEST_REWRITTEN_BYTES || item.sizeBytes === 0) return
  if (!options.isForced && !isRewritten(tenant, item)) return
  tenant.later(clock.now() + delayMs, () => {
    rewrite(tenant, item).catch((error: unknown) => console.error('practice tenant: a file could not be rewritten:', error))
  })
}

function isRewritten(tenant: Tenant, item: ItemRecord): boolean {
  const library = tenant.sites.libraryByDrive(item.driveId)
  const site = library === undefined ? undefined : tenant.sites.site(library.siteId)
  return site !== undefined && site.kind !== 'personal' && REWRITTEN.has(extensionOf(item.name))
}

async function rewrite(tenant: Tenant, uploaded: ItemRecord): Promise<void> {
  const isUnchanged = () => {
    const now = tenant.items.get(uploaded.driveId, uploaded.itemId)
    return now !== undefined && now.contentId === uploaded.contentId
  }
  if (uploaded.contentId === undefined || !isUnchanged()) return
  const stamped = stampDocument(await tenant.content.readAll(uploaded.contentId), {
    uniqueId: uploaded.uniqueId,
    extension: extensionOf(uploaded.name),
    nowMs: tenant.clock.now(),
  })
  if (stamped === undefined) return
  const content = await tenant.content.put(stamped)
  if (isUnchanged()) tenant.items.rewriteContent(uploaded.driveId, uploaded.itemId, content)
  else tenant.content.remove(content.contentId)
}
