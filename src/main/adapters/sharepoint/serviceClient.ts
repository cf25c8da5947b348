import type { MigrationError } from '../../../shared/errors.ts'
import type { TokenResource } from '../auth/tokenProvider.ts'
import type { CallContext } from './serviceErrors.ts'

/** A body that can be sent again, or a stream that cannot. `lengthBytes` is exact. */
export type CallBody =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'stream'; readonly stream: AsyncIterable<Uint8Array>; readonly lengthBytes: number }

/** One request to the tenant, as its caller thinks of it: retries, tokens and waiting are the pipeline's. */
export interface ServiceCall extends CallContext {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Absolute. */
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: CallBody
  /** Whose token goes along; `none` for pre-authenticated URLs, which answer 401 to a token. */
  readonly resource: TokenResource | 'none'
  /** `control` has redirects, compression and comfort; `bulk` is for many small calls and for bytes. */
  readonly lane: 'control' | 'bulk'
  /** Resource units that the call costs. [throttle] */
  readonly ru: number
  /** Statuses besides 2xx that are an answer and no error. */
  readonly accepts?: readonly number[]
  readonly timeoutMs?: number
  /** Goes before everything that waits for its turn, never into a pause: for heartbeats. */
  readonly isUrgent?: boolean
  /** Asked when its turn has come and again when its first byte would leave: an error = it does not leave. */
  readonly whyNot?: () => MigrationError | undefined
  readonly signal: AbortSignal
}

export interface ServiceReply {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** JSON value, text, or undefined. */
  readonly body: unknown
}

export interface StreamReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly bytes: AsyncIterable<Uint8Array>
}

/** The tenant over HTTP. Every method throws MigrationError with its remedy decided; cancellation passes through as the signal's reason. */
export interface ServiceClient {
  /** `https://graph.microsoft.com/v1.0` of the tenant's cloud. */
  readonly graphBase: string
  call(call: ServiceCall): Promise<ServiceReply>
  /** For downloads: the body arrives as it is read. */
  open(call: ServiceCall): Promise<StreamReply>
  sleep(delayMs: number, signal: AbortSignal): Promise<void>
  /** The one retry loop, for operations made of several calls: repeats while errors say `retry` or `waitUntil`. */
  retry<T>(operation: () => Promise<T>, signal: AbortSignal): Promise<T>
  /** The service said outside of a call's own status (in a part of a batch) that it wants a pause; undefined = it named no time. */
  pause(delayMs: number | undefined): void
  /** Resource units of all requests so far, at the published prices. */
  spentUnits(): number
  /** The local clock. */
  now(): number
  /** The service's clock, milliseconds since the epoch, carried forward from its last answer. */
  serverNow(): number
}

/** GET and POST on Graph are most calls; these spare their callers the rest. */
export function graphCall(
  client: ServiceClient,
  call: Omit<ServiceCall, 'url' | 'resource' | 'lane' | 'ru'> & {
    readonly path: string
    readonly lane?: ServiceCall['lane']
    readonly ru?: number
  },
): Promise<ServiceReply> {
  const { path, ...rest } = call
  return client.call({
    lane: 'control',
    ru: call.method === 'GET' ? 1 : 2,
    ...rest,
    resource: 'graph',
    url: `${client.graphBase}${path}`,
  })
}
