import { z } from 'zod'
import type { DestinationNode, DestinationPlaceRef } from '../../../shared/contract/browse.ts'
import type { DestinationSpec } from '../../../shared/domain/task.ts'
import { LISTS } from './coordinationList.ts'
import { readPage } from './pages.ts'
import { encodeSegment, graphPath, serverRelativePath } from './paths.ts'
import type { ServiceClient } from './serviceClient.ts'
import { resolveDrive, resolveSite } from './sites.ts'
import { driveItemSchema, driveSchema, siteSchema } from './wire.ts'

const PAGE_ITEMS = 100
/** Files are in the way of folders: this many pages of children are read for one page of folders. */
const CHILDREN_PAGES = 5
const DIRECTORY_PAGE = 999
/** A tenant of this size is matched by search, person by person. */
const DIRECTORY_PEOPLE_MAX = 100_000

export interface DestinationPage {
  readonly nodes: readonly DestinationNode[]
  /** Link of the next page; goes nowhere but back into `browse`. */
  readonly next: string | undefined
}

export interface DirectoryPerson {
  readonly upn: string
  readonly displayName: string
  readonly mailNickname: string | undefined
  readonly samAccountName: string | undefined
}

/** What a person chooses destinations from; reads only. Errors: those of the service, DST_SITE_NOT_FOUND, DST_NO_ACCESS… */
export interface DestinationBrowser {
  browse(
    place: DestinationPlaceRef,
    options: { readonly search: string | undefined; readonly next: string | undefined; readonly signal: AbortSignal },
  ): Promise<DestinationPage>
  /** Enabled accounts of the tenant. */
  people(signal: AbortSignal): AsyncIterable<readonly DirectoryPerson[]>
}

const userSchema = z.object({
  displayName: z.string().nullish(),
  userPrincipalName: z.string(),
  mailNickname: z.string().nullish(),
  onPremisesSamAccountName: z.string().nullish(),
  accountEnabled: z.boolean().nullish(),
  assignedLicenses: z.array(z.unknown()).nullish(),
})
const teamSchema = z.object({ id: z.string().min(1), displayName: z.string().nullish(), description: z.string().nullish() })
const channelSchema = z.object({ id: z.string().min(1), displayName: z.string().nullish(), membershipType: z.string().nullish() })

const USER_SELECT = 'displayName,userPrincipalName,mailNickname,onPremisesSamAccountName,accountEnabled,assignedLicenses'

export function createDestinationBrowser(client: ServiceClient): DestinationBrowser {
  type Options = Parameters<DestinationBrowser['browse']>[1]

  async function page<T>(
    path: string,
    schema: z.ZodType<T>,
    what: string,
    { next, signal }: Options,
  ): Promise<{ readonly entries: readonly T[]; readonly next: string | undefined }> {
    const found = await readPage(client, next ?? path, { what, signal })
    return { entries: found.values.flatMap((value) => schema.safeParse(value).data ?? []), next: found.next }
  }

  async function sites(options: Options): Promise<DestinationPage> {
    const wanted = options.search?.trim() === '' || options.search === undefined ? '*' : options.search.trim()
    const path = `/sites?search=${encodeURIComponent(wanted)}&$select=id,webUrl,displayName&$top=${PAGE_ITEMS}`
    const { entries, next } = await page(path, siteSchema, 'The sites of the tenant', options)
    const nodes = entries.map(
      ({ webUrl, displayName }): DestinationNode => ({
        kind: 'site',
        title: displayName === '' ? webUrl : displayName,
        detail: webUrl,
        opens: { of: 'libraries', siteUrl: webUrl },
      }),
    )
    return { nodes, next }
  }

  async function libraries(siteUrl: string, options: Options): Promise<DestinationPage> {
    const site = await resolveSite(client, siteUrl, options.signal)
    const path = `${graphPath.siteById(site.id)}/drives?$select=id,name,driveType,webUrl,quota&$top=${PAGE_ITEMS}`
    const { entries, next } = await page(path, driveSchema, `The libraries of ${site.webUrl}`, options)
    const nodes = entries
      .filter(({ name }) => name !== LISTS.files.displayName && isFound(name, options.search))
      .map((drive): DestinationNode => {
        const destination: DestinationSpec = { kind: 'library', siteUrl: site.webUrl, library: drive.name, folder: '' }
        return {
          kind: 'library',
          title: drive.name,
          detail: serverRelativePath(drive.webUrl),
          destination,
          opens: { of: 'folders', destination },
        }
      })
    return { nodes, next }
  }

  async function folders(destination: DestinationSpec, options: Options): Promise<DestinationPage> {
    const what = 'The folders of the destination'
    let place = options.next
    if (place === undefined) {
      const { drive, start } = await resolveDrive(client, destination, { createMissing: false, signal: options.signal })
      const item = graphPath.item(drive.id, start.id)
      const below = destination.folder.split('/').filter((part) => part !== '')
      const path = below.length === 0 ? item : `${item}:/${below.map(encodeSegment).join('/')}:`
      place = `${path}/children?$select=id,name,file,folder,package&$top=${PAGE_ITEMS}`
    }
    const nodes: DestinationNode[] = []
    for (let read = 0; read < CHILDREN_PAGES && place !== undefined; read++) {
      const { values, next } = await readPage(client, place, { what, signal: options.signal })
      for (const value of values) {
        const child = driveItemSchema.safeParse(value).data
        if (child?.folder === undefined || !isFound(child.name, options.search)) continue
        const folder = destination.folder === '' ? child.name : `${destination.folder}/${child.name}`
        const into: DestinationSpec = { ...destination, folder }
        nodes.push({
          kind: 'folder',
          title: child.name,
          detail: folder,
          destination: into,
          opens: { of: 'folders', destination: into },
        })
      }
      place = next
      if (nodes.length >= PAGE_ITEMS) break
    }
    return { nodes, next: place }
  }

  async function people(options: Options): Promise<DestinationPage> {
    const filter = startsWith(['displayName', 'userPrincipalName'], options.search)
    const path = `/users?$select=${USER_SELECT}&$top=${PAGE_ITEMS}${filter}`
    const { entries, next } = await page(path, userSchema, 'The people of the tenant', options)
    const nodes = entries.map((user): DestinationNode => {
      const destination: DestinationSpec = { kind: 'oneDrive', upn: user.userPrincipalName, folder: '' }
      const problem = problemOf(user)
      return {
        kind: 'person',
        title: user.displayName ?? user.userPrincipalName,
        detail: user.userPrincipalName,
        destination,
        ...(problem === undefined ? { opens: { of: 'folders', destination } } : { problem }),
      }
    })
    return { nodes, next }
  }

  async function teams(options: Options): Promise<DestinationPage> {
    const path = `/teams?$select=id,displayName,description&$top=${PAGE_ITEMS}${startsWith(['displayName'], options.search)}`
    const { entries, next } = await page(path, teamSchema, 'The teams of the tenant', options)
    const nodes = entries.map(
      ({ id, displayName, description }): DestinationNode => ({
        kind: 'team',
        title: displayName ?? id,
        detail: description ?? '',
        opens: { of: 'channels', teamId: id },
      }),
    )
    return { nodes, next }
  }

  async function channels(teamId: string, options: Options): Promise<DestinationPage> {
    const path = `/teams/${encodeURIComponent(teamId)}/channels?$select=id,displayName,membershipType`
    const { entries, next } = await page(path, channelSchema, 'The channels of the team', options)
    const nodes = entries
      .filter(({ displayName }) => isFound(displayName ?? '', options.search))
      .map(({ id, displayName, membershipType }): DestinationNode => {
        const destination: DestinationSpec = { kind: 'channel', teamId, channelId: id, folder: '' }
        const kind = membershipType === 'private' || membershipType === 'shared' ? membershipType : 'standard'
        return {
          kind: 'channel',
          title: displayName ?? id,
          detail: `${kind} channel`,
          destination,
          opens: { of: 'folders', destination },
        }
      })
    return { nodes, next }
  }

  return {
    browse(place, options) {
      switch (place.of) {
        case 'sites':
          return sites(options)
        case 'libraries':
          return libraries(place.siteUrl, options)
        case 'folders':
          return folders(place.destination, options)
        case 'people':
          return people(options)
        case 'teams':
          return teams(options)
        case 'channels':
          return channels(place.teamId, options)
      }
    },
    async *people(signal) {
      let next: string | undefined
      for (let seen = 0; seen < DIRECTORY_PEOPLE_MAX; ) {
        const path = `/users?$select=${USER_SELECT}&$top=${DIRECTORY_PAGE}`
        const found = await page(path, userSchema, 'The people of the tenant', { search: undefined, next, signal })
        seen += found.entries.length
        yield found.entries.filter(({ accountEnabled }) => accountEnabled !== false).map(personOf)
        if (found.next === undefined || found.next === next) return
        next = found.next
      }
    },
  }
}

function personOf(user: z.infer<typeof userSchema>): DirectoryPerson {
  return {
    upn: user.userPrincipalName,
    displayName: user.displayName ?? user.userPrincipalName,
    mailNickname: user.mailNickname ?? undefined,
    samAccountName: user.onPremisesSamAccountName ?? undefined,
  }
}

function problemOf({ accountEnabled, assignedLicenses }: z.infer<typeof userSchema>): string | undefined {
  if (accountEnabled === false) return 'The account is disabled.'
  return assignedLicenses?.length === 0 ? 'No licence: there is no OneDrive.' : undefined
}

/** Part of a query, with its ampersand; empty without a search. Quotes are doubled: the text comes from a keyboard. */
function startsWith(properties: readonly string[], search: string | undefined): string {
  const text = search?.trim() ?? ''
  if (text === '') return ''
  const quoted = text.replaceAll("'", "''")
  return `&$filter=${encodeURIComponent(properties.map((property) => `startswith(${property},'${quoted}')`).join(' or '))}`
}

function isFound(name: string, search: string | undefined): boolean {
  return name.toLowerCase().includes((search ?? '').trim().toLowerCase())
}
