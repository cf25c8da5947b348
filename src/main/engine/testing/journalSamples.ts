import type { ItemId } from '../../../shared/domain/ids.ts'
import type { ListedItem, ScannedItem } from '../ports/journal.ts'

/** Row numbers and rows as a scan would write them. */
export const id = (value: number): ItemId => value as ItemId

export function scannedFile(overrides: Partial<ScannedItem> & { readonly relPath: string; readonly id: ItemId }): ScannedItem {
  const name = overrides.relPath.slice(overrides.relPath.lastIndexOf('/') + 1)
  return {
    parentId: id(1),
    depth: 1,
    kind: 'file',
    sizeBytes: 10,
    createdMs: 1_500_000_000_000,
    modifiedMs: 1_600_000_000_000,
    isHidden: false,
    fileId: undefined,
    owner: undefined,
    destName: name,
    collisionKey: name.toUpperCase(),
    issues: [],
    state: 'scanned',
    errorCode: undefined,
    message: undefined,
    isParentOnly: false,
    ...overrides,
  }
}

export const root = scannedFile({ id: id(1), relPath: '', parentId: undefined, depth: 0, kind: 'folder', sizeBytes: 0 })

export function listed(itemId: string, parentId: string, name: string, overrides: Partial<ListedItem> = {}): ListedItem {
  return {
    itemId,
    parentId,
    name,
    collisionKey: name.toUpperCase(),
    kind: 'file',
    sizeBytes: 10,
    quickXorHash: 'h',
    eTag: '"1"',
    createdMs: undefined,
    modifiedMs: 1000,
    webUrl: undefined,
    ...overrides,
  }
}

/** Throws when the two are not the same as JSON. */
export function same(actual: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (left !== right) throw new Error(`expected ${right}, got ${left}`)
}

export function pathsOf(items: readonly { readonly relPath: string }[]): readonly string[] {
  return items.map((item) => item.relPath)
}
