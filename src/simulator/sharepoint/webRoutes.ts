import type { Route } from '../core/http.ts'
import { sharePointHosts } from '../core/services.ts'
import { restFilterDialect } from '../odata/filterAst.ts'
import { compileFilter, type FilterField } from '../odata/filterMatcher.ts'
import { parseFilter } from '../odata/filterParser.ts'
import type { Entity } from './dialect.ts'
import { complex, functionReply, reply } from './dialect.ts'
import { entityContext } from './entities.ts'
import { principalNotFound } from './principalErrors.ts'
import { project, projectAll, readRestOptions } from './projection.ts'
import { readMembers, readRestBody } from './restBody.ts'
import { invalidQuery } from './restErrors.ts'
import { expectResource, type RestHandler, restRoute } from './restRoute.ts'
import { permissionsOf } from './siteAccess.ts'
import {
  groupCollection,
  groupEntity,
  roleDefinitionCollection,
  roleDefinitionEntity,
  siteEntity,
  siteUrl,
  userCollection,
  userEntity,
  webEntity,
} from './webEntities.ts'

const DIGEST_SECONDS = 1_800

const getWeb: RestHandler = ({ request, tenant, site, caller }) => {
  const { projection } = readRestOptions(request.url.searchParams, [])
  return reply(request, project(webEntity(entityContext({ tenant, site, caller })), projection))
}

const updateWeb: RestHandler = async ({ request, tenant, site, method, demand }) => {
  if (method !== 'MERGE' && method !== 'PATCH') throw invalidQuery(`${method} is not supported for SP.Web.`, true)
  demand('full')
  const { Title: title } = readMembers(await readRestBody(request, ['SP.Web']), { Title: 'string' }, 'SP.Web')
  if (title !== undefined) tenant.sites.updateSite(site.siteId, { title })
  return { status: 204 }
}

const getSite: RestHandler = ({ request, tenant, site, caller }) => {
  const { projection } = readRestOptions(request.url.searchParams, [])
  return reply(request, project(siteEntity(entityContext({ tenant, site, caller })), projection))
}

const listWebs: RestHandler = ({ request }) => {
  readRestOptions(request.url.searchParams, ['$filter', '$top'])
  return reply(request, { kind: 'collection', set: 'SP.ApiData.Webs', entities: [] })
}

/** The digest is not needed with a bearer token; clients written for cookies ask for it all the same [A.10]. */
const contextInfo: RestHandler = ({ request, tenant, site }) =>
  functionReply(
    request,
    'GetContextWebInformation',
    complex('SP.ContextWebInformation', {
      FormDigestTimeoutSeconds: DIGEST_SECONDS,
      FormDigestValue: `0x${tenant.random.bytes(32).toString('hex').toUpperCase()},${new Date(tenant.clock.now()).toUTCString().slice(5, 25)} -0000`,
      LibraryVersion: '16.0.26607.12000',
      SiteFullUrl: siteUrl(site),
      SupportedSchemaVersions: ['14.0.0.0', '15.0.0.0'],
      WebFullUrl: siteUrl(site),
    }),
  )

const getUser: RestHandler = (context) => {
  const { request, caller } = context
  const { projection } = readRestOptions(request.url.searchParams, [])
  const { principal } = expectResource(context, 'user')
  const isSelf = /\/currentuser$/i.test(request.rawPath)
  return reply(request, project(userEntity(entityContext(context), principal, isSelf ? caller : undefined), projection))
}

function userField(property: string): FilterField<Entity> {
  if (property === 'IsSiteAdmin') return { kind: 'boolean', read: (entity) => entity.properties.IsSiteAdmin === true }
  if (property === 'Id') return { kind: 'number', read: (entity) => Number(entity.properties.Id) }
  if (!['LoginName', 'Title', 'Email', 'UserPrincipalName'].includes(property))
    throw invalidQuery(`The field or property '${property}' does not exist.`)
  return {
    kind: 'text',
    read: (entity) => {
      const value = entity.properties[property]
      return typeof value === 'string' ? value : null
    },
  }
}

const listUsers: RestHandler = ({ request, tenant, site, caller }) => {
  const options = readRestOptions(request.url.searchParams, ['$filter', '$top'])
  const users = userCollection(entityContext({ tenant, site, caller }))
  const matches =
    options.filter === undefined ? () => true : compileFilter<Entity>(parseFilter(options.filter, restFilterDialect), userField)
  const entities = users.entities.filter(matches).slice(0, options.top ?? 5_000)
  return reply(request, projectAll({ ...users, entities }, options.projection))
}

const ensureUser: RestHandler = async ({ request, tenant, site, argument, caller }) => {
  const { projection } = readRestOptions(request.url.searchParams, [])
  const named = argument('')
  const login = named ?? (await loginFromBody(request))
  const isRefused = /spo-grid-all-users/i.test(login) && tenant.faults.isActive('everyoneRefused', request)
  const principal = isRefused ? undefined : permissionsOf(tenant).ensure(site, login)
  if (principal === undefined) throw principalNotFound(login)
  return reply(request, project(userEntity(entityContext({ tenant, site, caller }), principal), projection))
}

async function loginFromBody(request: Parameters<typeof readRestBody>[0]): Promise<string> {
  const { logonName } = readMembers(await readRestBody(request), { logonName: 'string' }, 'ensureuser')
  if (logonName === undefined) throw invalidQuery('The parameter logonName is missing.')
  return logonName
}

const listGroups: RestHandler = ({ request, tenant, site, caller }) => {
  const { projection } = readRestOptions(request.url.searchParams, ['$filter', '$top'])
  if (request.url.searchParams.has('$filter')) throw invalidQuery('The practice tenant does not filter site groups.', true)
  return reply(request, projectAll(groupCollection(entityContext({ tenant, site, caller })), projection))
}

const getGroup: RestHandler = (context) => {
  const { projection } = readRestOptions(context.request.url.searchParams, [])
  return reply(context.request, project(groupEntity(context.site, expectResource(context, 'group').principal), projection))
}

const listGroupUsers: RestHandler = (context) => {
  const { request, tenant, site } = context
  const { projection } = readRestOptions(request.url.searchParams, ['$top'])
  const { principal } = expectResource(context, 'groupUsers')
  const entities = permissionsOf(tenant)
    .groupMembers(site, principal.principalId)
    .map((member) => userEntity(entityContext(context), member))
  return reply(request, projectAll({ kind: 'collection', set: 'SP.ApiData.Users', entities }, projection))
}

const listRoleDefinitions: RestHandler = ({ request, site }) => {
  const { projection } = readRestOptions(request.url.searchParams, ['$top'])
  return reply(request, projectAll(roleDefinitionCollection(site), projection))
}

const getRoleDefinition: RestHandler = (context) => {
  const { projection } = readRestOptions(context.request.url.searchParams, [])
  return reply(
    context.request,
    project(roleDefinitionEntity(expectResource(context, 'roleDefinition').role, context.site), projection),
  )
}

const siteExists: RestHandler = async ({ request, tenant }) => {
  const { url } = readMembers(await readRestBody(request), { url: 'string' }, 'SP.Site.Exists')
  const asked = new URL(url ?? '', `https://${sharePointHosts(tenant.name).root}`)
  return functionReply(
    request,
    'Exists',
    tenant.sites.siteByPath(asked.hostname, decodeURIComponent(asked.pathname).replace(/\/$/, '')) !== undefined,
  )
}

const GET = { methods: ['GET'], level: 'read', resourceUnits: 2 } as const

export const webRoutes: readonly Route[] = [
  restRoute({ name: 'web.get', key: 'web', ...GET, right: 'limited', handle: getWeb }),
  restRoute({
    name: 'web.update',
    key: 'web',
    methods: ['POST', 'PATCH', 'MERGE'],
    level: 'contribute',
    resourceUnits: 3,
    handle: updateWeb,
  }),
  restRoute({ name: 'web.webs', key: 'web/webs', ...GET, handle: listWebs }),
  restRoute({ name: 'site.get', key: 'site', ...GET, handle: getSite }),
  restRoute({
    name: 'site.exists',
    key: 'root/sp.site.exists',
    ...GET,
    methods: ['POST'],
    needsSiteAccess: false,
    handle: siteExists,
  }),
  restRoute({ name: 'contextInfo', key: 'root/contextinfo', ...GET, right: 'limited', methods: ['POST'], handle: contextInfo }),
  restRoute({ name: 'user.get', key: 'user', ...GET, right: 'limited', handle: getUser }),
  restRoute({ name: 'user.list', key: 'users', ...GET, handle: listUsers }),
  restRoute({
    name: 'user.ensure',
    key: 'web/ensureuser',
    methods: ['POST'],
    level: 'contribute',
    resourceUnits: 3,
    readsQuery: true,
    handle: ensureUser,
  }),
  restRoute({ name: 'group.list', key: 'groups', ...GET, handle: listGroups }),
  restRoute({ name: 'group.get', key: 'group', ...GET, handle: getGroup }),
  restRoute({ name: 'group.users', key: 'groupUsers', ...GET, handle: listGroupUsers }),
  restRoute({ name: 'roleDefinition.list', key: 'roleDefinitions', ...GET, handle: listRoleDefinitions }),
  restRoute({ name: 'roleDefinition.get', key: 'roleDefinition', ...GET, handle: getRoleDefinition }),
]
