import type { DatabaseSync } from 'node:sqlite'
import { integer, optionalInteger, optionalText, type Row, text } from './rowFields.ts'
import type { ChannelRecord, LibraryRecord, SiteRecord, TeamRecord } from './siteStore.ts'

/** The site tables and their copy in memory, changed together. */
export interface SiteTables {
  readonly sites: ReadonlyMap<string, SiteRecord>
  readonly personalSites: ReadonlyMap<string, SiteRecord>
  readonly librariesByDrive: ReadonlyMap<string, LibraryRecord>
  readonly librariesByList: ReadonlyMap<string, LibraryRecord>
  readonly teams: ReadonlyMap<string, TeamRecord>
  readonly channels: ReadonlyMap<string, ChannelRecord>
  /** Case-insensitive, like every SharePoint URL. */
  siteByKey(hostname: string, path: string): SiteRecord | undefined
  librariesOf(siteId: string): readonly LibraryRecord[]
  insertSite(site: SiteRecord): void
  updateSite(site: SiteRecord): void
  insertLibrary(library: LibraryRecord, urlKey: string): void
  insertTeam(team: TeamRecord): void
  insertChannel(channel: ChannelRecord): void
  markChannelFolderCreated(channel: ChannelRecord): void
}

const SITE_KINDS: readonly SiteRecord['kind'][] = ['root', 'team', 'personal', 'channel']
const CHANNEL_KINDS: readonly ChannelRecord['membershipType'][] = ['standard', 'private', 'shared']
/** LCID of sites that say nothing else. */
export const ENGLISH = 1033
const NO_LIBRARIES: readonly LibraryRecord[] = []

export function createSiteTables(db: DatabaseSync): SiteTables {
  const sites = new Map<string, SiteRecord>()
  const byKey = new Map<string, SiteRecord>()
  const personalSites = new Map<string, SiteRecord>()
  const librariesByDrive = new Map<string, LibraryRecord>()
  const librariesByList = new Map<string, LibraryRecord>()
  const librariesBySite = new Map<string, LibraryRecord[]>()
  const teams = new Map<string, TeamRecord>()
  const channels = new Map<string, ChannelRecord>()

  const insertSite = db.prepare('INSERT INTO sites VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const insertLanguage = db.prepare('INSERT INTO site_languages VALUES (?, ?)')
  const updateSite = db.prepare(
    'UPDATE sites SET title = ?, admin_ids = ?, is_read_only = ?, allows_custom_script = ?, quota_bytes = ? WHERE site_id = ?',
  )
  const insertLibrary = db.prepare('INSERT INTO libraries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const insertTeam = db.prepare('INSERT INTO teams VALUES (?, ?, ?)')
  const insertChannel = db.prepare('INSERT INTO channels VALUES (?, ?, ?, ?, ?, ?, ?)')
  const markChannel = db.prepare('UPDATE channels SET is_folder_created = 1 WHERE channel_id = ?')

  function keepSite(site: SiteRecord): void {
    sites.set(site.siteId, site)
    byKey.set(siteKey(site.hostname, site.path), site)
    if (site.kind === 'personal' && site.ownerId !== undefined) personalSites.set(site.ownerId, site)
  }
  function keepLibrary(library: LibraryRecord): void {
    librariesByDrive.set(library.driveId, library)
    librariesByList.set(library.listId, library)
    librariesBySite.set(library.siteId, [...(librariesBySite.get(library.siteId) ?? []), library])
  }

  const siteRows = db.prepare(
    'SELECT s.*, l.language FROM sites s LEFT JOIN site_languages l ON l.site_id = s.site_id ORDER BY s.rowid',
  )
  for (const row of siteRows.iterate()) keepSite(readSite(row))
  for (const row of db.prepare('SELECT * FROM libraries ORDER BY ordinal').iterate()) keepLibrary(readLibrary(row))
  for (const row of db.prepare('SELECT * FROM teams ORDER BY rowid').iterate()) {
    const team = { teamId: text(row, 'team_id'), displayName: text(row, 'display_name'), siteId: text(row, 'site_id') }
    teams.set(team.teamId, team)
  }
  for (const row of db.prepare('SELECT * FROM channels ORDER BY ordinal').iterate()) {
    const channel = readChannel(row)
    channels.set(channel.channelId, channel)
  }

  return {
    sites,
    personalSites,
    librariesByDrive,
    librariesByList,
    teams,
    channels,
    siteByKey: (hostname, path) => byKey.get(siteKey(hostname, path)),
    librariesOf: (siteId) => librariesBySite.get(siteId) ?? NO_LIBRARIES,
    insertSite(site) {
      insertSite.run(
        site.siteId,
        site.webId,
        site.hostname,
        site.path,
        site.path.toLowerCase(),
        site.title,
        site.kind,
        site.ownerId ?? null,
        JSON.stringify(site.adminIds),
        site.createdMs,
        Number(site.isReadOnly),
        Number(site.allowsCustomScript),
        site.quotaBytes,
      )
      insertLanguage.run(site.siteId, site.language)
      keepSite(site)
    },
    updateSite(site) {
      updateSite.run(
        site.title,
        JSON.stringify(site.adminIds),
        Number(site.isReadOnly),
        Number(site.allowsCustomScript),
        site.quotaBytes,
        site.siteId,
      )
      keepSite(site)
    },
    insertLibrary(library, urlKey) {
      insertLibrary.run(
        library.listId,
        library.siteId,
        library.driveId,
        library.title,
        library.urlName,
        urlKey,
        library.rootItemId,
        Number(library.isDefault),
        library.createdMs,
        librariesByList.size,
      )
      keepLibrary(library)
    },
    insertTeam(team) {
      insertTeam.run(team.teamId, team.displayName, team.siteId)
      teams.set(team.teamId, team)
    },
    insertChannel(channel) {
      insertChannel.run(
        channel.channelId,
        channel.teamId,
        channel.displayName,
        channel.membershipType,
        channel.siteId,
        Number(channel.isFolderCreated),
        channels.size,
      )
      channels.set(channel.channelId, channel)
    },
    markChannelFolderCreated(channel) {
      markChannel.run(channel.channelId)
      channels.set(channel.channelId, { ...channel, isFolderCreated: true })
    },
  }
}

function siteKey(hostname: string, path: string): string {
  return `${hostname}${path}`.toLowerCase()
}

function readSite(row: Row): SiteRecord {
  const adminIds: unknown = JSON.parse(text(row, 'admin_ids'))
  return {
    siteId: text(row, 'site_id'),
    webId: text(row, 'web_id'),
    hostname: text(row, 'hostname'),
    path: text(row, 'path'),
    title: text(row, 'title'),
    kind: oneOf(SITE_KINDS, text(row, 'kind')),
    ownerId: optionalText(row, 'owner_id'),
    adminIds: Array.isArray(adminIds) ? adminIds.filter((id: unknown) => typeof id === 'string') : [],
    createdMs: integer(row, 'created_ms'),
    isReadOnly: integer(row, 'is_read_only') === 1,
    allowsCustomScript: integer(row, 'allows_custom_script') === 1,
    quotaBytes: integer(row, 'quota_bytes'),
    language: optionalInteger(row, 'language') ?? ENGLISH,
  }
}

function readLibrary(row: Row): LibraryRecord {
  return {
    listId: text(row, 'list_id'),
    siteId: text(row, 'site_id'),
    driveId: text(row, 'drive_id'),
    title: text(row, 'title'),
    urlName: text(row, 'url_name'),
    rootItemId: text(row, 'root_item_id'),
    isDefault: integer(row, 'is_default') === 1,
    createdMs: integer(row, 'created_ms'),
  }
}

function readChannel(row: Row): ChannelRecord {
  return {
    channelId: text(row, 'channel_id'),
    teamId: text(row, 'team_id'),
    displayName: text(row, 'display_name'),
    membershipType: oneOf(CHANNEL_KINDS, text(row, 'membership_type')),
    siteId: text(row, 'site_id'),
    isFolderCreated: integer(row, 'is_folder_created') === 1,
  }
}

function oneOf<T extends string>(allowed: readonly T[], value: string): T {
  const found = allowed.find((candidate) => candidate === value)
  if (found === undefined) throw new TypeError(`The stored value ${value} is not known.`)
  return found
}
