import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import type { Caller } from './caller.ts'
import type { Tenant } from './tenant.ts'

/** Which real service a host name belongs to; decides authentication, error dialect and headers. */
export type Service = 'login' | 'graph' | 'sharepoint' | 'blob' | 'control'

/** One HTTP request as a service sees it. `$batch` parts are ServiceRequests too. */
export interface ServiceRequest {
  /** Value of the `request-id` response header. */
  readonly id: string
  readonly method: string
  /** Lower case, without port. */
  readonly host: string
  readonly service: Service
  /** `https://host/path?query`, exactly as sent (still percent-encoded). */
  readonly url: URL
  /** Path as sent, percent-encoded, without query. Routes match on this, never on a decoded form. */
  readonly rawPath: string
  readonly headers: IncomingHttpHeaders
  /** Set once authentication has passed; absent on anonymous routes. */
  readonly caller?: Caller
  /** Tenant clock, milliseconds. */
  readonly receivedAt: number
  readonly remoteAddress: string
  /** The unread body. Read it once, by stream or by one of the methods below. */
  readonly body: Readable
  /** Whole body. Throws a 413 ServiceError above `maxBytes`; rejects when the connection broke (nothing must then be applied). */
  bytes(maxBytes: number): Promise<Buffer>
  /** Whole body as JSON. Throws the 400 of the service's own dialect when it does not parse. */
  json(maxBytes?: number): Promise<unknown>
}

export interface ServiceReply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** Object or array: sent as JSON with the dialect's content type unless headers say otherwise. */
  readonly body?: object | string | Buffer | Readable
}

export type Handler = (
  request: ServiceRequest,
  tenant: Tenant,
  params: Readonly<Record<string, string>>,
) => Promise<ServiceReply> | ServiceReply

/** One operation of one service. The first route of a service that matches wins; no match is a loud error. */
export interface Route {
  /** Stable name, `area.noun.verb`; appears in the request journal and in fault scripts. */
  readonly name: string
  readonly service: Service
  readonly methods: readonly string[]
  /** Params when the route owns this path, else undefined. Gets the raw (encoded) path and the query. */
  readonly match: (rawPath: string, query: URLSearchParams) => Readonly<Record<string, string>> | undefined
  /** Resource units charged; a function where the query decides (delta token, $expand=permissions). 0 = not charged. */
  readonly resourceUnits: number | ((request: ServiceRequest) => number)
  /** Directory requests have units of their own: the price without query options. Absent: not charged by the directory. */
  readonly directoryUnits?: number
  /** Counts against the budget of sharing calls as well. */
  readonly isSharing?: boolean
  /** `anonymous`: no bearer token (sign-in pages, upload URLs, pre-authenticated downloads). Else any one of the listed permissions suffices. */
  readonly access: 'anonymous' | { readonly delegated: readonly string[]; readonly application: readonly string[] }
  /** Anonymous routes whose URL itself carries an identity (upload sessions, pre-authenticated downloads): who is charged and journalled. */
  readonly chargedTo?: (
    request: ServiceRequest,
    tenant: Tenant,
    params: Readonly<Record<string, string>>,
  ) => { readonly appId: string; readonly userId?: string; readonly upn?: string } | undefined
  readonly handle: Handler
}
