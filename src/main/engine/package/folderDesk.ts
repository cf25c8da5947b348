import type { ItemId } from '../../../shared/domain/ids.ts'
import type { TaskPart } from '../../../shared/domain/task.ts'
import type { ExistingFolder, ImportPlace, ImportService } from '../ports/importService.ts'
import type { JournalItem } from '../ports/journal.ts'
import type { Round } from '../run/round.ts'
import { timesToStore } from '../transfer/fileToSend.ts'
import { idInETag, idText } from './ids.ts'
import type { ManifestFolder } from './manifest.ts'

/** A folder with the way up to the library's root. */
export interface FolderNode extends ManifestFolder {
  /** undefined = the root folder of the library. */
  readonly parent: FolderNode | undefined
}

const CACHED_MAX = 20_000

/** Knows path and id of every folder of the round: real ids for what the destination has, stable ones for what it will have. */
export class FolderDesk {
  readonly #round: Round
  readonly #imports: ImportService
  readonly #importPlace: ImportPlace
  readonly #place: FolderNode
  readonly #nodes = new Map<ItemId, FolderNode>()

  constructor(round: Round, imports: ImportService, place: ImportPlace) {
    this.#round = round
    this.#imports = imports
    this.#importPlace = place
    this.#place = placeNode(place, round.task.part?.around ?? [])
  }

  /** The folder of an item; an item without one is the root of the source, which is the place of the task. */
  async around(item: JournalItem): Promise<FolderNode> {
    return item.parentId === undefined ? this.#place : await this.#node(item.parentId)
  }

  async of(folder: JournalItem): Promise<FolderNode> {
    if (folder.parentId === undefined) return this.#place
    const known = this.#nodes.get(folder.id)
    if (known) return known
    const parent = await this.#node(folder.parentId)
    const node = await this.#describe(folder, parent)
    if (this.#nodes.size >= CACHED_MAX) this.#nodes.clear()
    this.#nodes.set(folder.id, node)
    return node
  }

  /** The id of a file that does not exist yet. */
  fileId(path: string): string {
    return this.#imports.stableId(idText(this.#importPlace, 'file', path))
  }

  async #node(id: ItemId): Promise<FolderNode> {
    const known = this.#nodes.get(id)
    if (known) return known
    const folder = this.#round.journal.item(id)
    return folder === undefined ? this.#place : await this.of(folder)
  }

  async #describe(folder: JournalItem, parent: FolderNode): Promise<FolderNode> {
    const { journal, stops } = this.#round
    const listed = folder.destItemId === undefined ? undefined : journal.listedItem(folder.destItemId)
    const name = listed?.name ?? folder.destName
    const path = `${parent.path}/${name}`
    const base = { parent, parentId: parent.id, name, path }
    if (folder.destItemId !== undefined) {
      const id = idInETag(listed?.eTag ?? folder.eTag) ?? (await this.#imports.folderId(path, stops.drop))
      if (id !== undefined) return { ...base, id, createdMs: listed?.createdMs, modifiedMs: listed?.modifiedMs }
    }
    const times = timesToStore(this.#round, folder)
    const id = this.#imports.stableId(idText(this.#importPlace, 'folder', path))
    return { ...base, id, createdMs: times?.createdMs, modifiedMs: times?.modifiedMs }
  }
}

/** `around`: what the folders above the place are to have, the nearest first; those beyond keep what they have. */
function placeNode(place: ImportPlace, around: NonNullable<TaskPart['around']>): FolderNode {
  const { rootFolder } = place
  const root: FolderNode = {
    ...rootFolder,
    parent: undefined,
    parentId: place.webRootFolderId,
    path: [place.webPath, rootFolder.name].filter((part) => part !== '').join('/'),
  }
  const nearest = place.chain.length - 2
  const chain = place.chain.map((folder, index) => ({ ...folder, ...around[nearest - index] }))
  return chain.reduce<FolderNode>(below, root)
}

const below = (parent: FolderNode, folder: ExistingFolder): FolderNode => ({
  ...folder,
  parent,
  parentId: parent.id,
  path: `${parent.path}/${folder.name}`,
})

/** Every folder on the way to these, each once, parents before children, without the library's root. */
export function chainOf(nodes: Iterable<FolderNode>): readonly FolderNode[] {
  const chain = new Map<string, FolderNode>()
  const add = (node: FolderNode | undefined): void => {
    if (node?.parent === undefined || chain.has(node.path)) return
    add(node.parent)
    chain.set(node.path, node)
  }
  for (const node of nodes) add(node)
  return [...chain.values()]
}
