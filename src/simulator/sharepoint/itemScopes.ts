import type { Tenant } from '../core/tenant.ts'
import type { ListItemRecord, ListRecord } from '../lists/records.ts'
import type { ItemRecord } from '../store/itemStore.ts'
import type { LibraryRecord } from '../store/siteStore.ts'

/** A list item of either kind of list. */
export type ItemRef =
  | { readonly kind: 'list'; readonly list: ListRecord; readonly item: ListItemRecord }
  | { readonly kind: 'library'; readonly library: LibraryRecord; readonly item: ItemRecord }

/** Keys of the permission scopes of an item, innermost first: the item, the folders above it, its list. */
export function itemScopes(tenant: Tenant, ref: ItemRef): readonly string[] {
  if (ref.kind === 'list') return [`item:${ref.list.listId}:${ref.item.itemId}`, `list:${ref.list.listId}`]
  const { listId } = ref.library
  const scopes: string[] = []
  let at: ItemRecord | undefined = ref.item
  while (at?.parentId !== undefined) {
    scopes.push(`item:${listId}:${at.listItemId}`)
    at = tenant.items.get(at.driveId, at.parentId)
  }
  return [...scopes, `list:${listId}`]
}
