import type { ServiceReply, ServiceRequest } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import type { Tenant } from '../core/tenant.ts'
import type { ActorRef, FileTimes } from '../store/itemStore.ts'
import { locked } from '../store/placement.ts'
import { notFound } from './driveTarget.ts'
import { checkPlace, replaceFile, type StoredFile, storeFile } from './fileWrites.ts'
import { createItemShaper } from './itemShapes.ts'
import { checkConditions, eTagOf } from './preconditions.ts'
import { type UploadSession, uploadSessionsOf } from './uploadSessionStore.ts'

/**
 * Makes the file of a session that has all its bytes. A refusal (409 because the name is taken meanwhile, 412, 423, 507) leaves the
 * session and its bytes: the commit can be tried again, or the session deleted [B.6].
 */
export async function commitUpload(request: ServiceRequest, tenant: Tenant, session: UploadSession): Promise<ServiceReply> {
  const sessions = uploadSessionsOf(tenant)
  checkCommit(request, tenant, session)
  let ready = session
  if (ready.content === undefined) {
    ready = { ...session, content: await sessions.draft(session.sessionId).finish() }
    sessions.save(ready)
  }
  const { item, isNew } = store(request, tenant, ready)
  sessions.remove(ready, { keepsContent: true })
  const library = tenant.sites.libraryByDrive(item.driveId)
  const site = library === undefined ? undefined : tenant.sites.site(library.siteId)
  if (library === undefined || site === undefined) throw notFound()
  const shaper = createItemShaper(
    tenant,
    { site, library },
    { caller: session.caller, areHashesHidden: tenant.faults.isActive('hiddenHash', request) },
  )
  return {
    status: isNew ? 201 : 200,
    headers: { etag: eTagOf(item) },
    body: shaper.shape(item, { isListing: shaper.areHashesHidden, selection: undefined }),
  }
}

/** What can be refused before the content is taken out of the session. */
function checkCommit(request: ServiceRequest, tenant: Tenant, session: UploadSession): void {
  const current = currentItem(tenant, session)
  if (session.itemId !== undefined && current === undefined) throw notFound()
  if (current !== undefined && tenant.faults.isActive('itemLocked', request)) throw locked()
  checkConditions({ 'if-match': session.ifMatch, 'if-none-match': session.ifNoneMatch }, current)
  if (tenant.faults.isActive('resourceModified', request)) {
    throw new ServiceError(
      409,
      'resourceModified',
      'The resource has changed since the caller last read it; usually an eTag mismatch',
    )
  }
  if (session.place !== undefined) checkPlace(request, tenant, { driveId: session.driveId, ...session.place }, session.conflict)
}

function currentItem(tenant: Tenant, { driveId, itemId, place }: UploadSession) {
  if (itemId !== undefined) return tenant.items.get(driveId, itemId)
  return place === undefined || place.newFolders.length > 0 ? undefined : tenant.items.child(driveId, place.folderId, place.name)
}

function store(request: ServiceRequest, tenant: Tenant, session: UploadSession): StoredFile {
  const { driveId, itemId, place, conflict, content } = session
  const actor = actorOfSession(session)
  const times: FileTimes = {
    ...(session.times.createdMs === undefined ? {} : { createdMs: session.times.createdMs }),
    ...(session.times.modifiedMs === undefined ? {} : { modifiedMs: session.times.modifiedMs }),
  }
  if (content === undefined) throw new Error('An upload session was committed without its content.')
  if (place !== undefined) return storeFile(request, tenant, { place: { driveId, ...place }, conflict, content, actor, times })
  const item = itemId === undefined ? undefined : tenant.items.get(driveId, itemId)
  if (item === undefined) throw notFound()
  return replaceFile(request, tenant, { item, content, actor, times })
}

function actorOfSession({ actor }: UploadSession): ActorRef {
  return {
    displayName: actor.displayName,
    ...(actor.userId === undefined ? {} : { userId: actor.userId }),
    ...(actor.upn === undefined ? {} : { upn: actor.upn }),
    ...(actor.appId === undefined ? {} : { appId: actor.appId }),
  }
}
