import type { Caller } from '../core/caller.ts'
import type { ServiceRequest } from '../core/http.ts'
import type { Tenant } from '../core/tenant.ts'
import type { ColumnRecord, ListRecord } from '../lists/records.ts'
import type { ListTarget } from '../lists/tenantLists.ts'
import type { ItemRecord } from '../store/itemStore.ts'
import type { RecycledItem } from '../store/recycleBin.ts'
import type { LibraryRecord, SiteRecord } from '../store/siteStore.ts'
import type { PathTarget } from './filePaths.ts'
import { type ItemRef, itemScopes } from './itemScopes.ts'
import type { PrincipalRecord } from './permissionStore.ts'
import type { RestSegment } from './restPath.ts'
import type { RoleDefinition } from './roleDefinitions.ts'

interface Scoped {
  /** Permission scopes from the innermost outwards, without the web. */
  readonly scopes: readonly string[]
}

/** What a path led to. */
export type Resource = Scoped &
  (
    | { readonly type: 'root' | 'siteManager' | 'web' | 'site' | 'lists' | 'users' | 'groups' | 'roleDefinitions' }
    | { readonly type: 'list' | 'items' | 'fields' | 'views' | 'view'; readonly target: ListTarget }
    | { readonly type: 'item'; readonly ref: ItemRef }
    | { readonly type: 'field'; readonly list: ListRecord; readonly column: ColumnRecord }
    | { readonly type: 'user' | 'group' | 'groupUsers'; readonly principal: PrincipalRecord }
    | { readonly type: 'roleDefinition'; readonly role: RoleDefinition }
    | { readonly type: 'roleAssignments'; readonly scopeKey: string; readonly owner: Resource }
    | { readonly type: 'roleAssignment'; readonly scopeKey: string; readonly owner: Resource; readonly principalId: number }
    | { readonly type: 'folders' | 'files' | 'folder'; readonly at: PathTarget }
    | { readonly type: 'file'; readonly library: LibraryRecord; readonly item: ItemRecord }
    | { readonly type: 'recycleBin' }
    | { readonly type: 'recycled'; readonly entry: RecycledItem }
    /** A file that is made when it is not there yet. */
    | { readonly type: 'stub'; readonly library: LibraryRecord; readonly folder: ItemRecord; readonly name: string }
  )

export interface Walk {
  readonly request: ServiceRequest
  readonly tenant: Tenant
  readonly site: SiteRecord
  readonly caller: Caller
  readonly steps: readonly RestSegment[]
  readonly argumentOf: (segment: RestSegment, name: string) => string | undefined
}

export const NOWHERE: Scoped = { scopes: [] }

export function itemResource(walk: Walk, ref: ItemRef): Resource {
  return { type: 'item', ref, scopes: itemScopes(walk.tenant, ref) }
}
