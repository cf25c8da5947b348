import type { TaskSettings } from '../../../shared/domain/settings.ts'

/** A file or folder of the source; it stays the same one whatever its name, place and content become. */
export interface SourceNode {
  readonly id: number
  readonly kind: 'file' | 'folder'
  /** undefined = the root. */
  parent: SourceNode | undefined
  name: string
  content: string
  modifiedMs: number
}

/** What the destination has. */
export interface LibraryNode {
  readonly kind: 'file' | 'folder'
  parent: LibraryNode | undefined
  name: string
  content: string
  /** The node of the source that it was made for, also when that is gone; undefined = a person has made it. */
  of: SourceNode | undefined
  /** Content of the source that it had last. */
  synced: string
  editedMs: number
  /** As the destination calls it. */
  itemId: string | undefined
}

const SECOND_MS = 1000

/** What a person expects of a task that recycles without limit: a source and a library, and what a round makes of them. */
export class RoundsModel {
  readonly source = new Set<SourceNode>()
  readonly library = new Set<LibraryNode>()
  /** Files that the last round had to send. */
  sentCount = 0
  #sequence = 0

  next(): number {
    return ++this.#sequence
  }

  add(node: Omit<SourceNode, 'id'>): SourceNode {
    const added = { ...node, id: this.next() }
    this.source.add(added)
    return added
  }

  remove(node: SourceNode): void {
    for (const child of [...this.source]) if (child.parent === node) this.remove(child)
    this.source.delete(node)
  }

  removeDoc(doc: LibraryNode): void {
    for (const child of [...this.library]) if (child.parent === doc) this.removeDoc(child)
    this.library.delete(doc)
  }

  docOf(node: SourceNode | undefined): LibraryNode | undefined {
    return node && [...this.library].find(({ of }) => of === node)
  }

  round(rule: TaskSettings['whenBothChanged']): void {
    this.sentCount = 0
    const byDepth = [...this.source].sort((a, b) => depthOf(a) - depthOf(b))
    for (const node of byDepth) {
      const parent = this.docOf(node.parent)
      const doc = this.docOf(node) ?? this.#orphanAt(parent, node) ?? this.#made(node)
      doc.of = node
      doc.parent = parent
      doc.name = node.name
      if (node.kind === 'file') this.#update(doc, node, rule)
    }
    this.#recycle()
  }

  /** `path → content`, folders with a slash at the end. */
  tree(): Readonly<Record<string, string>> {
    const rows = [...this.library].map((doc) => [pathOf(doc) + (doc.kind === 'folder' ? '/' : ''), doc.content] as const)
    return Object.fromEntries(rows.sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  #update(doc: LibraryNode, node: SourceNode, rule: TaskSettings['whenBothChanged']): void {
    const hasChanged = node.content !== doc.synced
    const isEdited = doc.content !== doc.synced
    const counts = !isEdited || rule === 'overwrite' || (rule === 'newer' && node.modifiedMs >= doc.editedMs + SECOND_MS)
    if (!hasChanged || !counts) return
    doc.content = node.content
    doc.synced = node.content
    this.sentCount++
  }

  /** What was put back finds what was there of it. */
  #orphanAt(parent: LibraryNode | undefined, node: SourceNode): LibraryNode | undefined {
    return [...this.library].find(
      (doc) =>
        doc.parent === parent &&
        doc.name.toLowerCase() === node.name.toLowerCase() &&
        doc.kind === node.kind &&
        doc.of !== undefined &&
        !this.source.has(doc.of),
    )
  }

  #made(node: SourceNode): LibraryNode {
    const { kind, name, content } = node
    const doc = { kind, name, content, synced: content, parent: undefined, of: node, editedMs: 0, itemId: undefined }
    if (kind === 'file') this.sentCount++
    this.library.add(doc)
    return doc
  }

  #recycle(): void {
    const isGone = (doc: LibraryNode): boolean => doc.of !== undefined && !this.source.has(doc.of)
    for (const doc of [...this.library])
      if (doc.kind === 'file' && isGone(doc) && doc.content === doc.synced) this.library.delete(doc)
    for (let isDone = false; !isDone; ) {
      isDone = true
      for (const doc of [...this.library]) {
        if (doc.kind !== 'folder' || !isGone(doc) || [...this.library].some(({ parent }) => parent === doc)) continue
        this.library.delete(doc)
        isDone = false
      }
    }
  }
}

interface Placed {
  readonly parent: Placed | undefined
  readonly name: string
}

export const pathOf = ({ parent, name }: Placed): string => (parent === undefined ? name : `${pathOf(parent)}/${name}`)

export const depthOf = ({ parent }: Placed): number => (parent === undefined ? 0 : 1 + depthOf(parent))

export const isWithin = (node: Placed | undefined, folder: Placed): boolean =>
  node !== undefined && (node === folder || isWithin(node.parent, folder))
