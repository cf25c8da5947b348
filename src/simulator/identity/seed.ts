import type { Random } from '../core/random.ts'
import type { AppRecord, Directory, UserRecord } from './directory.ts'

export const GLOBAL_ADMINISTRATOR = '62e90394-69f5-4237-9190-012177145e10'
export const SHAREPOINT_ADMINISTRATOR = 'f28a1f50-f6e7-4571-818b-6a12f2af6b6c'

export const PRACTICE_APP = 'Portage practice'
export const UNPRIVILEGED_APP = 'Portage unprivileged'
export const SECRET_APP = 'Portage with a secret'
/** The secret of `SECRET_APP`. SharePoint hosts refuse what it buys. */
export const SECRET_APP_SECRET = 'practice~secret.of~the~tenant'

const GRAPH_PERMISSIONS = [
  'Sites.FullControl.All',
  'Sites.ReadWrite.All',
  'Sites.Manage.All',
  'Files.ReadWrite.All',
  'User.Read.All',
  'Group.Read.All',
  'Directory.Read.All',
  'Team.ReadBasic.All',
  'Channel.ReadBasic.All',
]

export interface SeededDirectory {
  readonly practiceApp: AppRecord
  readonly unprivilegedApp: AppRecord
  readonly secretApp: AppRecord
}

/** The people, the security group and the app registrations of a fresh practice tenant. Same random stream, same ids. */
export function seedDirectory(
  directory: Directory,
  options: {
    readonly domain: string
    readonly random: Random
    readonly certificates: { readonly practice: string; readonly unprivileged: string }
  },
): SeededDirectory {
  const { random, domain } = options

  function person(name: string, displayName: string, change: Partial<UserRecord> = {}): UserRecord {
    const user: UserRecord = {
      objectId: random.guid(),
      upn: `${name}@${domain}`,
      displayName,
      mail: `${name}@${domain}`,
      password: `Practice-${name}-1`,
      isLicensed: true,
      isEnabled: true,
      roleTemplateIds: [],
      onPremisesSid: undefined,
      onPremisesSamAccountName: undefined,
      onPremisesDomainName: undefined,
      ...change,
    }
    directory.addUser(user)
    return user
  }

  const synced = (sam: string, rid: number) => ({
    onPremisesSid: `S-1-5-21-3623811015-3361044348-30300820-${rid}`,
    onPremisesSamAccountName: sam,
    onPremisesDomainName: 'corp.contoso.com',
  })
  person('admin', 'Adele Admin', { roleTemplateIds: [GLOBAL_ADMINISTRATOR] })
  person('spadmin', 'Sven Admin', { roleTemplateIds: [SHAREPOINT_ADMINISTRATOR] })
  const ann = person('ann', 'Ann Archer', synced('ann', 1101))
  const bob = person('bob', 'Bob Baker', synced('bob', 1102))
  const carla = person('carla', 'Carla Cortez', synced('carla', 1103))
  person('dan', 'Dan Dietrich', { isLicensed: false })
  person('eve', 'Eve Ericson', { isEnabled: false })
  const financeStaff = random.guid()
  directory.addGroup({
    objectId: financeStaff,
    displayName: 'Finance staff',
    kind: 'security',
    memberIds: [ann.objectId, bob.objectId],
    onPremisesSid: 'S-1-5-21-3623811015-3361044348-30300820-1201',
    onPremisesSamAccountName: 'FinanceStaff',
    onPremisesDomainName: 'corp.contoso.com',
  })

  seedOthers()

  /** Who makes a mapping hard: another mail than user name, gone from the company, from elsewhere, groups inside groups. */
  function seedOthers(): void {
    const frank = person('frank', 'Frank Fischer', { ...synced('ffischer', 1104), mail: `frank.fischer@${domain}` })
    person('gina', 'Gina Gone', { ...synced('ggone', 1105), isEnabled: false, isLicensed: false })
    const helga = person('helga', 'Helga Hansen (Fabrikam)', {
      upn: `helga_fabrikam.com#EXT#@${domain.split('.')[0]}.onmicrosoft.com`,
      mail: 'helga@fabrikam.com',
      isLicensed: false,
      isGuest: true,
    })
    const group = (displayName: string, memberIds: readonly string[], sam?: string, rid?: number): string => {
      const objectId = random.guid()
      directory.addGroup({
        objectId,
        displayName,
        kind: 'security',
        memberIds,
        onPremisesSid: rid === undefined ? undefined : synced('', rid).onPremisesSid,
        onPremisesSamAccountName: sam,
        onPremisesDomainName: rid === undefined ? undefined : synced('', rid).onPremisesDomainName,
      })
      return objectId
    }
    const leads = group('Finance leads', [carla.objectId], 'FinanceLeads', 1202)
    group('Finance all', [financeStaff, leads, frank.objectId], 'FinanceAll', 1203)
    group('Partners', [helga.objectId])
  }

  function registration(displayName: string, change: Partial<AppRecord>): AppRecord {
    const app: AppRecord = {
      appId: random.guid(),
      displayName,
      servicePrincipalId: random.guid(),
      certificates: [],
      secrets: [],
      redirectUris: ['http://localhost'],
      delegated: { graph: [], sharepoint: [] },
      application: { graph: [], sharepoint: [] },
      ...change,
    }
    directory.addApp(app)
    return app
  }

  const everything = {
    delegated: { graph: ['User.Read', ...GRAPH_PERMISSIONS], sharepoint: ['AllSites.FullControl'] },
    application: { graph: GRAPH_PERMISSIONS, sharepoint: ['Sites.FullControl.All'] },
  }
  return {
    practiceApp: registration(PRACTICE_APP, { ...everything, certificates: [options.certificates.practice] }),
    unprivilegedApp: registration(UNPRIVILEGED_APP, {
      certificates: [options.certificates.unprivileged],
      delegated: { graph: ['User.Read', 'Sites.Read.All'], sharepoint: ['AllSites.Read'] },
      application: { graph: ['Sites.Read.All'], sharepoint: ['Sites.Read.All'] },
    }),
    secretApp: registration(SECRET_APP, { ...everything, secrets: [SECRET_APP_SECRET] }),
  }
}
