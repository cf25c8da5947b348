import type { DatabaseSync } from 'node:sqlite'
import { ServiceError } from '../core/serviceError.ts'
import { type ActorTable, createActorTable, readItem } from './itemRows.ts'
import type { ItemRecord, ItemStore, VersionRecord } from './itemStore.ts'
import { foldName } from './nameFolding.ts'
import { integer, type Row, text } from './rowFields.ts'
import type { LibraryRecord, SiteStore } from './siteStore.ts'

type ItemReads = Pick<
  ItemStore,
  | 'root'
  | 'get'
  | 'byUniqueId'
  | 'byPath'
  | 'child'
  | 'children'
  | 'childCount'
  | 'pathSegments'
  | 'serverRelativePath'
  | 'versions'
  | 'version'
  | 'changes'
  | 'lastChange'
  | 'freeName'
>

/** What the mutations need of the reading half. */
export interface ItemQueries {
  readonly reads: ItemReads
  readonly actors: ActorTable
  library(driveId: string): LibraryRecord
  /** A live item or 404. */
  require(driveId: string, itemId: string): ItemRecord
  /** Decoded segments of a folder below the library root. */
  folderPath(folder: ItemRecord): readonly string[]
  /** A folder was renamed, moved or removed. */
  forgetPaths(): void
}

const KEPT_PATHS = 10_000

export function createItemQueries(db: DatabaseSync, sites: SiteStore): ItemQueries {
  const actors = createActorTable(db)
  const selectById = db.prepare('SELECT * FROM items WHERE item_id = ? AND drive_id = ? AND deleted_ms IS NULL')
  const selectByUniqueId = db.prepare('SELECT * FROM items WHERE unique_id = ? AND deleted_ms IS NULL')
  const selectChild = db.prepare('SELECT * FROM items WHERE parent_id = ? AND folded_name = ? AND deleted_ms IS NULL')
  const selectChildren = db.prepare(
    'SELECT * FROM items WHERE parent_id = ? AND folded_name > ? AND deleted_ms IS NULL ORDER BY folded_name LIMIT ?',
  )
  const selectChanges = db.prepare('SELECT * FROM items WHERE drive_id = ? AND change_number > ? ORDER BY change_number LIMIT ?')
  const selectLastChange = db.prepare('SELECT max(change_number) AS last FROM items WHERE drive_id = ?')
  const selectVersions = db.prepare('SELECT * FROM item_versions WHERE item_id = ? ORDER BY version_number DESC')
  const selectVersion = db.prepare('SELECT * FROM item_versions WHERE item_id = ? AND version_number = ?')
  const paths = new Map<string, readonly string[]>()

  const optional = (row: Row | undefined) => (row === undefined ? undefined : readItem(row, actors))

  function library(driveId: string): LibraryRecord {
    const found = sites.libraryByDrive(driveId)
    if (found === undefined) throw new ServiceError(404, 'itemNotFound', 'The resource could not be found.')
    return found
  }

  function require(driveId: string, itemId: string): ItemRecord {
    const item = optional(selectById.get(itemId, driveId))
    if (item === undefined) throw new ServiceError(404, 'itemNotFound', 'The resource could not be found.')
    return item
  }

  function folderPath(folder: ItemRecord): readonly string[] {
    if (folder.parentId === undefined) return []
    const known = paths.get(folder.itemId)
    if (known !== undefined) return known
    const path = [...folderPath(require(folder.driveId, folder.parentId)), folder.name]
    if (paths.size >= KEPT_PATHS) paths.clear()
    paths.set(folder.itemId, path)
    return path
  }

  const child: ItemReads['child'] = (driveId, parentId, name) => {
    const item = optional(selectChild.get(parentId, foldName(name)))
    return item?.driveId === driveId ? item : undefined
  }

  const pathSegments: ItemReads['pathSegments'] = (item) =>
    item.kind === 'folder' || item.parentId === undefined
      ? folderPath(item)
      : [...folderPath(require(item.driveId, item.parentId)), item.name]

  const readVersion = (row: Row): VersionRecord => ({
    label: `${integer(row, 'version_number')}.0`,
    sizeBytes: integer(row, 'size_bytes'),
    contentId: text(row, 'content_id'),
    modifiedMs: integer(row, 'modified_ms'),
    modifiedBy: actors.actor(integer(row, 'modified_by')),
  })

  return {
    actors,
    library,
    require,
    folderPath,
    forgetPaths: () => paths.clear(),
    reads: {
      root: (driveId) => require(driveId, library(driveId).rootItemId),
      get: (driveId, itemId) => optional(selectById.get(itemId, driveId)),
      byUniqueId: (uniqueId) => optional(selectByUniqueId.get(uniqueId.toLowerCase())),
      byPath(driveId, segments) {
        let itemId = library(driveId).rootItemId
        if (segments.length === 0) return require(driveId, itemId)
        let row: Row | undefined
        for (const segment of segments) {
          row = selectChild.get(itemId, foldName(segment))
          if (row === undefined) return undefined
          itemId = text(row, 'item_id')
        }
        return optional(row)
      },
      child,
      children(driveId, parentId, { afterName, limit }) {
        const items: ItemRecord[] = []
        for (const row of selectChildren.all(parentId, afterName === undefined ? '' : foldName(afterName), limit)) {
          const item = readItem(row, actors)
          if (item.driveId === driveId) items.push(item)
        }
        return items
      },
      childCount: (driveId, parentId) => require(driveId, parentId).childCount,
      pathSegments,
      serverRelativePath(item) {
        const { siteId, urlName } = library(item.driveId)
        const sitePath = sites.site(siteId)?.path.slice(1) ?? ''
        return [...(sitePath === '' ? [] : [sitePath]), urlName, ...pathSegments(item)].join('/')
      },
      versions(driveId, itemId) {
        const item = require(driveId, itemId)
        return [currentVersion(item), ...selectVersions.all(itemId).map(readVersion)]
      },
      version(driveId, itemId, label) {
        const item = require(driveId, itemId)
        const versionNumber = /^([1-9]\d*)\.0$/.exec(label)?.[1]
        if (versionNumber === undefined) return undefined
        if (Number(versionNumber) === item.versionNumber) return currentVersion(item)
        const row = selectVersion.get(itemId, Number(versionNumber))
        return row === undefined ? undefined : readVersion(row)
      },
      changes: (driveId, afterChange, limit) =>
        selectChanges.all(driveId, afterChange, limit).map((row) => readItem(row, actors)),
      lastChange: (driveId) => integer(selectLastChange.get(driveId) ?? {}, 'last'),
      freeName(driveId, parentId, name) {
        const dot = name.lastIndexOf('.')
        const stem = dot > 0 ? name.slice(0, dot) : name
        const extension = dot > 0 ? name.slice(dot) : ''
        let candidate = name
        for (let n = 1; child(driveId, parentId, candidate) !== undefined; n++) candidate = `${stem} ${n}${extension}`
        return candidate
      },
    },
  }
}

function currentVersion(item: ItemRecord): VersionRecord {
  if (item.contentId === undefined) throw new ServiceError(400, 'invalidRequest', 'Folders have no versions.')
  return {
    label: `${item.versionNumber}.0`,
    sizeBytes: item.sizeBytes,
    contentId: item.contentId,
    modifiedMs: item.modifiedMs,
    modifiedBy: item.modifiedBy,
  }
}
