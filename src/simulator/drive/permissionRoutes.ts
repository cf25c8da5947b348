import type { Route, ServiceReply } from '../core/http.ts'
import type { Tenant } from '../core/tenant.ts'
import { itemScopes } from '../sharepoint/itemScopes.ts'
import { type PrincipalRecord, webScope } from '../sharepoint/permissionStore.ts'
import { type AccessLevel, higher, levelOfRole } from '../sharepoint/roleDefinitions.ts'
import { permissionsOf } from '../sharepoint/siteAccess.ts'
import type { ItemRecord } from '../store/itemStore.ts'
import { type ItemContext, itemRoute } from './driveRoute.ts'
import { type DriveTarget, notFound } from './driveTarget.ts'
import { readGraphQuery } from './graphQuery.ts'
import { METADATA } from './itemReplies.ts'

/** Graph knows three roles; what lets its holder do nothing by itself (Limited Access) is not shown [B.9]. */
const GRAPH_ROLES: Readonly<Record<AccessLevel, string | undefined>> = {
  none: undefined,
  limited: undefined,
  read: 'read',
  contribute: 'write',
  edit: 'write',
  full: 'owner',
}

/** The permissions of an item as Graph shows them: those of its innermost scope, with `inheritedFrom` unless it is the item's own. */
export function permissionShapes(tenant: Tenant, target: DriveTarget, item: ItemRecord): Record<string, unknown>[] {
  const { site, library } = target
  const permissions = permissionsOf(tenant)
  permissions.principals(site)
  const scopes = itemScopes(tenant, { kind: 'library', library, item })
  const scope = scopes.find((key) => permissions.isUnique(key)) ?? webScope(site.siteId)
  const isOwn = scope === scopes[0] && item.parentId !== undefined
  return permissions.assignments(scope).flatMap(({ principalId, roleIds }) => {
    const principal = permissions.principal(site, principalId)
    const role = GRAPH_ROLES[roleIds.map(levelOfRole).reduce(higher, 'none')]
    if (principal === undefined || role === undefined) return []
    return [
      {
        id: Buffer.from(principal.login).toString('base64url'),
        roles: [role],
        grantedToV2: grantedTo(principal),
        ...(isOwn ? {} : { inheritedFrom: inheritedFrom(tenant, { library, scope, item }) }),
      },
    ]
  })
}

function grantedTo({ type, principalId, login, title, email, objectId }: PrincipalRecord): object {
  const local = { id: String(principalId), displayName: title, loginName: login }
  if (type === 8) return { siteGroup: local }
  const account = {
    displayName: title,
    ...(email === '' ? {} : { email }),
    ...(objectId === undefined ? {} : { id: objectId }),
  }
  const kind = type === 4 ? 'group' : login.startsWith('i:0i.t|') ? 'application' : 'user'
  return { [kind]: account, siteUser: { ...local, ...(email === '' ? {} : { email }) } }
}

/** The folder whose permissions the item has; the root of the drive when they are the library's or the site's. */
function inheritedFrom(
  tenant: Tenant,
  { library, scope, item }: { readonly library: DriveTarget['library']; readonly scope: string; readonly item: ItemRecord },
): object {
  let at: ItemRecord | undefined = item
  while (at?.parentId !== undefined && scope !== `item:${library.listId}:${at.listItemId}`) {
    at = tenant.items.get(at.driveId, at.parentId)
  }
  const folder = at ?? tenant.items.root(library.driveId)
  const path = tenant.items.pathSegments(folder).map(encodeURIComponent).join('/')
  return { driveId: library.driveId, id: folder.itemId, path: `/drives/${library.driveId}/root:${path === '' ? '' : `/${path}`}` }
}

function listPermissions(context: ItemContext): ServiceReply {
  const { request, tenant, item } = context
  readGraphQuery(request, [])
  return {
    status: 200,
    body: {
      '@odata.context': `${METADATA}#drives('${encodeURIComponent(item.driveId)}')/items('${item.itemId}')/permissions`,
      value: permissionShapes(tenant, context, item),
    },
  }
}

function getPermission(context: ItemContext): ServiceReply {
  const { request, tenant, item, path } = context
  readGraphQuery(request, [])
  const found = permissionShapes(tenant, context, item).find(({ id }) => id === path.action[1])
  if (found === undefined) throw notFound()
  return { status: 200, body: found }
}

const READ = { methods: ['GET'], level: 'read', resourceUnits: 5 } as const

export const routes: readonly Route[] = [
  itemRoute({ name: 'drive.permission.list', action: ['permissions'], ...READ }, listPermissions),
  itemRoute({ name: 'drive.permission.get', action: ['permissions', '{}'], ...READ }, getPermission),
]
