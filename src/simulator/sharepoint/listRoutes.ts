import type { Route, ServiceReply } from '../core/http.ts'
import type { ListSettings } from '../lists/records.ts'
import { type ListTarget, listIdOf, listsOf, targetsOf, titleOf } from '../lists/tenantLists.ts'
import { restFilterDialect } from '../odata/filterAst.ts'
import { compileFilter, type FilterField } from '../odata/filterMatcher.ts'
import { parseFilter } from '../odata/filterParser.ts'
import { reply } from './dialect.ts'
import { entityContext } from './entities.ts'
import { checkListMatch } from './listConditions.ts'
import { contentTypeCollection, listEntity, viewEntity } from './listEntities.ts'
import { project, projectAll, readRestOptions, unknownProperty } from './projection.ts'
import { readMembers, readRestBody } from './restBody.ts'
import { invalidQuery } from './restErrors.ts'
import { expectResource, type RestContext, type RestHandler, restRoute } from './restRoute.ts'

const LIST_FIELDS: Readonly<Record<string, FilterField<ListTarget>>> = {
  Title: { kind: 'text', read: titleOf },
  Id: { kind: 'text', read: listIdOf },
  Hidden: { kind: 'boolean', read: (target) => target.kind === 'list' && target.list.settings.isHidden },
  BaseTemplate: { kind: 'number', read: (target) => (target.kind === 'list' ? target.list.settings.baseTemplate : 101) },
  BaseType: { kind: 'number', read: (target) => (target.kind === 'list' ? 0 : 1) },
}

/** What a client may set on a list; the last group is accepted and has no effect here, as long as it is what the tenant does anyway. */
const LIST_MEMBERS = {
  Title: 'string',
  Description: 'string',
  BaseTemplate: 'number',
  Hidden: 'boolean',
  NoCrawl: 'boolean',
  OnQuickLaunch: 'boolean',
  EnableAttachments: 'boolean',
  EnableVersioning: 'boolean',
  ContentTypesEnabled: 'boolean',
  AllowContentTypes: 'boolean',
  EnableFolderCreation: 'boolean',
  EnableMinorVersions: 'boolean',
  EnableModeration: 'boolean',
  MajorVersionLimit: 'number',
  ListExperienceOptions: 'number',
  TemplateFeatureId: 'string',
} as const

type ListMembers = ReturnType<typeof readMembers<typeof LIST_MEMBERS>>

function settingsOf(body: ListMembers): Partial<ListSettings> {
  if (body.EnableModeration === true || body.EnableMinorVersions === true)
    throw invalidQuery('The practice tenant has no content approval and no minor versions.', true)
  return {
    ...(body.Description === undefined ? {} : { description: body.Description }),
    ...(body.Hidden === undefined ? {} : { isHidden: body.Hidden }),
    ...(body.NoCrawl === undefined ? {} : { noCrawl: body.NoCrawl }),
    ...(body.OnQuickLaunch === undefined ? {} : { isOnQuickLaunch: body.OnQuickLaunch }),
    ...(body.EnableAttachments === undefined ? {} : { hasAttachments: body.EnableAttachments }),
    ...(body.EnableVersioning === undefined ? {} : { hasVersioning: body.EnableVersioning }),
    ...(body.ContentTypesEnabled === undefined ? {} : { hasContentTypes: body.ContentTypesEnabled }),
  }
}

const listLists: RestHandler = ({ request, tenant, site, caller }) => {
  const options = readRestOptions(request.url.searchParams, ['$filter', '$top', '$orderby'])
  if (options.orderBy.some((term) => term.property !== 'Title')) throw invalidQuery('Lists are sorted by Title only.', true)
  const matches =
    options.filter === undefined
      ? () => true
      : compileFilter<ListTarget>(parseFilter(options.filter, restFilterDialect), (property) => {
          const field = LIST_FIELDS[property]
          if (field === undefined) throw unknownProperty(property)
          return field
        })
  const context = entityContext({ tenant, site, caller })
  const found = targetsOf(tenant, site)
    .filter(matches)
    .slice(0, options.top ?? 5_000)
  const entities = found.map((target) => listEntity(context, target))
  return reply(request, projectAll({ kind: 'collection', set: 'SP.ApiData.Lists', entities }, options.projection))
}

const createList: RestHandler = async ({ request, tenant, site, actor, caller }) => {
  const { projection } = readRestOptions(request.url.searchParams, [])
  const body = readMembers(await readRestBody(request, ['SP.List']), LIST_MEMBERS, 'SP.List')
  const title = body.Title ?? ''
  const template = body.BaseTemplate ?? 100
  const context = entityContext({ tenant, site, caller })
  const made = (target: ListTarget): ServiceReply => {
    const entity = listEntity(context, target)
    return reply(request, project(entity, projection), {
      status: 201,
      headers: { location: `https://${site.hostname}${site.path}/_api/${entity.id}` },
    })
  }
  const libraries = tenant.sites.libraries(site.siteId)
  if (template === 101) {
    const library = tenant.sites.createLibrary(site.siteId, title, title)
    return made({ kind: 'library', site, library })
  }
  if (template !== 100) throw invalidQuery(`The list template ${template} is not known to the practice tenant.`, true)
  const list = listsOf(tenant).createList({
    siteId: site.siteId,
    title,
    settings: settingsOf(body),
    actor,
    takenTitles: libraries.map((library) => library.title),
  })
  return made({ kind: 'list', site, list })
}

const getList: RestHandler = (context) => {
  const { request } = context
  const { projection } = readRestOptions(request.url.searchParams, [])
  const { target } = expectResource(context, 'list')
  return reply(request, project(listEntity(entityContext(context), target), projection))
}

const writeList: RestHandler = async (context) => {
  const { request, tenant, method, demand } = context
  const { target } = expectResource(context, 'list')
  demand('edit')
  checkListMatch(request, target)
  if (method === 'DELETE') return deleteList(context, target)
  if (method !== 'MERGE' && method !== 'PATCH') throw invalidQuery(`${method} is not supported for SP.List.`, true)
  const body = readMembers(await readRestBody(request, ['SP.List']), LIST_MEMBERS, 'SP.List')
  if (target.kind === 'library') {
    if (body.Title !== undefined && body.Title !== target.library.title)
      throw invalidQuery('The practice tenant does not rename libraries.', true)
    return { status: 204 }
  }
  const changed = listsOf(tenant).updateList(target.list.listId, {
    ...(body.Title === undefined ? {} : { title: body.Title }),
    settings: settingsOf(body),
  })
  return { status: 204, headers: { etag: `"${changed.listId},${changed.revision + 1}"` } }
}

function deleteList({ tenant }: RestContext, target: ListTarget): ServiceReply {
  if (target.kind === 'library') throw invalidQuery('The practice tenant does not delete libraries.', true)
  listsOf(tenant).removeList(target.list.listId)
  return { status: 200 }
}

const getView: RestHandler = (context) => {
  const { projection } = readRestOptions(context.request.url.searchParams, [])
  return reply(context.request, project(viewEntity(expectResource(context, 'view').target), projection))
}

const listViews: RestHandler = (context) => {
  const { projection } = readRestOptions(context.request.url.searchParams, ['$top'])
  const { target } = expectResource(context, 'views')
  return reply(
    context.request,
    projectAll({ kind: 'collection', set: 'SP.ApiData.Views', entities: [viewEntity(target)] }, projection),
  )
}

const listContentTypes: RestHandler = (context) => {
  const { projection } = readRestOptions(context.request.url.searchParams, ['$top'])
  return reply(context.request, projectAll(contentTypeCollection(expectResource(context, 'list').target), projection))
}

/** A filter set here leaks into Graph's items endpoint, as in the real service. */
const writeView: RestHandler = async (context) => {
  const { request, tenant, method, demand } = context
  const { target } = expectResource(context, 'view')
  demand('edit')
  if (target.kind === 'library' || (method !== 'MERGE' && method !== 'PATCH'))
    throw invalidQuery('The practice tenant does not do this to views.', true)
  const body = readMembers(await readRestBody(request, ['SP.View']), { ViewQuery: 'string', RowLimit: 'number' }, 'SP.View')
  if (body.ViewQuery !== undefined)
    listsOf(tenant).updateList(target.list.listId, { settings: { defaultViewQuery: body.ViewQuery } })
  return { status: 204 }
}

const READ = { level: 'read', resourceUnits: 2 } as const
const WRITE = { methods: ['POST', 'PATCH', 'MERGE', 'DELETE'], resourceUnits: 3 } as const

export const listRoutes: readonly Route[] = [
  restRoute({ name: 'list.list', key: 'lists', methods: ['GET'], ...READ, resourceUnits: 3, handle: listLists }),
  restRoute({
    name: 'list.create',
    key: 'lists',
    methods: ['POST'],
    level: 'edit',
    resourceUnits: 3,
    readsQuery: true,
    handle: createList,
  }),
  restRoute({ name: 'list.get', key: 'list', methods: ['GET'], ...READ, handle: getList }),
  restRoute({ name: 'list.write', key: 'list', ...WRITE, level: 'edit', handle: writeList }),
  restRoute({
    name: 'list.deleteObject',
    key: 'list/deleteobject',
    methods: ['POST'],
    level: 'edit',
    resourceUnits: 3,
    handle: (context) => deleteList(context, expectResource(context, 'list').target),
  }),
  restRoute({ name: 'contentType.list', key: 'list/contenttypes', methods: ['GET'], ...READ, handle: listContentTypes }),
  restRoute({ name: 'view.list', key: 'views', methods: ['GET'], ...READ, handle: listViews }),
  restRoute({ name: 'view.get', key: 'view', methods: ['GET'], ...READ, handle: getView }),
  restRoute({ name: 'view.write', key: 'view', ...WRITE, level: 'edit', handle: writeView }),
]
