import { Transform } from 'node:stream'
import type { Route, ServiceReply, ServiceRequest } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import type { Tenant } from '../core/tenant.ts'
import { actorOf, callerOf } from '../sharepoint/siteAccess.ts'
import type { FileContent, ItemRecord } from '../store/itemStore.ts'
import { allowQuery, CONFLICT_QUERY, queryConflict } from './bodies.ts'
import { type DriveContext, type ItemContext, itemRoute, placeRoute } from './driveRoute.ts'
import { type ItemTarget, notFound } from './driveTarget.ts'
import { checkPlace, type FilePlace, replaceFile, storeFile } from './fileWrites.ts'
import { itemReply, shaperFor } from './itemReplies.ts'
import { checkConditions, checkWritePreconditions, eTagOf, isNotModified } from './preconditions.ts'

/** The largest body that the front end takes in one request [B.5, J]. */
export const LARGEST_PUT_BYTES = 262_144_000
/** Bodies up to here are taken in one piece. */
const SMALL_BODY_BYTES = 64 * 1024

/**
 * PUT content: creates or, by default, replaces [B.5]. Conditions are judged when the request comes and again when its body is here: of
 * two conditional writes on one eTag exactly one succeeds.
 */
async function putContent(context: DriveContext, target: ItemTarget): Promise<ServiceReply> {
  const { request, tenant, path } = context
  allowQuery(request, CONFLICT_QUERY)
  const isById = path.item?.path.length === 0
  const conflict = queryConflict(request.url.searchParams) ?? 'replace'
  checkLength(request)
  const found = checkWritePreconditions(request, tenant, target.item)
  const place = isById ? undefined : placeOf(context, target)
  if (place === undefined) requireFile(found)
  else checkPlace(request, tenant, place, conflict)
  const content = await receive(request, tenant)
  const { item, isNew } = stored(tenant, content, () => {
    const current = currentItem(tenant, { found, place })
    checkConditions(request.headers, current)
    const write = { content, actor: actorOf(callerOf(request)), times: {} }
    return place === undefined
      ? replaceFile(request, tenant, { ...write, item: requireFile(current) })
      : storeFile(request, tenant, { ...write, place, conflict })
  })
  return itemReply(context, item, { status: isNew ? 201 : 200, isUpload: true })
}

function currentItem(
  tenant: Tenant,
  { found, place }: { readonly found: ItemRecord | undefined; readonly place: FilePlace | undefined },
): ItemRecord | undefined {
  if (place !== undefined && place.newFolders.length === 0) return tenant.items.child(place.driveId, place.folderId, place.name)
  return found === undefined ? undefined : tenant.items.get(found.driveId, found.itemId)
}

function requireFile(item: ItemRecord | undefined): ItemRecord {
  if (item === undefined) throw notFound()
  if (item.kind === 'folder') throw new ServiceError(400, 'invalidRequest', 'The content of a folder cannot be replaced.')
  return item
}

/** The place that a path names. Throws 404 when the path leads through a file. */
export function placeOf({ library }: DriveContext, { item, folder, missing }: ItemTarget): FilePlace {
  if (folder === undefined) throw notFound()
  const name = item?.name ?? missing.at(-1) ?? ''
  return { driveId: library.driveId, folderId: folder.itemId, newFolders: missing.slice(0, -1), name }
}

function checkLength({ headers }: ServiceRequest): void {
  const declared = headers['content-length']
  if (declared === undefined && headers['transfer-encoding'] === undefined) {
    throw new ServiceError(411, 'invalidRequest', 'A Content-Length header is required.')
  }
  if (Number(declared ?? 0) > LARGEST_PUT_BYTES) throw tooBig()
}

async function receive(request: ServiceRequest, tenant: Tenant): Promise<FileContent> {
  const declared = request.headers['content-length']
  if (declared !== undefined && Number(declared) <= SMALL_BODY_BYTES) {
    return tenant.content.put(await request.bytes(SMALL_BODY_BYTES))
  }
  return tenant.content.put(declared === undefined ? limited(request) : request.body)
}

/** A body of unknown length, cut off with a 413 once it is too long. */
function limited(request: ServiceRequest): Transform {
  let received = 0
  const limit = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      received += chunk.length
      done(received > LARGEST_PUT_BYTES ? tooBig() : null, chunk)
    },
  })
  request.body.once('error', () => limit.destroy(new Error('The connection closed before the whole body had arrived.')))
  return request.body.pipe(limit)
}

function tooBig(): ServiceError {
  return new ServiceError(
    413,
    'invalidRequest',
    'The request message is too big. The server does not allow messages larger than 262144000 bytes.',
  )
}

/** A content that cannot be stored after all is not kept. */
function stored<T>(tenant: Tenant, content: FileContent, store: () => T): T {
  try {
    return store()
  } catch (error) {
    tenant.content.remove(content.contentId)
    throw error
  }
}

/** GET content: a redirect to a URL that needs no token [B.2]. */
function getContent(context: ItemContext): ServiceReply {
  const { request, item } = context
  allowQuery(request, ['AVOverride'])
  if (item.kind === 'folder') throw new ServiceError(400, 'invalidRequest', 'You cannot get content for a folder')
  if (isNotModified(request, item)) return { status: 304, headers: { etag: eTagOf(item) } }
  return { status: 302, headers: { location: shaperFor(context).downloadUrl(item) } }
}

export const routes: readonly Route[] = [
  itemRoute({ name: 'drive.content.get', methods: ['GET'], action: ['content'], level: 'read', resourceUnits: 1 }, getContent),
  placeRoute(
    { name: 'drive.content.put', methods: ['PUT'], action: ['content'], level: 'contribute', resourceUnits: 2 },
    putContent,
  ),
]
