import { createHash } from 'node:crypto'
import { isoSeconds } from '../lists/columnValues.ts'
import { serverPathOfItem } from '../lists/libraryShapes.ts'
import { librariesOf } from '../lists/libraryStore.ts'
import { type ListTarget, serverPathOf, targetsOf } from '../lists/tenantLists.ts'
import type { ItemRecord } from '../store/itemStore.ts'
import type { LibraryRecord, SiteRecord } from '../store/siteStore.ts'
import { complex, type Entity, type EntityCollection } from './dialect.ts'
import type { EntityContext } from './entityLinks.ts'
import type { PathTarget } from './filePaths.ts'
import { principalOf } from './siteAccess.ts'
import { visibleItems } from './trimming.ts'
import { userEntity } from './webEntities.ts'

function encodedPath(path: string): string {
  return encodeURIComponent(path.replaceAll("'", "''"))
}

function folderShape(
  path: string,
  name: string,
  options: { readonly uniqueId: string; readonly itemCount: number; readonly createdMs: number; readonly modifiedMs: number },
): Entity {
  return {
    kind: 'entity',
    type: 'SP.Folder',
    id: `Web/GetFolderByServerRelativePath(decodedurl='${encodedPath(path)}')`,
    properties: {
      Exists: true,
      ExistsAllowThrowForPolicyFailures: true,
      ExistsWithException: true,
      IsWOPIEnabled: false,
      ItemCount: options.itemCount,
      Name: name,
      ProgID: null,
      ServerRelativeUrl: path === '' ? '/' : path,
      TimeCreated: isoSeconds(options.createdMs),
      TimeLastModified: isoSeconds(options.modifiedMs),
      UniqueId: options.uniqueId,
      WelcomePage: '',
    },
    more: { ServerRelativePath: () => complex('SP.ResourcePath', { DecodedUrl: path === '' ? '/' : path }) },
  }
}

/** The folder of a list or library itself. */
export function rootFolderEntity(context: EntityContext, target: ListTarget): Entity {
  const { tenant } = context
  if (target.kind === 'library') return folderEntity(context, target.library, tenant.items.root(target.library.driveId))
  const { list } = target
  return folderShape(serverPathOf(target), list.urlName, {
    uniqueId: list.listId,
    itemCount: list.itemCount,
    createdMs: list.createdMs,
    modifiedMs: list.modifiedMs,
  })
}

export function folderEntity(context: EntityContext, library: LibraryRecord, item: ItemRecord): Entity {
  const { tenant, site, link } = context
  const isRoot = item.parentId === undefined
  const shape = folderShape(serverPathOfItem(tenant, site, library, item), isRoot ? library.urlName : item.name, {
    uniqueId: item.uniqueId,
    itemCount: isRoot ? librariesOf(tenant).count(library) : tenant.items.childCount(item.driveId, item.itemId),
    createdMs: item.fileCreatedMs,
    modifiedMs: item.fileModifiedMs,
  })
  return {
    ...shape,
    more: {
      ...shape.more,
      Files: () => childCollection(context, library, item, 'file'),
      Folders: () => childCollection(context, library, item, 'folder'),
      ListItemAllFields: () => (isRoot ? null : link.item({ kind: 'library', library, item })),
    },
  }
}

export function fileEntity(context: EntityContext, library: LibraryRecord, item: ItemRecord): Entity {
  const { tenant, site, link } = context
  const path = serverPathOfItem(tenant, site, library, item)
  const version = tenant.items.versions(item.driveId, item.itemId)[0]?.label ?? '1.0'
  return {
    kind: 'entity',
    type: 'SP.File',
    id: `Web/GetFileByServerRelativePath(decodedurl='${encodedPath(path)}')`,
    properties: {
      CheckInComment: '',
      CheckOutType: 2,
      ContentTag: `{${item.uniqueId.toUpperCase()}},${item.cTagNumber},1`,
      CustomizedPageStatus: 0,
      ETag: `"{${item.uniqueId.toUpperCase()}},${item.eTagNumber}"`,
      Exists: true,
      ExistsAllowThrowForPolicyFailures: true,
      ExistsWithException: true,
      IrmEnabled: false,
      Length: String(item.sizeBytes),
      Level: 1,
      LinkingUri: null,
      LinkingUrl: '',
      MajorVersion: Number.parseInt(version, 10),
      MinorVersion: 0,
      Name: item.name,
      ServerRelativeUrl: path,
      TimeCreated: isoSeconds(item.fileCreatedMs),
      TimeLastModified: isoSeconds(item.fileModifiedMs),
      Title: null,
      UIVersion: Number.parseInt(version, 10) * 512,
      UIVersionLabel: version,
      UniqueId: item.uniqueId,
    },
    more: {
      ServerRelativePath: () => complex('SP.ResourcePath', { DecodedUrl: path }),
      Author: () => userEntity(context, principalOf(tenant, site, item.createdBy)),
      ModifiedBy: () => userEntity(context, principalOf(tenant, site, item.modifiedBy)),
      ListItemAllFields: () => link.item({ kind: 'library', library, item }),
    },
  }
}

/** All files or all folders directly in a folder, in name order. */
export function childCollection(
  context: EntityContext,
  library: LibraryRecord,
  folder: ItemRecord,
  kind: 'file' | 'folder',
): EntityCollection {
  const { tenant, site, caller } = context
  const isVisible = visibleItems(tenant, caller, { site, library })
  const entities: Entity[] = []
  let afterName: string | undefined
  for (;;) {
    const children = tenant.items.children(folder.driveId, folder.itemId, {
      limit: 1_000,
      ...(afterName === undefined ? {} : { afterName }),
    })
    for (const child of children)
      if (child.kind === kind && isVisible(child))
        entities.push(kind === 'file' ? fileEntity(context, library, child) : folderEntity(context, library, child))
    afterName = children.at(-1)?.name
    if (children.length < 1_000 || afterName === undefined) break
  }
  return { kind: 'collection', set: kind === 'file' ? 'SP.ApiData.Files' : 'SP.ApiData.Folders', entities }
}

/** The folders that a path target holds: libraries and lists below the web, folders below a library. */
export function foldersOf(context: EntityContext, at: PathTarget): EntityCollection {
  const { tenant, site } = context
  if (at.kind === 'folder') return childCollection(context, at.library, at.item, 'folder')
  const entities = at.kind === 'webRoot' ? targetsOf(tenant, site).map((target) => rootFolderEntity(context, target)) : []
  return { kind: 'collection', set: 'SP.ApiData.Folders', entities }
}

/** The root folder of a web. */
export function webRootEntity({ site, tenant }: EntityContext): Entity {
  const itemCount = targetsOf(tenant, site).length
  return folderShape(site.path, '', {
    uniqueId: webRootId(site),
    itemCount,
    createdMs: site.createdMs,
    modifiedMs: site.createdMs,
  })
}

/** The root folder of a web has an id of its own, which is neither that of the web nor of the site collection. */
function webRootId(site: SiteRecord): string {
  const hex = createHash('sha256').update(`root folder of ${site.webId}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
