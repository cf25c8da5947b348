import type { Caller } from '../core/caller.ts'
import type { Tenant } from '../core/tenant.ts'
import type { ListTarget } from '../lists/tenantLists.ts'
import type { ItemRecord } from '../store/itemStore.ts'
import type { LibraryRecord, SiteRecord } from '../store/siteStore.ts'
import type { Entity, EntityCollection } from './dialect.ts'
import type { ItemRef } from './itemScopes.ts'

/** Entities that others lead to by `$expand`; joined in entities.ts. */
export interface EntityLinks {
  readonly web: () => Entity
  readonly webRoot: () => Entity
  readonly list: (target: ListTarget) => Entity
  readonly rootFolder: (target: ListTarget) => Entity
  readonly item: (ref: ItemRef) => Entity
  readonly file: (library: LibraryRecord, item: ItemRecord) => Entity
  readonly folder: (library: LibraryRecord, item: ItemRecord) => Entity
  /** Those of the innermost of the scopes that does not inherit, or of the web. */
  readonly roleAssignments: (scopeKeys: readonly string[]) => EntityCollection
}

export interface EntityContext {
  readonly tenant: Tenant
  readonly site: SiteRecord
  /** Who asks: what is shown depends on rights. */
  readonly caller: Caller
  readonly link: EntityLinks
}
