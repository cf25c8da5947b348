import type { Tenant } from '../../core/tenant.ts'
import type { ActorRef, FileContent, ImportedVersion, ItemRecord } from '../../store/itemStore.ts'
import type { SiteRecord } from '../../store/siteStore.ts'
import type {
  FileObject,
  FolderObject,
  LibraryObject,
  ListItemObject,
  RoleAssignmentsObject,
} from '../package/manifestObjects.ts'
import { SYSTEM_ACCOUNT, type UserMap } from '../package/userMap.ts'
import { HRESULT, ItemImportError } from './importErrors.ts'
import type { ImportReport } from './importReport.ts'
import type { ImportScript } from './importScript.ts'
import { findPlace } from './importTarget.ts'
import { createRoleWrites } from './roleWrites.ts'

/** What a folder without dates gets [D.5]. */
const PLACEHOLDER_MS = Date.UTC(2000, 0, 1)

export interface ItemWritesDeps {
  readonly tenant: Tenant
  readonly site: SiteRecord
  readonly users: UserMap
  readonly report: ImportReport
  readonly script: ImportScript
  readonly profile: 'strict' | 'lenient'
  readonly onImported: (item: ItemRecord) => void
}

/** Writes the objects of a package into the site. Every method throws ItemImportError or the stores' refusal, with nothing written. */
export interface ItemWrites {
  library(library: LibraryObject): void
  folder(folder: FolderObject): void
  /** Throws what keeps a file from its place, before its content counts. */
  checkPlace(file: FileObject): void
  /** `contents` in the order of the versions, current last; they are dropped when the file cannot be written. */
  file(file: FileObject, contents: readonly FileContent[], listItemId: number | undefined): void
  listItem(item: ListItemObject, isWhole: boolean): void
  roles(assignments: RoleAssignmentsObject): void
}

export function createItemWrites(deps: ItemWritesDeps): ItemWrites {
  const { tenant, site, users, report, script, profile } = deps
  const { items } = tenant

  function actor(id: number | undefined): ActorRef {
    if (id === undefined) return SYSTEM_ACCOUNT
    const user = users.user(id)
    if (user !== undefined) return user.actor
    throw new ItemImportError(HRESULT.invalidArgument, `The user with the id ${id} is not in UserGroup.xml.`)
  }

  return {
    library(library) {
      report.done('SPDocumentLibrary')
      report.say(`[List] [${library.rootFolderUrl}] Progress: Importing.`)
    },
    folder(folder) {
      const place = findPlace(tenant, site, folder)
      if (place.segments.length === 0) {
        if (folder.id !== place.parent.uniqueId)
          throw new ItemImportError(
            HRESULT.invalidArgument,
            `The root folder of ${site.path}/${folder.url} has another id than {${folder.id}}.`,
          )
        report.done('SPFolder')
        return
      }
      const there = items.child(place.library.driveId, place.parent.itemId, place.name)
      if (there !== undefined && there.uniqueId !== folder.id && there.kind === 'folder' && profile === 'lenient') {
        report.done('SPFolder')
        return
      }
      const createdMs = folder.createdMs ?? there?.fileCreatedMs ?? PLACEHOLDER_MS
      // Authors of folders are ignored by the real import [D.5].
      items.importItem({
        driveId: place.library.driveId,
        parentId: place.parent.itemId,
        name: place.name,
        kind: 'folder',
        uniqueId: folder.id,
        ...freeListItemId(tenant, place.library.driveId, folder.listItemId, there),
        createdMs,
        modifiedMs: folder.modifiedMs ?? there?.fileModifiedMs ?? createdMs,
        createdBy: SYSTEM_ACCOUNT,
        modifiedBy: SYSTEM_ACCOUNT,
        versions: [],
      })
      report.done('SPFolder')
    },
    checkPlace(file) {
      const place = findPlace(tenant, site, file)
      items.checkNew(place.library.driveId, place.parent.itemId, place.name, 'file')
    },
    file(file, contents, listItemId) {
      try {
        const place = findPlace(tenant, site, file)
        const versions = versionsOf(file, contents, actor)
        const current = versions.at(-1)
        const item = items.importItem({
          driveId: place.library.driveId,
          parentId: place.parent.itemId,
          name: place.name,
          kind: 'file',
          uniqueId: file.id,
          ...(listItemId === undefined || items.byUniqueId(file.id) !== undefined ? {} : { listItemId }),
          createdMs: file.createdMs ?? tenant.clock.now(),
          modifiedMs: file.modifiedMs ?? tenant.clock.now(),
          createdBy: actor(file.authorId),
          modifiedBy: actor(file.editorId),
          versions,
          existingVersions: script.existingVersions,
        })
        deps.onImported(item)
        report.done('SPFile', {
          versions: versions.length,
          sizeBytes: current?.content.sizeBytes ?? 0,
          allBytes: contents.reduce((sum, content) => sum + content.sizeBytes, 0),
        })
      } catch (error) {
        for (const content of contents) tenant.content.remove(content.contentId)
        throw error
      }
    },
    listItem(item, isWhole) {
      if (!isWhole || item.listId === '') throw new ItemImportError(HRESULT.invalidArgument, 'Missing file info for list item')
      if (item.sharedWith.some((event) => event.memberCount === 0))
        throw new ItemImportError(HRESULT.invalidArgument, 'A SharedWithEvent has no members.')
      const library = tenant.sites.libraryByList(item.listId)
      const record = item.docId === undefined ? undefined : items.byUniqueId(item.docId)
      if (library === undefined || (item.docType === 'File' && record === undefined))
        throw new ItemImportError(HRESULT.invalidArgument, 'Missing file info for list item')
      report.done('SPListItem')
    },
    roles: createRoleWrites(deps),
  }
}

/** A folder keeps the list item id it has; an id that is taken is not forced on a folder. */
function freeListItemId(tenant: Tenant, driveId: string, wanted: number | undefined, there: ItemRecord | undefined) {
  return wanted === undefined || wanted === 0 || there !== undefined || tenant.items.root(driveId).listItemId === wanted
    ? {}
    : { listItemId: wanted }
}

/** Whole version numbers that rise; a history whose own numbers do not is counted through. */
function versionsOf(
  file: FileObject,
  contents: readonly FileContent[],
  actor: (id: number | undefined) => ActorRef,
): readonly ImportedVersion[] {
  const isRepeated = file.versions.length > 0 && file.versions.length === contents.length
  const history = isRepeated || file.versions.length === 0 ? file.versions : [...file.versions, file]
  const each = history.length === 0 ? [file] : history
  const numbers = each.map((version) => Math.floor(Number(version.version ?? '1')))
  const rises = numbers.every((number, index) => number >= 1 && number > (numbers[index - 1] ?? 0))
  return each.flatMap((version, index) => {
    const content = contents[index]
    if (content === undefined) return []
    return [
      {
        content,
        versionNumber: rises ? (numbers[index] ?? index + 1) : index + 1,
        modifiedMs: version.modifiedMs ?? 0,
        modifiedBy: actor(version.editorId),
      },
    ]
  })
}
