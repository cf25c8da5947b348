/** A site collection with its root web. */
export interface SiteRecord {
  /** Site collection GUID. */
  readonly siteId: string
  readonly webId: string
  /** `contoso.sharepoint.com` or `contoso-my.sharepoint.com`. */
  readonly hostname: string
  /** Server-relative: '' for the root site, `/sites/finance`, `/personal/ann_contoso_com`. */
  readonly path: string
  readonly title: string
  readonly kind: 'root' | 'team' | 'personal' | 'channel'
  /** Directory object id; for personal sites the owner of the OneDrive. */
  readonly ownerId: string | undefined
  /** Directory object ids of explicit site-collection administrators. */
  readonly adminIds: readonly string[]
  readonly createdMs: number
  /** Locked sites answer writes with 423. */
  readonly isReadOnly: boolean
  /** Script-bearing file types are refused where this is false. */
  readonly allowsCustomScript: boolean
  readonly quotaBytes: number
  /** LCID in which the service named what a new site comes with: 1033 English, 1031 German. */
  readonly language: number
}

/** A document library, which Graph shows as a drive. */
export interface LibraryRecord {
  readonly listId: string
  readonly siteId: string
  /** `b!…` */
  readonly driveId: string
  readonly title: string
  /** Last segment of the library's URL, decoded: `Shared Documents`. */
  readonly urlName: string
  readonly rootItemId: string
  readonly isDefault: boolean
  readonly createdMs: number
}

/** A team with its standard channels (folders of its site) and private or shared channels (own sites). */
export interface TeamRecord {
  readonly teamId: string
  readonly displayName: string
  readonly siteId: string
}
export interface ChannelRecord {
  readonly channelId: string
  readonly teamId: string
  readonly displayName: string
  readonly membershipType: 'standard' | 'private' | 'shared'
  readonly siteId: string
  /** The folder exists only once the Files tab was used. */
  readonly isFolderCreated: boolean
}

export interface SiteStore {
  createSite(options: {
    readonly hostname: string
    readonly path: string
    readonly title: string
    readonly kind: SiteRecord['kind']
    readonly ownerId?: string
    readonly adminIds?: readonly string[]
    /** Default 1033. */
    readonly language?: number
  }): SiteRecord
  site(siteId: string): SiteRecord | undefined
  siteByPath(hostname: string, path: string): SiteRecord | undefined
  /** The site whose path is the longest prefix of a server-relative URL. */
  siteOwning(hostname: string, serverRelativeUrl: string): SiteRecord | undefined
  sites(): readonly SiteRecord[]
  updateSite(
    siteId: string,
    change: Partial<Pick<SiteRecord, 'title' | 'adminIds' | 'isReadOnly' | 'allowsCustomScript' | 'quotaBytes'>>,
  ): SiteRecord
  createLibrary(siteId: string, title: string, urlName: string): LibraryRecord
  libraries(siteId: string): readonly LibraryRecord[]
  libraryByDrive(driveId: string): LibraryRecord | undefined
  libraryByList(listId: string): LibraryRecord | undefined
  /** The library every site is created with: title `Documents`. */
  defaultLibrary(siteId: string): LibraryRecord
  /** The OneDrive of a user, when it has been provisioned. */
  personalSite(ownerId: string): SiteRecord | undefined
  /** Sum of the sizes of all files and versions of a site, bytes. */
  usedBytes(siteId: string): number
  /** Kept by the item store: files and versions of the site grew or shrank by so many bytes. */
  recordUsage(siteId: string, deltaBytes: number): void
  createTeam(displayName: string, siteId: string): TeamRecord
  team(teamId: string): TeamRecord | undefined
  createChannel(channel: Omit<ChannelRecord, 'channelId'>): ChannelRecord
  channels(teamId: string): readonly ChannelRecord[]
  markChannelFolderCreated(channelId: string): void
}
