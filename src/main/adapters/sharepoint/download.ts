import { MigrationError } from '../../../shared/errors.ts'
import { graphPath } from './paths.ts'
import { graphCall, type ServiceClient } from './serviceClient.ts'

/** Silence of the download after which it is given up. */
const SILENCE_MAX_MS = 120_000

/** The content of a file as it arrives. The service answers with a pre-authenticated address, which must not see our token. [B.2] */
export async function* download(
  client: ServiceClient,
  driveId: string,
  itemId: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const what = `The content of item ${itemId}`
  const reply = await graphCall(client, {
    method: 'GET',
    path: `${graphPath.item(driveId, itemId)}/content`,
    lane: 'bulk',
    what,
    isRepeatable: true,
    accepts: [302, 307],
    signal,
  })
  const location = reply.headers.location
  const target = location === undefined ? null : URL.parse(location)
  if (target?.protocol !== 'https:') {
    throw new MigrationError('DST_UNAVAILABLE', `${what}: the service gave no address to download from.`, {
      remedy: { kind: 'retry' },
    })
  }
  const stream = await client.open({
    method: 'GET',
    url: target.href,
    headers: { accept: '*/*' },
    resource: 'none',
    lane: 'bulk',
    ru: 1,
    what,
    isRepeatable: true,
    timeoutMs: SILENCE_MAX_MS,
    accepts: [401],
    signal,
  })
  if (stream.status === 401) {
    for await (const _part of stream.bytes);
    throw new MigrationError('DST_UNAVAILABLE', `${what}: the address to download from has expired.`, {
      remedy: { kind: 'retry' },
      status: 401,
    })
  }
  yield* stream.bytes
}
