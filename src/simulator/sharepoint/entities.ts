import type { Caller } from '../core/caller.ts'
import type { Tenant } from '../core/tenant.ts'
import type { SiteRecord } from '../store/siteStore.ts'
import type { EntityContext, EntityLinks } from './entityLinks.ts'
import { fileEntity, folderEntity, rootFolderEntity, webRootEntity } from './fileEntities.ts'
import { itemEntity } from './itemEntities.ts'
import { listEntity } from './listEntities.ts'
import { webScope } from './permissionStore.ts'
import { permissionsOf } from './siteAccess.ts'
import { roleAssignmentCollection, webEntity } from './webEntities.ts'

/** What the entities of one site need to be drawn and to lead to each other. */
export function entityContext(asked: {
  readonly tenant: Tenant
  readonly site: SiteRecord
  readonly caller: Caller
}): EntityContext {
  const { tenant, site, caller } = asked
  const link: EntityLinks = {
    web: () => webEntity(context),
    webRoot: () => webRootEntity(context),
    list: (target) => listEntity(context, target),
    rootFolder: (target) => rootFolderEntity(context, target),
    item: (ref) => itemEntity(context, ref),
    file: (library, item) => fileEntity(context, library, item),
    folder: (library, item) => folderEntity(context, library, item),
    roleAssignments: (scopeKeys) =>
      roleAssignmentCollection(context, scopeKeys.find((key) => permissionsOf(tenant).isUnique(key)) ?? webScope(site.siteId)),
  }
  const context: EntityContext = { tenant, site, caller, link }
  return context
}
