import type { DestinationSpec } from '../../../shared/domain/task.ts'
import { MigrationError } from '../../../shared/errors.ts'
import type { DestinationPlace } from '../../engine/ports/destination.ts'
import { readErrorBody } from './errorBody.ts'
import { readPages } from './pages.ts'
import { graphPath, sameName, serverRelativePath } from './paths.ts'
import { graphCall, type ServiceClient, type ServiceReply } from './serviceClient.ts'
import { serviceError } from './serviceErrors.ts'
import {
  type Drive,
  type DriveItem,
  driveItemSchema,
  driveSchema,
  listSchema,
  readAnswer,
  type Site,
  siteSchema,
} from './wire.ts'

type Created = DestinationPlace['created'][number]

/** The drive and folder that a destination names, before its own `folder` is walked. */
export interface ResolvedDrive {
  readonly drive: Drive
  readonly start: DriveItem
  readonly created: readonly Created[]
}

interface Options {
  readonly createMissing: boolean
  readonly signal: AbortSignal
}

const DRIVE_SELECT = '$select=id,name,driveType,webUrl,quota'
/** A library that was just created is not everywhere at once. [ours] */
const NEW_LIBRARY_ATTEMPTS = 6

/** Errors: INPUT_DESTINATION, DST_SITE_NOT_FOUND, DST_NO_ACCESS. */
export async function resolveSite(client: ServiceClient, siteUrl: string, signal: AbortSignal): Promise<Site> {
  const url = siteAddress(siteUrl)
  const what = `The site ${url.href}`
  const context = { what, isForWholeTask: true, isRepeatable: true }
  const path = `${graphPath.site(url.hostname, serverRelativePath(url.href))}?$select=id,webUrl,displayName`
  const reply = await graphCall(client, { ...context, method: 'GET', path, signal, accepts: [400, 404] })
  // Hosts of other tenants and names that cannot be a site are answered with 400.
  const isAbsent = reply.status === 404 || readErrorBody(reply.body).codes.includes('invalidRequest')
  if (reply.status === 400 && !isAbsent) throw serviceError(reply, context, client.now())
  if (isAbsent) {
    throw new MigrationError('DST_SITE_NOT_FOUND', `${what} does not exist, or this account may not see it.`, {
      remedy: { kind: 'stopTask' },
      fix: 'Check the address (https://<tenant>.sharepoint.com/sites/<name>), and that the app or account has access to the site.',
      status: reply.status,
    })
  }
  return readAnswer(siteSchema, reply.body, what)
}

function siteAddress(siteUrl: string): URL {
  const url = URL.parse(siteUrl)
  if (url?.protocol !== 'https:') {
    throw new MigrationError('INPUT_DESTINATION', `${siteUrl} is not the address of a site.`, {
      remedy: { kind: 'stopTask' },
      fix: 'Give an address like https://contoso.sharepoint.com/sites/finance.',
    })
  }
  url.search = ''
  url.hash = ''
  url.pathname = url.pathname.replace(/\/+$/, '')
  return url
}

/** The drive of any kind of destination. Errors: those of Destinations.open. */
export function resolveDrive(client: ServiceClient, spec: DestinationSpec, options: Options): Promise<ResolvedDrive> {
  switch (spec.kind) {
    case 'library':
      return resolveLibrary(client, spec, options)
    case 'oneDrive':
      return resolveOneDrive(client, spec.upn, options.signal)
    case 'channel':
      return resolveChannel(client, spec, options.signal)
  }
}

async function resolveLibrary(
  client: ServiceClient,
  spec: { readonly siteUrl: string; readonly library: string },
  options: Options,
): Promise<ResolvedDrive> {
  const site = await resolveSite(client, spec.siteUrl, options.signal)
  const drives = await drivesOf(client, site, options.signal)
  const known = pickLibrary(drives, spec.library) ?? (await defaultLibrary(client, site, spec.library, options.signal))
  if (known) return { drive: known, start: await rootOf(client, known, options.signal), created: [] }
  if (!options.createMissing || spec.library.startsWith('https://')) {
    const titles = drives.map((drive) => drive.name).join(', ')
    throw new MigrationError(
      'DST_LIBRARY_NOT_FOUND',
      `The site ${site.webUrl} has no library ${spec.library}${titles === '' ? '' : `; it has: ${titles.slice(0, 500)}`}.`,
      {
        remedy: { kind: 'stopTask' },
        fix: 'Correct the name, or allow the task to create the library.',
      },
    )
  }
  return createLibrary(client, site, spec.library, options.signal)
}

async function drivesOf(client: ServiceClient, site: Site, signal: AbortSignal): Promise<readonly Drive[]> {
  const found: Drive[] = []
  const what = `The libraries of ${site.webUrl}`
  for await (const page of readPages(client, `${graphPath.siteById(site.id)}/drives?${DRIVE_SELECT}`, {
    what,
    signal,
    isForWholeTask: true,
  })) {
    for (const drive of page) found.push(readAnswer(driveSchema, drive, what))
  }
  return found
}

/**
 * A library has a title and a name in its address, both can differ in every language, and one library's title may be another's address.
 * An address wins, then the exact title, then the title without case, then the name in the address.
 */
export function pickLibrary(drives: readonly Drive[], wanted: string): Drive | undefined {
  if (wanted.startsWith('https://')) {
    const path = serverRelativePath(wanted.replace(/[?#].*$/, '')).replace(/\/Forms\/[^/]+\.aspx$/i, '')
    const host = URL.parse(wanted)?.hostname.toLowerCase()
    return drives.find(
      (drive) =>
        drive.webUrl !== '' &&
        new URL(drive.webUrl).hostname.toLowerCase() === host &&
        sameName(serverRelativePath(drive.webUrl), path),
    )
  }
  return (
    drives.find((drive) => drive.name === wanted) ??
    drives.find((drive) => sameName(drive.name, wanted)) ??
    drives.find((drive) => drive.webUrl !== '' && sameName(serverRelativePath(drive.webUrl).split('/').at(-1) ?? '', wanted))
  )
}

/** `Documents` and `Shared Documents` mean the default library in every language. */
async function defaultLibrary(
  client: ServiceClient,
  site: Site,
  wanted: string,
  signal: AbortSignal,
): Promise<Drive | undefined> {
  if (!['documents', 'shared documents'].includes(wanted.toLowerCase())) return undefined
  const what = `The default library of ${site.webUrl}`
  const reply = await graphCall(client, {
    method: 'GET',
    path: `${graphPath.siteById(site.id)}/drive?${DRIVE_SELECT}`,
    what,
    isRepeatable: true,
    signal,
    accepts: [404],
  })
  return reply.status === 404 ? undefined : readAnswer(driveSchema, reply.body, what)
}

async function createLibrary(client: ServiceClient, site: Site, title: string, signal: AbortSignal): Promise<ResolvedDrive> {
  const what = `The library ${title} of ${site.webUrl}`
  const reply = await graphCall(client, {
    method: 'POST',
    path: `${graphPath.siteById(site.id)}/lists`,
    body: { kind: 'json', value: { displayName: title, list: { template: 'documentLibrary' } } },
    what,
    name: title,
    isRepeatable: true,
    isForWholeTask: true,
    signal,
    accepts: [409],
  })
  const listId = reply.status === 409 ? undefined : readAnswer(listSchema, reply.body, what).id
  for (let attempt = 1; ; attempt++) {
    const drive = pickLibrary(await drivesOf(client, site, signal), title)
    if (drive) {
      const start = await rootOf(client, drive, signal)
      return { drive, start, created: listId === undefined ? [] : [{ type: 'library', title, url: drive.webUrl, id: listId }] }
    }
    if (attempt === NEW_LIBRARY_ATTEMPTS) {
      throw new MigrationError(
        'DST_LIBRARY_NOT_FOUND',
        `${what} ${listId === undefined ? 'cannot be created: a list of that name exists' : 'was created but cannot be reached yet'}.`,
        { remedy: { kind: 'stopTask' }, fix: 'Choose another library name, or try again in some minutes.' },
      )
    }
    await client.sleep(attempt * 1000, signal)
  }
}

async function rootOf(client: ServiceClient, drive: Drive, signal: AbortSignal): Promise<DriveItem> {
  const what = `The library ${drive.name}`
  const reply = await graphCall(client, {
    method: 'GET',
    path: `${graphPath.drive(drive.id)}/root`,
    what,
    isRepeatable: true,
    isForWholeTask: true,
    signal,
  })
  return readAnswer(driveItemSchema, reply.body, what)
}

async function resolveOneDrive(client: ServiceClient, upn: string, signal: AbortSignal): Promise<ResolvedDrive> {
  const what = `The OneDrive of ${upn}`
  const reply = await graphCall(client, {
    method: 'GET',
    path: `/users/${encodeURIComponent(upn)}/drive?${DRIVE_SELECT}`,
    what,
    isRepeatable: true,
    isForWholeTask: true,
    signal,
    accepts: [400, 404],
  })
  if (reply.status === 200) {
    const drive = readAnswer(driveSchema, reply.body, what)
    return { drive, start: await rootOf(client, drive, signal), created: [] }
  }
  if (isUnknownUser(reply)) {
    throw new MigrationError('DST_SITE_NOT_FOUND', `There is no user ${upn} in the tenant.`, {
      remedy: { kind: 'stopTask' },
      fix: 'Correct the user name (user principal name, such as ann@contoso.com).',
      status: reply.status,
    })
  }
  throw new MigrationError('DST_ONEDRIVE_NOT_PROVISIONED', `${what} does not exist yet.`, {
    remedy: { kind: 'stopTask' },
    fix: 'Give the user a licence with OneDrive, and provision it: the user opens OneDrive once, or an administrator runs Request-SPOPersonalSite. It can take hours.',
    status: reply.status,
  })
}

/** A missing OneDrive answers in three ways, one of them a 400; a missing user in its own. [B.1] */
const isUnknownUser = (reply: ServiceReply): boolean => readErrorBody(reply.body).codes.includes('Request_ResourceNotFound')

async function resolveChannel(
  client: ServiceClient,
  spec: { readonly teamId: string; readonly channelId: string },
  signal: AbortSignal,
): Promise<ResolvedDrive> {
  const what = `The files folder of channel ${spec.channelId}`
  const reply = await graphCall(client, {
    method: 'GET',
    path: `/teams/${encodeURIComponent(spec.teamId)}/channels/${encodeURIComponent(spec.channelId)}/filesFolder`,
    what,
    isRepeatable: true,
    isForWholeTask: true,
    signal,
    accepts: [404],
  })
  const start = reply.status === 404 ? undefined : readAnswer(driveItemSchema, reply.body, what)
  const driveId = start?.parentReference?.driveId
  if (!start || driveId === undefined) {
    throw new MigrationError('DST_CHANNEL_FOLDER_MISSING', `${what} does not exist.`, {
      remedy: { kind: 'stopTask' },
      fix: 'Check team and channel id, and open the Files tab of the channel once: that creates the folder.',
      status: reply.status,
    })
  }
  const driveReply = await graphCall(client, {
    method: 'GET',
    path: `${graphPath.drive(driveId)}?${DRIVE_SELECT}`,
    what,
    isRepeatable: true,
    isForWholeTask: true,
    signal,
  })
  return { drive: readAnswer(driveSchema, driveReply.body, what), start, created: [] }
}
