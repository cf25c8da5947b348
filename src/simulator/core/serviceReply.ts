import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { Service, ServiceReply, ServiceRequest } from './http.ts'

/** A reply whose body is bytes or a stream and whose headers say everything: ready for the wire or for a `$batch` answer. */
export interface RenderedReply {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: Buffer | Readable | undefined
}

const GRAPH_JSON = 'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8'
const SHAREPOINT_VERBOSE = 'application/json;odata=verbose;charset=utf-8'
const SHAREPOINT_MINIMAL = 'application/json;odata=minimalmetadata;streaming=true;charset=utf-8'
const SHAREPOINT_NONE = 'application/json;odata=nometadata;streaming=true;charset=utf-8'

/** The content type with which a service answers JSON to this request. */
export function jsonContentType(service: Service, accept: string | undefined, rawPath: string): string {
  if (service === 'graph' || (service === 'sharepoint' && /^\/(.*\/)?_api\/v2\./i.test(rawPath))) return GRAPH_JSON
  if (service !== 'sharepoint') return 'application/json; charset=utf-8'
  const wanted = (accept ?? '').toLowerCase().replace(/\s/g, '')
  if (wanted.includes('odata=verbose')) return SHAREPOINT_VERBOSE
  return /odata(\.metadata)?=no(ne|metadata)/.test(wanted) ? SHAREPOINT_NONE : SHAREPOINT_MINIMAL
}

/** Turns a handler's reply into bytes and complete headers. */
export function renderReply(request: ServiceRequest, reply: ServiceReply): RenderedReply {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(reply.headers ?? {})) headers[name.toLowerCase()] = value
  addServiceHeaders(request, headers)
  const { body } = reply
  if (body === undefined) {
    if (reply.status !== 204 && reply.status !== 304) headers['content-length'] ??= '0'
    return { status: reply.status, headers, body: undefined }
  }
  if (body instanceof Readable) return { status: reply.status, headers, body }
  let bytes: Buffer
  if (Buffer.isBuffer(body)) {
    bytes = body
    headers['content-type'] ??= 'application/octet-stream'
  } else if (typeof body === 'string') {
    bytes = Buffer.from(body, 'utf8')
    headers['content-type'] ??= 'text/plain; charset=utf-8'
  } else {
    bytes = Buffer.from(JSON.stringify(body), 'utf8')
    headers['content-type'] ??= jsonContentType(request.service, request.headers.accept, request.rawPath)
  }
  headers['content-length'] = String(bytes.length)
  return { status: reply.status, headers, body: bytes }
}

/** Where in Graph's own data centres a request was served; support asks for it. */
const AGS_DIAGNOSTIC = JSON.stringify({
  ServerInfo: { DataCenter: 'Practice', Slice: 'E', Ring: '5', ScaleUnit: '000', RoleInstance: 'PRACTICE00000000' },
})

function addServiceHeaders(request: ServiceRequest, headers: Record<string, string>): void {
  headers['request-id'] ??= request.id
  const clientRequestId = request.headers['client-request-id']
  switch (request.service) {
    case 'graph':
      headers['cache-control'] ??= 'no-store, no-cache'
      headers['strict-transport-security'] ??= 'max-age=31536000'
      headers['client-request-id'] ??= typeof clientRequestId === 'string' ? clientRequestId : request.id
      headers['x-ms-ags-diagnostic'] ??= AGS_DIAGNOSTIC
      break
    case 'sharepoint':
      headers.sprequestguid ??= request.id
      headers.microsoftsharepointteamservices ??= '16.0.0.26607'
      headers['x-ms-invokeapp'] ??= '1; RequireReadOnly'
      headers['cache-control'] ??= 'private, max-age=0'
      break
    case 'login':
      headers['cache-control'] ??= 'no-store, no-cache'
      headers['x-ms-request-id'] ??= request.id
      if (typeof clientRequestId === 'string') headers['client-request-id'] ??= clientRequestId
      break
    default:
  }
}

/** Writes a rendered reply. Resolves with the body bytes once the whole reply went to the socket, or what went out until it broke. */
export function writeReply(
  response: ServerResponse,
  reply: RenderedReply,
  isHead: boolean,
): Promise<{ bytesOut: number; isWhole: boolean }> {
  return new Promise((resolve) => {
    let bytesOut = 0
    const settle = (isWhole: boolean) => resolve({ bytesOut, isWhole })
    response.once('close', () => settle(response.writableFinished))
    response.once('error', () => settle(false))
    if (response.destroyed) return settle(false)
    response.writeHead(reply.status, reply.headers)
    const { body } = reply
    if (isHead || body === undefined) {
      if (body instanceof Readable) body.destroy()
      response.end(() => settle(true))
      return
    }
    if (Buffer.isBuffer(body)) {
      bytesOut = body.length
      response.end(body, () => settle(true))
      return
    }
    body.on('data', (chunk: Buffer) => {
      bytesOut += chunk.length
    })
    body.once('error', () => response.destroy())
    response.once('close', () => body.destroy())
    body.pipe(response)
    response.once('finish', () => settle(true))
  })
}
