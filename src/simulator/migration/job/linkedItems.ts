import type { FileObject, ListItemObject, ManifestObject } from '../package/manifestObjects.ts'

export type FileFate = 'import' | 'skip' | 'error'

/** How the files and list items of one package belong together. */
export interface LinkedItems {
  /** A file that carries a list item id but no list item fares as the policy says [D.5]. */
  fate(file: FileObject): FileFate
  /** The id under which the library lists the file; undefined lets the library choose. */
  listItemId(file: FileObject): number | undefined
  /** Whether a list item finds its file or folder in the package, with everything it needs. */
  isWhole(item: ListItemObject): boolean
}

export function linkItems(objects: readonly ManifestObject[], unlinkedFiles: FileFate): LinkedItems {
  const files = new Map<string, FileObject>()
  const itemsByFile = new Map<string, ListItemObject>()
  for (const object of objects) {
    if (object.kind === 'file') files.set(object.id, object)
    if (object.kind === 'listItem' && object.docId !== undefined) itemsByFile.set(object.docId, object)
  }

  function isLinked(file: FileObject): boolean {
    const item = itemsByFile.get(file.id)
    return item?.hasFields === true && item.intId !== 0 && item.intId === file.listItemId
  }

  return {
    fate: (file) => (file.listItemId === undefined || file.listItemId === 0 || isLinked(file) ? 'import' : unlinkedFiles),
    listItemId: (file) => (file.listItemId === undefined || file.listItemId === 0 ? undefined : file.listItemId),
    isWhole(item) {
      if (item.docType === 'Folder' || item.docType === 'StructuredFolder') return true
      const file = item.docId === undefined ? undefined : files.get(item.docId)
      return (
        file !== undefined && item.fileUrl !== undefined && item.intId !== 0 && item.hasFields && file.listItemId === item.intId
      )
    },
  }
}
