import { sharePointHosts } from '../core/services.ts'
import type { Directory } from '../identity/directory.ts'
import type { SiteStore } from './siteStore.ts'

/** Leading label of the SharePoint hosts. */
export const TENANT_NAME = 'contoso'

/** Server-relative path of somebody's OneDrive: `/personal/ann_contoso_com`. */
export function personalPath(upn: string): string {
  return `/personal/${upn.toLowerCase().replace(/[^a-z0-9]/g, '_')}`
}

/** Sites, libraries, OneDrives and the team (with its group) of a fresh practice tenant. */
export function seedSites(sites: SiteStore, directory: Directory): void {
  const hosts = sharePointHosts(TENANT_NAME)
  const idOf = (name: string) => {
    const user = directory.user(`${name}@${TENANT_NAME}.com`)
    if (user === undefined) throw new Error(`The seed has no user ${name}.`)
    return user.objectId
  }
  const adminIds = [idOf('admin')]
  const team = (path: string, title: string, kind: 'root' | 'team' | 'channel' = 'team', language = 1033) =>
    sites.createSite({ hostname: hosts.root, path, title, kind, adminIds, language })

  team('', 'Contoso', 'root')
  team('/sites/migration', 'Migration')
  const finance = team('/sites/finance', 'Finance')
  sites.createLibrary(finance.siteId, 'Archive', 'Archive')
  const projects = team('/sites/projects', 'Projects')
  team('/sites/hr', 'HR')
  const board = team('/sites/projects-board', 'Projects-Board', 'channel')

  const { teamId } = sites.createTeam('Projects', projects.siteId)
  // A team is a Microsoft 365 group and has its id.
  directory.addGroup({
    objectId: teamId,
    displayName: 'Projects',
    kind: 'microsoft365',
    memberIds: [idOf('ann'), idOf('carla')],
    onPremisesSid: undefined,
    onPremisesSamAccountName: undefined,
  })
  const channel = (displayName: string, membershipType: 'standard' | 'private', siteId: string, isFolderCreated: boolean) =>
    sites.createChannel({ teamId, displayName, membershipType, siteId, isFolderCreated })
  channel('General', 'standard', projects.siteId, true)
  // Nobody has opened its Files tab yet.
  channel('Design', 'standard', projects.siteId, false)
  channel('Board', 'private', board.siteId, true)

  for (const name of ['ann', 'bob']) {
    const user = directory.user(idOf(name))
    if (user === undefined) continue
    sites.createSite({
      hostname: hosts.personal,
      path: personalPath(user.upn),
      title: user.displayName,
      kind: 'personal',
      ownerId: user.objectId,
      adminIds: [user.objectId],
    })
  }
  // Made in German: its library, its groups and its roles have German names.
  team('/sites/werk', 'Werk', 'team', 1031)
}
