import { GRAPH_HOST, type SharePointHosts } from '../core/services.ts'

export const GRAPH_APP_ID = '00000003-0000-0000-c000-000000000000'
export const SHAREPOINT_APP_ID = '00000003-0000-0ff1-ce00-000000000000'

export type ResourceKind = 'graph' | 'sharepoint'

/** What a token is for: the resource and the audience as the client named it. */
export interface Resource {
  readonly kind: ResourceKind
  readonly audience: string
}

/** The resource behind `https://graph.microsoft.com`, `https://contoso.sharepoint.com` or an application id; undefined when the tenant has none. */
export function findResource(identifier: string, hosts: SharePointHosts): Resource | undefined {
  const plain = identifier.replace(/\/+$/, '').toLowerCase()
  if (plain === `https://${GRAPH_HOST}`) return { kind: 'graph', audience: plain }
  if (plain === GRAPH_APP_ID) return { kind: 'graph', audience: plain }
  if (plain === SHAREPOINT_APP_ID) return { kind: 'sharepoint', audience: plain }
  for (const host of [hosts.root, hosts.personal, hosts.admin]) {
    if (plain === `https://${host}`) return { kind: 'sharepoint', audience: plain }
  }
  return undefined
}

/** Delegated permissions that need an administrator's consent. */
const ADMIN_ONLY = new Set([
  'Sites.FullControl.All',
  'User.Read.All',
  'User.ReadWrite.All',
  'Group.Read.All',
  'Group.ReadWrite.All',
  'GroupMember.Read.All',
  'Directory.Read.All',
  'Directory.ReadWrite.All',
  'RoleManagement.Read.Directory',
  'AllSites.FullControl',
  'Channel.Delete.All',
  'Sites.Archive.All',
])

const DELEGATED: Readonly<Record<ResourceKind, ReadonlySet<string>>> = {
  graph: new Set([
    'User.Read',
    'User.ReadBasic.All',
    'User.Read.All',
    'User.ReadWrite.All',
    'Group.Read.All',
    'Group.ReadWrite.All',
    'GroupMember.Read.All',
    'Directory.Read.All',
    'Directory.ReadWrite.All',
    'Directory.AccessAsUser.All',
    'RoleManagement.Read.Directory',
    'Files.Read',
    'Files.Read.All',
    'Files.Read.Selected',
    'Files.ReadWrite',
    'Files.ReadWrite.All',
    'Files.ReadWrite.AppFolder',
    'Files.ReadWrite.Selected',
    'Sites.Read.All',
    'Sites.ReadWrite.All',
    'Sites.Manage.All',
    'Sites.FullControl.All',
    'Sites.Selected',
    'Lists.SelectedOperations.Selected',
    'Team.ReadBasic.All',
    'TeamSettings.Read.All',
    'Channel.ReadBasic.All',
    'ChannelMember.Read.All',
    'ChannelSettings.Read.All',
    'Mail.Send',
    'Mail.Read',
    'Calendars.Read',
    'People.Read',
    'Reports.Read.All',
  ]),
  sharepoint: new Set([
    'AllSites.Read',
    'AllSites.Write',
    'AllSites.Manage',
    'AllSites.FullControl',
    'MyFiles.Read',
    'MyFiles.Write',
    'Sites.Search.All',
    'Sites.Selected',
    'TermStore.Read.All',
    'TermStore.ReadWrite.All',
    'User.Read.All',
    'User.ReadWrite.All',
    'Project.Read',
    'Project.Write',
  ]),
}

/** The permission as the resource spells it (clients may differ in case); undefined when the resource has no such permission. */
export function knownScope(kind: ResourceKind, scope: string): string | undefined {
  if (DELEGATED[kind].has(scope)) return scope
  const lower = scope.toLowerCase()
  return [...DELEGATED[kind]].find((known) => known.toLowerCase() === lower)
}

/** Whether only an administrator may consent to a delegated permission. */
export function needsAdministrator(scope: string): boolean {
  return ADMIN_ONLY.has(scope)
}
