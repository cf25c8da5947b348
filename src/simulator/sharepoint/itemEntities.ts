import { isoSeconds, isReference } from '../lists/columnValues.ts'
import { contentTypeId } from '../lists/graphShapes.ts'
import { contentTypeIdOf, serverPathOfItem } from '../lists/libraryShapes.ts'
import { librariesOf, libraryETag } from '../lists/libraryStore.ts'
import { type ColumnRecord, eTagOf, type StoredFields, type StoredValue } from '../lists/records.ts'
import { listsOf } from '../lists/tenantLists.ts'
import type { ActorRef } from '../store/itemStore.ts'
import type { Entity, EntityValue, Scalar } from './dialect.ts'
import type { EntityContext } from './entityLinks.ts'
import { type ItemRef, itemScopes } from './itemScopes.ts'
import { entityPropertyOf, entityTypeOf } from './listEntities.ts'
import { maskOf } from './permissionMasks.ts'
import { permissionsOf, principalOf } from './siteAccess.ts'
import { userEntity } from './webEntities.ts'

export function itemEntity(context: EntityContext, ref: ItemRef): Entity {
  return ref.kind === 'list' ? listItemEntity(context, ref) : libraryItemEntity(context, ref)
}

function listItemEntity(context: EntityContext, ref: Extract<ItemRef, { kind: 'list' }>): Entity {
  const { tenant, site, link } = context
  const { list, item } = ref
  const columns = listsOf(tenant).columns.columns(list.listId)
  const author = principalOf(tenant, site, item.createdBy).principalId
  const editor = principalOf(tenant, site, item.modifiedBy).principalId
  const target = { kind: 'list', site, list } as const
  const path = `${site.path}/Lists/${list.urlName}`
  return {
    kind: 'entity',
    type: entityTypeOf(target),
    id: `Web/Lists(guid'${list.listId}')/Items(${item.itemId})`,
    eTag: eTagOf(item),
    properties: {
      FileSystemObjectType: 0,
      Id: item.itemId,
      ServerRedirectedEmbedUri: null,
      ServerRedirectedEmbedUrl: '',
      ContentTypeId: contentTypeId(list),
      ...columnProperties(columns, item.fields),
      ComplianceAssetId: null,
      ID: item.itemId,
      Modified: isoSeconds(item.modifiedMs),
      Created: isoSeconds(item.createdMs),
      AuthorId: author,
      EditorId: editor,
      OData__UIVersionString: list.settings.hasVersioning ? `${item.revision}.0` : '1.0',
      Attachments: false,
      GUID: item.uniqueId,
    },
    more: {
      ...people(context, item.createdBy, item.modifiedBy),
      ...references(context, columns, item.fields),
      ...security(context, ref),
      ParentList: () => link.list(target),
      FileLeafRef: () => `${item.itemId}_.000`,
      FileRef: () => `${path}/${item.itemId}_.000`,
      FileDirRef: () => path,
      FSObjType: () => '0',
      UniqueId: () => item.uniqueId,
      AttachmentFiles: () => ({ kind: 'collection', set: 'SP.ApiData.Attachments', entities: [] }),
    },
  }
}

function libraryItemEntity(context: EntityContext, ref: Extract<ItemRef, { kind: 'library' }>): Entity {
  const { tenant, site, link } = context
  const { library, item } = ref
  const target = { kind: 'library', site, library } as const
  const fields = librariesOf(tenant).fields(item)
  const path = serverPathOfItem(tenant, site, library, item)
  const isFolder = item.kind === 'folder'
  return {
    kind: 'entity',
    type: entityTypeOf(target),
    id: `Web/Lists(guid'${library.listId}')/Items(${item.listItemId})`,
    eTag: libraryETag(item),
    properties: {
      FileSystemObjectType: isFolder ? 1 : 0,
      Id: item.listItemId,
      ServerRedirectedEmbedUri: null,
      ServerRedirectedEmbedUrl: '',
      ContentTypeId: contentTypeIdOf(library, item),
      ComplianceAssetId: null,
      Title: scalarOf(fields.Title),
      OData__ExtendedDescription: scalarOf(fields._ExtendedDescription),
      ID: item.listItemId,
      Created: isoSeconds(item.fileCreatedMs),
      AuthorId: principalOf(tenant, site, item.createdBy).principalId,
      Modified: isoSeconds(item.fileModifiedMs),
      EditorId: principalOf(tenant, site, item.modifiedBy).principalId,
      OData__CopySource: null,
      CheckoutUserId: null,
      OData__UIVersionString: isFolder ? '1.0' : `${item.versionNumber}.0`,
      GUID: item.uniqueId,
    },
    more: {
      ...people(context, item.createdBy, item.modifiedBy),
      ...security(context, ref),
      ParentList: () => link.list(target),
      FileLeafRef: () => item.name,
      FileRef: () => path,
      FileDirRef: () => path.slice(0, path.lastIndexOf('/')),
      FSObjType: () => (isFolder ? '1' : '0'),
      UniqueId: () => item.uniqueId,
      HTML_x0020_File_x0020_Type: () => (tenant.items.isNotebook(item.itemId) ? 'OneNote.Notebook' : null),
      File_x0020_Size: () => (isFolder ? null : String(item.sizeBytes)),
      File: () => (isFolder ? null : link.file(library, item)),
      Folder: () => (isFolder ? link.folder(library, item) : null),
    },
  }
}

type Lazy = Record<string, () => EntityValue>

function people(context: EntityContext, author: ActorRef, editor: ActorRef): Lazy {
  const { tenant, site } = context
  return {
    Author: () => userEntity(context, principalOf(tenant, site, author)),
    Editor: () => userEntity(context, principalOf(tenant, site, editor)),
  }
}

function security(context: EntityContext, ref: ItemRef): Lazy {
  const { tenant, link } = context
  const [own = '', ...outer] = itemScopes(tenant, ref)
  return {
    HasUniqueRoleAssignments: () => permissionsOf(tenant).isUnique(own),
    EffectiveBasePermissions: () => maskOf(context, [own, ...outer]),
    RoleAssignments: () => link.roleAssignments([own, ...outer]),
  }
}

/** Person and lookup columns appear as `<name>Id`; empty columns are null here, unlike in Graph. */
function columnProperties(columns: readonly ColumnRecord[], fields: StoredFields): Record<string, EntityValue> {
  const properties: Record<string, EntityValue> = {}
  for (const column of columns) {
    const name = entityPropertyOf(column)
    properties[isReference(column.type) ? `${name}Id` : name] = scalarOf(fields[column.name])
  }
  return properties
}

function scalarOf(value: StoredValue | undefined): Scalar | readonly Scalar[] {
  return value ?? null
}

/** What `$expand` of a person or lookup column shows. */
function references(context: EntityContext, columns: readonly ColumnRecord[], fields: StoredFields): Lazy {
  const { tenant, site, link } = context
  const lazy: Lazy = {}
  for (const column of columns) {
    const value = fields[column.name]
    if (!isReference(column.type) || column.settings.allowsMultiple) continue
    lazy[entityPropertyOf(column)] = () => {
      if (typeof value !== 'number') return null
      if (column.type === 'lookup') {
        const found = listsOf(tenant).items.get(column.settings.lookupListId ?? '', value)
        const list = listsOf(tenant).list(column.settings.lookupListId ?? '')
        return found === undefined || list === undefined ? null : link.item({ kind: 'list', list, item: found })
      }
      const principal = permissionsOf(tenant).principal(site, value)
      return principal === undefined ? null : userEntity(context, principal)
    }
  }
  return lazy
}
