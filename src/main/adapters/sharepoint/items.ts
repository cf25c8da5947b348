import { MigrationError } from '../../../shared/errors.ts'
import type { FileTimes, Outcome, StoredItem, TimesChange } from '../../engine/ports/destination.ts'
import { type BatchPart, sendBatch } from './batch.ts'
import { readErrorBody } from './errorBody.ts'
import { settle } from './outcomes.ts'
import { readPages } from './pages.ts'
import { encodeSegment, graphPath, ITEM_SELECT, isAddressableByPath, sameName } from './paths.ts'
import { graphCall, type ServiceClient, type ServiceReply } from './serviceClient.ts'
import { driveItemSchema, readAnswer, readItem, storedItem } from './wire.ts'

/** undefined = the service says that it does not exist. */
export async function getItem(
  client: ServiceClient,
  driveId: string,
  itemId: string,
  signal: AbortSignal,
): Promise<StoredItem | undefined> {
  const what = `The item ${itemId}`
  const path = `${graphPath.item(driveId, itemId)}?$select=${ITEM_SELECT}`
  const reply = await graphCall(client, { method: 'GET', path, lane: 'bulk', what, isRepeatable: true, signal, accepts: [404] })
  return isAbsent(reply, what) ? undefined : readItem(reply.body, what)
}

/** Finds a child by its name, also one that cannot be addressed by path. undefined = the service says that it does not exist. */
export async function findChild(
  client: ServiceClient,
  place: { readonly driveId: string; readonly parentId: string; readonly name: string },
  signal: AbortSignal,
): Promise<StoredItem | undefined> {
  const what = `The item ${place.name}`
  if (!isAddressableByPath(place.name)) return findByListing(client, place, signal)
  const path = `${graphPath.child(place.driveId, place.parentId, place.name)}?$select=${ITEM_SELECT}`
  const reply = await graphCall(client, { method: 'GET', path, lane: 'bulk', what, isRepeatable: true, signal, accepts: [404] })
  return isAbsent(reply, what) ? undefined : readItem(reply.body, what)
}

/** Only a 404 in the service's own words means absent; one of a gateway says nothing. [B.7] */
function isAbsent(reply: ServiceReply, what: string): boolean {
  if (reply.status !== 404) return false
  if (readErrorBody(reply.body).codes.length > 0) return true
  throw new MigrationError(
    'DST_UNAVAILABLE',
    `${what}: something between here and the service answered that it does not exist.`,
    {
      remedy: { kind: 'retry' },
      status: 404,
    },
  )
}

async function findByListing(
  client: ServiceClient,
  place: { readonly driveId: string; readonly parentId: string; readonly name: string },
  signal: AbortSignal,
): Promise<StoredItem | undefined> {
  const what = `The folder with ${place.name}`
  const path = `${graphPath.item(place.driveId, place.parentId)}/children?$select=${ITEM_SELECT}&$top=1000`
  for await (const page of readPages(client, path, { what, signal })) {
    for (const value of page) {
      const item = readAnswer(driveItemSchema, value, what)
      if (sameName(item.name, place.name)) return storedItem(item)
    }
  }
  return undefined
}

/** Adopts an existing folder of that name; two agents may do it at once. Errors: DST_EXISTS when a file has the name. [B.4] */
export function createFolder(
  client: ServiceClient,
  place: { readonly driveId: string; readonly parentId: string; readonly name: string },
  signal: AbortSignal,
): Promise<{ readonly item: StoredItem; readonly isNew: boolean }> {
  const what = `The folder ${place.name}`
  encodeSegment(place.name)
  return client.retry(async () => {
    const reply = await graphCall(client, {
      method: 'POST',
      path: `${graphPath.item(place.driveId, place.parentId)}/children`,
      body: { kind: 'json', value: { name: place.name, folder: {}, '@microsoft.graph.conflictBehavior': 'fail' } },
      lane: 'bulk',
      what,
      name: place.name,
      isRepeatable: true,
      signal,
      accepts: [409],
    })
    if (reply.status !== 409) return { item: readItem(reply.body, what), isNew: true }
    const existing = await findChild(client, place, signal)
    if (existing?.kind === 'folder') return { item: existing, isNew: false }
    if (existing) {
      throw new MigrationError('DST_EXISTS', `${what} cannot be created: a file has that name.`, {
        remedy: { kind: 'failItem' },
        fix: 'Rename the file at the destination, or the folder at the source.',
        status: 409,
      })
    }
    throw new MigrationError('DST_CHANGED', `${what} exists and cannot be found; the service is not up to date.`, {
      remedy: { kind: 'retry' },
      status: 409,
    })
  }, signal)
}

/** Sets client times, 20 items a request; outcomes in the order of the changes. Makes an extra version of a file [B.4], so a lost
 * answer is no reason to send it again: errors then say `lookFirst`. */
export async function setTimes(
  client: ServiceClient,
  driveId: string,
  changes: readonly TimesChange[],
  signal: AbortSignal,
): Promise<readonly Outcome<StoredItem>[]> {
  const parts = changes.map(
    ({ itemId, times, ifMatch }): BatchPart => ({
      method: 'PATCH',
      path: graphPath.item(driveId, itemId),
      json: { fileSystemInfo: fileSystemInfo(times) },
      ...(ifMatch === undefined ? {} : { headers: { 'If-Match': ifMatch } }),
      what: `The item ${itemId}`,
      isRepeatable: false,
    }),
  )
  const outcomes: Outcome<StoredItem>[] = []
  for (const [index, outcome] of (await sendBatch(client, parts, signal)).entries()) {
    outcomes.push(outcome.ok ? await settle(() => readItem(outcome.value.body, parts[index]?.what ?? ''), signal) : outcome)
  }
  return outcomes
}

/** Whole seconds: business drives know no finer ones. [B.2] */
export function fileSystemInfo(times: FileTimes): { createdDateTime?: string; lastModifiedDateTime?: string } {
  return {
    ...(times.createdMs === undefined ? {} : { createdDateTime: iso(times.createdMs) }),
    ...(times.modifiedMs === undefined ? {} : { lastModifiedDateTime: iso(times.modifiedMs) }),
  }
}

const iso = (ms: number): string => `${new Date(Math.floor(ms / 1000) * 1000).toISOString().slice(0, 19)}Z`
