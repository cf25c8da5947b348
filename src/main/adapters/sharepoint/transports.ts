import { Readable } from 'node:stream'
import axios from 'axios'
import type { Dispatcher, Pool } from 'undici'
import { MigrationError } from '../../../shared/errors.ts'
import { networkError } from '../network/networkErrors.ts'
import type { Pools } from '../network/pools.ts'
import type { SocketMap } from '../network/socketMap.ts'
import { HeldBack, holdBack, onlyUnless } from './holdBack.ts'
import type { ServiceCall, ServiceReply, StreamReply } from './serviceClient.ts'

const CALL_TIMEOUT_MS = 100_000
/** No answer that is read whole comes near this; a larger one is not from the service. */
const ANSWER_MAX_BYTES = 64 * 1024 * 1024

/** Sends one request once. Answers of any status are replies; only what is below HTTP is an error, already mapped. */
export type Transport = (call: ServiceCall) => Promise<ServiceReply>

export interface PoolWire {
  readonly pools: Pools
  readonly sockets: SocketMap
  /** Asked in the moment in which a request would leave. */
  readonly isPaused: () => boolean
}

/** For control calls. Never follows a redirect: bodies would be buffered and tokens would travel. */
export function createAxiosTransport(sockets: SocketMap): Transport {
  const instance = axios.create({
    adapter: 'http',
    httpsAgent: sockets.agent,
    proxy: false,
    maxRedirects: 0,
    validateStatus: () => true,
    responseType: 'text',
    transformResponse: [(text: unknown) => text],
    maxContentLength: ANSWER_MAX_BYTES,
    maxBodyLength: Number.POSITIVE_INFINITY,
  })
  return async (call) => {
    try {
      const reply = await instance.request<unknown>({
        url: call.url,
        method: call.method,
        headers: { Accept: 'application/json', ...bodyHeaders(call), ...call.headers },
        ...(call.body === undefined ? {} : { data: plainBody(call) }),
        timeout: call.timeoutMs ?? CALL_TIMEOUT_MS,
        signal: call.signal,
      })
      const headers = Object.fromEntries(
        Object.entries(reply.headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
      )
      return { status: reply.status, headers, body: typeof reply.data === 'string' ? parseBody(reply.data) : undefined }
    } catch (thrown) {
      throw failure(thrown, call, sockets)
    }
  }
}

/** For bytes and for the many small calls: a quarter of the processor time. [performance] */
export function createPoolTransport(wire: PoolWire): Transport {
  const { sockets } = wire
  const send = sender(wire)
  return async (call) => {
    try {
      const reply = await send(call)
      return { status: reply.statusCode, headers: flatten(reply.headers), body: parseBody(await readText(reply.body)) }
    } catch (thrown) {
      throw failure(thrown, call, sockets)
    }
  }
}

/** As the pool transport, but hands over the body while it arrives. An error answer is to be read by the caller as well. */
export function createStreamTransport(wire: PoolWire): (call: ServiceCall) => Promise<StreamReply> {
  const { sockets } = wire
  const send = sender(wire)
  return async (call) => {
    try {
      const reply = await send(call)
      return { status: reply.statusCode, headers: flatten(reply.headers), bytes: guarded(reply.body, call, sockets) }
    } catch (thrown) {
      throw failure(thrown, call, sockets)
    }
  }
}

async function* guarded(body: AsyncIterable<Uint8Array>, call: ServiceCall, sockets: SocketMap): AsyncGenerator<Uint8Array> {
  try {
    for await (const part of body) yield part
  } catch (thrown) {
    throw failure(thrown, call, sockets)
  }
}

/** Requests with a body that can be sent again are rejected with HeldBack when a pause begins before they are sent. */
function sender({ pools, isPaused }: PoolWire) {
  const gated = new WeakMap<Pool, Dispatcher>()
  const gate = (pool: Pool): Dispatcher => {
    const known = gated.get(pool)
    if (known) return known
    const made = pool.compose(holdBack(isPaused))
    gated.set(pool, made)
    return made
  }
  return (call: ServiceCall) => {
    const url = new URL(call.url)
    const timeoutMs = call.timeoutMs ?? CALL_TIMEOUT_MS
    const gated = gate(pools.of(url.origin))
    return (call.whyNot ? gated.compose(onlyUnless(call.whyNot)) : gated).request({
      origin: url.origin,
      method: call.method,
      path: url.pathname + url.search,
      headers: { accept: 'application/json', ...bodyHeaders(call), ...call.headers },
      body: call.body?.kind === 'stream' ? Readable.from(call.body.stream, { objectMode: false }) : plainBody(call),
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      signal: call.signal,
    })
  }
}

function bodyHeaders({ body }: ServiceCall): Record<string, string> {
  switch (body?.kind) {
    case undefined:
      return {}
    case 'json':
      return { 'content-type': 'application/json' }
    case 'bytes':
      return { 'content-type': 'application/octet-stream', 'content-length': String(body.bytes.byteLength) }
    case 'stream':
      return { 'content-type': 'application/octet-stream', 'content-length': String(body.lengthBytes) }
  }
}

/** Buffers are passed as such: a bare Uint8Array would be copied by one library and stringified by the other. */
function plainBody({ body }: ServiceCall): string | Buffer | null {
  if (body?.kind === 'json') return JSON.stringify(body.value)
  if (body?.kind === 'bytes') return Buffer.from(body.bytes.buffer, body.bytes.byteOffset, body.bytes.byteLength)
  return null
}

/** Errors of the body's own stream (a source file that changed) pass as they are. */
function failure(thrown: unknown, call: ServiceCall, sockets: SocketMap): unknown {
  if (call.signal.aborted) return call.signal.reason
  if (thrown instanceof MigrationError || thrown instanceof HeldBack) return thrown
  if (thrown instanceof Error && thrown.cause instanceof MigrationError) return thrown.cause
  if (thrown instanceof Error && 'code' in thrown && thrown.code === 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH') {
    return new MigrationError('SRC_CHANGED_WHILE_READING', `${call.what} has another length than announced.`, {
      remedy: { kind: 'lookFirst' },
    })
  }
  return networkError(thrown, {
    host: new URL(call.url).hostname,
    wasSent: !sockets.failedBeforeSending(thrown),
    isRepeatable: call.isRepeatable,
  })
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return flat
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = []
  let sizeBytes = 0
  for await (const part of body) {
    sizeBytes += part.byteLength
    if (sizeBytes > ANSWER_MAX_BYTES) throw new Error('The answer is too long.')
    parts.push(part)
  }
  const [only] = parts
  return Buffer.from(parts.length === 1 && only ? only : Buffer.concat(parts)).toString('utf8')
}

/** JSON when it is JSON, whatever the content type says; pages of proxies and SharePoint come as text. */
function parseBody(text: string): unknown {
  const first = text.charCodeAt(0)
  const isJson = first === 0x7b || first === 0x5b || first === 0x22 || first === 0xfeff
  if (!isJson) return text === '' ? undefined : text
  try {
    return JSON.parse(first === 0xfeff ? text.slice(1) : text)
  } catch {
    return text
  }
}
