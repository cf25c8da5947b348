import type { Route } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import { sharePointHosts } from '../core/services.ts'
import type { Tenant } from '../core/tenant.ts'
import { numberOf, type Row, textOf } from '../lists/rows.ts'
import { complex, functionReply } from './dialect.ts'
import { isObject, readMembers, readRestBody } from './restBody.ts'
import { invalidQuery } from './restErrors.ts'
import { type RestContext, type RestHandler, restRoute } from './restRoute.ts'

/** `SiteStatus` of the site manager. */
const NOT_FOUND = 0
const PROVISIONING = 1
const READY = 2
const SAME_URL = 4

const SHORTEST_MS = 2_000
const SPREAD_MS = 8_000

const REQUEST_MEMBERS = {
  Title: 'string',
  Url: 'string',
  Lcid: 'number',
  WebTemplate: 'string',
  Owner: 'string',
  Description: 'string',
  Classification: 'string',
  ShareByEmailEnabled: 'boolean',
  SiteDesignId: 'string',
  HubSiteId: 'string',
  WebTemplateExtensionId: 'string',
  SensitivityLabel: 'string',
  TimeZoneId: 'number',
} as const
const TEMPLATES = ['SITEPAGEPUBLISHING#0', 'STS#3']

interface SiteUrl {
  readonly hostname: string
  readonly path: string
}

function readUrl(tenant: Tenant, text: string): SiteUrl {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const path = url === undefined ? '' : decodeURIComponent(url.pathname).replace(/\/$/, '')
  if (url === undefined || url.hostname !== sharePointHosts(tenant.name).root || !/^\/(sites|teams)\/[^/]+$/i.test(path))
    throw new ServiceError(400, '-2147024809, System.ArgumentException', 'The site URL is not valid.')
  return { hostname: url.hostname, path }
}

function pending(tenant: Tenant, { path }: SiteUrl): Row | undefined {
  return tenant.db.prepare('SELECT * FROM site_requests WHERE path = ?').get(path.toLowerCase())
}

/** Makes the site once its time has come; also after a restart, because the request is stored. */
function provision(tenant: Tenant, url: SiteUrl): void {
  const row = pending(tenant, url)
  if (row === undefined || numberOf(row, 'ready_ms') > tenant.clock.now()) return
  if (tenant.sites.siteByPath(url.hostname, url.path) === undefined) {
    const ownerId = textOf(row, 'owner_id')
    tenant.sites.createSite({ ...url, title: textOf(row, 'title'), kind: 'team', ownerId, adminIds: [ownerId] })
  }
  tenant.db.prepare('DELETE FROM site_requests WHERE path = ?').run(url.path.toLowerCase())
}

function ownerIdOf({ tenant, caller }: RestContext, owner: string | undefined): string {
  const asked = owner === undefined || owner === '' ? undefined : tenant.directory.user(owner.split('|').at(-1) ?? '')
  if (asked !== undefined) return asked.objectId
  if (caller.kind === 'app')
    throw new ServiceError(400, '-2147024809, System.ArgumentException', 'The site owner is missing or could not be found.')
  return caller.objectId
}

function answer(context: RestContext, name: string, status: number, siteId: string, url: string) {
  return functionReply(
    context.request,
    name,
    complex('Microsoft.SharePoint.Portal.SPSiteCreationResponse', { SiteId: siteId, SiteStatus: status, SiteUrl: url }),
  )
}

/** Provisioning takes some seconds of tenant time; ask `status` until it says 2. */
const createSite: RestHandler = async (context) => {
  const { request, tenant } = context
  const body = readMembers(await readRestBody(request), { request: 'any' }, 'SPSiteManager/create')
  const { __metadata: _type, ...members } = isObject(body.request) ? body.request : {}
  const asked = readMembers(members, REQUEST_MEMBERS, 'Microsoft.SharePoint.Portal.SPSiteCreationRequest')
  if (asked.WebTemplate !== undefined && !TEMPLATES.includes(asked.WebTemplate))
    throw invalidQuery(`The web template '${asked.WebTemplate}' is not known to the practice tenant.`, true)
  const text = asked.Url ?? ''
  const url = readUrl(tenant, text)
  const ownerId = ownerIdOf(context, asked.Owner)
  if (tenant.sites.siteByPath(url.hostname, url.path) !== undefined || pending(tenant, url) !== undefined)
    return answer(context, 'Create', SAME_URL, '', text)
  const readyMs = tenant.clock.now() + SHORTEST_MS + tenant.random.integer(SPREAD_MS)
  tenant.db
    .prepare('INSERT INTO site_requests (path, title, owner_id, ready_ms) VALUES (?,?,?,?)')
    .run(url.path.toLowerCase(), asked.Title ?? url.path.slice(url.path.lastIndexOf('/') + 1), ownerId, readyMs)
  tenant.later(readyMs, () => provision(tenant, url))
  return answer(context, 'Create', PROVISIONING, '', text)
}

const siteStatus: RestHandler = (context) => {
  const { request, tenant, argument } = context
  const unknown = [...request.url.searchParams.keys()].find((name) => name !== 'url' && !name.startsWith('@'))
  if (unknown !== undefined) throw invalidQuery(`The query parameter '${unknown}' is not supported.`, true)
  const text = argument('url') ?? argument('') ?? context.request.url.searchParams.get('url')?.replace(/^'|'$/g, '') ?? ''
  const url = readUrl(tenant, text)
  provision(tenant, url)
  if (pending(tenant, url) !== undefined) return answer(context, 'Status', PROVISIONING, '', text)
  const site = tenant.sites.siteByPath(url.hostname, url.path)
  return site === undefined ? answer(context, 'Status', NOT_FOUND, '', '') : answer(context, 'Status', READY, site.siteId, text)
}

const OUTSIDE = { needsSiteAccess: false } as const

export const siteManagerRoutes: readonly Route[] = [
  restRoute({
    name: 'site.create',
    key: 'siteManager/create',
    methods: ['POST'],
    level: 'full',
    resourceUnits: 5,
    ...OUTSIDE,
    handle: createSite,
  }),
  restRoute({
    name: 'site.status',
    key: 'siteManager/status',
    methods: ['GET', 'POST'],
    level: 'read',
    resourceUnits: 2,
    ...OUTSIDE,
    readsQuery: true,
    handle: siteStatus,
  }),
]
