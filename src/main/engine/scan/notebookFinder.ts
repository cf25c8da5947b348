import type { SourceEntry } from '../ports/source.ts'
import { lastExtension } from './typeRules.ts'

const CONTENT: ReadonlySet<string> = new Set(['one', 'onetoc2', 'onetemp'])
const TABLE_OF_CONTENTS = 'onetoc2'
/** Folders with a table of contents that are kept in mind; a tree with more has its other notebooks migrated as folders. */
const CANDIDATES_MAX = 100_000

interface FolderContent {
  readonly relPath: string
  readonly subfolders: string[]
  hasTable: boolean
  hasOther: boolean
}

/**
 * Finds the folders that are notebooks of OneNote while a tree is walked: only files of OneNote, a table of contents, and every folder below it
 * is one as well; of nested ones the top-most counts. Memory: one record for each folder with a table of contents. [onenote]
 */
export class NotebookFinder {
  readonly #candidates = new Map<string, FolderContent>()
  #open: FolderContent | undefined

  /** Of what travels, in the order of the walk: the entries of one folder come together. */
  see({ relPath, name, kind }: Pick<SourceEntry, 'relPath' | 'name' | 'kind'>): void {
    if (relPath === '') return
    const folder = this.#around(relPath)
    if (kind === 'folder') folder.subfolders.push(relPath)
    else if (!CONTENT.has(lastExtension(name))) folder.hasOther = true
    else if (lastExtension(name) === TABLE_OF_CONTENTS) folder.hasTable = true
  }

  /** Below the source root; the root itself is the place of the task and never one. */
  notebooks(): readonly string[] {
    this.#close()
    const known = new Map<string, boolean>()
    const isNotebook = (relPath: string): boolean => {
      const before = known.get(relPath)
      if (before !== undefined) return before
      const folder = this.#candidates.get(relPath)
      const answer = folder !== undefined && !folder.hasOther && folder.hasTable && folder.subfolders.every(isNotebook)
      known.set(relPath, answer)
      return answer
    }
    return [...this.#candidates.keys()].filter(
      (relPath) => relPath !== '' && isNotebook(relPath) && (parentOf(relPath) === '' || !isNotebook(parentOf(relPath))),
    )
  }

  #around(relPath: string): FolderContent {
    const parentPath = parentOf(relPath)
    if (this.#open?.relPath === parentPath) return this.#open
    this.#close()
    // A folder may be told of once more, when something in it turned out to be unreadable.
    this.#open = this.#candidates.get(parentPath) ?? { relPath: parentPath, subfolders: [], hasTable: false, hasOther: false }
    return this.#open
  }

  #close(): void {
    const folder = this.#open
    this.#open = undefined
    if (folder?.hasTable === true && !folder.hasOther && this.#candidates.size < CANDIDATES_MAX) {
      this.#candidates.set(folder.relPath, folder)
    }
  }
}

const parentOf = (relPath: string): string => relPath.slice(0, Math.max(0, relPath.lastIndexOf('/')))
