import { CHECKSUM_NEEDED_ABOVE_BYTES } from '../../../shared/limits.ts'
import type { FileTimes } from '../ports/destination.ts'
import type { ImportPerson, ImportPlace } from '../ports/importService.ts'
import { bareId } from './ids.ts'
import { type Attributes, element, xmlDocument, xmlTime } from './xmlText.ts'

/** A folder of the chain above the files, existing or new. Parents come before their children. */
export interface ManifestFolder extends FileTimes {
  readonly id: string
  readonly parentId: string
  readonly name: string
  /** Below the host, without leading slash. */
  readonly path: string
}

export interface ManifestFile extends FileTimes {
  readonly id: string
  readonly folder: ManifestFolder
  readonly name: string
  readonly sizeBytes: number
  /** Name of its blob, or of the member that it is in an archive. */
  readonly blobName: string
  /** Base64 MD5 of what the blob or the member holds. */
  readonly encryptedMd5: string
  /** Base64, of the plain content. */
  readonly quickXorHash: string
  /** Who stands in Created by and Modified by: a file share knows one owner. undefined = SharePoint's own account. */
  readonly author: ImportPerson | undefined
}

/** A blob that holds several small files. [D.4] */
export interface ManifestArchive {
  readonly name: string
  /** Base64, of the archive before it was encrypted. */
  readonly quickXorHash: string
  /** Names of what is in it. */
  readonly members: readonly string[]
}

export interface ManifestPackage {
  readonly place: ImportPlace
  /** Without the library's root, which comes by itself. */
  readonly folders: readonly ManifestFolder[]
  readonly files: readonly ManifestFile[]
  readonly archives: readonly ManifestArchive[]
}

export interface ManifestDocument {
  readonly name: string
  readonly text: string
}

/**
 * The documents of one package, by their exact names. Files travel without list items, as SPMT's do: a file that carries the number of a list
 * item is silently skipped unless a matching item comes along. All childless documents are written, because some jobs ask for them. [D.4, D.5]
 */
export function manifestSet(content: ManifestPackage): readonly ManifestDocument[] {
  const { place } = content
  const people = peopleOf(content.files)
  const document = (name: string, root: string): ManifestDocument => ({ name, text: xmlDocument(root) })
  return [
    document('ExportSettings.xml', exportSettings(place)),
    document('SystemData.xml', systemData()),
    document('Manifest.xml', manifest(content, people)),
    document('UserGroup.xml', userGroup(people)),
    document('Requirements.xml', element('Requirements', { xmlns: 'urn:deployment-requirements-schema' })),
    document('RootObjectMap.xml', rootObjectMap(place)),
    document('LookupListMap.xml', element('LookupLists', { xmlns: 'urn:deployment-lookuplistmap-schema' })),
    document('ViewFormsList.xml', element('ViewFormsList', { xmlns: 'urn:deployment-viewformlist-schema' })),
    ...(content.archives.length === 0 ? [] : [document('ArchivedFiles.xml', archivedFiles(content.archives))]),
  ]
}

function archivedFiles(archives: readonly ManifestArchive[]): string {
  const parts = archives.map(({ name, quickXorHash, members }) => {
    const files = members.map((member) => element('File', { FileValue: member }))
    return element('ArchivedFile', { Name: name, Checksum: quickXorHash }, files.join(''))
  })
  return element('ArchivedFiles', {}, parts.join(''))
}

/** The address is of no meaning for a file share, but must be one. [D.4] */
function exportSettings(place: ImportPlace): string {
  const exported = element('DeploymentObject', {
    Id: bareId(place.listId),
    Type: 'List',
    ParentId: bareId(place.webId),
    Url: serverRelative(place, place.rootFolder.name),
  })
  return element(
    'ExportSettings',
    {
      xmlns: 'urn:deployment-exportsettings-schema',
      SiteUrl: 'http://fileshare/sites/portage',
      IncludeSecurity: 'None',
      IncludeVersions: 'LastMajor',
      ExportMethod: 'ExportAll',
      SourceType: 'FileShare',
      IgnoreWebParts: 'true',
    },
    element('ExportObjects', {}, exported),
  )
}

function systemData(): string {
  return element(
    'SystemData',
    { xmlns: 'urn:deployment-systemdata-schema' },
    [
      element('SchemaVersion', {
        Version: '15.0.0.0',
        Build: '16.0.3111.1200',
        DatabaseVersion: '11552',
        SiteVersion: '15',
      }),
      element('ManifestFiles', {}, element('ManifestFile', { Name: 'Manifest.xml' })),
      element('SystemObjects', {}),
    ].join(''),
  )
}

function rootObjectMap(place: ImportPlace): string {
  const root = element('RootObject', {
    Id: bareId(place.listId),
    Type: 'List',
    ParentId: bareId(place.webId),
    WebUrl: `/${place.webPath}`,
    Url: serverRelative(place, place.rootFolder.name),
    IsDependency: 'false',
  })
  return element('RootObjects', { xmlns: 'urn:deployment-rootobjectmap-schema' }, root)
}

/** The numbers of the people of one package, by login; each person once, whoever names them twice is refused. [D.6] */
type People = ReadonlyMap<string, { readonly id: number; readonly person: ImportPerson }>

/** The service's own examples begin with 2. */
const FIRST_USER_ID = 2

function peopleOf(files: readonly ManifestFile[]): People {
  const people = new Map<string, { readonly id: number; readonly person: ImportPerson }>()
  for (const { author } of files) {
    const key = author?.login.toLowerCase()
    if (author !== undefined && key !== undefined && !people.has(key))
      people.set(key, { id: FIRST_USER_ID + people.size, person: author })
  }
  return people
}

function userGroup(people: People): string {
  const users = [...people.values()].map(({ id, person }) =>
    element('User', {
      Id: id,
      Name: person.name,
      Login: person.login,
      Email: person.email,
      IsDomainGroup: 'false',
      IsSiteAdmin: 'false',
      SystemId: person.systemId,
      IsDeleted: 'false',
      Flags: 0,
    }),
  )
  const content = [element('Users', {}, users.join('')), element('Groups', {})].join('')
  return element('UserGroupMap', { xmlns: 'urn:deployment-usergroupmap-schema' }, content)
}

function manifest({ place, folders, files }: ManifestPackage, people: People): string {
  const parts: string[] = [rootFolder(place), library(place)]
  for (const folder of folders) parts.push(folderObject(place, folder))
  for (const file of files) parts.push(fileObject(place, file, authorId(people, file)))
  return element('SPObjects', { xmlns: 'urn:deployment-manifest-schema' }, `\n${parts.join('\n')}\n`)
}

/** Where an object lies: the same three on every object and on what is in it. */
const web = (place: ImportPlace): Attributes => ({ ParentWebId: bareId(place.webId), ParentWebUrl: `/${place.webPath}` })

function rootFolder(place: ImportPlace): string {
  const { rootFolder: root } = place
  return spObject(
    place,
    {
      Id: bareId(root.id),
      ObjectType: 'SPFolder',
      ParentId: bareId(place.webRootFolderId),
      Url: serverRelative(place, root.name),
    },
    element('Folder', {
      Id: bareId(root.id),
      Url: root.name,
      Name: root.name,
      ParentFolderId: bareId(place.webRootFolderId),
      ...web(place),
      ContainingDocumentLibrary: bareId(place.listId),
      ...times(root),
      SortBehavior: '1',
    }),
  )
}

function library(place: ImportPlace): string {
  const url = serverRelative(place, place.rootFolder.name)
  return spObject(
    place,
    { Id: bareId(place.listId), ObjectType: 'SPDocumentLibrary', ParentId: bareId(place.webId), Url: url },
    element('DocumentLibrary', {
      Id: bareId(place.listId),
      Title: place.listTitle,
      BaseTemplate: 'DocumentLibrary',
      RootFolderId: bareId(place.rootFolder.id),
      RootFolderUrl: url,
      ...web(place),
    }),
  )
}

function folderObject(place: ImportPlace, folder: ManifestFolder): string {
  return spObject(
    place,
    { Id: bareId(folder.id), ObjectType: 'SPFolder', ParentId: bareId(folder.parentId), Url: `/${folder.path}` },
    element('Folder', {
      Id: bareId(folder.id),
      Url: webRelative(place, folder.path),
      Name: folder.name,
      ParentFolderId: bareId(folder.parentId),
      ...web(place),
      ContainingDocumentLibrary: bareId(place.listId),
      ...times(folder),
    }),
  )
}

function authorId(people: People, { author }: ManifestFile): number | undefined {
  return author === undefined ? undefined : people.get(author.login.toLowerCase())?.id
}

function fileObject(place: ImportPlace, file: ManifestFile, author: number | undefined): string {
  const path = `${file.folder.path}/${file.name}`
  const id = bareId(file.id)
  const parentId = bareId(file.folder.id)
  return spObject(
    place,
    { Id: id, ObjectType: 'SPFile', ParentId: parentId, Url: `/${path}` },
    element('File', {
      Url: webRelative(place, path),
      Id: id,
      Name: file.name,
      ListId: bareId(place.listId),
      ParentId: parentId,
      ...web(place),
      Version: '1.0',
      FileValue: file.blobName,
      FileSize: file.sizeBytes,
      Author: author,
      ModifiedBy: author,
      ...times(file),
      MD5Hash: file.encryptedMd5,
      Checksum: file.sizeBytes > CHECKSUM_NEEDED_ABOVE_BYTES ? file.quickXorHash : undefined,
    }),
  )
}

function spObject(place: ImportPlace, attributes: Attributes, content: string): string {
  return element('SPObject', { ...attributes, ...web(place) }, content)
}

/** Both are required; where the source knows only one of them it stands for the other. */
const times = ({ createdMs, modifiedMs }: FileTimes): Attributes => {
  const created = createdMs ?? modifiedMs
  const modified = modifiedMs ?? createdMs
  return {
    TimeCreated: created === undefined ? undefined : xmlTime(created),
    TimeLastModified: modified === undefined ? undefined : xmlTime(modified),
  }
}

/** `Url` of every SPObject. */
const serverRelative = (place: ImportPlace, path: string): string =>
  `/${[place.webPath, path].filter((part) => part !== '').join('/')}`

/** `Url` of what is in it: a server-relative one there doubles the path. [D.5] */
function webRelative(place: ImportPlace, path: string): string {
  const prefix = place.webPath === '' ? '' : `${place.webPath}/`
  return path.slice(0, prefix.length).toLowerCase() === prefix.toLowerCase() ? path.slice(prefix.length) : path
}
