import type { ItemMove, ItemRemoval, Outcome, StoredItem } from '../../engine/ports/destination.ts'
import { type BatchPart, sendBatch } from './batch.ts'
import { readPage } from './pages.ts'
import { encodeSegment, graphPath } from './paths.ts'
import { graphCall, type ServiceClient } from './serviceClient.ts'
import { readItem } from './wire.ts'

/** Name and folder in one request, which makes no version. [B.3, B.7] */
export async function moveItem(client: ServiceClient, driveId: string, move: ItemMove, signal: AbortSignal): Promise<StoredItem> {
  const what = `The item ${move.name}`
  encodeSegment(move.name)
  const reply = await graphCall(client, {
    method: 'PATCH',
    path: graphPath.item(driveId, move.itemId),
    body: { kind: 'json', value: { name: move.name, parentReference: { id: move.parentId } } },
    ...(move.ifMatch === undefined ? {} : { headers: { 'If-Match': move.ifMatch } }),
    lane: 'bulk',
    what,
    name: move.name,
    isRepeatable: false,
    signal,
  })
  return readItem(reply.body, what)
}

/** DELETE puts an item into the recycle bin of its site; 20 a request. [B.7] */
export async function recycleItems(
  client: ServiceClient,
  driveId: string,
  removals: readonly ItemRemoval[],
  signal: AbortSignal,
): Promise<readonly Outcome<undefined>[]> {
  const parts = removals.map(
    ({ itemId, ifMatch }): BatchPart => ({
      method: 'DELETE',
      path: graphPath.item(driveId, itemId),
      ...(ifMatch === undefined ? {} : { headers: { 'If-Match': ifMatch } }),
      what: `The item ${itemId}`,
      // Done twice it is done once: what is gone is gone.
      isRepeatable: true,
      accepts: [404],
    }),
  )
  return (await sendBatch(client, parts, signal)).map((outcome) => (outcome.ok ? { ok: true, value: undefined } : outcome))
}

export async function isEmptyFolder(
  client: ServiceClient,
  driveId: string,
  itemId: string,
  signal: AbortSignal,
): Promise<boolean> {
  const what = `The folder ${itemId}`
  const path = `${graphPath.item(driveId, itemId)}/children?$select=id&$top=1`
  const page = await readPage(client, path, { what, signal })
  return page.values.length === 0 && page.next === undefined
}
