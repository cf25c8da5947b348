import type { Route, ServiceReply, ServiceRequest } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import type { Tenant } from '../core/tenant.ts'
import { actorOf, callerOf } from '../sharepoint/siteAccess.ts'
import { foldName } from '../store/nameFolding.ts'
import { quotaReached } from '../store/placement.ts'
import { allowQuery, CONFLICT_QUERY, conflictOf, readBody, sessionBody, timesOf } from './bodies.ts'
import { placeOf } from './contentRoutes.ts'
import { type DriveContext, placeRoute } from './driveRoute.ts'
import { type DriveTarget, type ItemTarget, notFound } from './driveTarget.ts'
import { encodeSegment, siteUrl } from './encodedPaths.ts'
import { checkPlace } from './fileWrites.ts'
import { METADATA } from './itemReplies.ts'
import { mintPreAuthentication, UPLOAD_LIFETIME_MS } from './preAuthentication.ts'
import { checkWritePreconditions } from './preconditions.ts'
import { type UploadSession, uploadSessionsOf } from './uploadSessionStore.ts'

/** How far ahead a session's end lies after every accepted request [B.6]. */
export const SESSION_IDLE_MS = 15 * 60_000
/** Largest file of the service: 250 GB [F, J]. */
const LARGEST_FILE_BYTES = 250 * 1024 ** 3

/** POST createUploadSession, by path or by the id of a file to replace [B.6]. */
async function createSession(context: DriveContext, target: ItemTarget): Promise<ServiceReply> {
  const { request, tenant, library, path } = context
  allowQuery(request, CONFLICT_QUERY)
  const body = isBodyless(request) ? {} : await readBody(request, sessionBody)
  const current = checkWritePreconditions(request, tenant, target.item)
  const isById = path.item?.path.length === 0
  // The documentation says `fail`; the service replaces unless told otherwise (microsoft-graph-docs#19010), and clients rely on it.
  const conflict = conflictOf(body.item ?? {}, request.url.searchParams) ?? 'replace'
  checkSize(tenant, library.driveId, body.item?.fileSize)
  let place: UploadSession['place']
  if (isById) {
    if (current === undefined) throw notFound()
    if (current.kind === 'folder') throw new ServiceError(400, 'invalidRequest', 'An upload session cannot replace a folder.')
  } else {
    const found = placeOf(context, target)
    if (body.item?.name !== undefined && foldName(body.item.name) !== foldName(found.name)) {
      throw new ServiceError(
        400,
        'invalidRequest',
        "Name specified in the path doesn't match the name specified in the request body.",
      )
    }
    checkPlace(request, tenant, found, conflict)
    place = { folderId: found.folderId, newFolders: [...found.newFolders], name: found.name }
  }
  const caller = callerOf(request)
  const nowMs = tenant.clock.now()
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = request.headers
  const created: UploadSession = {
    sessionId: tenant.random.guid(),
    driveId: library.driveId,
    ...(place === undefined ? {} : { place }),
    ...(isById && current !== undefined ? { itemId: current.itemId } : {}),
    conflict,
    ...(ifMatch === undefined ? {} : { ifMatch }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
    isCommitDeferred: body.deferCommit ?? false,
    times: timesOf(body.item?.fileSystemInfo),
    actor: actorOf(caller),
    caller: {
      kind: caller.kind,
      appId: caller.appId,
      objectId: caller.objectId,
      ...(caller.upn === undefined ? {} : { upn: caller.upn }),
    },
    createdMs: nowMs,
    expiresMs: nowMs + SESSION_IDLE_MS,
  }
  uploadSessionsOf(tenant).add(created)
  const name = place?.name ?? current?.name ?? ''
  return {
    status: 200,
    body: {
      '@odata.context': `${METADATA}#microsoft.graph.uploadSession`,
      expirationDateTime: new Date(created.expiresMs).toISOString(),
      nextExpectedRanges: ['0-'],
      uploadUrl: uploadUrl(context, created, {
        name,
        tempAuth: mintPreAuthentication(tenant, caller, created.sessionId, UPLOAD_LIFETIME_MS),
      }),
    },
  }
}

function isBodyless({ headers }: ServiceRequest): boolean {
  return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0
}

function checkSize(tenant: Tenant, driveId: string, fileSize: number | undefined): void {
  if (fileSize === undefined) return
  if (fileSize === 0) throw new ServiceError(400, 'invalidRequest', 'An upload session cannot be created for an empty file.')
  if (fileSize > LARGEST_FILE_BYTES) {
    throw new ServiceError(413, 'invalidRequest', 'The file is larger than the largest one allowed.', {
      innerCode: 'maxFileSizeExceeded',
    })
  }
  const site = tenant.sites.site(tenant.sites.libraryByDrive(driveId)?.siteId ?? '')
  if (site !== undefined && tenant.sites.usedBytes(site.siteId) + fileSize > site.quotaBytes) throw quotaReached()
}

/** The form is the real one (microsoft-graph-docs#5155): on the SharePoint host, with the permission in `tempauth`. */
function uploadUrl(
  { site, library }: DriveTarget,
  session: UploadSession,
  options: { readonly name: string; readonly tempAuth: string },
): string {
  const drive = library.isDefault ? 'drive' : `drives/${library.driveId}`
  const itemId = session.itemId ?? session.place?.folderId ?? ''
  const temporary = `~tmp${session.sessionId.slice(0, 2).toUpperCase()}_${options.name}`.replaceAll("'", "''")
  const query = [
    `guid='${session.sessionId}'`,
    `path='${encodeSegment(temporary)}'`,
    `overwrite=${session.conflict === 'replace' ? 'True' : 'False'}`,
    `rename=${session.conflict === 'rename' ? 'True' : 'False'}`,
    `dc=${session.isCommitDeferred ? 1 : 0}`,
    `tempauth=${options.tempAuth}`,
  ]
  return `${siteUrl(site)}/_api/v2.0/${drive}/items/${itemId}/uploadSession?${query.join('&')}`
}

export const routes: readonly Route[] = [
  placeRoute(
    { name: 'drive.session.create', methods: ['POST'], action: ['createuploadsession'], level: 'contribute', resourceUnits: 2 },
    createSession,
  ),
]
