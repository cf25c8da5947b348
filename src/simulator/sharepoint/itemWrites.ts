import { isReference } from '../lists/columnValues.ts'
import { librariesOf, libraryETag } from '../lists/libraryStore.ts'
import type { ColumnRecord } from '../lists/records.ts'
import { eTagOf } from '../lists/records.ts'
import { type ListTarget, listsOf } from '../lists/tenantLists.ts'
import type { ItemRef } from './itemScopes.ts'
import { entityPropertyOf, entityTypeOf } from './listEntities.ts'
import type { RestBody } from './restBody.ts'
import { invalidQuery, saveConflict } from './restErrors.ts'
import type { RestContext } from './restRoute.ts'

/** Properties that clients send along and that change nothing. */
const PASSED_OVER = ['ContentTypeId', 'FileSystemObjectType', 'ContentType']

/** Column values by internal name from the properties of a body; an unknown property is refused as the service does. */
export function columnValues(context: RestContext, target: ListTarget, body: RestBody): Record<string, unknown> {
  const columns = target.kind === 'list' ? listsOf(context.tenant).columns.columns(target.list.listId) : undefined
  const values: Record<string, unknown> = {}
  for (const [property, value] of Object.entries(body)) {
    if (PASSED_OVER.includes(property)) continue
    const name = columns === undefined ? libraryColumn(property) : columnOf(columns, property)
    if (name === undefined)
      throw invalidQuery(
        `The property '${property}' does not exist on type '${entityTypeOf(target)}'. Make sure to only use property names that are defined by the type.`,
      )
    values[name] = value
  }
  return values
}

function columnOf(columns: readonly ColumnRecord[], property: string): string | undefined {
  const column = columns.find((candidate) => {
    const name = entityPropertyOf(candidate)
    return property === (isReference(candidate.type) ? `${name}Id` : name)
  })
  return column?.name
}

function libraryColumn(property: string): string | undefined {
  const name = property.replace(/^OData_/, '')
  return ['Title', '_ExtendedDescription', 'FileLeafRef'].includes(name) ? name : undefined
}

/** Writes under the request's `IF-MATCH`; a missing one overwrites, unless the fault script stages a race. */
export function updateItem(context: RestContext, ref: ItemRef, values: Readonly<Record<string, unknown>>): ItemRef {
  const ifMatch = condition(context, ref)
  const { tenant, actor } = context
  if (ref.kind === 'library')
    return { ...ref, item: librariesOf(tenant).update(ref.library, ref.item, values, { ifMatch, actor }) }
  return { ...ref, item: listsOf(tenant).items.update(ref.list.listId, ref.item.itemId, values, { ifMatch, actor }) }
}

/** Deletes for good or into the recycle bin; answers the bin's id, which rows of generic lists have in name only. */
export function removeItem(context: RestContext, ref: ItemRef, { isRecycled = false } = {}): string {
  const ifMatch = condition(context, ref)
  const { tenant, actor } = context
  if (ref.kind === 'list') {
    listsOf(tenant).items.remove(ref.list.listId, ref.item.itemId, ifMatch)
    return tenant.random.guid()
  }
  librariesOf(tenant).update(ref.library, ref.item, {}, { ifMatch, actor })
  if (isRecycled) return tenant.items.recycle(ref.item.driveId, ref.item.itemId, actor).recycleId
  tenant.items.remove(ref.item.driveId, ref.item.itemId)
  return ''
}

function condition({ request, tenant }: RestContext, ref: ItemRef): string | undefined {
  const sent = request.headers['if-match']
  if (sent === undefined || sent === '*') {
    if (tenant.faults.isActive('resourceModified', request)) throw saveConflict()
    return sent
  }
  if (ref.kind === 'list' && tenant.faults.isActive('eTagBump', request))
    listsOf(tenant).items.update(ref.list.listId, ref.item.itemId, {}, { actor: ref.item.modifiedBy })
  return sent
}

export function eTagOfRef(ref: ItemRef): string {
  return ref.kind === 'list' ? eTagOf(ref.item) : libraryETag(ref.item)
}
