import type { Route } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import type { ItemRecord } from '../store/itemStore.ts'
import type { LibraryRecord } from '../store/siteStore.ts'
import { functionReply, reply } from './dialect.ts'
import { entityContext } from './entities.ts'
import { folderEntity, foldersOf, rootFolderEntity, webRootEntity } from './fileEntities.ts'
import { findByPath, type PathTarget } from './filePaths.ts'
import { project, projectAll, readRestOptions } from './projection.ts'
import { isObject, readMembers, readRestBody } from './restBody.ts'
import { invalidQuery } from './restErrors.ts'
import { expectResource, type RestContext, type RestHandler, restRoute } from './restRoute.ts'

function entityOf({ tenant, site, caller }: RestContext, at: PathTarget) {
  const context = entityContext({ tenant, site, caller })
  if (at.kind === 'folder') return folderEntity(context, at.library, at.item)
  return at.kind === 'webRoot' ? webRootEntity(context) : rootFolderEntity(context, { kind: 'list', site, list: at.list })
}

const getFolder: RestHandler = (context) => {
  const { projection } = readRestOptions(context.request.url.searchParams, [])
  return reply(context.request, project(entityOf(context, expectResource(context, 'folder').at), projection))
}

const listFolders: RestHandler = (context) => {
  const { request } = context
  const options = readRestOptions(request.url.searchParams, ['$top'])
  const folders = foldersOf(entityContext(context), expectResource(context, 'folders').at)
  const entities = folders.entities.slice(0, options.top ?? folders.entities.length)
  return reply(request, projectAll({ ...folders, entities }, options.projection))
}

/** Makes the folder that a path names, relative to `at` or to the host; one that exists is answered as it is. */
function makeFolder(context: RestContext, at: PathTarget, path: string) {
  const { tenant, site, actor } = context
  const full = path.startsWith('/') ? path : `${basePath(context, at)}/${path}`
  const clean = full.replace(/\/+$/, '')
  const existing = findByPath(tenant, site, clean)
  if (existing !== undefined) {
    if (existing.kind === 'folder') return folderEntity(entityContext(context), existing.library, existing.item)
    throw new ServiceError(
      400,
      '-2130575257, Microsoft.SharePoint.SPException',
      `A file or folder with the name ${clean.slice(1)} already exists.`,
    )
  }
  const parent = findByPath(tenant, site, clean.slice(0, clean.lastIndexOf('/')))
  if (parent?.kind !== 'folder') throw new ServiceError(404, '-2147024894, System.IO.FileNotFoundException', 'File Not Found.')
  const made = tenant.items.createFolder(
    parent.library.driveId,
    parent.item.itemId,
    clean.slice(clean.lastIndexOf('/') + 1),
    actor,
  )
  return folderEntity(entityContext(context), parent.library, made)
}

function basePath(context: RestContext, at: PathTarget): string {
  const { properties } = entityOf(context, at)
  const path = properties.ServerRelativeUrl
  return typeof path === 'string' && path !== '/' ? path : ''
}

const addFolder: RestHandler = (context) => {
  const { argument } = context
  const path = argument('decodedurl') ?? argument('url') ?? argument('') ?? ''
  if (path === '') throw invalidQuery('The folder name is missing.')
  return reply(context.request, makeFolder(context, expectResource(context, 'folders').at, path))
}

const postFolder: RestHandler = async (context) => {
  const body = readMembers(await readRestBody(context.request, ['SP.Folder']), { ServerRelativeUrl: 'string' }, 'SP.Folder')
  if (body.ServerRelativeUrl === undefined) throw invalidQuery('The property ServerRelativeUrl is missing.')
  return reply(context.request, makeFolder(context, expectResource(context, 'folders').at, body.ServerRelativeUrl), {
    status: 201,
  })
}

async function leafFromBody({ request }: RestContext): Promise<unknown> {
  const { leafPath } = readMembers(await readRestBody(request), { leafPath: 'any' }, 'addsubfolderusingpath')
  return isObject(leafPath) ? leafPath.DecodedUrl : undefined
}

const addSubFolder: RestHandler = async (context) => {
  const leaf = context.argument('decodedurl') ?? (await leafFromBody(context))
  if (typeof leaf !== 'string') throw invalidQuery('The parameter leafPath is missing.')
  makeFolder(context, expectResource(context, 'folder').at, leaf)
  return { status: 200 }
}

function libraryFolder(at: PathTarget): { readonly library: LibraryRecord; readonly item: ItemRecord } {
  if (at.kind !== 'folder' || at.item.parentId === undefined)
    throw new ServiceError(403, '-2147024891, System.UnauthorizedAccessException', 'Access denied.')
  return { library: at.library, item: at.item }
}

const writeFolder: RestHandler = (context) => {
  const { tenant, method } = context
  if (method !== 'DELETE') throw invalidQuery(`${method} is not supported for SP.Folder by the practice tenant.`, true)
  const { item } = libraryFolder(expectResource(context, 'folder').at)
  tenant.items.remove(item.driveId, item.itemId)
  return { status: 200 }
}

const recycleFolder: RestHandler = (context) => {
  const { item } = libraryFolder(expectResource(context, 'folder').at)
  const { recycleId } = context.tenant.items.recycle(item.driveId, item.itemId, context.actor)
  return functionReply(context.request, 'Recycle', recycleId)
}

const WRITE = { methods: ['POST'], level: 'contribute', resourceUnits: 3 } as const

export const folderRoutes: readonly Route[] = [
  restRoute({ name: 'folder.get', key: 'folder', methods: ['GET'], level: 'read', resourceUnits: 2, handle: getFolder }),
  restRoute({ name: 'folder.list', key: 'folders', methods: ['GET'], level: 'read', resourceUnits: 3, handle: listFolders }),
  restRoute({ name: 'folder.create', key: 'folders', ...WRITE, handle: postFolder }),
  restRoute({ name: 'folder.add', key: 'folders/addusingpath', ...WRITE, handle: addFolder }),
  restRoute({ name: 'folder.addByUrl', key: 'folders/add', ...WRITE, handle: addFolder }),
  restRoute({ name: 'folder.addSub', key: 'folder/addsubfolderusingpath', ...WRITE, handle: addSubFolder }),
  restRoute({
    name: 'folder.write',
    key: 'folder',
    methods: ['POST', 'DELETE', 'PATCH', 'MERGE'],
    level: 'contribute',
    resourceUnits: 3,
    handle: writeFolder,
  }),
  restRoute({ name: 'folder.recycle', key: 'folder/recycle', ...WRITE, handle: recycleFolder }),
]
