import type { ItemStamps } from './itemStamps.ts'
import type { RecycleBin } from './recycleBin.ts'

/** Who did something, as Graph's identitySet and SharePoint's user columns show it. */
export interface ActorRef {
  readonly userId?: string
  readonly displayName: string
  readonly upn?: string
  readonly appId?: string
}

/** A file or folder of a library. The same record answers Graph, SharePoint REST and (later) the import service. */
export interface ItemRecord {
  readonly driveId: string
  /** Graph id, `01…`. */
  readonly itemId: string
  /** SharePoint UniqueId GUID, also inside eTag and cTag. */
  readonly uniqueId: string
  /** SharePoint list item id; 0 for the library root. */
  readonly listItemId: number
  readonly parentId: string | undefined
  readonly name: string
  readonly kind: 'file' | 'folder'
  readonly sizeBytes: number
  /** Key into the ContentStore; files only. */
  readonly contentId: string | undefined
  /** Base64; files only. */
  readonly quickXorHash: string | undefined
  /** Server times, 1 s precision when shown. */
  readonly createdMs: number
  readonly modifiedMs: number
  /** Client times (`fileSystemInfo`). */
  readonly fileCreatedMs: number
  readonly fileModifiedMs: number
  readonly createdBy: ActorRef
  readonly modifiedBy: ActorRef
  /** Number behind the comma of eTag (any change) and cTag (content change). */
  readonly eTagNumber: number
  readonly cTagNumber: number
  /** Rises with every change of any item of the drive; delta tokens carry it. */
  readonly changeNumber: number
  readonly deletedMs: number | undefined
  /** Live children; 0 for files. */
  readonly childCount: number
  /** Tenant time of the last change of any kind. */
  readonly changedMs: number
  /** Tenant time at which the present content was stored. */
  readonly contentMs: number
  /** Major version: 1, 2, 3… */
  readonly versionNumber: number
}

export interface VersionRecord {
  /** `1.0`, `2.0`… */
  readonly label: string
  readonly sizeBytes: number
  readonly contentId: string
  readonly modifiedMs: number
  readonly modifiedBy: ActorRef
}

export interface FileContent {
  readonly contentId: string
  readonly sizeBytes: number
  readonly quickXorHash: string
}

/** Client times to store with a write; absent members keep the server's time. */
export interface FileTimes {
  readonly createdMs?: number
  readonly modifiedMs?: number
}

/** One version of an imported file. */
export interface ImportedVersion {
  readonly content: FileContent
  readonly versionNumber: number
  readonly modifiedMs: number
  readonly modifiedBy: ActorRef
}

/** An item that comes with its own ids, times and authors, as the import service writes it. */
export interface ItemImport {
  readonly driveId: string
  readonly parentId: string
  readonly name: string
  readonly kind: ItemRecord['kind']
  readonly uniqueId: string
  /** Absent: the next free one. */
  readonly listItemId?: number
  readonly createdMs: number
  readonly modifiedMs: number
  readonly createdBy: ActorRef
  readonly modifiedBy: ActorRef
  /** Files: at least one, oldest first; the last is the current one. */
  readonly versions: readonly ImportedVersion[]
  /** For a file that is there already with this id: whether its versions go or stay below the imported ones. */
  readonly existingVersions?: 'replaced' | 'kept'
}

/** Every mutation checks name rules, path length, collisions (case and normalisation), quota and site lock, and throws the service's own error. */
export interface ItemStore extends RecycleBin, ItemStamps {
  root(driveId: string): ItemRecord
  get(driveId: string, itemId: string): ItemRecord | undefined
  byUniqueId(uniqueId: string): ItemRecord | undefined
  /** `segments` decoded. Case- and normalisation-insensitive. */
  byPath(driveId: string, segments: readonly string[]): ItemRecord | undefined
  child(driveId: string, parentId: string, name: string): ItemRecord | undefined
  /** In name order, after `afterName`. */
  children(
    driveId: string,
    parentId: string,
    options: { readonly afterName?: string; readonly limit: number },
  ): readonly ItemRecord[]
  childCount(driveId: string, parentId: string): number
  /** Decoded segments below the library root. */
  pathSegments(item: ItemRecord): readonly string[]
  createFolder(driveId: string, parentId: string, name: string, actor: ActorRef): ItemRecord
  /** Creates or, with `replaces`, adds a version. */
  writeFile(options: {
    readonly driveId: string
    readonly parentId: string
    readonly name: string
    readonly content: FileContent
    readonly actor: ActorRef
    readonly times?: FileTimes
    readonly replaces?: string
  }): ItemRecord
  /** Graph's PATCH fileSystemInfo: bumps eTag and, on files, adds a version. */
  patchTimes(driveId: string, itemId: string, times: FileTimes, actor: ActorRef): ItemRecord
  rename(
    driveId: string,
    itemId: string,
    change: { readonly name?: string; readonly parentId?: string },
    actor: ActorRef,
  ): ItemRecord
  /**
   * Creates an item with the given ids or brings the one of the same `uniqueId` and place up to date. Throws 409 `nameAlreadyExists` when
   * the name, the id or the list item id belongs to another item, also a deleted one.
   */
  importItem(item: ItemImport): ItemRecord
  /** The service's own rewrite of an Office file: new content, hash, eTag and cTag, no new version, same client times. */
  rewriteContent(driveId: string, itemId: string, content: FileContent): ItemRecord
  /** A background process touched the item: eTag rises, nothing else. */
  touch(driveId: string, itemId: string): ItemRecord
  /** Gone for good, past the recycle bin. */
  remove(driveId: string, itemId: string): void
  versions(driveId: string, itemId: string): readonly VersionRecord[]
  /** Items (also deleted ones) with a change number above `afterChange`, in that order. */
  changes(driveId: string, afterChange: number, limit: number): readonly ItemRecord[]
  lastChange(driveId: string): number
  /** Throws what a new item of this name would be refused with (name, path length, site lock), collisions aside. */
  checkNew(driveId: string, parentId: string, name: string, kind: ItemRecord['kind']): void
  /** Throws 507 when the site has no room for so many more bytes. */
  checkQuota(driveId: string, bytes: number): void
  /** The name itself, or the first free one of `name 1.ext`, `name 2.ext`… */
  freeName(driveId: string, parentId: string, name: string): string
  /** `sites/finance/Shared Documents/Q3/plan.txt`: decoded, without leading slash. */
  serverRelativePath(item: ItemRecord): string
  /** The version with this label, the current one included. */
  version(driveId: string, itemId: string, label: string): VersionRecord | undefined
  /** Drops an older version; the current one cannot go. */
  removeVersion(driveId: string, itemId: string, label: string): void
}
