import { ServiceError } from '../core/serviceError.ts'
import { type OptionName, type QueryOptions, readQueryOptions } from '../odata/queryOptions.ts'
import type { Entity, EntityCollection, EntityValue } from './dialect.ts'

/** `$select` and `$expand` of REST are lists of paths: `Title,Author/Title`. */
export interface Projection {
  readonly select: readonly string[] | undefined
  readonly expand: readonly string[]
}

export interface RestOptions extends QueryOptions {
  readonly projection: Projection
}

/** Reads the options of a request; unknown ones are refused loudly. `@alias` parameters belong to the path, and the route has judged them. */
export function readRestOptions(query: URLSearchParams, allowed: readonly OptionName[]): RestOptions {
  const own = new URLSearchParams([...query].filter(([name]) => !name.startsWith('@')))
  const options = readQueryOptions(own, [...allowed, '$select', '$expand'])
  return { ...options, projection: { select: options.select, expand: options.expand.map((term) => term.name) } }
}

/** Keeps what was selected and fetches what was expanded. Throws the service's 400 for names that the type does not have. */
export function project(entity: Entity, { select, expand }: Projection): Entity {
  for (const path of expand) {
    const [head = ''] = path.split('/')
    if (!(head in entity.properties) && entity.more?.[head] === undefined) throw unknownProperty(head)
  }
  const names = select ?? []
  const isEverything = select === undefined || names.includes('*')
  const properties: Record<string, EntityValue> = isEverything ? { ...entity.properties } : {}
  const heads = [...new Set([...names.map(headOf), ...expand.map(headOf)])].filter((name) => name !== '*')
  for (const head of heads) {
    const value = entity.properties[head] ?? entity.more?.[head]?.()
    if (value === undefined) throw unknownProperty(head)
    const isExpanded = expand.some((path) => headOf(path) === head)
    const nested = names.filter((name) => name.startsWith(`${head}/`)).map((name) => name.slice(head.length + 1))
    const inner: Projection = {
      select: nested.length === 0 ? undefined : nested,
      expand: expand.filter((path) => path.startsWith(`${head}/`)).map((path) => path.slice(head.length + 1)),
    }
    if (!isNavigation(value)) {
      if (nested.length > 0 && !isComplex(value)) throw notExpanded(head)
      properties[head] = value
    } else if (isExpanded) properties[head] = projectValue(value, inner)
    else if (nested.length > 0) throw notExpanded(head)
  }
  return { ...entity, properties }
}

export function projectAll(collection: EntityCollection, projection: Projection): EntityCollection {
  return { ...collection, entities: collection.entities.map((entity) => project(entity, projection)) }
}

function projectValue(value: Entity | EntityCollection, projection: Projection): EntityValue {
  return value.kind === 'entity' ? project(value, projection) : projectAll(value, projection)
}

function isNavigation(value: EntityValue): value is Entity | EntityCollection {
  return (
    typeof value === 'object' && value !== null && 'kind' in value && (value.kind === 'entity' || value.kind === 'collection')
  )
}

function isComplex(value: EntityValue): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'complex'
}

function headOf(path: string): string {
  return path.split('/')[0] ?? ''
}

export function unknownProperty(name: string): ServiceError {
  return new ServiceError(
    400,
    '-1, Microsoft.SharePoint.Client.InvalidClientQueryException',
    `The field or property '${name}' does not exist.`,
  )
}

function notExpanded(name: string): ServiceError {
  return new ServiceError(
    400,
    '-1, Microsoft.SharePoint.SPException',
    `The query to field '${name}' is not valid. The $select query string must specify the target fields and the $expand query string must contains ${name}.`,
  )
}
