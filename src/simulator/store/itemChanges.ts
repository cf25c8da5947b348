import { ServiceError } from '../core/serviceError.ts'
import { itemIdOf, itemIdPrefix } from './guidCodes.ts'
import { createItemImport } from './itemImport.ts'
import type { ItemQueries } from './itemQueries.ts'
import { createItemWriter, inTransaction, readItem } from './itemRows.ts'
import { createItemStamps, type ItemStamps, makesNotebook } from './itemStamps.ts'
import type { ActorRef, ItemRecord, ItemStore } from './itemStore.ts'
import type { ItemStoreDeps } from './items.ts'
import { createItemVersions } from './itemVersions.ts'
import { foldName } from './nameFolding.ts'
import { createPlacement } from './placement.ts'
import { createRecycleBin, type RecycleBin } from './recycleBin.ts'
import { integer } from './rowFields.ts'

type ItemMutations = Pick<
  ItemStore,
  | 'createFolder'
  | 'writeFile'
  | 'patchTimes'
  | 'rename'
  | 'rewriteContent'
  | 'touch'
  | 'remove'
  | 'checkNew'
  | 'checkQuota'
  | 'removeVersion'
  | 'importItem'
  | keyof RecycleBin
  | keyof ItemStamps
>

/** Children of a removed folder that are held in memory at once. */
const REMOVAL_PAGE = 500

interface DriveCounters {
  lastChange: number
  lastListItemId: number
}

/** What is known of a new item; members that an import brings along are drawn or stamped when absent. */
export type NewItemFacts = Pick<
  ItemRecord,
  'kind' | 'sizeBytes' | 'contentId' | 'quickXorHash' | 'fileCreatedMs' | 'fileModifiedMs'
> &
  Partial<Pick<ItemRecord, 'uniqueId' | 'listItemId' | 'createdMs' | 'modifiedMs' | 'modifiedBy' | 'versionNumber'>>

export function createItemChanges(deps: ItemStoreDeps, queries: ItemQueries): ItemMutations {
  const { db, clock, random, content, sites } = deps
  const writer = createItemWriter(db, queries.actors)
  const placement = createPlacement(deps, queries)
  const versions = createItemVersions({
    ...{ db, queries, content },
    freed: (driveId, bytes) => sites.recordUsage(queries.library(driveId).siteId, -bytes),
  })
  const counters = new Map<string, DriveCounters>()
  const selectCounters = db.prepare(
    'SELECT max(change_number) AS last_change, max(list_item_id) AS last_id FROM items WHERE drive_id = ?',
  )
  const addChildren = db.prepare('UPDATE items SET child_count = child_count + ? WHERE item_id = ?')
  const addSize = db.prepare(
    `UPDATE items SET size_bytes = size_bytes + ?1 WHERE item_id IN (
       WITH RECURSIVE above (item_id) AS (
         SELECT ?2 UNION ALL SELECT i.parent_id FROM items i JOIN above a ON i.item_id = a.item_id WHERE i.parent_id IS NOT NULL)
       SELECT item_id FROM above)`,
  )
  const selectLiveChildren = db.prepare('SELECT * FROM items WHERE parent_id = ? AND deleted_ms IS NULL LIMIT ?')

  function countersOf(driveId: string): DriveCounters {
    let known = counters.get(driveId)
    if (known === undefined) {
      const row = selectCounters.get(driveId) ?? {}
      known = { lastChange: integer(row, 'last_change'), lastListItemId: integer(row, 'last_id') }
      counters.set(driveId, known)
    }
    return known
  }

  /** The record with a fresh change number; the writer must store it. */
  function changed(item: ItemRecord, change: Partial<ItemRecord>): ItemRecord {
    return { ...item, ...change, changeNumber: ++countersOf(item.driveId).lastChange, changedMs: clock.now() }
  }

  function store(item: ItemRecord): ItemRecord {
    writer.update(item, foldName(item.name))
    return item
  }

  function grow(driveId: string, parentId: string | undefined, treeBytes: number, versionBytes = 0): void {
    if (parentId !== undefined && treeBytes !== 0) addSize.run(treeBytes, parentId)
    sites.recordUsage(queries.library(driveId).siteId, treeBytes + versionBytes)
  }

  function insertNew(parent: ItemRecord, name: string, actor: ActorRef, facts: NewItemFacts): ItemRecord {
    const counter = countersOf(parent.driveId)
    const uniqueId = facts.uniqueId ?? random.guid()
    const now = clock.now()
    const listItemId = facts.listItemId ?? counter.lastListItemId + 1
    counter.lastListItemId = Math.max(counter.lastListItemId, listItemId)
    const item: ItemRecord = {
      createdMs: now,
      modifiedMs: now,
      modifiedBy: actor,
      versionNumber: 1,
      ...facts,
      driveId: parent.driveId,
      itemId: itemIdOf(itemIdPrefix(queries.library(parent.driveId).listId), uniqueId),
      uniqueId,
      listItemId,
      parentId: parent.itemId,
      name,
      createdBy: actor,
      eTagNumber: 1,
      cTagNumber: 1,
      changeNumber: ++counter.lastChange,
      deletedMs: undefined,
      childCount: 0,
      changedMs: now,
      contentMs: now,
    }
    return inTransaction(db, () => {
      writer.insert(item, foldName(name))
      addChildren.run(1, parent.itemId)
      grow(parent.driveId, parent.itemId, item.sizeBytes)
      return item
    })
  }

  /** Marks an item and everything in it as deleted, the innermost first; `tell` is told of each. */
  function hideTree(item: ItemRecord, tell: (item: ItemRecord) => void): void {
    if (item.kind === 'folder') {
      // Hidden rows drop out, so every read starts with what is left.
      for (let rows = selectLiveChildren.all(item.itemId, REMOVAL_PAGE); rows.length > 0; ) {
        for (const row of rows) hideTree(readItem(row, queries.actors), tell)
        rows = selectLiveChildren.all(item.itemId, REMOVAL_PAGE)
      }
    }
    tell(item)
    store(changed(item, { deletedMs: clock.now() }))
  }

  function createFolder(driveId: string, parentId: string, name: string, actor: ActorRef): ItemRecord {
    const parent = placement.requireFolder(driveId, parentId)
    placement.checkName(parent, name, 'folder')
    placement.checkFree(parent, name)
    const now = clock.now()
    return insertNew(parent, name, actor, {
      kind: 'folder',
      sizeBytes: 0,
      contentId: undefined,
      quickXorHash: undefined,
      fileCreatedMs: now,
      fileModifiedMs: now,
    })
  }

  const stamps = createItemStamps({
    ...{ db, queries, placement, keepVersion: versions.keep, now: clock.now },
    change: (item, change) => store(changed(item, change)),
    growVersions: (item) => grow(item.driveId, item.parentId, 0, item.sizeBytes),
  })

  return {
    ...stamps,
    ...createRecycleBin({
      ...{ db, clock, random, queries, placement, hideTree, createFolder },
      dropContents: versions.dropWithContents,
      change: (item, change) => store(changed(item, change)),
      count(parentId, children, sizeBytes) {
        addChildren.run(children, parentId)
        if (sizeBytes !== 0) addSize.run(sizeBytes, parentId)
      },
      freeQuota: (driveId, bytes) => sites.recordUsage(queries.library(driveId).siteId, -bytes),
    }),
    importItem: createItemImport({
      db,
      placement,
      queries,
      insertNew,
      dropVersions: versions.dropAll,
      keepVersion: versions.keep,
      addVersion: versions.add,
      change: (item, change) => store(changed(item, change)),
      grow,
      removeContent: (contentId) => content.remove(contentId),
    }),
    checkNew: placement.checkNew,
    checkQuota: placement.checkQuota,
    createFolder,
    writeFile({ driveId, parentId, name, content: stored, actor, times = {}, replaces }) {
      const now = clock.now()
      if (replaces === undefined) {
        const parent = placement.requireFolder(driveId, parentId)
        placement.checkName(parent, name, 'file')
        placement.checkFree(parent, name)
        placement.checkQuota(driveId, stored.sizeBytes)
        if (makesNotebook(name) && parent.parentId !== undefined) stamps.markNotebook(parent.itemId, true)
        return insertNew(parent, name, actor, {
          kind: 'file',
          sizeBytes: stored.sizeBytes,
          contentId: stored.contentId,
          quickXorHash: stored.quickXorHash,
          fileCreatedMs: times.createdMs ?? now,
          fileModifiedMs: times.modifiedMs ?? now,
        })
      }
      const old = queries.require(driveId, replaces)
      if (old.kind === 'folder') throw new ServiceError(409, 'nameAlreadyExists', 'The specified item name already exists.')
      placement.checkWritable(driveId)
      placement.checkQuota(driveId, stored.sizeBytes)
      return inTransaction(db, () => {
        versions.keep(old)
        grow(driveId, old.parentId, stored.sizeBytes - old.sizeBytes, old.sizeBytes)
        return store(
          changed(old, {
            sizeBytes: stored.sizeBytes,
            contentId: stored.contentId,
            quickXorHash: stored.quickXorHash,
            modifiedMs: now,
            modifiedBy: actor,
            fileCreatedMs: times.createdMs ?? old.fileCreatedMs,
            fileModifiedMs: times.modifiedMs ?? now,
            eTagNumber: old.eTagNumber + 1,
            cTagNumber: old.cTagNumber + 1,
            contentMs: now,
            versionNumber: old.versionNumber + 1,
          }),
        )
      })
    },
    patchTimes(driveId, itemId, times, actor) {
      const old = queries.require(driveId, itemId)
      placement.checkWritable(driveId)
      return inTransaction(db, () => {
        versions.keep(old)
        if (old.kind === 'file') grow(driveId, old.parentId, 0, old.sizeBytes)
        return store(
          changed(old, {
            fileCreatedMs: times.createdMs ?? old.fileCreatedMs,
            fileModifiedMs: times.modifiedMs ?? old.fileModifiedMs,
            modifiedMs: clock.now(),
            modifiedBy: actor,
            eTagNumber: old.eTagNumber + 1,
            versionNumber: old.kind === 'file' ? old.versionNumber + 1 : old.versionNumber,
          }),
        )
      })
    },
    rename(driveId, itemId, change, actor) {
      const old = queries.require(driveId, itemId)
      placement.checkWritable(driveId)
      if (old.parentId === undefined)
        throw new ServiceError(400, 'invalidRequest', 'The root of a drive cannot be renamed or moved.')
      const parent = placement.requireFolder(driveId, change.parentId ?? old.parentId)
      const name = change.name ?? old.name
      const isMove = parent.itemId !== old.parentId
      // Twins under normalisation are the same name to the service: nothing to do [F].
      if (!isMove && name.normalize('NFC') === old.name.normalize('NFC')) return old
      placement.checkName(parent, name, old.kind)
      placement.checkFree(parent, name, old.itemId)
      if (isMove && old.kind === 'folder') placement.checkNotInside(old, parent)
      if (old.kind === 'folder') placement.checkDescendants(old, [...queries.folderPath(parent), name])
      return inTransaction(db, () => {
        if (isMove) {
          addChildren.run(-1, old.parentId ?? null)
          addChildren.run(1, parent.itemId)
          if (old.sizeBytes !== 0) {
            addSize.run(-old.sizeBytes, old.parentId ?? null)
            addSize.run(old.sizeBytes, parent.itemId)
          }
        }
        if (old.kind === 'folder') queries.forgetPaths()
        return store(
          changed(old, {
            name,
            parentId: parent.itemId,
            modifiedMs: clock.now(),
            modifiedBy: actor,
            eTagNumber: old.eTagNumber + 1,
          }),
        )
      })
    },
    rewriteContent(driveId, itemId, stored) {
      const old = queries.require(driveId, itemId)
      return inTransaction(db, () => {
        grow(driveId, old.parentId, stored.sizeBytes - old.sizeBytes)
        const rewritten = store(
          changed(old, {
            sizeBytes: stored.sizeBytes,
            contentId: stored.contentId,
            quickXorHash: stored.quickXorHash,
            eTagNumber: old.eTagNumber + 1,
            cTagNumber: old.cTagNumber + 1,
            contentMs: clock.now(),
          }),
        )
        if (old.contentId !== undefined) versions.dropContent(rewritten, old.contentId)
        return rewritten
      })
    },
    touch(driveId, itemId) {
      const old = queries.require(driveId, itemId)
      return store(changed(old, { eTagNumber: old.eTagNumber + 1 }))
    },
    removeVersion(driveId, itemId, label) {
      const item = queries.require(driveId, itemId)
      placement.checkWritable(driveId)
      inTransaction(db, () => versions.remove(item, label))
    },
    remove(driveId, itemId) {
      const item = queries.require(driveId, itemId)
      placement.checkWritable(driveId)
      if (item.parentId === undefined) throw new ServiceError(400, 'invalidRequest', 'The root of a drive cannot be deleted.')
      inTransaction(db, () => {
        hideTree(item, versions.dropWithContents)
        addChildren.run(-1, item.parentId ?? null)
        grow(driveId, item.parentId, -item.sizeBytes)
      })
      if (item.kind === 'folder') queries.forgetPaths()
    },
  }
}
