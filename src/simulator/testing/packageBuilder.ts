import { createCipheriv, createDecipheriv, createHash, randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ItemRecord } from '../store/itemStore.ts'
import type { LibraryRecord, SiteRecord } from '../store/siteStore.ts'
import type { TestTenant, WireReply } from './testTenant.ts'

/** What `ProvisionMigrationContainers` gave. */
export interface Containers {
  readonly content: string
  readonly manifest: string
  readonly key: Buffer
}

export interface PackagedFile {
  /** Below the library: `Q3/plan.txt`. */
  readonly path: string
  readonly content: Buffer | string
  readonly id?: string
  readonly author?: number
  readonly editor?: number
  readonly created?: string
  readonly modified?: string
  /** Attributes added to the File element, as written. */
  readonly extra?: string
  /** Elements inside the File element. */
  readonly inside?: string
  readonly blob?: {
    readonly name?: string
    readonly isMissing?: boolean
    readonly hasNoSnapshot?: boolean
    readonly hasNoIv?: boolean
  }
}

export interface PackageUser {
  readonly id: number
  readonly login: string
  readonly name: string
  /** Base64; '' leaves it out. */
  readonly systemId?: string
}

export interface ImportEvent {
  readonly [member: string]: string
}

const VERBOSE = 'application/json;odata=verbose'
const NO_METADATA = 'application/json;odata=nometadata'
export const EMPTY_DOCUMENTS: Readonly<Record<string, string>> = {
  'ExportSettings.xml':
    '<ExportSettings xmlns="urn:deployment-exportsettings-schema" SiteUrl="http://fileshare/sites/user" FileLocation="C:\\" IncludeSecurity="None" SourceType="FileShare" IgnoreWebParts="true"><ExportObjects/></ExportSettings>',
  'SystemData.xml':
    '<SystemData xmlns="urn:deployment-systemdata-schema"><SchemaVersion Version="15.0.0.0" Build="16.0.3111.1200" DatabaseVersion="11552" SiteVersion="15"/><ManifestFiles><ManifestFile Name="Manifest.xml"/></ManifestFiles><SystemObjects/></SystemData>',
  'Requirements.xml': '<Requirements xmlns="urn:deployment-requirements-schema"/>',
  'RootObjectMap.xml': '<RootObjects xmlns="urn:deployment-rootobjectmap-schema"/>',
  'LookupListMap.xml': '<LookupLists xmlns="urn:deployment-lookuplistmap-schema"/>',
  'ViewFormsList.xml': '<ViewFormsList xmlns="urn:deployment-viewformlist-schema"/>',
}
export const ANN: PackageUser = {
  id: 2,
  login: 'i:0#.f|membership|ann@contoso.com',
  name: 'Ann',
  systemId: Buffer.from('ann').toString('base64'),
}

/** Calls and packages of a client that knows nothing of Portage: everything by hand, over the wire. */
export function createPackageBuilder(world: TestTenant, site: SiteRecord, library: LibraryRecord) {
  const siteUrl = `https://${site.hostname}${site.path}`

  async function call(
    path: string,
    init: { readonly method?: string; readonly json?: unknown; readonly accept?: string; readonly token?: string } = {},
  ): Promise<WireReply> {
    return world.fetchAt(`${siteUrl}/_api/${path}`, {
      method: init.method ?? 'POST',
      token: init.token ?? world.token({ resource: 'sharepoint' }),
      headers: { accept: init.accept ?? NO_METADATA, ...(init.json === undefined ? {} : { 'content-type': NO_METADATA }) },
      ...(init.json === undefined ? {} : { body: JSON.stringify(init.json) }),
    })
  }

  async function provision(): Promise<Containers> {
    const reply = await call('site/ProvisionMigrationContainers', { accept: VERBOSE })
    const { d } = reply.json() as { d: { ProvisionMigrationContainers: Record<string, string> } }
    const info = d.ProvisionMigrationContainers
    return {
      content: info.DataContainerUri ?? '',
      manifest: info.MetadataContainerUri ?? '',
      key: Buffer.from(info.EncryptionKey ?? '', 'base64'),
    }
  }

  const at = (uri: string, name: string, comp = '') => uri.replace('?', `/${name}?${comp === '' ? '' : `comp=${comp}&`}`)

  async function expectStatus(reply: Promise<WireReply>, status: number): Promise<WireReply> {
    const answer = await reply
    if (answer.status !== status) throw new Error(`${answer.status} instead of ${status}: ${answer.text}`)
    return answer
  }

  async function upload(uri: string, name: string, plain: Buffer, key: Buffer, how: PackagedFile['blob'] = {}): Promise<string> {
    const iv = randomBytes(16)
    const cipher = createCipheriv('aes-256-cbc', key, iv)
    const body = Buffer.concat([cipher.update(plain), cipher.final()])
    const md5 = createHash('md5').update(body).digest('base64')
    const headers = {
      'x-ms-blob-type': 'BlockBlob',
      'x-ms-version': '2018-03-28',
      'content-md5': md5,
      ...(how.hasNoIv === true ? {} : { 'x-ms-meta-IV': iv.toString('base64') }),
    }
    await expectStatus(world.fetchAt(at(uri, name), { method: 'PUT', headers, body }), 201)
    if (how.hasNoSnapshot !== true)
      await expectStatus(
        world.fetchAt(at(uri, name, 'snapshot'), { method: 'PUT', headers: { 'x-ms-version': '2018-03-28' }, body: '' }),
        201,
      )
    return md5
  }

  const root: ItemRecord = world.tenant.items.root(library.driveId)
  const webAttributes = `ParentWebId="${site.webId}" ParentWebUrl="${site.path}"`

  function folderXml(path: string, ids: { readonly id: string; readonly parentId: string }, extra = ''): string {
    const name = path.split('/').at(-1) ?? ''
    return `<SPObject Id="${ids.id}" ObjectType="SPFolder" ParentId="${ids.parentId}" ${webAttributes} Url="${site.path}/${library.urlName}/${path}"><Folder Id="${ids.id}" Url="${library.urlName}/${path}" Name="${name}" ParentFolderId="${ids.parentId}" ${webAttributes} ContainingDocumentLibrary="${library.listId}" ${extra}/></SPObject>`
  }

  function fileXml(
    file: PackagedFile,
    ids: { readonly id: string; readonly parentId: string; readonly blob: string; readonly md5?: string },
  ): string {
    const name = file.path.split('/').at(-1) ?? ''
    const md5 = ids.md5 === undefined ? '' : `MD5Hash="${ids.md5}"`
    return `<SPObject Id="${ids.id}" ObjectType="SPFile" ParentId="${ids.parentId}" ${webAttributes} Url="${site.path}/${library.urlName}/${file.path}"><File Url="${library.urlName}/${file.path}" Id="${ids.id}" Name="${name}" ParentId="${ids.parentId}" ListId="${library.listId}" ${webAttributes} FileValue="${ids.blob}" Author="${file.author ?? 2}" ModifiedBy="${file.editor ?? 2}" TimeCreated="${file.created ?? '2019-02-01T08:00:00'}" TimeLastModified="${file.modified ?? '2021-11-08T03:57:05'}" ${md5} ${file.extra ?? ''}>${file.inside ?? ''}</File></SPObject>`
  }

  /** Uploads content and manifests of a package with its folders and files. `documents` replace or (as '') leave out manifest files. */
  async function stage(
    containers: Containers,
    parts: {
      readonly folders?: readonly string[]
      readonly folderIds?: Readonly<Record<string, string>>
      readonly files?: readonly PackagedFile[]
      readonly users?: readonly PackageUser[]
      readonly documents?: Readonly<Record<string, string>>
      /** Put before and after the objects. */
      readonly before?: string
      readonly after?: string
    },
  ): Promise<ReadonlyMap<string, string>> {
    const ids = new Map<string, string>([['', root.uniqueId]])
    const folderIds: Readonly<Record<string, string>> = parts.folderIds ?? {}
    const parentOf = (path: string) => ids.get(path.split('/').slice(0, -1).join('/')) ?? randomUUID()
    const objects: string[] = []
    for (const folder of parts.folders ?? []) {
      const id = folderIds[folder] ?? randomUUID()
      objects.push(
        folderXml(
          folder,
          { id, parentId: parentOf(folder) },
          'TimeCreated="2018-05-01T10:00:00Z" TimeLastModified="2018-06-01T10:00:00Z"',
        ),
      )
      ids.set(folder, id)
    }
    for (const file of parts.files ?? []) {
      const id = file.id ?? randomUUID()
      const blob = file.blob?.name ?? `${id}.dat`
      if (file.blob?.isMissing !== true)
        await upload(containers.content, blob, Buffer.from(file.content), containers.key, file.blob)
      objects.push(fileXml(file, { id, parentId: parentOf(file.path), blob }))
      ids.set(file.path, id)
    }
    const users = (parts.users ?? [ANN])
      .map(
        ({ id, login, name, systemId }) =>
          `<User Id="${id}" Name="${name}" Login="${login}" Email="" IsDomainGroup="false" IsSiteAdmin="false" ${systemId === '' ? '' : `SystemId="${systemId ?? 'AQ=='}"`} IsDeleted="false" Flags="0"/>`,
      )
      .join('')
    const documents: Record<string, string> = {
      ...EMPTY_DOCUMENTS,
      'UserGroup.xml': `<UserGroupMap xmlns="urn:deployment-usergroupmap-schema"><Users>${users}</Users><Groups/></UserGroupMap>`,
      'Manifest.xml': `<?xml version="1.0" encoding="utf-8"?>\n<SPObjects xmlns="urn:deployment-manifest-schema">${parts.before ?? ''}${objects.join('')}${parts.after ?? ''}</SPObjects>`,
      ...parts.documents,
    }
    for (const [name, text] of Object.entries(documents))
      if (text !== '') await upload(containers.manifest, name, Buffer.from(text), containers.key)
    return ids
  }

  async function submit(containers: Containers, change: Readonly<Record<string, unknown>> = {}): Promise<WireReply> {
    return call('site/CreateMigrationJobEncrypted', {
      json: {
        gWebId: site.webId,
        azureContainerSourceUri: containers.content,
        azureContainerManifestUri: containers.manifest,
        azureQueueReportUri: null,
        options: { AES256CBCKey: containers.key.toString('base64') },
        ...change,
      },
    })
  }

  async function events(jobId: string): Promise<readonly ImportEvent[]> {
    const reply = await call(`site/GetMigrationJobProgress(jobId='${jobId}',nextToken=0)`, { method: 'GET' })
    const { Logs } = reply.json() as { Logs: readonly string[] }
    return Logs.map((log) => JSON.parse(log) as ImportEvent)
  }

  /** Waits for the job to leave queue and work; returns its events. */
  async function finish(jobId: string): Promise<readonly ImportEvent[]> {
    const { jobs } = world.tenant.migration
    while (['queued', 'running'].includes(jobs.get(jobId)?.state ?? '')) await sleep(5)
    return events(jobId)
  }

  return {
    call,
    provision,
    upload,
    stage,
    submit,
    events,
    finish,
    folderXml,
    fileXml,
    at,
    root,
    async submitJob(containers: Containers): Promise<string> {
      const { value } = (await submit(containers)).json() as { value: string }
      return value
    },
    /** A whole import: provision, stage, submit, wait. */
    async run(parts: Parameters<typeof stage>[1]) {
      const containers = await provision()
      const ids = await stage(containers, parts)
      const { value } = (await submit(containers)).json() as { value: string }
      return { containers, ids, jobId: value, events: await finish(value) }
    },
    /** A log of the job, decrypted; undefined when it is not there. */
    async readLog(containers: Containers, name: string): Promise<string | undefined> {
      const reply = await world.fetchAt(at(containers.manifest, name))
      if (reply.status !== 200) return undefined
      const cipher = createDecipheriv('aes-256-cbc', containers.key, Buffer.from(String(reply.headers['x-ms-meta-iv']), 'base64'))
      return Buffer.concat([cipher.update(reply.bytes), cipher.final()]).toString('utf8')
    },
  }
}

export type PackageBuilder = ReturnType<typeof createPackageBuilder>
