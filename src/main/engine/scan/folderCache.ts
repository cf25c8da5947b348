import type { ItemId } from '../../../shared/domain/ids.ts'
import { MigrationError } from '../../../shared/errors.ts'
import type { JournalItem, ReadableJournal, ScanJournal } from '../ports/journal.ts'
import { joinPath } from './pathRules.ts'
import type { ParentOutcome, ScanState } from './scanItem.ts'

/** More than the folders of one batch of the walk, so that a batch never asks for what is not in the journal yet. */
const FOLDERS_MAX = 20_000

export interface KnownFolder {
  readonly id: ItemId
  readonly depth: number
  readonly outcome: ParentOutcome
}

/** The folders around what is being scanned; the journal knows the others. Memory does not grow with the tree. */
export class FolderCache {
  readonly #journal: Pick<ScanJournal, 'folder'> & Pick<ReadableJournal, 'item'>
  readonly #folders = new Map<string, KnownFolder>()

  constructor(journal: Pick<ScanJournal, 'folder'> & Pick<ReadableJournal, 'item'>) {
    this.#journal = journal
  }

  add(relPath: string, folder: KnownFolder): void {
    if (this.#folders.size >= FOLDERS_MAX) {
      const oldest = this.#folders.keys().next()
      if (!oldest.done) this.#folders.delete(oldest.value)
    }
    this.#folders.set(relPath, folder)
  }

  /** The folder around an entry; undefined only for the root. */
  around(relPath: string): KnownFolder | undefined {
    if (relPath === '') return undefined
    const parentPath = relPath.slice(0, Math.max(0, relPath.lastIndexOf('/')))
    const known = this.#folders.get(parentPath)
    if (known) return known
    const item = this.#journal.folder(parentPath)
    if (!item) {
      throw new MigrationError('INTERNAL', `The source told of "${relPath}" before the folder around it.`, {
        remedy: { kind: 'stopTask' },
      })
    }
    const folder: KnownFolder = {
      id: item.id,
      depth: item.depth,
      outcome: { state: scanStateOf(item), destPath: destPathOf(this.#journal, item) },
    }
    this.add(parentPath, folder)
    return folder
  }
}

/** Below the place, with the new names of all folders around it. */
export function destPathOf(journal: Pick<ReadableJournal, 'item'>, item: JournalItem): string {
  if (item.parentId === undefined) return ''
  const parent = journal.item(item.parentId)
  return parent ? joinPath(destPathOf(journal, parent), item.destName) : item.destName
}

function scanStateOf(item: JournalItem): ScanState {
  switch (item.state) {
    case 'filteredOut':
    case 'skipped':
    case 'failed':
      return item.state
    default:
      return 'scanned'
  }
}
