import type { Route, ServiceReply, ServiceRequest } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import type { Tenant } from '../core/tenant.ts'
import { queryOptionRefusal } from '../lists/graphErrors.ts'
import { QueryOptionError, readQueryOptions } from '../odata/queryOptions.ts'
import { isAtLeast } from '../sharepoint/roleDefinitions.ts'
import { accessLevel, callerOf, requireAccess } from '../sharepoint/siteAccess.ts'
import type { SiteRecord } from '../store/siteStore.ts'
import { READ_FILES, READ_SITES } from './driveAccess.ts'
import { DRIVE_MEMBERS, driveShape, pick, siteShape } from './driveShapes.ts'
import { findSite } from './driveTarget.ts'
import { readGraphQuery } from './graphQuery.ts'
import { METADATA } from './itemReplies.ts'
import { isStillHidden } from './queryLag.ts'

const SITE = /^\/v1\.0\/sites\/([^/:]+)(?::\/([^:]*?))?(?::?\/(drives|sites)|:)?\/?$/i
const SITE_MEMBERS = [
  'createdDateTime',
  'description',
  'id',
  'lastModifiedDateTime',
  'name',
  'webUrl',
  'displayName',
  'root',
  'siteCollection',
]
const SEARCH_PAGE = 200

interface SitePath {
  readonly key: string
  readonly collection: string
}

/** `/sites/{key}`, `/sites/{host}:/path`, each optionally followed by `drives` or `sites` [B.1]. */
function parseSitePath(rawPath: string): SitePath | undefined {
  const parts = SITE.exec(rawPath)
  if (parts === null) return undefined
  const [, base = '', path, collection = ''] = parts
  // A path without a closing colon may itself end in a word that looks like a collection.
  if (path !== undefined && collection !== '' && !/:\/(drives|sites)\/?$/i.test(rawPath)) {
    return { key: `${decode(base)}:/${decode(`${path}/${collection}`)}:`, collection: '' }
  }
  const key = path === undefined ? decode(base) : `${decode(base)}:/${decode(path)}:`
  return { key, collection: collection.toLowerCase() }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function siteOf(request: ServiceRequest, tenant: Tenant, key: string): SiteRecord {
  const site = findSite(tenant, key)
  requireAccess(request, tenant, site, 'read')
  return site
}

function getSite(request: ServiceRequest, tenant: Tenant, key: string): ServiceReply {
  const { select } = readGraphQuery(request, ['$select'])
  const site = siteOf(request, tenant, key)
  return { status: 200, body: { '@odata.context': `${METADATA}#sites/$entity`, ...pick(siteShape(site), select, SITE_MEMBERS) } }
}

function listDrives(request: ServiceRequest, tenant: Tenant, key: string): ServiceReply {
  const { select, top, skipToken } = readGraphQuery(request, ['$select', '$top', '$skiptoken'])
  const site = siteOf(request, tenant, key)
  const libraries = tenant.sites.libraries(site.siteId)
  const start = Number(skipToken ?? 0)
  const page = libraries.slice(start, start + (top ?? libraries.length))
  const value = page.map((library) => pick(driveShape(tenant, { site, library }), select, DRIVE_MEMBERS))
  const query = new URLSearchParams(request.url.search)
  query.set('$skiptoken', String(start + page.length))
  const next = `${request.url.origin}${request.rawPath}?${query.toString().replaceAll('%24', '$')}`
  return {
    status: 200,
    body: {
      '@odata.context': `${METADATA}#drives`,
      ...(start + page.length < libraries.length ? { '@odata.nextLink': next } : {}),
      value,
    },
  }
}

/** Subwebs: sites of the practice tenant have none. */
function listSubsites(request: ServiceRequest, tenant: Tenant, key: string): ServiceReply {
  readGraphQuery(request, ['$select', '$top'])
  siteOf(request, tenant, key)
  return { status: 200, body: { '@odata.context': `${METADATA}#sites`, value: [] } }
}

/** Free text over titles and URLs, behind an index that lags. `*` finds all. Sites that the caller may not read do not appear. */
function searchSites(request: ServiceRequest, tenant: Tenant): ServiceReply {
  const query = new URLSearchParams(request.url.search)
  const wanted = (query.get('search') ?? query.get('$search') ?? '').replaceAll('"', '').trim().toLowerCase()
  query.delete('search')
  query.delete('$search')
  const { select, top, orderBy, skipToken } = readQueryOptions(query, ['$select', '$top', '$orderby', '$skiptoken'])
  if (orderBy.some(({ property }) => property.toLowerCase() !== 'createddatetime')) {
    throw new ServiceError(400, 'invalidRequest', 'Only createdDateTime can be used to sort the results of a site search.')
  }
  const caller = callerOf(request)
  const lag = { lagMs: tenant.behaviour.queryLagMs, nowMs: tenant.clock.now() }
  const found = tenant.sites
    .sites()
    .filter((site) => site.kind !== 'personal' && matchesText(site, wanted))
    .filter((site) => !isStillHidden(site.siteId, site.createdMs, lag) && isAtLeast(accessLevel(tenant, caller, site), 'read'))
    .toSorted((a, b) => (orderBy[0]?.isDescending === true ? b.createdMs - a.createdMs : a.createdMs - b.createdMs))
  const start = Number(skipToken ?? 0)
  const page = found.slice(start, start + Math.min(top ?? SEARCH_PAGE, SEARCH_PAGE))
  const nextQuery = new URLSearchParams(request.url.search)
  nextQuery.set('$skiptoken', String(start + page.length))
  return {
    status: 200,
    body: {
      '@odata.context': `${METADATA}#sites`,
      ...(start + page.length < found.length
        ? { '@odata.nextLink': `${request.url.origin}${request.rawPath}?${nextQuery.toString().replaceAll('%24', '$')}` }
        : {}),
      value: page.map((site) => pick(siteShape(site), select, SITE_MEMBERS)),
    },
  }
}

function matchesText(site: SiteRecord, wanted: string): boolean {
  if (wanted === '' || wanted === '*') return true
  const text = `${site.title} ${site.path} ${site.hostname}`.toLowerCase()
  return wanted.split(/\s+/).every((word) => text.includes(word.replace(/\*$/, '')))
}

/** Words a refused query option as Graph does. */
export function refusingOptions(handle: Route['handle']): Route['handle'] {
  return async (request, tenant, params) => {
    try {
      return await handle(request, tenant, params)
    } catch (error) {
      throw error instanceof QueryOptionError ? queryOptionRefusal(error) : error
    }
  }
}

function siteRoute(
  name: string,
  collection: string,
  options: { readonly resourceUnits: number; readonly permissions: readonly string[] },
  handle: (request: ServiceRequest, tenant: Tenant, key: string) => ServiceReply,
): Route {
  return {
    name,
    service: 'graph',
    methods: ['GET'],
    match: (rawPath) => {
      const path = parseSitePath(rawPath)
      return path?.collection === collection ? { key: path.key } : undefined
    },
    resourceUnits: options.resourceUnits,
    access: { delegated: options.permissions, application: options.permissions },
    handle: refusingOptions((request, tenant, { key = '' }) => handle(request, tenant, key)),
  }
}

export const routes: readonly Route[] = [
  {
    name: 'drive.sites.search',
    service: 'graph',
    methods: ['GET'],
    match: (rawPath, query) =>
      /^\/v1\.0\/sites\/?$/i.test(rawPath) && (query.has('search') || query.has('$search')) ? {} : undefined,
    resourceUnits: 2,
    access: { delegated: READ_SITES, application: READ_SITES },
    handle: refusingOptions(searchSites),
  },
  siteRoute('drive.site.get', '', { resourceUnits: 1, permissions: READ_SITES }, getSite),
  siteRoute('drive.site.drives', 'drives', { resourceUnits: 2, permissions: READ_FILES }, listDrives),
  siteRoute('drive.site.subsites', 'sites', { resourceUnits: 2, permissions: READ_SITES }, listSubsites),
]
