import type { Client } from '@microsoft/microsoft-graph-client'
import { readBack } from '../graphCopy.ts'
import type { SourceFile, SourceTree } from '../sourceTree.ts'
import type { StoredItem } from './ownership.ts'
import { isUnaddressable } from './requestRows.ts'

export interface Findings {
  readonly lost: readonly string[]
  readonly doubled: readonly string[]
  readonly different: readonly string[]
  readonly fileCount: number
  readonly stored: readonly StoredItem[]
}

/**
 * Versions that one upload leaves: an empty file has one of its times on top, for no session can carry them; a name that no path can say is
 * taken by an empty file first.
 */
function versionsOfOneUpload(file: SourceFile): number {
  return file.sizeBytes === 0 || isUnaddressable(file.path) ? 2 : 1
}

/** Reads the library back with Microsoft's own client. A file is doubled when it has more versions than one upload makes, or was not in the source. */
export async function compare(client: Client, trees: ReadonlyMap<string, SourceTree>): Promise<Findings> {
  const lost: string[] = []
  const doubled: string[] = []
  const different: string[] = []
  const all: StoredItem[] = []
  let fileCount = 0
  for (const [name, tree] of trees) {
    const stored = await readBack(client, `/sites/contoso.sharepoint.com:/sites/finance:/drive/root:/${name}`)
    all.push(...[...stored.values()].map((item) => ({ ...item, libraryPath: `${name}/${item.path}` })))
    for (const file of tree.files.values()) {
      fileCount++
      const item = stored.get(file.path)
      const label = `${name}/${file.path}`
      if (!item || item.isFolder) lost.push(label)
      else if (item.sha256 !== file.sha256) different.push(`${label} (content)`)
      else if (item.modifiedMs !== file.modifiedMs)
        different.push(`${label} (modified ${new Date(item.modifiedMs).toISOString()})`)
      else if (item.versionCount > versionsOfOneUpload(file)) doubled.push(`${label} (${item.versionCount} versions)`)
    }
    for (const [folder, modifiedMs] of tree.folders) {
      const item = stored.get(folder)
      const label = `${name}/${folder}/`
      if (!item?.isFolder) lost.push(label)
      else if (item.modifiedMs !== modifiedMs) different.push(`${label} (modified ${new Date(item.modifiedMs).toISOString()})`)
    }
    for (const item of stored.values()) {
      const isExpected = item.isFolder ? tree.folders.has(item.path) : tree.files.has(item.path)
      if (!isExpected) doubled.push(`${name}/${item.path} (not in the source)`)
    }
  }
  return { lost, doubled, different, fileCount, stored: all }
}
