import { type Readable, Transform } from 'node:stream'
import type { Route, ServiceReply, ServiceRequest } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import { ConnectionBrokenError } from '../core/serviceRequest.ts'
import type { Tenant } from '../core/tenant.ts'
import { FragmentLengthError } from '../store/contentFiles.ts'
import { allowQuery } from './bodies.ts'
import { readPreAuthentication } from './preAuthentication.ts'
import { SESSION_IDLE_MS } from './sessionRoutes.ts'
import { commitUpload } from './uploadCommit.ts'
import { type Fragment, GATEWAY_TIMEOUT_MS, invalidRange, readFragment } from './uploadFragments.ts'
import { type UploadSession, uploadSessionsOf } from './uploadSessionStore.ts'

/** Sessions of which a fragment is arriving or being committed just now. */
const busy = new WeakSet<UploadSession>()

/** What the URL was made with; it is opaque to clients. */
const UPLOAD_QUERY = ['guid', 'path', 'overwrite', 'rename', 'dc', 'tempauth']

/** Finds the session of an upload URL. Throws 401 for a URL that may not be used any more or as it was, 404 for a session that is gone [B.6]. */
function openSession(request: ServiceRequest, tenant: Tenant): UploadSession {
  allowQuery(request, UPLOAD_QUERY)
  const query = request.url.searchParams
  const grant = readPreAuthentication(tenant, query.get('tempauth'))
  // rclone 1.60 sends its token along; reports say that some tenants did not mind [B.6].
  if (request.headers.authorization !== undefined && tenant.behaviour.profile === 'strict') {
    throw new ServiceError(
      401,
      'unauthenticated',
      'The upload URL is authenticated by itself; the Authorization header is not accepted.',
    )
  }
  if (grant === undefined) throw new ServiceError(401, 'unauthenticated', 'The caller is not authenticated.')
  if (tenant.clock.now() >= grant.untilMs) {
    const [from, until] = [new Date(grant.fromMs).toUTCString(), new Date(grant.untilMs).toUTCString()]
    throw new ServiceError(401, 'unauthenticated', `The access token has expired. It's valid from '${from}' and to '${until}'.`, {
      innerCode: 'expiredToken',
    })
  }
  const sessionId = (query.get('guid') ?? '').replaceAll("'", '')
  const session = sessionId === grant.subject ? uploadSessionsOf(tenant).get(sessionId) : undefined
  if (session === undefined || tenant.faults.isActive('sessionNotFound', request)) throw sessionNotFound()
  return session
}

function sessionNotFound(): ServiceError {
  return new ServiceError(404, 'itemNotFound', 'The upload session was not found', { innerCode: 'uploadSessionNotFound' })
}

function receivedBytes(tenant: Tenant, session: UploadSession): number {
  return session.content?.sizeBytes ?? uploadSessionsOf(tenant).draft(session.sessionId).receivedBytes
}

function statusReply(request: ServiceRequest, tenant: Tenant, session: UploadSession, status: number): ServiceReply {
  const received = receivedBytes(tenant, session)
  const isWhole = session.totalBytes !== undefined && received === session.totalBytes
  return {
    status,
    body: {
      expirationDateTime: new Date(session.expiresMs).toISOString(),
      nextExpectedRanges: isWhole ? [] : expectedRanges(request, tenant, { received, totalBytes: session.totalBytes }),
    },
  }
}

/** Usually one open range; under a fault script two, of which the first is the one to go on with. */
function expectedRanges(
  request: ServiceRequest,
  tenant: Tenant,
  { received, totalBytes }: { readonly received: number; readonly totalBytes: number | undefined },
): string[] {
  const middle = totalBytes === undefined ? received : received + Math.floor((totalBytes - received) / 2)
  if (middle <= received || !tenant.faults.isActive('multiRangeExpected', request)) return [`${received}-`]
  return [`${received}-${middle - 1}`, `${middle}-`]
}

async function putFragment(request: ServiceRequest, tenant: Tenant): Promise<ServiceReply> {
  const sessions = uploadSessionsOf(tenant)
  const session = openSession(request, tenant)
  const fragment = readFragment(request, { received: receivedBytes(tenant, session), totalBytes: session.totalBytes })
  if (tenant.faults.isActive('sessionRangeRefused', request)) throw invalidRange('fragmentOverlap')
  if (busy.has(session)) throw invalidRange('fragmentOverlap')
  if (session.totalBytes === undefined) tenant.items.checkQuota(session.driveId, fragment.totalBytes)
  busy.add(session)
  let received: UploadSession
  try {
    await append(request, tenant, session, fragment)
    received = { ...session, totalBytes: fragment.totalBytes, expiresMs: tenant.clock.now() + SESSION_IDLE_MS }
    sessions.save(received)
  } finally {
    busy.delete(session)
  }
  if (fragment.endInclusive + 1 < fragment.totalBytes || session.isCommitDeferred)
    return statusReply(request, tenant, received, 202)
  return commit(request, tenant, received)
}

/** Whole or not at all: a fragment whose connection breaks leaves nothing behind. */
async function append(request: ServiceRequest, tenant: Tenant, session: UploadSession, fragment: Fragment): Promise<void> {
  const isLate = () => tenant.clock.now() - request.receivedAt > GATEWAY_TIMEOUT_MS
  try {
    await uploadSessionsOf(tenant).draft(session.sessionId).append(whileInTime(request.body, isLate), fragment.lengthBytes)
  } catch (error) {
    if (isLate()) throw new ServiceError(504, 'generalException', 'The gateway did not receive a response in time.')
    if (error instanceof FragmentLengthError) throw lengthMismatch()
    throw error instanceof ConnectionBrokenError ? error : new ConnectionBrokenError()
  }
}

/** The body as long as it is in time; then it ends in an error, and what is left of it is read to nowhere. */
function whileInTime(body: Readable, isLate: () => boolean): Readable {
  // Broken off before anybody looked: its end has been told already and will not be told again.
  if (body.destroyed && !body.readableEnded) throw new ConnectionBrokenError()
  const late = () => (isLate() ? new Error('The fragment took too long.') : null)
  const timed = new Transform({
    transform: (chunk: Buffer, _encoding, done) => done(late(), chunk),
    flush: (done) => done(late()),
  })
  timed.on('error', () => body.resume())
  body.on('error', () => timed.destroy(new ConnectionBrokenError()))
  body.on('close', () => {
    if (!body.readableEnded) timed.destroy(new ConnectionBrokenError())
  })
  return body.pipe(timed)
}

function lengthMismatch(): ServiceError {
  return new ServiceError(400, 'invalidRequest', 'The Content-Range header length does not match the content length.', {
    innerCode: 'fragmentLengthMismatch',
  })
}

async function commit(request: ServiceRequest, tenant: Tenant, session: UploadSession): Promise<ServiceReply> {
  if (busy.has(session)) throw invalidRange('fragmentOverlap')
  busy.add(session)
  try {
    return await commitUpload(request, tenant, session)
  } finally {
    busy.delete(session)
  }
}

/** POST to the upload URL: the explicit commit of a deferred session, or another try after a conflict. */
async function postCommit(request: ServiceRequest, tenant: Tenant): Promise<ServiceReply> {
  const session = openSession(request, tenant)
  if (Number(request.headers['content-length'] ?? 0) > 0) {
    throw new ServiceError(400, 'invalidRequest', 'The request that commits an upload session has no body.')
  }
  if (session.totalBytes === undefined || receivedBytes(tenant, session) < session.totalBytes) {
    throw new ServiceError(400, 'invalidRequest', 'The upload session has not received all bytes of the file.', {
      innerCode: 'uploadSessionIncomplete',
    })
  }
  return commit(request, tenant, session)
}

function cancel(request: ServiceRequest, tenant: Tenant): ServiceReply {
  uploadSessionsOf(tenant).remove(openSession(request, tenant), { keepsContent: false })
  return { status: 204 }
}

const UPLOAD_PATH = /\/_api\/v2\.[01]\/drives?\/[^?]*\/uploadSession$/i

function uploadRoute(name: string, method: string, handle: Route['handle']): Route {
  return {
    name,
    service: 'sharepoint',
    methods: [method],
    match: (rawPath) => (UPLOAD_PATH.test(rawPath) ? {} : undefined),
    resourceUnits: 1,
    access: 'anonymous',
    chargedTo: (request, tenant) => readPreAuthentication(tenant, request.url.searchParams.get('tempauth')),
    handle,
  }
}

export const routes: readonly Route[] = [
  uploadRoute('drive.session.fragment', 'PUT', putFragment),
  uploadRoute('drive.session.get', 'GET', (request, tenant) => statusReply(request, tenant, openSession(request, tenant), 200)),
  uploadRoute('drive.session.commit', 'POST', postCommit),
  uploadRoute('drive.session.cancel', 'DELETE', cancel),
]
