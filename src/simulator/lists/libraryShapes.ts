import type { Tenant } from '../core/tenant.ts'
import { principalOf } from '../sharepoint/siteAccess.ts'
import type { ItemRecord } from '../store/itemStore.ts'
import type { LibraryRecord, SiteRecord } from '../store/siteStore.ts'
import { isoSeconds } from './columnValues.ts'
import { siteGraphId } from './graphPaths.ts'
import { identitySet, webUrlOf } from './graphShapes.ts'
import { librariesOf, libraryETag } from './libraryStore.ts'

/** Server-relative, decoded path of a file or folder. */
export function serverPathOfItem(tenant: Tenant, site: SiteRecord, library: LibraryRecord, item: ItemRecord): string {
  return [`${site.path}/${library.urlName}`, ...tenant.items.pathSegments(item)].join('/')
}

/** The list item behind a drive item, as Graph shows it. */
export function libraryItemShape(
  tenant: Tenant,
  site: SiteRecord,
  library: LibraryRecord,
  item: ItemRecord,
): Record<string, unknown> {
  const eTag = libraryETag(item)
  const isFolder = item.kind === 'folder'
  return {
    '@odata.etag': eTag,
    createdDateTime: isoSeconds(item.fileCreatedMs),
    eTag,
    id: String(item.listItemId),
    lastModifiedDateTime: isoSeconds(item.fileModifiedMs),
    webUrl: webUrlOf(site, serverPathOfItem(tenant, site, library, item)),
    createdBy: identitySet(tenant, item.createdBy),
    lastModifiedBy: identitySet(tenant, item.modifiedBy),
    parentReference: { id: library.listId, siteId: siteGraphId(site) },
    contentType: { id: contentTypeIdOf(library, item), name: isFolder ? 'Folder' : 'Document' },
  }
}

export function contentTypeIdOf(library: LibraryRecord, item: ItemRecord): string {
  const prefix = item.kind === 'folder' ? '0x012000' : '0x010100'
  return prefix + library.listId.replaceAll('-', '').toUpperCase()
}

export function libraryFieldsShape(tenant: Tenant, site: SiteRecord, item: ItemRecord): Record<string, unknown> {
  const isFolder = item.kind === 'folder'
  const children = isFolder ? tenant.items.childCount(item.driveId, item.itemId) : 0
  const dot = item.name.lastIndexOf('.')
  return {
    '@odata.etag': libraryETag(item),
    ...librariesOf(tenant).fields(item),
    FileLeafRef: item.name,
    id: String(item.listItemId),
    ContentType: isFolder ? 'Folder' : 'Document',
    Created: isoSeconds(item.fileCreatedMs),
    AuthorLookupId: String(principalOf(tenant, site, item.createdBy).principalId),
    Modified: isoSeconds(item.fileModifiedMs),
    EditorLookupId: String(principalOf(tenant, site, item.modifiedBy).principalId),
    _CheckinComment: '',
    LinkFilenameNoMenu: item.name,
    LinkFilename: item.name,
    ...(isFolder || dot < 1 ? {} : { DocIcon: item.name.slice(dot + 1).toLowerCase() }),
    ...(isFolder ? {} : { FileSizeDisplay: String(item.sizeBytes) }),
    ItemChildCount: String(children),
    FolderChildCount: '0',
    Edit: '0',
    _ComplianceFlags: '',
    _ComplianceTag: '',
    _ComplianceTagWrittenTime: '',
    _ComplianceTagUserId: '',
    ParentVersionStringLookupId: String(item.listItemId),
    ParentLeafNameLookupId: String(item.listItemId),
  }
}

/** Columns that every library has; `FileLeafRef` is the file name. */
export function libraryColumnShapes(library: LibraryRecord): readonly Record<string, unknown>[] {
  const text = (name: string, displayName: string, ordinal: number): Record<string, unknown> => ({
    columnGroup: 'Core Document Columns',
    description: '',
    displayName,
    enforceUniqueValues: false,
    hidden: false,
    id: `${String(ordinal).padStart(8, '0')}${library.listId.slice(8)}`,
    indexed: false,
    name,
    readOnly: false,
    required: name === 'FileLeafRef',
    text: { allowMultipleLines: false, appendChangesToExistingText: false, linesForEditing: 0, maxLength: 255 },
  })
  return [text('FileLeafRef', 'Name', 1), text('Title', 'Title', 2)]
}
