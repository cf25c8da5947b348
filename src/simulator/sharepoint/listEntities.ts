import type { Tenant } from '../core/tenant.ts'
import { isoSeconds } from '../lists/columnValues.ts'
import { librariesOf } from '../lists/libraryStore.ts'
import { xmlName } from '../lists/listNames.ts'
import type { ColumnRecord, ColumnType } from '../lists/records.ts'
import { type ListTarget, listIdOf, listsOf, serverPathOf, titleOf } from '../lists/tenantLists.ts'
import { complex, type Entity, type EntityCollection, type EntityValue } from './dialect.ts'
import type { EntityContext } from './entityLinks.ts'
import { maskOf } from './permissionMasks.ts'
import { permissionsOf } from './siteAccess.ts'

export function listEntity(context: EntityContext, target: ListTarget): Entity {
  const { tenant, link } = context
  const id = listIdOf(target)
  const isList = target.kind === 'list'
  const settings = isList ? target.list.settings : undefined
  const createdMs = isList ? target.list.createdMs : target.library.createdMs
  const modified = isoSeconds(isList ? target.list.modifiedMs : target.library.createdMs)
  const typeName = entityTypeOf(target)
  return {
    kind: 'entity',
    type: 'SP.List',
    id: `Web/Lists(guid'${id}')`,
    eTag: `"${id},${isList ? target.list.revision + 1 : 1}"`,
    properties: {
      AllowContentTypes: true,
      BaseTemplate: isList ? (settings?.baseTemplate ?? 100) : 101,
      BaseType: isList ? 0 : 1,
      ContentTypesEnabled: settings?.hasContentTypes ?? false,
      CrawlNonDefaultViews: false,
      Created: isoSeconds(createdMs),
      CurrentChangeToken: complex('SP.ChangeToken', { StringValue: changeToken(tenant, target) }),
      DefaultContentApprovalWorkflowId: '00000000-0000-0000-0000-000000000000',
      Description: settings?.description ?? '',
      Direction: 'none',
      DisableGridEditing: false,
      DocumentTemplateUrl: isList ? null : `${serverPathOf(target)}/Forms/template.dotx`,
      DraftVersionVisibility: 0,
      EnableAttachments: settings?.hasAttachments ?? false,
      EnableFolderCreation: !isList,
      EnableMinorVersions: false,
      EnableModeration: false,
      EnableRequestSignOff: true,
      EnableVersioning: settings?.hasVersioning ?? true,
      EntityTypeName: typeName.replace(/^SP\.Data\./, '').replace(/Item$/, ''),
      ExemptFromBlockDownloadOfNonViewableFiles: false,
      FileSavePostProcessingEnabled: false,
      ForceCheckout: false,
      HasExternalDataSource: false,
      Hidden: settings?.isHidden ?? false,
      Id: id,
      IrmEnabled: false,
      IrmExpire: false,
      IrmReject: false,
      IsApplicationList: false,
      IsCatalog: false,
      IsPrivate: false,
      ItemCount: isList ? target.list.itemCount : librariesOf(tenant).count(target.library),
      LastItemDeletedDate: isoSeconds(createdMs),
      LastItemModifiedDate: modified,
      LastItemUserModifiedDate: modified,
      ListExperienceOptions: 0,
      ListItemEntityTypeFullName: typeName,
      MajorVersionLimit: settings?.hasVersioning === false ? 0 : 50,
      MajorWithMinorVersionsLimit: 0,
      MultipleDataList: false,
      NoCrawl: settings?.noCrawl ?? false,
      ParentWebPath: complex('SP.ResourcePath', { DecodedUrl: target.site.path === '' ? '/' : target.site.path }),
      ParentWebUrl: target.site.path === '' ? '/' : target.site.path,
      ParserDisabled: false,
      ServerTemplateCanCreateFolders: true,
      TemplateFeatureId: isList ? '00bfea71-de22-43b2-a848-c05709900100' : '00bfea71-e717-4e80-aa17-d0c71b360101',
      Title: titleOf(target),
    },
    more: {
      OnQuickLaunch: () => settings?.isOnQuickLaunch ?? false,
      HasUniqueRoleAssignments: () => permissionsOf(tenant).isUnique(`list:${id}`),
      DefaultViewUrl: () => `${serverPathOf(target)}/AllItems.aspx`,
      RootFolder: () => link.rootFolder(target),
      ParentWeb: () => link.web(),
      RoleAssignments: () => link.roleAssignments([`list:${id}`]),
      Fields: () => fieldCollection(tenant, target),
      EffectiveBasePermissions: () => maskOf(context, [`list:${id}`]),
    },
  }
}

/** `1;3;<listId>;<ticks>;<seq>`: the place in the list's change log. */
export function changeToken(tenant: Tenant, target: ListTarget, changeNumber?: number): string {
  const last =
    target.kind === 'list'
      ? listsOf(tenant).items.lastVisibleChange(target.list.listId)
      : tenant.items.lastChange(target.library.driveId)
  const ticks = (BigInt(tenant.clock.now()) + 62_135_596_800_000n) * 10_000n
  return `1;3;${listIdOf(target)};${ticks};${changeNumber ?? last}`
}

/** `SP.Data.<Url name>ListItem`; libraries have no `List` in it. */
export function entityTypeOf(target: ListTarget): string {
  if (target.kind === 'list') return `SP.Data.${target.list.entityName}ListItem`
  const name = xmlName(target.library.urlName)
  return `SP.Data.${name.charAt(0).toUpperCase()}${name.slice(1)}Item`
}

interface FieldKind {
  readonly kind: number
  readonly type: string
  readonly typeAsString: string
}

export const FIELD_KINDS: Readonly<Record<ColumnType, FieldKind>> = {
  text: { kind: 2, type: 'SP.FieldText', typeAsString: 'Text' },
  note: { kind: 3, type: 'SP.FieldMultiLineText', typeAsString: 'Note' },
  dateTime: { kind: 4, type: 'SP.FieldDateTime', typeAsString: 'DateTime' },
  choice: { kind: 6, type: 'SP.FieldChoice', typeAsString: 'Choice' },
  lookup: { kind: 7, type: 'SP.FieldLookup', typeAsString: 'Lookup' },
  boolean: { kind: 8, type: 'SP.Field', typeAsString: 'Boolean' },
  number: { kind: 9, type: 'SP.FieldNumber', typeAsString: 'Number' },
  personOrGroup: { kind: 20, type: 'SP.FieldUser', typeAsString: 'User' },
}

export function fieldEntity(column: ColumnRecord): Entity {
  const kind = FIELD_KINDS[column.type]
  return {
    kind: 'entity',
    type: kind.type,
    id: `Web/Lists(guid'${column.listId}')/Fields(guid'${column.columnId}')`,
    properties: {
      AutoIndexed: false,
      CanBeDeleted: column.name !== 'Title',
      ClientSideComponentId: '00000000-0000-0000-0000-000000000000',
      DefaultFormula: null,
      DefaultValue: null,
      Description: column.settings.description,
      Direction: 'none',
      EnforceUniqueValues: column.isUnique,
      EntityPropertyName: entityPropertyOf(column),
      FieldTypeKind: column.settings.allowsMultiple && column.type === 'choice' ? 15 : kind.kind,
      Filterable: column.type !== 'note',
      FromBaseType: column.name === 'Title',
      Group: 'Custom Columns',
      Hidden: column.isHidden,
      Id: column.columnId,
      Indexed: column.isIndexed,
      InternalName: column.name,
      PinnedToFiltersPane: false,
      ReadOnlyField: column.settings.isReadOnly,
      Required: column.isRequired,
      SchemaXml: schemaXml(column),
      Scope: '',
      Sealed: false,
      ShowInFiltersPane: 0,
      Sortable: column.type !== 'note',
      StaticName: column.name,
      Title: column.displayName,
      TypeAsString: kind.typeAsString,
      TypeDisplayName: kind.typeAsString,
      TypeShortDescription: kind.typeAsString,
      ...typeProperties(column),
    },
  }
}

function typeProperties(column: ColumnRecord): Record<string, EntityValue> {
  const { settings } = column
  if (column.type === 'text') return { MaxLength: settings.maxLength ?? 255 }
  if (column.type === 'note')
    return { NumberOfLines: 6, RichText: false, AppendOnly: false, UnlimitedLengthInDocumentLibrary: false }
  if (column.type === 'choice') return { Choices: settings.choices, FillInChoice: false, EditFormat: 0 }
  if (column.type === 'dateTime') return { DisplayFormat: 1, FriendlyDisplayFormat: 0, DateTimeCalendarType: 0 }
  if (column.type === 'lookup')
    return {
      LookupList: settings.lookupListId ?? '',
      LookupField: settings.lookupColumnName ?? 'Title',
      AllowMultipleValues: settings.allowsMultiple,
    }
  return column.type === 'personOrGroup' ? { AllowMultipleValues: settings.allowsMultiple, SelectionMode: 0 } : {}
}

function schemaXml(column: ColumnRecord): string {
  const flag = (value: boolean): string => (value ? 'TRUE' : 'FALSE')
  return `<Field ID="{${column.columnId}}" Type="${FIELD_KINDS[column.type].typeAsString}" Name="${column.name}" StaticName="${column.name}" DisplayName="${column.displayName.replace(/[<>&"]/g, '')}" Required="${flag(column.isRequired)}" Indexed="${flag(column.isIndexed)}" EnforceUniqueValues="${flag(column.isUnique)}" SourceID="{${column.listId}}" />`
}

/** Names that begin with `_` cannot be properties. */
export function entityPropertyOf(column: ColumnRecord): string {
  return column.name.startsWith('_') ? `OData_${column.name}` : column.name
}

export function fieldCollection(tenant: Tenant, target: ListTarget): EntityCollection {
  const columns = target.kind === 'list' ? listsOf(tenant).columns.columns(target.list.listId) : []
  return { kind: 'collection', set: 'SP.ApiData.Fields', entities: columns.map(fieldEntity) }
}

/** The content types of a list: the one of its items, and folders. */
export function contentTypeCollection(target: ListTarget): EntityCollection {
  const digits = listIdOf(target).replaceAll('-', '').toUpperCase()
  const isList = target.kind === 'list'
  const types: readonly (readonly [string, string])[] = [
    [isList ? `0x0100${digits}` : `0x010100${digits}`, isList ? 'Item' : 'Document'],
    [`0x012000${digits}`, 'Folder'],
  ]
  const entities = types.map(
    ([id, name]): Entity => ({
      kind: 'entity',
      type: 'SP.ContentType',
      id: `Web/Lists(guid'${listIdOf(target)}')/ContentTypes('${id}')`,
      properties: {
        Description: '',
        Group: name === 'Folder' ? 'Folder Content Types' : 'List Content Types',
        Hidden: false,
        Id: complex('SP.ContentTypeId', { StringValue: id }),
        Name: name,
        ReadOnly: false,
        Scope: serverPathOf(target),
        Sealed: false,
        StringId: id,
      },
    }),
  )
  return { kind: 'collection', set: 'SP.ApiData.ContentTypes', entities }
}

export function viewEntity(target: ListTarget): Entity {
  const viewId = target.kind === 'list' ? target.list.settings.defaultViewId : target.library.listId
  return {
    kind: 'entity',
    type: 'SP.View',
    id: `Web/Lists(guid'${listIdOf(target)}')/Views(guid'${viewId}')`,
    properties: {
      BaseViewId: '1',
      DefaultView: true,
      Hidden: false,
      Id: viewId,
      Paged: true,
      PersonalView: false,
      ReadOnlyView: false,
      RowLimit: 30,
      ServerRelativeUrl: `${serverPathOf(target)}/AllItems.aspx`,
      Title: target.kind === 'list' ? 'All Items' : 'All Documents',
      ViewQuery: target.kind === 'list' ? target.list.settings.defaultViewQuery : '',
      ViewType: 'HTML',
    },
  }
}
