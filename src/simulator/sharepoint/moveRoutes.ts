import type { Route } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import type { ItemRecord } from '../store/itemStore.ts'
import type { LibraryRecord } from '../store/siteStore.ts'
import { findByPath } from './filePaths.ts'
import { itemScopes } from './itemScopes.ts'
import { decodePath } from './pathResources.ts'
import { isObject, readMembers, readRestBody } from './restBody.ts'
import { invalidQuery } from './restErrors.ts'
import { expectResource, type RestContext, type RestHandler, restRoute } from './restRoute.ts'
import { requireAccess } from './siteAccess.ts'

/** `flags` of `MoveTo`. */
const OVERWRITE = 1

interface Place {
  readonly library: LibraryRecord
  readonly item: ItemRecord
}

interface Move {
  /** Server-relative, decoded. */
  readonly target: string
  readonly overwrites: boolean
  /** Takes the first free name instead of refusing a taken one. */
  readonly keepsBoth?: boolean
}

/** Moves or renames within a library: ids, eTag's GUID, versions and permissions stay. */
function move(context: RestContext, { library, item }: Place, { target, overwrites, keepsBoth = false }: Move): void {
  const { request, tenant, site, actor } = context
  const { items } = tenant
  const leaf = target.slice(target.lastIndexOf('/') + 1)
  const parent = findByPath(tenant, site, target.slice(0, target.lastIndexOf('/')))
  if (leaf === '' || parent?.kind !== 'folder')
    throw new ServiceError(
      404,
      '-2147024893, System.IO.DirectoryNotFoundException',
      `Could not find a part of the path '${target}'.`,
    )
  if (parent.library.driveId !== library.driveId)
    throw new ServiceError(501, '-1, System.NotImplementedException', 'The practice tenant moves within a library only.', {
      isUnknown: true,
    })
  const scopes = itemScopes(tenant, { kind: 'library', library, item: parent.item })
  requireAccess(request, tenant, site, 'contribute', scopes)
  const other = items.child(library.driveId, parent.item.itemId, leaf)
  let name = leaf
  if (other !== undefined && other.itemId !== item.itemId) {
    if (keepsBoth) name = items.freeName(library.driveId, parent.item.itemId, leaf)
    else if (overwrites && other.kind === 'file' && item.kind === 'file') items.recycle(library.driveId, other.itemId, actor)
    else
      throw new ServiceError(
        400,
        '-2130575257, Microsoft.SharePoint.SPException',
        `A file or folder with the name ${target.slice(1)} already exists.`,
      )
  }
  items.rename(library.driveId, item.itemId, { name, parentId: parent.item.itemId }, actor)
}

const moveFile: RestHandler = (context) => {
  const { argument } = context
  const target = argument('newurl') ?? argument('') ?? ''
  const flags = Number(argument('flags') ?? 0)
  if (![0, OVERWRITE].includes(flags)) throw invalidQuery('The practice tenant knows the move operations 0 and 1.', true)
  move(context, expectResource(context, 'file'), { target: decodePath(target), overwrites: flags === OVERWRITE })
  return { status: 200 }
}

const moveFolder: RestHandler = (context) => {
  const { at } = expectResource(context, 'folder')
  if (at.kind !== 'folder' || at.item.parentId === undefined)
    throw new ServiceError(403, '-2147024891, System.UnauthorizedAccessException', 'Access denied.')
  const target = context.argument('newurl') ?? context.argument('') ?? ''
  move(context, at, { target: decodePath(target), overwrites: false })
  return { status: 200 }
}

/** `SP.MoveCopyUtil.MoveFileByPath(overwrite=…)` and `MoveFolderByPath()`: absolute paths in the body. */
function moveByPath(kind: 'file' | 'folder'): RestHandler {
  return async (context) => {
    const { request, tenant, site, argument } = context
    const body = readMembers(
      await readRestBody(request),
      { srcPath: 'any', destPath: 'any', options: 'any', overwrite: 'boolean' },
      'SP.MoveCopyUtil',
    )
    const options = readMembers(
      isObject(body.options) ? Object.fromEntries(Object.entries(body.options).filter(([name]) => name !== '__metadata')) : {},
      {
        KeepBoth: 'boolean',
        ResetAuthorAndCreatedOnCopy: 'boolean',
        ShouldBypassSharedLocks: 'boolean',
        RetainEditorAndModifiedOnMove: 'boolean',
      },
      'SP.MoveCopyOptions',
    )
    const source = findByPath(tenant, site, pathOf(body.srcPath, 'srcPath'))
    if (source === undefined || (source.kind !== 'file' && source.kind !== 'folder') || source.kind !== kind)
      throw new ServiceError(404, '-2147024894, System.IO.FileNotFoundException', 'File Not Found.')
    if (source.item.parentId === undefined)
      throw new ServiceError(403, '-2147024891, System.UnauthorizedAccessException', 'Access denied.')
    const scopes = itemScopes(tenant, { kind: 'library', library: source.library, item: source.item })
    requireAccess(request, tenant, site, 'contribute', scopes)
    move(context, source, {
      target: pathOf(body.destPath, 'destPath'),
      overwrites: body.overwrite ?? /^true$/i.test(argument('overwrite') ?? ''),
      keepsBoth: options.KeepBoth ?? false,
    })
    return { status: 200 }
  }
}

function pathOf(value: unknown, name: string): string {
  const path = isObject(value) ? value.DecodedUrl : undefined
  if (typeof path !== 'string') throw invalidQuery(`The parameter ${name} is missing.`)
  return decodePath(path)
}

const WRITE = { methods: ['POST'], level: 'contribute', resourceUnits: 3 } as const

export const moveRoutes: readonly Route[] = [
  restRoute({ name: 'file.move', key: 'file/moveto', ...WRITE, handle: moveFile }),
  restRoute({ name: 'folder.move', key: 'folder/moveto', ...WRITE, handle: moveFolder }),
  restRoute({
    name: 'file.moveByPath',
    key: 'root/sp.movecopyutil.movefilebypath',
    ...WRITE,
    right: 'limited',
    handle: moveByPath('file'),
  }),
  restRoute({
    name: 'folder.moveByPath',
    key: 'root/sp.movecopyutil.movefolderbypath',
    ...WRITE,
    right: 'limited',
    handle: moveByPath('folder'),
  }),
]
