import type { Handler, Route, ServiceRequest } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import type { Tenant } from '../core/tenant.ts'
import { itemScopes } from '../sharepoint/itemScopes.ts'
import type { AccessLevel } from '../sharepoint/roleDefinitions.ts'
import { requireAccess } from '../sharepoint/siteAccess.ts'
import type { SiteRecord } from '../store/siteStore.ts'
import { graphRefusal } from './graphErrors.ts'
import { librariesOf } from './libraryStore.ts'
import { findById, findByTitle, type ListTarget, listIdOf, targetsOf } from './tenantLists.ts'

/** Reads of lists; any of them is enough. */
export const READ_SCOPES = ['Sites.Read.All', 'Sites.ReadWrite.All', 'Sites.Manage.All', 'Sites.FullControl.All']
export const WRITE_SCOPES = ['Sites.ReadWrite.All', 'Sites.Manage.All', 'Sites.FullControl.All']
export const MANAGE_SCOPES = ['Sites.Manage.All', 'Sites.FullControl.All']

const SITE_BASE = /^\/v1\.0\/sites\/([^/:]+(?::\/.+?:)?)\/lists(?:\/(.*))?$/i
const DRIVE_BASE = /^\/v1\.0\/drives\/([^/]+)\/list(?:\/(.*))?$/i

interface ListPath {
  readonly site?: string
  readonly drive?: string
  /** After `/lists`; for a drive's list the first one stands for the list. */
  readonly segments: readonly string[]
}

let lastPath: { readonly rawPath: string; readonly parsed: ListPath | undefined } | undefined

/** Segments stay percent-encoded until they are matched. */
function parseListPath(rawPath: string): ListPath | undefined {
  if (lastPath?.rawPath === rawPath) return lastPath.parsed
  const parsed = parseUncached(rawPath)
  lastPath = { rawPath, parsed }
  return parsed
}

function parseUncached(rawPath: string): ListPath | undefined {
  const bySite = SITE_BASE.exec(rawPath)
  if (bySite !== null) return { site: decodeSegment(bySite[1] ?? ''), segments: splitPath(bySite[2]) }
  const byDrive = DRIVE_BASE.exec(rawPath)
  if (byDrive !== null) return { drive: decodeSegment(byDrive[1] ?? ''), segments: ['@drive', ...splitPath(byDrive[2])] }
  return undefined
}

function splitPath(rest: string | undefined): string[] {
  return rest === undefined || rest === '' ? [] : rest.replace(/\/$/, '').split('/')
}

export function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** Matches what stands behind `/sites/{site}/lists`, or `/drives/{drive}/list` when the template starts with `{list}`. */
export function matchListPath(template: string): Route['match'] {
  const wanted = template.split('/').filter((part) => part !== '')
  return (rawPath) => {
    const path = parseListPath(rawPath)
    if (path === undefined || path.segments.length !== wanted.length) return undefined
    const params: Record<string, string> = {}
    for (const [index, part] of wanted.entries()) {
      const segment = decodeSegment(path.segments[index] ?? '')
      if (part.startsWith('{')) params[part.slice(1, -1)] = segment
      else if (segment.replace(/\(\)$/, '').toLowerCase() !== part.toLowerCase()) return undefined
    }
    if (path.site !== undefined) params.site = path.site
    if (path.drive !== undefined) params.drive = path.drive
    return params
  }
}

export type ListHandler = (context: {
  readonly request: ServiceRequest
  readonly tenant: Tenant
  readonly params: Readonly<Record<string, string>>
  readonly site: SiteRecord
}) => ReturnType<Handler>

/** A Graph route below a site: finds the site, checks the caller's access to it, and words refusals as Graph does. */
export function listRoute(options: {
  readonly name: string
  readonly methods: readonly string[]
  readonly template: string
  readonly scopes: readonly string[]
  readonly level: AccessLevel
  readonly resourceUnits: Route['resourceUnits']
  readonly handle: ListHandler
}): Route {
  return {
    name: options.name,
    service: 'graph',
    methods: options.methods,
    match: matchListPath(options.template),
    resourceUnits: options.resourceUnits,
    access: { delegated: options.scopes, application: options.scopes },
    async handle(request, tenant, params) {
      try {
        const site = siteOf(tenant, params)
        requireAccess(request, tenant, site, options.level, params.list === undefined ? [] : scopesOf(tenant, site, params))
        return await options.handle({ request, tenant, params, site })
      } catch (error) {
        throw graphRefusal(error, tenant, request)
      }
    },
  }
}

function scopesOf(tenant: Tenant, site: SiteRecord, params: Readonly<Record<string, string>>): readonly string[] {
  const target = targetOf(tenant, site, params)
  const listId = listIdOf(target)
  if (target.kind === 'library' && /^\d{1,9}$/.test(params.item ?? '')) {
    const item = librariesOf(tenant).item(target.library, Number(params.item))
    if (item !== undefined) return itemScopes(tenant, { kind: 'library', library: target.library, item })
  }
  return params.item === undefined ? [`list:${listId}`] : [`item:${listId}:${params.item}`, `list:${listId}`]
}

function siteOf(tenant: Tenant, params: Readonly<Record<string, string>>): SiteRecord {
  if (params.drive !== undefined) {
    const library = tenant.sites.libraryByDrive(params.drive)
    const site = library === undefined ? undefined : tenant.sites.site(library.siteId)
    if (site === undefined) throw new ServiceError(404, 'itemNotFound', 'The resource could not be found.')
    return site
  }
  const site = resolveSite(tenant, params.site ?? '')
  if (site === undefined) throw new ServiceError(404, 'itemNotFound', 'Requested site could not be found')
  return site
}

/** `root`, `host`, `host,siteId,webId`, a bare site id, or `host:/path:` [B.1]. */
export function resolveSite(tenant: Tenant, key: string): SiteRecord | undefined {
  const rootHost = `${tenant.name}.sharepoint.com`
  if (key.toLowerCase() === 'root') return tenant.sites.siteByPath(rootHost, '')
  const byPath = /^([^:]+):(\/.*):$/.exec(key)
  if (byPath !== null) return tenant.sites.siteByPath((byPath[1] ?? '').toLowerCase(), (byPath[2] ?? '').replace(/\/$/, ''))
  const [host = '', siteId, webId] = key.split(',')
  if (siteId !== undefined) {
    const site = tenant.sites.site(siteId.toLowerCase())
    return site !== undefined && site.hostname === host.toLowerCase() && (webId ?? site.webId).toLowerCase() === site.webId
      ? site
      : undefined
  }
  return key.includes('.') ? tenant.sites.siteByPath(host.toLowerCase(), '') : tenant.sites.site(key.toLowerCase())
}

/** The list that `{list}` names by id, title or URL name; a drive's own list. Throws 404. */
export function targetOf(tenant: Tenant, site: SiteRecord, params: Readonly<Record<string, string>>): ListTarget {
  if (params.drive !== undefined) {
    const library = tenant.sites.libraryByDrive(params.drive)
    if (library !== undefined) return { kind: 'library', site, library }
  }
  const key = params.list ?? ''
  const found =
    findById(tenant, site, key) ??
    findByTitle(tenant, site, key) ??
    targetsOf(tenant, site).find((target) => target.kind === 'list' && target.list.urlName.toLowerCase() === key.toLowerCase())
  if (found === undefined) throw new ServiceError(404, 'itemNotFound', 'The specified list was not found')
  return found
}

/** The id of Graph's site resource. */
export function siteGraphId(site: SiteRecord): string {
  return `${site.hostname},${site.siteId},${site.webId}`
}
