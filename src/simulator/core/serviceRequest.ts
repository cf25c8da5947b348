import type { IncomingHttpHeaders } from 'node:http'
import { type Readable, Transform } from 'node:stream'
import type { Caller } from './caller.ts'
import type { Service, ServiceRequest } from './http.ts'
import { ServiceError } from './serviceError.ts'

const DEFAULT_JSON_BYTES = 4 * 1024 * 1024

/** The client went away in the middle of its request body. Nothing of the request may be applied. */
export class ConnectionBrokenError extends Error {
  constructor() {
    super('The connection closed before the whole request body had arrived.')
    this.name = 'ConnectionBrokenError'
  }
}

export interface RequestParts {
  readonly id: string
  readonly method: string
  readonly host: string
  readonly service: Service
  /** Path and query as sent. */
  readonly target: string
  readonly headers: IncomingHttpHeaders
  readonly receivedAt: number
  readonly remoteAddress: string
  readonly body: Readable
  /** Absent on `$batch` parts, which come on the connection of their batch. */
  readonly connectionId?: number
  /** TCP port of the client; parts of a batch have that of their batch. */
  readonly peerPort?: number | undefined
}

/** A request from the wire, or a `$batch` part made by `createServiceRequest`. */
export class IncomingRequest implements ServiceRequest {
  readonly id: string
  readonly method: string
  readonly host: string
  readonly service: Service
  readonly rawPath: string
  readonly target: string
  readonly headers: IncomingHttpHeaders
  readonly receivedAt: number
  readonly remoteAddress: string
  caller?: Caller
  connectionId: number | undefined
  peerPort: number | undefined
  body: Readable
  /** Body bytes that arrived without a Content-Length. */
  uncountedBytes = 0
  private parsedUrl: URL | undefined

  constructor(parts: RequestParts) {
    this.id = parts.id
    this.method = parts.method
    this.host = parts.host
    this.service = parts.service
    this.target = parts.target
    this.headers = parts.headers
    this.receivedAt = parts.receivedAt
    this.remoteAddress = parts.remoteAddress
    this.connectionId = parts.connectionId
    this.peerPort = parts.peerPort
    const isChunked = parts.headers['transfer-encoding'] !== undefined
    this.body = isChunked ? countBytes(parts.body, (bytes) => this.countBytes(bytes)) : parts.body
    const query = parts.target.indexOf('?')
    this.rawPath = query === -1 ? parts.target : parts.target.slice(0, query)
  }

  get url(): URL {
    this.parsedUrl ??= new URL(`https://${this.host}${this.target}`)
    return this.parsedUrl
  }

  private countBytes(bytes: number): void {
    this.uncountedBytes += bytes
  }

  bytes(maxBytes: number): Promise<Buffer> {
    const declared = Number(this.headers['content-length'] ?? 0)
    if (declared > maxBytes) return Promise.reject(tooLarge(maxBytes))
    return readWhole(this.body, maxBytes)
  }

  async json(maxBytes = DEFAULT_JSON_BYTES): Promise<unknown> {
    const isJson = /^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(this.headers['content-type'] ?? '')
    if (this.service === 'graph' && !isJson) throw malformedJson(this.service)
    const text = (await this.bytes(maxBytes)).toString('utf8')
    try {
      return JSON.parse(text)
    } catch {
      throw malformedJson(this.service)
    }
  }
}

/** Makes a request that did not come over the wire: a `$batch` part or a test's. */
export function createServiceRequest(parts: RequestParts): IncomingRequest {
  return new IncomingRequest(parts)
}

/** Passes a body on and ends it abruptly after `bytes`, as a connection reset in the middle of an upload does. */
export function cutAfter(body: Readable, bytes: number, onCut: () => void): Readable {
  let passed = 0
  return passThrough(
    body,
    new Transform({
      transform(chunk: Buffer, _encoding, done) {
        const room = Math.max(0, bytes - passed)
        passed += chunk.length
        if (room > 0) this.push(chunk.subarray(0, room))
        if (passed <= bytes) return done()
        onCut()
        done(new ConnectionBrokenError())
      },
    }),
  )
}

/** Passes a body on and tells the size of every chunk: for bodies whose length no header says. */
export function countBytes(body: Readable, onBytes: (bytes: number) => void): Readable {
  return passThrough(
    body,
    new Transform({
      transform(chunk: Buffer, _encoding, done) {
        onBytes(chunk.length)
        done(undefined, chunk)
      },
    }),
  )
}

/** A pipe over which the abrupt end of the body is felt. */
function passThrough(body: Readable, through: Transform): Readable {
  // The handler may have been refused before it looked at the body.
  through.on('error', () => {})
  body.on('error', () => through.destroy(new ConnectionBrokenError()))
  body.on('close', () => {
    if (!body.readableEnded) through.destroy(new ConnectionBrokenError())
  })
  return body.pipe(through)
}

function readWhole(body: Readable, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (body.destroyed && !body.readableEnded) return reject(new ConnectionBrokenError())
    const chunks: Buffer[] = []
    let received = 0
    body.on('data', (chunk: Buffer) => {
      received += chunk.length
      if (received > maxBytes) {
        body.removeAllListeners('data')
        body.resume()
        return reject(tooLarge(maxBytes))
      }
      chunks.push(chunk)
    })
    body.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, received)))
    body.on('error', () => reject(new ConnectionBrokenError()))
    body.on('close', () => {
      if (!body.readableEnded) reject(new ConnectionBrokenError())
    })
  })
}

function tooLarge(maxBytes: number): ServiceError {
  return new ServiceError(413, 'requestTooLarge', `The request body is larger than the ${maxBytes} bytes accepted here.`)
}

function malformedJson(service: Service): ServiceError {
  if (service === 'sharepoint') {
    return new ServiceError(
      400,
      '-1, Microsoft.SharePoint.Client.InvalidClientQueryException',
      'Invalid JSON. A token was not recognized in the JSON content.',
    )
  }
  return new ServiceError(
    400,
    'BadRequest',
    'Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.',
  )
}
