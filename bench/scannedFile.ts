import type { ScannedItem } from '../src/main/engine/ports/journal.ts'
import type { ItemId } from '../src/shared/domain/ids.ts'

/** Number 0 is the folder that all others lie in. */
export function scannedFile(index: number): ScannedItem {
  const name = `document-${index}.txt`
  return {
    id: (index + 1) as ItemId,
    parentId: index === 0 ? undefined : (1 as ItemId),
    depth: index === 0 ? 0 : 1,
    relPath: index === 0 ? '' : `folder/${name}`,
    kind: index === 0 ? 'folder' : 'file',
    sizeBytes: index,
    createdMs: 1_600_000_000_000,
    modifiedMs: 1_700_000_000_000,
    isHidden: false,
    isParentOnly: false,
    owner: undefined,
    fileId: `2049:${index}`,
    destName: name,
    collisionKey: name,
    issues: [],
    state: 'scanned',
    errorCode: undefined,
    message: undefined,
  }
}
