import type { ServiceBehaviour } from '../core/behaviour.ts'
import { GROUP_DEFAULTS, USER_DEFAULTS } from './usersEntities.ts'
import type { DirectoryType, Filterable } from './usersQueries.ts'

const EQUALITY: Filterable = { kind: 'text', simple: ['eq', 'in'], advanced: ['ne', 'not'] }
const NAME: Filterable = { kind: 'text', simple: ['eq', 'in', 'startswith', 'ge', 'le'], advanced: ['ne', 'not', 'endswith'] }
const ADVANCED_ONLY: Filterable = { kind: 'text', simple: [], advanced: ['eq', 'ne', 'in', 'startswith'] }
/** `S-1-12-1-…` [H.2]. */
const CLOUD_SID: Filterable = { kind: 'text', simple: ['eq', 'in', 'startswith', 'ge', 'le'], advanced: ['ne', 'not'] }
const FLAG: Filterable = { kind: 'boolean', simple: ['eq'], advanced: ['ne'] }

/** What `/users` can be asked [H.2]: SIDs by eq and in, the SAM account name only with the advanced query capabilities. */
export const USERS: DirectoryType = {
  resource: 'User',
  entityType: 'microsoft.graph.user',
  context: 'users',
  defaults: USER_DEFAULTS,
  filterable: {
    id: EQUALITY,
    displayName: NAME,
    givenName: NAME,
    surname: NAME,
    mail: NAME,
    mailNickname: NAME,
    userPrincipalName: NAME,
    accountEnabled: FLAG,
    onPremisesSecurityIdentifier: EQUALITY,
    securityIdentifier: CLOUD_SID,
    onPremisesSyncEnabled: FLAG,
    onPremisesSamAccountName: ADVANCED_ONLY,
    onPremisesDomainName: ADVANCED_ONLY,
    userType: EQUALITY,
  },
  sortable: ['displayName', 'userPrincipalName'],
}

/** Groups refuse a filter on the SID although users take it; lenient tenants take it too, as public code reports both [H.2]. */
export function groupsType(profile: ServiceBehaviour['profile']): DirectoryType {
  const sid: Filterable = profile === 'lenient' ? EQUALITY : { kind: 'text', simple: [], advanced: [] }
  return {
    resource: 'Group',
    entityType: 'microsoft.graph.group',
    context: 'groups',
    defaults: GROUP_DEFAULTS,
    filterable: {
      id: EQUALITY,
      displayName: NAME,
      mail: NAME,
      mailNickname: NAME,
      mailEnabled: FLAG,
      securityEnabled: FLAG,
      onPremisesSyncEnabled: FLAG,
      onPremisesSecurityIdentifier: sid,
      securityIdentifier: CLOUD_SID,
      onPremisesSamAccountName: ADVANCED_ONLY,
    },
    sortable: ['displayName'],
    lambdas: [
      {
        pattern: /^groupTypes\/any\(\s*(\w+)\s*:\s*\1\s+eq\s+'unified'\s*\)$/i,
        matches: (shape) => Array.isArray(shape.groupTypes) && shape.groupTypes.includes('Unified'),
      },
      {
        pattern: /^resourceProvisioningOptions\/any\(\s*(\w+)\s*:\s*\1\s+eq\s+'team'\s*\)$/i,
        matches: (shape) =>
          Array.isArray(shape.resourceProvisioningOptions) && shape.resourceProvisioningOptions.includes('Team'),
      },
    ],
  }
}

const plain = (resource: string, entityType: string, context: string, defaults: readonly string[]): DirectoryType => ({
  resource,
  entityType,
  context,
  defaults,
  filterable: { displayName: NAME, id: EQUALITY },
  sortable: [],
})

export const ROLES = plain('DirectoryRole', 'microsoft.graph.directoryRole', 'directoryObjects', [
  'id',
  'deletedDateTime',
  'description',
  'displayName',
  'roleTemplateId',
])
export const ORGANIZATIONS = plain('Organization', 'microsoft.graph.organization', 'organization', [
  'id',
  'displayName',
  'countryLetterCode',
  'verifiedDomains',
  'onPremisesSyncEnabled',
])
export const TEAMS = plain('Team', 'microsoft.graph.team', 'teams', [
  'id',
  'displayName',
  'description',
  'visibility',
  'isArchived',
  'webUrl',
])
export const CHANNELS = plain('Channel', 'microsoft.graph.channel', 'channels', [
  'id',
  'createdDateTime',
  'displayName',
  'description',
  'email',
  'membershipType',
  'tenantId',
  'webUrl',
])
