import { MigrationError } from '../../../shared/errors.ts'
import { networkError } from '../network/networkErrors.ts'
import type { Pools } from '../network/pools.ts'
import type { SocketMap } from '../network/socketMap.ts'
import type { CipherThreads } from './cipherThreads.ts'

/** The version whose limits we state: 256 MiB a put, 100 MiB a block. [D.2] */
const API_VERSION = '2018-03-28'
/** One block over a slow line. */
const CALL_TIMEOUT_MS = 300_000
const ERROR_TEXT_MAX_BYTES = 16 * 1024

export interface BlobStoreDeps {
  readonly pools: Pools
  readonly sockets: SocketMap
  readonly ciphers: CipherThreads
  /** Repeats while an error says `retry` or `waitUntil`. */
  retry<T>(operation: () => Promise<T>, signal: AbortSignal): Promise<T>
}

export interface BlobCall {
  readonly method: 'PUT' | 'GET'
  readonly blob: string
  /** Besides the signature of the container. */
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer
  readonly signal: AbortSignal
}

export interface BlobReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

/**
 * One container, reached by an address that is its own permission: it appears in no error and no log. These calls are Azure's and cost no
 * resource units. Every call here may be repeated. Errors: JOB_CONTAINER_REFUSED, whatever keeps the store from being used.
 */
export class BlobContainer {
  readonly #deps: Omit<BlobStoreDeps, 'ciphers'>
  readonly #container: URL

  constructor(deps: Omit<BlobStoreDeps, 'ciphers'>, containerUri: string) {
    const container = URL.parse(containerUri)
    if (container?.protocol !== 'https:') throw refused('The service gave no usable address for a container.')
    this.#deps = deps
    this.#container = container
  }

  put(call: Omit<BlobCall, 'method'>): Promise<BlobReply> {
    return this.#repeated({ ...call, method: 'PUT' })
  }

  /** undefined = there is no such blob, or it may not be read. */
  async get(blob: string, maxBytes: number, signal: AbortSignal): Promise<BlobReply | undefined> {
    const reply = await this.#repeated({ method: 'GET', blob, signal }, { maxBytes, accepts: [403, 404] })
    return reply.status === 200 ? reply : undefined
  }

  async #repeated(call: BlobCall, options: { readonly maxBytes?: number; readonly accepts?: readonly number[] } = {}) {
    try {
      return await this.#deps.retry(() => this.#once(call, options), call.signal)
    } catch (thrown) {
      call.signal.throwIfAborted()
      if (!(thrown instanceof MigrationError) || !thrown.code.startsWith('NET_')) throw thrown
      // The tenant itself may be in perfect reach: another route is open.
      throw refused(`The store for packages cannot be used: ${thrown.message}`)
    }
  }

  async #once(call: BlobCall, options: { readonly maxBytes?: number; readonly accepts?: readonly number[] }): Promise<BlobReply> {
    const url = new URL(this.#container)
    const path = `${url.pathname.replace(/\/+$/, '')}/${encodeURIComponent(call.blob)}`
    const query = [
      ...Object.entries(call.query ?? {}).map(([key, value]) => `${key}=${encodeURIComponent(value)}`),
      url.search.slice(1),
    ]
    const reply = await this.#send(call, `${path}?${query.join('&')}`, options.maxBytes ?? ERROR_TEXT_MAX_BYTES)
    if ((reply.status >= 200 && reply.status < 300) || options.accepts?.includes(reply.status)) return reply
    throw storeError(reply)
  }

  async #send(call: BlobCall, path: string, maxBytes: number): Promise<BlobReply> {
    const { origin, hostname } = this.#container
    try {
      const reply = await this.#deps.pools.of(origin).request({
        method: call.method,
        path,
        headers: { 'x-ms-version': API_VERSION, ...call.headers },
        body: call.body ?? null,
        headersTimeout: CALL_TIMEOUT_MS,
        bodyTimeout: CALL_TIMEOUT_MS,
        signal: call.signal,
      })
      const parts: Uint8Array[] = []
      let sizeBytes = 0
      for await (const part of reply.body as AsyncIterable<Uint8Array>) {
        sizeBytes += part.byteLength
        if (sizeBytes <= maxBytes) parts.push(part)
      }
      return { status: reply.statusCode, headers: reply.headers, body: Buffer.concat(parts) }
    } catch (thrown) {
      if (call.signal.aborted) throw call.signal.reason
      throw networkError(thrown, {
        host: hostname,
        wasSent: !this.#deps.sockets.failedBeforeSending(thrown),
        isRepeatable: true,
      })
    }
  }
}

/** Faults that pass are retried; a refusal of the address is final for its container. [D.2] */
function storeError({ status, body }: BlobReply): MigrationError {
  const code = /<Code>([A-Za-z]{1,100})<\/Code>/.exec(body.toString('utf8'))?.[1] ?? 'no code'
  const passes = status >= 500 || status === 408 || status === 409 || status === 412 || status === 429 || code === 'Md5Mismatch'
  if (passes) {
    return new MigrationError('JOB_CONTAINER_REFUSED', `The store for packages does not take a blob now (${status} ${code}).`, {
      remedy: { kind: 'retry' },
      status,
    })
  }
  return refused(`The store for packages refuses the container's address (${status} ${code}).`, status)
}

function refused(message: string, status?: number): MigrationError {
  return new MigrationError('JOB_CONTAINER_REFUSED', message, {
    remedy: { kind: 'failItem' },
    fix: 'Check the clock of this computer and that *.blob.core.windows.net can be reached.',
    ...(status === undefined ? {} : { status }),
  })
}
