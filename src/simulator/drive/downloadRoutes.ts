import type { Route, ServiceReply, ServiceRequest } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import type { Tenant } from '../core/tenant.ts'
import type { ItemRecord } from '../store/itemStore.ts'
import { allowQuery } from './bodies.ts'
import { encodeSegment } from './encodedPaths.ts'
import { mimeTypeOf } from './mimeTypes.ts'
import { readPreAuthentication } from './preAuthentication.ts'
import { eTagOf, matchesTag } from './preconditions.ts'

const DOWNLOAD_QUERY = ['UniqueId', 'versionLabel', 'Translate', 'tempauth', 'ApiVersion']

/**
 * The pre-authenticated download on the SharePoint host [B.2]. Clients should not send their Graph token along; some do (PnPjs), and the
 * URL's own permission is what counts then.
 */
function download(request: ServiceRequest, tenant: Tenant): ServiceReply {
  allowQuery(request, DOWNLOAD_QUERY)
  const query = request.url.searchParams
  const grant = readPreAuthentication(tenant, query.get('tempauth'))
  if (grant === undefined) throw unauthenticated('The caller is not authenticated.')
  if (tenant.clock.now() >= grant.untilMs) throw unauthenticated('The access token has expired.')
  const item = tenant.items.byUniqueId(query.get('UniqueId') ?? '')
  if (item === undefined || item.driveId !== grant.subject || item.contentId === undefined) {
    throw new ServiceError(404, 'itemNotFound', 'File Not Found.')
  }
  const label = query.get('versionLabel')
  const version =
    label === null
      ? { contentId: item.contentId, sizeBytes: item.sizeBytes }
      : tenant.items.version(item.driveId, item.itemId, label)
  if (version === undefined) throw new ServiceError(404, 'itemNotFound', 'File Not Found.')
  return contentReply(request, tenant, item, version)
}

function contentReply(
  request: ServiceRequest,
  tenant: Tenant,
  item: ItemRecord,
  content: { readonly contentId: string; readonly sizeBytes: number },
): ServiceReply {
  const headers: Record<string, string> = {
    'accept-ranges': 'bytes',
    'content-type': mimeTypeOf(item.name),
    'content-disposition': `attachment; filename*=UTF-8''${encodeSegment(item.name)}; filename="${item.name.replace(/[^\x20-\x7e]|"/g, '_')}"`,
    etag: eTagOf(item),
    'last-modified': new Date(item.modifiedMs).toUTCString(),
  }
  const ifNoneMatch = request.headers['if-none-match']
  if (ifNoneMatch !== undefined && matchesTag(ifNoneMatch, item)) return { status: 304, headers: { etag: headers.etag ?? '' } }
  const range = readRange(request, item, content.sizeBytes)
  if (range === 'unsatisfiable') {
    return { status: 416, headers: { 'content-range': `bytes */${content.sizeBytes}`, 'accept-ranges': 'bytes' } }
  }
  if (range === undefined) {
    headers['content-length'] = String(content.sizeBytes)
    return { status: 200, headers, body: tenant.content.read(content.contentId) }
  }
  headers['content-length'] = String(range.endInclusive - range.start + 1)
  headers['content-range'] = `bytes ${range.start}-${range.endInclusive}/${content.sizeBytes}`
  return { status: 206, headers, body: tenant.content.read(content.contentId, range) }
}

/** A single byte range; several, or a malformed one, mean the whole file, and so does an `If-Range` of another version. */
function readRange(
  request: ServiceRequest,
  item: ItemRecord,
  sizeBytes: number,
): { readonly start: number; readonly endInclusive: number } | 'unsatisfiable' | undefined {
  const { range, 'if-range': ifRange } = request.headers
  const parts = /^bytes=(\d*)-(\d*)$/.exec(range?.trim() ?? '')
  if (parts === null || (ifRange !== undefined && !matchesTag(String(ifRange), item))) return undefined
  const [, from = '', to = ''] = parts
  if (from === '' && to === '') return undefined
  const start = from === '' ? Math.max(0, sizeBytes - Number(to)) : Number(from)
  const endInclusive = from === '' || to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1)
  if (to !== '' && from !== '' && Number(to) < start) return undefined
  return start >= sizeBytes || start > endInclusive ? 'unsatisfiable' : { start, endInclusive }
}

function unauthenticated(message: string): ServiceError {
  return new ServiceError(401, 'unauthenticated', message, {
    headers: { 'www-authenticate': 'Bearer realm="OneDriveAPI"' },
    rawBody: {
      contentType: 'application/json; charset=utf-8',
      text: JSON.stringify({ error: { code: 'unauthenticated', message } }),
    },
  })
}

export const routes: readonly Route[] = [
  {
    name: 'drive.download',
    service: 'sharepoint',
    methods: ['GET'],
    match: (rawPath, query) =>
      rawPath.toLowerCase().endsWith('/_layouts/15/download.aspx') && query.has('UniqueId') ? {} : undefined,
    resourceUnits: 1,
    access: 'anonymous',
    chargedTo: (request, tenant) => readPreAuthentication(tenant, request.url.searchParams.get('tempauth')),
    handle: download,
  },
]
