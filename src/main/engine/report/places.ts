import type { ItemId } from '../../../shared/domain/ids.ts'
import type { JournalItem, ReadableJournal } from '../ports/journal.ts'
import { joinPath } from '../scan/pathRules.ts'

/** Folders whose path is kept at hand; items of one folder follow each other, so few are needed whatever the tree. */
const KEPT_FOLDERS = 10_000

/** Where an item is, or would be, below the place: with the new names of the folders above it. */
export type DestinationPathOf = (item: JournalItem) => string

/** Memory is bounded whatever the number of folders. */
export function createDestinationPaths(journal: Pick<ReadableJournal, 'item'>): DestinationPathOf {
  const kept = new Map<ItemId, string>()
  const folderPath = (id: ItemId | undefined): string => {
    if (id === undefined) return ''
    const known = kept.get(id)
    if (known !== undefined) return known
    const folder = journal.item(id)
    const path = folder === undefined ? '' : joinPath(folderPath(folder.parentId), folder.destName)
    if (kept.size >= KEPT_FOLDERS) kept.clear()
    kept.set(id, path)
    return path
  }
  return (item) => joinPath(folderPath(item.parentId), item.destName)
}

/** Below the root of the source, spelled as its system spells paths. */
export function sourcePathOf(rootPath: string, relPath: string): string {
  if (relPath === '') return rootPath
  const isWindows = rootPath.includes('\\') || /^[a-z]:/i.test(rootPath)
  const separator = isWindows ? '\\' : '/'
  const below = isWindows ? relPath.replaceAll('/', '\\') : relPath
  return rootPath.endsWith(separator) ? rootPath + below : rootPath + separator + below
}

/** A URL that a browser opens; `basePath` is the URL of the place as the service gave it. Lone surrogates become U+FFFD. */
export function destinationUrlOf(baseUrl: string, destPath: string): string {
  if (destPath === '') return baseUrl
  const below = destPath
    .split('/')
    .map((segment) => encodeURIComponent(segment.toWellFormed()))
    .join('/')
  return `${baseUrl.replace(/\/+$/, '')}/${below}`
}
