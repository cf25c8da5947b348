import type { DestinationSpec } from '../../../shared/domain/task.ts'
import { MigrationError } from '../../../shared/errors.ts'
import { BATCH_REQUESTS_MAX } from '../../../shared/limits.ts'
import type { Destination, DestinationPlace, Destinations } from '../../engine/ports/destination.ts'
import type { BlobStoreDeps } from '../blob/blobStore.ts'
import { download } from './download.ts'
import { ensureFolder } from './folders.ts'
import { isEmptyFolder, moveItem, recycleItems } from './itemMoves.ts'
import { createPermissions } from './itemPermissions.ts'
import { createFolder, findChild, getItem, setTimes } from './items.ts'
import { listPlace } from './listing.ts'
import { createImportService } from './migrationApi.ts'
import { createNotebooks } from './notebooks.ts'
import { serverRelativePath } from './paths.ts'
import type { ServiceClient } from './serviceClient.ts'
import { cancelSession, createSessions, putEmpty, sendFragment, sessionState } from './sessions.ts'
import { readSitePermissions } from './sitePermissions.ts'
import { type ResolvedDrive, resolveDrive } from './sites.ts'
import { storedItem } from './wire.ts'

/** Asking again and again for a OneDrive that does not exist makes the service block this computer's address. [throttle] */
const MISSING_ONEDRIVE_REMEMBERED_MS = 10 * 60_000

/** SharePoint libraries, OneDrives and channel folders, through Microsoft Graph; with a `store` for packages also through imports. */
export function createDestinations(
  client: ServiceClient,
  { tenantId, store }: { readonly tenantId: string; readonly store?: BlobStoreDeps | undefined },
): Destinations {
  const missing = new Map<string, { readonly error: MigrationError; readonly untilMs: number }>()
  return {
    async open(spec, options) {
      const key = spec.kind === 'oneDrive' ? spec.upn.toLowerCase() : undefined
      const known = key === undefined ? undefined : missing.get(key)
      if (known && client.now() < known.untilMs) throw known.error
      try {
        return await openPlace({ client, tenantId, store }, spec, options)
      } catch (thrown) {
        if (key !== undefined && thrown instanceof MigrationError && thrown.code === 'DST_ONEDRIVE_NOT_PROVISIONED') {
          missing.set(key, { error: thrown, untilMs: client.now() + MISSING_ONEDRIVE_REMEMBERED_MS })
        }
        throw thrown
      }
    },
  }
}

async function openPlace(
  {
    client,
    tenantId,
    store,
  }: { readonly client: ServiceClient; readonly tenantId: string; readonly store: BlobStoreDeps | undefined },
  spec: DestinationSpec,
  options: { readonly createMissing: boolean; readonly signal: AbortSignal },
): Promise<Destination> {
  const resolved = await resolveDrive(client, spec, options)
  const { drive, start } = resolved
  const siteUrl = siteOf(resolved)
  const permissions = siteUrl === undefined ? undefined : await readSitePermissions(client, siteUrl, options.signal)
  if (permissions && !permissions.mayAddItems) {
    throw new MigrationError('DST_NO_ACCESS', `This sign-in may not add files to ${siteUrl}.`, {
      remedy: { kind: 'stopTask' },
      fix: 'Make the account a member or site collection administrator of the site, or give the app Sites.FullControl.All.',
    })
  }
  const below = await ensureFolder(client, { driveId: drive.id, itemId: start.id, path: spec.folder }, options)
  const root = below?.item ?? storedItem(start)
  const webUrl = root.webUrl ?? drive.webUrl
  const remaining = drive.quota?.remaining
  const placePath = serverRelativePath(webUrl)
  const imports =
    store && siteUrl !== undefined && drive.webUrl !== ''
      ? createImportService(client, store, {
          driveId: drive.id,
          webUrl: siteUrl,
          libraryPath: serverRelativePath(drive.webUrl),
          placePath,
        })
      : undefined
  const destination = driveDestination(client, {
    driveId: drive.id,
    rootItemId: root.itemId,
    webUrl,
    serverRelativePath: placePath,
    isLibraryRoot: below === undefined && spec.kind !== 'channel',
    // Custom script cannot be allowed on a OneDrive; elsewhere the site says it, and in doubt the first such file does.
    blocksScriptTypes: drive.driveType === 'business' || permissions?.mayCustomizePages === false,
    // Drives without a quota of their own say 0 of 0.
    remainingBytes: drive.quota?.total === 0 ? undefined : remaining,
    created: [...resolved.created, ...(below?.created ?? [])],
  })
  return {
    ...destination,
    imports,
    permissions: siteUrl === undefined ? undefined : createPermissions(client, { webUrl: siteUrl, tenantId }),
    notebooks: siteUrl === undefined ? undefined : createNotebooks(client, siteUrl),
  }
}

/** The web that holds the library: its address without the library's own last part. */
function siteOf({ drive }: ResolvedDrive): string | undefined {
  const url = URL.parse(drive.webUrl)
  if (!url) return undefined
  url.pathname = url.pathname.replace(/\/+$/, '').replace(/\/[^/]*$/, '')
  return url.href
}

function driveDestination(client: ServiceClient, place: DestinationPlace): Destination {
  const { driveId } = place
  return {
    place,
    maxSessionsPerCall: BATCH_REQUESTS_MAX,
    createFolder: (parentId, name, signal) => createFolder(client, { driveId, parentId, name }, signal),
    setTimes: (changes, signal) => setTimes(client, driveId, changes, signal),
    moveItem: (move, signal) => moveItem(client, driveId, move, signal),
    recycle: (removals, signal) => recycleItems(client, driveId, removals, signal),
    isEmptyFolder: (itemId, signal) => isEmptyFolder(client, driveId, itemId, signal),
    findChild: (parentId, name, signal) => findChild(client, { driveId, parentId, name }, signal),
    getItem: (itemId, signal) => getItem(client, driveId, itemId, signal),
    putEmpty: (file, signal) => putEmpty(client, driveId, file, signal),
    createSessions: (requests, signal) => createSessions(client, driveId, requests, signal),
    sendFragment: (session, fragment, signal) => sendFragment(client, session, fragment, signal),
    sessionState: (session, signal) => sessionState(client, session, signal),
    cancelSession: (session, signal) => cancelSession(client, session, signal),
    list: (signal) => listPlace(client, place, signal),
    download: (itemId, signal) => download(client, driveId, itemId, signal),
  }
}
