import type { Caller } from '../core/caller.ts'
import { isoSeconds } from '../lists/columnValues.ts'
import { targetsOf } from '../lists/tenantLists.ts'
import type { SiteRecord } from '../store/siteStore.ts'
import { complex, type Entity, type EntityCollection } from './dialect.ts'
import type { EntityContext } from './entityLinks.ts'
import { maskOf } from './permissionMasks.ts'
import { MEMBERS_GROUP, OWNERS_GROUP, type PrincipalRecord, VISITORS_GROUP, webScope } from './permissionStore.ts'
import { ROLE_DEFINITIONS, type RoleDefinition, roleMask, roleName } from './roleDefinitions.ts'
import { actorOf, permissionsOf, principalOf } from './siteAccess.ts'

export function siteUrl(site: SiteRecord): string {
  return `https://${site.hostname}${site.path.split('/').map(encodeURIComponent).join('/')}`
}

export function webEntity(context: EntityContext): Entity {
  const { tenant, site, caller, link } = context
  const serverPath = site.path === '' ? '/' : site.path
  return {
    kind: 'entity',
    type: 'SP.Web',
    id: 'Web',
    properties: {
      AllowRssFeeds: false,
      AlternateCssUrl: '',
      AppInstanceId: '00000000-0000-0000-0000-000000000000',
      ClassicWelcomePage: null,
      Configuration: 0,
      Created: isoSeconds(site.createdMs),
      CustomMasterUrl: `${site.path}/_catalogs/masterpage/seattle.master`,
      Description: '',
      DesignPackageId: '00000000-0000-0000-0000-000000000000',
      DocumentLibraryCalloutOfficeWebAppPreviewersDisabled: false,
      EnableMinimalDownload: false,
      FooterEnabled: false,
      HorizontalQuickLaunch: false,
      Id: site.webId,
      IsHomepageModernized: false,
      IsMultilingual: true,
      Language: site.language,
      LastItemModifiedDate: isoSeconds(site.createdMs),
      LastItemUserModifiedDate: isoSeconds(site.createdMs),
      MasterUrl: `${site.path}/_catalogs/masterpage/seattle.master`,
      NoCrawl: false,
      OverwriteTranslationsOnChange: false,
      QuickLaunchEnabled: true,
      RecycleBinEnabled: true,
      ResourcePath: complex('SP.ResourcePath', { DecodedUrl: `https://${site.hostname}${site.path}` }),
      ServerRelativeUrl: serverPath,
      SiteLogoUrl: null,
      SyndicationEnabled: true,
      Title: site.title,
      TreeViewEnabled: false,
      UIVersion: 15,
      UIVersionConfigurationEnabled: false,
      Url: siteUrl(site),
      WebTemplate: templateOf(site),
      WelcomePage: 'SitePages/Home.aspx',
    },
    more: {
      ServerRelativePath: () => complex('SP.ResourcePath', { DecodedUrl: serverPath }),
      HasUniqueRoleAssignments: () => true,
      EffectiveBasePermissions: () => maskOf(context, []),
      RootFolder: () => link.webRoot(),
      RoleAssignments: () => link.roleAssignments([]),
      CurrentUser: () => userEntity(context, principalOf(tenant, site, actorOf(caller)), caller),
      SiteGroups: () => groupCollection(context),
      AssociatedOwnerGroup: () => associatedGroup(context, OWNERS_GROUP),
      AssociatedMemberGroup: () => associatedGroup(context, MEMBERS_GROUP),
      AssociatedVisitorGroup: () => associatedGroup(context, VISITORS_GROUP),
      WebTemplateConfiguration: () => `${templateOf(site)}#0`,
      RoleDefinitions: () => roleDefinitionCollection(site),
      Lists: () => ({
        kind: 'collection',
        set: 'SP.ApiData.Lists',
        entities: targetsOf(tenant, site).map((target) => link.list(target)),
      }),
      SiteUsers: () => userCollection(context),
    },
  }
}

function templateOf(site: SiteRecord): string {
  if (site.kind === 'personal') return 'SPSPERS'
  if (site.kind === 'channel') return 'TEAMCHANNEL'
  return site.kind === 'root' ? 'SITEPAGEPUBLISHING' : 'GROUP'
}

export function siteEntity({ tenant, site, link }: EntityContext): Entity {
  return {
    kind: 'entity',
    type: 'SP.Site',
    id: 'Site',
    properties: {
      AllowCreateDeclarativeWorkflow: false,
      AllowDesigner: true,
      AllowMasterPageEditing: false,
      CompatibilityLevel: 15,
      GroupId: '00000000-0000-0000-0000-000000000000',
      HubSiteId: '00000000-0000-0000-0000-000000000000',
      Id: site.siteId,
      IsHubSite: false,
      LockIssue: site.isReadOnly ? 'The site is read-only.' : null,
      PrimaryUri: `${siteUrl(site)}/`,
      ReadOnly: site.isReadOnly,
      ResourcePath: complex('SP.ResourcePath', { DecodedUrl: `https://${site.hostname}${site.path}` }),
      ServerRelativeUrl: site.path === '' ? '/' : site.path,
      ShareByEmailEnabled: false,
      ShareByLinkEnabled: false,
      ShowUrlStructure: false,
      TrimAuditLog: true,
      UIVersionConfigurationEnabled: false,
      UpgradeReminderDate: '1899-12-30T00:00:00',
      UpgradeScheduled: false,
      Url: siteUrl(site),
    },
    more: {
      Usage: () =>
        complex('SP.UsageInfo', {
          Bandwidth: '0',
          DiscussionStorage: '0',
          Hits: '0',
          Storage: String(tenant.sites.usedBytes(site.siteId)),
          StoragePercentageUsed: tenant.sites.usedBytes(site.siteId) / site.quotaBytes,
          Visits: '0',
        }),
      RootWeb: () => link.web(),
    },
  }
}

export function userEntity({ tenant, site }: EntityContext, principal: PrincipalRecord, caller?: Caller): Entity {
  const user = principal.objectId === undefined ? undefined : tenant.directory.user(principal.objectId)
  const isGroupClaim = principal.type === 4
  return {
    kind: 'entity',
    type: 'SP.User',
    id: `Web/GetUserById(${principal.principalId})`,
    properties: {
      Id: principal.principalId,
      IsHiddenInUI: false,
      LoginName: principal.login,
      Title: principal.title,
      PrincipalType: principal.type,
      Email: principal.email,
      Expiration: '',
      IsEmailAuthenticationGuestUser: false,
      IsShareByEmailGuestUser: false,
      IsSiteAdmin:
        (user !== undefined && (site.adminIds.includes(user.objectId) || site.ownerId === user.objectId)) ||
        (caller?.kind === 'app' && caller.roles.includes('Sites.FullControl.All')),
      UserId:
        user === undefined || isGroupClaim
          ? null
          : complex('SP.UserIdInfo', {
              NameId: user.objectId.replaceAll('-', '').slice(0, 16),
              NameIdIssuer: 'urn:federation:microsoftonline',
            }),
      UserPrincipalName: user?.upn ?? null,
    },
    more: {
      AadObjectId: () =>
        principal.objectId === undefined
          ? null
          : complex('SP.UserIdInfo', { NameId: principal.objectId, NameIdIssuer: 'urn:federation:microsoftonline' }),
    },
  }
}

export function groupEntity(site: SiteRecord, principal: PrincipalRecord): Entity {
  return {
    kind: 'entity',
    type: 'SP.Group',
    id: `Web/SiteGroups/GetById(${principal.principalId})`,
    properties: {
      Id: principal.principalId,
      IsHiddenInUI: false,
      LoginName: principal.login,
      Title: principal.title,
      PrincipalType: principal.type,
      AllowMembersEditMembership: false,
      AllowRequestToJoinLeave: false,
      AutoAcceptRequestToJoinLeave: false,
      Description: null,
      OnlyAllowMembersViewMembership: false,
      OwnerTitle: `${site.title} Owners`,
      RequestToJoinLeaveEmailSetting: '',
    },
  }
}

export function groupCollection({ tenant, site }: EntityContext): EntityCollection {
  const groups = permissionsOf(tenant)
    .principals(site)
    .filter((principal) => principal.type === 8)
  return { kind: 'collection', set: 'SP.ApiData.Groups', entities: groups.map((group) => groupEntity(site, group)) }
}

function associatedGroup({ tenant, site }: EntityContext, id: number): Entity | null {
  const group = permissionsOf(tenant).principal(site, id)
  return group === undefined ? null : groupEntity(site, group)
}

export function userCollection(context: EntityContext): EntityCollection {
  const { tenant, site } = context
  const users = permissionsOf(tenant)
    .principals(site)
    .filter((principal) => principal.type !== 8)
  return { kind: 'collection', set: 'SP.ApiData.Users', entities: users.map((principal) => userEntity(context, principal)) }
}

/** Ids and kinds are the same everywhere; names speak the language of the site [H.3]. */
export function roleDefinitionEntity(role: RoleDefinition, site: SiteRecord): Entity {
  const { high, low } = roleMask(role.id)
  return {
    kind: 'entity',
    type: 'SP.RoleDefinition',
    id: `Web/RoleDefinitions(${role.id})`,
    properties: {
      BasePermissions: complex('SP.BasePermissions', { High: high, Low: low }),
      Description: role.description,
      Hidden: role.isHidden,
      Id: role.id,
      Name: roleName(role, site.language),
      Order: role.order,
      RoleTypeKind: role.roleTypeKind,
    },
  }
}

export function roleDefinitionCollection(site: SiteRecord): EntityCollection {
  const entities = ROLE_DEFINITIONS.map((role) => roleDefinitionEntity(role, site))
  return { kind: 'collection', set: 'SP.ApiData.RoleDefinitions', entities }
}

/** The assignments of a scope, principals and bindings expandable. */
export function roleAssignmentCollection(context: EntityContext, scopeKey: string): EntityCollection {
  const { tenant, site } = context
  const permissions = permissionsOf(tenant)
  const base = scopeKey === webScope(site.siteId) ? 'Web' : `Web/Scopes('${scopeKey}')`
  return {
    kind: 'collection',
    set: 'SP.ApiData.RoleAssignments',
    entities: permissions
      .assignments(scopeKey)
      .map(({ principalId, roleIds }) =>
        roleAssignmentEntity(context, `${base}/RoleAssignments/GetByPrincipalId(${principalId})`, principalId, roleIds),
      ),
  }
}

export function roleAssignmentEntity(
  context: EntityContext,
  id: string,
  principalId: number,
  roleIds: readonly number[],
): Entity {
  const { tenant, site } = context
  return {
    kind: 'entity',
    type: 'SP.RoleAssignment',
    id,
    properties: { PrincipalId: principalId },
    more: {
      Member: () => {
        const principal = permissionsOf(tenant).principal(site, principalId)
        if (principal === undefined) return null
        return principal.type === 8 ? groupEntity(site, principal) : userEntity(context, principal)
      },
      RoleDefinitionBindings: () => ({
        kind: 'collection',
        set: 'SP.ApiData.RoleDefinitions',
        entities: ROLE_DEFINITIONS.filter((role) => roleIds.includes(role.id)).map((role) => roleDefinitionEntity(role, site)),
      }),
    },
  }
}
