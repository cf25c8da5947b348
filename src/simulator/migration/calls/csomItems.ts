import { ServiceError } from '../../core/serviceError.ts'
import type { Tenant } from '../../core/tenant.ts'
import { librariesOf } from '../../lists/libraryStore.ts'
import { actorOfLogin, readSiteDate } from '../../sharepoint/authorship.ts'
import { itemScopes } from '../../sharepoint/itemScopes.ts'
import { actorOf, requireAccess } from '../../sharepoint/siteAccess.ts'
import type { ItemFacts } from '../../store/itemStamps.ts'
import type { ItemRecord } from '../../store/itemStore.ts'
import type { LibraryRecord, SiteRecord } from '../../store/siteStore.ts'
import type { CsomValue } from './csomRequest.ts'
import type { MigrationCall } from './migrationCalls.ts'

const NOTEBOOK_FIELD = 'HTML_x0020_File_x0020_Type'
const NOTEBOOK = 'OneNote.Notebook'

/** Fields that a request has set on an item and not yet written. */
export interface PendingItem {
  readonly identity: string
  readonly library: LibraryRecord
  readonly item: ItemRecord
  facts: ItemFacts
  isNotebook: boolean | undefined
}

/** `…:site:<guid>:web:<guid>:list:<guid>:item:7,1`: an item of a library of this site. Throws the service's refusal of any other. */
export function openItem(call: MigrationCall, identity: string): PendingItem {
  const { tenant, site } = call
  const found = /:site:([0-9a-f-]{36}):web:([0-9a-f-]{36}):list:([0-9a-f-]{36}):item:(\d{1,9}),1$/i.exec(identity)
  const library = found === null ? undefined : tenant.sites.libraryByList(found[3] ?? '')
  const item = library === undefined ? undefined : librariesOf(tenant).item(library, Number(found?.[4]))
  const isHere =
    library?.siteId === site.siteId && found?.[1]?.toLowerCase() === site.siteId && found[2]?.toLowerCase() === site.webId
  if (library === undefined || item === undefined || !isHere)
    throw new ServiceError(
      404,
      '-2130575338, Microsoft.SharePoint.SPException',
      'Item does not exist. It may have been deleted by another user.',
    )
  requireAccess(call.request, tenant, site, 'contribute', itemScopes(tenant, { kind: 'library', library, item }))
  return { identity, library, item, facts: {}, isNotebook: undefined }
}

/** `SetFieldValue` and `ParseAndSetFieldValue`: noted until the item is updated. */
export function setField(call: MigrationCall, pending: PendingItem, parameters: readonly CsomValue[]): void {
  const { tenant, site } = call
  const [name, value] = parameters
  if (typeof name !== 'string' || typeof value !== 'string') throw badValue('A field value is missing or has another type.')
  if (name === NOTEBOOK_FIELD) pending.isNotebook = value === NOTEBOOK
  else pending.facts = { ...pending.facts, ...factOf(tenant, site, name, value) }
}

function factOf(tenant: Tenant, site: SiteRecord, name: string, value: string): ItemFacts {
  if (name === 'Author' || name === 'Editor') {
    const actor = actorOfLogin(tenant, site, value)
    if (actor === undefined) throw badValue('The user does not exist or is not unique.')
    return name === 'Author' ? { createdBy: actor } : { modifiedBy: actor }
  }
  if (name === 'Created' || name === 'Modified') {
    const ms = readSiteDate(value, site.language)
    if (ms === undefined) throw badValue('The date is not valid.')
    return name === 'Created' ? { createdMs: ms } : { modifiedMs: ms }
  }
  throw new ServiceError(400, '-2147024809, System.ArgumentException', `Column '${name}' is not known to the practice tenant.`, {
    isUnknown: true,
  })
}

/** `SystemUpdate` and `UpdateOverwriteVersion` write in place, `Update` makes a version. */
export function writeItem({ tenant, caller }: MigrationCall, pending: PendingItem, how: string): void {
  const { item, facts, isNotebook } = pending
  tenant.items.stamp(item.driveId, item.itemId, facts, { isNewVersion: how === 'Update', actor: actorOf(caller) })
  if (isNotebook !== undefined) {
    if (item.kind !== 'folder') throw badValue('Only a folder can be a notebook.')
    tenant.items.markNotebook(item.itemId, isNotebook)
  }
  pending.facts = {}
  pending.isNotebook = undefined
}

function badValue(message: string): ServiceError {
  return new ServiceError(400, '-2147024809, System.ArgumentException', message)
}
