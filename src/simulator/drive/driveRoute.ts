import type { Route, ServiceReply, ServiceRequest } from '../core/http.ts'
import type { Tenant } from '../core/tenant.ts'
import { queryOptionRefusal } from '../lists/graphErrors.ts'
import { QueryOptionError } from '../odata/queryOptions.ts'
import type { AccessLevel } from '../sharepoint/roleDefinitions.ts'
import type { ItemRecord } from '../store/itemStore.ts'
import { READ_FILES, requireDriveAccess, WRITE_FILES } from './driveAccess.ts'
import { type DrivePath, parseDrivePath } from './drivePaths.ts'
import { type DriveTarget, type ItemTarget, locateItem, notFound, resolveDrive } from './driveTarget.ts'

export interface DriveContext extends DriveTarget {
  readonly request: ServiceRequest
  readonly tenant: Tenant
  readonly path: DrivePath
}

export interface ItemContext extends DriveContext {
  readonly item: ItemRecord
}

interface DriveRouteOptions {
  readonly name: string
  readonly methods: readonly string[]
  /** Segments after the item or drive; `{}` stands for any one. */
  readonly action: readonly string[]
  readonly level: Extract<AccessLevel, 'read' | 'contribute'>
  readonly resourceUnits: Route['resourceUnits']
}

/** A route of a drive itself. */
export function driveRoute(
  options: DriveRouteOptions,
  handle: (context: DriveContext) => ServiceReply | Promise<ServiceReply>,
): Route {
  return makeRoute(options, false, (context) => {
    requireDriveAccess(context.request, context.tenant, context, { level: options.level })
    return handle(context)
  })
}

/** A route of an item that has to exist. */
export function itemRoute(
  options: DriveRouteOptions,
  handle: (context: ItemContext) => ServiceReply | Promise<ServiceReply>,
): Route {
  return makeRoute(options, true, (context) => {
    const { item } = locate(context)
    requireDriveAccess(context.request, context.tenant, context, { level: options.level, item })
    if (item === undefined) throw notFound()
    return handle({ ...context, item })
  })
}

/** A route of an item or of the place where one will be. */
export function placeRoute(
  options: DriveRouteOptions,
  handle: (context: DriveContext, target: ItemTarget) => ServiceReply | Promise<ServiceReply>,
): Route {
  return makeRoute(options, true, (context) => {
    const target = locate(context)
    requireDriveAccess(context.request, context.tenant, context, { level: options.level, item: target.item ?? target.folder })
    return handle(context, target)
  })
}

function locate({ tenant, library, path }: DriveContext): ItemTarget {
  if (path.item === undefined) throw notFound()
  return locateItem(tenant, library, path.item)
}

function makeRoute(
  options: DriveRouteOptions,
  isBelowItem: boolean,
  handle: (context: DriveContext) => ServiceReply | Promise<ServiceReply>,
): Route {
  const permissions = options.level === 'read' ? READ_FILES : WRITE_FILES
  return {
    name: options.name,
    service: 'graph',
    methods: options.methods,
    match: (rawPath) => {
      const path = parseDrivePath(rawPath)
      if (path === undefined || (path.item !== undefined) !== isBelowItem) return undefined
      return matchesAction(path.action, options.action) ? NO_PARAMS : undefined
    },
    resourceUnits: options.resourceUnits,
    access: { delegated: permissions, application: permissions },
    async handle(request, tenant) {
      const path = parseDrivePath(request.rawPath)
      if (path === undefined) throw notFound()
      try {
        return await handle({ ...resolveDrive(request, tenant, path.drive), request, tenant, path })
      } catch (error) {
        throw error instanceof QueryOptionError ? queryOptionRefusal(error) : error
      }
    },
  }
}

const NO_PARAMS = {}

function matchesAction(action: readonly string[], wanted: readonly string[]): boolean {
  return (
    action.length === wanted.length &&
    wanted.every((part, index) => part === '{}' || action[index]?.toLowerCase() === part || isNamespaced(action[index], part))
  )
}

/** Some SDKs spell bound functions out: `microsoft.graph.createUploadSession`. */
function isNamespaced(segment: string | undefined, part: string): boolean {
  return (
    segment
      ?.toLowerCase()
      .replace(/\(\)$/, '')
      .replace(/^microsoft\.graph\./, '') === part
  )
}
