import type { XmlNode } from './schemaRules.ts'

/** Members of an object of the manifest, typed. The schema has checked their form. */
interface PlacedObject {
  /** Lower case, no braces. */
  readonly id: string
  /** Web-relative by rule; as written. */
  readonly url: string
  readonly parentId: string | undefined
  readonly webId: string
  readonly listId: string | undefined
  readonly listItemId: number | undefined
  readonly createdMs: number | undefined
  readonly modifiedMs: number | undefined
  /** Ids of the package's users. */
  readonly authorId: number | undefined
  readonly editorId: number | undefined
}

export interface FolderObject extends PlacedObject {
  readonly kind: 'folder'
}

export interface FileObject extends PlacedObject {
  readonly kind: 'file'
  readonly version: string | undefined
  /** Name of the blob. */
  readonly contentName: string | undefined
  /** Base64, of the encrypted blob. */
  readonly md5: string | undefined
  /** Base64 QuickXorHash of the plain content. */
  readonly checksum: string | undefined
  readonly initializationVector: string | undefined
  /** Oldest first, without the current one unless the package repeats it. */
  readonly versions: readonly FileObject[]
}

export interface ListItemObject {
  readonly kind: 'listItem'
  readonly id: string
  readonly fileUrl: string | undefined
  readonly docType: string | undefined
  readonly intId: number
  readonly docId: string | undefined
  readonly listId: string
  readonly webId: string
  readonly hasFields: boolean
  readonly url: string
  readonly sharedWith: readonly { readonly memberCount: number }[]
}

export interface LibraryObject {
  readonly kind: 'library'
  readonly id: string
  readonly webId: string
  readonly rootFolderUrl: string
}

export interface RoleAssignmentsObject {
  readonly kind: 'roleAssignments'
  readonly assignments: readonly {
    readonly objectId: string
    /** 0 web, 1 list, 2 item or file. */
    readonly objectType: number
    readonly objectUrl: string
    readonly roles: readonly { readonly roleId: number; readonly principalId: number }[]
  }[]
}

export interface OtherObject {
  readonly kind: 'other'
  readonly objectType: string
  readonly id: string
}

export type ManifestObject = FolderObject | FileObject | ListItemObject | LibraryObject | RoleAssignmentsObject | OtherObject

export function readObject(object: XmlNode): ManifestObject {
  const type = object.attributes.get('ObjectType') ?? ''
  const [content] = object.children
  if (content === undefined) return { kind: 'other', objectType: type, id: guidOf(object, 'Id') ?? '' }
  switch (content.name) {
    case 'Folder':
      return {
        ...placed(content, 'ParentFolderId', object),
        kind: 'folder',
        listId: guidOf(content, 'ContainingDocumentLibrary'),
      }
    case 'File':
      return readFile(content)
    case 'ListItem':
      return readListItem(content)
    case 'List':
    case 'DocumentLibrary':
      return {
        kind: 'library',
        id: guidOf(content, 'Id') ?? '',
        webId: guidOf(content, 'ParentWebId') ?? '',
        rootFolderUrl: content.attributes.get('RootFolderUrl') ?? '',
      }
    case 'RoleAssignments':
      return { kind: 'roleAssignments', assignments: content.children.map(readAssignment) }
    default:
      return { kind: 'other', objectType: type, id: guidOf(object, 'Id') ?? '' }
  }
}

function readFile(file: XmlNode): FileObject {
  return {
    ...placed(file, 'ParentId', undefined),
    kind: 'file',
    version: file.attributes.get('Version'),
    contentName: file.attributes.get('FileValue'),
    md5: nonEmpty(file, 'MD5Hash'),
    checksum: nonEmpty(file, 'Checksum'),
    initializationVector: nonEmpty(file, 'InitializationVector'),
    versions: file.children.filter((child) => child.name === 'Versions').flatMap((list) => list.children.map(readFile)),
  }
}

function readListItem(item: XmlNode): ListItemObject {
  return {
    kind: 'listItem',
    id: guidOf(item, 'Id') ?? '',
    fileUrl: nonEmpty(item, 'FileUrl'),
    docType: item.attributes.get('DocType'),
    intId: integerOf(item, 'IntId') ?? 0,
    docId: guidOf(item, 'DocId'),
    listId: guidOf(item, 'ParentListId') ?? '',
    webId: guidOf(item, 'ParentWebId') ?? '',
    hasFields: item.children.some((child) => child.name === 'Fields'),
    url: item.attributes.get('FileUrl') ?? item.attributes.get('Name') ?? '',
    sharedWith: item.children
      .filter((child) => child.name === 'SharedWithEvents')
      .flatMap((events) => events.children)
      .map((event) => ({ memberCount: event.children.flatMap((members) => members.children).length })),
  }
}

function readAssignment(node: XmlNode): RoleAssignmentsObject['assignments'][number] {
  return {
    objectId: guidOf(node, 'ObjectId') ?? '',
    objectType: integerOf(node, 'ObjectType') ?? -1,
    objectUrl: node.attributes.get('ObjectUrl') ?? '',
    roles: node.children.map((role) => ({
      roleId: integerOf(role, 'RoleId') ?? 0,
      principalId: integerOf(role, 'PrincipalId') ?? 0,
    })),
  }
}

function placed(node: XmlNode, parentAttribute: string, object: XmlNode | undefined): PlacedObject {
  return {
    id: guidOf(node, 'Id') ?? '',
    url: node.attributes.get('Url') ?? '',
    parentId: guidOf(node, parentAttribute) ?? (object === undefined ? undefined : guidOf(object, 'ParentId')),
    webId: guidOf(node, 'ParentWebId') ?? '',
    listId: guidOf(node, 'ListId'),
    listItemId: integerOf(node, 'ListItemIntId'),
    createdMs: timeOf(node, 'TimeCreated'),
    modifiedMs: timeOf(node, 'TimeLastModified'),
    authorId: integerOf(node, 'Author'),
    editorId: integerOf(node, 'ModifiedBy'),
  }
}

function nonEmpty(node: XmlNode, name: string): string | undefined {
  const value = node.attributes.get(name)
  return value === '' ? undefined : value
}

/** Lower case and without braces. */
export function guidOf(node: XmlNode, name: string): string | undefined {
  return node.attributes.get(name)?.toLowerCase().replace(/[{}]/g, '')
}

function integerOf(node: XmlNode, name: string): number | undefined {
  const value = node.attributes.get(name)
  return value === undefined ? undefined : Number.parseInt(value, 10)
}

/** Times are UTC, with or without their Z [D.5]. */
function timeOf(node: XmlNode, name: string): number | undefined {
  const value = node.attributes.get(name)
  return value === undefined ? undefined : Date.parse(value.endsWith('Z') ? value : `${value}Z`)
}
