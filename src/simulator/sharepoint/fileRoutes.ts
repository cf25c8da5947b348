import type { Route } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import type { Tenant } from '../core/tenant.ts'
import { isoSeconds } from '../lists/columnValues.ts'
import type { ItemRecord } from '../store/itemStore.ts'
import type { LibraryRecord } from '../store/siteStore.ts'
import { abandonUpload, appendFragment, finishUpload, startUpload } from './chunkedUploads.ts'
import { type Entity, functionReply, reply } from './dialect.ts'
import { entityContext } from './entities.ts'
import { childCollection, fileEntity } from './fileEntities.ts'
import { type PathTarget, relativePath } from './filePaths.ts'
import { project, projectAll, readRestOptions } from './projection.ts'
import { invalidQuery } from './restErrors.ts'
import { expectResource, type RestContext, type RestHandler, restRoute } from './restRoute.ts'

/** The front end takes no larger body, whatever the documentation of `Files/Add` says (2 GB) [J]. */
export const MAX_BODY_BYTES = 262_144_000

function folderOf(at: PathTarget): { readonly library: LibraryRecord; readonly folder: ItemRecord } {
  if (at.kind !== 'folder') throw new ServiceError(403, '-2147024891, System.UnauthorizedAccessException', 'Access denied.')
  return { library: at.library, folder: at.item }
}

const listFiles: RestHandler = (context) => {
  const { request } = context
  const options = readRestOptions(request.url.searchParams, ['$top'])
  const { at } = expectResource(context, 'files')
  if (at.kind !== 'folder') return reply(request, { kind: 'collection', set: 'SP.ApiData.Files', entities: [] })
  const files = childCollection(entityContext(context), at.library, at.item, 'file')
  const entities = files.entities.slice(0, options.top ?? files.entities.length)
  return reply(request, projectAll({ ...files, entities }, options.projection))
}

/** Stores a file; a content whose file is refused is dropped. */
function writeOrDrop(tenant: Tenant, file: Parameters<Tenant['items']['writeFile']>[0]): ItemRecord {
  try {
    return tenant.items.writeFile(file)
  } catch (error) {
    tenant.content.remove(file.content.contentId)
    throw error
  }
}

function checkSize({ request }: RestContext): void {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES)
    throw new ServiceError(
      413,
      '-1, Microsoft.SharePoint.Client.ClientServiceException',
      'The request message is too big. The server does not allow messages larger than 262144000 bytes.',
    )
}

/** `AddUsingPath(decodedurl=…,overwrite=…)` and `Add(url=…,overwrite=…)`; the name is a path relative to the folder. */
const addFile: RestHandler = async (context) => {
  const { request, tenant, site, actor, argument } = context
  const { library, folder } = folderOf(expectResource(context, 'files').at)
  const name = fileName(context, argument('decodedurl') ?? argument('url') ?? argument('') ?? '', library, folder)
  const overwrites = /^true$/i.test(argument('overwrite') ?? '')
  if (argument('ensureuniquefilename') !== undefined || argument('xorhash') !== undefined)
    throw invalidQuery('The practice tenant does not know this parameter of Files.AddUsingPath.', true)
  checkSize(context)
  const existing = tenant.items.child(library.driveId, folder.itemId, name)
  if (existing !== undefined && !overwrites)
    throw new ServiceError(
      400,
      '-2130575257, Microsoft.SharePoint.SPException',
      `A file or folder with the name ${[site.path.slice(1), library.urlName, ...tenant.items.pathSegments(existing)].join('/')} already exists.`,
    )
  const content = await tenant.content.put(request.body)
  const item = writeOrDrop(tenant, {
    driveId: library.driveId,
    parentId: folder.itemId,
    name,
    content,
    actor,
    ...(existing === undefined ? {} : { replaces: existing.itemId }),
  })
  return reply(request, fileEntity(entityContext(context), library, item))
}

/** The leaf name; a server-relative URL must lie in this very folder. */
function fileName({ tenant, site }: RestContext, url: string, library: LibraryRecord, folder: ItemRecord): string {
  if (!url.startsWith('/')) {
    if (url.includes('/')) throw invalidQuery('The file name contains a path.')
    return url
  }
  const segments = relativePath(site, url) ?? []
  const inside = [library.urlName, ...tenant.items.pathSegments(folder)]
  const isInside =
    segments.length === inside.length + 1 && inside.every((part, index) => part.toLowerCase() === segments[index]?.toLowerCase())
  const leaf = segments.at(-1)
  if (!isInside || leaf === undefined) throw invalidQuery('The URL does not lie in the folder.')
  return leaf
}

const getFile: RestHandler = (context) => {
  const { request } = context
  const { projection } = readRestOptions(request.url.searchParams, [])
  const { library, item } = expectResource(context, 'file')
  return reply(request, project(fileEntity(entityContext(context), library, item), projection))
}

const download: RestHandler = (context) => {
  const { tenant } = context
  const { item } = expectResource(context, 'file')
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(item.sizeBytes) }
  return item.contentId === undefined || item.sizeBytes === 0
    ? { status: 200, headers, body: Buffer.alloc(0) }
    : { status: 200, headers, body: tenant.content.read(item.contentId) }
}

const setContent: RestHandler = async (context) => {
  const { request, tenant, actor, method } = context
  if (method !== 'PUT') throw invalidQuery('The content of a file is set by PUT.')
  const { item } = expectResource(context, 'file')
  checkSize(context)
  const content = await tenant.content.put(request.body)
  writeOrDrop(tenant, {
    driveId: item.driveId,
    parentId: item.parentId ?? '',
    name: item.name,
    content,
    actor,
    replaces: item.itemId,
  })
  return { status: 204 }
}

/** ETags do not guard files in this API [C.2]; `IF-MATCH` is accepted and has no effect. */
const writeFile: RestHandler = (context) => {
  const { tenant, method } = context
  if (method !== 'DELETE') throw invalidQuery(`${method} is not supported for SP.File by the practice tenant.`, true)
  const { item } = expectResource(context, 'file')
  tenant.items.remove(item.driveId, item.itemId)
  return { status: 200 }
}

const recycleFile: RestHandler = (context) => {
  const { item } = expectResource(context, 'file')
  const { recycleId } = context.tenant.items.recycle(item.driveId, item.itemId, context.actor)
  return functionReply(context.request, 'Recycle', recycleId)
}

function uploadId({ argument }: RestContext): string {
  const id = argument('uploadid') ?? ''
  if (!/^[0-9a-f-]{36}$/i.test(id)) throw invalidQuery('The parameter uploadId is not a valid GUID.')
  return id.toLowerCase()
}

function fileOffset({ argument }: RestContext): number {
  const offset = argument('fileoffset') ?? ''
  if (!/^\d+$/.test(offset)) throw invalidQuery('The parameter fileOffset is missing.')
  return Number(offset)
}

const start: RestHandler = async (context) => {
  checkSize(context)
  const { item } = expectResource(context, 'file')
  const received = await startUpload(context.tenant, uploadId(context), item.itemId, context.request)
  return functionReply(context.request, 'StartUpload', String(received))
}

/** `GetByPathOrAddStub(…)/StartUpload(…)`: an empty file stands in until the upload is finished. */
const startStub: RestHandler = async (context) => {
  checkSize(context)
  const { tenant, actor } = context
  const { library, folder, name } = expectResource(context, 'stub')
  const existing = tenant.items.child(library.driveId, folder.itemId, name)
  const item =
    existing ??
    writeOrDrop(tenant, {
      driveId: library.driveId,
      parentId: folder.itemId,
      name,
      content: await tenant.content.put(Buffer.alloc(0)),
      actor,
    })
  const received = await startUpload(tenant, uploadId(context), item.itemId, context.request)
  return functionReply(context.request, 'StartUpload', String(received))
}

const listVersions: RestHandler = (context) => {
  const { request, tenant } = context
  const { projection } = readRestOptions(request.url.searchParams, ['$top'])
  const { library, item } = expectResource(context, 'file')
  const [current, ...earlier] = tenant.items.versions(item.driveId, item.itemId)
  const base = fileEntity(entityContext(context), library, item).id
  const entities = (current === undefined ? [] : earlier).map((version): Entity => {
    const id = Number.parseInt(version.label, 10) * 512
    return {
      kind: 'entity',
      type: 'SP.FileVersion',
      id: `${base}/Versions(${id})`,
      properties: {
        CheckInComment: '',
        Created: isoSeconds(version.modifiedMs),
        ID: id,
        IsCurrentVersion: false,
        Length: String(version.sizeBytes),
        Size: version.sizeBytes,
        Url: `_vti_history/${id}/${library.urlName}/${tenant.items.pathSegments(item).join('/')}`,
        VersionLabel: version.label,
      },
    }
  })
  return reply(request, projectAll({ kind: 'collection', set: 'SP.ApiData.FileVersions', entities }, projection))
}

const proceed: RestHandler = async (context) => {
  checkSize(context)
  const received = await appendFragment(context.tenant, uploadId(context), fileOffset(context), context.request)
  return functionReply(context.request, 'ContinueUpload', String(received))
}

const finish: RestHandler = async (context) => {
  checkSize(context)
  const { request, tenant, actor } = context
  const { library, item } = expectResource(context, 'file')
  const content = await finishUpload(tenant, uploadId(context), fileOffset(context), request)
  const written = writeOrDrop(tenant, {
    driveId: item.driveId,
    parentId: item.parentId ?? '',
    name: item.name,
    content,
    actor,
    replaces: item.itemId,
  })
  return reply(request, fileEntity(entityContext(context), library, written))
}

const cancel: RestHandler = (context) => {
  abandonUpload(context.tenant, uploadId(context))
  return { status: 200 }
}

const READ = { methods: ['GET'], level: 'read', resourceUnits: 2 } as const
const WRITE = { methods: ['POST'], level: 'contribute', resourceUnits: 3 } as const

export const fileRoutes: readonly Route[] = [
  restRoute({ name: 'file.list', key: 'files', ...READ, resourceUnits: 3, handle: listFiles }),
  restRoute({ name: 'file.add', key: 'files/addusingpath', ...WRITE, handle: addFile }),
  restRoute({ name: 'file.addByUrl', key: 'files/add', ...WRITE, handle: addFile }),
  restRoute({ name: 'file.get', key: 'file', ...READ, handle: getFile }),
  restRoute({ name: 'file.content', key: 'file/$value', ...READ, readsQuery: false, handle: download }),
  restRoute({ name: 'file.openBinaryStream', key: 'file/openbinarystream', ...READ, readsQuery: false, handle: download }),
  restRoute({
    name: 'file.setContent',
    key: 'file/$value',
    methods: ['POST', 'PUT'],
    level: 'contribute',
    resourceUnits: 3,
    handle: setContent,
  }),
  restRoute({
    name: 'file.write',
    key: 'file',
    methods: ['POST', 'DELETE', 'PATCH', 'MERGE'],
    level: 'contribute',
    resourceUnits: 3,
    handle: writeFile,
  }),
  restRoute({ name: 'file.recycle', key: 'file/recycle', ...WRITE, handle: recycleFile }),
  restRoute({ name: 'file.startUpload', key: 'file/startupload', ...WRITE, handle: start }),
  restRoute({ name: 'file.startStubUpload', key: 'stub/startupload', ...WRITE, handle: startStub }),
  restRoute({ name: 'file.versions', key: 'file/versions', ...READ, handle: listVersions }),
  restRoute({ name: 'file.continueUpload', key: 'file/continueupload', ...WRITE, handle: proceed }),
  restRoute({ name: 'file.finishUpload', key: 'file/finishupload', ...WRITE, handle: finish }),
  restRoute({ name: 'file.cancelUpload', key: 'file/cancelupload', ...WRITE, handle: cancel }),
]
