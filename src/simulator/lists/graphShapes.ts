import type { Tenant } from '../core/tenant.ts'
import { principalOf } from '../sharepoint/siteAccess.ts'
import type { ActorRef } from '../store/itemStore.ts'
import type { SiteRecord } from '../store/siteStore.ts'
import { isoSeconds, isReference } from './columnValues.ts'
import { siteGraphId } from './graphPaths.ts'
import { type ColumnRecord, eTagOf, type ListItemRecord, type ListRecord } from './records.ts'
import { type ListTarget, listIdOf, listsOf, serverPathOf, titleOf } from './tenantLists.ts'

export const GRAPH = 'https://graph.microsoft.com/v1.0'

/** Graph's identitySet. */
export function identitySet(tenant: Tenant, actor: ActorRef): object {
  const user = actor.userId === undefined ? undefined : tenant.directory.user(actor.userId)
  const application =
    actor.appId === undefined
      ? undefined
      : { id: actor.appId, displayName: tenant.directory.app(actor.appId)?.displayName ?? actor.displayName }
  return {
    ...(application === undefined ? {} : { application }),
    ...(actor.userId === undefined
      ? {}
      : { user: { ...(user === undefined ? {} : { email: user.mail }), id: actor.userId, displayName: actor.displayName } }),
  }
}

export function webUrlOf(site: SiteRecord, serverPath: string): string {
  return `https://${site.hostname}${serverPath.split('/').map(encodeURIComponent).join('/')}`
}

export function listShape(tenant: Tenant, target: ListTarget): Record<string, unknown> {
  const { site } = target
  const isList = target.kind === 'list'
  const createdMs = isList ? target.list.createdMs : target.library.createdMs
  const modifiedMs = isList ? target.list.modifiedMs : target.library.createdMs
  const eTag = `"${listIdOf(target)},${isList ? target.list.revision + 1 : 1}"`
  return {
    '@odata.etag': eTag,
    createdDateTime: isoSeconds(createdMs),
    description: isList ? target.list.settings.description : '',
    eTag,
    id: listIdOf(target),
    lastModifiedDateTime: isoSeconds(modifiedMs),
    name: isList ? target.list.urlName : target.library.urlName,
    webUrl: webUrlOf(site, serverPathOf(target)),
    displayName: titleOf(target),
    createdBy: isList ? identitySet(tenant, target.list.createdBy) : { user: { displayName: 'System Account' } },
    parentReference: { siteId: siteGraphId(site) },
    list: {
      contentTypesEnabled: isList ? target.list.settings.hasContentTypes : false,
      hidden: isList ? target.list.settings.isHidden : false,
      template: isList ? 'genericList' : 'documentLibrary',
    },
  }
}

export function columnShape(column: ColumnRecord): Record<string, unknown> {
  const { settings } = column
  return {
    columnGroup: 'Custom Columns',
    description: settings.description,
    displayName: column.displayName,
    enforceUniqueValues: column.isUnique,
    hidden: column.isHidden,
    id: column.columnId,
    indexed: column.isIndexed,
    name: column.name,
    readOnly: settings.isReadOnly,
    required: column.isRequired,
    ...facetShape(column),
  }
}

function facetShape(column: ColumnRecord): Record<string, unknown> {
  const { settings } = column
  switch (column.type) {
    case 'text':
    case 'note':
      return {
        text: {
          allowMultipleLines: column.type === 'note',
          appendChangesToExistingText: false,
          linesForEditing: column.type === 'note' ? 6 : 0,
          ...(column.type === 'text' ? { maxLength: settings.maxLength ?? 255 } : {}),
          ...settings.facet,
        },
      }
    case 'number':
      return { number: { decimalPlaces: 'automatic', displayAs: 'number', ...settings.facet } }
    case 'boolean':
      return { boolean: {} }
    case 'dateTime':
      return { dateTime: { displayAs: 'default', format: 'dateTime', ...settings.facet } }
    case 'choice':
      return {
        choice: {
          allowTextEntry: false,
          choices: settings.choices,
          displayAs: settings.allowsMultiple ? 'checkBoxes' : 'dropDownMenu',
          ...settings.facet,
        },
      }
    case 'personOrGroup':
      return {
        personOrGroup: {
          allowMultipleSelection: settings.allowsMultiple,
          chooseFromType: 'peopleOnly',
          displayAs: 'nameWithPresence',
          ...settings.facet,
        },
      }
    case 'lookup':
      return {
        lookup: {
          allowMultipleValues: settings.allowsMultiple,
          allowUnlimitedLength: false,
          columnName: settings.lookupColumnName ?? 'Title',
          listId: settings.lookupListId ?? '',
        },
      }
  }
}

export function itemShape(tenant: Tenant, site: SiteRecord, list: ListRecord, item: ListItemRecord): Record<string, unknown> {
  const eTag = eTagOf(item)
  return {
    '@odata.etag': eTag,
    createdDateTime: isoSeconds(item.createdMs),
    eTag,
    id: String(item.itemId),
    lastModifiedDateTime: isoSeconds(item.modifiedMs),
    webUrl: webUrlOf(site, `${site.path}/Lists/${list.urlName}/${item.itemId}_.000`),
    createdBy: identitySet(tenant, item.createdBy),
    lastModifiedBy: identitySet(tenant, item.modifiedBy),
    parentReference: { id: list.listId, siteId: siteGraphId(site) },
    contentType: { id: contentTypeId(list), name: 'Item' },
  }
}

/** The list's own child of the Item content type. */
export function contentTypeId(list: ListRecord): string {
  return `0x0100${list.listId.replaceAll('-', '').toUpperCase()}`
}

/** Graph's fieldValueSet: empty columns are left out, people and lookups appear as `<name>LookupId`. */
export function fieldsShape(tenant: Tenant, site: SiteRecord, list: ListRecord, item: ListItemRecord): Record<string, unknown> {
  const fields: Record<string, unknown> = { '@odata.etag': eTagOf(item) }
  const title = item.fields.Title
  if (title !== undefined) Object.assign(fields, { Title: title, LinkTitle: title, LinkTitleNoMenu: title })
  for (const column of listsOf(tenant).columns.columns(list.listId)) {
    const value = item.fields[column.name]
    if (value === undefined || column.name === 'Title') continue
    if (!isReference(column.type)) fields[column.name] = value
    else if (typeof value === 'object') fields[column.name] = [...value].map((id: string | number) => ({ LookupId: id }))
    else fields[`${column.name}LookupId`] = String(value)
  }
  return Object.assign(fields, {
    id: String(item.itemId),
    ContentType: 'Item',
    Modified: isoSeconds(item.modifiedMs),
    Created: isoSeconds(item.createdMs),
    AuthorLookupId: String(principalOf(tenant, site, item.createdBy).principalId),
    EditorLookupId: String(principalOf(tenant, site, item.modifiedBy).principalId),
    _UIVersionString: list.settings.hasVersioning ? `${item.revision}.0` : '1.0',
    Attachments: false,
    Edit: '',
    ItemChildCount: '0',
    FolderChildCount: '0',
    _ComplianceFlags: '',
    _ComplianceTag: '',
    _ComplianceTagWrittenTime: '',
    _ComplianceTagUserId: '',
  })
}
