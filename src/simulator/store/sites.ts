import type { DatabaseSync } from 'node:sqlite'
import type { Clock } from '../core/clock.ts'
import type { Random } from '../core/random.ts'
import { ServiceError } from '../core/serviceError.ts'
import { driveIdOf, itemIdOf, itemIdPrefix } from './guidCodes.ts'
import { createActorTable, createItemWriter, inTransaction } from './itemRows.ts'
import { foldName } from './nameFolding.ts'
import { integer } from './rowFields.ts'
import { createSiteTables, ENGLISH } from './siteRows.ts'
import type { ChannelRecord, LibraryRecord, SiteRecord, SiteStore, TeamRecord } from './siteStore.ts'

/** Storage of a site: 25 TB [J]. */
export const SITE_QUOTA_BYTES = 25 * 1024 ** 4
/** Storage of a OneDrive unless an administrator gives more: 1 TB. */
export const ONEDRIVE_QUOTA_BYTES = 1024 ** 4
/** Lists and libraries of a site [J]. */
const MAX_LIBRARIES = 2_000

export interface SiteStoreDeps {
  readonly db: DatabaseSync
  readonly clock: Clock
  readonly random: Random
}

/**
 * Sites, libraries, teams and channels in SQLite (tables of filesSchema.ts), all kept in memory as well because every request asks for them.
 * A new site has its default library at once: `Documents` at `Shared Documents`, on personal sites at `Documents`.
 */
export function createSiteStore({ db, clock, random }: SiteStoreDeps): SiteStore {
  const tables = createSiteTables(db)
  const used = new Map<string, number>()
  const sumUsed = db.prepare(
    `SELECT (SELECT coalesce(sum(size_bytes), 0) FROM items WHERE item_id IN (SELECT root_item_id FROM libraries WHERE site_id = ?1))
          + (SELECT coalesce(sum(v.size_bytes), 0) FROM item_versions v JOIN items i ON i.item_id = v.item_id
             WHERE i.drive_id IN (SELECT drive_id FROM libraries WHERE site_id = ?1))
          + (SELECT coalesce(sum(size_bytes), 0) FROM recycle_bin WHERE drive_id IN (SELECT drive_id FROM libraries WHERE site_id = ?1)) AS bytes`,
  )
  const writer = createItemWriter(db, createActorTable(db))

  function requireSite(siteId: string): SiteRecord {
    const site = tables.sites.get(siteId)
    if (site === undefined) throw new ServiceError(404, 'itemNotFound', 'Requested site could not be found')
    return site
  }

  function addLibrary(site: SiteRecord, title: string, urlName: string): LibraryRecord {
    const existing = tables.librariesOf(site.siteId)
    if (existing.length >= MAX_LIBRARIES) {
      throw new ServiceError(400, 'invalidRequest', 'The site cannot hold more lists and libraries.')
    }
    const urlKey = foldName(urlName)
    if (existing.some((library) => foldName(library.urlName) === urlKey || foldName(library.title) === foldName(title))) {
      throw new ServiceError(409, 'nameAlreadyExists', 'The specified list name is already in use.')
    }
    const listId = random.guid()
    const rootUniqueId = random.guid()
    const now = clock.now()
    const library: LibraryRecord = {
      listId,
      siteId: site.siteId,
      driveId: driveIdOf(site.siteId, site.webId, listId),
      title,
      urlName,
      rootItemId: itemIdOf(itemIdPrefix(listId), rootUniqueId),
      isDefault: existing.length === 0,
      createdMs: now,
    }
    const system = { displayName: 'System Account' }
    writer.insert(
      {
        driveId: library.driveId,
        itemId: library.rootItemId,
        uniqueId: rootUniqueId,
        listItemId: 0,
        parentId: undefined,
        name: 'root',
        kind: 'folder',
        sizeBytes: 0,
        contentId: undefined,
        quickXorHash: undefined,
        createdMs: now,
        modifiedMs: now,
        fileCreatedMs: now,
        fileModifiedMs: now,
        createdBy: system,
        modifiedBy: system,
        eTagNumber: 0,
        cTagNumber: 0,
        changeNumber: 1,
        deletedMs: undefined,
        childCount: 0,
        changedMs: now,
        contentMs: now,
        versionNumber: 1,
      },
      'root',
    )
    tables.insertLibrary(library, urlKey)
    return library
  }

  return {
    createSite(options) {
      const isPersonal = options.kind === 'personal'
      if (tables.siteByKey(options.hostname, options.path) !== undefined) {
        throw new ServiceError(409, 'nameAlreadyExists', 'The site URL is already in use.')
      }
      const site: SiteRecord = {
        siteId: random.guid(),
        webId: random.guid(),
        hostname: options.hostname.toLowerCase(),
        path: options.path,
        title: options.title,
        kind: options.kind,
        ownerId: options.ownerId,
        adminIds: options.adminIds ?? [],
        createdMs: clock.now(),
        isReadOnly: false,
        allowsCustomScript: false,
        quotaBytes: isPersonal ? ONEDRIVE_QUOTA_BYTES : SITE_QUOTA_BYTES,
        language: options.language ?? ENGLISH,
      }
      inTransaction(db, () => {
        tables.insertSite(site)
        const { title, urlName } = defaultLibraryNames(site)
        addLibrary(site, title, urlName)
      })
      return site
    },
    site: (siteId) => tables.sites.get(siteId.toLowerCase()),
    siteByPath: (hostname, path) => tables.siteByKey(hostname, path),
    siteOwning(hostname, serverRelativeUrl) {
      let path = serverRelativeUrl.replace(/\/+$/, '')
      for (;;) {
        const site = tables.siteByKey(hostname, path)
        if (site !== undefined || path === '') return site
        path = path.slice(0, Math.max(0, path.lastIndexOf('/')))
      }
    },
    sites: () => [...tables.sites.values()],
    updateSite(siteId, change) {
      const site: SiteRecord = { ...requireSite(siteId), ...change }
      tables.updateSite(site)
      return site
    },
    createLibrary: (siteId, title, urlName) => inTransaction(db, () => addLibrary(requireSite(siteId), title, urlName)),
    libraries: (siteId) => tables.librariesOf(siteId),
    libraryByDrive: (driveId) => tables.librariesByDrive.get(driveId),
    libraryByList: (listId) => tables.librariesByList.get(listId.toLowerCase()),
    defaultLibrary(siteId) {
      const library = tables.librariesOf(siteId)[0]
      if (library === undefined) throw new ServiceError(404, 'itemNotFound', 'The resource could not be found.')
      return library
    },
    personalSite: (ownerId) => tables.personalSites.get(ownerId),
    usedBytes(siteId) {
      const known = used.get(siteId)
      if (known !== undefined) return known
      const bytes = integer(sumUsed.get(siteId) ?? {}, 'bytes')
      used.set(siteId, bytes)
      return bytes
    },
    recordUsage(siteId, deltaBytes) {
      const known = used.get(siteId)
      if (known !== undefined) used.set(siteId, known + deltaBytes)
    },
    createTeam(displayName, siteId) {
      const team: TeamRecord = { teamId: random.guid(), displayName, siteId: requireSite(siteId).siteId }
      tables.insertTeam(team)
      return team
    },
    team: (teamId) => tables.teams.get(teamId.toLowerCase()),
    createChannel(channel) {
      const created: ChannelRecord = { ...channel, channelId: `19:${random.guid().replaceAll('-', '')}@thread.tacv2` }
      tables.insertChannel(created)
      return created
    },
    channels: (teamId) => [...tables.channels.values()].filter((channel) => channel.teamId === teamId.toLowerCase()),
    markChannelFolderCreated(channelId) {
      const channel = tables.channels.get(channelId)
      if (channel === undefined) throw new ServiceError(404, 'NotFound', 'The channel was not found.')
      tables.markChannelFolderCreated(channel)
    },
  }
}

const GERMAN = 1031

/** What the library is called with which the service makes a site, in the language of the site. */
function defaultLibraryNames({ kind, language }: SiteRecord): { readonly title: string; readonly urlName: string } {
  if (kind === 'personal') return { title: 'Documents', urlName: 'Documents' }
  if (language === GERMAN) return { title: 'Dokumente', urlName: 'Freigegebene Dokumente' }
  return { title: 'Documents', urlName: 'Shared Documents' }
}
