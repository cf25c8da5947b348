import type { ServiceReply, ServiceRequest } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'

/** The JSON formats of SharePoint REST: OData v3 in three degrees of metadata, and v4. */
export type Dialect = 'verbose' | 'minimal' | 'none' | 'v4' | 'v4none'

/** A thing with an address. `id` is relative to `_api/`. */
export interface Entity {
  readonly kind: 'entity'
  readonly type: string
  readonly id: string
  readonly eTag?: string
  /** Sent unless `$select` says otherwise. */
  readonly properties: Readonly<Record<string, EntityValue>>
  /** Sent only when selected (plain values) or expanded (entities, collections). */
  readonly more?: Readonly<Record<string, () => EntityValue>>
}

export interface EntityCollection {
  readonly kind: 'collection'
  /** Name in `$metadata#…`. */
  readonly set: string
  readonly entities: readonly Entity[]
  readonly nextLink?: string
}

export type Scalar = string | number | boolean | null
export type EntityValue = Scalar | readonly Scalar[] | ComplexValue | Entity | EntityCollection
/** A value of a complex type, without an address of its own. */
export interface ComplexValue {
  readonly kind: 'complex'
  readonly type: string
  readonly members: Readonly<Record<string, EntityValue>>
}

export function complex(type: string, members: Readonly<Record<string, EntityValue>>): ComplexValue {
  return { kind: 'complex', type, members }
}

const CONTENT_TYPES: Readonly<Record<Dialect, string>> = {
  verbose: 'application/json;odata=verbose;charset=utf-8',
  minimal: 'application/json;odata=minimalmetadata;streaming=true;charset=utf-8',
  none: 'application/json;odata=nometadata;streaming=true;charset=utf-8',
  v4: 'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8',
  v4none: 'application/json;odata.metadata=none;odata.streaming=true;IEEE754Compatible=false;charset=utf-8',
}

/** The dialect that the Accept header asks for; undefined when JSON is not acceptable (the service would answer Atom XML). */
export function dialectOf(request: ServiceRequest): Dialect | undefined {
  const accept = (request.headers.accept ?? '').toLowerCase().replace(/\s/g, '')
  if (accept.includes('odata=verbose')) return 'verbose'
  if (accept.includes('odata=nometadata')) return 'none'
  if (accept.includes('odata.metadata=none')) return 'v4none'
  if (accept.includes('odata.metadata=')) return 'v4'
  if (!accept.includes('application/json')) return undefined
  return request.headers['odata-version'] === '4.0' ? 'v4' : 'minimal'
}

function requiredDialect(request: ServiceRequest): Dialect {
  const dialect = dialectOf(request)
  if (dialect === undefined)
    throw new ServiceError(
      406,
      '-1, Microsoft.SharePoint.Client.ClientServiceException',
      'The practice tenant answers JSON only: send an Accept header with application/json.',
      { isUnknown: true },
    )
  return dialect
}

/** The reply of one entity, a collection, or a function's result in the dialect of the request. */
export function reply(
  request: ServiceRequest,
  value: Entity | EntityCollection,
  options: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } = {},
): ServiceReply {
  const dialect = requiredDialect(request)
  const base = apiBase(request)
  const headers = { 'content-type': CONTENT_TYPES[dialect], ...eTagHeader(value), ...options.headers }
  return { status: options.status ?? 200, headers, body: renderRoot(value, dialect, base) }
}

/** What a function returns: `name` is its own in odata=verbose, `value` else. */
export function functionReply(request: ServiceRequest, name: string, result: EntityValue): ServiceReply {
  const dialect = requiredDialect(request)
  const base = apiBase(request)
  const headers = { 'content-type': CONTENT_TYPES[dialect] }
  const rendered = renderValue(result, dialect, base)
  if (dialect === 'verbose') return { status: 200, headers, body: { d: { [name]: rendered } } }
  const isObject = typeof result === 'object' && result !== null && 'kind' in result
  const note = annotation(dialect, 'metadata', `${base}$metadata#${isObject && 'type' in result ? result.type : 'Edm.String'}`)
  if (result === null) return { status: 200, headers, body: { ...note, 'odata.null': true } }
  return { status: 200, headers, body: isObject && isRecord(rendered) ? { ...note, ...rendered } : { ...note, value: rendered } }
}

function eTagHeader(value: Entity | EntityCollection): Record<string, string> {
  return value.kind === 'entity' && value.eTag !== undefined ? { etag: value.eTag } : {}
}

/** `https://host/sites/x/_api/` of the request. */
export function apiBase(request: ServiceRequest): string {
  const at = request.rawPath.toLowerCase().indexOf('/_api')
  return `https://${request.host}${request.rawPath.slice(0, at)}/_api/`
}

function renderRoot(value: Entity | EntityCollection, dialect: Dialect, base: string): object {
  if (value.kind === 'entity') {
    const rendered = renderEntity(value, dialect, base)
    if (dialect === 'verbose') return { d: rendered }
    return { ...annotation(dialect, 'metadata', `${base}$metadata#${value.type}/@Element`), ...rendered }
  }
  const entities = value.entities.map((entity) => renderEntity(entity, dialect, base))
  const next = value.nextLink
  if (dialect === 'verbose') return { d: { results: entities, ...(next === undefined ? {} : { __next: next }) } }
  return {
    ...annotation(dialect, 'metadata', `${base}$metadata#${value.set}`),
    ...(next === undefined ? {} : { [dialect.startsWith('v4') ? '@odata.nextLink' : 'odata.nextLink']: next }),
    value: entities,
  }
}

function annotation(dialect: Dialect, name: string, value: string): Record<string, string> {
  if (dialect === 'minimal') return { [`odata.${name}`]: value }
  if (dialect === 'v4') return { [name === 'metadata' ? '@odata.context' : `@odata.${name}`]: value }
  return {}
}

function renderEntity(entity: Entity, dialect: Dialect, base: string): Record<string, unknown> {
  const address = base + entity.id
  const notes: Record<string, unknown> =
    dialect === 'verbose'
      ? {
          __metadata: {
            id: address,
            uri: address,
            ...(entity.eTag === undefined ? {} : { etag: entity.eTag }),
            type: entity.type,
          },
        }
      : {
          ...annotation(dialect, 'type', dialect === 'v4' ? `#${entity.type}` : entity.type),
          ...annotation(dialect, 'id', address),
          ...(entity.eTag === undefined ? {} : annotation(dialect, 'etag', entity.eTag)),
          ...annotation(dialect, 'editLink', entity.id),
        }
  for (const [name, value] of Object.entries(entity.properties)) {
    notes[name] = renderValue(value, dialect, base)
    if (dialect === 'minimal' && isAddressed(value)) notes[`${name}@odata.navigationLinkUrl`] = `${entity.id}/${name}`
  }
  return notes
}

function isAddressed(value: EntityValue): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind !== 'complex'
}

function renderValue(value: EntityValue, dialect: Dialect, base: string): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (!('kind' in value)) return dialect === 'verbose' ? { __metadata: { type: collectionType(value) }, results: value } : value
  if (value.kind === 'entity') return renderEntity(value, dialect, base)
  if (value.kind === 'collection') {
    const entities = value.entities.map((entity) => renderEntity(entity, dialect, base))
    return dialect === 'verbose' ? { results: entities } : entities
  }
  const members: Record<string, unknown> = dialect === 'verbose' ? { __metadata: { type: value.type } } : {}
  for (const [name, member] of Object.entries(value.members)) members[name] = renderValue(member, dialect, base)
  return members
}

function collectionType(value: readonly Scalar[]): string {
  return typeof value[0] === 'number' ? 'Collection(Edm.Int32)' : 'Collection(Edm.String)'
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
