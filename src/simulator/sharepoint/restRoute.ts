import type { Caller } from '../core/caller.ts'
import type { Route, ServiceReply, ServiceRequest } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import { sharePointHosts } from '../core/services.ts'
import type { Tenant } from '../core/tenant.ts'
import type { ActorRef } from '../store/itemStore.ts'
import type { SiteRecord } from '../store/siteStore.ts'
import { dialectOf } from './dialect.ts'
import type { Resource } from './resource.ts'
import { invalidQuery, notFoundResource, restRefusal } from './restErrors.ts'
import { literalValue, parseRestPath, type ResourceType, type RestPath, type RestSegment } from './restPath.ts'
import { resolveResource } from './restResources.ts'
import type { AccessLevel } from './roleDefinitions.ts'
import { actorOf, callerOf, requireAccess } from './siteAccess.ts'

export const SCOPES = {
  read: {
    delegated: ['AllSites.Read', 'AllSites.Write', 'AllSites.Manage', 'AllSites.FullControl'],
    application: ['Sites.Read.All', 'Sites.ReadWrite.All', 'Sites.Manage.All', 'Sites.FullControl.All'],
  },
  contribute: {
    delegated: ['AllSites.Write', 'AllSites.Manage', 'AllSites.FullControl'],
    application: ['Sites.ReadWrite.All', 'Sites.Manage.All', 'Sites.FullControl.All'],
  },
  edit: { delegated: ['AllSites.Manage', 'AllSites.FullControl'], application: ['Sites.Manage.All', 'Sites.FullControl.All'] },
  full: { delegated: ['AllSites.FullControl'], application: ['Sites.FullControl.All'] },
} as const

export interface RestContext {
  readonly request: ServiceRequest
  readonly tenant: Tenant
  readonly site: SiteRecord
  readonly caller: Caller
  readonly actor: ActorRef
  readonly resource: Resource
  /** `X-HTTP-Method` of a POST, else the request's own method. */
  readonly method: string
  /** Argument of the called operation by lower-case name, `''` for the first positional one; aliases resolved. */
  readonly argument: (name: string) => string | undefined
  /** Checks a right beyond the one the route demands. */
  readonly demand: (level: AccessLevel) => void
}

export type RestHandler = (context: RestContext) => Promise<ServiceReply> | ServiceReply

export interface RestRouteOptions {
  readonly name: string
  readonly methods: readonly string[]
  /** `list`, or `list/getchanges` for an operation of it. */
  readonly key: string
  readonly level: Exclude<AccessLevel, 'none' | 'limited'>
  /** The right at the resource, where it is less than `level`: `limited` for what everybody may ask who gets into the site at all. */
  readonly right?: AccessLevel
  readonly resourceUnits: number
  readonly handle: RestHandler
  /** Operations outside a site's content (site manager, context info) need no right in the web of their URL. */
  readonly needsSiteAccess?: boolean
  /** Whether the handler reads the query itself. Else there must be nothing in it but aliases. Default: GET routes do. */
  readonly readsQuery?: boolean
}

/** `type` or `type/operation`. */
function keyOf(path: RestPath): string {
  return path.operation === undefined ? path.type : `${path.type}/${path.operation.name}`
}

/** A SharePoint REST route: finds web and resource, checks rights, words refusals in the dialect of the request. */
export function restRoute(options: RestRouteOptions): Route {
  return {
    name: `sharepoint.${options.name}`,
    service: 'sharepoint',
    methods: options.methods,
    match: (rawPath) => {
      const path = parseRestPath(rawPath)
      return path !== undefined && keyOf(path) === options.key ? {} : undefined
    },
    resourceUnits: options.resourceUnits,
    access: SCOPES[options.level],
    async handle(request, tenant) {
      try {
        return await options.handle(openContext(request, tenant, options))
      } catch (error) {
        throw inDialect(restRefusal(error, tenant, request), request)
      }
    },
  }
}

function webNotFound(request: ServiceRequest, tenant: Tenant): ServiceError {
  if (request.host === sharePointHosts(tenant.name).admin)
    return new ServiceError(
      501,
      '-1, Microsoft.SharePoint.Client.ResourceNotFoundException',
      'The practice tenant has no tenant administration API.',
      { isUnknown: true },
    )
  const text = '404 FILE NOT FOUND'
  return new ServiceError(404, '-1, Microsoft.SharePoint.Client.ResourceNotFoundException', text, {
    rawBody: { contentType: 'text/plain; charset=utf-8', text },
  })
}

function openContext(request: ServiceRequest, tenant: Tenant, options: RestRouteOptions): RestContext {
  const path = parseRestPath(request.rawPath)
  const site = path === undefined ? undefined : tenant.sites.siteByPath(request.host, path.webPath.replace(/\/$/, ''))
  if (path === undefined || site === undefined) throw webNotFound(request, tenant)
  const caller = callerOf(request)
  const aliases = request.url.searchParams
  checkQuery(request, options)
  const context = { request, tenant, site, caller }
  // Who has rights anywhere below has Limited Access here.
  if (options.needsSiteAccess !== false) requireAccess(request, tenant, site, 'limited', [])
  const resource = resolveResource({
    ...context,
    steps: path.steps,
    argumentOf: (segment, name) => argumentOf(segment, name, aliases),
  })
  const demand = (level: AccessLevel): void => requireAccess(request, tenant, site, level, resource.scopes)
  if (options.needsSiteAccess !== false) demand(options.right ?? options.level)
  const override = request.headers['x-http-method'] ?? request.headers['x-http-method-override']
  return {
    ...context,
    actor: actorOf(caller),
    resource,
    method: request.method === 'POST' && typeof override === 'string' ? override.toUpperCase() : request.method,
    argument: (name) => (path.operation === undefined ? undefined : argumentOf(path.operation, name, aliases)),
    demand,
  }
}

/**
 * Refuses aliases that the path does not name, and every other parameter unless the handler reads the query. PnPjs leaves `$select` on its
 * writes, which answer nothing that could be selected from.
 */
function checkQuery(request: ServiceRequest, options: RestRouteOptions): void {
  const isReadByHandler = options.readsQuery ?? options.methods.every((method) => method === 'GET')
  const isEntityWrite = !options.key.includes('/')
  for (const name of request.url.searchParams.keys()) {
    const isKnown = name.startsWith('@')
      ? request.rawPath.replaceAll('%40', '@').includes(name)
      : isReadByHandler || (isEntityWrite && /^\$(select|expand)$/i.test(name))
    if (!isKnown) throw invalidQuery(`The query parameter '${name}' is not supported.`, true)
  }
}

/** `name` '' takes the only or first argument, whatever it is called. */
export function argumentOf(segment: RestSegment, name: string, aliases: URLSearchParams): string | undefined {
  const found = name === '' ? segment.args?.[0] : segment.args?.find((argument) => argument.name === name)
  if (found === undefined) return undefined
  if (!found.isAlias) return found.value
  const alias = aliases.get(found.value)
  if (alias === null) throw invalidQuery(`The parameter alias '${found.value}' is not defined.`)
  return literalValue(alias)
}

/** OData v4 words errors without the language wrapper. */
function inDialect(error: unknown, request: ServiceRequest): unknown {
  if (!(error instanceof ServiceError) || error.rawBody !== undefined || !(dialectOf(request) ?? '').startsWith('v4'))
    return error
  return new ServiceError(error.status, error.code, error.message, {
    headers: error.headers,
    isUnknown: error.isUnknown,
    rawBody: {
      contentType: 'application/json;odata.metadata=minimal;charset=utf-8',
      text: JSON.stringify({ error: { code: error.code, message: error.message } }),
    },
  })
}

/** A resource of the expected type; the route's key promised it. */
export function expectResource<Type extends ResourceType>(context: RestContext, type: Type): ResourceOf<Type> {
  const { resource } = context
  if (!isType(resource, type)) throw notFoundResource()
  return resource
}

type ResourceOf<Type extends ResourceType, Each = Resource> = Each extends { readonly type: infer Own }
  ? Type extends Own
    ? Each & Resource
    : never
  : never

function isType<Type extends ResourceType>(resource: Resource, type: Type): resource is ResourceOf<Type> {
  return resource.type === type
}
