export interface UserRecord {
  readonly objectId: string
  readonly upn: string
  readonly displayName: string
  readonly mail: string
  /** Practice password; shown on the sign-in page. */
  readonly password: string
  readonly isLicensed: boolean
  readonly isEnabled: boolean
  /** Somebody from elsewhere; not among everyone except external users. */
  readonly isGuest?: boolean
  /** Directory role template ids (Global Administrator, SharePoint Administrator…). */
  readonly roleTemplateIds: readonly string[]
  readonly onPremisesSid: string | undefined
  readonly onPremisesSamAccountName: string | undefined
  readonly onPremisesDomainName: string | undefined
  /** In the directory's recycle bin since then: signs in nowhere, is found nowhere else. */
  readonly deletedAtMs?: number
}

export interface GroupRecord {
  readonly objectId: string
  readonly displayName: string
  readonly kind: 'security' | 'microsoft365'
  /** People and groups. */
  readonly memberIds: readonly string[]
  readonly onPremisesSid: string | undefined
  readonly onPremisesSamAccountName: string | undefined
  readonly onPremisesDomainName?: string | undefined
}

export interface AppRecord {
  readonly appId: string
  readonly displayName: string
  readonly servicePrincipalId: string
  /** PEM certificates the app may sign assertions with. */
  readonly certificates: readonly string[]
  readonly secrets: readonly string[]
  readonly redirectUris: readonly string[]
  /** Consented permissions per resource: `graph` and `sharepoint`, delegated scopes and application roles. */
  readonly delegated: { readonly graph: readonly string[]; readonly sharepoint: readonly string[] }
  readonly application: { readonly graph: readonly string[]; readonly sharepoint: readonly string[] }
}

/** Users, groups and app registrations of the practice tenant. */
export interface Directory {
  user(idOrUpn: string): UserRecord | undefined
  users(): readonly UserRecord[]
  /** In the directory's recycle bin. */
  deletedUsers(): readonly UserRecord[]
  group(objectId: string): GroupRecord | undefined
  groups(): readonly GroupRecord[]
  app(appId: string): AppRecord | undefined
  apps(): readonly AppRecord[]
  addUser(user: UserRecord): void
  addGroup(group: GroupRecord): void
  addApp(app: AppRecord): void
}
