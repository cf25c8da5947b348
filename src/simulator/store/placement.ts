import { ServiceError } from '../core/serviceError.ts'
import type { ItemQueries } from './itemQueries.ts'
import type { ItemRecord } from './itemStore.ts'
import type { ItemStoreDeps } from './items.ts'
import { checkName, checkPathLength } from './nameRules.ts'
import type { SiteRecord } from './siteStore.ts'

/** Whether something may be written to a place: site lock, name rules, path length, collisions, quota. */
export interface Placement {
  requireFolder(driveId: string, folderId: string): ItemRecord
  checkWritable(driveId: string): void
  /** Site lock, name rules and path length of `name` inside `parent`. */
  checkName(parent: ItemRecord, name: string, kind: ItemRecord['kind']): void
  checkNew(driveId: string, parentId: string, name: string, kind: ItemRecord['kind']): void
  /** 409 when another item than `exceptId` has the name already. */
  checkFree(parent: ItemRecord, name: string, exceptId?: string): void
  checkNotInside(folder: ItemRecord, target: ItemRecord): void
  /** Path lengths below `folder` once it is at `newPath`. */
  checkDescendants(folder: ItemRecord, newPath: readonly string[]): void
  checkQuota(driveId: string, bytes: number): void
}

const WALK_PAGE = 500

export function createPlacement({ sites, behaviour }: ItemStoreDeps, queries: ItemQueries): Placement {
  function siteOf(driveId: string): SiteRecord {
    const site = sites.site(queries.library(driveId).siteId)
    if (site === undefined) throw new ServiceError(404, 'itemNotFound', 'Requested site could not be found')
    return site
  }

  function checkWritable(driveId: string): SiteRecord {
    const site = siteOf(driveId)
    if (site.isReadOnly) throw locked()
    return site
  }

  function serverRelative(site: SiteRecord, driveId: string, segments: readonly string[]): string {
    return `${site.path}/${queries.library(driveId).urlName}/${segments.join('/')}`
  }

  function requireFolder(driveId: string, folderId: string): ItemRecord {
    const folder = queries.require(driveId, folderId)
    if (folder.kind !== 'folder') throw new ServiceError(400, 'invalidRequest', 'The parent of an item must be a folder.')
    return folder
  }

  function checkNameInside(parent: ItemRecord, name: string, kind: ItemRecord['kind']): void {
    const site = checkWritable(parent.driveId)
    const { allowsCustomScript } = site
    checkName(name, { kind, isTopLevel: parent.parentId === undefined, allowsCustomScript, profile: behaviour.profile })
    checkPathLength(serverRelative(site, parent.driveId, [...queries.folderPath(parent), name]))
  }

  return {
    requireFolder,
    checkWritable,
    checkName: checkNameInside,
    checkNew: (driveId, parentId, name, kind) => checkNameInside(requireFolder(driveId, parentId), name, kind),
    checkFree(parent, name, exceptId) {
      const other = queries.reads.child(parent.driveId, parent.itemId, name)
      if (other !== undefined && other.itemId !== exceptId) throw nameTaken()
    },
    checkNotInside(folder, target) {
      let above: ItemRecord | undefined = target
      while (above !== undefined) {
        if (above.itemId === folder.itemId) {
          throw new ServiceError(400, 'invalidRequest', 'A folder cannot be moved into itself or one of its subfolders.')
        }
        above = above.parentId === undefined ? undefined : queries.require(above.driveId, above.parentId)
      }
    },
    checkDescendants(folder, newPath) {
      const site = siteOf(folder.driveId)
      const growth = newPath.join('/').length - queries.folderPath(folder).join('/').length
      if (growth <= 0) return
      const pending: { readonly item: ItemRecord; readonly path: readonly string[] }[] = [{ item: folder, path: newPath }]
      for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
        let afterName: string | undefined
        do {
          const page: readonly ItemRecord[] = queries.reads.children(folder.driveId, next.item.itemId, {
            limit: WALK_PAGE,
            ...(afterName === undefined ? {} : { afterName }),
          })
          for (const item of page) {
            const path = [...next.path, item.name]
            checkPathLength(serverRelative(site, folder.driveId, path))
            if (item.kind === 'folder') pending.push({ item, path })
          }
          afterName = page.length < WALK_PAGE ? undefined : page.at(-1)?.name
        } while (afterName !== undefined)
      }
    },
    checkQuota(driveId, bytes) {
      const site = siteOf(driveId)
      if (sites.usedBytes(site.siteId) + bytes > site.quotaBytes) throw quotaReached()
    },
  }
}

/** 409 of every call that would create a second item of one name [B.4, B.6]. */
export function nameTaken(): ServiceError {
  return new ServiceError(409, 'nameAlreadyExists', 'The specified item name already exists.', { innerCode: 'nameAlreadyExists' })
}

/** 507, fatal for the drive [B.7]. */
export function quotaReached(): ServiceError {
  return new ServiceError(507, 'quotaLimitReached', 'Insufficient Space Available')
}

/** 423 of a locked or read-only site and of a file that is open somewhere [B.7]. */
export function locked(): ServiceError {
  return new ServiceError(423, 'notAllowed', 'The resource you are attempting to access is locked', {
    innerCode: 'resourceLocked',
  })
}
