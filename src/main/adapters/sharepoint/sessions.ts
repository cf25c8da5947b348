import { MigrationError } from '../../../shared/errors.ts'
import {
  FRAGMENT_TIME_MAX_MS,
  SESSION_IDLE_MS,
  SESSION_NOT_FOUND_ATTEMPTS_MAX,
  SESSION_NOT_FOUND_WAIT_MS,
} from '../../../shared/limits.ts'
import type {
  FragmentReply,
  Outcome,
  SessionRequest,
  SessionState,
  StoredItem,
  UploadSession,
} from '../../engine/ports/destination.ts'
import { type BatchPart, sendBatch } from './batch.ts'
import { fileSystemInfo, findChild } from './items.ts'
import { settle } from './outcomes.ts'
import { graphPath, isAddressableByPath } from './paths.ts'
import { type CallBody, graphCall, type ServiceCall, type ServiceClient, type ServiceReply } from './serviceClient.ts'
import { readAnswer, readItem, sessionStateSchema, timeOf, uploadSessionSchema } from './wire.ts'

/** A fragment whose connection broke may still be read at the other end for a moment. [ours] */
const UNSETTLED_WAIT_MS = 1_000

export interface Fragment {
  readonly start: number
  readonly length: number
  readonly totalBytes: number
  readonly body: AsyncIterable<Uint8Array> | Uint8Array
}

/** One request for up to 20 sessions; outcomes in order. A session that nobody uses expires and leaves nothing, so creating is repeatable. */
export async function createSessions(
  client: ServiceClient,
  driveId: string,
  requests: readonly SessionRequest[],
  signal: AbortSignal,
): Promise<readonly Outcome<UploadSession>[]> {
  const addressable = requests.filter((request) => isAddressableByPath(request.name))
  const parts = addressable.map((request) => sessionPart(driveId, request))
  const replies = addressable.length === 1 ? await createOne(client, parts, signal) : await sendBatch(client, parts, signal)
  const outcomes = new Map(addressable.map((request, index) => [request, replies[index]]))
  const result: Outcome<UploadSession>[] = []
  for (const request of requests) {
    const outcome = outcomes.get(request)
    if (outcome?.ok) result.push(await settle(() => readSession(outcome.value, request, client), signal))
    else if (!outcome) result.push(await settle(() => sessionById(client, driveId, request, signal), signal))
    else result.push(await settle(() => withoutCondition(client, driveId, request, outcome.error, signal), signal))
  }
  return result
}

function sessionPart(
  driveId: string,
  request: SessionRequest & { readonly itemId?: string },
  { isUnconditional = false }: { readonly isUnconditional?: boolean } = {},
): BatchPart {
  const { itemId } = request
  const place =
    itemId === undefined ? `${graphPath.child(driveId, request.parentId, request.name)}:` : graphPath.item(driveId, itemId)
  return {
    method: 'POST',
    path: `${place}/createUploadSession`,
    ...(request.ifMatch === undefined || isUnconditional ? {} : { headers: { 'If-Match': request.ifMatch } }),
    json: {
      item: {
        '@microsoft.graph.conflictBehavior': itemId === undefined ? request.conflict : 'replace',
        name: request.name,
        fileSize: request.sizeBytes,
        ...(request.times === undefined ? {} : { fileSystemInfo: fileSystemInfo(request.times) }),
      },
    },
    what: `The file ${request.name}`,
    name: request.name,
    isRepeatable: true,
  }
}

async function createOne(
  client: ServiceClient,
  parts: readonly BatchPart[],
  signal: AbortSignal,
): Promise<readonly Outcome<ServiceReply>[]> {
  const [part] = parts
  if (!part) return []
  return [
    await settle(() => graphCall(client, { ...part, lane: 'bulk', body: { kind: 'json', value: part.json }, signal }), signal),
  ]
}

function readSession(reply: ServiceReply, request: SessionRequest, client: ServiceClient): UploadSession {
  const session = readAnswer(uploadSessionSchema, reply.body, `The upload session of ${request.name}`)
  return { url: session.uploadUrl, expiresAtMs: timeOf(session.expirationDateTime) ?? client.now() + SESSION_IDLE_MS }
}

/** A condition that held has been refused in the field: when the file still is what it was, the session is asked for without it. [B.6] */
async function withoutCondition(
  client: ServiceClient,
  driveId: string,
  request: SessionRequest & { readonly itemId?: string },
  error: MigrationError,
  signal: AbortSignal,
): Promise<UploadSession> {
  if (request.ifMatch === undefined || error.status !== 412) throw error
  const existing = await findChild(client, { driveId, ...request }, signal)
  if (existing?.eTag !== request.ifMatch) throw error
  const part = sessionPart(driveId, request, { isUnconditional: true })
  return readSession(
    await graphCall(client, { ...part, lane: 'bulk', body: { kind: 'json', value: part.json }, signal }),
    request,
    client,
  )
}

/**
 * A name that no path can say: an empty file takes the name first, and the session replaces it by its id, in the state in which it was seen:
 * sending may take long, and whoever writes into it meanwhile is not overwritten. [B.3]
 */
async function sessionById(
  client: ServiceClient,
  driveId: string,
  request: SessionRequest,
  signal: AbortSignal,
): Promise<UploadSession> {
  const existing = await findChild(client, { driveId, ...request }, signal)
  if (existing && request.conflict === 'fail' && existing.sizeBytes > 0) throw taken(request.name)
  if (existing && request.ifMatch !== undefined && existing.eTag !== request.ifMatch) {
    throw new MigrationError('DST_CHANGED', `The file ${request.name} was changed by somebody else in the meantime.`, {
      remedy: { kind: 'lookFirst' },
    })
  }
  const { itemId, eTag } = existing ?? (await createEmptyChild(client, driveId, request, signal))
  const asSeen = { ...request, itemId, ...(eTag === undefined ? {} : { ifMatch: eTag }) }
  const part = sessionPart(driveId, asSeen)
  try {
    const reply = await graphCall(client, { ...part, lane: 'bulk', body: { kind: 'json', value: part.json }, signal })
    return readSession(reply, request, client)
  } catch (thrown) {
    if (!(thrown instanceof MigrationError)) throw thrown
    return await withoutCondition(client, driveId, asSeen, thrown, signal)
  }
}

async function createEmptyChild(
  client: ServiceClient,
  driveId: string,
  file: { readonly parentId: string; readonly name: string },
  signal: AbortSignal,
): Promise<StoredItem> {
  const what = `The file ${file.name}`
  const reply = await graphCall(client, {
    method: 'POST',
    path: `${graphPath.item(driveId, file.parentId)}/children`,
    body: { kind: 'json', value: { name: file.name, file: {}, '@microsoft.graph.conflictBehavior': 'fail' } },
    lane: 'bulk',
    what,
    name: file.name,
    isRepeatable: false,
    signal,
  })
  return readItem(reply.body, what)
}

/** The only way to store a 0-byte file: sessions cannot. [B.5] */
export async function putEmpty(
  client: ServiceClient,
  driveId: string,
  file: { readonly parentId: string; readonly name: string; readonly conflict: 'fail' | 'replace'; readonly ifMatch?: string },
  signal: AbortSignal,
): Promise<StoredItem> {
  const what = `The file ${file.name}`
  if (!isAddressableByPath(file.name)) {
    const existing = await findChild(client, { driveId, ...file }, signal)
    if (!existing) return createEmptyChild(client, driveId, file, signal)
    if (file.conflict === 'fail') throw taken(file.name)
    return putEmptyAt(client, `${graphPath.item(driveId, existing.itemId)}/content`, file, what, signal)
  }
  const path = `${graphPath.child(driveId, file.parentId, file.name)}:/content?@microsoft.graph.conflictBehavior=${file.conflict}`
  return putEmptyAt(client, path, file, what, signal)
}

async function putEmptyAt(
  client: ServiceClient,
  path: string,
  file: { readonly name: string; readonly ifMatch?: string },
  what: string,
  signal: AbortSignal,
): Promise<StoredItem> {
  const reply = await graphCall(client, {
    method: 'PUT',
    path,
    headers: { 'content-type': 'application/octet-stream', ...(file.ifMatch === undefined ? {} : { 'if-match': file.ifMatch }) },
    body: { kind: 'bytes', bytes: new Uint8Array(0) },
    lane: 'bulk',
    what,
    name: file.name,
    isRepeatable: false,
    signal,
  })
  return readItem(reply.body, what)
}

const taken = (name: string): MigrationError =>
  new MigrationError('DST_EXISTS', `The file ${name} exists already.`, { remedy: { kind: 'failItem' }, status: 409 })

/** Calls to the address of a session: pre-authenticated, so never with a token; the address is a secret. [B.6] */
function sessionCall(
  session: UploadSession,
  call: Pick<ServiceCall, 'method' | 'isRepeatable' | 'accepts' | 'signal'> & {
    readonly headers?: Record<string, string>
    readonly body?: CallBody
  },
): ServiceCall {
  return {
    ...call,
    url: session.url,
    resource: 'none',
    lane: 'bulk',
    ru: 1,
    what: 'The upload',
    isUploadUrl: true,
    timeoutMs: FRAGMENT_TIME_MAX_MS + 30_000,
  }
}

/** Errors: DST_EXISTS and DST_CHANGED at commit, DST_SESSION_LOST, NET_ and DST_UNAVAILABLE with `lookFirst` when the outcome is unknown. */
export async function sendFragment(
  client: ServiceClient,
  session: UploadSession,
  fragment: Fragment,
  signal: AbortSignal,
): Promise<FragmentReply> {
  const { start, length, totalBytes, body } = fragment
  const call = sessionCall(session, {
    method: 'PUT',
    headers: { 'content-range': `bytes ${start}-${start + length - 1}/${totalBytes}` },
    body: body instanceof Uint8Array ? { kind: 'bytes', bytes: body } : { kind: 'stream', stream: body, lengthBytes: length },
    isRepeatable: false,
    accepts: [404, 416],
    signal,
  })
  const isRepeatable = body instanceof Uint8Array
  for (let attempt = 1; ; attempt++) {
    const reply = await client.call(call)
    if (reply.status === 200 || reply.status === 201) return { kind: 'stored', item: readItem(reply.body, 'The uploaded file') }
    if (reply.status === 202) return { kind: 'more', nextStart: nextStartOf(reply, start + length) }
    const isLast = !isRepeatable || attempt === SESSION_NOT_FOUND_ATTEMPTS_MAX
    if (reply.status === 416) {
      // The service has other bytes than we think: its word wins.
      const state = await sessionState(client, session, signal)
      if (state.kind === 'gone') throw lost(reply)
      if (state.nextStart !== start) return { kind: 'more', nextStart: state.nextStart }
      // Refused, though it is what is expected next: an earlier try of these bytes has not ended at the service yet.
      if (isLast) throw unsettled()
      await client.sleep(UNSETTLED_WAIT_MS, signal)
    } else {
      // Right after its creation a session is not known everywhere; later, 404 means what it says. [B.6]
      if (start !== 0 || isLast) throw lost(reply)
      await client.sleep(SESSION_NOT_FOUND_WAIT_MS, signal)
    }
  }
}

const lost = ({ status }: ServiceReply): MigrationError =>
  new MigrationError('DST_SESSION_LOST', `The upload lost its session (${status}).`, { remedy: { kind: 'lookFirst' }, status })

const unsettled = (): MigrationError =>
  new MigrationError('NET_INTERRUPTED', 'An earlier try of these bytes is still under way at the service.', {
    remedy: { kind: 'lookFirst' },
  })

/** Several ranges may be named; the first missing byte counts. */
function nextStartOf(reply: ServiceReply, otherwise: number): number {
  const { nextExpectedRanges } = readAnswer(sessionStateSchema, reply.body ?? {}, 'The upload session')
  const starts = nextExpectedRanges.map((range) => Number.parseInt(range, 10)).filter(Number.isSafeInteger)
  return starts.length === 0 ? otherwise : Math.min(...starts)
}

/** `gone`: committed, cancelled, expired, or its token died after a day. */
export async function sessionState(client: ServiceClient, session: UploadSession, signal: AbortSignal): Promise<SessionState> {
  const reply = await client.call(sessionCall(session, { method: 'GET', isRepeatable: true, accepts: [401, 404, 410], signal }))
  if (reply.status !== 200) return { kind: 'gone' }
  const state = readAnswer(sessionStateSchema, reply.body, 'The upload session')
  return {
    kind: 'open',
    nextStart: nextStartOf(reply, 0),
    expiresAtMs: timeOf(state.expirationDateTime) ?? client.now() + SESSION_IDLE_MS,
  }
}

/** A session that is gone already is cancelled. */
export async function cancelSession(client: ServiceClient, session: UploadSession, signal: AbortSignal): Promise<void> {
  await client.call(sessionCall(session, { method: 'DELETE', isRepeatable: true, accepts: [401, 404, 410], signal }))
}
