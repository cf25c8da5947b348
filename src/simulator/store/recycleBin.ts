import type { DatabaseSync } from 'node:sqlite'
import { DAY_MS } from '../../shared/units.ts'
import { ServiceError } from '../core/serviceError.ts'
import type { ItemQueries } from './itemQueries.ts'
import { inTransaction, readItem } from './itemRows.ts'
import type { ActorRef, ItemRecord, ItemStore } from './itemStore.ts'
import type { ItemStoreDeps } from './items.ts'
import { nameTaken, type Placement } from './placement.ts'
import { integer, type Row, text } from './rowFields.ts'

/** How long the bin keeps what was deleted, both stages together. */
const KEPT_MS = 93 * DAY_MS

/** What was deleted in one go: a file, or a folder with everything in it. */
export interface RecycledItem {
  readonly recycleId: string
  readonly driveId: string
  /** The row as it lies in the bin. */
  readonly item: ItemRecord
  readonly deletedMs: number
  readonly deletedBy: ActorRef
  /** `sites/finance/Shared Documents/Q3` when it was deleted. */
  readonly dirName: string
  /** Of everything in it, versions aside. */
  readonly sizeBytes: number
  /** 1: first stage, 2: second stage, which only administrators see. */
  readonly stage: 1 | 2
}

/** The recycle bin of the libraries. What lies in it keeps its ids, versions and permissions, and counts against the site's storage. */
export interface RecycleBin {
  /** Deletes into the bin; the change stream shows tombstones as for any deletion. */
  recycle(driveId: string, itemId: string, actor: ActorRef): RecycledItem
  /** Newest first, of these libraries. */
  recycled(driveIds: readonly string[]): readonly RecycledItem[]
  recycledItem(recycleId: string): RecycledItem | undefined
  /** Back to where it was; folders on the way that are gone are made again. Throws 409 when the name is taken meanwhile. */
  restore(recycleId: string, actor: ActorRef): ItemRecord
  /** Gone for good: contents, versions and storage are freed, and the ids are free for an import. */
  purge(recycleId: string): void
  moveToSecondStage(recycleId: string): void
  /** Bytes of what lies in the bin of these libraries, versions aside. */
  recycledBytes(driveIds: readonly string[]): number
}

export interface RecycleBinDeps extends Pick<ItemStoreDeps, 'clock' | 'random'> {
  readonly db: DatabaseSync
  readonly queries: ItemQueries
  readonly placement: Placement
  /** Marks a tree as deleted without touching contents; tells of each item. */
  hideTree(item: ItemRecord, tell: (item: ItemRecord) => void): void
  /** Counts an item out of (negative) or into its folder. */
  count(parentId: string, children: number, sizeBytes: number): void
  /** Stores an item with changes and a new change number. */
  change(item: ItemRecord, change: Partial<ItemRecord>): ItemRecord
  /** Drops contents and versions of one item; the row stays as a tombstone. */
  dropContents(item: ItemRecord): void
  freeQuota(driveId: string, bytes: number): void
  readonly createFolder: ItemStore['createFolder']
}

export function createRecycleBin(deps: RecycleBinDeps): RecycleBin {
  const { db, clock, queries, placement } = deps
  const insert = db.prepare('INSERT INTO recycle_bin VALUES (?, ?, ?, ?, ?, ?, ?, 1)')
  const insertMember = db.prepare('INSERT INTO recycled_items VALUES (?, ?)')
  const select = db.prepare('SELECT * FROM recycle_bin WHERE recycle_id = ?')
  const selectAll = db.prepare('SELECT * FROM recycle_bin ORDER BY deleted_ms DESC, rowid DESC')
  const selectRow = db.prepare('SELECT * FROM items WHERE item_id = ?')
  const selectMembers = db.prepare(
    'SELECT i.* FROM recycled_items r JOIN items i ON i.item_id = r.item_id WHERE r.recycle_id = ? ORDER BY r.rowid DESC',
  )
  const sumBytes = db.prepare('SELECT coalesce(sum(size_bytes), 0) AS bytes FROM recycle_bin WHERE drive_id = ?')
  const drop = db.prepare('DELETE FROM recycle_bin WHERE recycle_id = ?')
  const dropMembers = db.prepare('DELETE FROM recycled_items WHERE recycle_id = ?')
  const toSecond = db.prepare('UPDATE recycle_bin SET stage = 2 WHERE recycle_id = ?')
  const expired = db.prepare('SELECT recycle_id FROM recycle_bin WHERE deleted_ms <= ?')

  const rowOf = (itemId: string): ItemRecord => {
    const row = selectRow.get(itemId)
    if (row === undefined) throw new Error(`The recycle bin has lost the item ${itemId}.`)
    return readItem(row, queries.actors)
  }
  const entryOf = (row: Row): RecycledItem => ({
    recycleId: text(row, 'recycle_id'),
    driveId: text(row, 'drive_id'),
    item: rowOf(text(row, 'item_id')),
    deletedMs: integer(row, 'deleted_ms'),
    deletedBy: queries.actors.actor(integer(row, 'deleted_by')),
    dirName: text(row, 'dir_name'),
    sizeBytes: integer(row, 'size_bytes'),
    stage: integer(row, 'stage') === 2 ? 2 : 1,
  })
  const forget = (recycleId: string): void => {
    drop.run(recycleId)
    dropMembers.run(recycleId)
  }

  function purge(recycleId: string): void {
    inTransaction(db, () => {
      for (const row of selectMembers.all(recycleId)) {
        const item = readItem(row, queries.actors)
        deps.dropContents(item)
        if (item.kind === 'file') deps.freeQuota(item.driveId, item.sizeBytes)
      }
      forget(recycleId)
    })
  }

  function purgeExpired(): void {
    for (const row of expired.all(clock.now() - KEPT_MS)) purge(text(row, 'recycle_id'))
  }

  function require(recycleId: string): RecycledItem {
    const row = select.get(recycleId)
    if (row === undefined) throw new ServiceError(404, 'itemNotFound', 'The resource could not be found.')
    return entryOf(row)
  }

  /** The folder that an item came from, or one of the same path, made again where it is missing. */
  function homeOf({ driveId, item, dirName }: RecycledItem, actor: ActorRef): ItemRecord {
    const parent = item.parentId === undefined ? undefined : queries.reads.get(driveId, item.parentId)
    if (parent !== undefined) return parent
    let folder = queries.reads.root(driveId)
    for (const name of dirName.slice(queries.reads.serverRelativePath(folder).length + 1).split('/')) {
      const next = queries.reads.child(driveId, folder.itemId, name)
      if (next?.kind === 'file') throw nameTaken()
      folder = next ?? deps.createFolder(driveId, folder.itemId, name, actor)
    }
    return folder
  }

  return {
    recycle(driveId, itemId, actor) {
      purgeExpired()
      const item = queries.require(driveId, itemId)
      placement.checkWritable(driveId)
      const { parentId } = item
      if (parentId === undefined) throw new ServiceError(400, 'invalidRequest', 'The root of a drive cannot be deleted.')
      const recycleId = deps.random.guid()
      const path = queries.reads.serverRelativePath(item)
      inTransaction(db, () => {
        const dirName = path.slice(0, path.lastIndexOf('/'))
        insert.run(recycleId, driveId, itemId, clock.now(), queries.actors.numberOf(actor), dirName, item.sizeBytes)
        deps.hideTree(item, (hidden) => void insertMember.run(recycleId, hidden.itemId))
        deps.count(parentId, -1, -item.sizeBytes)
      })
      if (item.kind === 'folder') queries.forgetPaths()
      return require(recycleId)
    },
    recycled(driveIds) {
      purgeExpired()
      return selectAll
        .all()
        .filter((row) => driveIds.includes(text(row, 'drive_id')))
        .map(entryOf)
    },
    recycledItem(recycleId) {
      purgeExpired()
      const row = select.get(recycleId)
      return row === undefined ? undefined : entryOf(row)
    },
    restore(recycleId, actor) {
      purgeExpired()
      const entry = require(recycleId)
      placement.checkWritable(entry.driveId)
      return inTransaction(db, () => {
        const home = homeOf(entry, actor)
        placement.checkFree(home, entry.item.name)
        // Parents before what is in them, as they were hidden last.
        for (const row of selectMembers.all(recycleId)) {
          const member = readItem(row, queries.actors)
          const parentId = member.itemId === entry.item.itemId ? home.itemId : member.parentId
          deps.change(member, { deletedMs: undefined, ...(parentId === undefined ? {} : { parentId }) })
        }
        deps.count(home.itemId, 1, entry.sizeBytes)
        forget(recycleId)
        return queries.require(entry.driveId, entry.item.itemId)
      })
    },
    purge(recycleId) {
      require(recycleId)
      purge(recycleId)
    },
    moveToSecondStage(recycleId) {
      require(recycleId)
      toSecond.run(recycleId)
    },
    recycledBytes(driveIds) {
      purgeExpired()
      return driveIds.reduce((sum, driveId) => sum + integer(sumBytes.get(driveId) ?? {}, 'bytes'), 0)
    },
  }
}
