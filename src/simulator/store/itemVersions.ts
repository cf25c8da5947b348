import type { DatabaseSync } from 'node:sqlite'
import { ServiceError } from '../core/serviceError.ts'
import type { ContentStore } from './contentStore.ts'
import type { ItemQueries } from './itemQueries.ts'
import type { ImportedVersion, ItemRecord } from './itemStore.ts'
import { integer, text } from './rowFields.ts'

/** Major versions a file keeps; older ones are trimmed [F, J]. */
const MAX_VERSIONS = 50_000

/** The older versions of files, and the contents that nobody shows any more. */
export interface ItemVersions {
  /** Keeps the present state of a file as a version; its bytes are counted by the caller. */
  keep(item: ItemRecord): void
  add(item: ItemRecord, version: ImportedVersion): void
  /** Forgets all older versions of a file and their contents. */
  dropAll(item: ItemRecord): void
  /** Frees content and versions of a file that is deleted for good. The storage of its current content is counted by the caller. */
  dropWithContents(item: ItemRecord): void
  /** Removes a content that neither the item nor one of its versions shows any more. */
  dropContent(item: ItemRecord, contentId: string): void
  /** Drops one older version. Throws 400 for the current one, 404 for one that is not there. */
  remove(item: ItemRecord, label: string): void
}

export function createItemVersions(deps: {
  readonly db: DatabaseSync
  readonly queries: ItemQueries
  readonly content: Pick<ContentStore, 'remove'>
  /** Storage that became free. */
  freed(driveId: string, bytes: number): void
}): ItemVersions {
  const { db, queries, content, freed } = deps
  const insert = db.prepare('INSERT INTO item_versions VALUES (?, ?, ?, ?, ?, ?)')
  const select = db.prepare('SELECT content_id, size_bytes FROM item_versions WHERE item_id = ?')
  const deleteAll = db.prepare('DELETE FROM item_versions WHERE item_id = ?')
  const trim = db.prepare('DELETE FROM item_versions WHERE item_id = ? AND version_number <= ? RETURNING content_id, size_bytes')
  const deleteOne = db.prepare(
    'DELETE FROM item_versions WHERE item_id = ? AND version_number = ? RETURNING content_id, size_bytes',
  )
  const uses = db.prepare('SELECT 1 FROM item_versions WHERE item_id = ? AND content_id = ? LIMIT 1')

  function dropContent(item: ItemRecord, contentId: string): void {
    if (item.contentId !== contentId && uses.get(item.itemId, contentId) === undefined) content.remove(contentId)
  }

  /** Takes the versions out of the table; answers their contents, each once, and their bytes. */
  function takeOut(item: ItemRecord): { readonly contentIds: Set<string>; readonly bytes: number } {
    const contentIds = new Set<string>()
    let bytes = 0
    for (const row of select.all(item.itemId)) {
      bytes += integer(row, 'size_bytes')
      contentIds.add(text(row, 'content_id'))
    }
    deleteAll.run(item.itemId)
    return { contentIds, bytes }
  }

  return {
    keep(item) {
      const { itemId, versionNumber, sizeBytes, contentId, modifiedMs, modifiedBy } = item
      if (contentId === undefined) return
      insert.run(itemId, versionNumber, sizeBytes, contentId, modifiedMs, queries.actors.numberOf(modifiedBy))
      const oldest = versionNumber + 1 - MAX_VERSIONS
      if (oldest < 1) return
      for (const row of trim.all(itemId, oldest)) {
        freed(item.driveId, integer(row, 'size_bytes'))
        dropContent(item, text(row, 'content_id'))
      }
    },
    add(item, { versionNumber, content: stored, modifiedMs, modifiedBy }) {
      const { contentId, sizeBytes } = stored
      insert.run(item.itemId, versionNumber, sizeBytes, contentId, modifiedMs, queries.actors.numberOf(modifiedBy))
    },
    dropAll(item) {
      const { contentIds, bytes } = takeOut(item)
      for (const contentId of contentIds) dropContent(item, contentId)
      if (bytes > 0) freed(item.driveId, bytes)
    },
    dropWithContents(item) {
      if (item.kind === 'folder') return
      const { contentIds, bytes } = takeOut(item)
      if (item.contentId !== undefined) contentIds.add(item.contentId)
      for (const contentId of contentIds) content.remove(contentId)
      if (bytes > 0) freed(item.driveId, bytes)
    },
    dropContent,
    remove(item, label) {
      if (label === `${item.versionNumber}.0`) {
        throw new ServiceError(400, 'invalidRequest', 'The current version of a file cannot be deleted.')
      }
      const row = deleteOne.get(item.itemId, Number.parseInt(label, 10))
      if (row === undefined) throw new ServiceError(404, 'itemNotFound', 'The resource could not be found.')
      freed(item.driveId, integer(row, 'size_bytes'))
      dropContent(item, text(row, 'content_id'))
    },
  }
}
