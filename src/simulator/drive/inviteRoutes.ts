import { z } from 'zod'
import type { Route, ServiceReply } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import { librariesOf } from '../lists/libraryStore.ts'
import { ITEMS_FOR_BREAKING_INHERITANCE } from '../lists/listRules.ts'
import { copiedAssignments, grantRole, type ScopeChain } from '../sharepoint/grants.ts'
import { itemScopes } from '../sharepoint/itemScopes.ts'
import { canBreakInheritance, hasRoomForAssignment, hasRoomForScope } from '../sharepoint/permissionRules.ts'
import { type PrincipalRecord, webScope } from '../sharepoint/permissionStore.ts'
import { CONTRIBUTE, FULL_CONTROL, READ } from '../sharepoint/roleDefinitions.ts'
import { accessDenied, callerOf, isSiteAdmin, ownLevel, permissionsOf } from '../sharepoint/siteAccess.ts'
import { allowQuery, readBody } from './bodies.ts'
import { type ItemContext, itemRoute } from './driveRoute.ts'
import { notFound } from './driveTarget.ts'
import { METADATA } from './itemReplies.ts'
import { permissionShapes } from './permissionRoutes.ts'

const inviteBody = z.strictObject({
  recipients: z
    .array(
      z.strictObject({
        '@odata.type': z.string().optional(),
        email: z.string().optional(),
        alias: z.string().optional(),
        objectId: z.string().optional(),
      }),
    )
    .min(1),
  roles: z.array(z.enum(['read', 'write', 'owner'])).length(1),
  requireSignIn: z.boolean().default(false),
  sendInvitation: z.boolean().default(false),
  retainInheritedPermissions: z.boolean().default(true),
  message: z.string().optional(),
})

const ROLES = { read: READ, write: CONTRIBUTE, owner: FULL_CONTROL } as const

/** Only who may change permissions there; applications by what they were granted [B.9]. */
function requireManager({ request, tenant, site }: ItemContext, scopes: readonly string[]): void {
  const caller = callerOf(request)
  if (caller.kind === 'app' || isSiteAdmin(caller, site)) return
  if (ownLevel(tenant, site, caller.objectId, scopes) !== 'full') throw accessDenied(request)
}

async function invite(context: ItemContext): Promise<ServiceReply> {
  const { request, tenant, item, library } = context
  allowQuery(request, [])
  const body = await readBody(request, inviteBody)
  if (body.sendInvitation)
    throw new ServiceError(501, 'notSupported', 'The practice tenant sends no mail: set sendInvitation to false.', {
      isUnknown: true,
    })
  const scopes = itemScopes(tenant, { kind: 'library', library, item })
  requireManager(context, scopes)
  if (!body.requireSignIn || tenant.faults.isActive('inviteRefused', request))
    throw new ServiceError(400, 'invalidRequest', 'Sharing failed: invitations without sign-in are turned off.', {
      innerCode: 'sharingFailed',
    })
  if (item.parentId === undefined)
    throw new ServiceError(400, 'notSupported', 'The root of a drive cannot be shared by an invitation.')
  const principals = body.recipients.map((recipient) => principalFor(context, recipient))
  const [role = 'read'] = body.roles
  if (!tenant.faults.isActive('inviteIgnored', request))
    grantAll(context, { scopes, principals, roleId: ROLES[role], keepsInherited: body.retainInheritedPermissions })
  const ids = new Set(principals.map(permissionId))
  return {
    status: 200,
    body: {
      '@odata.context': `${METADATA}#Collection(permission)`,
      value: permissionShapes(tenant, context, item).filter(({ id }) => ids.has(String(id))),
    },
  }
}

function principalFor(
  { tenant, site }: ItemContext,
  recipient: z.output<typeof inviteBody>['recipients'][number],
): PrincipalRecord {
  const permissions = permissionsOf(tenant)
  const key = recipient.objectId ?? recipient.email ?? recipient.alias ?? ''
  const group = tenant.directory.group(key)
  const user =
    tenant.directory.user(key) ?? tenant.directory.users().find((each) => each.mail.toLowerCase() === key.toLowerCase())
  const found =
    group !== undefined
      ? permissions.ensure(
          site,
          `${group.kind === 'security' ? 'c:0t.c|tenant|' : 'c:0o.c|federateddirectoryclaimprovider|'}${key}`,
        )
      : user === undefined
        ? undefined
        : permissions.ensureUser(site, user)
  if (found !== undefined) return found
  throw new ServiceError(400, 'invalidRequest', 'One or more users could not be resolved.', { innerCode: 'noResolvedUsers' })
}

function grantAll(
  context: ItemContext,
  grants: {
    readonly scopes: readonly string[]
    readonly principals: readonly PrincipalRecord[]
    readonly roleId: number
    readonly keepsInherited: boolean
  },
): void {
  const { request, tenant, site, library, item } = context
  const [key = '', ...outer] = grants.scopes
  const permissions = permissionsOf(tenant)
  if (!permissions.isUnique(key)) {
    const most = tenant.faults.amount('inheritanceItemLimit', request) ?? ITEMS_FOR_BREAKING_INHERITANCE
    if (item.kind === 'folder' && !canBreakInheritance(librariesOf(tenant).descendants(item, most + 1), most))
      throw new ServiceError(429, 'activityLimitReached', 'There are too many items within this folder.', {
        innerCode: 'totalAffectedItemCountExceeded',
      })
    if (!hasRoomForScope(permissions.uniqueScopeCount(library.listId), tenant.faults.amount('uniqueScopeLimit', request)))
      throw tooMany('unique security scopes of this list')
    const parent = outer.find((scope) => permissions.isUnique(scope)) ?? webScope(site.siteId)
    permissions.makeUnique(key, site, library.listId, grants.keepsInherited ? copiedAssignments(tenant, parent) : [])
  }
  const chain: ScopeChain = { key, outer }
  for (const { principalId } of grants.principals) {
    const count = permissions.assignments(key).length
    if (
      !permissions.holdsAny(key, principalId) &&
      !hasRoomForAssignment(count, tenant.faults.amount('roleAssignmentLimit', request))
    )
      throw tooMany('role assignments of this scope')
    grantRole(tenant, site, chain, { principalId, roleId: grants.roleId })
  }
}

function tooMany(what: string): ServiceError {
  return new ServiceError(400, 'invalidRequest', `The number of ${what} exceeds the limit.`, {
    innerCode: 'totalAffectedItemCountExceeded',
  })
}

function permissionId({ login }: PrincipalRecord): string {
  return Buffer.from(login).toString('base64url')
}

/** Takes a permission that the item has of its own; an inherited one cannot be taken here. */
function deletePermission(context: ItemContext): ServiceReply {
  const { request, tenant, site, library, item, path } = context
  allowQuery(request, [])
  const scopes = itemScopes(tenant, { kind: 'library', library, item })
  requireManager(context, scopes)
  const found = permissionShapes(tenant, context, item).find(({ id }) => id === path.action[1])
  if (found === undefined) throw notFound()
  if ('inheritedFrom' in found)
    throw new ServiceError(400, 'invalidRequest', 'An inherited permission cannot be deleted from the item.')
  const principal = permissionsOf(tenant)
    .principals(site)
    .find((each) => permissionId(each) === found.id)
  permissionsOf(tenant).unassign(scopes[0] ?? '', principal?.principalId ?? 0)
  return { status: 204 }
}

const HEAVY = { level: 'contribute', resourceUnits: 5 } as const

export const routes: readonly Route[] = [
  { ...itemRoute({ name: 'drive.permission.invite', methods: ['POST'], action: ['invite'], ...HEAVY }, invite), isSharing: true },
  itemRoute({ name: 'drive.permission.delete', methods: ['DELETE'], action: ['permissions', '{}'], ...HEAVY }, deletePermission),
]
