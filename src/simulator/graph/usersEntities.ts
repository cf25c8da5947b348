import { createHash } from 'node:crypto'
import type { Tenant } from '../core/tenant.ts'
import type { GroupRecord, UserRecord } from '../identity/directory.ts'

/** Directory roles that the practice tenant knows, by template id [A.9]. */
const ROLES: Readonly<Record<string, readonly [name: string, description: string]>> = {
  '62e90394-69f5-4237-9190-012177145e10': [
    'Global Administrator',
    'Can manage all aspects of Microsoft Entra ID and Microsoft services that use Microsoft Entra identities.',
  ],
  'f28a1f50-f6e7-4571-818b-6a12f2af6b6c': ['SharePoint Administrator', 'Can manage all aspects of the SharePoint service.'],
  '8c8b803f-96e1-4129-9349-20738d9f9652': [
    'Microsoft 365 Migration Administrator',
    'Perform all migration functionality to migrate content to Microsoft 365 using Migration Manager.',
  ],
}

/** A GUID that is the same for the same text in every tenant of the same id. */
function derivedGuid(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** `S-1-12-1-…`: the cloud's own SID of an object. */
export function cloudSid(objectId: string): string {
  const bytes = Buffer.from(objectId.replaceAll('-', ''), 'hex')
  bytes.subarray(0, 4).reverse()
  bytes.subarray(4, 6).reverse()
  bytes.subarray(6, 8).reverse()
  return `S-1-12-1-${[0, 4, 8, 12].map((at) => bytes.readUInt32LE(at)).join('-')}`
}

/** Returned when nothing is selected. */
export const USER_DEFAULTS = [
  'businessPhones',
  'displayName',
  'givenName',
  'jobTitle',
  'mail',
  'mobilePhone',
  'officeLocation',
  'preferredLanguage',
  'surname',
  'userPrincipalName',
  'id',
]

export function userShape(user: UserRecord): Record<string, unknown> {
  const [givenName = '', ...surname] = user.displayName.split(' ')
  return {
    id: user.objectId,
    businessPhones: [],
    displayName: user.displayName,
    givenName,
    jobTitle: null,
    mail: user.mail,
    mobilePhone: null,
    officeLocation: null,
    preferredLanguage: null,
    surname: surname.join(' '),
    // The name is free again as soon as its bearer is deleted.
    userPrincipalName: user.deletedAtMs === undefined ? user.upn : `${user.objectId.replaceAll('-', '')}${user.upn}`,
    accountEnabled: user.isEnabled,
    deletedDateTime: user.deletedAtMs === undefined ? null : `${new Date(user.deletedAtMs).toISOString().slice(0, 19)}Z`,
    assignedLicenses: user.isLicensed ? [{ disabledPlans: [], skuId: '05e9a617-0261-4cee-bb44-138d3ef5d965' }] : [],
    mailNickname: user.upn.split('@')[0],
    onPremisesDomainName: user.onPremisesDomainName ?? null,
    onPremisesSamAccountName: user.onPremisesSamAccountName ?? null,
    onPremisesSecurityIdentifier: user.onPremisesSid ?? null,
    onPremisesSyncEnabled: user.onPremisesSid === undefined ? null : true,
    proxyAddresses: user.mail === '' ? [] : [`SMTP:${user.mail}`],
    securityIdentifier: cloudSid(user.objectId),
    usageLocation: 'DE',
    userType: user.isGuest === true ? 'Guest' : 'Member',
  }
}

export const GROUP_DEFAULTS = [
  'id',
  'createdDateTime',
  'description',
  'displayName',
  'groupTypes',
  'mail',
  'mailEnabled',
  'mailNickname',
  'onPremisesDomainName',
  'onPremisesNetBiosName',
  'onPremisesSamAccountName',
  'onPremisesSecurityIdentifier',
  'onPremisesSyncEnabled',
  'resourceProvisioningOptions',
  'securityEnabled',
  'securityIdentifier',
  'visibility',
]

export function groupShape(tenant: Tenant, group: GroupRecord): Record<string, unknown> {
  const isUnified = group.kind === 'microsoft365'
  const nickname = group.displayName.replace(/[^A-Za-z0-9]/g, '')
  return {
    id: group.objectId,
    createdDateTime: '2024-01-01T00:00:00Z',
    description: group.displayName,
    displayName: group.displayName,
    groupTypes: isUnified ? ['Unified'] : [],
    mail: isUnified ? `${nickname.toLowerCase()}@${tenant.name}.com` : null,
    mailEnabled: isUnified,
    mailNickname: nickname,
    onPremisesDomainName: group.onPremisesDomainName ?? null,
    onPremisesNetBiosName: group.onPremisesDomainName?.split('.')[0]?.toUpperCase() ?? null,
    onPremisesSamAccountName: group.onPremisesSamAccountName ?? null,
    onPremisesSecurityIdentifier: group.onPremisesSid ?? null,
    onPremisesSyncEnabled: group.onPremisesSid === undefined ? null : true,
    resourceProvisioningOptions: tenant.sites.team(group.objectId) === undefined ? [] : ['Team'],
    securityEnabled: !isUnified,
    securityIdentifier: cloudSid(group.objectId),
    visibility: isUnified ? 'Public' : null,
  }
}

export function roleShape(tenant: Tenant, roleTemplateId: string): Record<string, unknown> {
  const [displayName, description] = ROLES[roleTemplateId] ?? ['Directory role', '']
  return {
    id: derivedGuid(`${tenant.tenantId}/${roleTemplateId}`),
    deletedDateTime: null,
    description,
    displayName,
    roleTemplateId,
  }
}

export function teamShape(
  group: { readonly id: string; readonly displayName: string },
  tenantId: string,
): Record<string, unknown> {
  return {
    id: group.id,
    createdDateTime: null,
    displayName: group.displayName,
    description: group.displayName,
    internalId: null,
    classification: null,
    specialization: null,
    visibility: 'public',
    webUrl: `https://teams.microsoft.com/l/team/${encodeURIComponent(`19:${group.id}@thread.tacv2`)}/conversations?groupId=${group.id}&tenantId=${tenantId}`,
    isArchived: false,
    isMembershipLimitedToOwners: false,
  }
}
