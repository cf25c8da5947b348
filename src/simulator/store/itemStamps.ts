import type { DatabaseSync } from 'node:sqlite'
import { ServiceError } from '../core/serviceError.ts'
import type { ItemQueries } from './itemQueries.ts'
import { inTransaction } from './itemRows.ts'
import type { ActorRef, ItemRecord } from './itemStore.ts'
import type { Placement } from './placement.ts'

/** Who and when, as a client with the right to do so says it was. Absent members stay. */
export interface ItemFacts {
  readonly createdMs?: number
  readonly modifiedMs?: number
  readonly createdBy?: ActorRef
  readonly modifiedBy?: ActorRef
}

export interface ItemStamps {
  /** Writes the facts over what the service noted: in place (a system update), or as a version more. The eTag rises either way. */
  stamp(
    driveId: string,
    itemId: string,
    facts: ItemFacts,
    options: { readonly isNewVersion: boolean; readonly actor: ActorRef },
  ): ItemRecord
  /** Whether the folder is shown as a OneNote notebook. */
  isNotebook(itemId: string): boolean
  /** What a client sets on a folder after an import, and what an uploaded table of contents does by itself [D.5]. */
  markNotebook(itemId: string, isNotebook: boolean): void
}

/** The table of contents that makes a folder a notebook when it is uploaded; an import brings it without that effect. */
export function makesNotebook(name: string): boolean {
  return /\.onetoc2$/i.test(name)
}

export function createItemStamps(deps: {
  readonly db: DatabaseSync
  readonly queries: ItemQueries
  readonly placement: Placement
  readonly now: () => number
  change(item: ItemRecord, change: Partial<ItemRecord>): ItemRecord
  keepVersion(item: ItemRecord): void
  /** Counts the bytes of a version more. */
  growVersions(item: ItemRecord): void
}): ItemStamps {
  const { db, queries, placement } = deps
  const notebook = db.prepare('SELECT 1 AS n FROM notebooks WHERE item_id = ?')
  const mark = db.prepare('INSERT OR IGNORE INTO notebooks VALUES (?)')
  const unmark = db.prepare('DELETE FROM notebooks WHERE item_id = ?')
  return {
    stamp(driveId, itemId, facts, { isNewVersion, actor }) {
      const old = queries.require(driveId, itemId)
      placement.checkWritable(driveId)
      if (old.parentId === undefined) throw new ServiceError(400, 'invalidRequest', 'The root of a drive has no author.')
      const isVersioned = isNewVersion && old.kind === 'file'
      return inTransaction(db, () => {
        if (isVersioned) {
          deps.keepVersion(old)
          deps.growVersions(old)
        }
        return deps.change(old, {
          fileCreatedMs: facts.createdMs ?? old.fileCreatedMs,
          fileModifiedMs: facts.modifiedMs ?? (isNewVersion ? deps.now() : old.fileModifiedMs),
          createdBy: facts.createdBy ?? old.createdBy,
          modifiedBy: facts.modifiedBy ?? (isNewVersion ? actor : old.modifiedBy),
          eTagNumber: old.eTagNumber + 1,
          versionNumber: isVersioned ? old.versionNumber + 1 : old.versionNumber,
        })
      })
    },
    isNotebook: (itemId) => notebook.get(itemId) !== undefined,
    markNotebook(itemId, isNotebook) {
      if (isNotebook) mark.run(itemId)
      else unmark.run(itemId)
    },
  }
}
