import type { DatabaseSync } from 'node:sqlite'
import type { NewItemFacts } from './itemChanges.ts'
import type { ItemQueries } from './itemQueries.ts'
import { inTransaction } from './itemRows.ts'
import type { ActorRef, ImportedVersion, ItemImport, ItemRecord, ItemStore } from './itemStore.ts'
import { foldName } from './nameFolding.ts'
import { nameTaken, type Placement } from './placement.ts'

/** What an import needs of the mutations' own bookkeeping. */
export interface ItemImportDeps {
  readonly db: DatabaseSync
  readonly placement: Placement
  readonly queries: ItemQueries
  insertNew(parent: ItemRecord, name: string, actor: ActorRef, facts: NewItemFacts): ItemRecord
  change(item: ItemRecord, change: Partial<ItemRecord>): ItemRecord
  dropVersions(item: ItemRecord): void
  keepVersion(item: ItemRecord): void
  addVersion(item: ItemRecord, version: ImportedVersion): void
  grow(driveId: string, parentId: string | undefined, treeBytes: number, versionBytes?: number): void
  removeContent(contentId: string): void
}

export function createItemImport(deps: ItemImportDeps): ItemStore['importItem'] {
  const { db, placement, queries } = deps
  db.exec('CREATE INDEX IF NOT EXISTS items_list_item ON items (drive_id, list_item_id)')
  const idOwner = db.prepare('SELECT deleted_ms FROM items WHERE unique_id = ?')
  const isInBin = db.prepare('SELECT 1 AS n FROM recycled_items r JOIN items i ON i.item_id = r.item_id WHERE i.unique_id = ?')
  const dropTombstone = db.prepare('DELETE FROM items WHERE unique_id = ? AND deleted_ms IS NOT NULL')
  const listItemOwner = db.prepare('SELECT unique_id FROM items WHERE drive_id = ? AND list_item_id = ? LIMIT 1')

  function create(item: ItemImport, parent: ItemRecord): ItemRecord {
    const { driveId, name, kind, versions } = item
    placement.checkName(parent, name, kind)
    placement.checkFree(parent, name)
    // What lies in the recycle bin keeps its id [D.5]; what is gone for good has left a tombstone alone.
    const owner = idOwner.get(item.uniqueId)
    if (owner !== undefined) {
      if (owner.deleted_ms === null || isInBin.get(item.uniqueId) !== undefined) throw nameTaken()
      dropTombstone.run(item.uniqueId)
    }
    if (item.listItemId !== undefined && listItemOwner.get(driveId, item.listItemId) !== undefined) throw nameTaken()
    const bytes = versions.reduce((sum, version) => sum + version.content.sizeBytes, 0)
    placement.checkQuota(driveId, bytes)
    const current = versions.at(-1)
    const created = deps.insertNew(parent, name, item.createdBy, {
      kind,
      uniqueId: item.uniqueId,
      ...(item.listItemId === undefined ? {} : { listItemId: item.listItemId }),
      sizeBytes: current?.content.sizeBytes ?? 0,
      contentId: current?.content.contentId,
      quickXorHash: current?.content.quickXorHash,
      ...timesOf(item),
      versionNumber: current?.versionNumber ?? 1,
    })
    for (const version of versions.slice(0, -1)) deps.addVersion(created, version)
    deps.grow(driveId, undefined, 0, bytes - created.sizeBytes)
    return created
  }

  function replaceFile(item: ItemImport, old: ItemRecord): ItemRecord {
    const current = item.versions.at(-1)
    if (current === undefined) throw new Error('An imported file needs a version.')
    const bytes = item.versions.reduce((sum, version) => sum + version.content.sizeBytes, 0)
    placement.checkQuota(item.driveId, bytes)
    const isKept = item.existingVersions === 'kept'
    const base = isKept ? old.versionNumber : 0
    if (isKept) deps.keepVersion(old)
    else deps.dropVersions(old)
    for (const version of item.versions.slice(0, -1))
      deps.addVersion(old, { ...version, versionNumber: base + version.versionNumber })
    deps.grow(
      item.driveId,
      old.parentId,
      current.content.sizeBytes - old.sizeBytes,
      bytes - current.content.sizeBytes + (isKept ? old.sizeBytes : 0),
    )
    const changed = deps.change(old, {
      sizeBytes: current.content.sizeBytes,
      contentId: current.content.contentId,
      quickXorHash: current.content.quickXorHash,
      ...timesOf(item),
      createdBy: item.createdBy,
      eTagNumber: old.eTagNumber + 1,
      cTagNumber: old.cTagNumber + 1,
      versionNumber: base + current.versionNumber,
    })
    if (!isKept && old.contentId !== undefined) deps.removeContent(old.contentId)
    return changed
  }

  return (item) =>
    inTransaction(db, () => {
      const parent = placement.requireFolder(item.driveId, item.parentId)
      const old = queries.reads.byUniqueId(item.uniqueId)
      if (old === undefined) return create(item, parent)
      const isSamePlace = old.parentId === parent.itemId && foldName(old.name) === foldName(item.name) && old.kind === item.kind
      if (!isSamePlace) throw nameTaken()
      placement.checkWritable(item.driveId)
      if (item.kind === 'file') return replaceFile(item, old)
      return deps.change(old, { ...timesOf(item), eTagNumber: old.eTagNumber + 1 })
    })
}

function timesOf(item: ItemImport) {
  return {
    createdMs: item.createdMs,
    modifiedMs: item.modifiedMs,
    fileCreatedMs: item.createdMs,
    fileModifiedMs: item.modifiedMs,
    modifiedBy: item.modifiedBy,
  }
}
