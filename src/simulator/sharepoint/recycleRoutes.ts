import type { Route } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import { isoSeconds } from '../lists/columnValues.ts'
import { restFilterDialect } from '../odata/filterAst.ts'
import { compileFilter, type FilterField } from '../odata/filterMatcher.ts'
import { parseFilter } from '../odata/filterParser.ts'
import type { ActorRef } from '../store/itemStore.ts'
import type { RecycledItem } from '../store/recycleBin.ts'
import { complex, type Entity, reply } from './dialect.ts'
import { project, projectAll, readRestOptions, unknownProperty } from './projection.ts'
import { recycledFor } from './recycledResources.ts'
import { readMembers, readRestBody } from './restBody.ts'
import { invalidQuery } from './restErrors.ts'
import { expectResource, type RestContext, type RestHandler, restRoute } from './restRoute.ts'

const FILE = 1
const FOLDER = 5

function recycledEntity(context: Pick<RestContext, 'tenant'>, entry: RecycledItem): Entity {
  const { item, dirName, deletedBy } = entry
  const mailOf = (actor: ActorRef) => context.tenant.directory.user(actor.userId ?? '')?.mail ?? ''
  return {
    kind: 'entity',
    type: 'SP.RecycleBinItem',
    id: `Site/RecycleBin('${entry.recycleId}')`,
    properties: {
      AuthorEmail: mailOf(item.createdBy),
      AuthorName: item.createdBy.displayName,
      DeletedByEmail: mailOf(deletedBy),
      DeletedByName: deletedBy.displayName,
      DeletedDate: isoSeconds(entry.deletedMs),
      DeletedDateLocalFormatted: new Date(entry.deletedMs).toISOString().slice(0, 16).replace('T', ' '),
      DirName: dirName,
      DirNamePath: complex('SP.ResourcePath', { DecodedUrl: dirName }),
      Id: entry.recycleId,
      ItemState: entry.stage,
      ItemType: item.kind === 'folder' ? FOLDER : FILE,
      LeafName: item.name,
      LeafNamePath: complex('SP.ResourcePath', { DecodedUrl: item.name }),
      Size: String(entry.sizeBytes),
      Title: item.name,
    },
  }
}

const TEXTS: Readonly<Record<string, (entry: RecycledItem) => string>> = {
  Id: ({ recycleId }) => recycleId,
  DirName: ({ dirName }) => dirName,
  LeafName: ({ item }) => item.name,
  Title: ({ item }) => item.name,
}

function fieldOf(property: string): FilterField<RecycledItem> {
  if (property === 'ItemState') return { kind: 'number', read: ({ stage }) => stage }
  if (property === 'ItemType') return { kind: 'number', read: ({ item }) => (item.kind === 'folder' ? FOLDER : FILE) }
  if (property === 'DeletedDate') return { kind: 'date', read: ({ deletedMs }) => Math.floor(deletedMs / 1000) * 1000 }
  const read = TEXTS[property]
  if (read === undefined) throw unknownProperty(property)
  return { kind: 'text', read }
}

const listRecycled: RestHandler = (context) => {
  const options = readRestOptions(context.request.url.searchParams, ['$filter', '$top'])
  const matches =
    options.filter === undefined
      ? () => true
      : compileFilter<RecycledItem>(parseFilter(options.filter, restFilterDialect), fieldOf)
  const entities = recycledFor(context)
    .filter(matches)
    .slice(0, options.top ?? 5_000)
    .map((entry) => recycledEntity(context, entry))
  return reply(
    context.request,
    projectAll({ kind: 'collection', set: 'SP.ApiData.RecycleBinItems', entities }, options.projection),
  )
}

const getRecycled: RestHandler = (context) => {
  const { projection } = readRestOptions(context.request.url.searchParams, [])
  return reply(context.request, project(recycledEntity(context, expectResource(context, 'recycled').entry), projection))
}

function restore({ tenant, actor }: RestContext, { recycleId, item, dirName }: RecycledItem): void {
  try {
    tenant.items.restore(recycleId, actor)
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== 'nameAlreadyExists') throw error
    throw new ServiceError(
      400,
      '-2146232832, Microsoft.SharePoint.SPException',
      `A file or folder with this name "${item.name}" already exists in "${dirName}". To restore the item, rename the existing one and try again.`,
    )
  }
}

const restoreOne: RestHandler = (context) => {
  restore(context, expectResource(context, 'recycled').entry)
  return { status: 200 }
}

const restoreAll: RestHandler = (context) => {
  for (const entry of recycledFor(context)) restore(context, entry)
  return { status: 200 }
}

/** POST `{"ids":["…"]}`; ids that are not there are refused before anything comes back. */
const restoreByIds: RestHandler = async (context) => {
  const { ids } = readMembers(await readRestBody(context.request), { ids: 'any' }, 'RecycleBin.RestoreByIds')
  if (!Array.isArray(ids)) throw invalidQuery('The parameter ids is missing.')
  const entries = recycledFor(context)
  const wanted = ids.map((id: unknown) => {
    const entry = entries.find((each) => each.recycleId === String(id).toLowerCase())
    if (entry === undefined)
      throw new ServiceError(404, '-2147024894, System.IO.FileNotFoundException', 'The recycle bin item does not exist.')
    return entry
  })
  for (const entry of wanted) restore(context, entry)
  return { status: 200 }
}

const purgeOne: RestHandler = (context) => {
  context.tenant.items.purge(expectResource(context, 'recycled').entry.recycleId)
  return { status: 200 }
}

const purgeAll: RestHandler = (context) => {
  for (const { recycleId, stage } of recycledFor(context)) if (stage === 1) context.tenant.items.purge(recycleId)
  return { status: 200 }
}

const moveOn: RestHandler = (context) => {
  context.tenant.items.moveToSecondStage(expectResource(context, 'recycled').entry.recycleId)
  return { status: 200 }
}

const READ = { methods: ['GET'], level: 'read', resourceUnits: 2 } as const
const WRITE = { methods: ['POST'], level: 'contribute', resourceUnits: 3 } as const

export const recycleRoutes: readonly Route[] = [
  restRoute({ name: 'recycled.list', key: 'recycleBin', ...READ, handle: listRecycled }),
  restRoute({ name: 'recycled.get', key: 'recycled', ...READ, handle: getRecycled }),
  restRoute({ name: 'recycled.restore', key: 'recycled/restore', ...WRITE, handle: restoreOne }),
  restRoute({ name: 'recycled.restoreAll', key: 'recycleBin/restoreall', ...WRITE, handle: restoreAll }),
  restRoute({ name: 'recycled.restoreByIds', key: 'recycleBin/restorebyids', ...WRITE, handle: restoreByIds }),
  restRoute({ name: 'recycled.purge', key: 'recycled/deleteobject', ...WRITE, handle: purgeOne }),
  restRoute({ name: 'recycled.purgeAll', key: 'recycleBin/deleteall', ...WRITE, handle: purgeAll }),
  restRoute({ name: 'recycled.secondStage', key: 'recycled/movetosecondstage', ...WRITE, handle: moveOn }),
]
