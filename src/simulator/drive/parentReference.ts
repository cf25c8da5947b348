import { ServiceError } from '../core/serviceError.ts'
import type { Tenant } from '../core/tenant.ts'
import type { ItemRecord } from '../store/itemStore.ts'
import type { LibraryRecord } from '../store/siteStore.ts'
import type { ParentReference } from './bodies.ts'
import { locateItem, notFound } from './driveTarget.ts'

/**
 * The item that `parentReference` names in a drive, by id or by path. Undefined when it names none: empty members are what some clients
 * send for "unchanged". Throws 404 for one that does not exist.
 */
export function folderOfReference(tenant: Tenant, library: LibraryRecord, reference: ParentReference): ItemRecord | undefined {
  if (reference.id !== undefined && reference.id !== '') {
    const base = reference.id.toLowerCase() === 'root' ? library.rootItemId : reference.id
    const folder = tenant.items.get(library.driveId, base)
    if (folder === undefined) throw notFound()
    return folder
  }
  if (reference.path === undefined || reference.path === '') return undefined
  const path = /^(?:\/drives?\/[^/]*|\/drive)?\/?root:?(?:\/(.*))?$/.exec(reference.path)
  if (path === null)
    throw new ServiceError(400, 'invalidRequest', 'The path of parentReference is not valid.', { innerCode: 'invalidPath' })
  const segments = (path[1] ?? '').split('/').filter((segment) => segment !== '')
  const found = locateItem(tenant, library, { base: 'root', path: segments, isColonPath: true }).item
  if (found === undefined) throw notFound()
  return found
}
