import type { Tenant } from '../core/tenant.ts'
import type { ItemRecord } from '../store/itemStore.ts'
import { integer, text } from '../store/rowFields.ts'
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
  if (item.contentId === undefined) return
  const pending = { driveId: item.driveId, itemId: item.itemId, contentId: item.contentId }
  const atMs = clock.now() + delayMs
  tenant.db
    .prepare('INSERT OR REPLACE INTO pending_rewrites (item_id, drive_id, content_id, at_ms) VALUES (?, ?, ?, ?)')
    .run(item.itemId, item.driveId, item.contentId, atMs)
  tenant.later(atMs, () => begin(tenant, pending))
}

/** Plans again what the last run of the tenant did not come to. */
export function resumeOfficeRewrites(tenant: Tenant): void {
  for (const row of tenant.db.prepare('SELECT * FROM pending_rewrites').all()) {
    const pending = { driveId: text(row, 'drive_id'), itemId: text(row, 'item_id'), contentId: text(row, 'content_id') }
    tenant.later(integer(row, 'at_ms'), () => begin(tenant, pending))
  }
}

/** A content that waits to be rewritten; it is left alone when the file has another one by then. */
interface PendingRewrite {
  readonly driveId: string
  readonly itemId: string
  readonly contentId: string
}

function begin(tenant: Tenant, pending: PendingRewrite): void {
  rewrite(tenant, pending)
    .then(() =>
      tenant.db
        .prepare('DELETE FROM pending_rewrites WHERE item_id = ? AND content_id = ?')
        .run(pending.itemId, pending.contentId),
    )
    .catch((error: unknown) => {
      // A tenant that has stopped meanwhile comes to it after the next start.
      if (tenant.db.isOpen) console.error('practice tenant: a file could not be rewritten:', error)
    })
}

function isRewritten(tenant: Tenant, item: ItemRecord): boolean {
  const library = tenant.sites.libraryByDrive(item.driveId)
  const site = library === undefined ? undefined : tenant.sites.site(library.siteId)
  return site !== undefined && site.kind !== 'personal' && REWRITTEN.has(extensionOf(item.name))
}

async function rewrite(tenant: Tenant, pending: PendingRewrite): Promise<void> {
  const current = () => {
    const now = tenant.items.get(pending.driveId, pending.itemId)
    return now !== undefined && now.contentId === pending.contentId ? now : undefined
  }
  const uploaded = current()
  if (uploaded?.contentId === undefined) return
  const stamped = stampDocument(await tenant.content.readAll(uploaded.contentId), {
    uniqueId: uploaded.uniqueId,
    extension: extensionOf(uploaded.name),
    nowMs: tenant.clock.now(),
  })
  if (stamped === undefined) return
  const content = await tenant.content.put(stamped)
  if (current() !== undefined) tenant.items.rewriteContent(uploaded.driveId, uploaded.itemId, content)
  else tenant.content.remove(content.contentId)
}
